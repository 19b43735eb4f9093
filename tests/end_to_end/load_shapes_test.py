"""Shapes of load: answers of another size, mixes of sizes, bursts and on-off arrivals (docs/load-shapes.md)."""

import unittest

from harness import EndToEnd, short

WINDOW = short("250ms", "50ms")


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
                ("-t tcp --arrivals burst:4", "--arrivals requires --rate")):
            with self.subTest(options):
                outcome = self.sockmark("run", *options.split())
                self.assertEqual(outcome.status, 2, outcome)
                self.assertEqual(outcome.complaints.count("\n"), 1, outcome)
                self.assertIn(problem, outcome.complaints)
                self.assertFalse(self.report_path.exists())


if __name__ == "__main__":
    unittest.main()
