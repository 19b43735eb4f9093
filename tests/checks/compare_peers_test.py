"""scripts/compare-peers: what it reads from what the tools print (tests/checks/peers holds real output, that of
the two JSON writers cut to what matters), its arithmetic, its tables, and that no peer can make it fail or hang.

No peer is needed, or installed: they and sockmark are a program of this file's, in a folder of their own.
"""

import contextlib
import importlib.util
import io
import itertools
import json
import math
import os
import random
import shutil
import signal
import socket
import stat
import statistics
import subprocess
import sys
import tempfile
import time
import unittest
from importlib.machinery import SourceFileLoader
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(__file__).resolve().parent / "peers"
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))
from peers import comparing, running  # noqa: E402
from peers.comparing import Ratio  # noqa: E402
from peers.exercises import BYTES, CPU, EXERCISES, MESSAGES, PEERS, ROUND_TRIP, Output, Unreadable  # noqa: E402

LOADER = SourceFileLoader("compare_peers", str(ROOT / "scripts/compare-peers"))
SCRIPT = importlib.util.module_from_spec(importlib.util.spec_from_loader("compare_peers", LOADER))
LOADER.exec_module(SCRIPT)

# Seconds; far beyond what anything here takes.
GUARD = 60
BY_NAME = {exercise.name: exercise for exercise in EXERCISES}

# A tool of any name. What it is to do, the test writes into files beside it: NAME.client and NAME.server
# are printed, NAME.does says otherwise. Whoever waits to be ended leaves a file pid.NUMBER.
FAKE = f"""#!{sys.executable} -SEs
import os, signal, sys
(here, name), arguments = os.path.split(sys.argv[0]), sys.argv[1:]
def text(kind):
    path = f"{{here}}/{{name}}.{{kind}}"
    return open(path).read() if os.path.exists(path) else ""
def stay():
    open(f"{{here}}/pid.{{os.getpid()}}", "w").close()
    while True:
        signal.pause()
if arguments in (["--version"], ["-V"]):
    sys.exit(print(f"{{name}}, version 9.8"))
if arguments == ["run", "--help"]:
    sys.exit(print(text("help")))
does = text("does")
if arguments[0] in ("server", "-s", "-S", "-lp"):
    if does == "serves nobody":
        sys.exit("no such device")
    def end(*_):
        sys.exit(print(text("server")))
    signal.signal(signal.SIGINT, end)
    import _socket
    listening = _socket.socket()
    listening.bind(("127.0.0.1", int(arguments[max(map(arguments.index, {{"-P", "-lp", "-p"}} & {{*arguments}})) + 1])))
    listening.listen()
    stay()
with open(f"{{here}}/log", "a") as log:
    log.write(f"{{name}} {{sorted(os.sched_getaffinity(0))}} {{' '.join(arguments)}}\\n")
if does == "hang":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if does in ("hang", "wait"):
    stay()
if does == "fail":
    sys.exit("something\\nno luck today")
sum(range(200_000))  # processor time
print(text("client"))
"""


def sample(tool, exercise, end="client"):
    path = SAMPLES / f"{tool}.{exercise}.{end}"
    return path.read_text() if path.exists() else ""


def read(tool, exercise, client=None):
    """What the exercise's reader makes of the recorded output, or of another."""
    printed = sample(tool, exercise) if client is None else client
    return BY_NAME[exercise].ways[tool].read(
        Output(printed, sample(tool, exercise, "server"), BY_NAME[exercise].size, seconds=1))


class Readers(unittest.TestCase):
    def assert_figures(self, figures, **expected):
        for name, value in expected.items():
            self.assertTrue(math.isclose(figures[name], value, rel_tol=1e-6), f"{name}: {figures[name]}, not {value}")

    def test_sockperf_tells_the_full_round_trip_and_what_its_warm_up_added(self):
        self.assert_figures(read("sockperf", "udp-block"), p50_us=17.552, mean_us=18.372, messages=52674,
                            messages_per_s=29878 / 0.550)
        self.assert_figures(read("sockperf", "tcp-block"), p50_us=22.291, mean_us=25.059, messages=41313)
        for name in ("udp-block", "tcp-block", "udp-spin", "tcp-spin"):
            self.assertIn(" --full-rtt ", BY_NAME[name].ways["sockperf"].client)

    def test_sockperfs_rate_is_of_what_its_server_received(self):
        self.assert_figures(read("sockperf", "udp-64"), messages_per_s=181277 / 1.001, messages=181277)
        self.assert_figures(read("sockperf", "tcp-bulk"), bytes_per_s=14362 * 65507 / 1.001)

    def test_iperf3s_rate_is_without_what_was_lost(self):
        end = json.loads(sample("iperf3", "udp-64"))["end"]
        figures = read("iperf3", "udp-64")
        self.assert_figures(figures, messages=195311, messages_per_s=195311 / end["sum_received"]["seconds"])
        # A few at the end are neither received nor, without a successor, missed.
        self.assertLessEqual(figures["messages"], end["sum"]["packets"] - end["sum"]["lost_packets"])
        self.assert_figures(read("iperf3", "tcp-bulk"), bytes_per_s=783155200 / 1.000727)

    def test_nuttcps_megabytes_and_megabits_are_not_alike(self):
        figures = read("nuttcp", "udp-64")
        # What it sent less what it dropped, to the four digits of its megabytes.
        self.assertAlmostEqual(figures["messages"], 176352 - 1475, delta=1)
        self.assertTrue(math.isclose(figures["messages_per_s"], figures["messages"] / 1.00, rel_tol=0.005))
        self.assert_figures(read("nuttcp", "tcp-bulk"), bytes_per_s=7478.1346e6 / 8)

    def test_qperfs_latency_is_half_a_round_trip_and_a_mean(self):
        figures = read("qperf", "udp-block")
        self.assert_figures(figures, mean_us=2 * 9.5432596, messages_per_s=104786 / 2)
        self.assertNotIn("p50_us", figures)

    def test_qperfs_bandwidth_is_that_of_the_receiver(self):
        self.assert_figures(read("qperf", "udp-64"), messages_per_s=9834240 / 64)
        self.assert_figures(read("qperf", "tcp-bulk"), bytes_per_s=990576640)
        self.assert_figures(read("qperf", "tcp-bulk", "tcp_bw:\n    bw  =  1.25e+09 bytes/sec\n"), bytes_per_s=1.25e9)

    def test_sockmarks_messages_count_its_warm_up_and_only_round_trips_have_times(self):
        run = json.loads(sample("sockmark", "udp-block"))["cases"][0]["runs"][0]
        self.assertGreater(run["latency"]["warmup"]["count"], 0)
        self.assert_figures(read("sockmark", "udp-block"), p50_us=run["latency"]["response_time"]["p50_ns"] / 1000,
                            messages=run["loss"]["received"] + run["latency"]["warmup"]["count"])
        self.assertNotIn("p50_us", read("sockmark", "udp-64"))
        self.assert_figures(read("sockmark", "tcp-bulk"), bytes_per_s=612696064)

    def test_an_invalid_run_of_sockmark_has_no_figures(self):
        report = json.loads(sample("sockmark", "udp-64"))
        report["cases"][0]["runs"][0].update(valid=False, invalid_reasons=["responder_died"])
        with self.assertRaisesRegex(Unreadable, "invalid: responder_died"):
            read("sockmark", "udp-64", json.dumps(report))

    def test_what_holds_no_figures_is_told_and_not_taken_for_zero(self):
        refused = "Connection refused"
        for tool, exercise, client, reason in (
                ("iperf3", "udp-64", sample("iperf3", "refused"), refused),
                ("sockperf", "tcp-block", sample("sockperf", "refused"), refused),
                ("sockperf", "udp-64", "", "nothing"), ("nuttcp", "udp-64", "", "nothing"),
                ("qperf", "tcp-block", "tcp_lat:\n", "tcp_lat:"), ("sockmark", "udp-64", "", "no report"),
                ("iperf3", "udp-64", "{", "no result"), ("sockmark", "udp-64", '{"cases": []}', "no report")):
            with self.subTest(tool=tool, client=client), self.assertRaisesRegex(Unreadable, reason):
                read(tool, exercise, client)

    def test_every_way_that_there_is_has_a_sample_of_its_reader(self):
        tried = {BY_NAME[name].ways[tool].read.__name__ for tool, name, end in
                 (path.name.split(".") for path in SAMPLES.iterdir()) if name in BY_NAME}
        ways = [way for exercise in EXERCISES for way in exercise.ways.values() if not isinstance(way, str)]
        self.assertEqual({way.read.__name__ for way in ways}, tried)


class Statistics(unittest.TestCase):
    def test_the_interval_is_the_narrowest_that_tosses_of_a_coin_allow(self):
        """Against counting, for every n, all 2^n ways in which n values can lie about the median."""
        for n in range(1, 13):
            ways = [sum(toss) for toss in itertools.product((0, 1), repeat=n)]
            coverage = {rank: sum(rank <= below <= n - rank for below in ways) / 2**n
                        for rank in range(1, n // 2 + 1)}
            enough = [rank for rank, held in coverage.items() if held >= 0.95]
            with self.subTest(n=n):
                found = comparing.interval_ranks(n)
                if not enough:
                    self.assertIsNone(found)
                else:
                    self.assertEqual(found[0], max(enough))
                    self.assertAlmostEqual(found[1], coverage[max(enough)])
        self.assertIsNone(comparing.interval_ranks(5))
        self.assertEqual(comparing.interval_ranks(7), (1, 1 - 2 / 128))

    def test_the_ratio_is_the_median_of_the_rounds_own(self):
        ours, theirs = [10, 20, 40, 10, 10, 10, 30], [10, 10, 10, 20, 10, 10, 20]
        ratio = comparing.compare([{"x": value} for value in ours], [{"x": value} for value in theirs], "x")
        self.assertEqual(ratio, Ratio(1.0, low=0.5, high=4.0, rounds=7, planned=7, ours=10, theirs=10, figure="x"))

    def test_a_drift_of_the_machine_that_both_see_is_no_difference(self):
        drift = [random.Random(4).uniform(1, 5) for _ in range(9)]
        ratio = comparing.compare([{"x": 2 * d} for d in drift], [{"x": d} for d in drift], "x")
        self.assertEqual((ratio.low, ratio.ratio, ratio.high), (2, 2, 2))

    def test_rounds_that_only_one_has_are_left_out(self):
        ours, theirs = [{"x": 3}, None, {"x": 9}], [{"x": 1}, {"x": 1}, None]
        ratio = comparing.compare(ours, theirs, "x")
        self.assertEqual((ratio.ratio, ratio.rounds, ratio.planned), (3, 1, 3))
        self.assertIsNone(comparing.compare([None, {"x": 1}], [{"x": 1}, None], "x"))

    def test_who_has_no_p50_is_compared_mean_with_mean(self):
        ours = [{"p50_us": 10, "mean_us": 16}]
        self.assertEqual(comparing.compare(ours, [{"mean_us": 8}], "p50_us").ratio, 2)
        self.assertEqual(comparing.compare(ours, [{"mean_us": 8, "p50_us": 5}], "p50_us").ratio, 2)
        self.assertEqual(comparing.compare(ours, [{"mean_us": 8}], "p50_us").figure, "mean_us")

    def test_verdicts(self):
        def of(low, high, lower_is_better):
            return comparing.verdict(Ratio(1, low, high, 7, 7, 1, 1, "x"), lower_is_better)
        self.assertEqual([of(0.8, 0.9, True), of(0.8, 0.9, False)], ["better", "worse"])
        self.assertEqual([of(1.1, 1.2, True), of(1.1, 1.2, False)], ["worse", "better"])
        self.assertEqual([of(0.9, 1.1, True), of(1, 1.1, False), of(0.9, 1, True)], ["inconclusive"] * 3)
        self.assertEqual(of(None, None, True), "too few rounds")


class Tables(unittest.TestCase):
    def lines(self):
        def ratio(value, low, high, ours, theirs, figure="p50_us", rounds=7):
            return Ratio(value, low, high, rounds, 7, ours, theirs, figure)
        own = [21.1] * 7
        rtt = comparing.rows("tcp ping-pong", ROUND_TRIP, own, {
            "sockperf": ratio(0.9, 0.85, 0.95, 21.1, 23.4),
            "qperf": ratio(1.02, 0.98, 1.1, 22.42, 22.0, "mean_us", rounds=6)},
            {"sockperf": "3.7", "qperf": "0.4.11"}, {"iperf3": "no ping-pong", "nuttcp": "no ping-pong"})
        rate = comparing.rows("udp one way", MESSAGES, [182_000.0] * 7, {
            "iperf3": ratio(1.3, None, None, 182_000, 140_000, "messages_per_s"),
            "nuttcp": ratio(0.5, 0.4, 0.6, 182_000, 364_000, "messages_per_s")}, {"nuttcp": "6.1.2"}, {})
        return rtt + rate

    def test_text_is_aligned_has_the_strongest_peer_first_and_repeats_nothing(self):
        self.assertEqual(comparing.text_table(self.lines()), """\
               better  sockmark      peer            its value     sockmark / peer      verdict
tcp ping-pong  lower   22.4 µs mean  qperf 0.4.11    22.0 µs mean  1.02 (0.98 to 1.10)  inconclusive, 6 rounds
                       21.1 µs       sockperf 3.7    23.4 µs       0.90 (0.85 to 0.95)  better
                                     iperf3, nuttcp  -             -                    no ping-pong
udp one way    higher  182 k/s       nuttcp 6.1.2    364 k/s       0.50 (0.40 to 0.60)  worse
                                     iperf3          140 k/s       1.30                 too few rounds""")

    def test_markdown_has_the_same_cells(self):
        lines = comparing.markdown_table(self.lines()).splitlines()
        self.assertEqual(lines[0], "|  | better | sockmark | peer | its value | sockmark / peer | verdict |")
        self.assertEqual(lines[1], "| --- | --- | --- | --- | --- | --- | --- |")
        self.assertEqual(lines[3], "|  |  | 21.1 µs | sockperf 3.7 | 23.4 µs | 0.90 (0.85 to 0.95) | better |")
        self.assertEqual(len(lines), 7)

    def test_what_only_sockmark_does_shows_its_value_and_the_reason(self):
        self.assertEqual(comparing.rows("unix", ROUND_TRIP, [10.0, 12.0, 11.0], {}, {}, {"qperf": "no UNIX sockets"}),
                         [["unix", "lower", "11.0 µs", "qperf", "-", "-", "no UNIX sockets"]])

    def test_values_have_three_digits_and_a_unit(self):
        self.assertEqual([comparing.scaled(value, "B/s") for value in (1.9e9, 999.4e6, 12_345, 7, 0)],
                         ["1.90 GB/s", "999 MB/s", "12.3 kB/s", "7.00 B/s", "0 B/s"])
        self.assertEqual([comparing.scaled(value, "µs") for value in (4170.4, 20.94, 0.3)],
                         ["4170 µs", "20.9 µs", "0.300 µs"])


class Exercises(unittest.TestCase):
    def test_every_exercise_says_of_every_tool_how_or_why_not(self):
        self.assertEqual(len(BY_NAME), len(EXERCISES), "names are unique")
        for exercise in EXERCISES:
            self.assertEqual(set(exercise.ways), {"sockmark", *PEERS}, exercise.name)
            self.assertFalse(isinstance(exercise.ways["sockmark"], str), exercise.name)
            self.assertIn(exercise.metric, (ROUND_TRIP, MESSAGES, BYTES))
            self.assertNotEqual(exercise.metric, CPU)

    def test_the_peers_are_those_that_scripts_install_packages_knows(self):
        lines = (line.split("#")[0].split() for line in (ROOT / "scripts/packages").read_text().splitlines())
        self.assertEqual({line[1] for line in lines if line[:1] == ["peers"]}, set(PEERS))
        told = subprocess.run([ROOT / "scripts/install-packages", "--help"], capture_output=True, text=True, check=True)
        self.assertIn(" peers,", told.stdout)

    def test_free_ports_differ_and_listening_is_seen_without_connecting(self):
        ports = running.free_ports(8)
        self.assertEqual(len(set(ports)), 8)
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as bound:
                bound.bind(("127.0.0.1", 0))
                port = bound.getsockname()[1]
                if kind == socket.SOCK_STREAM:
                    self.assertFalse(running.listens(port), "bound only")
                    bound.listen()
                self.assertTrue(running.listens(port))


class Rounds(unittest.TestCase):
    """The script's own functions, with runs that take no time."""

    def measured(self, rounds, seed=1, failing=()):
        """What `rounds` rounds make, and in which order the tools ran."""
        order = []

        def run_once(way, exercise, _setting, _cores):
            tool = next(tool for tool, own in exercise.ways.items() if own is way)
            order.append(tool)
            if tool in failing:
                raise running.Failed("no luck today")
            return {**read(tool, "tcp-block"), "cpu_us": 20.0}

        measured = SCRIPT.Measured(BY_NAME["tcp-block"], (0, 0), {"iperf3": "no ping-pong", "nuttcp": "no ping-pong"})
        lot = random.Random(seed)
        with mock.patch.object(running, "run_once", run_once), contextlib.redirect_stderr(io.StringIO()):
            for _ in range(rounds):
                measured.add_round(running.Setting("sockmark", 1, 1), lot)
        return measured, order

    def test_every_round_has_every_tool_once_in_an_order_drawn_by_the_seed(self):
        _, order = self.measured(7, seed=7)
        for start in range(0, 21, 3):
            self.assertEqual(sorted(order[start:start + 3]), ["qperf", "sockmark", "sockperf"])
        self.assertGreater(len({tuple(order[start:start + 3]) for start in range(0, 21, 3)}), 1)
        self.assertEqual(order, self.measured(7, seed=7)[1])
        self.assertNotEqual(order, self.measured(7, seed=8)[1])

    def test_who_fails_twice_is_not_asked_again_and_the_others_go_on(self):
        measured, order = self.measured(6, failing=("sockperf",))
        self.assertEqual([order.count(tool) for tool in ("sockperf", "qperf", "sockmark")], [2, 6, 6])
        self.assertEqual(measured.why_absent()["sockperf"], "no luck today")
        self.assertEqual(list(measured.compared(ROUND_TRIP)), ["qperf"])

    def test_the_tables_say_what_the_interval_is_worth(self):
        for rounds, words in ((5, "within rounds. Made by"), (6, "at 96.9% confidence"), (7, "at 98.4% confidence")):
            measured, _ = self.measured(rounds)
            options = SCRIPT.parsed(["--rounds", str(rounds)])
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                SCRIPT.print_tables(options, [measured], {"qperf": "0.4.11"})
            self.assertIn(words, printed.getvalue())
            self.assertEqual("too few rounds" in printed.getvalue(), rounds == 5)
            self.assertIn("\nCPU of both ends per message:\n", printed.getvalue())

    def test_cores_are_the_last_or_the_first_and_the_last_and_an_exercise_may_need_more_than_there_are(self):
        one, two = BY_NAME["tcp-block"], BY_NAME["tcp-spin"]
        self.assertEqual([SCRIPT.pinned(None, exercise, [2, 3, 5]) for exercise in (one, two)], [(5, 5), (2, 5)])
        self.assertEqual([SCRIPT.pinned(None, exercise, [4]) for exercise in (one, two)], [(4, 4), None])
        self.assertEqual(SCRIPT.pinned("3,3", two, [2, 3, 5]), (3, 3))

    def test_bad_input_is_one_line(self):
        for wrong, word in (
                (["--rounds", "0"], "rounds"), (["--rounds", "many"], "many"), (["--duration", "1.5"], "1.5"),
                (["--duration", "0"], "duration"), (["--guard", "0"], "guard"), (["--seed", "-1"], "-1"),
                (["--pin", "0"], "--pin 0:"), (["--pin", "a,b"], "a,b"), (["--pin", "0,99999"], "99999"),
                (["--only", "nothing"], "nothing"), (["--unknown"], "--unknown"), (["word"], "word"),
                (["--sockmark", "/nowhere/sockmark"], "build it with"), (["--sockmark", "/tmp"], "/tmp"),
                (["--sockmark", sys.executable, "--json", "/nowhere/file"], "/nowhere/file")):
            with self.subTest(wrong=wrong):
                with self.assertRaises((SCRIPT.Failure, OSError)) as refused:
                    SCRIPT.run(SCRIPT.parsed(wrong))
                self.assertIn(word, str(refused.exception))
                self.assertNotIn("\n", str(refused.exception))


class Script(unittest.TestCase):
    """A copy of the scripts, so that install-packages can be replaced, and a folder of tools that are not real."""

    def setUp(self):
        self.tree = Path(tempfile.mkdtemp(prefix="sockmark-peers-"))
        self.addCleanup(shutil.rmtree, self.tree)
        shutil.copytree(ROOT / "scripts", self.tree / "scripts")
        self.bin = self.tree / "bin"
        self.bin.mkdir()
        (self.bin / "taskset").symlink_to(shutil.which("taskset"))
        self.program(self.tree / "scripts/install-packages",
                     f"#!{shutil.which('sh')}\necho \"$*\" >>{self.bin}/installed\nexit 2\n")
        for name in ("sockmark", *PEERS):
            self.program(self.bin / name, FAKE)

    def program(self, path, text):
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def prints(self, exercise):
        for tool in ("sockmark", *PEERS):
            for end in ("client", "server"):
                (self.bin / f"{tool}.{end}").write_text(sample(tool, exercise, end))

    def does(self, tool, what):
        (self.bin / f"{tool}.does").write_text(what)

    def command(self, *arguments):
        return {"args": [sys.executable, self.tree / "scripts/compare-peers", *arguments], "cwd": self.tree,
                "text": True, "stdin": subprocess.DEVNULL, "env": {"PATH": str(self.bin)}}

    def run_script(self, *arguments):
        return subprocess.run(**self.command(*arguments), capture_output=True, check=False, timeout=GUARD)

    def compare(self, exercise, *arguments):
        self.prints(exercise)
        core = min(os.sched_getaffinity(0))
        return self.run_script("--sockmark", self.bin / "sockmark", "--only", exercise, "--duration", "1",
                               "--pin", f"{core},{core}", *arguments)

    def log(self):
        return (self.bin / "log").read_text().splitlines()

    def assert_nobody_left(self):
        for path in self.bin.glob("pid.*"):
            self.assertFalse(Path("/proc", path.suffix[1:]).exists(), f"{path.name} still runs")

    def test_every_tool_runs_once_a_round_pinned_and_the_table_has_them_all(self):
        file = self.tree / "all.json"
        result = self.compare("udp-64", "--rounds", "2", "--json", file)
        self.assertEqual(result.returncode, 0, result.stderr)
        for peer in PEERS:
            self.assertIn(f"  {peer} 9.8  ", result.stdout)
        rounds = [line.split()[0] for line in self.log()]
        everyone = {"sockmark", *PEERS}
        self.assertEqual((len(rounds), set(rounds[:5]), set(rounds[5:])), (10, everyone, everyone))
        core = min(os.sched_getaffinity(0))
        for line in self.log():
            if line.startswith("sockmark"):
                self.assertIn(f" --pin {core},{core} ", line)
            else:
                self.assertIn(f" [{core}] ", line)
        told = json.loads(file.read_text())
        exercise = told["exercises"][0]
        self.assertEqual((told["rounds"], told["versions"]["qperf"], exercise["name"]), (2, "9.8", "udp-64"))
        self.assertEqual(set(exercise["rounds"]), everyone)
        for figures in itertools.chain(*exercise["rounds"].values()):
            self.assertGreater(figures["cpu_us"], 0)
        ours, theirs = (statistics.median(one["messages_per_s"] for one in exercise["rounds"][tool])
                        for tool in ("sockmark", "qperf"))
        self.assertAlmostEqual(exercise["ratios"]["messages_per_s"]["qperf"]["ratio"], ours / theirs)
        self.assertIn("cpu_us", exercise["ratios"])
        self.assert_nobody_left()

    def test_peers_that_fail_hang_or_are_missing_are_a_dash_and_a_reason(self):
        self.does("sockperf", "fail")
        self.does("iperf3", "hang")
        self.does("qperf", "serves nobody")
        (self.bin / "nuttcp").unlink()
        result = self.compare("udp-64", "--rounds", "1", "--guard", "1", "--no-install")
        self.assertEqual(result.returncode, 0, result.stderr)
        for peer, reason in (("sockperf", "no luck today"), ("iperf3", "hung: killed after 2 s"),
                             ("qperf", "its server ended"), ("nuttcp", "not installed")):
            self.assertRegex(result.stdout, rf"\b{peer} +- +- +{reason}\n")
        self.assertRegex(result.stdout, r"\b179 k/s ", "sockmark's own value stands all the same")
        self.assertFalse((self.bin / "installed").exists())
        self.assert_nobody_left()

    def test_sockmark_failing_is_exit_1(self):
        self.does("sockmark", "fail")
        result = self.compare("tcp-block", "--rounds", "1")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("no luck today", result.stdout)

    def test_missing_peers_are_installed_and_if_they_cannot_be_the_others_are_compared(self):
        (self.bin / "qperf").unlink()
        result = self.compare("tcp-block", "--rounds", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.bin / "installed").read_text(), "peers\n")
        self.assertIn("install-packages peers failed", result.stderr)
        self.assertRegex(result.stdout, r"\bqperf +- +- +not installed")
        self.assertRegex(result.stdout, r"\bsockperf 9\.8 +22\.3 µs ")

    def test_nothing_is_installed_for_an_exercise_that_no_peer_can_do(self):
        for peer in PEERS:
            (self.bin / peer).unlink()
        (self.bin / "sockmark.client").write_text(sample("sockmark", "tcp-block"))
        result = self.run_script("--sockmark", self.bin / "sockmark", "--only", "unix-stream-block", "--rounds", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertFalse((self.bin / "installed").exists())
        self.assertIn("no UNIX sockets", result.stdout)

    def test_an_option_that_sockmark_lacks_leaves_its_exercise_out(self):
        result = self.compare("udp-64-gso", "--rounds", "1")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("this sockmark has no --gso", result.stderr)
        (self.bin / "sockmark.help").write_text("  --gso   segments\n")
        self.prints("udp-64")
        core = min(os.sched_getaffinity(0))
        result = self.run_script("--sockmark", self.bin / "sockmark", "--only", "udp-64-gso", "--rounds", "1",
                                 "--pin", f"{core},{core}")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(" --gso ", next(line for line in self.log() if line.startswith("sockmark")))

    def test_signals_end_everybody(self):
        self.does("sockmark", "wait")
        self.does("sockperf", "wait")
        self.prints("tcp-block")
        for number in (signal.SIGINT, signal.SIGTERM):
            for path in self.bin.glob("pid.*"):
                path.unlink()
            with subprocess.Popen(**self.command("--sockmark", self.bin / "sockmark", "--only", "tcp-block"),
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE) as script:
                try:
                    deadline = time.monotonic() + GUARD
                    while not any(self.bin.glob("pid.*")):
                        self.assertLess(time.monotonic(), deadline)
                        time.sleep(0.005)  # between two looks
                    script.send_signal(number)
                    out, _ = script.communicate(timeout=GUARD)
                finally:
                    script.kill()
                self.assertEqual((script.returncode, out), (128 + number, ""))
            self.assert_nobody_left()

    def test_bad_input_is_exit_2(self):
        result = self.run_script("--rounds", "0")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertEqual(result.stderr,
                         "compare-peers: argument --rounds: '0' is not a whole number from 1 on (--help)\n")

    def test_the_binary_that_is_missing_is_told_with_how_to_build_it(self):
        result = self.run_script()
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn(f"{self.tree}/build/sockmark is not there: build it with scripts/quickstart", result.stderr)

    def test_help_and_list(self):
        result = self.run_script("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("usage: scripts/compare-peers", result.stdout)
        result = self.run_script("--list")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for exercise in EXERCISES:
            self.assertIn(f"{exercise.name}: {exercise.about};", result.stdout)
        self.assertIn("  # qperf: no UNIX sockets\n", result.stdout)
        self.assertRegex(result.stdout, r"  taskset -c \d+ sockperf server -i 127\.0\.0\.1 -p PORT --tcp\n")
        self.assertFalse((self.bin / "log").exists())


if __name__ == "__main__":
    unittest.main()
