"""`run --floor`: the same exchange by bare system calls, in turns with the runs."""

import unittest

from harness import EndToEnd, only_busy, short

BARE = ["tcp", "tcp6", "udp", "udp6", "unix-stream", "unix-dgram"]


# Why there may be no ratio on a machine that has no time for the test.
TOO_BUSY = ["no_valid_run", "samples", "nothing_received", "not_positive"]


class Floor(EndToEnd):
    def assert_overhead(self, case, metric):
        if case["overhead"] is None:
            self.assertIn(case["overhead_reason"], TOO_BUSY)
            return
        self.assertEqual((case["overhead"]["metric"], case["overhead"]["blocks"]), (metric, 1))
        self.assertGreater(case["overhead"]["overhead_ratio"], 0)

    def floor_of(self, case):
        """None where an end of it did not run throughout its window."""
        [run] = case["runs"]
        if not run["floor"]:
            self.assertEqual(run["floor_reason"], "floor: no round trip began and ended in the window")
        return run["floor"]

    def floors(self, *arguments):
        return {case["params"]["transport"]: case for case in self.measure(*arguments, "--floor")["cases"]}

    def test_every_transport_has_one_in_the_loop_that_fits_the_wait(self):
        for wait, loop in {"sleep": "epoll", "block": "blocking", "spin": "spinning"}.items():
            for transport, case in self.floors("-t", "tcp,udp,unix-stream,unix-dgram", "--wait", wait,
                                               *short("100ms", "10ms")).items():
                with self.subTest(wait=wait, transport=transport):
                    if not (floor := self.floor_of(case)):
                        continue
                    self.assertEqual(floor["loop"], loop)
                    self.assertGreater(floor["round_trip"]["count"], 0)
                    self.assertGreater(floor["messages_per_s"], 0)
                    self.assert_overhead(case, "p50_ns")

    def test_a_stream_has_one_too(self):
        cases = self.floors("-t", "all", "-w", "stream", *short("100ms", "10ms"))
        self.assertEqual(list(cases), BARE)
        for transport, case in cases.items():
            with self.subTest(transport=transport):
                floor = case["runs"][0]["floor"]
                self.assertGreater(floor["messages_per_s"], 0)
                self.assertEqual((floor["round_trip"], floor["round_trip_reason"]), (None, "one_way"))
                self.assert_overhead(case, "goodput_messages_per_s")

    def test_large_messages_go_there_and_back_whole(self):
        for transport, case in self.floors("-t", "tcp,unix-stream", "-s", "1M", *short("100ms", "10ms")).items():
            with self.subTest(transport=transport):
                if floor := self.floor_of(case):
                    self.assertGreater(floor["round_trip"]["count"], 0)

    def test_blocks_enough_give_an_interval_and_the_table_says_it(self):
        outcome = self.sockmark("run", "-t", "unix-stream", "--floor", *short("100ms", "10ms", repetitions=8))
        case = self.read_report()["cases"][0]
        # A busy machine makes some runs invalid.
        blocks = sum(run["valid"] and run["floor"] is not None for run in case["runs"])
        self.assertTrue(all(run["valid"] or only_busy(run) for run in case["runs"]), case["runs"])
        if blocks < 6:
            self.assertIsNone(case["overhead"] and case["overhead"]["interval"])
            return
        self.assertEqual(case["overhead"]["blocks"], blocks)
        low, high = case["overhead"]["interval"]
        self.assertTrue(low <= case["overhead"]["overhead_ratio"] <= high, case["overhead"])
        self.assertIn("over the floor", outcome.text)

    def test_a_case_without_one_says_why(self):
        report = self.measure("-t", "tcp", "-c", "1,3", "--floor", *short("60ms", "10ms"))
        one, three = report["cases"]
        self.floor_of(one)
        self.assertEqual((three["runs"][0]["floor"], three["runs"][0]["floor_reason"]), (None, "connections"))
        self.assertEqual(three["overhead_reason"], "connections" if three["runs"][0]["valid"] else "no_valid_run")

    def test_a_floor_of_nothing_is_refused(self):
        for options in (["-r", "1k"], ["--depth", "4"], ["-w", "connect"], ["-c", "2"], ["-t", "memory"]):
            with self.subTest(options):
                self.assert_complains(self.sockmark("run", *options, "--floor", *short()), 2, "--floor")
                self.assertFalse(self.report_path.exists())
        self.assert_complains(self.sockmark("run", "--against", "true", "--floor", *short()), 2, "--floor", "--against")

    def test_nobody_asked(self):
        case = self.measure("-t", "tcp", *short("60ms", "10ms"))["cases"][0]
        self.assertEqual((case["runs"][0]["floor"], case["runs"][0]["floor_reason"]), (None, "none"))


if __name__ == "__main__":
    unittest.main()
