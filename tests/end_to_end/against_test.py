"""Two builds compared block by block: `run --against`."""

import json
import os
import signal
import unittest

from harness import SOCKMARK, EndToEnd, disturbed, only_busy, short, wait_until

# Several times the work: what else happens on a shared machine lengthens either arm by less. How small a
# change is found, and how often, is shown by comparison_simulation_test.cc.
BASE_WORK, SLOWER_WORK = "50us", "200us"
# The gate needs a hundred messages beyond the median of each run: more than twice as long as an idle machine needs.
LONG, BRIEF = (short(duration, "20ms")[:-2] for duration in ("150ms", "60ms"))

# With fewer blocks than a verdict takes, nothing is measured unless that is accepted.
ACCEPTED = ("--inconclusive", "pass")


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
        self.assertIn("slower", outcome.text)
        self.assertEqual([case["params"]["arm"] for case in report["cases"]], ["baseline", "candidate"])
        gated = [one for one in report["comparisons"] if one["gate"] is not None]
        self.assertEqual([one["metric"] for one in gated], ["p50_ns"])
        comparison = gated[0]
        # Beside other processes the figures are the same, and the gate says that it does not decide by them.
        verdicts = [("fail", 1)] + [("inconclusive", 3)] * disturbed(comparison["gate"])
        self.assertIn((comparison["gate"]["verdict"], outcome.status), verdicts, outcome)
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
        [gated] = [one for one in report["comparisons"] if one["gate"]]
        self.assertEqual(gated["difference"], "faster")
        verdicts = [("pass", 0)] + [("inconclusive", 3)] * disturbed(gated["gate"])
        self.assertIn((gated["gate"]["verdict"], outcome.status), verdicts, outcome)

    def test_too_few_blocks_are_inconclusive_where_that_is_accepted(self):
        for policy, status in (("pass", 0), ("fail", 1)):
            outcome, report = self.compare(self.slower, self.base, 3, "--inconclusive", policy, times=BRIEF)
            self.assertEqual(outcome.status, status, outcome)
            gate = next(one["gate"] for one in report["comparisons"] if one["gate"])
            self.assertEqual(gate["verdict"], "inconclusive")
            self.assertTrue(gate["reasons"])

    def test_both_arms_of_a_block_have_one_schedule_and_another_in_the_next(self):
        _, report = self.compare(self.base, self.base, 2, "-r", "2k", *ACCEPTED)
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
        outcome, report = self.compare(self.base, broken, 2, *ACCEPTED, times=BRIEF)
        self.assertEqual(outcome.status, 4, outcome)
        reasons = report["cases"][1]["runs"][0]["invalid_reasons"]
        self.assertTrue(any("exit status 9" in reason for reason in reasons), reasons)

    def test_an_arm_that_is_replaced_meanwhile_is_reported_and_not_gone_on_with(self):
        # The second run of the candidate finds another file.
        replaces = self.directory / "replaces"
        replaces.write_text(f'#!/bin/sh\ncp "$0" "$0.new" && echo "# longer" >> "$0.new"\n'
                            f'"{SOCKMARK}" "$@"; status=$?; mv "$0.new" "$0"; exit $status\n')
        replaces.chmod(0o755)
        outcome, report = self.compare(self.base, replaces, 2, *ACCEPTED, times=BRIEF)
        self.assertEqual(outcome.status, 4, outcome)
        runs = report["cases"][1]["runs"]
        self.assertTrue(runs[0]["valid"] or only_busy(runs[0]), runs[0]["invalid_reasons"])
        self.assertFalse(runs[1]["valid"])
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
        _, report = self.compare(self.base, self.slower, 1, *ACCEPTED, times=BRIEF)
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


class BeforeMeasuring(EndToEnd):
    """What makes every verdict inconclusive and is known before: more blocks, or a refusal."""

    def planned(self, *options):
        """The lines of a dry run before the list of cases."""
        outcome = self.sockmark("run", *options, "--dry-run")
        self.assertEqual(outcome.status, 0, outcome)
        return outcome.text.partition("\n\n")[0], outcome.complaints

    def refused(self, options, *words):
        for dry_run in ([], ["--dry-run"]):
            self.assert_complains(self.sockmark("run", *options, *dry_run), 2, *words)
        self.assertFalse(self.report_path.exists())

    def suite(self, **run):
        path = self.work / "mine.json"
        path.write_text(json.dumps({"run": run, "cases": [{"transport": ["tcp", "udp"]}],
                                    "compare": {"by": "transport", "gates": ["p50", "goodput"]}}))
        return path

    def test_a_gate_that_applies_to_no_pair_is_refused(self):
        self.refused(["-t", "tcp,unix-stream", "--by", "transport", "--gate", "loss:1%"], "--gate loss", "no compared pair has this metric")

    def test_without_a_number_there_are_enough_blocks(self):
        # With a fifth to spare: a comparison permits that many to be excluded.
        gates = [word for name in ("p50", "goodput", "cpu") for word in ("--gate", name)]
        for options, blocks, line in (
                (["-t", "tcp"], 3, ""),
                (["-t", "tcp,udp", "--by", "transport"], 8, "compared by transport, no gates: an interval takes 6 blocks"),
                (["-t", "tcp,udp", "--by", "transport", "--gate", "p50"], 8,
                 "compared by transport, 1 gate: a verdict over 1 gate takes 6 blocks"),
                (["-t", "tcp,udp", "--by", "transport", *gates], 9,
                 "compared by transport, 3 gates: a verdict over 3 gates takes 7 blocks"),
                # The default gates: p50 and goodput; p99 is of open loops, and loss of udp.
                (["-t", "tcp,udp", "--against", SOCKMARK], 10,
                 "compared by arm, 5 gates: a verdict over 5 gates takes 8 blocks"),
                (["quick", "--against", SOCKMARK, "--gate", "p50"], 8,
                 "compared by arm, 6 gates: a verdict over 6 gates takes 8 blocks"),
                (["-t", "tcp", "--against", SOCKMARK, "--until-precise"], 40,
                 "compared by arm, 2 gates: a verdict over 2 gates takes 7 blocks"),
                ([self.suite()], 9, "compared by transport, 2 gates: a verdict over 2 gates takes 7 blocks")):
            with self.subTest(options):
                text, complaints = self.planned(*options)
                self.assertEqual(text.partition("\n")[2], line)
                self.assertIn(f" {blocks} blocks, ", text)
                self.assertEqual(complaints, "")

    def test_a_number_that_is_too_small_for_the_gates_is_refused(self):
        by = ["-t", "tcp,udp", "--by", "transport", "--gate", "p50", "--gate", "goodput"]
        self.refused([*by, "-n", "6"], "--repetitions 6: a verdict over 2 gates takes 7 blocks; give -n 7 or more",
                     "--inconclusive")
        self.refused([*by, "-n", "6", "--inconclusive", "own"], "--repetitions 6")
        self.assertEqual(self.planned(*by, "-n", "7")[0].partition("\n")[2],
                         "compared by transport, 2 gates: a verdict over 2 gates takes 7 blocks")
        for policy in ("pass", "fail"):
            self.assertIn("2 gates, too few blocks: a verdict over 2 gates takes 7 blocks",
                          self.planned(*by, "-n", "6", "--inconclusive", policy)[0])
        self.refused(["-t", "tcp", "--against", SOCKMARK, "-n", "6"], "--repetitions 6", "2 gates")
        self.refused([*by, "--until-precise", "-n", "6"], "--repetitions 6", "2 gates")

    def test_without_gates_too_few_blocks_are_only_mentioned(self):
        for options in (["-t", "tcp,udp", "--by", "transport"], ["-t", "tcp", "--against", SOCKMARK, "--gate", "none"]):
            text, complaints = self.planned(*options, "-n", "5")
            self.assertIn("no gates, too few blocks: an interval takes 6 blocks", text)
            self.assertEqual(complaints, "")

    def test_the_number_of_a_suite(self):
        path = self.suite(repetitions=3)
        self.refused([path], "mine.json: run.repetitions 3: a verdict over 2 gates takes 7 blocks")
        self.assertIn("7 blocks", self.planned(path, "-n", "7")[0])
        # For a comparison that the command line asks for, the suite's number is a default.
        text, complaints = self.planned(path, "--against", SOCKMARK)
        self.assertIn(" 10 blocks, ", text)
        self.assertIn("mine.json: run.repetitions 3: a verdict over 4 gates takes 8 blocks; measuring 10", complaints)
        self.refused([path, "--against", SOCKMARK, "-n", "3"], "--repetitions 3")

    def test_a_gate_that_no_run_can_decide_is_refused(self):
        by = ["-t", "tcp,udp", "--by", "transport"]
        self.refused([*by, "--gate", "p99"], "--gate: p99: tcp/rr/64B/c1 is a closed loop", "--rate")
        self.refused([*by, "--gate", "max", "-w", "stream"], "--gate: max: tcp/stream/64B/c1 is a closed loop")
        self.refused([*by, "--gate", "p99.9", "-w", "connect"], "--gate: p99.9", "closed loop", "gate p50")
        self.refused(["-t", "tcp", "--against", SOCKMARK, "--gate", "p99"], "--gate: p99: tcp/rr/64B/c1@baseline")
        self.refused([*by, "--gate", "p99", "-r", "1k", "-d", "5s"], "--gate: p99: a gate requires 100 messages beyond "
                     "p99 in a run, and a run of tcp/rr/64B/c1/r1000/hybrid has about 50; increase --duration or --rate")
        self.assertIn("1 gate", self.planned(*by, "--gate", "p99", "-r", "1k", "-d", "10s")[0])
        self.refused([*by, "--gate", "p50", "--order", "random"], "--gate: runs of --order random are not paired")
        path = self.work / "closed.json"
        path.write_text(json.dumps({"cases": [{"transport": ["tcp", "udp"]}],
                                    "compare": {"by": "transport", "gates": ["p99"]}}))
        self.refused([path], "closed.json: compare.gates: p99: tcp/rr/64B/c1 is a closed loop")

    def test_a_default_gate_that_no_run_can_decide_is_left_out(self):
        text, complaints = self.planned("-t", "tcp", "-r", "1k", "-d", "5s", "--against", SOCKMARK)
        self.assertIn("compared by arm, 2 gates", text)
        self.assertIn("no gate on p99: a run has fewer than 100 messages beyond it", complaints)
        self.assertIn("3 gates", self.planned("-t", "tcp", "-r", "1k", "-d", "10s", "--against", SOCKMARK)[0])

    def test_more_gates_than_any_number_of_blocks_decides_are_refused(self):
        sizes = ",".join(str(size) for size in range(64, 64 + 1639))
        by = ["-t", "tcp,udp", "-s", sizes, "--by", "transport", "--gate", "p50"]
        self.refused(by, "--gate: 1639 gates are too many to judge together")
        self.refused([*by, "-n", "2", "--inconclusive", "pass"], "--gate: 1639 gates are too many to judge together")


class By(EndToEnd):
    def test_transports_are_compared_in_the_run_that_measures_them(self):
        # Eight blocks, so that an invalid run leaves enough.
        outcome = self.sockmark("run", "-t", "tcp,unix-stream", *short("150ms", "20ms", repetitions=8),
                                "--by", "transport")
        self.assertIn(outcome.status, (0, 4), outcome)  # 4: none of its runs was left valid
        report = self.read_report()
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
