"""Where the report, the table and the progress are written, and what happens if that fails."""

import contextlib
import fcntl
import json
import os
import pty
import re
import resource
import signal
import struct
import subprocess
import termios
import unittest

from harness import COMMAND_GUARD, ROOT, SOCKMARK, EndToEnd, short, wait_until

# Longer than the host suspends a virtual machine: a window without traffic is an invalid run.
RUN = ["run", "-t", "unix-stream", *short("250ms", "10ms")]
# Of two cases one is the better, which is what has a colour.
TWO_CASES = ["run", "-t", "tcp,unix-stream", *RUN[3:]]
PROGRESS = re.compile(r"^\[ *(\d+)/(\d+)\] case \d+ of \d+: \S+, run \d+ of \d+ ")
ESCAPE = "\x1b"
OLD = ROOT / "docs/examples/which-transport.json"


class Streams(EndToEnd):
    def test_table_to_standard_output_and_progress_to_standard_error(self):
        outcome = self.sockmark("run", "-t", "tcp,unix-stream", *short("250ms", "10ms", repetitions=2))
        self.assert_measured(outcome)
        self.assertRegex(outcome.text, r"(?m)^[ ~!] .*\btcp\b.*$")
        self.assertRegex(outcome.text, r"(?m)^[ ~!] .*\bunix-stream\b.*$")
        lines = [PROGRESS.match(line) for line in outcome.complaints.splitlines()]
        self.assertEqual([line and line.groups() for line in lines], [(str(n), "4") for n in range(1, 5)])
        self.read_report()

    def test_no_progress(self):
        outcome = self.sockmark(*RUN, "--no-progress")
        self.assert_measured(outcome)
        self.assertEqual(outcome.complaints, "")
        self.assertIn("unix-stream", outcome.text)

    def test_quiet_prints_nothing(self):
        outcome = self.sockmark(*RUN, "--quiet")
        self.assert_measured(outcome)
        self.assertEqual((outcome.text, outcome.complaints), ("", ""))

    def test_report_to_standard_output_and_table_to_standard_error(self):
        outcome = self.sockmark(*RUN, "--no-progress", "-o", "-")
        self.assertEqual(os.listdir(self.work), [])
        self.assertNotIn("{", outcome.complaints)
        self.assertRegex(outcome.complaints, r"(?m)^[ ~!] .*\bunix-stream\b.*$")
        path = self.work / "captured.json"
        path.write_text(outcome.text)
        self.assertEqual(len(self.assert_measured(outcome, path)["cases"]), 1)

    def test_quiet_report_to_standard_output(self):
        outcome = self.sockmark(*RUN, "--quiet", "-o", "-")
        self.assertIn(outcome.status, (0, 4), outcome)
        self.assertEqual(outcome.complaints, "")
        self.assertEqual(len(json.loads(outcome.text)["cases"]), 1)

    def test_the_given_options_are_in_the_report(self):
        self.sockmark("run", "-t", "tcp", "--size", "64,1k", "-d50ms", "--warmup=10ms", "-n", "1", "--seed", "7")
        plan = self.read_report()["plan"]
        self.assertEqual(plan["supplied"], {"transport": "tcp", "size": "64,1k", "duration": "50ms",
                                            "warmup": "10ms", "repetitions": "1", "seed": "7"})
        self.assertEqual((plan["effective"]["cases"], plan["effective"]["seed"]), ("2", "7"))


class Colour(EndToEnd):
    TABLE = ("report", OLD)  # of a report, which takes no measuring

    def on_terminal(self, *options, command=TABLE, **environment):
        """The table, printed to a terminal."""
        ours, theirs = pty.openpty()
        try:
            outcome = self.sockmark(*command, *options, stdout=theirs,
                                    env={**self.environment, "TERM": "xterm", **environment})
            # A table of invalid runs is one too.
            self.assertIn(outcome.status, (0, 4) if command[0] == "run" else (0,), outcome)
            return os.read(ours, 1 << 16).decode()
        finally:
            os.close(ours)
            os.close(theirs)

    def test_a_terminal_gets_colour(self):
        for command in (self.TABLE, (*TWO_CASES, "--no-progress")):
            with self.subTest(command=command):
                self.assertIn(ESCAPE, self.on_terminal(command=command))

    def test_no_color_is_honoured(self):
        self.assertNotIn(ESCAPE, self.on_terminal(NO_COLOR="1"))

    def test_an_empty_no_color_is_ignored(self):
        self.assertIn(ESCAPE, self.on_terminal(NO_COLOR=""))

    def test_a_terminal_without_escapes_gets_none(self):
        self.assertNotIn(ESCAPE, self.on_terminal(TERM="dumb"))

    def test_never_on_a_terminal(self):
        self.assertNotIn(ESCAPE, self.on_terminal("--color", "never"))

    def test_the_option_outranks_the_environment(self):
        self.assertIn(ESCAPE, self.on_terminal("--color", "always", NO_COLOR="1"))

    def test_a_pipe_gets_colour_only_when_asked_for(self):
        for command in (self.TABLE, TWO_CASES):
            with self.subTest(command=command):
                self.assertNotIn(ESCAPE, self.sockmark(*command).text)
                self.assertIn(ESCAPE, self.sockmark(*command, "--color", "always").text)


class Progress(EndToEnd):
    def start_on_terminal(self, *arguments, columns=80, **environment):
        """Starts a command whose standard error is a terminal of this width. Returns a function that waits for its end
        and returns what it printed there."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        command = subprocess.Popen([SOCKMARK, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=theirs, cwd=self.work,
                                   env={**self.environment, "TERM": "xterm", **environment})
        os.close(theirs)

        def printed():
            text = b""
            with contextlib.suppress(OSError):  # how a terminal without another end reads
                while data := os.read(ours, 1 << 16):
                    text += data
            os.close(ours)
            # Invalid and inconclusive is what a busy machine makes of a run.
            self.assertIn(command.wait(COMMAND_GUARD), (0, 3, 4), text)
            return text.decode()

        return printed

    def test_a_line_fits_a_terminal_and_leaves_nothing(self):
        matrix = ["run", "-t", "tcp,unix-stream", "-w", "rr,stream", "-r", "1k", *short("100ms", "10ms")]
        for columns in (40, 80, 132):
            with self.subTest(columns=columns):
                text = self.start_on_terminal(*matrix, columns=columns, COLUMNS="")()
                self.assertNotIn("\n", text)
                lines = text.split("\r\x1b[K")
                self.assertEqual((lines[0], lines[-1]), ("", ""), "the first and the last erase the line")
                self.assertGreaterEqual(len(lines), 6)
                for line in lines:
                    self.assertLess(len(line), columns)
                    self.assertNotIn(ESCAPE, line)
                    if line:
                        self.assertRegex(line, r"^\[\d/4\] .*  \d:\d\d elapsed, .*\d:\d\d left" if columns >= 80 else r"^\[\d/4\] ")
                self.report_path.unlink()

    def test_the_clock_advances_during_a_run(self):
        started = [self.start_on_terminal(*command, columns=132) for command in (
            ["run", "-t", "tcp", *short("2300ms", "10ms"), "-o", "run.json"],
            ["run", "-t", "udp", "--find-rate", "loss<=1%", "--min-rate", "100", "--max-rate", "200", "-d", "2300ms",
             "--trial", "2300ms", "--search-budget", "4s", "-o", "search.json"])]
        for what, printed in zip(("run", "search"), started):
            with self.subTest(what):
                lines = printed().split("\r\x1b[K")
                # Of the first run: from the start of a line to its times.
                first = [re.match(r"(.*?)   (\d:\d\d)", line) for line in lines[1:-1]]
                times = [line[2] for line in first if line[1] == first[0][1]]
                self.assertEqual(times[0], "0:00")
                self.assertGreaterEqual(len(set(times)), 3, lines)

    def test_the_result_of_the_last_run_is_shown(self):
        text = self.start_on_terminal("run", "-t", "tcp", *short("100ms", "10ms", repetitions=2), columns=120)()
        lines = text.split("\r\x1b[K")
        self.assertNotIn("last run", lines[1])
        self.assertRegex(lines[-2], r"   last run \S+ .?/s, p50 \S+ .s$")

    def test_the_run_in_progress_is_shown(self):
        for workload in ("rr", "stream"):
            with self.subTest(workload=workload):
                lines = self.start_on_terminal("run", "-t", "tcp", "-w", workload, *short("4500ms", "10ms"), columns=132)()
                found = re.findall(r"   now (\S+ .?/s), p50 (\S+ .?s)", lines)
                self.assertGreaterEqual(len({rate for rate, _ in found}), 2, lines)
                self.assertGreaterEqual(len({p50 for _, p50 in found}), 2, lines)
                self.report_path.unlink()

    def test_a_terminal_without_escapes_gets_a_line_for_each_run(self):
        started = {name: self.start_on_terminal("run", "-t", "tcp", *short("1200ms", "10ms"), "-o", f"{name}.json", TERM=name)
                   for name in ("dumb", "")}
        for name, printed in started.items():
            with self.subTest(TERM=name):
                text = printed()
                self.assertNotIn(ESCAPE, text)
                self.assertRegex(text, r"^\[1/1\] case 1 of 1: tcp/rr/64B/c1, run 1 of 1 [^\r\n]*\r\n(sockmark: .*\r\n)?$")


class Unwritable(EndToEnd):
    def closed_pipe(self):
        """The write end of a pipe whose read end is closed."""
        read, write = os.pipe()
        os.close(read)
        self.addCleanup(os.close, write)
        return write

    def full(self):
        device = open("/dev/full", "wb", buffering=0)
        self.addCleanup(device.close)
        return device

    def test_report_to_a_full_device(self):
        outcome = self.sockmark(*RUN, "--no-progress", "-o", "/dev/full")
        self.assert_complains(outcome, 5, "/dev/full", "No space left")
        self.assertIn("unix-stream", outcome.text)  # the table is printed nevertheless

    def test_table_to_a_full_device(self):
        outcome = self.sockmark(*RUN, "--no-progress", stdout=self.full())
        self.assert_complains(outcome, 5, "standard output", "No space left")
        self.read_report()  # the report is written nevertheless
        self.assertFalse((self.work / "report.json.journal").exists(), "nothing is left to resume")

    def test_table_to_a_closed_pipe(self):
        outcome = self.sockmark(*RUN, "--no-progress", stdout=self.closed_pipe())
        self.assert_complains(outcome, 5, "standard output", "Broken pipe")
        self.read_report()

    def test_report_to_a_closed_pipe(self):
        outcome = self.sockmark(*RUN, "--quiet", "-o", "-", stdout=self.closed_pipe())
        self.assert_complains(outcome, 5, "standard output", "Broken pipe")

    def test_table_to_a_closed_descriptor(self):
        outcome = self.sockmark(*RUN, "--no-progress", preexec_fn=lambda: os.close(1))
        self.assert_complains(outcome, 5, "standard output")
        self.read_report()

    def test_report_to_a_closed_descriptor(self):
        outcome = self.sockmark(*RUN, "--quiet", "-o", "-", preexec_fn=lambda: os.close(1))
        self.assert_complains(outcome, 5, "standard output")

    def test_a_closed_standard_input_or_error_disturbs_nothing(self):
        for closed in ([0], [2], [0, 2]):
            with self.subTest(closed=closed):
                self.measure(*RUN[1:], preexec_fn=lambda closed=closed: [os.close(number) for number in closed])
                self.report_path.unlink()

    def test_lost_progress_is_no_failure(self):
        self.measure(*RUN[1:], stderr=self.full())

    def test_other_commands_to_a_full_device(self):
        for arguments in (["list"], ["--help"], ["run", "--help"], ["--version"]):
            with self.subTest(arguments=arguments):
                outcome = self.sockmark(*arguments, stdout=self.full())
                self.assert_complains(outcome, 5, "standard output", "No space left")

    def test_a_full_disk_keeps_the_old_report_and_nothing_else(self):
        old = self.earlier_report()
        limit = (4096, 4096)
        outcome = self.sockmark(*RUN, "--no-progress",
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
        self.assert_complains(outcome, 5, "report.json", "File too large")
        self.assertEqual(os.listdir(self.work), ["report.json"])
        self.assertEqual(self.report_path.read_text(), old)


class Atomic(EndToEnd):
    def test_a_report_is_replaced_and_never_rewritten(self):
        old = self.earlier_report()
        with self.report_path.open() as reader:
            self.sockmark(*RUN)
            self.assertEqual(reader.read(), old)  # an open file keeps the old content
        self.assertEqual(len(self.read_report()["cases"]), 1)
        self.assertEqual(sorted(os.listdir(self.work)), ["report.json", "report.json~"])

    def test_a_reader_never_sees_a_part(self):
        self.earlier_report()
        running = self.start(*RUN, "--quiet")
        seen = 0
        while running.popen.poll() is None:
            json.loads(self.report_path.read_text())
            seen += 1
        self.assertGreater(seen, 0)
        self.assert_measured(running.finish())
        self.assertEqual(len(json.loads(self.report_path.read_text())["cases"]), 1)

    def test_a_link_stays_a_link(self):
        target = self.directory / "target.json"
        target.write_text(OLD.read_text())
        self.report_path.symlink_to(target)
        self.sockmark(*RUN)
        self.assertTrue(self.report_path.is_symlink())
        self.read_report(target)
        self.assertEqual((self.directory / "target.json~").read_text(), OLD.read_text())


class Replaced(EndToEnd):
    """Which existing file an output may replace."""

    def test_a_file_that_is_no_report_is_never_overwritten(self):
        texts = {"text": "notes", "json": "{}", "list": "[]", "a cut report": OLD.read_text()[:-10],
                 "schema_version alone": '{"schema_version": "1.0.0"}'}
        commands = (RUN, ["calibrate", *RUN[1:]], ["selfcheck"],
                    ["run", "-t", "udp", "--find-rate", "loss<=1%", "-d", "100ms"])
        for name, text in texts.items():
            self.report_path.write_text(text)
            for command in commands:
                with self.subTest(name, command=command):
                    outcome = self.sockmark(*command, "-o", self.report_path)
                    self.assert_complains(outcome, 2, "--output", "report.json", "not a sockmark report")
                    self.assertEqual(outcome.text, "")
                    self.assertEqual(self.report_path.read_text(), text)
                    self.assertEqual(os.listdir(self.work), ["report.json"])

    def test_an_earlier_report_is_kept(self):
        self.earlier_report()
        for command in (RUN, ["calibrate", *RUN[1:]]):
            with self.subTest(command=command):
                old = self.report_path.read_text()
                outcome = self.sockmark(*command, "--quiet", "-o", "report.json")
                self.assertIn(outcome.status, (0, 1, 3, 4), outcome)
                if outcome.status == 4:
                    self.assert_measured(outcome)
                self.assertEqual(outcome.complaints,
                                 "sockmark: report.json: the previous report is kept as report.json~\n")
                self.assertEqual((self.work / "report.json~").read_text(), old)
                self.assertEqual(sorted(os.listdir(self.work)), ["report.json", "report.json~"])
                self.read_report()

    def test_what_is_no_report_is_not_replaced_by_the_earlier_one(self):
        self.earlier_report()
        (self.work / "report.json~").write_text("notes")
        self.assert_complains(self.sockmark(*RUN), 2, "report.json~", "not a sockmark report")
        self.assertEqual((self.work / "report.json~").read_text(), "notes")

    def test_an_empty_file_is_replaced(self):
        self.report_path.touch()
        self.measure(*RUN[1:])
        self.assertEqual(os.listdir(self.work), ["report.json"])

    def test_what_is_made_of_a_report_replaces_no_report(self):
        self.earlier_report()
        other = self.work / "other.json"
        for command in (["compare", OLD, OLD, "--json", "other.json"], ["doctor", "--json=other.json"],
                        ["report", "report.json", "--markdown", "other.json"],
                        ["export", "report.json", "--to", "csv", "-o", "other.json"]):
            with self.subTest(command=command):
                other.write_text(OLD.read_text())
                self.assert_complains(self.sockmark(*command), 2, "other.json", "a sockmark report")
                self.assertEqual(other.read_text(), OLD.read_text())

    def test_a_json_document_replaces_only_its_like(self):
        document = self.work / "doctor.json"
        for _ in range(2):
            self.assertEqual(self.sockmark("doctor", "--json=doctor.json").status, 0)
        document.write_text("notes")
        self.assert_complains(self.sockmark("doctor", "--json=doctor.json"), 2, "--json", "doctor.json")
        self.assertEqual(document.read_text(), "notes")

    def test_an_interruption_before_the_first_run_changes_nothing(self):
        old = self.earlier_report()
        for command in (["run", "-t", "unix-stream", "-d", "60s"],
                        ["run", "-t", "udp", "--find-rate", "loss<=1%", "-d", "60s", "--trial", "30s"],
                        ["calibrate", "-t", "tcp", "-d", "60s", "-o", "report.json"],
                        ["selfcheck", "-o", "report.json"]):
            with self.subTest(command=command):
                running = self.start(*command)
                wait_until(lambda: re.search(r"^\[ *1/", running.complaints()), "the first run begins")
                running.popen.send_signal(signal.SIGINT)
                outcome = running.finish()
                self.assertEqual(outcome.status, 130, outcome)
                self.assertIn("report.json: unchanged", outcome.complaints)
                self.assertEqual(self.report_path.read_text(), old)
                self.assertEqual(os.listdir(self.work), ["report.json"])

    def test_a_partial_run_alone_replaces_no_report(self):
        old = self.earlier_report()
        running = self.start("run", "-t", "unix-stream", "-d", "60s", "--warmup", "10ms")
        running.wait_for_run(1, 3)
        running.popen.send_signal(signal.SIGINT)
        outcome = running.finish()
        self.assertEqual(outcome.status, 130, outcome)
        self.assertIn("report.json: unchanged", outcome.complaints)
        self.assertEqual(self.report_path.read_text(), old)
        self.assertEqual(os.listdir(self.work), ["report.json"])


if __name__ == "__main__":
    unittest.main()
