"""Machines that lack something: each in namespaces of the test's own."""

import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from harness import ALL, SHORT, SOCKMARK, EndToEnd, sanitized, short

NO_NAMESPACES = (shutil.which("unshare") is None or
                 subprocess.run(["unshare", "-mn", "sh", "-c", "ip link set lo up && mount --make-rprivate /"],
                                capture_output=True, check=False).returncode != 0)


@unittest.skipIf(NO_NAMESPACES, "no right to make namespaces of networks and mounts")
class Machine(EndToEnd):
    def inside(self, prepare, *arguments, unshare=("-mn",), **how):
        """A command in new namespaces, after the shell commands of `prepare`."""
        script = f'set -e; mount --make-rprivate /; {prepare}; exec "$0" "$@"'
        return self.sockmark(*arguments, program=("unshare", *unshare, "sh", "-c", script, SOCKMARK), **how)

    def assert_cases(self, outcome, cases):
        report = self.assert_measured(outcome)
        self.assertEqual(len(report["cases"]), cases)
        for case in report["cases"]:
            for run in case["runs"]:
                with self.subTest(case=case["id"]):
                    self.assert_sound(run)
        return report

    def test_a_loopback_interface_that_is_down_is_found_before_measuring(self):
        for transport in ("tcp", "tcp6", "udp", "udp6", "all", "tcp://0.0.0.0:0"):
            with self.subTest(transport=transport):
                outcome = self.inside(":", "run", "-t", transport, *short())
                self.assert_complains(outcome, 2, "lo is down", "ip link set lo up")
                self.assertFalse(self.report_path.exists())
        self.assert_cases(self.inside(":", "run", "-t", "unix-stream,unix-dgram,memory", *short()), 3)

    def test_a_read_only_tmp_stops_only_what_needs_a_file(self):
        read_only = "ip link set lo up; mount -o bind /tmp /tmp; mount -o remount,bind,ro /tmp"
        # Its own directory is below /tmp.
        nowhere = {**self.environment, "XDG_RUNTIME_DIR": "", "TMPDIR": ""}
        elsewhere = {**nowhere, "TMPDIR": "/dev/shm"}
        output = Path("/dev/shm") / self.directory.name
        self.addCleanup(output.unlink, missing_ok=True)
        self.report_path = output
        transports = "tcp,tcp6,udp,udp6,unix-stream:@smk-2b,unix-dgram:@smk-2b,memory"
        for options, cases in (("-t", transports), 7), (("-t", "tcp", "--floor"), 1):
            outcome = self.inside(read_only, "run", *options, *short(), "-o", output, env=nowhere)
            self.assert_cases(outcome, cases)
            output.unlink()
        for transport in ("unix-stream", "unix-dgram"):
            with self.subTest(transport=transport):
                outcome = self.inside(read_only, "run", "-t", transport, *short(), "-o", output, env=nowhere)
                self.assert_complains(outcome, 2, transport, "/tmp", "TMPDIR")
                outcome = self.inside(read_only, "run", "-t", transport, *short(), "-o", output, env=elsewhere)
                self.assert_cases(outcome, 1)

    def test_against_needs_a_directory_and_says_so_before_measuring(self):
        outcome = self.inside("mount -o bind /tmp /tmp; mount -o remount,bind,ro /tmp", "run", "-t", "memory",
                              "--against", SOCKMARK, *short(repetitions=8), "-o", "/dev/shm/never",
                              env={**self.environment, "XDG_RUNTIME_DIR": "", "TMPDIR": ""})
        self.assert_complains(outcome, 2, "the report of a program", "TMPDIR")
        self.assertFalse(Path("/dev/shm/never").exists())

    def test_a_connection_without_a_local_port_names_the_range(self):
        # Other sockets have all ports but the listener's and two.
        taken = ("ip link set lo up; echo 40000 40019 >/proc/sys/net/ipv4/ip_local_port_range; "
                 f"{sys.executable} -c 'import socket, sys, time\n"
                 "held = [socket.create_server((\"\", port)) for port in range(40000, 40018)]\n"
                 "print(flush=True)\ntime.sleep(600)' >ports & holder=$!; "
                 "while ! [ -s ports ]; do sleep 0.01; done")
        outcome = self.inside(taken, "run", "-t", "tcp://127.0.0.1:5901", "-c", "9", *short(), unshare=("-mnpf", "--kill-child"))
        self.assertEqual(outcome.status, 4, outcome)
        [reason] = self.read_report()["cases"][0]["runs"][0]["invalid_reasons"]
        self.assertIn("connect tcp://127.0.0.1:5901: no local port is left", reason)
        self.assertIn("ip_local_port_range", reason)

    @unittest.skipIf(sanitized(), "a sanitizer needs /proc itself")
    def test_no_dev_null_and_no_proc_are_named_once(self):
        for prepare, words in {"mount -t tmpfs none /dev": ["/dev/null", "mknod"],
                               "mount -t tmpfs none /proc": ["/proc", "mount -t proc"]}.items():
            for command in (["run", "-t", "tcp,udp", "-n", "3", "-o", self.report_path], ["selfcheck"]):
                with self.subTest(prepare=prepare, command=command):
                    # Standard descriptors are open: nothing else needs /dev.
                    outcome = self.inside(f"ip link set lo up; {prepare}", *command)
                    self.assert_complains(outcome, 2, *words)
                    self.assertFalse(self.report_path.exists())

    def test_segmentation_offload_needs_an_mtu_for_each_message(self):
        small = "ip link set lo up mtu 1500"
        for transport, most in (("udp", 1472), ("udp6", 1452)):
            with self.subTest(transport=transport):
                offload = ["run", "-t", transport, "-w", "stream", "--gso", *short()]
                outcome = self.inside(small, *offload, "-s", most + 1)
                self.assert_complains(outcome, 2, "--gso", f"--size {most + 1}", f"{most} bytes", "MTU", "1500")
                self.assert_cases(self.inside(small, *offload, "-s", most), 1)
        self.assert_cases(self.inside(small, "run", "-t", "udp", "-s", "4k", *short()), 1)

    def test_repetitions_at_one_address_leave_no_ports_in_time_wait(self):
        few = "ip link set lo up; echo 40000 40999 >/proc/sys/net/ipv4/ip_local_port_range"
        for workload in ("rr", "stream"):
            with self.subTest(workload=workload):
                outcome = self.inside(few, "run", "-t", "tcp://127.0.0.1:5901", "-w", workload, "-c", "900",
                                      *short("200ms", "100ms", "20s", repetitions=3))
                report = self.assert_cases(outcome, 1)
                self.assertEqual([run["integrity"]["stream_integrity_errors"] for run in report["cases"][0]["runs"]],
                                 [0, 0, 0])

    def test_connections_that_find_the_accept_queue_full_are_counted_and_explained(self):
        short_queue = "ip link set lo up; echo 8 >/proc/sys/net/core/somaxconn"
        outcome = self.inside(short_queue, "run", "-t", "tcp,unix-stream", "-w", "connect", "-c", "100",
                              *short("1500ms", "100ms", "5s"))
        # A SYN that is dropped three times is answered after 7 s.
        self.assertIn(outcome.status, (0, 4), outcome)
        report = self.read_report()
        self.assertEqual(report["environment"]["soft"]["net.core.somaxconn"], 8)
        tcp, unix = (case["runs"][0] for case in report["cases"])
        self.assertGreater(tcp["listen_queue"]["overflows"], 0)
        self.assertGreaterEqual(tcp["listen_queue"]["drops"], tcp["listen_queue"]["overflows"])
        # The tail that the note explains: a SYN that was dropped is sent again after 1 s.
        longest = max(tcp["latency"][part]["max_ns"] or 0 for part in ("response_time", "warmup"))
        self.assertGreaterEqual(longest, 10**9)
        self.assertEqual((unix["listen_queue"], unix["listen_queue_reason"]), (None, "not_applicable"))
        times = tcp["listen_queue"]["overflows"]
        self.assertIn("tcp/connect/64B/c100: the accept queue of the responder was full "
                      f"{'once' if times == 1 else f'{times} times'}", outcome.text)
        self.assertIn("sysctl -w net.core.somaxconn=4096", outcome.text)
        self.assertIn("doctor.accept_queue", {warning["code"] for warning in report["warnings"]})
        page = self.sockmark("report", self.report_path, "--html", "page.html")
        self.assertEqual(page.status, 0, page)
        self.assertIn("the accept queue of the responder was full", (self.work / "page.html").read_text())

    def test_a_queue_that_is_long_enough_counts_nothing(self):
        long_queue = "ip link set lo up; echo 4096 >/proc/sys/net/core/somaxconn"
        outcome = self.inside(long_queue, "run", "-t", "tcp", "-w", "connect", "-c", "50", *short(tmax="5s"))
        report = self.assert_cases(outcome, 1)
        self.assertEqual(report["cases"][0]["runs"][0]["listen_queue"], {"overflows": 0, "drops": 0})
        self.assertNotIn("accept queue", outcome.text)


class WithoutIpv6(EndToEnd):
    # A network namespace in which only loopback is up and no interface has an IPv6 address.
    ALONE = ["unshare", "--map-root-user", "--net", "sh", "-c",
             "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 && ip link set lo up && exec \"$@\"", "sh"]

    def setUp(self):
        super().setUp()
        for tool in ("unshare", "ip"):
            if shutil.which(tool) is None:
                self.skipTest(f"{tool} is missing")
        probe = subprocess.run([*self.ALONE, "true"], capture_output=True, text=True, check=False)
        if probe.returncode != 0:
            self.skipTest(f"network namespaces are not available: {probe.stderr.strip()}")

    def test_ipv6_transports_are_refused(self):
        for transport in ("tcp6", "udp6"):
            with self.subTest(transport=transport):
                outcome = self.sockmark("run", "-t", transport, *SHORT, program=(*self.ALONE, SOCKMARK))
                self.assert_complains(outcome, 2, transport, "[::1]")
                self.assertFalse(self.report_path.exists())

    def test_the_others_work(self):
        self.measure("-t", "tcp,udp,unix-stream", *SHORT, program=(*self.ALONE, SOCKMARK))


class Buffers(EndToEnd):
    """Sizes of socket buffers that the kernel would limit without an error."""

    def test_a_size_that_is_not_granted_is_refused_with_the_one_that_is(self):
        for option, limit in (("--rcvbuf", "rmem_max"), ("--sndbuf", "wmem_max")):
            most = int(Path(f"/proc/sys/net/core/{limit}").read_text())
            for transport in ALL:
                with self.subTest(option=option, transport=transport):
                    outcome = self.sockmark("run", "-t", transport, option, most + 1, *short())
                    self.assert_complains(outcome, 2, f"{option} {most + 1}", f"only {most} bytes",
                                          f"net.core.{limit}={most + 1}")
                    self.assertFalse(self.report_path.exists())
            report = self.measure("-t", "all", option, most, *short())
            self.report_path.unlink()
            name = {"--rcvbuf": "SO_RCVBUF", "--sndbuf": "SO_SNDBUF"}[option]
            self.assertEqual({case["params"]["socket_options"][name] for case in report["cases"]}, {2 * most})

    def test_a_size_that_the_kernel_raises_is_refused_with_the_least(self):
        for option in ("--rcvbuf", "--sndbuf"):
            for transport in ALL:
                with self.subTest(option=option, transport=transport):
                    outcome = self.sockmark("run", "-t", transport, option, "1", *short())
                    self.assert_complains(outcome, 2, f"{option} 1: the kernel grants {transport} at least ")
                    least = outcome.complaints.split(" bytes")[0].split()[-1]
                    self.assert_measured(self.sockmark("run", "-t", transport, option, least, "-s", "32", *short()))

    def test_memory_has_none(self):
        outcome = self.sockmark("run", "-t", "memory", "--rcvbuf", "64k", *short())
        self.assert_complains(outcome, 2, "--rcvbuf", "memory")


class Wildcard(EndToEnd):
    """A listener at a wildcard address: the same as at loopback, for every connection."""

    LISTENERS = "udp://0.0.0.0:0,udp://[::]:0,tcp://0.0.0.0:0,tcp://[::]:0"

    def test_no_first_answer_is_lost(self):
        for options in (["-w", "rr"], ["-w", "connect"], ["--depth", "8"], ["-c", "4"], ["-c", "4", "-j", "2"],
                        ["--wait", "block"]):
            with self.subTest(options=options):
                for case in self.measure("-t", self.LISTENERS, *options, *short(warmup="10ms"))["cases"]:
                    [run] = case["runs"]
                    # An end that did not run for Tmax answers late; it lost nothing.
                    self.assertEqual(run["loss"]["lost"] - run["loss"]["late"], 0, case["id"])

    def test_the_generator_connects_to_loopback(self):
        running = self.start("run", "-t", "tcp://0.0.0.0:0", *short("2s"))
        generator, _ = running.wait_for_run(1, 1)
        inodes = generator.sockets()
        rows = [line.split() for line in Path(f"/proc/{generator.pid}/net/tcp").read_text().splitlines()[1:]]
        peers = {row[2].partition(":")[0] for row in rows if row[9] in inodes}
        self.assertEqual(peers, {"0100007F"})
        self.assert_measured(running.finish())

    def test_the_floor_too(self):
        for case in self.measure("-t", self.LISTENERS, "--floor", *short("300ms"))["cases"]:
            [run] = case["runs"]
            if run["floor"]:
                self.assertGreater(run["floor"]["round_trip"]["count"], 0, case["id"])
            else:  # an end of it did not run for that time
                self.assertEqual(run["floor_reason"], "floor: no round trip began and ended in the window")


if __name__ == "__main__":
    unittest.main()
