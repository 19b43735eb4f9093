"""Two builds compared block by block: `run --against`."""

import os
import signal
import unittest

from harness import SOCKMARK, EndToEnd, short, wait_until

# Several times the work: what else happens on a shared machine lengthens either arm by less. How small a
# change is found, and how often, is shown by comparison_simulation_test.cc.
BASE_WORK, SLOWER_WORK = "50us", "200us"
# The gate needs a hundred messages beyond the median of each run: more than twice as long as an idle machine needs.
LONG, BRIEF = (short(duration, "20ms")[:-2] for duration in ("150ms", "60ms"))


class Against(EndToEnd):
    def build(self, name, work):
        """A build whose responder works for the time `work` before each reply."""
        path = self.directory / name
        path.write_text(f'#!/bin/sh\nexec "{SOCKMARK}" "$@" --server-work {work}\n')
        path.chmod(0o755)
        return path

    def setUp(self):
        super().setUp()
        self.base, self.slower = self.build("base", BASE_WORK), self.build("slower", SLOWER_WORK)

    def compare(self, baseline, candidate, blocks, *options, times=LONG):
        outcome = self.sockmark("run", "-t", "unix-stream", "--no-progress", "--gate", "p50:1.05", *times,
                                "-n", blocks, "--against", baseline, "--candidate", candidate, *options)
        return outcome, self.read_report()

    def test_a_slower_candidate_fails_the_gate(self):
        outcome, report = self.compare(self.base, self.slower, 8)
        self.assertEqual(outcome.status, 1, outcome)
        self.assertIn("slower", outcome.text)
        self.assertEqual([case["params"]["arm"] for case in report["cases"]], ["baseline", "candidate"])
        gated = [one for one in report["comparisons"] if one["gate"] is not None]
        self.assertEqual([(one["metric"], one["gate"]["verdict"]) for one in gated], [("p50_ns", "fail")])
        comparison = gated[0]
        self.assertEqual((comparison["design"], comparison["blocks"], comparison["difference"]),
                         ("paired", 8, "slower"))
        low, high = comparison["interval"]
        self.assertLess(low, comparison["estimate"])
        self.assertLess(comparison["estimate"], high)
        self.assertGreater(low, 1.05)
        self.assertIsNotNone(comparison["mde90"])
        self.assertEqual(report["stopping"]["stopped_by"], "fixed")
        self.assertIsNotNone(report["baseline_tool"])

    def test_the_other_way_round_it_passes(self):
        outcome, report = self.compare(self.slower, self.base, 8)
        self.assertEqual(outcome.status, 0, outcome)
        self.assertEqual([one["difference"] for one in report["comparisons"] if one["gate"]], ["faster"])

    def test_too_few_blocks_are_inconclusive_and_not_a_pass(self):
        outcome, report = self.compare(self.slower, self.base, 3, times=BRIEF)
        self.assertEqual(outcome.status, 3, outcome)
        gate = next(one["gate"] for one in report["comparisons"] if one["gate"])
        self.assertEqual(gate["verdict"], "inconclusive")
        self.assertTrue(gate["reasons"])
        self.assertEqual(self.compare(self.slower, self.base, 3, "--inconclusive", "pass", times=BRIEF)[0].status, 0)
        self.assertEqual(self.compare(self.slower, self.base, 3, "--inconclusive", "fail", times=BRIEF)[0].status, 1)

    def test_both_arms_of_a_block_have_one_schedule_and_another_in_the_next(self):
        _, report = self.compare(self.base, self.base, 2, "-r", "100", times=BRIEF)
        seeds = [[run["load"]["seed"] for run in case["runs"]] for case in report["cases"]]
        self.assertEqual(seeds[0], seeds[1])
        self.assertNotEqual(seeds[0][0], seeds[0][1])

    def test_until_precise_looks_where_it_was_planned_and_stops_there(self):
        outcome, report = self.compare(self.base, self.base, 16, "--until-precise", "--gate", "goodput:2", times=BRIEF)
        self.assertIn(outcome.status, (0, 3), outcome)
        stopping = report["stopping"]
        self.assertEqual(stopping["planned_looks"], [10, 16])
        runs = len(report["cases"][0]["runs"])
        self.assertEqual((stopping["stopped_by"], runs) in [("precision", 10), ("precision", 16), ("max_blocks", 16)],
                         True, (stopping, runs))
        gated = next(one for one in report["comparisons"] if one["gate"])
        self.assertEqual(gated["looks"][0]["blocks"], 10)

    def test_a_budget_ends_it(self):
        outcome, report = self.compare(self.base, self.base, 16, "--budget", "1ms", times=BRIEF)
        self.assertEqual(outcome.status, 3, outcome)
        self.assertEqual(report["stopping"]["stopped_by"], "budget")
        self.assertEqual([len(case["runs"]) for case in report["cases"]], [1, 1])

    def test_an_arm_that_fails_is_reported_and_no_pass(self):
        broken = self.directory / "broken"
        broken.write_text("#!/bin/sh\nexit 9\n")
        broken.chmod(0o755)
        outcome, report = self.compare(self.base, broken, 2, times=BRIEF)
        self.assertEqual(outcome.status, 4, outcome)
        reasons = report["cases"][1]["runs"][0]["invalid_reasons"]
        self.assertTrue(any("exit status 9" in reason for reason in reasons), reasons)

    def test_an_arm_that_is_replaced_meanwhile_is_reported_and_not_gone_on_with(self):
        # The second run of the candidate finds another file.
        replaces = self.directory / "replaces"
        replaces.write_text(f'#!/bin/sh\ncp "$0" "$0.new" && echo "# longer" >> "$0.new"\n'
                            f'"{SOCKMARK}" "$@"; status=$?; mv "$0.new" "$0"; exit $status\n')
        replaces.chmod(0o755)
        outcome, report = self.compare(self.base, replaces, 2, times=BRIEF)
        self.assertEqual(outcome.status, 4, outcome)
        runs = report["cases"][1]["runs"]
        self.assertEqual([run["valid"] for run in runs], [True, False])
        self.assertIn("file has changed", runs[1]["invalid_reasons"][0])

    def test_an_interrupted_comparison_says_so(self):
        running = self.start("run", "-t", "unix-stream", "--by", "size", "-s", "64,128", *short(repetitions=50))
        wait_until(lambda: (self.work / "report.json.journal").exists(), "it has begun")
        running.wait_for_run(3, 100)
        running.popen.send_signal(signal.SIGINT)
        self.assertEqual(running.finish().status, 130)
        self.assertEqual(self.read_report()["stopping"]["stopped_by"], "interrupted")

    def test_more_runs_than_are_compared_are_refused_beforehand(self):
        outcome = self.sockmark("run", "-t", "tcp,udp", "--by", "transport", "-n", "1001", *short()[:-2])
        self.assert_complains(outcome, 2, "--repetitions", "1001", "1000")

    def test_an_arm_that_measures_something_else_is_reported(self):
        _, report = self.compare(self.base, self.slower, 1, times=BRIEF)
        warned = [warning["message"] for warning in report["warnings"] if warning["code"] == "arm_params"]
        self.assertEqual(len(warned), 2, warned)
        self.assertTrue(any("candidate" in text and "server_work" in text for text in warned), warned)

    def test_bad_questions(self):
        absent = os.path.join(self.directory, "absent")
        for options, words in {
            ("--against", absent): ["--against", "no such program"],
            ("--against", "no-such-program"): ["--against", "$PATH"],
            ("--candidate", self.base): ["--candidate", "--against"],
            ("--gate", "p50:1.05"): ["--gate", "--by or --against"],
            ("--until-precise",): ["--until-precise"],
            ("--by", "transport", "--until-precise"): ["--until-precise", "requires --gate"],
            ("--by", "transport", "--calibration", "c.json"): ["--calibration", "requires --gate"],
            ("--by", "size"): ["sockmark: --by: size_bytes is the same"],
            ("--by", "speed"): ["sockmark: --by: no parameter \"speed\""],
            ("--by", "transport", "--baseline", "tpc"): ["sockmark: --baseline: no case has transport \"tpc\""],
            ("--by", "transport", "--gate", "p50", "--gate", "loss"): ["--gate: loss: the transport of tcp/rr/64B/c1"],
            ("--against", self.base, "--by", "transport"): ["--by"],
            ("--against", self.base, "--order", "sequential"): ["--order"],
            ("--against", self.base, "--gate", "p51:1"): ["p51"],
        }.items():
            with self.subTest(options):
                outcome = self.sockmark("run", "-t", "tcp,udp", *short(), *options)
                self.assert_complains(outcome, 2, *words)
                self.assertFalse(self.report_path.exists())


class By(EndToEnd):
    def test_transports_are_compared_in_the_run_that_measures_them(self):
        # Eight blocks, so that an invalid run leaves enough.
        outcome = self.sockmark("run", "-t", "tcp,unix-stream", *short("150ms", "20ms", repetitions=8),
                                "--by", "transport")
        report = self.read_report()
        self.assertEqual(outcome.status, 0, outcome)
        found = {one["metric"]: one for one in report["comparisons"]}
        # p99 wants more samples than a busy machine may give in so short a time.
        for metric in ("p50_ns", "goodput_messages_per_s", "cpu_ns_per_message"):
            comparison = found[metric]
            self.assertEqual((comparison["baseline"], comparison["candidate"]),
                             ("tcp/rr/64B/c1", "unix-stream/rr/64B/c1"))
            self.assertEqual(len(comparison["interval"] or []), 2, comparison)
            self.assertIn(comparison["difference"], ("slower", "faster", "no_difference_shown"))


if __name__ == "__main__":
    unittest.main()
