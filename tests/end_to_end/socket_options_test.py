"""Socket options as axes: cases, what both ends report, comparisons, and what is refused."""

import os
import unittest
from pathlib import Path

from harness import SOCKMARK, EndToEnd, only_busy, short

ALLOWED, AVAILABLE = (Path(f"/proc/sys/net/ipv4/tcp_{which}_congestion_control").read_text().split()
                      for which in ("allowed", "available"))


def ids(report):
    return [case["id"] for case in report["cases"]]


class Axes(EndToEnd):
    def test_every_option_is_in_force_at_both_ends(self):
        report = self.measure("-t", "tcp", "--nodelay", "off", "--congestion", ALLOWED[0], "--sndbuf", "96k",
                              "--rcvbuf", "80k", "--quickack", "on", "--mss", "1000", "--busy-poll", "0", "--dscp",
                              "EF", "--batch", "1", *short())
        [case] = report["cases"]
        self.assertEqual(case["id"], f"tcp/rr/64B/c1/nodelay-off/congestion-{ALLOWED[0]}/sndbuf98304/rcvbuf81920/"
                                     "quickack-on/mss1000/busy-poll0/dscp46/batch1")
        for end in ("socket_options", "responder_socket_options"):
            with self.subTest(end=end):
                options = case["params"][end]
                self.assertLessEqual(options.pop("TCP_MAXSEG"), 1000)
                options.pop("TCP_QUICKACK")  # the responder's is that of a connection without a message
                self.assertEqual(options, {"TCP_NODELAY": 0, "TCP_CONGESTION": ALLOWED[0], "SO_SNDBUF": 2 * 96 * 1024,
                                           "SO_RCVBUF": 2 * 80 * 1024, "SO_BUSY_POLL": 0, "IP_TOS": 46 << 2})

    def test_nagle_waits_for_the_delayed_acknowledgement_of_the_peer(self):
        outcome = self.sockmark("run", "-t", "tcp", "-w", "stream", "-r", "500", "--nodelay", "on,off", "--quickack",
                                "off", "--by", "nodelay", "-o", self.report_path, *short("400ms", repetitions=2))
        name = "tcp/stream/64B/c1/r500/hybrid"
        report = self.read_report()
        self.assertEqual(ids(report), [f"{name}/quickack-off", f"{name}/nodelay-off/quickack-off"], outcome)
        longest = [run["latency"]["response_time"]["max_ns"] for run in report["cases"][1]["runs"]]
        self.assertGreater(min(longest), 25_000_000, "the acknowledgement is delayed by 40 ms")
        pairs = {(one["baseline"], one["candidate"]) for one in report["comparisons"]}
        self.assertEqual(pairs, {tuple(ids(report))})
        self.assertIn("nodelay", outcome.text)

    def test_a_batch_of_one_is_a_system_call_for_each_message(self):
        report = self.measure("-t", "tcp,udp,unix-stream", "-w", "stream", "--batch", "1,4,max", *short())
        self.assertEqual(len(report["cases"]), 9)
        for case in report["cases"]:
            name, [run] = case["id"], case["runs"]
            value = run["load"]["messages_per_send_call"]
            with self.subTest(case=name):
                if value is None and only_busy(run):
                    continue
                if name.endswith("batch1"):
                    self.assertLessEqual(value, 1)
                elif name.endswith("batch4"):
                    self.assertLessEqual(value, 4)
                else:
                    self.assertGreater(value, 4)

    def test_two_reports_and_one_are_compared_by_an_option(self):
        outcome = self.sockmark("run", "-t", "tcp", "--sndbuf", "64k,default", "-o", self.report_path,
                                *short(repetitions=2))
        self.assert_measured(outcome)
        outcome = self.sockmark("compare", self.report_path, "--by", "sndbuf", "--baseline", "64k")
        self.assertIn("tcp/rr/64B/c1 against tcp/rr/64B/c1/sndbuf65536, 2 blocks", outcome.text, outcome)
        other = self.work / "other.json"
        self.assert_measured(self.sockmark("run", "-t", "tcp", "--sndbuf", "default", "-o", other, *short()), other)
        outcome = self.sockmark("compare", self.report_path, other, "--accept-unpaired")
        self.assertIn("tcp/rr/64B/c1", outcome.text + outcome.complaints, outcome)
        header, *rows = self.sockmark("export", self.report_path, "--to", "csv").text.splitlines()
        column = header.split(",").index("sndbuf_bytes")
        self.assertEqual({row.split(",")[column] for row in rows}, {"65536", ""})

    def test_transports_without_the_option_are_left_out_with_a_line(self):
        outcome = self.sockmark("run", "-t", "tcp,unix-stream", "--nodelay", "on,off", "--dry-run")
        self.assertEqual(outcome.status, 0, outcome)
        self.assertEqual(outcome.complaints.splitlines()[0],
                         "sockmark: --nodelay requires tcp; the cases of unix-stream are left out")
        self.assertIn("tcp/rr/64B/c1/nodelay-off", outcome.text)
        self.assertNotIn("unix-stream/", outcome.text)

    def test_combinations_with_more_threads_than_connections_are_left_out_with_a_line(self):
        outcome = self.sockmark("run", "-t", "tcp", "-c", "1,2", "-j", "1,2", "--dry-run")
        self.assertEqual(outcome.status, 0, outcome)
        self.assertEqual(outcome.complaints.splitlines()[0],
                         "sockmark: --threads 2: exceeds the number of connections, 1; such cases are left out")
        for case, there in (("tcp/rr/64B/c1 ", True), ("tcp/rr/64B/c2 ", True), ("tcp/rr/64B/c2/j2", True),
                            ("tcp/rr/64B/c1/j2", False)):
            self.assertEqual(case in outcome.text.replace("\n", " \n"), there, (case, outcome.text))

    def test_what_cannot_be_is_one_line(self):
        for options, words in (
                (["-t", "unix-stream", "--nodelay", "on,off"], ["--nodelay requires tcp"]),
                (["-t", "udp", "--congestion", "cubic"], ["--congestion requires tcp"]),
                (["-t", "udp", "--batch", "maximum"], ["--batch", "1 to 65536, or max"]),
                (["-t", "udp", "-r", "100Mb"], ["--rate", '"100Mb"', "100Mbit"]),
                (["-t", "memory", "--batch", "1"], ["--batch: memory makes no system calls"]),
                (["-t", "tcp", "--nodelay", "maybe"], ["--nodelay", '"maybe"', "on or off"]),
                (["-t", "tcp", "--congestion", "nosuch"], ["--congestion nosuch", "no congestion control", ALLOWED[0]]),
                (["-t", "tcp", "--mss", "40000"], ["--mss", "88 to 32767"]),
                (["-t", "udp", "--busy-poll", "2000000"], ["--busy-poll", "0 to 1000000"]),
                (["-t", "tcp", "--sndbuf", "4G"], ["--sndbuf", "1 to 1024M"])):
            with self.subTest(options=options):
                self.assert_complains(self.sockmark("run", *options, *short()), 2, *words)
                self.assertFalse(self.report_path.exists())

    @unittest.skipUnless(set(AVAILABLE) - set(ALLOWED), "this kernel lets anyone choose any congestion control")
    def test_a_privilege_that_is_missing_is_named(self):
        [name, *_] = sorted(set(AVAILABLE) - set(ALLOWED))
        without = ("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin") if os.geteuid() == 0 else ()
        outcome = self.sockmark("run", "-t", "tcp", "--congestion", name, *short(), program=(*without, SOCKMARK))
        self.assert_complains(outcome, 2, f"--congestion {name}", "requires CAP_NET_ADMIN", ALLOWED[0])


if __name__ == "__main__":
    unittest.main()
