"""Streams to the generator, and in both directions at the same time."""

import json
import re
import unittest

from harness import SHORT, SOCKMARK, EndToEnd, short, why_no_time_namespaces

WHY_NO_TIME_NAMESPACES = why_no_time_namespaces()
SECOND = 1_000_000_000


class Directions(EndToEnd):
    def streams(self, run):
        """The sections of each stream of a run."""
        return [run] + ([run["reverse"]] if run["reverse"] else [])

    def assert_balance(self, run):
        for stream in self.streams(run):
            loss = stream["loss"]
            self.assertGreater(loss["sent"], 0)
            self.assertEqual(loss["sent"], loss["received"] + loss["lost"])
            self.assertEqual(stream["load"]["sent_messages"], loss["sent"])
            self.assertEqual(stream["latency"]["response_time"]["count"], loss["received"])

    def test_every_direction_of_every_transport_balances(self):
        report = self.measure("-t", "all,memory", "-w", "stream", "--direction", "forward,reverse,both", "-r", "2k",
                              "-c", "2", "-j", "2", *SHORT)
        self.assertEqual(len(report["cases"]), 3 * 7)
        for case in report["cases"]:
            direction = case["params"]["direction"]
            self.assertEqual(direction in case["id"].split("/"), direction != "forward")
            for run in case["runs"]:
                self.assert_balance(run)
                self.assertEqual(run["reverse"] is not None, direction == "both")
        shown = self.sockmark("report", str(self.report_path))
        self.assertIn("tcp, forward", shown.text)
        self.assertIn("tcp, reverse", shown.text)
        compared = self.sockmark("compare", str(self.report_path), "--by", "direction", "--json", "-")
        names = {one["candidate"] for one in json.loads(compared.text)["comparisons"]}
        self.assertIn("tcp/stream/64B/c2/r2000/both/j2/hybrid", names)

    def test_the_ledgers_of_both_streams_are_exact(self):
        report = self.measure("-t", "udp,unix-dgram", "-w", "stream", "--direction", "both", "-r", "5k", "--impair",
                              "loss=3%,duplicate=2%,reorder=3%:2,seed=9", *short(duration="300ms", tmax="3s"))
        for case in report["cases"]:
            run, = case["runs"]
            self.assert_balance(run)
            for stream in self.streams(run):
                injected, loss = stream["impairment"], stream["loss"]
                self.assertEqual(injected["sent"], loss["sent"])
                self.assertEqual(injected["dropped"], loss["lost"] - loss["attribution"]["receiver_socket"])
                self.assertEqual(injected["duplicated"], stream["duplication"]["duplicates"])
                self.assertEqual(injected["reordered"], stream["reordering"]["reordered"])
                self.assertEqual(injected["extent_histogram"], stream["reordering"]["extent_histogram"])
                self.assertGreater(injected["dropped"], 0)
            self.assertEqual(run["impairment"]["dropped"], run["impairment"]["forward"]["dropped"])
            back = run["reverse"]["impairment"]
            self.assertEqual(back["dropped"], back["reverse"]["dropped"])

    def test_saturating_streams_run_at_the_same_time(self):
        report = self.measure("-t", "tcp,udp", "-w", "stream", "--direction", "reverse,both", *SHORT)
        for case in report["cases"]:
            for run in case["runs"]:
                self.assert_balance(run)
                for stream in self.streams(run):
                    self.assertGreater(stream["throughput"]["goodput_messages_per_s"], 0)

    def test_what_is_refused(self):
        for options, *words in (
                (("-w", "rr", "--direction", "reverse"), "--direction reverse", "stream"),
                (("-w", "connect", "--direction", "both"), "--direction both", "stream"),
                (("-w", "stream", "--direction", "sideways"), "--direction", "sideways", "forward"),
                (("-w", "stream", "--direction", "both", "--wait", "block"), "--direction both", "--wait"),
                (("-w", "stream", "--direction", "reverse", "--server-work", "5us"), "--server-work"),
                (("-w", "stream", "--direction", "reverse", "-c", "2", "--generator-via", "", "--generator-via", ""),
                 "--direction reverse", "one generator")):
            with self.subTest(options=options):
                self.assert_complains(self.sockmark("run", "-t", "tcp", *options, *SHORT), 2, *words)

    def test_other_workloads_are_measured_without_it(self):
        outcome = self.sockmark("run", "-t", "tcp", "-w", "rr,stream", "--direction", "reverse", "--dry-run")
        self.assertEqual(outcome.status, 0, outcome)
        self.assertIn("--direction reverse applies to stream only", outcome.complaints)

    def test_the_calls_of_every_sender_are_counted(self):
        report = self.measure("-t", "tcp", "-w", "stream", "--direction", "both,reverse", *short("300ms"))
        for case in report["cases"]:
            [run] = case["runs"]
            loads = [run["load"], run["reverse"]["load"]] if run["reverse"] else [run["load"]]
            for load in loads:
                if load["offered_rate"] > 0:
                    self.assertGreater(load["messages_per_send_call"], 0, case["id"])

    def test_exports_have_both_streams(self):
        report = self.measure("-t", "udp", "-w", "stream", "--direction", "both", "-r", "2k",
                              *short("300ms", repetitions=3))
        case, = report["cases"]
        summary = case["summary"]
        if not any(run["valid"] for run in case["runs"]):
            return  # there are no medians to look for

        def exported(to):
            return self.sockmark("export", str(self.report_path), "--to", to).text

        goodput = {}
        for line in exported("openmetrics").splitlines():
            found = re.fullmatch(r'sockmark_goodput_messages_per_second\{.*,direction="(\w+)"\} (\S+)', line)
            if found:
                goodput[found[1]] = float(found[2])
        self.assertEqual(goodput, {"forward": summary["goodput_messages_per_s"]["median"],
                                   "reverse": summary["reverse_goodput_messages_per_s"]["median"]})
        measures = json.loads(exported("bencher"))[case["id"]]
        self.assertEqual(measures["reverse-throughput"]["value"], summary["reverse_goodput_messages_per_s"]["median"])
        table = json.loads(exported("charts"))["tables"]["throughput"]
        columns = [column["name"] for column in table["columns"]]
        drawn = {row[columns.index("series")]: row[columns.index("goodput_messages_per_s")] for row in table["rows"]}
        self.assertEqual(drawn, {"udp (forward)": goodput["forward"], "udp (reverse)": goodput["reverse"]})
        families = {one["family_index"] for one in json.loads(exported("google-benchmark"))["benchmarks"]}
        self.assertEqual(families, set(range(len(families))))


@unittest.skipIf(WHY_NO_TIME_NAMESPACES, WHY_NO_TIME_NAMESPACES)
class DirectionsBetweenClocks(EndToEnd):
    def test_the_delay_to_the_generator_is_read_with_the_opposite_sign(self):
        outcome = self.sockmark("run", "-t", "tcp,udp", "-w", "stream", "--direction", "reverse,both", "-r", "500",
                                *short(tmax="2s"), "--worker-program", SOCKMARK, "--responder-via",
                                "unshare -T --monotonic 5000")
        self.assertIn(outcome.status, (0, 4), outcome)
        report = self.read_report()
        self.assertEqual(len(report["cases"]), 4)
        for case in report["cases"]:
            run, = case["runs"]
            self.assertEqual(run["clock"]["relation"], "two_clocks", json.dumps(run["clock"]))
            self.assertLessEqual(abs(run["clock"]["offset_ns"] - 5000 * SECOND), run["clock"]["bound_ns"])
            for stream in [run] + ([run["reverse"]] if run["reverse"] else []):
                latency = stream["latency"]
                self.assertGreater(latency["bound_ns"], 0)
                self.assertEqual(latency["one_way"]["count"], stream["loss"]["received"])
                self.assertEqual(latency["response_time"]["count"], stream["loss"]["received"])
                # Nothing took longer than the whole run, as a delay with the wrong sign of 5000 s would.
                self.assertLess(latency["one_way"]["max_ns"], 5 * SECOND)
                self.assertEqual(stream["delay_variation"]["pdv"]["bound_ns"], 2 * latency["bound_ns"])


if __name__ == "__main__":
    unittest.main()
