"""docs/which-transport.md says what its report says: its tables are computed from the report beside it."""

import json
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/which-transport.md"
REPORT = ROOT / "docs/examples/which-transport.json"
SUITE = ROOT / "docs/examples/which-transport.suite.json"

# What is compared: the metric, the divisor and unit of its median, and the column. The delay of a saturating
# stream is the length of a queue, and no reason to choose a transport.
P50 = ("p50_ns", 1000, "µs", "p50")
RATE = ("goodput_messages_per_s", 1000, "k", "messages/s")
COST = ("cpu_ns_per_message", 1000, "µs", "CPU a message")
COLUMNS = {"rr": (P50, RATE, COST), "stream": (RATE, COST)}


def figure(value, scale, unit):
    return "-" if value is None else f"{value / scale:.3g} {unit}".strip()


def change(comparison):
    """The change and its interval, judged as `sockmark compare` does."""
    if comparison is None:
        return ""
    if comparison["interval"] is None:
        return "-"
    per_cent = [(value - 1) * 100 for value in (comparison["estimate"], *comparison["interval"])]
    shown = f"{per_cent[1]:+.0f} to {per_cent[2]:+.0f} %"
    if comparison["difference"] == "no_difference_shown":
        return f"not significant ({shown})"
    if comparison["p_adjusted"] > 0.05:
        return f"only by itself ({shown})"
    return f"**{per_cent[0]:+.0f} %** ({shown})"


def tables(report):
    """The table of each workload and size, as the page has it."""
    found = {(one["candidate"], one["metric"]): one for one in report["comparisons"]}
    groups = {}
    for case in report["cases"]:
        groups.setdefault((case["params"]["workload"], case["params"]["size_bytes"]), []).append(case)
    for (workload, _), cases in groups.items():
        columns = COLUMNS[workload]
        rows = [["", *(title for *_, name in columns for title in (name, "against tcp")), "lost"],
                ["---"] * (2 + 2 * len(columns))]
        for case in cases:
            row = [case["params"]["transport"]]
            for metric, scale, unit, _ in columns:
                row += [figure(case["summary"][metric]["median"], scale, unit), change(found.get((case["id"], metric)))]
            loss = case["summary"].get("loss_ratio", {"median": None})["median"]
            rows.append([*row, "-" if loss is None else f"{loss * 100:.3g} %"])
        yield "".join(re.sub(r" {2,}", " ", "| " + " | ".join(row) + " |\n") for row in rows)


class WhichTransport(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.report = json.loads(REPORT.read_text())
        cls.page = PAGE.read_text()

    def test_the_tables_are_those_of_the_report(self):
        found = list(tables(self.report))
        self.assertEqual(len(found), 3)
        for table in found:
            self.assertIn(table, self.page)

    def test_the_report_is_of_the_suite_beside_it_and_sound(self):
        suite = json.loads(SUITE.read_text())
        self.assertEqual(self.report["plan"]["supplied"], {"suite": "docs/examples/which-transport.suite.json"})
        self.assertFalse(self.report["interrupted"])
        for case in self.report["cases"]:
            self.assertEqual([run["valid"] for run in case["runs"]], [True] * suite["run"]["repetitions"], case["id"])
            self.assertEqual(case["params"]["duration_ns"], 500_000_000)

    def test_it_tells_nothing_of_the_machine_that_is_nobodys_business(self):
        information, soft = (self.report["environment"][name] for name in ("information", "soft"))
        self.assertIsNone(information["host_name"])
        self.assertIsNone(information["boot_id"])
        self.assertIsNone(soft["kernel_cmdline"])
        self.assertNotRegex(REPORT.read_text(), r'"/(home|root|tmp|work)/')

    def test_it_is_not_large(self):
        self.assertLess(REPORT.stat().st_size, 1_600_000)


if __name__ == "__main__":
    unittest.main()
