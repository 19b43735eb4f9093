"""A load beside each case: what it carries, and what a queue that it fills does to the latency."""

import os
import signal
import subprocess
import unittest

from harness import SHORT, SOCKMARK, EndToEnd, namespace_pair, only_busy, short, wait_until, why_no_namespaces

WHY_NOT = why_no_namespaces()
# Four processes on two processors: each may have to wait for the others.
LONG = short("400ms", tmax="2s")


class OneMachine(EndToEnd):
    def test_idle_and_each_direction(self):
        report = self.measure("-t", "unix-stream", "--background", "stream:tcp:2", *LONG)
        idle, forward, reverse, both = (case["runs"][0] for case in report["cases"])
        self.assertEqual([case["params"]["requested_options"]["background"] for case in report["cases"]],
                         ["none", "stream:tcp:2:forward", "stream:tcp:2:reverse", "stream:tcp:2:both"])
        self.assertEqual((idle["background"], idle["background_reason"]), (None, "none"))
        for run, directions in ((forward, ["forward"]), (reverse, ["reverse"]), (both, ["forward", "reverse"])):
            load = run["background"]
            self.assertEqual((load["transport"], load["connections"], load["size_bytes"]), ("tcp", 2, 65536))
            self.assertEqual([name for name in ("forward", "reverse") if load[name]], directions)
            if only_busy(run):
                continue
            for name in directions:
                stream = load[name]
                self.assertGreater(stream["goodput_bytes_per_s"], 0)
                self.assertEqual(len(stream["messages"]), len(run["series"]))
                seconds = run["window"]["measure_ns"] / 1e9
                self.assertAlmostEqual(sum(stream["messages"]) * load["size_bytes"] / seconds,
                                       stream["goodput_bytes_per_s"], delta=1)
                self.assertGreaterEqual(stream["sent"], stream["received"])
            self.assertGreater(load["generator_cpu_ns"], 0)
            self.assertGreater(load["responder_cpu_ns"], 0)

    def test_every_workload_has_one(self):
        for workload in ("rr", "stream", "connect"):
            with self.subTest(workload=workload):
                report = self.measure("-t", "tcp,udp" if workload != "connect" else "tcp", "-w", workload, *LONG,
                                      "--background", "stream:udp:1:reverse")
                for case in report["cases"]:
                    [run] = case["runs"]
                    self.assertIn("/background-stream:udp:1:reverse", case["id"])
                    if not only_busy(run):
                        self.assertGreater(run["background"]["reverse"]["received"], 0)
                        reason = {"rr": None, "stream": "one_way", "connect": "connect"}[workload]
                        self.assertEqual(run["latency"].get("responsiveness_rpm_reason"), reason)

    def test_two_builds_are_compared_beside_it(self):
        report = self.measure("-t", "unix-stream", "--background", "stream:tcp:1:forward", "--against", SOCKMARK,
                              "--inconclusive", "pass", *short("400ms", tmax="2s", repetitions=2))
        self.assertEqual([len(case["runs"]) for case in report["cases"]], [2, 2])
        for case in report["cases"]:
            for run in case["runs"]:
                self.assertTrue(run["background"] or only_busy(run))

    def test_a_load_that_ends_fails_its_run(self):
        running = self.start("run", "-t", "unix-stream", "--background", "stream:tcp:1:forward", *short("3s"))
        workers = wait_until(lambda: len(found := running.workers()) == 4 and found, "four processes")
        # Those of the load are started first.
        load = next(worker for worker in sorted(workers, key=lambda one: one.pid) if worker.plays("generator"))
        wait_until(lambda: load.waits() > 20, "the load flows")
        os.kill(load.pid, signal.SIGKILL)
        outcome = running.finish()
        self.assertEqual(outcome.status, 4, outcome)
        [run] = self.read_report()["cases"][0]["runs"]
        self.assertRegex(str(run["invalid_reasons"]), "the background: (generator|responder)")

    def test_what_cannot_be(self):
        for options, words in ((["-t", "memory"], "memory"),
                               (["-t", "tcp://127.0.0.1:0", "--background", "stream:tcp6:1:both"], "family"),
                               (["-t", "tcp://127.0.0.1:9", "--responder", "echo"], "--responder echo"),
                               (["--background", "stream:tcp:4:up"], "expected none or stream"),
                               (["--background", "rr:tcp:4"], "expected none or stream"),
                               (["--background", "stream:tcp:0"], "1 to 100000"),
                               (["--background", "stream:quic:1"], "quic"),
                               (["-t", "tcp", "--floor"], "--floor"),
                               (["-t", "udp", "--data-ports", "40000-40002", "--background", "stream:udp:1:both"],
                                "needs 4 ports")):
            with self.subTest(options=options):
                given = options if "--background" in options else [*options, "--background", "stream:tcp:1:both"]
                if "-t" not in given:
                    given = ["-t", "tcp", *given]
                self.assert_complains(self.sockmark("run", *given, *SHORT), 2, words)


@unittest.skipIf(WHY_NOT, WHY_NOT)
class AQueue(EndToEnd):
    """Two namespaces, joined by a link of 20 Mbit/s whose queue holds 50 ms."""

    def setUp(self):
        super().setUp()
        self.near, self.far = namespace_pair(self)
        for namespace in (self.near, self.far):
            done = subprocess.run([*namespace.command, "tc", "qdisc", "add", "dev", namespace.device, "root", "tbf",
                                   "rate", "20mbit", "burst", "10kb", "latency", "50ms"],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done)
        self.ends = ["--generator-via", " ".join(self.near.command), "--responder-via", " ".join(self.far.command),
                     "--worker-program", SOCKMARK]

    def test_a_filled_queue_raises_the_latency(self):
        outcome = self.sockmark("run", "-t", "udp", "-r", "1k", "--background", "stream:tcp:4",
                                *short("1s", warmup="1s", tmax="2s"), *self.ends)
        report = self.assert_measured(outcome)
        idle, *loaded = (case["runs"][0] for case in report["cases"])
        if not idle["valid"]:
            return  # there is nothing to compare with
        for run in loaded:
            if not run["valid"]:
                continue
            # Half of what the queue holds. What a busy machine adds to either is less than that.
            self.assertGreater(run["latency"]["response_time"]["p50_ns"], 25_000_000)
            self.assertGreater(run["latency"]["response_time"]["p50_ns"], idle["latency"]["response_time"]["p50_ns"])
            self.assertLess(run["latency"]["responsiveness_rpm"], idle["latency"]["responsiveness_rpm"])
        self.assertIn("4 × tcp, reverse", outcome.text)


if __name__ == "__main__":
    unittest.main()
