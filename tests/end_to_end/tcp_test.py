"""What the kernel knows of TCP connections, against its own counters, and how connections share the messages."""

import json
import subprocess
import unittest

from harness import SHORT, SOCKMARK, EndToEnd, namespace_pair, short, why_no_namespaces

WHY_NOT = why_no_namespaces()
PROGRAM = ["--worker-program", SOCKMARK]

FIGURES = ["retransmits", "lost", "rtt_ns", "rtt_min_ns", "congestion_window", "delivery_rate_bytes_per_s",
           "limited_by_receiver_ns", "limited_by_send_buffer_ns", "segments_per_message"]


class Connections(EndToEnd):
    def test_every_run_over_tcp_has_the_figures_of_the_kernel(self):
        report = self.measure("-t", "tcp,unix-stream", "-c", "2", *SHORT)
        tcp, unix = (case["runs"][0] for case in report["cases"])
        for figures in (tcp["tcp"], tcp["tcp"]["generator"], tcp["tcp"]["responder"], tcp["series"][3]["tcp"]):
            for name in FIGURES:
                reason = figures.get(f"{name}_reason")
                # It has one message outstanding; on a busy machine none may arrive within a sub-window.
                self.assertIn(reason, (None, "application_limited", "nothing_received"), name)
                self.assertEqual(figures[name] is None, reason is not None, name)
        self.assertGreater(tcp["tcp"]["rtt_ns"], 0)
        self.assertGreater(tcp["tcp"]["congestion_window"], 0)
        # Acknowledgements ride on answers, but for a late one.
        self.assertGreater(tcp["tcp"]["segments_per_message"], 0.9)
        self.assertGreaterEqual(tcp["network"]["generator"]["tcp_segments_sent"], tcp["loss"]["sent"])
        self.assertEqual((unix["tcp"], unix["tcp_reason"]), (None, "not_applicable"))
        self.assertEqual((unix["network"], unix["network_reason"]), (None, "not_applicable"))
        self.assertEqual(unix["series"][0]["tcp_reason"], "not_applicable")

    def test_each_connection_is_reported_when_asked(self):
        for workload in ("rr", "stream"):
            with self.subTest(workload=workload):
                run, = self.measure("-t", "tcp", "-w", workload, "-c", "3", "-j", "2", "--per-connection",
                                    *SHORT)["cases"][0]["runs"]
                connections = run["connections"]
                self.assertEqual([one["number"] for one in connections], [0, 1, 2])
                messages = [one["messages"] for one in connections]
                self.assertEqual(sum(messages), run["loss"]["received"])
                self.assertEqual([one["bytes"] for one in connections], [64 * count for count in messages])
                self.assertEqual(sum(one["retransmits"] for one in connections), run["tcp"]["retransmits"])
                fairness = run["fairness"]
                self.assertEqual((fairness["messages_min"], fairness["messages_max"]), (min(messages), max(messages)))
                jain = sum(messages) ** 2 / (3 * sum(count ** 2 for count in messages))
                self.assertAlmostEqual(fairness["jain_index"], jain, places=9)
                longest = max(one["p50_ns"] or 0 for one in connections)
                self.assertGreater(longest, 0)
        outcome = self.sockmark("run", "-t", "tcp", "-c", "1025", "--per-connection", *SHORT)
        self.assert_complains(outcome, 2, "--per-connection", "1024")

    def test_with_many_or_short_connections_only_what_is_cheap_is_known(self):
        report = self.measure("-t", "tcp", "-c", "65", *SHORT)
        run, = report["cases"][0]["runs"]
        self.assertEqual(run["tcp"]["retransmits"], 0)
        self.assertGreater(run["tcp"]["rtt_ns"], 0)
        self.assertEqual(run["tcp"]["retransmits_in_window_reason"], "too_many_connections")
        self.assertEqual(run["series"][0]["tcp_reason"], "too_many_connections")
        self.assertEqual(run["connections_reason"], "not_requested")
        run, = self.measure("-t", "tcp", "-w", "connect", *SHORT)["cases"][0]["runs"]
        self.assertEqual(run["tcp"]["retransmits_reason"], "short_connections")
        self.assertEqual(run["fairness"]["jain_index_reason"], "one_connection")


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Loss(EndToEnd):
    """Between two namespaces, in which nothing else sends. A queue that is too short drops segments."""

    def setUp(self):
        super().setUp()
        self.near, self.far = namespace_pair(self)
        self.ends = ["--generator-via", " ".join(self.near.command), "--responder-via", " ".join(self.far.command),
                     *PROGRAM]

    def shape(self, namespace):
        done = subprocess.run([*namespace.command, "tc", "qdisc", "add", "dev", namespace.device, "root", "tbf", "rate",
                               "100mbit", "burst", "20kb", "limit", "30kb"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"no qdisc that drops: {done.stderr.strip()}")

    def dropped(self, namespace):
        text = subprocess.run([*namespace.command, "tc", "-s", "qdisc", "show", "dev", namespace.device],
                              capture_output=True, text=True, check=True).stdout
        return int(text.split("(dropped ")[1].split(",")[0])

    def counter(self, namespace, name):
        """Of TCP, by the kernel."""
        text = subprocess.run([*namespace.command, "cat", "/proc/net/snmp"], capture_output=True, text=True,
                              check=True).stdout
        names, values = (line.split() for line in text.splitlines() if line.startswith("Tcp:"))
        return int(values[names.index(name)])

    def test_retransmits_of_a_stream_are_those_of_the_kernel(self):
        self.shape(self.near)
        outcome = self.sockmark("run", "-t", f"tcp://{self.far.ipv4}", "-w", "stream", "-s", "16k", "-c", "4",
                                "--per-connection", *short("700ms", "200ms", "10s"), *self.ends)
        run, = self.assert_measured(outcome)["cases"][0]["runs"]
        self.assertGreater(self.dropped(self.near), 0)
        tcp = run["tcp"]
        # TIME_WAIT and the end of a connection send no data again: all of it was acknowledged before.
        self.assertGreater(tcp["retransmits"], 0)
        self.assertEqual(tcp["generator"]["retransmits"], self.counter(self.near, "RetransSegs"))
        self.assertEqual(tcp["generator"]["retransmits"],
                         run["network"]["generator"]["tcp_segments_retransmitted"])
        self.assertEqual(tcp["responder"]["retransmits"], self.counter(self.far, "RetransSegs"))
        self.assertEqual(tcp["retransmits"],
                         tcp["generator"]["retransmits"] + tcp["responder"]["retransmits"])
        self.assertEqual(sum(point["tcp"]["retransmits"] for point in run["series"]), tcp["retransmits_in_window"])
        self.assertLessEqual(tcp["retransmits_in_window"], tcp["retransmits"])
        self.assertEqual(sum(one["retransmits"] for one in run["connections"]), tcp["retransmits"])
        # Where the table has them, and what they are.
        self.assertRegex(outcome.text, r"\bretr\b")
        self.assertIn("retr: segments that TCP sent again", outcome.text)

    def test_retransmits_of_round_trips_are_of_both_ends(self):
        for namespace in (self.near, self.far):
            self.shape(namespace)
        outcome = self.sockmark("run", "-t", f"tcp://{self.far.ipv4}", "-s", "16k", "-c", "4", "--depth", "8",
                                "--interval", "100ms", "--json-stream", "live.jsonl",
                                *short("700ms", "200ms", "10s"), *self.ends)
        run, = self.assert_measured(outcome)["cases"][0]["runs"]
        events = [json.loads(line) for line in (self.work / "live.jsonl").read_text().splitlines()]
        self.assertEqual([event["tcp"] for event in events if event["event"] == "interval"],
                         [point["tcp"] for point in run["series"]])
        for end, namespace in (("generator", self.near), ("responder", self.far)):
            self.assertGreater(self.dropped(namespace), 0, end)
            # The acknowledgement of the last answer may have been dropped.
            self.assertLessEqual(run["tcp"][end]["retransmits"], self.counter(namespace, "RetransSegs"), end)
            self.assertGreater(run["tcp"][end]["retransmits"], 0, end)
        self.assertEqual(run["tcp"]["retransmits"],
                         run["tcp"]["generator"]["retransmits"] + run["tcp"]["responder"]["retransmits"])


if __name__ == "__main__":
    unittest.main()
