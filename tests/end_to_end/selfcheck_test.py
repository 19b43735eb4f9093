"""sockmark selfcheck, as a user runs it first. What it counts is exact on any machine; what it times is
not asserted here."""

import json
import os
import unittest

from harness import EndToEnd

EXACT = {"loss", "duplicates", "reordering", "damage", "tail loss", "all, one way", "all, round trip", "saturation"}


class SelfCheck(EndToEnd):
    def test_measures_what_it_injects(self):
        outcome = self.sockmark("selfcheck", "--no-progress", "-o", "checks.json")
        lines = outcome.text.splitlines()
        rows = [(line[2:5].strip(), line[7:].split("  ")[0].strip()) for line in lines[1:16]]
        self.assertEqual({name for _, name in rows} & EXACT, EXACT, outcome.text)
        off = [name for verdict, name in rows if verdict != "ok"]
        self.assertEqual([name for name in off if name in EXACT], [], outcome.text)
        self.assertEqual(outcome.status, 1 if off else 0, outcome.text)
        self.assertEqual(lines[-1], f"{len(off)} of 15 off" if off else "all 15 as injected")

        with open(os.path.join(self.work, "checks.json"), encoding="utf-8") as file:
            report = json.load(file)
        self.assertEqual(len(report["cases"]), 15)
        for case in report["cases"]:
            [run] = case["runs"]
            self.assertIsNotNone(run["loss"], run["invalid_reasons"])
            self.assertEqual(run["loss"]["sent"], run["loss"]["received"] + run["loss"]["lost"], case["id"])

    def test_bad_input(self):
        self.assert_complains(self.sockmark("selfcheck", "--tax", "1"), 2, "--tax")
        self.assert_complains(self.sockmark("selfcheck", "-o", "/nonexistent/x.json"), 2, "--output", "/nonexistent")


if __name__ == "__main__":
    unittest.main()
