"""The steps of a benchmark in CI, with the built program; ci_gates_test.py has those of two programs."""

import json
import re
import unittest

from harness import ROOT, SOCKMARK, EndToEnd, short

BRIEF = " ".join(short("100ms", "20ms")[:-2])


class Steps(EndToEnd):
    kept = {}  # the files of a measurement without another program, by its blocks

    def setUp(self):
        super().setUp()
        self.results = self.work / "bench-results"
        self.environment = {name: value for name, value in self.environment.items()
                            if not name.startswith("GITHUB_")}

    def step(self, name, *arguments, sockmark=SOCKMARK):
        return self.sockmark(*arguments, "--sockmark", sockmark, program=(ROOT / "scripts/ci" / name,))

    def publish(self, *arguments):
        """The step publish without plots, which take longer than all the rest: a wrapper has no charts beside it."""
        outcome = self.step("publish", *arguments, sockmark=self.wrapper("without-plots", ""))
        self.assertEqual(outcome.status, 0, outcome)
        return outcome

    def wrapper(self, name, options):
        """A program that adds options and then runs sockmark."""
        path = self.directory / name
        path.write_text(f'#!/bin/sh\nexec "$SOCKMARK" "$@" {options}\n')
        path.chmod(0o755)
        return path

    def measured(self, *arguments, blocks=2, times=BRIEF):
        # Two blocks decide no gate, which sockmark run refuses to measure unless it is accepted.
        accepted = "--inconclusive pass" if "--against" in arguments and blocks == 2 else ""
        outcome = self.step("measure", "--suite=", f"--options=-t unix-stream -n {blocks} {times} {accepted}",
                            *arguments)
        self.assertEqual(outcome.status, 0, outcome)
        return self.read_report(self.results / "report.json")

    def measured_once(self, blocks=2):
        """What measured() leaves, of one measurement for all tests: for those that ask what is made of a report."""
        if blocks not in self.kept:
            self.measured(blocks=blocks)
            self.kept[blocks] = {path.name: path.read_bytes() for path in self.results.iterdir()}
        self.results.mkdir(exist_ok=True)
        for name, content in self.kept[blocks].items():
            (self.results / name).write_bytes(content)
        return self.read_report(self.results / "report.json")

    def result(self, name):
        return json.loads((self.results / name).read_text())

    def judged(self, *arguments, status, verdict):
        outcome = self.step("compare", *arguments)
        self.assertEqual(outcome.status, status, outcome)
        result = self.result("verdict.json")
        self.assertEqual((result["verdict"], result["exit_status"]), (verdict, status), result)
        self.assertIn(result["sentence"], outcome.text)
        return result

    def published(self):
        """The summary and, where this build makes pages, the page, as text."""
        outcome = self.publish()
        names = ["summary.md"] if "built without node" in outcome.complaints else ["summary.md", "report.html"]
        return [(self.results / name).read_text() for name in names]


class Alone(Steps):
    def test_the_first_time_there_is_nothing_to_compare_with(self):
        self.measured_once()
        result = self.judged("--baseline", "baseline/report.json", "--first-run", "--inconclusive", "fail",
                             status=0, verdict="no_baseline")
        self.assertEqual(result["notes"], ["no saved report: baseline/report.json not found"])
        self.judged(status=0, verdict="no_baseline")

    def test_a_saved_report_that_is_not_found_is_an_error(self):
        self.measured_once()
        for baseline in ("baseline/report.json", "main:bench/report.json", self.results):
            for first_run in ([], ["--first-run=false"]):
                with self.subTest(baseline, first_run=first_run):
                    outcome = self.step("compare", "--baseline", baseline, *first_run)
                    self.assertEqual(outcome.status, 2, outcome)
                    self.assertIn(f"compare: --baseline {baseline}: not found; if no report has been saved yet, give "
                                  "--first-run\n", outcome.complaints)
                    result = self.result("verdict.json")
                    self.assertEqual((result["verdict"], result["exit_status"]), ("error", 2))

    def test_without_a_baseline_an_invalid_run_still_fails(self):
        # A reliable transport that does not answer in time.
        self.measured("--options", "-t tcp -n 1 -d 300ms --warmup 20ms --tmax 1ms --server-pause 50ms,40ms")
        self.judged(status=4, verdict="invalid")

    def test_a_saved_report_is_unpaired_and_decides_only_where_that_is_accepted(self):
        self.measured_once(blocks=8)
        kept = self.work / "baseline/report.json"
        self.publish("--keep", kept)
        self.measured(blocks=8)
        wide = ["--baseline", kept, "--gates", "p50:1000 goodput:1000"]
        result = self.judged(*wide, status=3, verdict="inconclusive")
        self.assertEqual(result["design"], "unpaired")
        self.assertIn("unpaired", result["sentence"])
        # A gate that is this wide passes, unless the runs were unsteady: that they were is its reason.
        outcome = self.step("compare", *wide, "--accept-unpaired")
        gates = [one["gate"] for one in self.result("comparison.json")["comparisons"] if one["gate"]]
        reasons = [reason for gate in gates for reason in gate["reasons"]]
        self.assertNotIn("unpaired", str(reasons))
        self.assertEqual(outcome.status, 3 if reasons else 0, outcome)

    def test_the_page_and_the_summary_of_a_saved_report_show_the_verdict_of_its_gate(self):
        self.measured_once(blocks=8)
        (self.work / "saved.json").write_text((self.results / "report.json").read_text())
        for how in (["--gates", "p50:1000"], ["--gates", "p50:1000", "--accept-unpaired"], ["--gates", "none"]):
            with self.subTest(how):
                self.step("compare", "--baseline", "saved.json", *how)
                gates = [one["gate"] for one in self.result("comparison.json")["comparisons"] if one["gate"]]
                self.assertEqual(len(gates), how[1] != "none")
                unpaired = "the runs are not paired" in str([gate["reasons"] for gate in gates])
                for text in self.published():
                    self.assertEqual(re.findall(r"\b(pass|fail|inconclusive) \(1000\)", text),
                                     [gate["verdict"] for gate in gates])
                    self.assertEqual("the runs are not paired" in text, unpaired)
                    if gates:
                        self.assertNotIn("No gate was set", text)

    def test_a_saved_report_of_another_machine_is_inconclusive(self):
        saved = self.measured_once()
        saved["environment"]["hard"]["cpu_model"] = "Another"
        saved["environment"]["hash_hard"] = "0" * 64
        (self.work / "saved.json").write_text(json.dumps(saved))
        for policy, status in (("own", 3), ("pass", 0)):
            result = self.judged("--baseline", "saved.json", "--inconclusive", policy,
                                 status=status, verdict="inconclusive")
            self.assertIn("another machine", result["sentence"])
            self.assertIn("cpu_model", result["sentence"])

    def test_a_saved_report_may_be_a_file_of_a_branch(self):
        self.measured_once()
        git = ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@localhost"]
        for arguments in (["init", "--quiet"], ["add", "bench-results/report.json"],
                          ["commit", "--quiet", "--message", "a report"], ["branch", "kept"]):
            self.assertEqual(self.sockmark(*arguments, program=git).status, 0)
        self.judged("--baseline", "kept:bench-results/report.json", status=3, verdict="inconclusive")
        self.assertEqual(self.result("baseline.json"), self.result("report.json"))
        self.judged("--baseline", "kept:no/such.json", "--first-run", status=0, verdict="no_baseline")

    def test_a_saved_file_that_is_no_report_is_an_error(self):
        self.measured_once()
        (self.work / "saved.json").write_text("{}")
        outcome = self.step("compare", "--baseline", "saved.json")
        self.assertEqual(outcome.status, 2, outcome)
        self.assertEqual(self.result("verdict.json")["verdict"], "error")
        self.assertFalse((self.results / "baseline.json").exists())
        self.environment["GITHUB_OUTPUT"] = str(self.directory / "outputs")
        self.publish()
        self.assertIn("verdict=error\n", (self.directory / "outputs").read_text())

    def test_a_saved_report_of_another_suite_is_none_to_compare_with(self):
        saved = self.measured_once()
        for case in saved["cases"]:
            case["id"] = case["id"].replace("64B", "65B")
            case["params"]["size"] = 65
        (self.work / "saved.json").write_text(json.dumps(saved))
        result = self.judged("--baseline", "saved.json", "--inconclusive", "fail", status=0, verdict="no_baseline")
        self.assertEqual(len(result["notes"]), 1)
        self.assertIn("saved.json has no case in common with this report", result["notes"][0])
        self.publish()
        self.assertIn("has no case in common", (self.results / "summary.md").read_text())
        self.assertNotIn("65 B", (self.results / "summary.md").read_text())


class Published(Steps):
    def test_the_service_gets_a_page_a_summary_and_the_outputs(self):
        self.environment |= {"GITHUB_STEP_SUMMARY": str(self.directory / "summary"),
                             "GITHUB_OUTPUT": str(self.directory / "outputs")}
        self.measured("--against", SOCKMARK)
        self.judged(status=3, verdict="inconclusive")
        outcome = self.step("publish")
        self.assertEqual(outcome.status, 0, outcome)
        summary = (self.directory / "summary").read_text()
        self.assertTrue(summary.startswith("## sockmark: inconclusive\n"), summary)
        self.assertIn("unix-stream", summary)
        self.assertIn("verdict=inconclusive\n", (self.directory / "outputs").read_text())
        self.assertIn("<testcase", (self.results / "junit.xml").read_text())
        if "built without node" not in outcome.complaints:
            self.assertTrue(list(self.results.glob("plots/*.svg")), outcome)

    def test_of_two_arms_this_builds_half_is_kept(self):
        report = self.measured("--against", SOCKMARK)
        kept = self.work / "kept.json"
        self.publish("--keep", kept)
        half = self.read_report(kept)
        self.assertEqual([case["id"] for case in half["cases"]], ["unix-stream/rr/64B/c1"])
        self.assertEqual(half["cases"][0]["runs"], report["cases"][1]["runs"])
        self.measured_once()  # alone, it has the same cases
        self.judged("--baseline", kept, status=3, verdict="inconclusive")


if __name__ == "__main__":
    unittest.main()
