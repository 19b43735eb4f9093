"""Suites as a user writes and runs them: files, built-in ones, the template, --dry-run."""

import json
import unittest

from harness import EndToEnd, short

SUITE = {
    "name": "mine",
    "run": {"duration": "60ms", "warmup": "20ms", "tmax": "400ms", "repetitions": 2, "seed": 3},
    "cases": [{"transport": ["tcp", "udp", "unix-stream"], "size": [64, "1k"],
               "exclude": [{"transport": "udp", "size": "1k"}],
               "override": [{"when": {"transport": "tcp"}, "set": {"duration": "80ms"}}]}],
}
# Whose cases differ in their transport and in nothing else.
PLAIN = SUITE | {"cases": [{"transport": ["tcp", "udp", "unix-stream"]}]}
IDS = ["tcp/rr/64B/c1", "udp/rr/64B/c1", "unix-stream/rr/64B/c1", "tcp/rr/1024B/c1", "unix-stream/rr/1024B/c1"]


class Suites(EndToEnd):
    def write(self, suite, name="mine.json"):
        path = self.work / name
        path.write_text(suite if isinstance(suite, str) else json.dumps(suite))
        return path

    def test_a_file_is_measured_as_it_says(self):
        report = self.measure(self.write(SUITE), "--quiet")
        self.assertEqual([case["id"] for case in report["cases"]], IDS)
        for case in report["cases"]:
            self.assertEqual([run["index"] for run in case["runs"]], [0, 1])
            tcp = case["params"]["transport"] == "tcp"
            self.assertEqual(case["params"]["duration_ns"], 80_000_000 if tcp else 60_000_000)
        self.assertEqual(report["plan"]["effective"]["seed"], "3")
        self.assertEqual(report["plan"]["supplied"]["suite"], str(self.work / "mine.json"))

    def test_options_outrank_it(self):
        report = self.measure(self.write(SUITE), "-t", "tcp", "-s", "64", "-n", "1", "-d", "70ms", "--quiet")
        self.assertEqual([case["id"] for case in report["cases"]], ["tcp/rr/64B/c1"])
        self.assertEqual(report["cases"][0]["params"]["duration_ns"], 70_000_000)

    def test_dry_run_tells_cases_order_and_time_and_measures_nothing(self):
        outcome = self.sockmark("run", self.write(SUITE), "--dry-run")
        self.assertEqual((outcome.status, outcome.complaints), (0, ""), outcome)
        self.assertFalse(self.report_path.exists())
        lines = outcome.text.splitlines()
        self.assertRegex(lines[0], r"^5 cases, 2 blocks, 10 runs, about 0:0\d$")
        self.assertEqual([line.split()[1] for line in lines if "/rr/" in line], IDS)
        blocks = [list(map(int, line.split())) for line in lines[lines.index("") + len(IDS) + 4:]]
        self.assertEqual([sorted(block) for block in blocks], [[1, 2, 3, 4, 5]] * 2, outcome.text)
        again = self.sockmark("run", self.write(SUITE), "--dry-run")
        self.assertEqual(again.text, outcome.text)
        other = self.sockmark("run", self.write(SUITE), "--dry-run", "--seed", "4")
        self.assertNotEqual(other.text, outcome.text)

    def test_the_runs_are_made_in_the_order_that_dry_run_prints(self):
        lines = self.sockmark("run", self.write(SUITE), "--dry-run").text.splitlines()
        order = [int(word) for line in lines[lines.index("") + len(IDS) + 4:] for word in line.split()]
        progress = self.sockmark("run", self.write(SUITE)).complaints.splitlines()
        made = [int(line.split("case ")[1].split()[0]) for line in progress]
        self.assertEqual(made, order)

    def test_built_in_suites_are_listed_and_can_be_planned(self):
        listed = self.sockmark("list", "suites")
        self.assertEqual(listed.status, 0, listed)
        for name in ("quick", "full", "ci"):
            self.assertIn(f"\n  {name} ", listed.text)
            self.assertEqual(self.sockmark("run", name, "--dry-run").status, 0)

    def test_the_template_is_a_suite(self):
        template = self.sockmark("list", "suite-template")
        self.assertEqual((template.status, template.complaints), (0, ""), template)
        self.assertIn("// ", template.text)
        outcome = self.sockmark("run", self.write(template.text), "--dry-run")
        self.assertEqual(outcome.status, 0, outcome)

    def test_a_comparison_that_the_command_line_leaves_nothing_of_is_left_out(self):
        path = self.write(self.sockmark("list", "suite-template").text)
        outcome = self.sockmark("run", path, "-t", "tcp", "--dry-run")
        self.assertEqual(outcome.status, 0, outcome)
        self.assertEqual(outcome.complaints.count("\n"), 1, outcome)
        self.assertIn("mine.json: compare.by: transport is the same in every case", outcome.complaints)
        self.assertIn("nothing is compared", outcome.complaints)
        outcome = self.sockmark("run", path, "-t", "tcp", "--gate", "p50", "--dry-run")
        self.assert_complains(outcome, 2, "--gate requires --by or --against")
        # What still holds is still asked, and what the command line asks itself is its own.
        self.assertEqual(self.sockmark("run", path, "-t", "tcp,udp", "--dry-run").complaints, "")
        self.assert_complains(self.sockmark("run", path, "-t", "tcp", "--by", "transport", "--dry-run"), 2,
                              "sockmark: --by: transport is the same in every case")

    def test_a_baseline_that_the_command_line_takes_away_is_no_error(self):
        path = self.write(PLAIN | {"compare": {"by": "transport", "baseline": "tcp"}})
        outcome = self.sockmark("run", path, "-t", "udp,unix-stream", "--dry-run")
        self.assertEqual(outcome.status, 0, outcome)
        self.assertIn("mine.json: compare.baseline: no case has transport \"tcp\"", outcome.complaints)

    def test_a_comparison_that_the_suite_cannot_make_is_refused_by_its_place(self):
        for compare, says in (({"by": "depth"}, "mine.json: compare.by: depth is the same in every case"),
                              ({"by": "colour"}, "mine.json: compare.by: no parameter \"colour\""),
                              ({"by": "transport", "baseline": "sctp"},
                               "mine.json: compare.baseline: no case has transport \"sctp\""),
                              ({"by": "transport", "gates": ["p50", "loss"]},
                               "mine.json: compare.gates: loss: the transport of tcp/rr/64B/c1 does not")):
            for options in ([], ["-t", "tcp,udp"]):
                with self.subTest(compare=compare, options=options):
                    outcome = self.sockmark("run", self.write(PLAIN | {"compare": compare}), *options, "--dry-run")
                    self.assert_complains(outcome, 2, says)

    def test_a_baseline_is_spelled_as_its_option(self):
        path = self.write({**SUITE, "compare": {"by": "size", "baseline": "1k"}})
        self.assertEqual(self.sockmark("run", path, "--dry-run").status, 0)
        report = self.measure(path, "-t", "tcp", "--quiet")
        self.assertEqual({one["baseline"] for one in report["comparisons"]}, {"tcp/rr/1024B/c1"})

    def test_socket_paths_are_beneath_the_suites_folder(self):
        folder = self.work / "sub"
        folder.mkdir()
        path = self.write({"cases": [{"transport": "unix-stream:own.sock"}]}, "sub/mine.json")
        report = self.measure(path, *short(), "--quiet")
        self.assertEqual(report["cases"][0]["params"]["address"], f"unix-stream:{folder}/own.sock")
        self.assertFalse((folder / "own.sock").exists())

    def test_a_bad_suite_is_refused_before_anything_is_measured(self):
        hostile = {
            "not JSON": ("{", "line 1"),
            "deep": ('{"cases": ' + "[" * 5000 + "]" * 5000 + "}", "levels deep"),
            "wrong type": ({"cases": [{"size": [64, {}]}]}, "cases[0].size[1]"),
            "huge number": ('{"cases": [{"size": 1e999}]}', "number overflow"),
            "duplicate key": ('{"cases": [{}], "cases": [{}]}', "duplicate key"),
            "truncated": (json.dumps(SUITE)[:-9], "line 1"),
            "slip of the pen": ({"cases": [{"sise": 64}]}, 'did you mean "size"?'),
            "too many": ({"cases": [{"size": list(range(64, 5000)), "connections": list(range(1, 5000))}]},
                         "more than 10000 cases"),
        }
        for name, (suite, says) in hostile.items():
            with self.subTest(name):
                outcome = self.sockmark("run", self.write(suite))
                self.assert_complains(outcome, 2, "mine.json", says)
                self.assertFalse(self.report_path.exists())
        (self.work / "mine.json").write_bytes(b'{"name": "\xff", "cases": [{}]}')
        self.assert_complains(self.sockmark("run", "mine.json"), 2, "mine.json", "line 1")
        self.assert_complains(self.sockmark("run", "qiuck"), 2, 'did you mean "quick"?')
        self.assert_complains(self.sockmark("run", "./absent.json"), 2, "absent.json", "No such file")


if __name__ == "__main__":
    unittest.main()
