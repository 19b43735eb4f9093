"""The acceptance experiments that need processes of their own (docs/development/experiments.md says what each is for).

Nothing here bounds a time, a rate or a latency from above: a run that this machine made invalid, because the
generator was late, must hold its books all the same.
"""

import datetime
import glob
import itertools
import os
import signal
import time
import unittest
from pathlib import Path

from harness import EndToEnd, histogram_counts, sanitized

HOUR_NS = 3600 * 10**9


class Experiment(EndToEnd):
    def cases(self, *arguments, statuses=(0, 4), program=None):
        """The runs of each case of a `sockmark run` that came to its end, by the case's id."""
        how = {"program": program} if program else {}
        outcome = self.sockmark("run", *arguments, **how)
        self.assertIn(outcome.status, statuses, outcome)
        report = self.read_report()
        self.assertFalse(report["interrupted"])
        for case in report["cases"]:
            for run in case["runs"]:
                self.assertIsNotNone(run["load"], run["invalid_reasons"])  # it did come to its end
        return {case["id"]: case["runs"] for case in report["cases"]}

    def run_of(self, *arguments, **how):
        """The only run of the only case."""
        ((run,),) = self.cases(*arguments, "-n", "1", **how).values()
        return run


def due_from_the_start(rate, seconds):
    """How many messages a uniform schedule holds in a window that no warm-up precedes: the first is due after one
    interval, and the one that is due at the very end is not in the window."""
    return round(rate * seconds) - 1


def share_beyond(distribution, bound_ns):
    beyond = sum(count for value, count in histogram_counts(distribution["histogram_v2"]) if value > bound_ns)
    return beyond / distribution["count"]


class CoordinatedOmission(Experiment):
    """1: a responder that stalls for a tenth of every second."""

    STALLED = ["-t", "tcp", "-d", "2s", "--warmup", "100ms", "--tmax", "5s", "--server-pause", "1s,100ms"]

    def test_the_open_loop_sees_what_the_closed_one_omits(self):
        opened = self.run_of(*self.STALLED, "-r", "1k", "--arrivals", "poisson")
        closed = self.run_of(*self.STALLED)
        self.assertEqual(opened["load"]["coordinated_omission"], "absent")
        self.assertEqual(closed["load"]["coordinated_omission"], "present")
        responses = [run["latency"]["response_time"] for run in (opened, closed)]
        for response in responses:
            self.assertGreaterEqual(response["max_ns"], 90e6)
        of_open, of_closed = (share_beyond(response, 50e6) for response in responses)
        self.assertGreaterEqual(of_open, 0.03)  # 0.05, but for chance
        self.assertLess(of_closed, of_open / 5)


class SaturatedGenerator(Experiment):
    """2: what the generator could not do is not blamed on the transport."""

    def test_a_rate_far_beyond_every_transport(self):
        cases = self.cases("-t", "all", "-w", "rr,stream", "-r", "100M", "-d", "100ms", "--warmup", "0s", "--tmax",
                           "100ms", "-n", "1", statuses=(4,))
        self.assertEqual(len(cases), 12)
        for case, (run,) in cases.items():
            with self.subTest(case=case):
                self.assertTrue(run["generator"]["saturated"])
                self.assertFalse(run["valid"])
                self.assertRegex(" ".join(run["invalid_reasons"]), "rate not reached|generator saturated")
                load = run["load"]
                self.assertEqual(load["intended_messages"], due_from_the_start(100e6, 0.1))
                self.assertEqual(load["intended_messages"], load["sent_messages"] + load["send_failed"])
                self.assertGreater(load["send_failed"], 0)

    def test_a_generator_that_was_stopped(self):
        stopped_s = 0.3
        running = self.start("run", "-t", "tcp", "-r", "2k", "-d", "2s", "--warmup", "0s", "--tmax", "5s", "-n", "1")
        generator, _ = running.wait_for_run(1, 1)
        generator.kill(signal.SIGSTOP)
        time.sleep(stopped_s)  # the experiment: the generator does not run
        generator.kill(signal.SIGCONT)
        outcome = running.finish()
        self.assertIn(outcome.status, (0, 4), outcome)
        ((run,),) = [case["runs"] for case in self.read_report()["cases"]]
        least = (stopped_s - 0.01) * 1e9
        self.assertGreaterEqual(run["generator"]["lag"]["max_ns"], least)
        self.assertGreaterEqual(run["latency"]["response_time"]["max_ns"], least)
        self.assertTrue(run["generator"]["saturated"] or run["generator"]["lag_warning"])
        # The responder was not stopped: the time from sending on is as usual.
        self.assertLess(share_beyond(run["latency"]["service_time"], 100e6),
                        share_beyond(run["latency"]["response_time"], 100e6) / 2)
        self.assertEqual(run["load"]["send_failed"], 0)
        self.assertEqual(run["load"]["sent_messages"], due_from_the_start(2000, 2))


class StoodStill(Experiment):
    """A closed loop has no schedule to be late for: that it stood still is measured all the same."""

    def test_a_generator_that_was_stopped_makes_the_run_invalid_and_keeps_its_numbers(self):
        stopped_s = 0.4
        running = self.start("run", "-t", "tcp", "-d", "1s", "--warmup", "0s", "--tmax", "5s", "-n", "1")
        generator, _ = running.wait_for_run(1, 1)
        generator.kill(signal.SIGSTOP)
        time.sleep(stopped_s)  # the experiment: the generator does not run
        generator.kill(signal.SIGCONT)
        outcome = running.finish()
        self.assertEqual(outcome.status, 4, outcome)
        ((run,),) = [case["runs"] for case in self.read_report()["cases"]]
        self.assertRegex(" ".join(run["invalid_reasons"]), "the generator did not run for [0-9]+ ms of 1000 ms")
        self.assertGreaterEqual(run["stalls"]["generator_stopped_ns"], (stopped_s - 0.05) * 1e9)
        self.assertGreaterEqual(run["stalls"]["longest_ns"], (stopped_s - 0.05) * 1e9)
        self.assertIn("stall", run["unsteady_reasons"])
        table = self.sockmark("report", "report.json").text
        self.assertRegex(table, r"(?m)^! rr .* tcp +[0-9.]+ .s")

    def test_a_closed_loop_that_waited_for_lost_messages_is_not_steady(self):
        run = self.run_of("-t", "udp", "-w", "rr", "-d", "500ms", "--warmup", "100ms", "--tmax", "100ms", "--impair",
                          "loss=1%,seed=1", statuses=(0,))
        self.assertGreater(run["stalls"]["waiting_for_lost_ns"], 100e6)
        self.assertGreater(run["stalls"]["lost_in_warmup"], 0)
        self.assertIn("stall", run["unsteady_reasons"])

    def test_the_same_without_a_loss_waits_for_nothing(self):
        run = self.run_of("-t", "udp", "-w", "rr", "-d", "300ms", "--warmup", "50ms", statuses=(0,))
        self.assertEqual((run["stalls"]["waiting_for_lost_ns"], run["stalls"]["lost_in_warmup"]), (0, 0))


class SlowResponder(Experiment):
    """The end that cannot keep up is named."""

    def test_the_responder_is_blamed_and_not_the_generator(self):
        run = self.run_of("-t", "tcp", "-r", "4k", "--server-work", "1ms", "-d", "500ms", "--warmup", "200ms", "--tmax",
                          "200ms", statuses=(4,))
        self.assertFalse(run["generator"]["saturated"])
        self.assertRegex(" ".join(run["invalid_reasons"]), "the responder took [0-9]+ of the [0-9]+ messages/s")


class Injected(Experiment):
    """3, 4: what was injected is what is measured."""

    PATH = ["-r", "20k", "-d", "250ms", "--warmup", "50ms", "--tmax", "200ms"]
    DAMAGE = "loss=1%,duplicate=0.5%,reorder=2%:3"

    def assert_books_balance(self, run):
        loss, injected, attribution = run["loss"], run["impairment"], run["loss"]["attribution"]
        self.assertEqual(injected["sent"], loss["sent"])
        self.assertEqual(loss["lost"], injected["dropped"] + attribution["receiver_socket"] + loss["late"])
        self.assertEqual(run["reordering"]["reordered"], injected["reordered"])
        self.assertEqual(run["reordering"]["extent_histogram"], injected["extent_histogram"])
        ways = [injected["forward"], injected["reverse"] or {"dropped": 0, "duplicated": 0, "held": 0}]
        for what in ("dropped", "duplicated", "held"):
            self.assertEqual(injected[what], sum(way[what] for way in ways), what)
            self.assertGreater(injected[what], 0, what)
        self.assertGreater(injected["reordered"], 0)
        untouched = attribution["receiver_socket"] == 0
        if injected["reverse"] is None or untouched:
            self.assertEqual(run["duplication"]["duplicates"], injected["duplicated"])
        else:  # one of the copies that were made on the way there was lost on the way back
            self.assertLessEqual(run["duplication"]["duplicates"], injected["duplicated"])
            self.assertGreaterEqual(run["duplication"]["duplicates"], injected["reverse"]["duplicated"])
        if injected["reverse"] is not None and untouched and loss["late"] == 0:
            self.assertEqual(loss["forward_lost"], injected["forward"]["dropped"])
            self.assertEqual(loss["reverse_lost"], injected["reverse"]["dropped"])
        if untouched:
            self.assertEqual(run["load"]["sent_messages"], 5000)

    @staticmethod
    def fates(run):
        """Of the ledger, what the clock has no part in. Order has: what nothing follows for a while is let go."""
        return [(way["dropped"], way["duplicated"], way["held"])
                for way in (run["impairment"]["forward"], run["impairment"]["reverse"]) if way is not None]

    def test_the_ledger_and_the_meter_agree(self):
        cases = self.cases("-t", "udp,unix-dgram", "-w", "stream,rr", *self.PATH, "-n", "2", "--impair",
                           f"{self.DAMAGE},seed=7")
        self.assertEqual(len(cases), 4)
        for case, runs in cases.items():
            for run in runs:
                with self.subTest(case=case, run=run["index"]):
                    self.assert_books_balance(run)
            with self.subTest(case=case, what="each block has faults of its own"):
                self.assertEqual(runs[0]["impairment"]["seed"], "7")
                self.assertNotEqual(self.fates(runs[0]), self.fates(runs[1]))
        self.assertEqual(len({runs[1]["impairment"]["seed"] for runs in cases.values()}), 1, "one seed a block")
        again = self.run_of("-t", "unix-dgram", "-w", "stream", *self.PATH, "--impair", f"{self.DAMAGE},seed=7")
        other = self.run_of("-t", "unix-dgram", "-w", "stream", *self.PATH, "--impair", f"{self.DAMAGE},seed=8")
        self.assert_books_balance(other)
        (same,) = [runs[0] for case, runs in cases.items() if case.startswith("unix-dgram/stream")]
        self.assertNotEqual(self.fates(other), self.fates(same))
        if all(run["loss"]["attribution"]["receiver_socket"] == 0 for run in (again, same)):
            self.assertEqual(self.fates(again), self.fates(same), "the same seed, the same fates")


class WhatTheReceiverGot(Experiment):
    """6: the receiving socket's own losses, and goodput."""

    def test_what_a_small_receive_buffer_drops_is_named(self):
        cases = self.cases("-t", "udp", "-w", "stream,rr", "-r", "20k", "-d", "400ms", "--warmup", "0s", "--tmax", "1s",
                           "-n", "1", "--rcvbuf", "4096", "--server-pause", "200ms,100ms")
        for case, (run,) in cases.items():
            with self.subTest(case=case):
                loss = run["loss"]
                self.assertGreater(loss["lost"], 0)
                self.assertEqual(loss["attribution"]["receiver_socket"], loss["lost"] - loss["late"])
                self.assertLess(run["throughput"]["goodput_messages_per_s"], run["load"]["offered_rate"])
                self.assertLess(run["throughput"]["delivery_ratio"], 1)

    @unittest.skipIf(min(int(Path(f"/proc/sys/net/core/{name}").read_text()) for name in ("rmem_max", "wmem_max")) <
                     4 << 20, "the kernel grants no buffers of 4 MiB")
    def test_goodput_is_what_the_reader_read(self):
        # In the last half second of the window nothing is read; the buffers take it all.
        run = self.run_of("-t", "tcp", "-w", "stream", "-s", "1k", "-r", "2k", "-d", "1s", "--warmup", "0s", "--tmax",
                          "5s", "--sndbuf", "4M", "--rcvbuf", "4M", "--server-pause", "1s,900ms")
        self.assertEqual((run["loss"]["sent"], run["loss"]["lost"]), (due_from_the_start(2000, 1), 0))
        self.assertEqual(run["throughput"]["delivery_ratio"], 1)
        goodput = run["throughput"]["goodput_messages_per_s"]
        self.assertLess(goodput, 0.9 * run["load"]["offered_rate"])
        self.assertEqual(run["throughput"]["goodput_bytes_per_s"], 1024 * goodput)
        self.assertIn("backlog", run["unsteady_reasons"])


class BackPressure(Experiment):
    """12: nobody who does not read makes sockmark hang."""

    def test_a_paused_responder_behind_tiny_buffers(self):
        cases = self.cases("-t", "unix-dgram,unix-stream", "-w", "rr", "-r", "200k", "-d", "300ms", "--warmup", "0s",
                           "--tmax", "2s", "-n", "1", "--sndbuf", "4096", "--rcvbuf", "4096", "--server-pause",
                           "100ms,80ms")
        self.assertEqual(len(cases), 2)
        for case, (run,) in cases.items():
            with self.subTest(case=case):
                self.assertGreater(run["loss"]["received"], 0)
                self.assertEqual((run["loss"]["lost"], run["integrity"]["stream_integrity_errors"]), (0, 0))
                load = run["load"]
                self.assertEqual(load["intended_messages"], due_from_the_start(200e3, 0.3))
                self.assertEqual(load["intended_messages"], load["sent_messages"] + load["send_failed"])
                means = [run["latency"][part]["mean_ns"] for part in ("response_time", "send_block", "service_time")]
                response, blocked, service = means
                lag = run["generator"]["lag"]["mean_ns"]
                self.assertGreater(blocked, response / 2)
                self.assertAlmostEqual(response, lag + blocked + service, delta=1)


class ClockStep(Experiment):
    """8: the wall clock jumps by hours while a run is measured."""

    LIBRARY = next(iter(glob.glob(os.environ.get("LIBFAKETIME", "/usr/lib/*/faketime/libfaketimeMT.so.1"))), None)

    @unittest.skipIf(LIBRARY is None or sanitized(), "there is no libfaketime, or a sanitizer is preloaded before it")
    def test_only_the_start_of_a_run_knows_it(self):
        offset, next_offset = self.directory / "offset", self.directory / "next"

        def jump_to(text):
            next_offset.write_text(text)
            next_offset.rename(offset)  # whole or not at all

        jump_to("+2h\n")
        faked = {"LD_PRELOAD": self.LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1",
                 "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
        self.environment.update(faked)
        running = self.start("run", "-t", "tcp", "-r", "1k", "-d", "1s", "--warmup", "0s", "--tmax", "5s", "-n", "2")
        for text in itertools.cycle(("-2h\n", "+2h\n")):
            if running.popen.poll() is not None:
                break
            time.sleep(0.05)  # the pace of the jumps
            jump_to(text)
        outcome = running.finish()
        for name in faked:
            del self.environment[name]
        self.assertIn(outcome.status, (0, 4), outcome)
        (runs,) = [case["runs"] for case in self.read_report()["cases"]]
        sent = due_from_the_start(1000, 1)
        for run in runs:
            started = datetime.datetime.fromisoformat(run["started_at"]).timestamp()
            self.assertGreater(abs(started - time.time()), 3600, "the clock was not another one")
            self.assertEqual((run["loss"]["sent"], run["loss"]["lost"]), (sent, 0))
            for name in ("response_time", "service_time", "send_block"):
                distribution = run["latency"][name]
                self.assertEqual((distribution["count"], distribution["overflow"]), (sent, 0), name)
                self.assertGreaterEqual(distribution["min_ns"], 0, name)
                self.assertLess(distribution["max_ns"], HOUR_NS, name)
            self.assertEqual(sum(point["messages"] for point in run["series"]),
                             run["throughput"]["goodput_messages_per_s"])


# Options of an open loop and of what is done to it, and what the complaint must say.
WRONG = [
    (["--rate", "0"], ["--rate", "0.001", "1000M"]),
    (["--rate", "0.0001"], ["--rate", "0.0001", "0.001"]),
    (["--rate", "2000M"], ["--rate", "1000M"]),
    (["--rate", "20k,0"], ["--rate", "0.001"]),
    (["--rate", "-1"], ["--rate", "-1", "20k"]),
    (["--rate", "nan"], ["--rate", "nan"]),
    (["--rate", "inf"], ["--rate", "inf"]),
    (["--rate", "1e99"], ["--rate", "1e99"]),
    (["--rate", "10q"], ["--rate", "10q"]),
    (["--rate", ""], ["--rate"]),
    (["-r", "1k", "--arrivals", "normal"], ["--arrivals", "normal", "uniform", "poisson"]),
    (["-r", "1k", "--arrivals", "possion"], ["--arrivals", "did you mean \"poisson\""]),
    (["-r", "1k", "--depth", "2"], ["--depth", "open loop"]),
    (["-r", "1k", "--wait", "block"], ["--wait block", "--rate"]),
    (["-r", "1k", "-w", "connect"], ["--rate", "connect"]),
    (["-t", "tcp", "--impair", "loss=1%"], ["--impair", "tcp", "byte stream"]),
    (["--impair", "loss=1%"], ["--impair", "tcp"]),
    (["-t", "udp", "-w", "connect", "--impair", "loss=1%"], ["--impair", "connect"]),
    (["-t", "udp", "--impair", "los=1%"], ["--impair", "did you mean \"loss\""]),
    (["-t", "udp", "--impair", "loss=2"], ["--impair", "loss", "\"2\""]),
    (["-t", "udp", "--impair", "reorder=1%"], ["--impair", "reorder", "distance"]),
    (["-t", "udp", "--impair", ""], ["--impair"]),
    (["--server-pause", "1s"], ["--server-pause", "EVERY,FOR"]),
    (["--server-pause", "1s,2s"], ["--server-pause", "shorter"]),
    (["--server-pause", "1s,0s"], ["--server-pause"]),
    (["--server-pause", "1s,1ms,1ms"], ["--server-pause", "EVERY,FOR"]),
    (["--server-pause", "now,1ms"], ["--server-pause", "now"]),
]


class BadOptions(EndToEnd):
    def test_a_table_of_wrong_options(self):
        for options, words in WRONG:
            with self.subTest(options=options):
                outcome = self.sockmark("run", "-d", "10ms", "--warmup", "0s", "-n", "1", *options)
                self.assert_complains(outcome, 2, *words)
                self.assertEqual((outcome.text, os.listdir(self.work)), ("", []))


if __name__ == "__main__":
    unittest.main()
