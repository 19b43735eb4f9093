"""suites/schema describes what sockmark reads: its own suites are valid, slips are not, and it knows every option."""

import copy
import json
import re
import unittest
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "suites/schema/suite-1.schema.json").read_text())


def load(path):
    """A suite without its comments. None of ours has // in a text."""
    return json.loads(re.sub(r"//.*", "", path.read_text()))


class SuiteSchema(unittest.TestCase):
    def setUp(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        self.validator = jsonschema.Draft202012Validator(SCHEMA)

    def test_our_suites_are_valid(self):
        suites = sorted((ROOT / "suites").glob("*.json"))
        self.assertGreaterEqual(len(suites), 4)
        for path in suites:
            self.assertEqual([error.message for error in self.validator.iter_errors(load(path))], [], path.name)

    def test_our_request_files_are_valid(self):
        schema = json.loads((ROOT / "suites/schema/request-1.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        requests = sorted((ROOT / "suites/requests").glob("*.json"))
        self.assertGreaterEqual(len(requests), 3)
        for path in requests:
            request = load(path)
            self.assertEqual([error.message for error in validator.iter_errors(request)], [], path.name)
            for key, value in (("until", None), ("untl", "x"), ("bytes", 0)):
                slip = copy.deepcopy(request)
                slip["response"][key] = value
                self.assertFalse(validator.is_valid(slip), (path.name, key))

    def test_slips_are_not(self):
        template = load(ROOT / "suites/template.json")
        slips = [lambda s: s.pop("cases"), lambda s: s.update(cases=[]), lambda s: s.update(gates=[]),
                 lambda s: s["cases"][0].update(transprot="tcp"), lambda s: s["cases"][0].update(size=[]),
                 lambda s: s["cases"][0].update(size=True), lambda s: s["cases"][0].update(repetitions=3),
                 lambda s: s["cases"][0]["exclude"].append({}),
                 lambda s: s["cases"][0]["exclude"].append({"duration": "1s"}),
                 lambda s: s["cases"][0]["override"].append({"when": {"size": 64}}),
                 lambda s: s["cases"][0]["override"].append({"set": {"transport": "udp"}}),
                 lambda s: s["compare"].pop("by"), lambda s: s["compare"].update(gates=["p50>1"])]
        for number, slip in enumerate(slips):
            suite = copy.deepcopy(template)
            slip(suite)
            self.assertFalse(self.validator.is_valid(suite), number)

    def test_it_knows_every_option_where_a_suite_may_have_it(self):
        rows = re.findall(r'\{"([a-z-]+)", "(?:-\w)?",\s*Scope::(\w+),', (ROOT / "bench/plan/plan_options.cc").read_text())
        self.assertGreater(len(rows), 15)
        defs = SCHEMA["$defs"]
        for place, scopes in {"run": ("matrix", "axis", "each_run", "plan"),
                              "matrix": ("matrix", "axis", "each_run"), "selection": ("matrix", "axis")}.items():
            known = set(defs[place]["properties"]) - {"exclude", "override"}
            self.assertEqual(known, {name for name, scope in rows if scope in scopes}, place)
        self.assertEqual(set(defs["override"]["properties"]["set"]["properties"]),
                         {name for name, scope in rows if scope in ("axis", "each_run")})


if __name__ == "__main__":
    unittest.main()
