"""Every transport, workload and option measures, and says plausible things of it."""

import os
import re
import socket
import unittest

from harness import ALL, SOCKMARK, EndToEnd, short

# Windows of 250 ms: longer than the host suspends a virtual machine.
WINDOW = short("250ms", "10ms")


def ids(report):
    return [case["id"] for case in report["cases"]]


class Matrix(EndToEnd):
    def test_two_transports_two_workloads_two_sizes_twice(self):
        transports = ["udp6", "unix-stream"]
        report = self.measure("-t", ",".join(transports), "-w", "rr,stream", "-s", "64,1k",
                              *short("250ms", "10ms", repetitions=2))
        expected = [f"{transport}/{workload}/{size}B/c1"
                    for workload in ("rr", "stream") for size in (64, 1024) for transport in transports]
        self.assertEqual(ids(report), expected)
        self.assertNotEqual(report["environment"]["generator"]["pid"], report["environment"]["responder"]["pid"])
        processes = []
        for case in report["cases"]:
            self.assertEqual([run["index"] for run in case["runs"]], [0, 1])
            for run in case["runs"]:
                processes += [run["resources"][end]["pid"] for end in ("generator", "responder")]
                self.assertEqual(run["window"]["measure_ns"], 250_000_000)
        # Fresh processes for each end of each run.
        self.assertEqual(len(set(processes)), len(processes))

    def test_what_a_transport_promises_is_not_measured_as_loss(self):
        report = self.measure("-t", "tcp,unix-dgram,udp", *WINDOW)
        ratios = {case["params"]["transport"]: case["runs"][0]["loss"] for case in report["cases"]}
        for reliable in ("tcp", "unix-dgram"):
            self.assertIsNone(ratios[reliable]["loss_ratio"])
            self.assertEqual(ratios[reliable]["loss_ratio_reason"], "not_applicable")
            self.assertEqual(ratios[reliable]["lost"], 0)
        self.assertIsNotNone(ratios["udp"]["loss_ratio"])

    def test_connect_over_every_transport(self):
        report = self.measure("-t", "all", "-w", "connect", *WINDOW)
        self.assertEqual(ids(report), [f"{transport}/connect/64B/c1" for transport in ALL])

    def test_memory_is_one_process(self):
        report = self.measure("-t", "memory", "-w", "rr,stream,connect", *WINDOW)
        self.assertEqual(len(report["cases"]), 3)
        for case in report["cases"]:
            resources = case["runs"][0]["resources"]
            self.assertEqual(resources["generator"]["pid"], resources["responder"]["pid"])

    def test_every_waiting_mode(self):
        for mode in ("sleep", "block", "hybrid", "spin"):
            with self.subTest(mode=mode):
                # Without a warm-up nothing of the window is missed either.
                report = self.measure("-t", "tcp,unix-dgram", "-w", "rr,stream", "--wait", mode,
                                      *short("250ms", "0s"))
                self.assertEqual([case["params"]["wait"] for case in report["cases"]], [mode] * 4)

    def test_connections_shared_by_threads(self):
        report = self.measure("-t", "all", "-w", "stream", "-c", "8", "-j", "2", *WINDOW)
        self.assertEqual(len(report["cases"]), 6)
        for case in report["cases"]:
            self.assertEqual((case["params"]["connections"], case["params"]["threads"]), (8, 2))

    def test_depth(self):
        report = self.measure("-t", "tcp,udp,unix-dgram", "--depth", "1,16", *WINDOW)
        self.assertEqual(sorted(case["params"]["depth"] for case in report["cases"]), [1] * 3 + [16] * 3)

    def test_pinned_processes_run_on_their_cpus(self):
        report = self.measure("-t", "unix-stream", "--pin", "0,0", *WINDOW)
        self.assertEqual(report["cases"][0]["params"]["pin"], [0, 0])
        for end in ("generator", "responder"):
            self.assertEqual(report["environment"][end]["affinity"], [0])

    def test_64_KiB_over_byte_streams(self):
        report = self.measure("-t", "tcp,unix-stream", "-w", "rr,stream", "-s", "64k", *WINDOW)
        self.assertEqual([case["params"]["size_bytes"] for case in report["cases"]], [65536] * 4)

    def test_an_address_of_the_users_own(self):
        path = self.work / "mine.sock"
        report = self.measure("-t", f"unix-stream:{path},tcp://127.0.0.1:0", *WINDOW)
        self.assertEqual([case["params"]["address"] for case in report["cases"]],
                         [f"unix-stream:{path}", "tcp://127.0.0.1:0"])
        self.assertFalse(path.exists())

    def test_a_runtime_directory_too_deep_for_sockets_is_no_obstacle(self):
        deep = self.runtime / ("d" * 100)
        deep.mkdir()
        self.environment["XDG_RUNTIME_DIR"] = str(deep)
        self.measure("-t", "unix-stream,unix-dgram", *WINDOW)
        self.assertEqual(os.listdir(deep), [])
        deep.rmdir()


class Limits(EndToEnd):
    def maxima(self):
        text = self.sockmark("list", "transports").text
        maxima = {name: int(most) for name, most in re.findall(r"^  (\S+) .* up to (\d+) bytes$", text, re.M)}
        self.assertEqual(list(maxima), [*ALL, "memory"])
        return maxima

    def test_the_largest_message_as_listed_is_carried(self):
        for transport, most in self.maxima().items():
            with self.subTest(transport=transport, most=most):
                # The round trip of 16 MiB may take longer than a short window.
                duration = "1s" if most > 1 << 20 else "250ms"
                report = self.measure("-t", transport, "-s", most, *short(duration, "10ms", tmax="2s"))
                self.assertEqual(report["cases"][0]["params"]["size_bytes"], most)

    def test_one_byte_more_is_refused(self):
        for transport, most in self.maxima().items():
            with self.subTest(transport=transport, most=most):
                outcome = self.sockmark("run", "-t", transport, "-s", most + 1, *WINDOW)
                self.assert_complains(outcome, 2, "--size", str(most + 1), transport, f"at most {most} bytes")

    def test_the_smallest_message_is_the_header(self):
        self.measure("-t", "all", "-s", "32", *WINDOW)
        self.assert_complains(self.sockmark("run", "-s", "31", *WINDOW), 2, "--size", "31", "32 bytes")


class SocketBuffers(EndToEnd):
    def kernel_answer(self, transport, option, value):
        """What the kernel makes of a request, asked without sockmark."""
        family = {"tcp": socket.AF_INET, "udp": socket.AF_INET, "tcp6": socket.AF_INET6, "udp6": socket.AF_INET6,
                  "unix-stream": socket.AF_UNIX, "unix-dgram": socket.AF_UNIX}[transport]
        kind = socket.SOCK_DGRAM if transport.startswith("udp") or transport == "unix-dgram" else socket.SOCK_STREAM
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, option, value)
            return probe.getsockopt(socket.SOL_SOCKET, option)

    def test_the_sizes_in_force_are_in_the_report(self):
        report = self.measure("-t", "all", "--sndbuf", "96k", "--rcvbuf", "80k", *WINDOW)
        for case in report["cases"]:
            transport = case["params"]["transport"]
            with self.subTest(transport=transport):
                in_force = case["params"]["socket_options"]
                self.assertEqual(in_force["SO_SNDBUF"], self.kernel_answer(transport, socket.SO_SNDBUF, 96 << 10))
                self.assertEqual(in_force["SO_RCVBUF"], self.kernel_answer(transport, socket.SO_RCVBUF, 80 << 10))


class SegmentationOffload(EndToEnd):
    def test_it_is_measured_as_a_case_of_its_own(self):
        for workload in ("rr", "stream"):
            with self.subTest(workload=workload):
                report = self.measure("-t", "udp,udp6", "-w", workload, "--gso", *WINDOW)
                self.assertEqual(ids(report), [f"{transport}/{workload}/64B/c1/gso" for transport in ("udp", "udp6")])
                for case in report["cases"]:
                    self.assertEqual(case["params"]["socket_options"]["UDP_GRO"], 1)

    def test_faults_are_counted_as_without_it(self):
        outcome = self.sockmark("run", "-t", "udp", "-w", "stream", "-r", "20k", "--gso", "-o", self.report_path,
                                "--impair", "loss=1%,duplicate=1%", *short("500ms"))
        self.assertIn(outcome.status, (0, 4), outcome)  # late, on a busy machine
        run = self.read_report()["cases"][0]["runs"][0]
        self.assertGreater(run["impairment"]["forward"]["dropped"], 0)
        self.assertEqual(run["loss"]["lost"], run["impairment"]["forward"]["dropped"])
        self.assertEqual(run["duplication"]["duplicates"], run["impairment"]["forward"]["duplicated"])

    def test_another_binary_is_asked_for_it_too(self):
        outcome = self.sockmark("run", "-t", "udp", "--gso", "--against", SOCKMARK, "-o", self.report_path, *WINDOW,
                                "--inconclusive", "fail")
        self.assertEqual(outcome.status, 1, outcome)  # of one block nothing can be said
        cases = self.read_report()["cases"]
        self.assertEqual({case["params"]["arm"] for case in cases}, {"baseline", "candidate"})
        for case in cases:
            self.assertEqual(case["params"]["socket_options"]["UDP_GRO"], 1)

    def test_only_udp_has_it(self):
        for transport in ("tcp", "unix-dgram", "memory"):
            outcome = self.sockmark("run", "-t", f"udp,{transport}", "--gso", *WINDOW)
            self.assert_complains(outcome, 2, "--gso", transport, "udp or udp6")


if __name__ == "__main__":
    unittest.main()
