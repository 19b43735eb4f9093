"""What disturbs this machine: `doctor`, its warnings in reports, and `--hold-idle`."""

import json
import os
import struct
import unittest

import jsonschema

from harness import ROOT, SCHEMA, EndToEnd, short, validate

DOCTOR_SCHEMA = ROOT / "reports/schema/doctor-1.schema.json"
DEVICE = "/dev/cpu_dma_latency"
# Of a moment: the others stay what they are from one command to the next.
FLEETING = {"steal", "load", "memory_pressure", "clock_source"}
NOBODY = 65534
QUICK = ["-t", "unix-stream", "--no-progress", *short("50ms", "20ms")]


def may_hold():
    try:
        os.close(os.open(DEVICE, os.O_WRONLY))
    except OSError:
        return False
    return True


class Doctor(EndToEnd):
    def examine(self):
        outcome = self.sockmark("doctor", "--json")
        self.assertEqual((outcome.status, outcome.complaints), (0, ""), outcome)
        return json.loads(outcome.text)

    def test_the_document_is_as_its_schema_says(self):
        validator = jsonschema.Draft202012Validator(validate.combined(DOCTOR_SCHEMA, SCHEMA))
        document = self.examine()
        self.assertEqual([error.message for error in validator.iter_errors(document)], [])
        for slip in ({"status": "fine"}, {"status": "ok", "fix": "rm -r"}, {"found": ""}, {"code": "A"}):
            broken = json.loads(json.dumps(document))
            broken["findings"][0] |= slip
            self.assertFalse(validator.is_valid(broken), slip)
        codes = [finding["code"] for finding in document["findings"]]
        self.assertEqual(len(codes), len(set(codes)))

    def test_the_table_names_every_check_and_each_is_on_the_page(self):
        outcome = self.sockmark("doctor")
        self.assertEqual((outcome.status, outcome.complaints), (0, ""), outcome)
        page = (ROOT / "docs/doctor.md").read_text()
        for finding in self.examine()["findings"]:
            self.assertRegex(outcome.text, rf"(?m)^(ok|warn|unknown) +{finding['code']}  ")
            self.assertIn(f"`{finding['code']}`", page)

    def test_a_file_and_bad_input(self):
        outcome = self.sockmark("doctor", "--json", "found.json")
        self.assertEqual(outcome.status, 0, outcome)
        self.assertIn("idle_states", outcome.text)  # the table
        self.assertIn("findings", json.loads((self.work / "found.json").read_text()))
        self.assert_complains(self.sockmark("doctor", "--json", "absent/found.json"), 2, "--json", "absent")
        self.assert_complains(self.sockmark("doctor", "--jason"), 2, "--json")
        self.assert_complains(self.sockmark("doctor", "all"), 2, "all")
        self.assert_complains(self.sockmark("doctor", "--color", "blue"), 2, "--color")

    def test_a_report_has_the_same_warnings(self):
        outcome = self.sockmark("run", *QUICK)
        self.assertIn(outcome.status, (0, 4), outcome)
        report = self.read_report()
        known = {warning["code"]: warning for warning in report["warnings"] if warning["code"].startswith("doctor.")}
        for finding in self.examine()["findings"]:
            warning = known.pop(f"doctor.{finding['code']}", None)
            if finding["code"] in FLEETING:
                continue
            self.assertEqual(warning is not None, finding["status"] == "warn", finding)
            if warning:
                self.assertEqual(warning["message"], f"{finding['found']}: {finding['why']}")
                self.assertEqual(warning["advice"], finding["fix"])
        self.assertEqual(known, {}, "warnings that the doctor does not know")
        # They do not drown the result.
        doctors = [line for line in outcome.text.splitlines() if "sockmark doctor" in line]
        self.assertEqual(len(doctors), 1 if any(one["code"].startswith("doctor.") for one in report["warnings"]) else 0)


class HoldIdle(EndToEnd):
    def test_a_user_who_may_not_is_refused_before_anything_is_measured(self):
        how = {"cwd": "/"}
        if may_hold():
            if os.geteuid() != 0:
                self.skipTest(f"{DEVICE} can be opened by anyone")
            how["user"] = NOBODY
        try:
            outcome = self.sockmark("run", "-t", "tcp", "-o", "-", "--no-progress", "--hold-idle", **how)
        except PermissionError:
            self.skipTest("the binary lies where only its owner may go")
        self.assert_complains(outcome, 2, "--hold-idle", DEVICE)
        self.assertEqual(outcome.text, "")

    def test_it_is_held_while_it_is_measured_and_the_report_says_so(self):
        if not may_hold():
            self.skipTest(f"{DEVICE} cannot be opened here")
        report = self.measure(*QUICK, "--hold-idle")
        self.assertEqual(report["plan"]["effective"]["hold-idle"], "true")
        self.assertEqual(report["environment"]["soft"]["cpu_latency_limit_us"], 0)
        self.assertNotIn("doctor.idle_states", [warning["code"] for warning in report["warnings"]])

    def test_a_killed_run_does_not_go_on_holding(self):
        if not may_hold():
            self.skipTest(f"{DEVICE} cannot be opened here")

        def limit():
            device = os.open(DEVICE, os.O_RDONLY)
            try:
                return struct.unpack("=i", os.read(device, 4))[0]
            finally:
                os.close(device)

        before = limit()
        running = self.start("run", "-t", "unix-stream", "-d", "60s", "--hold-idle")
        running.wait_for_run(1, 3)
        self.assertEqual(limit(), 0)
        running.kill()
        if before != 0:  # somebody else may hold it
            self.assertNotEqual(limit(), 0)

    def test_a_comparison_of_one_that_was_held_with_one_that_was_not_tells_it(self):
        if not may_hold():
            self.skipTest(f"{DEVICE} cannot be opened here")
        for name, options in {"held.json": ["--hold-idle"], "free.json": []}.items():
            outcome = self.sockmark("run", *QUICK, *options, "-o", name)
            self.assertIn(outcome.status, (0, 4), outcome)
        outcome = self.sockmark("compare", "free.json", "held.json")
        self.assertIn("cpu_latency_limit_us", outcome.text + outcome.complaints)

    def test_a_suite_asks_for_it_by_true_or_false(self):
        def suite(value):
            (self.work / "own.json").write_text(json.dumps({"run": {"hold-idle": value}, "cases": [{"size": 64}]}))
            return self.sockmark("run", "own.json", "--dry-run")

        self.assertEqual(suite(True).status, 0)
        self.assertEqual(suite(False).status, 0)
        self.assert_complains(suite("yes"), 2, "own.json: run.hold-idle", "true or false")
        self.assert_complains(suite(1), 2, "own.json: run.hold-idle", "true or false")


if __name__ == "__main__":
    unittest.main()
