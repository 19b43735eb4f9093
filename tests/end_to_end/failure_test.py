"""What dies, hangs or is interrupted in the middle: bounded, reported, and nothing is left.

Two cases, one run each; the second is disturbed when messages flow. That the first is kept is the point.
"""

import os
import signal
import socket
import time
import unittest

from harness import EndToEnd, wait_until

# Long enough to be disturbed in the middle, even on a busy machine.
TWO_CASES = ["run", "-t", "tcp,unix-stream", "-n", "1", "-d", "1500ms", "--warmup", "50ms", "--tmax", "200ms"]


class Disturbed(EndToEnd):
    measurement, busy = TWO_CASES, 200  # until a run is disturbed, each end has waited that often

    def disturbed(self, disturb):
        """The outcome of a run of which disturb(running, generator, responder) upset the second case."""
        self.report_path.unlink(missing_ok=True)
        running = self.start(*self.measurement)
        disturb(running, *running.wait_for_run(2, 2, lambda end: end.waits() > self.busy))
        outcome = running.finish()
        strays = [worker.arguments for worker in running.seen.values() if worker.alive()]
        self.assertEqual(strays, [], "workers outlived the runner")
        self.assertEqual(os.listdir(self.runtime), [])
        self.assertEqual(os.listdir(self.work), ["report.json"])
        return outcome


class Failure(Disturbed):
    def assert_second_failed(self, outcome, *words):
        self.assertEqual(outcome.status, 4, outcome)
        report = self.read_report()
        self.assertFalse(report["interrupted"])
        first, second = (case["runs"] for case in report["cases"])
        self.assertEqual((len(first), len(second)), (1, 1))
        self.assert_sound(first[0])
        self.assertFalse(second[0]["valid"])
        for word in words:
            self.assertIn(word, " ".join(second[0]["invalid_reasons"]))

    def test_a_killed_responder(self):
        outcome = self.disturbed(lambda running, generator, responder: responder.kill(signal.SIGKILL))
        self.assert_second_failed(outcome, "responder")

    def test_a_killed_generator(self):
        outcome = self.disturbed(lambda running, generator, responder: generator.kill(signal.SIGKILL))
        self.assert_second_failed(outcome, "generator", "signal 9")

    def test_a_responder_that_hangs(self):
        outcome = self.disturbed(lambda running, generator, responder: responder.kill(signal.SIGSTOP))
        self.assert_second_failed(outcome, "responder")

    def test_workers_end_without_their_runner(self):
        running = self.start(*TWO_CASES)
        workers = running.wait_for_run(2, 2)
        self.assertNotEqual(os.listdir(self.runtime), [])
        running.popen.kill()
        running.popen.wait()
        for worker in workers:
            wait_until(lambda worker=worker: not worker.alive(), f"{worker.arguments} ends")
        self.assertEqual(os.listdir(self.runtime), [])
        # No report, and no part of one; what it takes to go on.
        self.assertEqual(os.listdir(self.work), ["report.json.journal"])


class Interruption(Disturbed):
    # The warm-up has no time for that many round trips, but the window has.
    measurement = ["run", "-t", "tcp,unix-stream", "-n", "1", "-d", "3s", "--warmup", "10ms", "--tmax", "200ms"]
    busy = 1500

    def assert_interrupted(self, outcome, status):
        self.assertEqual(outcome.status, status, outcome)
        report = self.read_report()
        self.assertTrue(report["interrupted"])
        first, second = (case["runs"] for case in report["cases"])
        self.assertEqual(len(first), 1)
        self.assert_sound(first[0])
        return second

    def assert_partial(self, runs, planned_ns):
        """Of a run that was interrupted within its window: what is measured is counted exactly, and marked."""
        self.assertEqual(len(runs), 1)
        run = runs[0]
        self.assertFalse(run["valid"])
        self.assertRegex(run["invalid_reasons"][0],
                         rf"^interrupted: measured [\d.]+ s of {planned_ns / 1e9:g} s$")
        self.assertEqual((run["steady"], run["steady_reason"]), (None, "interrupted"))
        measured = run["window"]["measure_ns"]
        self.assertGreater(measured, 0)
        self.assertLess(measured, planned_ns)
        loss = run["loss"]
        self.assertGreater(loss["received"], 0)
        self.assertEqual(loss["sent"], loss["received"] + loss["lost"])
        self.assertEqual(run["load"]["sent_messages"], loss["sent"])
        self.assertEqual(run["latency"]["response_time"]["count"], loss["received"])
        arrived = sum(point["messages"] for point in run["series"])
        self.assertAlmostEqual(run["throughput"]["goodput_messages_per_s"], arrived / (measured / 1e9), 3)
        for point in run["series"]:
            self.assertLess(point["t_s"], measured / 1e9)

    def test_a_signal_to_the_runner(self):
        for number, status in ((signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                outcome = self.disturbed(lambda running, *_, number=number: running.popen.send_signal(number))
                self.assert_partial(self.assert_interrupted(outcome, status), 3_000_000_000)

    def test_a_signal_to_everyone_as_a_terminal_sends_it(self):
        for number, status in ((signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                outcome = self.disturbed(lambda running, *_, number=number: os.killpg(running.popen.pid, number))
                self.assert_partial(self.assert_interrupted(outcome, status), 3_000_000_000)

    def test_an_impatient_second_signal(self):
        def twice(running, *_):
            running.popen.send_signal(signal.SIGINT)
            running.popen.send_signal(signal.SIGTERM)

        outcome = self.disturbed(twice)
        self.assertIn(outcome.status, (130, 143))
        self.assertEqual(self.assert_interrupted(outcome, outcome.status), [])
        self.assertIn("interrupted twice", outcome.complaints)

    def test_every_workload_leaves_a_partial_run(self):
        for transport, workload, more in (("tcp", "stream", ["-j", "2", "-c", "4"]), ("udp", "stream", ["-r", "5k"]),
                                          ("udp", "rr", ["-r", "2k", "--wait", "spin"]), ("tcp", "connect", []),
                                          ("unix-dgram", "rr", ["--wait", "block"]), ("memory", "rr", [])):
            with self.subTest(transport=transport, workload=workload):
                self.report_path.unlink(missing_ok=True)
                running = self.start("run", "-t", transport, "-w", workload, *more, "-n", "1", "-d", "60s",
                                     "--warmup", "10ms", "--tmax", "5s")
                wait_until(lambda: running.worker("generator") or running.worker("responder"), "the ends start")
                # The moment is the experiment; the warm-up may last until then on a busy machine.
                time.sleep(0.7)
                running.popen.send_signal(signal.SIGINT)
                outcome = running.finish()
                self.assertEqual(outcome.status, 130, outcome)
                (case,) = self.read_report()["cases"]
                if "before its window began" not in outcome.complaints:
                    self.assert_partial(case["runs"], 60_000_000_000)

    def test_in_the_warm_up_nothing_was_measured(self):
        running = self.start("run", "-t", "tcp", "-n", "1", "-d", "1s", "--warmup", "60s")
        running.wait_for_run(1, 1)
        running.popen.send_signal(signal.SIGINT)
        outcome = running.finish()
        self.assertEqual(outcome.status, 130, outcome)
        self.assertIn("tcp/rr/64B/c1: interrupted before its window began; nothing was measured of this run",
                      outcome.complaints)
        self.assertEqual([case["runs"] for case in self.read_report()["cases"]], [[]])


class Alone(EndToEnd):
    """One case at an address of the user's own."""

    def started(self, address, *options):
        running = self.start("run", "-t", address, "-n", "1", "-d", "700ms", "--warmup", "50ms", "--tmax", "1s",
                             *options)
        return running, running.wait_for_run(1, 1)

    def test_a_socket_file_that_the_user_named_goes_on_every_way_out(self):
        ways = {
            "responder killed": lambda running, responder: responder.kill(signal.SIGKILL),
            "everyone terminated": lambda running, responder: os.killpg(running.popen.pid, signal.SIGTERM),
        }
        for scheme in ("unix-stream", "unix-dgram"):
            for way, disturb in ways.items():
                with self.subTest(scheme=scheme, way=way):
                    path = os.path.join(self.work, "own")
                    running, (_, responder) = self.started(f"{scheme}:{path}")
                    disturb(running, responder)
                    self.assertNotEqual(running.finish().status, 0)
                    self.assertFalse(os.path.lexists(path))

    def test_a_stranger_at_the_port_disturbs_nothing(self):
        for wait in ("sleep", "block"):
            for words in (b"", b"GET / HTTP/1.0\r\n\r\n"):
                with self.subTest(wait=wait, words=words):
                    with socket.create_server(("127.0.0.1", 0)) as taken:
                        port = taken.getsockname()[1]
                    running, _ = self.started(f"tcp://127.0.0.1:{port}", "--wait", wait)
                    with socket.create_connection(("127.0.0.1", port)) as stranger:
                        stranger.sendall(words)
                        outcome = running.finish()
                    run = self.assert_measured(outcome)["cases"][0]["runs"][0]
                    self.assert_sound(run)
                    self.assertEqual(run["integrity"]["stream_integrity_errors"], 0)


if __name__ == "__main__":
    unittest.main()
