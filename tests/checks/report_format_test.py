"""docs/report-format.md says of every field of the report what the schema says, and no page is out of date."""

import copy
import importlib.machinery
import importlib.util
import json
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts/report-format"


def load(path):
    loader = importlib.machinery.SourceFileLoader("report_format", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("report_format", loader))
    loader.exec_module(module)
    return module


def fields(schema):
    """Every field: the definition that it is in, its name, and what the schema says of it."""
    for where, definition in {"report": schema, **schema["$defs"]}.items():
        for name, node in definition.get("properties", {}).items():
            yield where, name, node


class ReportFormat(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        sys.dont_write_bytecode = True
        cls.script = load(SCRIPT)
        cls.schema = json.loads((ROOT / "reports/schema/report-1.schema.json").read_text())
        cls.page = (ROOT / "docs/report-format.md").read_text()

    def test_the_page_is_up_to_date(self):
        self.assertEqual(self.script.page(self.schema), self.page, "run scripts/report-format")
        self.assertEqual(subprocess.run([SCRIPT, "--check"], check=False).returncode, 0)

    def test_every_field_has_words_and_is_in_the_section_of_its_definition(self):
        sections = {part.splitlines()[0]: part for part in self.page.split("\n## ")[1:]}
        for where, name, node in fields(self.schema):
            with self.subTest(definition=where, field=name):
                if name.endswith("_reason"):
                    self.assertNotIn(f"| `{name}` |", sections[where])
                    continue
                self.assertIn(f"| `{name}` |", sections[where])
                self.assertTrue(node.get("description", "").endswith("."), "a sentence")

    def test_every_link_within_the_page_has_its_section(self):
        sections = set(part.splitlines()[0] for part in self.page.split("\n## ")[1:])
        targets = {match.split(")")[0] for match in self.page.split("](#")[1:]}
        self.assertGreater(len(targets), 20)
        self.assertEqual(targets - sections, set())

    def test_a_field_that_is_new_makes_the_page_out_of_date(self):
        changed = copy.deepcopy(self.schema)
        changed["$defs"]["loss"]["properties"]["found_again"] = {"type": "integer", "description": "A new one."}
        self.assertIn("| `found_again` | integer (may be absent) | A new one. |", self.script.page(changed))

    def test_wrong_usage_exits_2(self):
        done = subprocess.run([SCRIPT, "--all"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("usage:", done.stderr)


if __name__ == "__main__":
    unittest.main()
