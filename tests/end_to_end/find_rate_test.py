"""`run --find-rate`, as a user runs it. Which rate a machine reaches is not asserted; what must be true of any
rate that is found is."""

import re
import signal
import unittest

from harness import EndToEnd, wait_until

# A search of seconds: trials of hundreds of milliseconds, one or two of them at each rate.
BRIEF = ["--warmup", "50ms", "--search-budget", "12s"]


class FindRate(EndToEnd):
    def search(self, *arguments, tmax="200ms"):
        outcome = self.sockmark("run", "--no-progress", *arguments, *BRIEF, "--tmax", tmax)
        report = self.read_report()
        self.assertEqual(report["cases"], [])
        self.assertFalse(report["interrupted"])
        for search in report["searches"]:
            with self.subTest(goal=search["goal"]):
                self.assert_consistent(search)
        self.assertEqual(outcome.status, self.status_of(report), outcome)
        return outcome, {search["goal"]: search for search in report["searches"]}

    def status_of(self, report):
        if not all(search["limit"] == "interference" or any(trial["valid"] for trial in search["trials"])
                   for search in report["searches"]):
            return 4
        return 0 if all(search["complete"] for search in report["searches"]) else 3

    def assert_consistent(self, search):
        lower, upper = search["lower_bound_per_s"], search["upper_bound_per_s"]
        tried = {trial["rate_per_s"] for trial in search["trials"] if trial["valid"]}
        for bound in (lower, upper):
            if bound is not None:
                self.assertIn(bound, tried)
        if lower is not None:
            self.assertLessEqual(search["conditional_throughput_per_s"], lower)
            if upper is not None:
                self.assertLess(lower, upper)

    def test_a_path_that_loses_one_in_a_hundred(self):
        # At 4000/s the shortest trial has 1000 messages: none lost, or 50, once in thousands of trials.
        outcome, found = self.search("-t", "udp", "--find-rate", "loss<=0", "--find-rate", "loss<=5%",
                                     "--impair", "loss=1%", "--min-rate", "4k", "--max-rate", "6k", "-d", "250ms",
                                     "--trial-sum", "500ms", "--width", "20%")
        none, some = found["loss<=0"], found["loss<=5%"]
        self.assertIsNone(none["lower_bound_per_s"])
        self.assertIsNone(none["conditional_throughput_per_s"])
        valid = [trial for trial in none["trials"] if trial["valid"]]
        self.assertTrue(all(trial["loss_ratio"] > 0 for trial in valid), none)
        self.assertEqual(none["trials"], some["trials"])
        undisturbed = not any(trial["saturated"] or trial["interference"] for trial in some["trials"])
        if undisturbed and some["upper_bound_per_s"] is None:
            self.assertEqual(some["limit"], "range")
            self.assertEqual(some["lower_bound_per_s"], 6000)
            self.assertLess(some["conditional_throughput_per_s"], 6000)
        self.assertIn("udp/rr/64B/c1/hybrid/impaired", outcome.text)
        self.assertEqual(none["params"]["rate_per_s_reason"], "searched")

    def test_a_responder_that_answers_two_thousand_a_second(self):
        # It is busy for 0.5 ms with each message. At 2100/s the last of 1100 messages waits for 25 ms.
        _, found = self.search("-t", "unix-stream", "--server-work", "500us", "--find-rate", "p99<=10ms", "--max-rate",
                               "4k", "--trial", "100ms", "-d", "600ms", "--trial-sum", "600ms", "--width", "30%")
        search = found["p99<=10ms"]
        for trial in search["trials"]:
            if trial["valid"] and trial["rate_per_s"] > 2100:
                self.assertGreaterEqual(trial["duration_ns"] * trial["rate_per_s"], 1.09e12, trial)
                self.assertTrue(trial["p99_ns"] is None or trial["p99_ns"] > 10_000_000, trial)
        if search["lower_bound_per_s"] is not None:
            self.assertLess(search["lower_bound_per_s"], 2100)

    def test_the_highest_rate_is_measured_where_none_is_given(self):
        # Two hundred messages wait in the socket: at least 200 ms, and longer on a busy machine.
        _, found = self.search("-t", "unix-stream", "--server-work", "1ms", "--find-rate", "p99<=1s", "-d", "300ms",
                               "--trial-sum", "300ms", "--width", "90%", tmax="5s")
        first = found["p99<=1s"]["trials"][0]
        # Four times what a responder does that needs 1 ms for each, to two digits.
        self.assertLessEqual(first["rate_per_s"], 4400)
        self.assertGreater(first["rate_per_s"], 0)

    def test_a_budget_that_ends_it(self):
        outcome = self.sockmark("run", "-t", "udp", "--find-rate", "loss<=0", "--max-rate", "2k", "-d", "200ms",
                                "--warmup", "50ms", "--tmax", "100ms", "--trial-sum", "1h", "--search-budget", "1s")
        search, = self.read_report()["searches"]
        self.assertFalse(search["complete"])
        self.assertEqual(outcome.status, 3 if any(trial["valid"] for trial in search["trials"]) else 4, outcome)
        self.assertRegex(outcome.complaints, r"\[1/1\] udp/rr/64B/c1/hybrid, trial 1: 2 k/s for 0\.2 s   \d+:\d\d   loss<=0: \?")

    def test_an_interruption_keeps_what_was_found(self):
        running = self.start("run", "-t", "udp", "--find-rate", "loss<=0", "--max-rate", "2k", "-d", "100ms", "--warmup",
                             "20ms", "--tmax", "100ms", "--trial-sum", "1h", "--search-budget", "5m")
        wait_until(lambda: re.search(r", trial 3:", running.complaints()) or running.popen.poll() is not None,
                   "the third trial begins")
        running.popen.send_signal(signal.SIGINT)
        self.assertEqual(running.finish().status, 130)
        report = self.read_report()
        self.assertTrue(report["interrupted"])
        search, = report["searches"]
        self.assertFalse(search["complete"])
        self.assertGreaterEqual(len(search["trials"]), 2)

    def test_bad_input(self):
        search = ("run", "-t", "udp", "--find-rate", "loss<=0")
        for options, words in (
                (("--rate", "10k"), ["--rate", "--max-rate"]),
                (("-n", "5"), ["--repetitions"]),
                (("--depth", "4"), ["--depth"]),
                (("-w", "connect"), ["--find-rate", "connect"]),
                (("--by", "transport"), ["--by"]),
                (("--against", "/bin/true"), ["--against"]),
                (("--gate", "p50:1.05"), ["--gate"]),
                (("--until-precise",), ["--until-precise"]),
                (("--resume",), ["--resume"]),
                (("--max-rate", "fast"), ["--max-rate", "fast"]),
                (("--width", "0"), ["--width"]),
                (("--exceed", "100%"), ["--exceed"]),
                (("--trial", "1us"), ["--trial"]),
                (("--search-budget", "0s"), ["--search-budget"]),
                (("--min-rate", "2k", "--max-rate", "1k"), ["--min-rate"]),
                (("--find-rate", "loss<=0"), ["--find-rate", "twice"]),
                (("--wait", "block"), ["--wait block"])):
            with self.subTest(options=options):
                self.assert_complains(self.sockmark(*search, *options), 2, *words)
        self.assert_complains(self.sockmark("run", "-t", "tcp", "--find-rate", "loss<=0.5%"), 2, "tcp", "p99<=1ms")
        self.assert_complains(self.sockmark("run", "-t", "tcp", "--find-rate", "lost<=0"), 2, "--find-rate", "loss")
        self.assert_complains(self.sockmark("run", "-t", "udp", "--max-rate", "1k"), 2, "--max-rate", "--find-rate")
        self.assertFalse(self.report_path.exists())

    def test_a_dry_run_tells_what_would_be_searched(self):
        outcome = self.sockmark("run", "-t", "udp,unix-stream", "-s", "64,1k", "--find-rate", "p99<=1ms", "--dry-run",
                                "--search-budget", "1m")
        self.assertEqual((outcome.status, outcome.complaints), (0, ""))
        self.assertIn("4 cases to search, at most 4:00", outcome.text)
        self.assertIn("unix-stream/rr/1024B/c1/hybrid", outcome.text)
        self.assertFalse(self.report_path.exists())


if __name__ == "__main__":
    unittest.main()
