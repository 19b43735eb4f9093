"""Many connections, and too few descriptors for them."""

import os
import re
import resource
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from harness import SHORT, SOCKMARK, EndToEnd, sanitized, short, wait_until

# Ten thousand, and what each process has besides.
MANY = 10_000
MANY_DESCRIPTORS = MANY + 48
# User memory for each connection at either end, with what a process has anyway shared out among them. Measured:
# 2.8 KB at the generator and 2.3 at the responder, 1.4 and 0.9 of them for the connection itself.
MOST_BYTES_EACH = 8 * 1024


def descriptor_limit(soft, hard):
    """For a child that is about to become sockmark."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def listening_ports(pid, sockets):
    """The ports of a process' listening TCP sockets, of which `sockets` are the inodes."""
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return [int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A" and row[9] in sockets]


def polled_connections(pid):
    """How many of a process' connected TCP sockets are registered with its poller, and how many there are."""
    folder = Path(f"/proc/{pid}")
    rows = [line.split() for line in (folder / "net/tcp").read_text().splitlines()[1:]]
    connected = {f"socket:[{row[9]}]" for row in rows if row[3] == "01"}
    targets = {entry.name: os.readlink(entry) for entry in (folder / "fd").iterdir()}
    pollers = [name for name, target in targets.items() if target == "anon_inode:[eventpoll]"]
    watched = {number for name in pollers
               for number in re.findall(r"^tfd: +(\d+)", (folder / "fdinfo" / name).read_text(), re.M)}
    connections = {name for name, target in targets.items() if target in connected}
    return len(connections & watched), len(connections)


class Connections(EndToEnd):
    def assert_open_all_the_time(self, count):
        """Seen at both ends at once, in the middle of a run, which is then ended."""
        running = self.start("run", "-t", "tcp", "-c", str(count), *short(duration="60s", tmax="20s"))
        ends = running.wait_for_run(1, 1, busy=lambda worker: worker.descriptors() > count)
        # The generator never waits: something has always arrived. Half a second of its time is beyond the warm-up.
        before = [end.processor_ticks() for end in ends]
        wait_until(lambda: all(end.processor_ticks() >= ticks + 50 for end, ticks in zip(ends, before)), "messages flow")
        running.popen.send_signal(signal.SIGINT)
        self.assertEqual(running.finish().status, 130)
        [run] = self.read_report()["cases"][0]["runs"]
        self.assertTrue(run["invalid_reasons"][0].startswith("interrupted: "), run["invalid_reasons"])
        self.assert_consistent(run)

    def test_a_few_spinning_connections_are_not_in_the_poller(self):
        for wait, count, polled in (("spin", 1, 0), ("spin", 16, 0), ("spin", 17, 17), ("hybrid", 1, 1)):
            with self.subTest(wait=wait, connections=count):
                self.report_path.unlink(missing_ok=True)
                running = self.start("run", "-t", "tcp", "-c", str(count), "--wait", wait,
                                     *short(duration="60s", tmax="20s"))
                ends = running.wait_for_run(1, 1, busy=lambda worker: worker.descriptors() > count)
                for end in ends:
                    # The handshake of the last connection may still be in progress.
                    wait_until(lambda end=end: polled_connections(end.pid) == (polled, count), f"{end.arguments} polls")
                running.popen.send_signal(signal.SIGINT)
                self.assertEqual(running.finish().status, 130)

    def test_a_thousand_at_once(self):
        for transport in ("tcp", "unix-stream"):
            with self.subTest(transport=transport):
                report = self.measure("-t", transport, "-c", "1000", *short(duration="200ms", tmax="2s"))
                self.assertEqual(report["cases"][0]["params"]["connections"], 1000)

    @unittest.skipIf(sanitized(), "a sanitizer's memory is not the program's")
    @unittest.skipIf(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < MANY_DESCRIPTORS,
                     f"the hard limit of descriptors is below {MANY_DESCRIPTORS}")
    def test_ten_thousand_at_once_and_what_each_costs_in_memory(self):
        # A busy machine may be late for a schedule, which makes a run invalid; the ledger balances all the same.
        for options in (["-w", "rr,stream"], ["-w", "rr", "-r", "2k", "--wait", "sleep"]):
            outcome = self.sockmark("run", "-t", "tcp,unix-stream", *options, "-c", str(MANY),
                                    *short(duration="300ms", warmup="300ms", tmax="20s"))
            for case in self.assert_measured(outcome)["cases"]:
                [run] = case["runs"]
                with self.subTest(case=case["id"]):
                    self.assertGreater(run["loss"]["sent"], 0)
                    self.assertEqual(run["loss"]["received"], run["loss"]["sent"])
                    counts = {name: run["integrity"][name] for name in run["integrity"]
                              if not name.startswith("failed_answers")}  # which sockmark's responder has none of
                    self.assertEqual(counts, dict.fromkeys(counts, 0))
                    for end in ("generator", "responder"):
                        self.assertLess(run["resources"][end]["rss_max_bytes"] / MANY, MOST_BYTES_EACH, end)

    @unittest.skipIf(sanitized() or resource.getrlimit(resource.RLIMIT_NOFILE)[1] < MANY_DESCRIPTORS,
                     f"the hard limit of descriptors is below {MANY_DESCRIPTORS}, or a sanitizer is at work")
    def test_ten_thousand_are_open_all_the_time(self):
        self.assert_open_all_the_time(MANY)

    def test_threads_share_the_address_that_was_named(self):
        for transport in ("tcp://127.0.0.1:0", "udp://127.0.0.1:0", "tcp://[::1]:0"):
            with self.subTest(transport=transport):
                self.measure("-t", transport, "-c", "40", "-j", "4", *SHORT)

    def test_each_thread_listens_at_the_port_that_was_named(self):
        running = self.start("run", "-t", "tcp://127.0.0.1:0", "-c", "40", "-j", "4", *short(duration="1s"))
        _, responder = running.wait_for_run(1, 1, busy=lambda worker: worker.descriptors() > 40)
        ports = listening_ports(responder.pid, responder.sockets())
        self.assertEqual(len(ports), 4)
        self.assertEqual(len(set(ports)), 1)
        self.assert_measured(running.finish())

    def test_an_address_that_cannot_be_shared_is_refused(self):
        for options in (["-t", "unix-stream:@smk-shared"], ["-t", "tcp://127.0.0.1:0", "-w", "connect"]):
            with self.subTest(options=options):
                outcome = self.sockmark("run", *options, "-c", "4", "-j", "4", *SHORT)
                self.assert_complains(outcome, 2, "--threads 4", "cannot share")

    @unittest.skipIf(shutil.which("unshare") is None or
                     subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"], capture_output=True,
                                    check=False).returncode != 0,
                     "no right to make a network namespace, where the range of ports is one's own")
    def test_too_few_ports_are_found_before_measuring_and_the_number_named_is_enough(self):
        def with_ports(count, *options):
            last = 40_000 + count - 1
            script = (f"ip link set lo up && echo 40000 {last} >/proc/sys/net/ipv4/ip_local_port_range && "
                      'exec "$0" "$@"')
            return self.sockmark(*options, program=("unshare", "--net", "sh", "-c", script, SOCKMARK))

        for options in (["-t", "tcp", "-c", "300"], ["-t", "tcp", "-c", "300", "-j", "3"],
                        ["-t", "tcp://127.0.0.1:0", "-c", "300", "-j", "3"], ["-t", "udp", "-c", "100"]):
            with self.subTest(options=options):
                outcome = with_ports(50, "run", *options, *SHORT)
                self.assert_complains(outcome, 2, "--connections", "local ports", "ip_local_port_range")
                self.assertFalse(self.report_path.exists())
                needed = int(re.search(r"requires (\d+) local ports", outcome.complaints)[1])
                self.assert_measured(with_ports(needed, "run", *options, *SHORT))
                self.report_path.unlink()

    def test_they_are_open_all_the_time(self):
        self.assert_open_all_the_time(1000)

    def test_too_few_descriptors_are_found_before_measuring(self):
        outcome = self.sockmark("run", "-t", "tcp", "-c", "1000", *SHORT, preexec_fn=descriptor_limit(64, 64))
        self.assert_complains(outcome, 2, "--connections", "descriptors", "the limit is 64", "ulimit")
        self.assertFalse(self.report_path.exists())

    def test_a_low_soft_limit_is_raised(self):
        self.measure("-t", "tcp", "-c", "200", *SHORT, preexec_fn=descriptor_limit(64, 4096))

    def test_the_number_it_says_it_needs_is_enough(self):
        for options in (["-t", "tcp", "-c", "60", "-j", "2"], ["-t", "udp", "-c", "60"],
                        ["-t", "unix-dgram", "-c", "60"], ["-t", "unix-stream", "-w", "connect", "-c", "60"],
                        ["-t", "memory", "-c", "60", "-j", "2"]):
            with self.subTest(options=options):
                outcome = self.sockmark("run", *options, *SHORT, preexec_fn=descriptor_limit(40, 40))
                self.assert_complains(outcome, 2, "--connections")
                needed = int(re.search(r"(\d+) file descriptors", outcome.complaints)[1])
                self.measure(*options, *SHORT, preexec_fn=descriptor_limit(needed, needed))


if __name__ == "__main__":
    unittest.main()
