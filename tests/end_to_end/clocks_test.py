"""The clocks of two ends: offset, bound and one-way delay between time namespaces, whose offset is known exactly."""

import contextlib
import heapq
import itertools
import os
import select
import shlex
import socket
import threading
import time
import unittest

from harness import BUSY, SHORT, SOCKMARK, EndToEnd, namespace_pair, short, why_no_namespaces

WHY_NO_NAMESPACES = why_no_namespaces()
PROGRAM = ("--worker-program", SOCKMARK)
HERE = "sh -c 'exec \"$@\"' -"
ROUND_MIN = 20  # exchanges of a round without which there is no one-way delay
SECOND = 1_000_000_000


def shifted(seconds):
    """A launcher whose CLOCK_MONOTONIC is ahead of the clock here by exactly this."""
    return f"unshare -T --monotonic {seconds}"


class Relay:
    """Forwards UDP between 127.0.0.2 and the same ports of 127.0.0.1, and holds up what goes there for `delay`
    seconds: one direction only. Data and time exchanges pass it alike."""

    def __init__(self, delay, ports):
        self.delay, self.held, self.numbers = delay, [], itertools.count()
        self.outer, self.port_of = {}, {}
        for port in ports:
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.bind(("127.0.0.2", port))
            self.outer[port] = one
            self.port_of[one] = port
        self.inner, self.back = {}, {}  # client -> socket, and the way back
        self.wake, self.woken = os.pipe()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def stop(self):
        os.close(self.woken)
        self.thread.join()
        os.close(self.wake)
        for one in (*self.port_of, *self.back):
            one.close()

    def of(self, client):
        """The socket that a client's datagrams leave from, whatever port they go to: as a NAT has it."""
        if client not in self.inner:
            inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            inner.bind(("127.0.0.1", 0))
            self.inner[client] = inner
            self.back[inner] = client
        return self.inner[client]

    def run(self):
        while True:
            now = time.monotonic()
            while self.held and self.held[0][0] <= now:
                _, _, inner, port, datagram = heapq.heappop(self.held)
                inner.sendto(datagram, ("127.0.0.1", port))
            wait = max(self.held[0][0] - now, 0) if self.held else None
            ready, _, _ = select.select([self.wake, *self.port_of, *self.back], [], [], wait)
            if self.wake in ready:
                return
            for one in ready:
                datagram, source = one.recvfrom(1 << 16)
                if one in self.port_of:
                    due = time.monotonic() + self.delay
                    heapq.heappush(self.held, (due, next(self.numbers), self.of(source), self.port_of[one], datagram))
                elif source[1] in self.outer:
                    self.outer[source[1]].sendto(datagram, self.back[one])


class Clocks(EndToEnd):
    def runs(self, *options, via=HERE, role="responder"):
        """Each run with its case, and the report. What is said of clocks is also true on a machine that is too busy
        for the rate."""
        outcome = self.sockmark("run", *options, f"--{role}-via", via, *PROGRAM)
        self.assertIn(outcome.status, (0, 4), outcome)
        report = self.read_report()
        runs = [(case, run) for case in report["cases"] for run in case["runs"]]
        self.assertTrue(runs, outcome)
        for _, run in runs:
            for reason in run["invalid_reasons"]:
                self.assertRegex(reason, BUSY)
        return runs, report

    def assert_offset(self, clock, seconds):
        self.assertEqual(clock["relation"], "two_clocks")
        self.assertGreater(clock["bound_ns"], 0)
        self.assertLessEqual(abs(clock["offset_ns"] - seconds * SECOND), clock["bound_ns"], clock)
        self.assertGreaterEqual(clock["exchanges"], 2 * ROUND_MIN)
        self.assertEqual(clock["contradicted"], [])

    def assert_one_way(self, run, bound, connections=1):
        """A stream's figures are one-way, and say how well they are known."""
        latency = run["latency"]
        self.assertEqual(latency["bound_ns"], bound)
        self.assertGreater(latency["response_time"]["count"], 0)
        self.assertEqual(latency["response_time"]["count"], run["loss"]["received"])
        self.assertEqual(latency["one_way"]["count"], run["loss"]["received"])
        self.assertEqual(run["delay_variation"]["pdv"]["bound_ns"], 2 * bound)
        ipdv, clock = run["delay_variation"]["ipdv"], run["clock"]
        self.assertGreater(ipdv["defined"], 0)
        spacing = run["window"]["measure_ns"] * connections / run["loss"]["sent"]
        steepest = (abs(clock["slope_ppm"]) + clock["slope_bound_ppm"]) / 1e6
        self.assertAlmostEqual(ipdv["bound_ns"], steepest * spacing, delta=1.5)
        self.assertEqual(ipdv["bound_ns"] > 0, clock["relation"] == "two_clocks")


@unittest.skipUnless(os.geteuid() == 0, "unshare -T needs a right")
class TimeNamespaces(Clocks):
    def test_the_offset_is_found_within_its_bound(self):
        back = int(time.monotonic() / 2)
        for seconds, via, role in ((1_000_000, shifted(1_000_000), "responder"), (-back, shifted(-back), "responder"),
                                   (-1000, shifted(1000), "generator")):
            with self.subTest(seconds=seconds):
                runs, _ = self.runs("-t", "tcp,udp", "-w", "rr,stream", "-r", "500", *SHORT, via=via, role=role)
                for case, run in runs:
                    clock = run["clock"]
                    self.assert_offset(clock, seconds)
                    self.assertTrue(clock["path"].startswith("udp://"), clock)
                    if case["params"]["workload"] == "stream":
                        self.assert_one_way(run, clock["bound_ns"])
                        self.assertEqual(run["latency"]["warmup_reason"], "clock_not_shared")
                    else:
                        latency = run["latency"]
                        self.assertEqual(latency["one_way"]["count"], run["loss"]["received"])
                        self.assertEqual(latency["bound_ns"], clock["bound_ns"])
                        # A message came back after it had arrived.
                        self.assertLessEqual(latency["one_way"]["min_ns"] - clock["bound_ns"],
                                             latency["response_time"]["max_ns"])

    def test_every_kind_of_load(self):
        for options in (("-w", "stream"), ("-w", "stream", "-c", "4", "-j", "2", "-r", "500"),
                        ("-w", "rr", "--wait", "block"), ("-w", "connect",),
                        ("-w", "stream", "-r", "500", "--impair", "loss=2%,duplicate=1%,seed=3")):
            with self.subTest(options=options):
                runs, _ = self.runs("-t", "udp", *options, *short(tmax="2s"), via=shifted(5000))
                for _, run in runs:
                    self.assert_offset(run["clock"], 5000)
                    if run["impairment"]:
                        self.assertEqual(run["loss"]["lost"] - run["loss"]["late"], run["impairment"]["dropped"])

    def test_unix_sockets_between_two_time_namespaces(self):
        runs, _ = self.runs("-t", "unix-stream", "-w", "stream", "-r", "500", *SHORT, via=shifted(77))
        for _, run in runs:
            self.assert_offset(run["clock"], 77)
            self.assert_one_way(run, run["clock"]["bound_ns"])

    def test_the_bound_is_shown_beside_the_values(self):
        self.runs("-t", "tcp", "-w", "stream", "-r", "500", *SHORT, via=shifted(5000))
        shown = self.sockmark("report", str(self.report_path))
        self.assertRegex(shown.text, r"one-way delay to ±\d")

    def test_synchronised_clocks(self):
        # CLOCK_REALTIME is one clock in all time namespaces.
        runs, report = self.runs("-t", "tcp", "-w", "stream", "-r", "500", *SHORT, "--clock-bound", "10ms",
                                 via=shifted(5000))
        for _, run in runs:
            clock = run["clock"]
            self.assert_offset(clock, 5000)
            self.assertEqual(clock["claimed_bound_ns"], 10_000_000)
            unsynchronised = any(clock[end]["synchronised"] is False for end in ("generator", "responder"))
            codes = [warning["code"] for warning in report["warnings"]]
            self.assertEqual("clock_unsynchronised" in codes, unsynchronised)

    def relayed(self, delay, *options):
        """A stream over a path that is longer one way."""
        first = self.free_ports(8)
        relay = Relay(delay, range(first, first + 8))
        try:
            runs, _ = self.runs("-t", f"udp://127.0.0.1:{first}", "-w", "stream", "-r", "200", "--reach-at", "127.0.0.2",
                                "--data-ports", f"{first}-{first + 7}", *short(duration="300ms", tmax="2s"), *options,
                                via=shifted(5000))
        finally:
            relay.stop()
        return runs[0][1]

    def free_ports(self, count):
        """The first of `count` ports that neither address uses."""
        for first in range(20_000 + os.getpid() % 10_000, 65_000 - count, count):
            with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
                for port in range(first, first + count):
                    for address in ("127.0.0.1", "127.0.0.2"):
                        one = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                        one.bind((address, port))
                return first
        self.fail("no free ports")

    # The offset of the namespaces is exact. So the error of each delay is that of the offset, which is asserted to be
    # within the bound although half of the relay's 20 ms is missing from every estimate that takes paths to be alike.
    def test_a_path_that_is_longer_one_way(self):
        run = self.relayed(0.020)
        clock = run["clock"]
        self.assert_offset(clock, 5000)
        self.assertGreaterEqual(clock["bound_ns"], 10_000_000, "half of what the two ways differ by")
        self.assertGreaterEqual(run["latency"]["one_way"]["min_ns"] + clock["bound_ns"], 20_000_000)
        self.assert_one_way(run, clock["bound_ns"])

    def test_synchronised_clocks_beat_such_a_path(self):
        run = self.relayed(0.020, "--clock-bound", "1ms")
        clock = run["clock"]
        self.assert_offset(clock, 5000)
        self.assertGreaterEqual(run["latency"]["one_way"]["min_ns"] + clock["bound_ns"], 20_000_000)
        # With the exchanges alone it is 10 ms at least (above).
        self.assertLess(clock["bound_ns"], 10_000_000)


class OneClock(Clocks):
    def test_ends_of_one_machine_have_one_clock(self):
        runs, _ = self.runs("-t", "tcp,udp", "-w", "rr,stream", "-r", "500", *SHORT)
        for case, run in runs:
            clock = run["clock"]
            self.assertEqual((clock["relation"], clock["bound_ns"], clock["offset_ns"]), ("one_clock", 0, 0))
            self.assertGreaterEqual(clock["exchanges"], 1)
            self.assertEqual(run["latency"]["bound_ns"], 0)
            if case["params"]["workload"] == "stream":
                self.assert_one_way(run, 0)

    def test_nothing_is_compared_where_the_clock_is_one_by_construction(self):
        runs, _ = self.runs("-t", "unix-stream", *SHORT)
        self.sockmark("run", "-t", "udp", "-w", "stream", "-r", "500", *SHORT)
        for run in (runs[0][1], self.read_report()["cases"][0]["runs"][0]):
            self.assertEqual((run["clock"], run["clock_reason"]), (None, "one_clock"))
            self.assertEqual((run["latency"]["bound_ns"], run["latency"]["bound_ns_reason"]), (None, "one_clock"))
            self.assertIsNotNone(run["latency"]["one_way"])

    def test_a_bound_that_is_none(self):
        for value in ("5", "fast", "-1us"):
            outcome = self.sockmark("run", "-t", "tcp", "--clock-bound", value, "--responder-via", HERE, *PROGRAM)
            self.assert_complains(outcome, 2, "--clock-bound")
        self.assert_complains(self.sockmark("run", "-t", "tcp", "--clock-bound", "5us"), 2,
                              "--clock-bound requires --responder-via or --generator-via")


@unittest.skipIf(WHY_NO_NAMESPACES, WHY_NO_NAMESPACES)
class TwoNamespaces(Clocks):
    def test_a_firewall_that_drops_the_exchanges(self):
        near, far = namespace_pair(self)
        far.drop_arrivals("udp", 1024, 65534)
        runs, _ = self.runs("-t", "tcp", "-w", "rr,stream", "-r", "500", *SHORT, "--generator-via",
                            shlex.join(near.command), via=f"{shlex.join(far.command)} {shifted(5000)}")
        for case, run in runs:
            clock = run["clock"]
            self.assertEqual((clock["exchanges"], clock["path"]), (0, None))
            self.assertEqual((clock["bound_ns"], clock["bound_ns_reason"]), (None, "clock_exchanges"))
            latency = run["latency"]
            self.assertEqual((latency["one_way"], latency["one_way_reason"]), (None, "clock_exchanges"))
            if case["params"]["workload"] == "stream":
                self.assertEqual(latency["response_time_reason"], "clock_exchanges")
            else:
                self.assertGreater(latency["response_time"]["count"], 0)


if __name__ == "__main__":
    unittest.main()
