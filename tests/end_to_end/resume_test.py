"""A measurement that is cut short, and `run --resume`: nothing that was finished is lost or made twice."""

import json
import os
import random
import resource
import signal
import time
import unittest

from harness import EndToEnd, short, wait_until

TIMES = short("150ms", "10ms", repetitions=2)
RUN = ["run", "-t", "tcp,unix-stream", "-s", "64", "--no-progress", *TIMES]
RUNS = 4
KILLS = 12
KILLS_A_MEASUREMENT = 5
# A run takes some two tenths of a second: each kill falls somewhere into the first three.
LATEST_KILL_S = 0.6


def key(case, run):
    return case, run["index"]


class Cut(EndToEnd):
    def setUp(self):
        super().setUp()
        self.journal = self.work / "report.json.journal"

    def journalled(self):
        """The finished runs that the journal holds, by case and index: its whole lines."""
        if not self.journal.exists():
            return {}
        lines = self.journal.read_bytes().split(b"\n")[:-1]
        entries = [json.loads(line) for line in lines[1:]]
        runs = {key(entry["case"], entry["run"]): entry["run"] for entry in entries}
        self.assertEqual(len(runs), len(entries), "a run is in the journal twice")
        return runs

    def reported(self):
        report = self.read_report()
        self.assertFalse(report["interrupted"])
        runs = [(case["id"], run) for case in report["cases"] for run in case["runs"]]
        found = {key(case, run): run for case, run in runs}
        self.assertEqual(len(found), len(runs), "a run is in the report twice")
        return found

    def kill_after_first_run(self):
        running = self.start(*RUN)
        wait_until(lambda: self.journalled(), "a run is finished")
        running.kill()
        return self.journalled()


class Killed(Cut):
    def test_at_random_moments_no_finished_run_is_lost(self):
        moments = random.Random(4711)
        kills = 0
        while kills < KILLS:
            known, killed_here, finished = {}, 0, False
            while killed_here < KILLS_A_MEASUREMENT and not finished:
                running = self.start(*RUN, *(["--resume"] if self.journal.exists() else []))
                # The moment is the experiment.
                time.sleep(moments.uniform(0, LATEST_KILL_S))
                status = running.kill()
                finished = status != -signal.SIGKILL
                if finished:
                    self.assertIn(status, (0, 4), running.complaints())
                    break
                killed_here += 1
                self.assertEqual(list(self.runtime.iterdir()), [], "socket files or their directory were left")
                if self.report_path.exists():  # killed between the report and its end
                    # Without a journal nothing is left to be done: what comes next would begin anew.
                    finished = not self.journal.exists()
                    continue
                journalled = self.journalled()
                for case, run in known.items():
                    self.assertEqual(journalled.get(case), run, "a finished run changed or went")
                known = journalled
            if not finished:
                self.assert_measured(self.sockmark(*RUN, *(["--resume"] if self.journal.exists() else [])))
            runs = self.reported()
            self.assertEqual(len(runs), RUNS)
            for case, run in known.items():
                self.assertEqual(runs[case], run)
            self.assertFalse(self.journal.exists())
            self.report_path.unlink()
            kills += killed_here

    def test_a_new_measurement_does_not_begin_over_the_old_one(self):
        known = self.kill_after_first_run()
        outcome = self.sockmark(*RUN)
        self.assert_complains(outcome, 2, "report.json.journal", "--resume", "--discard")
        self.assertEqual(self.journalled(), known)
        discarding = self.sockmark(*RUN, "--discard")
        self.assert_measured(discarding)
        self.assertNotEqual(self.reported()[next(iter(known))], next(iter(known.values())))

    def test_another_plan_is_not_gone_on_with(self):
        known = self.kill_after_first_run()
        for other in (["-s", "128"], ["--seed", "2"], ["-n", "3"], ["-d", "41ms"], ["--per-connection"],
                      ["--interval", "10ms"]):
            with self.subTest(other):
                changed = RUN[:3] + RUN[5:] + ["-s", "64"] if other[0] != "-s" else RUN[:3] + RUN[5:]
                options = [word for word in changed]
                if other[0] in options:
                    at = options.index(other[0])
                    del options[at:at + 2]
                outcome = self.sockmark(*options, *other, "--resume")
                self.assert_complains(outcome, 2, "--resume", "another measurement")
        self.assertEqual(self.journalled(), known)

    def test_a_damaged_journal_is_refused_and_kept(self):
        self.kill_after_first_run()
        whole = self.journal.read_bytes()
        header, _, entries = whole.partition(b"\n")
        hostile = {
            "no journal": b"hello\n" + entries,
            "deep": b"[" * 100_000 + b"\n" + entries,
            "another version of the report": header.replace(b'"schema_version":"1', b'"schema_version":"2', 1)
            + b"\n" + entries,
            "another version": header.replace(b'"journal":1', b'"journal":2', 1) + b"\n" + entries,
            "twice": whole + entries,
            "wrong type": header + b'\n{"case": 5}\n' + entries,
            "not UTF-8": header + b'\n{"case": "\xff"}\n' + entries,
            "duplicate key": header + b'\n{"case": "a", "case": "b"}\n' + entries,
            "huge number": header + b'\n{"case": 1e999}\n' + entries,
        }
        for name, text in hostile.items():
            with self.subTest(name):
                self.journal.write_bytes(text)
                outcome = self.sockmark(*RUN, "--resume")
                self.assert_complains(outcome, 2, "report.json.journal", "line ")
                self.assertEqual(self.journal.read_bytes(), text)

    def test_nothing_to_go_on_with(self):
        for torn in (None, b"", b'{"journal":1,"rep'):  # killed before the first whole line
            with self.subTest(torn):
                if torn is not None:
                    self.journal.write_bytes(torn)
                outcome = self.sockmark(*RUN, "--resume")
                self.assert_measured(outcome)
                self.assertIn("starting from the beginning", outcome.complaints)
                self.assertEqual(len(self.reported()), RUNS)
                self.report_path.unlink()
        self.assert_complains(self.sockmark(*RUN, "--resume", "-o", "-"), 2, "--resume")

    def test_a_finished_report_is_complete(self):
        measured = self.sockmark(*RUN)
        self.assert_measured(measured)
        text = self.report_path.read_text()
        outcome = self.sockmark(*RUN, "--resume")
        self.assertEqual((outcome.status, outcome.text), (measured.status, measured.text), outcome)
        self.assert_complains(outcome, measured.status, "--resume", "report.json is complete")
        self.assertEqual(self.report_path.read_text(), text)
        self.assert_complains(self.sockmark(*RUN, "--seed", "2", "--resume"), 2, "another measurement: seed was 1, is now 2")
        # With gates the exit status is theirs, as it was.
        compare = ["--by", "transport", "--gate", "p50:1.000001", "--inconclusive", "fail"]
        self.report_path.unlink()
        measured = self.sockmark(*RUN, *compare)
        outcome = self.sockmark(*RUN, *compare, "--resume")
        self.assertEqual((outcome.status, outcome.text), (measured.status, measured.text))
        self.assertEqual(os.listdir(self.work), ["report.json"])
        self.report_path.write_text("notes")
        self.assert_complains(self.sockmark(*RUN, "--resume"), 2, "not a sockmark report")

    def test_two_at_once_do_not_write_one_journal(self):
        running = self.start(*RUN[:-len(TIMES)], *short("1s", repetitions=2))  # beyond the start of the other
        wait_until(self.journal.exists, "the first has begun")
        self.assert_complains(self.sockmark(*RUN), 2, "another run is writing it")
        self.assert_measured(running.finish())
        self.assertEqual(len(self.reported()), RUNS)


class Interrupted(Cut):
    def test_an_interrupted_report_is_gone_on_with(self):
        running = self.start(*RUN)
        wait_until(lambda: self.journalled(), "a run is finished")
        running.popen.send_signal(signal.SIGINT)
        self.assertEqual(running.finish().status, 130)
        self.assertFalse(self.journal.exists())
        report = self.read_report()
        self.assertTrue(report["interrupted"])
        known = {key(case["id"], run): run for case in report["cases"] for run in case["runs"] if run["valid"]}
        self.assertTrue(any(case["runs"] for case in report["cases"]))
        outcome = self.sockmark(*RUN, "--resume")
        self.assert_measured(outcome)
        runs = self.reported()
        self.assertEqual(len(runs), RUNS)
        for case, run in known.items():
            self.assertEqual(runs[case], run)

    def test_a_partial_run_is_measured_again(self):
        long = ["run", "-t", "tcp", "-n", "2", "-d", "1500ms", "--warmup", "1ms"]
        running = self.start(*long)
        wait_until(lambda: self.journalled(), "a run is finished")
        running.wait_for_run(2, 2, busy=lambda worker: worker.waits() > 1000)  # its warm-up is over
        running.popen.send_signal(signal.SIGINT)
        self.assertEqual(running.finish().status, 130)
        first, partial = self.read_report()["cases"][0]["runs"]
        self.assertLess(partial["window"]["measure_ns"], 1_500_000_000)
        # Read and shown as any other report, marked.
        shown = self.sockmark("report", "report.json")
        self.assertIn("interrupted: measured", shown.text)
        outcome = self.sockmark(*long, "--resume")
        self.assertIn(outcome.status, (0, 4), outcome)
        again = self.read_report()
        self.assertFalse(again["interrupted"])
        runs = again["cases"][0]["runs"]
        self.assertEqual(runs[0], first)
        self.assertEqual([run["window"]["measure_ns"] for run in runs], [1_500_000_000] * 2)


class FullDisk(Cut):
    def limited(self, size):
        return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    def test_before_the_first_run_nothing_is_left(self):
        outcome = self.sockmark(*RUN, preexec_fn=self.limited(1000))
        self.assert_complains(outcome, 5, "report.json.journal", "File too large")
        self.assertEqual(list(self.work.iterdir()), [])

    def test_in_the_middle_what_was_finished_stays_and_is_gone_on_with(self):
        known = self.kill_after_first_run()
        room = self.journal.stat().st_size + 100
        outcome = self.sockmark(*RUN, "--resume", preexec_fn=self.limited(room))
        self.assertEqual(outcome.status, 5, outcome)
        self.assertIn("File too large", outcome.complaints)
        self.assertEqual(self.journalled(), known)
        outcome = self.sockmark(*RUN, "--resume")
        self.assert_measured(outcome)
        runs = self.reported()
        self.assertEqual(len(runs), RUNS)
        for case, run in known.items():
            self.assertEqual(runs[case], run)


if __name__ == "__main__":
    unittest.main()
