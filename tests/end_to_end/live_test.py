"""What a measurement writes while it runs: the lines of --interval and of --json-stream."""

import json
import os
import re
import signal
import subprocess
import unittest

from harness import COMMAND_GUARD, ROOT, SOCKMARK, EndToEnd, validate

STREAM_SCHEMA = ROOT / "reports/schema/stream-1.schema.json"
HERE = "sh -c 'exec \"$@\"' -"  # a launcher that starts its arguments on this machine
LINE = re.compile(r"^\d\d:\d\d:\d\d\.\d{3}  (?P<case>\S+) +(?P<run>\d+)/\d+ +(?P<from>[\d.]+)-(?P<to>[\d.]+) s +"
                  r"(?P<messages>\d+) +[\d.]+ \S+ +(?P<p50>-|[\d.]+ \S+) +(?P<p99>-|[\d.]+ \S+) +(?P<max>-|[\d.]+ \S+) +"
                  r"(?P<lost>-|\d+)(?: +(?P<retr>-|\d+))?$", re.M)
UNITS = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}


def options(duration="1s", interval="250ms", repetitions=1, tmax="400ms"):
    return ["-d", duration, "--warmup", "100ms", "--tmax", tmax, "-n", str(repetitions), "--interval", interval]


class Live(EndToEnd):
    def assert_shows(self, lines, case):
        """The lines of a case are the series of its runs."""
        expected = [(run["index"], point) for run in case["runs"] for point in run["series"]]
        mine = sorted((line for line in lines if line["case"] == case["id"]),
                      key=lambda line: (int(line["run"]), float(line["from"])))
        self.assertEqual(len(mine), len(expected), case["id"])
        for line, (index, point) in zip(mine, expected):
            self.assertEqual(int(line["run"]), index + 1)
            self.assertAlmostEqual(float(line["from"]), point["t_s"], places=3)
            self.assertEqual(int(line["messages"]), point["messages"])
            self.assertEqual(line["lost"], "-" if point["lost"] is None else str(point["lost"]))
            retransmits = (point["tcp"] or {}).get("retransmits")
            if line["retr"] is not None:
                self.assertEqual(line["retr"], "-" if retransmits is None else str(retransmits))
            for name in ("p50", "p99", "max"):
                value = point[f"{name}_ns"]
                if value is None:
                    self.assertEqual(line[name], "-")
                    continue
                number, unit = line[name].split()
                self.assertAlmostEqual(float(number) * UNITS[unit], value, delta=0.01 * value)

    def assert_losses_add_up(self, run):
        lost = [point["lost"] for point in run["series"]]
        self.assertEqual(sum(lost), run["loss"]["lost"], lost)

    def stream_of(self, text):
        """The events, checked against the schema."""
        events = [json.loads(line) for line in text.splitlines()]
        for event in events:
            self.assertEqual(validate.violations(STREAM_SCHEMA, event), [], event)
        return events

    def assert_streamed(self, events, report):
        """Nothing was dropped, and the intervals are the points of the report."""
        self.assertEqual([event["seq"] for event in events], list(range(len(events))))
        self.assertEqual((events[0]["event"], events[-1]["event"]), ("begin", "end"))
        self.assertEqual(events[-1]["dropped"], 0)
        for case in report["cases"]:
            for run in case["runs"]:
                points = [event for event in events if event["event"] == "interval"
                          and (event["case"], event["run"]) == (case["id"], run["index"])]
                self.assertEqual([point["index"] for point in points], list(range(len(run["series"]))))
                for streamed, point in zip(points, run["series"]):
                    self.assertEqual({name: streamed.get(name) for name in point}, point)
                ended, = [event for event in events if event["event"] == "run_end"
                          and (event["case"], event["run"]) == (case["id"], run["index"])]
                self.assertEqual(ended["valid"], run["valid"])

    def test_lines_and_stream_are_the_series_of_the_report(self):
        outcome = self.sockmark("run", "-t", "tcp,udp", "-r", "2k", "--json-stream", "live.jsonl",
                                *options("500ms", repetitions=2))
        self.assertIn(outcome.status, (0, 4), outcome)
        report = self.read_report()
        lines = [match.groupdict() for match in LINE.finditer(outcome.text)]
        for case in report["cases"]:
            self.assertEqual(case["params"]["interval_ns"], 250_000_000)
            self.assertEqual([len(run["series"]) for run in case["runs"]], [2, 2])
            self.assert_shows(lines, case)
        self.assertTrue(all(line["retr"] is not None for line in lines), "a column, since TCP is among them")
        self.assert_streamed(self.stream_of((self.work / "live.jsonl").read_text()), report)

    def test_losses_are_in_the_interval_in_which_they_were_found(self):
        self.sockmark("run", "-t", "udp", "-w", "rr,stream", "-r", "2k", "--impair", "loss=5%,seed=1", "--json-stream",
                      "live.jsonl", *options("500ms", "125ms", tmax="200ms"))
        report = self.read_report()
        for case in report["cases"]:
            run, = case["runs"]
            self.assert_losses_add_up(run)
            if run["valid"]:
                self.assertGreater(min(point["lost"] for point in run["series"]), 0, "each has a share")
        self.assert_streamed(self.stream_of((self.work / "live.jsonl").read_text()), report)

    def test_a_line_is_printed_while_the_run_is_in_progress(self):
        for transport, workload in (("udp", "rr"), ("tcp", "rr"), ("tcp", "stream")):
            with self.subTest(transport=transport, workload=workload):
                self.assert_printed_in_progress("-t", transport, "-w", workload)

    def assert_printed_in_progress(self, *case):
        command = subprocess.Popen([SOCKMARK, "run", *case, "-r", "1k", *options("60s", "100ms", tmax="50ms")],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   cwd=self.work, env=self.environment)
        self.addCleanup(command.stdout.close)
        printed = b"".join(command.stdout.readline() for _ in range(3))
        self.assertIsNone(command.poll())
        command.send_signal(signal.SIGINT)
        printed += command.communicate(timeout=COMMAND_GUARD)[0]
        self.assertEqual(command.returncode, 130)
        case, = self.read_report()["cases"]
        self.report_path.unlink()
        self.assert_shows([match.groupdict() for match in LINE.finditer(printed.decode())], case)
        if case["params"]["transport"] == "udp":
            self.assert_losses_add_up(case["runs"][0])

    def test_ends_elsewhere_and_several_generators(self):
        self.sockmark("run", "-t", "tcp,udp", "-w", "rr,stream", "-c", "4", "-r", "1k", "--json-stream", "live.jsonl",
                      *options("500ms", "250ms"), "--worker-program", SOCKMARK, "--responder-via", HERE,
                      "--generator-via", HERE, "--generator-via", HERE)
        report = self.read_report()
        events = self.stream_of((self.work / "live.jsonl").read_text())
        for case in report["cases"]:
            run, = case["runs"]
            points = [event for event in events if event["event"] == "interval" and event["case"] == case["id"]]
            known = ("messages", "lost", "tcp")  # delays of a stream are known after the run
            self.assertEqual([[point[name] for name in known] for point in points],
                             [[point[name] for name in known] for point in run["series"]])

    def test_a_reader_that_stops_reading_stops_nothing(self):
        reader, writer = os.pipe()
        try:
            outcome = self.sockmark("run", "-t", "unix-stream", "--json-stream", "-", *options("500ms", "1ms"),
                                    stdout=writer)
        finally:
            os.close(writer)
            os.close(reader)
        self.assertIn(outcome.status, (0, 4), outcome)
        self.assertEqual(len(self.read_report()["cases"][0]["runs"][0]["series"]), 500)
        self.assertRegex(outcome.complaints,
                         r"(?m)^sockmark: --json-stream -: \d+ lines dropped: its reader is too slow$")
        self.assertRegex(outcome.complaints, r"(?m)^[ ~!] .*\bunix-stream\b.*$", "the table is here")

    def test_a_reader_that_goes_away_ends_nothing(self):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            outcome = self.sockmark("run", "-t", "unix-stream", "--quiet", "--json-stream", "-", *options("250ms"),
                                    stdout=writer)
        finally:
            os.close(writer)
        self.assertIn(outcome.status, (0, 4), outcome)
        self.read_report()
        # begin, run_begin, an interval, run_end, end.
        self.assertEqual(outcome.complaints, "sockmark: --json-stream -: 5 lines dropped: Broken pipe\n")

    def test_wrong_values_are_one_line_and_status_2(self):
        self.assertTrue((self.work / "other.txt").write_text("text"))
        self.earlier_report()
        (self.work / "link.jsonl").symlink_to("new.json")  # which does not exist yet
        for words, reason in (
                (["--json-stream", "link.jsonl", "-o", "new.json"],
                 r"--json-stream link.jsonl: --output writes to the same file; .*"),
                (["--interval", "1"], r"--interval: \"1\" .*unit.*"),
                (["--interval", "0s"], r"--interval: \"0s\": expected a time of at least 1ms"),
                (["--interval", "10s"], r"--interval 10s: exceeds the duration of a run, 5s"),
                (["--interval", "1ms"], r"--interval 1ms: a run of 5s has at most 3600 intervals; give at least 2ms"),
                (["--interval", "1s", "--find-rate", "loss<=1%"],
                 r"--interval cannot be combined with --find-rate: .*"),
                (["--json-stream", ""], r"--json-stream: the file name is empty"),
                (["--json-stream", "-", "-o", "-"], r"--json-stream - and --output - both write to standard output; .*"),
                (["--json-stream", "./report.json"], r"--json-stream .*: --output writes to the same file; .*"),
                (["--json-stream", "missing/live.jsonl"],
                 r"--json-stream: missing/live.jsonl: No such file or directory"),
                (["--percentiles", "50,120"], r"--percentiles: \"120\" is not a percentile; .*"),
                (["-r", "100mbit"], r"--rate: \"100mbit\" is not a rate; write bits/s like .*"),
                (["-i", "1"], r".*\"-i\"; --interval .*")):
            with self.subTest(words=words):
                outcome = self.sockmark("run", "-t", "unix-stream", *words)
                self.assertEqual((outcome.status, outcome.text), (2, ""), outcome)
                self.assertRegex(outcome.complaints, rf"^sockmark: {reason}\n$")

    def test_the_table_has_what_was_asked_for(self):
        report = ROOT / "docs/examples/which-transport.json"
        plain = self.sockmark("report", report).text
        self.assertRegex(plain, r"^  8 runs of [^;]*, 1\s+connection, 1\s+thread;\s+suite\s+\S+\n\n")
        self.assertRegex(plain, r"(?m)^  workload .* p50 +p99 +p99\.9 +max +msg/s +bytes/s ")
        asked = self.sockmark("report", report, "--percentiles", "50,80,99", "--bits").text
        self.assertRegex(asked, r"(?m)^  workload .* p50 +p80 +p99 +max +msg/s +bits/s ")
        self.assertRegex(asked, r" Gbit +")
        table = asked.partition("not equal")[0]  # the comparison below it names buffers in bytes
        self.assertNotRegex(table, r"\d{5}")


if __name__ == "__main__":
    unittest.main()
