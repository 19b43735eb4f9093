"""The steps of a benchmark in CI, with two programs that are measured in turns: the outcome of each verdict."""

import unittest

from ci_test import BRIEF, Steps
from harness import SOCKMARK, disturbed, short

LONG = " ".join(short("150ms", "20ms")[:-2])
# How long the responder works on a message: a difference that a busy machine does not hide.
FAST, SLOW = "50us", "200us"


class InTurns(Steps):
    def test_a_slower_candidate_fails_and_a_faster_one_passes(self):
        fast, slow = self.wrapper("fast", f"--server-work {FAST}"), self.wrapper("slow", f"--server-work {SLOW}")
        gates = ["--gates", "p50:1.05"]
        for baseline, candidate, status, verdict in ((fast, slow, 1, "fail"), (slow, fast, 0, "pass")):
            with self.subTest(verdict):
                report = self.measured("--against", baseline, "--candidate", candidate, *gates, blocks=8, times=LONG)
                gated = [one for one in report["comparisons"] if one["gate"]]
                self.assertEqual([one["difference"] for one in gated], ["slower" if status else "faster"])
                # Beside other processes the gate says that it does not decide by the same figures.
                if any(disturbed(one["gate"]) for one in gated):
                    status, verdict = 3, "inconclusive"
                result = self.judged(*gates, status=status, verdict=verdict)
                self.assertEqual(result["design"], "paired")
                own = [one["gate"]["verdict"] for one in gated]
                self.assertEqual(own, [one["gate"]["verdict"] for one in self.result("comparison.json")["comparisons"]
                                       if one["gate"]], "the report says the same")

    def test_too_few_blocks_are_inconclusive_and_the_policy_decides(self):
        self.measured("--against", SOCKMARK)
        for policy, status in (("own", 3), ("pass", 0), ("fail", 1)):
            with self.subTest(policy):
                result = self.judged("--inconclusive", policy, status=status, verdict="inconclusive")
                self.assertIn("could not be decided", result["sentence"])

    def test_too_few_blocks_are_refused_before_measuring(self):
        outcome = self.step("measure", "--suite=", f"--options=-t unix-stream -n 2 {BRIEF}", "--against", SOCKMARK)
        self.assertEqual(outcome.status, 2, outcome)
        self.assertIn("--repetitions 2: a verdict over 2 gates takes 7 blocks; give -n 7 or more", outcome.complaints)
        self.assertFalse((self.results / "report.json").exists())

    def test_without_gates_nothing_is_judged(self):
        self.measured("--against", SOCKMARK, "--gates", "none")
        self.judged("--gates", "none", "--inconclusive", "fail", status=0, verdict="no_gate")

    def test_an_arm_that_fails_is_invalid_whatever_the_policy(self):
        self.measured("--against", self.wrapper("broken", "--no-such-option"))
        self.judged("--inconclusive", "pass", status=4, verdict="invalid")


if __name__ == "__main__":
    unittest.main()
