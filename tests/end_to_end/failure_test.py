"""What dies, hangs or is interrupted in the middle: bounded, reported, and nothing is left.

Two cases, one run each; the second is disturbed when messages flow. That the first is kept is the point.
"""

import os
import signal
import socket
import unittest

from harness import EndToEnd, wait_until

# Long enough to be disturbed in the middle, even on a busy machine.
TWO_CASES = ["run", "-t", "tcp,unix-stream", "-n", "1", "-d", "700ms", "--warmup", "50ms", "--tmax", "200ms"]


class Disturbed(EndToEnd):
    def disturbed(self, disturb):
        """The outcome of a run of which disturb(running, generator, responder) upset the second case."""
        self.report_path.unlink(missing_ok=True)
        running = self.start(*TWO_CASES)
        disturb(running, *running.wait_for_run(2, 2))
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
    def assert_interrupted(self, outcome, status):
        self.assertEqual(outcome.status, status, outcome)
        report = self.read_report()
        self.assertTrue(report["interrupted"])
        first, second = (case["runs"] for case in report["cases"])
        self.assertEqual((len(first), len(second)), (1, 0))
        self.assert_sound(first[0])

    def test_a_signal_to_the_runner(self):
        for number, status in ((signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                outcome = self.disturbed(lambda running, *_, number=number: running.popen.send_signal(number))
                self.assert_interrupted(outcome, status)

    def test_a_signal_to_everyone_as_a_terminal_sends_it(self):
        for number, status in ((signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                outcome = self.disturbed(lambda running, *_, number=number: os.killpg(running.popen.pid, number))
                self.assert_interrupted(outcome, status)

    def test_an_impatient_second_signal(self):
        def twice(running, *_):
            running.popen.send_signal(signal.SIGINT)
            running.popen.send_signal(signal.SIGTERM)

        outcome = self.disturbed(twice)
        self.assertIn(outcome.status, (130, 143))
        self.assert_interrupted(outcome, outcome.status)


class Alone(EndToEnd):
    """One case at an address of the user's own."""

    def started(self, address, *options):
        running = self.start("run", "-t", address, "-n", "1", "-d", "700ms", "--warmup", "50ms", "--tmax", "200ms",
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
                    self.assertEqual(outcome.status, 0, outcome)
                    run = self.read_report()["cases"][0]["runs"][0]
                    self.assert_sound(run)
                    self.assertEqual(run["integrity"]["stream_integrity_errors"], 0)


if __name__ == "__main__":
    unittest.main()
