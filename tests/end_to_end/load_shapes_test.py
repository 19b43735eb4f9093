"""Shapes of load: answers of another size, mixes of sizes, bursts and on-off arrivals, a number of messages, think time
and a ramp of connections (docs/load-shapes.md)."""

import re
import signal
import unittest

from harness import SOCKMARK, EndToEnd, only_busy, short

WINDOW = short("250ms", "50ms")
TWO_GENERATORS = ["--generator-via", "env", "--generator-via", "env", "--worker-program", SOCKMARK]


class Responses(EndToEnd):
    def test_answers_have_their_own_size_in_every_part_of_the_report(self):
        report = self.measure("-t", "tcp,udp", "-w", "rr,connect", "-s", "64", "--response", "32,16k", *WINDOW)
        self.assertEqual([case["id"] for case in report["cases"]],
                         [f"{transport}/{workload}/64B/c1/response{size}B" for workload in ("rr", "connect")
                          for size in (32, 16384) for transport in ("tcp", "udp")])
        for case in report["cases"]:
            self.assertEqual(case["params"]["size_bytes"], 64)
            size = case["params"]["response_size_bytes"]
            for run in case["runs"]:
                self.assertEqual(run["loss"]["sent"], run["loss"]["received"] + run["loss"]["lost"])
                self.assertEqual([run["integrity"][key] for key in ("corrupt", "stream_integrity_errors")], [0, 0])
                goodput = run["throughput"]
                self.assertGreater(goodput["goodput_messages_per_s"], 0)
                for key, each in (("goodput_bytes_per_s", size), ("request_bytes_per_s", 64)):
                    self.assertAlmostEqual(goodput[key] / goodput["goodput_messages_per_s"], each, places=3)
        table = self.sockmark("report", self.report_path, "--text")
        self.assertIn("response", table.text)
        self.assertIn("16 KiB", table.text)
        compared = self.sockmark("compare", self.report_path, "--by", "response", "--gate", "none")
        self.assertIn("16384", compared.text, compared)
        rows = self.sockmark("export", self.report_path, "--to", "csv").text
        self.assertIn("response_size_bytes", rows)

    def test_one_suite_says_the_same_and_a_stream_has_none(self):
        suite = self.work / "suite.json"
        suite.write_text('{"cases": [{"transport": "tcp", "size": 64, "response": [64, "16k"], "exclude": '
                         '[{"response": 64}]}]}')
        shown = self.sockmark("run", "./suite.json", "--dry-run")
        self.assertEqual(shown.status, 0, shown)
        self.assertIn("tcp/rr/64B/c1/response16384B", shown.text)
        self.assertNotIn("response64B", shown.text)
        shown = self.sockmark("run", "-t", "tcp", "-w", "rr,stream", "--response", "1k", "--dry-run")
        self.assertIn("--response 1k applies to rr and connect", shown.complaints)


class Laws(EndToEnd):
    def test_a_mix_of_sizes_is_sent_and_its_law_is_in_the_report(self):
        report = self.measure("-t", "udp,unix-stream", "-w", "rr,stream", "-s", "imix", "-r", "2k", *WINDOW)
        for case in report["cases"]:
            self.assertIn("/imix/", case["id"])
            self.assertEqual((case["params"]["size_bytes"], case["params"]["size_bytes_reason"]), (None, "size_mix"))
            self.assertEqual(case["params"]["size_mix"], "64x7+576x4+1500x1")
            for run in case["runs"]:
                check = run["generator"]["size_check"]
                self.assertEqual(sum(check["sent"]), run["loss"]["sent"])
                self.assertEqual(len(check["sent"]), 3)
                self.assertIs(check["flag"], False)  # the seed decides the sizes
                self.assertEqual(run["integrity"]["corrupt"], 0)
                goodput = run["throughput"]
                mean = goodput["goodput_bytes_per_s"] / goodput["goodput_messages_per_s"]
                self.assertTrue(64 < mean < 1500, mean)

    def test_bursts_and_on_off_are_sent_and_their_law_is_tested(self):
        for law in ("burst:2", "onoff:50ms,50ms"):
            with self.subTest(law):
                report = self.measure("-t", "unix-dgram", "-r", "20k", "--arrivals", law,
                                      *short("600ms", "50ms"))
                case, = report["cases"]
                self.assertTrue(case["id"].endswith(f"/{law}/hybrid"), case["id"])
                self.assertEqual(case["params"]["arrivals"], law)
                run, = case["runs"]
                self.assertEqual(run["load"]["arrival"], law)
                # Five standard deviations of 6000 bursts of two.
                self.assertAlmostEqual(run["load"]["intended_messages"], 12000, delta=5 * 155)
                check = run["generator"]["arrival_check"]
                # Fewer if the generator could not run for a twentieth of the window.
                self.assertTrue(0 < check["windows"] <= 20, check)
                self.assertLessEqual(check["rejected"], check["windows"])


class Messages(EndToEnd):
    """--messages: the window ends with the last of N messages."""

    BRIEF = ("--warmup", "50ms", "--tmax", "400ms", "-n", "1")

    def assert_exact(self, report, messages):
        for case in report["cases"]:
            self.assertEqual(case["params"]["messages"], messages)
            for run in case["runs"]:
                with self.subTest(case["id"]):
                    loss, window = run["loss"], run["window"]
                    if only_busy(run) and loss["sent"] != messages:
                        continue
                    self.assertEqual(loss["sent"], messages)
                    self.assertEqual(loss["sent"], loss["received"] + loss["lost"])
                    self.assertTrue(0 < window["measure_ns"] < case["params"]["duration_ns"], window)
                    # Rates are over the window, which holds every arrival.
                    arrived = run["throughput"]["goodput_messages_per_s"] * window["measure_ns"] / 1e9
                    if case["params"]["rate_per_s"] is None:
                        self.assertGreaterEqual(round(arrived), loss["received"])
                        self.assertNotIn("backlog", run["unsteady_reasons"])
                    self.assertEqual(run["latency"]["response_time"]["count"], loss["received"])

    def test_every_workload_sends_exactly_so_many(self):
        report = self.measure("-t", "tcp,udp,unix-stream", "-w", "rr,connect", "-c", "3", "-j", "2",
                              "--messages", "1000", *self.BRIEF)
        self.assert_exact(report, 1000)
        self.assertEqual({case["id"].split("/")[4] for case in report["cases"]}, {"n1000"})

    def test_with_depth_one_message_and_a_blocking_wait(self):
        self.assert_exact(self.measure("-t", "tcp,udp", "--depth", "8", "-c", "2", "--messages", "1001", *self.BRIEF),
                          1001)
        # It takes less time than the kernel can tell.
        self.assert_exact(self.assert_measured(self.sockmark("run", "-t", "tcp", "--messages", "1", "--warmup", "0", "-n", "1")), 1)
        self.assert_exact(self.measure("-t", "unix-stream", "--wait", "block", "--messages", "200",
                                       *self.BRIEF), 200)

    def test_an_open_loop_ends_when_its_last_message_is_due(self):
        for law in ("uniform", "poisson", "burst:3", "onoff:10ms,10ms"):
            with self.subTest(law):
                report = self.measure("-t", "unix-dgram", "-w", "rr,stream", "-r", "1k", "-c", "3", "--arrivals", law,
                                      "--messages", "400", *self.BRIEF)
                self.assert_exact(report, 400)
                if law == "uniform":
                    for case in report["cases"]:
                        for run in case["runs"]:
                            # 399 spacings of 1 ms, and less than one before the first.
                            self.assertGreater(run["window"]["measure_ns"], 399_000_000)
                            self.assertLessEqual(run["window"]["measure_ns"], 400_000_001)

    def test_several_generators_share_them_and_faults_are_counted(self):
        self.assert_exact(self.measure("-t", "udp", "-c", "4", "--impair", "loss=5%", "--messages",
                                       "500", "--warmup", "50ms", "--tmax", "100ms", "-n", "1"), 500)
        report = self.measure("-t", "tcp", "-c", "4", *TWO_GENERATORS, "--messages", "501",
                              *self.BRIEF)
        self.assert_exact(report, 501)

    def test_a_duration_that_is_too_short_makes_the_run_invalid(self):
        outcome = self.sockmark("run", "-t", "unix-stream", "--messages", "1000000000", *short("150ms", "20ms"))
        self.assertEqual(outcome.status, 4, outcome)
        run = self.read_report()["cases"][0]["runs"][0]
        self.assertEqual(run["window"]["measure_ns"], 150_000_000)
        self.assertTrue(only_busy(run) or re.search(r"^\d+ of 1000000000 messages were sent within 150 ms.*; "
                                                    r"increase --duration$", run["invalid_reasons"][0]), run["invalid_reasons"])

    def test_an_interruption_keeps_what_was_measured(self):
        running = self.start("run", "-t", "unix-stream", "--messages", "1000000000", "--warmup", "10ms", "-n", "1")
        running.wait_for_run(1, 1)
        running.popen.send_signal(signal.SIGINT)
        self.assertEqual(running.finish().status, 130)
        run = self.read_report()["cases"][0]["runs"][0]
        self.assertTrue(run["invalid_reasons"][0].startswith("interrupted: "), run["invalid_reasons"])
        self.assertEqual(run["loss"]["sent"], run["loss"]["received"] + run["loss"]["lost"])


class Pacing(EndToEnd):
    def test_a_think_time_is_no_latency_and_bounds_the_messages(self):
        for wait in ("sleep", "hybrid"):
            report = self.measure("-t", "tcp,udp", "-w", "rr,connect", "-c", "1", "--think", "20ms", "--wait", wait,
                                  *short("400ms", "50ms"))
            for case in report["cases"]:
                self.assertEqual(case["params"]["think_ns"], 20_000_000)
                self.assertIn("/think20ms", case["id"])
                for run in case["runs"]:
                    with self.subTest(case["id"]):
                        self.assertTrue(0 < run["loss"]["sent"] <= 400 / 20 + 1, run["loss"])
                        self.assertLess(run["latency"]["response_time"]["min_ns"], 20_000_000)
                        # It waited in between.
                        self.assertGreater(run["window"]["measure_ns"], (run["loss"]["sent"] - 1) * 20_000_000)

    def test_a_ramp_opens_connections_at_its_rate(self):
        report = self.measure("-t", "tcp,udp,unix-stream", "-w", "rr", "-c", "50", "-j", "2", "--ramp", "100/s",
                              *short("100ms", "20ms"))
        for case in report["cases"]:
            self.assertEqual(case["params"]["ramp_per_s"], 100)
            for run in case["runs"]:  # 49 spacings of 10 ms
                self.assertGreaterEqual(run["window"]["connect_ns"], 490_000_000)
        report = self.measure("-t", "tcp", "-w", "stream", "-c", "20", *TWO_GENERATORS, "--ramp", "100",
                              *short("100ms", "20ms"))
        for run in report["cases"][0]["runs"]:  # ten each, at 50/s
            self.assertGreaterEqual(run["window"]["connect_ns"], 180_000_000)

    def test_a_matrix_is_measured_without_them_where_they_mean_nothing(self):
        shown = self.sockmark("run", "-t", "tcp", "-w", "rr,stream", "-c", "1,2", "--think", "5ms", "--ramp", "1k",
                              "--dry-run")
        self.assertEqual(shown.status, 0, shown)
        self.assertIn("--think 5ms applies to rr and connect", shown.complaints)
        self.assertIn("--ramp 1k applies to several connections of rr and stream", shown.complaints)


class Rejected(EndToEnd):
    def test_shapes_that_cannot_be_are_one_line_and_exit_2(self):
        for options, problem in (
                ("-t tcp -w stream --response 64", "requires rr or connect"),
                ("-t tcp --response 16", "--response 16: smaller than the message header"),
                ("-t udp --response 64k", "--response 65536: udp carries messages of at most 65507 bytes"),
                ("-t tcp --response 1q", "--response: "),
                ("-t tcp -s 64x7", "a mix has at least two sizes"),
                ("-t tcp -s 64x7+16x1", "smaller than the message header"),
                ("-t udp -s imix --gso", "omit --gso"),
                ("-t tcp -r 1k --arrivals burst:1", "burst of 2 to 65536"),
                ("-t tcp -r 1k --arrivals onoff:1s", "two times"),
                ("-t tcp -r 1k -d 1s --arrivals onoff:1s,1s", "one cycle is longer than the window"),
                ("-t tcp --arrivals burst:4", "--arrivals requires --rate"),
                ("-t tcp --messages 0", "--messages: "),
                ("-t tcp --messages ten", "--messages: "),
                ("-t tcp --messages=-5", "--messages: "),
                ("-t tcp --messages 1000000000001", "--messages: "),
                ("-t tcp -c 3 --messages 2", "--messages 2: fewer than one for each of --connections 3"),
                ("-t tcp -w rr,stream --messages 9", "a stream without --rate is measured for a time"),
                ("-t tcp -w stream --direction both --messages 9", "with --direction both use --duration"),
                ("-t tcp --messages 9 --find-rate p99<=1ms", "--messages"),
                ("-t tcp --messages 9 --background stream:tcp:1:both", "the load of --background ends at a time"),
                ("-t tcp -c 100 --ramp 4 --background stream:tcp:1:both", "at most 20s with --background"),
                ("-t tcp --think 0", "--think: "),
                ("-t tcp --think=-1ms", "--think: "),
                ("-t tcp --think long", "--think: "),
                ("-t tcp --think 5ms -r 100", "--think 5ms: an open loop"),
                ("-t tcp --think 5ms -w stream", "--think 5ms requires rr or connect"),
                ("-t tcp --think 5ms --wait block", "--think 5ms: a thread blocked"),
                ("-t tcp --think 5s -d 1s", "--think 5s: exceeds the duration of a run, 1s"),
                ("-t tcp --think 5ms --find-rate p99<=1ms", "--think"),
                ("-t tcp -c 2 --ramp 0", "--ramp 0: expected connections/s"),
                ("-t tcp -c 2 --ramp=-1", "--ramp: "),
                ("-t tcp -c 2 --ramp fast", "--ramp: "),
                ("-t tcp -c 2 --ramp 5/m", "--ramp: "),
                ("-t tcp -c 2 --ramp 2M", "--ramp 2000000: expected connections/s"),
                ("-t tcp -c 100 --ramp 0.1", "100 connections take 1000 s; at most 600s"),
                ("-t tcp --ramp 5", "--ramp 5 requires rr or stream with at least 2 connections"),
                ("-t tcp -w connect -c 2 --ramp 5", "--ramp 5 requires rr or stream")):
            with self.subTest(options):
                outcome = self.sockmark("run", *options.split())
                self.assertEqual(outcome.status, 2, outcome)
                self.assertEqual(outcome.complaints.count("\n"), 1, outcome)
                self.assertIn(problem, outcome.complaints)
                self.assertFalse(self.report_path.exists())


if __name__ == "__main__":
    unittest.main()
