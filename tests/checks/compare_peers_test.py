"""scripts/compare-peers: its readers of what the tools print (tests/checks/peers holds real output, that of the two
JSON writers shortened), its arithmetic, its tables, and that no peer can make it fail or hang.

No peer is needed or installed: they and sockmark are replaced by the program FAKE.
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

# A tool of any name. Files beside it control it: NAME.client and NAME.server are printed, NAME.does names a failure.
# A process that waits for a signal leaves a file pid.NUMBER.
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
    if does == "no server":
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
    """The figures that the exercise's reader finds in the recorded output, or in another."""
    printed = sample(tool, exercise) if client is None else client
    return BY_NAME[exercise].ways[tool].read(
        Output(printed, sample(tool, exercise, "server"), BY_NAME[exercise].size, seconds=1))


class Readers(unittest.TestCase):
    def test_figures_of_recorded_output(self):
        for tool, exercise, expected in (
                # The full round trip; messages include the warm-up.
                ("sockperf", "udp-block", {"p50_us": 17.552, "mean_us": 18.372, "messages": 52674,
                                           "messages_per_s": 29878 / 0.550}),
                ("sockperf", "tcp-block", {"p50_us": 22.291, "mean_us": 25.059, "messages": 41313}),
                # The rate of what the server received.
                ("sockperf", "udp-64", {"messages_per_s": 181277 / 1.001, "messages": 181277}),
                ("sockperf", "tcp-bulk", {"bytes_per_s": 14362 * 65507 / 1.001}),
                # Without lost messages.
                ("iperf3", "udp-64", {"messages": 195311, "messages_per_s": 195311 / 1.000063}),
                ("iperf3", "tcp-bulk", {"bytes_per_s": 783155200 / 1.000727}),
                # Megabytes are 2^20 bytes, megabits 10^6 bits.
                ("nuttcp", "udp-64", {"messages": 176352 - 1475, "messages_per_s": 89.535e6 / 8 / 64}),
                ("nuttcp", "tcp-bulk", {"bytes_per_s": 7478.1346e6 / 8}),
                # Half a round trip, and only the mean; then what the receiver counted.
                ("qperf", "udp-block", {"mean_us": 2 * 9.5432596, "messages_per_s": 104786 / 2, "p50_us": None}),
                ("qperf", "udp-64", {"messages_per_s": 9834240 / 64}),
                ("qperf", "tcp-bulk", {"bytes_per_s": 990576640}),
                # Messages include the warm-up; only round trips have times.
                ("sockmark", "udp-block", {"p50_us": 18.479, "messages": 28689 + 19528}),
                ("sockmark", "udp-64", {"p50_us": None}), ("sockmark", "tcp-bulk", {"bytes_per_s": 612696064})):
            with self.subTest(tool=tool, exercise=exercise):
                figures = read(tool, exercise)
                for name, value in expected.items():
                    if value is None:
                        self.assertNotIn(name, figures)
                    else:
                        self.assertTrue(math.isclose(figures[name], value, rel_tol=1e-5), f"{name}: {figures[name]}")
        self.assertEqual(read("qperf", "tcp-bulk", "tcp_bw:\n    bw  =  1.25e+09 bytes/sec\n")["bytes_per_s"], 1.25e9)
        for name in ("udp-block", "tcp-block", "udp-spin", "tcp-spin"):
            self.assertIn(" --full-rtt ", BY_NAME[name].ways["sockperf"].client)

    def test_output_without_figures_is_an_error_with_the_reason(self):
        invalid = json.loads(sample("sockmark", "udp-64"))
        invalid["cases"][0]["runs"][0].update(valid=False, invalid_reasons=["responder_died"])
        for tool, exercise, client, reason in (
                ("iperf3", "udp-64", sample("iperf3", "refused"), "Connection refused"),
                ("sockperf", "tcp-block", sample("sockperf", "refused"), "Connection refused"),
                ("sockperf", "udp-64", "", "nothing"), ("nuttcp", "udp-64", "", "nothing"),
                ("qperf", "tcp-block", "tcp_lat:\n", "tcp_lat:"), ("sockmark", "udp-64", "", "no report"),
                ("iperf3", "udp-64", "{", "no result"), ("sockmark", "udp-64", '{"cases": []}', "no report"),
                ("sockmark", "udp-64", json.dumps(invalid), "invalid run: responder_died")):
            with self.subTest(tool=tool, client=client), self.assertRaisesRegex(Unreadable, reason):
                read(tool, exercise, client)


class Statistics(unittest.TestCase):
    def test_the_interval_is_the_narrowest_with_95_percent(self):
        """Against counting, for every n, all 2^n ways in which n values can lie about the median."""
        for n in range(1, 13):
            ways = [sum(toss) for toss in itertools.product((0, 1), repeat=n)]
            coverage = {rank: sum(rank <= below <= n - rank for below in ways) / 2**n
                        for rank in range(1, n // 2 + 1)}
            enough = [rank for rank, held in coverage.items() if held >= 0.95]
            with self.subTest(n=n):
                self.assertEqual(comparing.interval_ranks(n), (max(enough), coverage[max(enough)]) if enough else None)

    def test_the_ratio_is_the_median_of_the_ratios_within_rounds(self):
        def ratio(ours, theirs, figure="x"):
            return comparing.compare([value and {"x": value, "p50_us": value, "mean_us": value + 6} for value in ours],
                                     theirs, figure)
        self.assertEqual(ratio([10, 20, 40, 10, 10, 10, 30], [{"x": x} for x in (10, 10, 10, 20, 10, 10, 20)]),
                         Ratio(1.0, low=0.5, high=4.0, rounds=7, planned=7, ours=10, theirs=10, figure="x"))
        drift = [random.Random(seed).uniform(1, 5) for seed in range(9)]
        drifted = ratio([2 * d for d in drift], [{"x": d} for d in drift])
        self.assertEqual((drifted.low, drifted.ratio, drifted.high), (2, 2, 2), "both have the drift")
        some = ratio([3, None, 9], [{"x": 1}, {"x": 1}, None])
        self.assertEqual((some.ratio, some.rounds, some.planned), (3, 1, 3))
        self.assertIsNone(ratio([None, 1], [{"x": 1}, None]))
        for theirs, figure in (({"mean_us": 8}, "mean_us"), ({"mean_us": 8, "p50_us": 5}, "p50_us")):
            only = ratio([10], [theirs], "p50_us")
            self.assertEqual((only.ratio, only.figure), (2, figure))

    def test_verdicts(self):
        for low, high, lower, higher in ((0.8, 0.9, "better", "worse"), (1.1, 1.2, "worse", "better"),
                                         *((*ends, *["inconclusive"] * 2) for ends in ((0.9, 1.1), (1, 1.1), (0.9, 1))),
                                         (None, None, *["too few rounds"] * 2)):
            ratio = Ratio(1, low, high, 7, 7, 1, 1, "x")
            self.assertEqual((comparing.verdict(ratio, True), comparing.verdict(ratio, False)), (lower, higher))


class Tables(unittest.TestCase):
    def test_the_strongest_peer_is_first_and_nothing_is_repeated(self):
        def ratio(value, low, high, ours, theirs, figure="p50_us", rounds=7):
            return Ratio(value, low, high, rounds, 7, ours, theirs, figure)
        lines = comparing.rows("tcp ping-pong", ROUND_TRIP, [21.1] * 7, {
            "sockperf": ratio(0.9, 0.85, 0.95, 21.1, 23.4),
            "qperf": ratio(1.02, 0.98, 1.1, 22.42, 22.0, "mean_us", rounds=6)},
            {"sockperf": "3.7", "qperf": "0.4.11"}, {"iperf3": "no ping-pong", "nuttcp": "no ping-pong"})
        lines += comparing.rows("udp one way", MESSAGES, [182_000.0] * 7, {
            "iperf3": ratio(1.3, None, None, 182_000, 140_000, "messages_per_s"),
            "nuttcp": ratio(0.5, 0.4, 0.6, 182_000, 364_000, "messages_per_s")}, {"nuttcp": "6.1.2"}, {})
        self.assertEqual(comparing.text_table(lines), """\
               better  sockmark      peer            its value     sockmark / peer      verdict
tcp ping-pong  lower   22.4 µs mean  qperf 0.4.11    22.0 µs mean  1.02 (0.98 to 1.10)  inconclusive, 6 rounds
                       21.1 µs       sockperf 3.7    23.4 µs       0.90 (0.85 to 0.95)  better
                                     iperf3, nuttcp  -             -                    no ping-pong
udp one way    higher  182 k/s       nuttcp 6.1.2    364 k/s       0.50 (0.40 to 0.60)  worse
                                     iperf3          140 k/s       1.30                 too few rounds""")
        markdown = comparing.markdown_table(lines).splitlines()
        self.assertEqual((len(markdown), markdown[1]), (7, "| --- | --- | --- | --- | --- | --- | --- |"))
        self.assertEqual(markdown[3], "|  |  | 21.1 µs | sockperf 3.7 | 23.4 µs | 0.90 (0.85 to 0.95) | better |")

    def test_values_have_three_digits_and_a_unit(self):
        for value, unit, text in ((1.9e9, "B/s", "1.90 GB/s"), (999.4e6, "B/s", "999 MB/s"), (7, "B/s", "7.00 B/s"),
                                  (12_345, "B/s", "12.3 kB/s"), (0, "B/s", "0 B/s"), (4170.4, "µs", "4170 µs"),
                                  (20.94, "µs", "20.9 µs"), (0.3, "µs", "0.300 µs")):
            self.assertEqual(comparing.scaled(value, unit), text)


class Exercises(unittest.TestCase):
    def test_every_exercise_has_for_every_tool_a_way_or_a_reason_and_every_reader_a_sample(self):
        self.assertEqual(len(BY_NAME), len(EXERCISES), "names are unique")
        for exercise in EXERCISES:
            self.assertEqual(set(exercise.ways), {"sockmark", *PEERS}, exercise.name)
            self.assertFalse(isinstance(exercise.ways["sockmark"], str), exercise.name)
            self.assertIn(exercise.metric, (ROUND_TRIP, MESSAGES, BYTES))
        tried = {BY_NAME[name].ways[tool].read.__name__ for tool, name, end in
                 (path.name.split(".") for path in SAMPLES.iterdir()) if name in BY_NAME}
        ways = [way for exercise in EXERCISES for way in exercise.ways.values() if not isinstance(way, str)]
        self.assertEqual({way.read.__name__ for way in ways}, tried)

    def test_the_peers_are_a_set_of_scripts_packages(self):
        lines = (line.split("#")[0].split() for line in (ROOT / "scripts/packages").read_text().splitlines())
        self.assertEqual({line[1] for line in lines if line[:1] == ["peers"]}, set(PEERS))

    def test_free_ports_differ_and_listening_is_seen_without_connecting(self):
        self.assertEqual(len(set(running.free_ports(8))), 8)
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
        """The result of these rounds, and the order in which the tools ran."""
        ran = []

        def run_once(way, exercise, _setting, _cores):
            tool = next(tool for tool, own in exercise.ways.items() if own is way)
            ran.append(tool)
            if tool in failing:
                raise running.Failed("no luck today")
            return {**read(tool, "tcp-block"), "cpu_us": 20.0}

        measured = SCRIPT.Measured(BY_NAME["tcp-block"], (0, 0), {"iperf3": "no ping-pong", "nuttcp": "no ping-pong"})
        order = random.Random(seed)
        with mock.patch.object(running, "run_once", run_once), contextlib.redirect_stderr(io.StringIO()):
            for _ in range(rounds):
                measured.add_round(running.Setting("sockmark", 1, 1), order)
        return measured, ran

    def test_every_round_has_every_tool_once_in_an_order_of_the_seed(self):
        _, ran = self.measured(7, seed=7)
        rounds = [tuple(ran[start:start + 3]) for start in range(0, 21, 3)]
        self.assertEqual({tuple(sorted(each)) for each in rounds}, {("qperf", "sockmark", "sockperf")})
        self.assertGreater(len(set(rounds)), 1)
        self.assertEqual(ran, self.measured(7, seed=7)[1])
        self.assertNotEqual(ran, self.measured(7, seed=8)[1])

    def test_a_tool_that_fails_twice_is_not_run_again_and_the_others_go_on(self):
        measured, ran = self.measured(6, failing=("sockperf",))
        self.assertEqual([ran.count(tool) for tool in ("sockperf", "qperf", "sockmark")], [2, 6, 6])
        self.assertEqual(measured.why_absent()["sockperf"], "no luck today")
        self.assertEqual(list(measured.compared(ROUND_TRIP)), ["qperf"])

    def test_cores(self):
        one, two = BY_NAME["tcp-block"], BY_NAME["tcp-spin"]
        for pin, exercise, available, cores in ((None, one, [2, 3, 5], (5, 5)), (None, two, [2, 3, 5], (2, 5)),
                                                (None, one, [4], (4, 4)), (None, two, [4], None),
                                                ("3,3", two, [2, 3, 5], (3, 3))):
            self.assertEqual(SCRIPT.pinned(pin, exercise, available), cores)

    def test_bad_input_is_one_line(self):
        for wrong, word in (
                (["--rounds", "0"], "rounds"), (["--rounds", "many"], "many"), (["--duration", "1.5"], "1.5"),
                (["--guard", "0"], "guard"), (["--seed", "-1"], "-1"), (["--pin", "0"], "--pin 0:"),
                (["--pin", "a,b"], "a,b"), (["--pin", "0,99999"], "99999"), (["--only", "nothing"], "nothing"),
                (["--unknown"], "--unknown"), (["word"], "word"), (["--sockmark", "/tmp"], "/tmp"),
                (["--sockmark", "/nowhere/sockmark"], "/nowhere/sockmark is not a program: build it with"),
                (["--sockmark", sys.executable, "--json", "/nowhere/file"], "/nowhere/file")):
            with self.subTest(wrong=wrong), self.assertRaises((SCRIPT.Failure, OSError)) as refused:
                SCRIPT.run(SCRIPT.parsed(wrong))
            self.assertIn(word, str(refused.exception))
            self.assertNotIn("\n", str(refused.exception))


class Script(unittest.TestCase):
    """A copy of the scripts, with another install-packages, and a folder with copies of FAKE."""

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
        self.core = min(os.sched_getaffinity(0))

    def program(self, path, text):
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def does(self, **failures):
        for tool, what in failures.items():
            (self.bin / f"{tool}.does").write_text(what)

    def start(self, *arguments):
        return subprocess.Popen([sys.executable, self.tree / "scripts/compare-peers", *arguments], cwd=self.tree,
                                text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env={"PATH": str(self.bin)})

    def run_script(self, *arguments):
        with self.start(*arguments) as script:
            out, err = script.communicate(timeout=GUARD)
        return subprocess.CompletedProcess(arguments, script.returncode, out, err)

    def compare(self, exercise, *arguments, output=None):
        for tool in ("sockmark", *PEERS):
            for end in ("client", "server"):
                (self.bin / f"{tool}.{end}").write_text(sample(tool, output or exercise, end))
        return self.run_script("--sockmark", self.bin / "sockmark", "--only", exercise, "--duration", "1",
                               "--pin", f"{self.core},{self.core}", "--rounds", "1", *arguments)

    def log(self):
        return (self.bin / "log").read_text().splitlines()

    def assert_nobody_left(self):
        for path in self.bin.glob("pid.*"):
            self.assertFalse(Path("/proc", path.suffix[1:]).exists(), f"{path.name} still runs")
            path.unlink()

    def test_every_tool_runs_once_a_round_pinned_and_the_table_has_them_all(self):
        file = self.tree / "all.json"
        result = self.compare("udp-64", "--rounds", "2", "--json", file)
        self.assertEqual(result.returncode, 0, result.stderr)
        for peer in PEERS:
            self.assertIn(f"  {peer} 9.8  ", result.stdout)
        self.assertIn(f"\n{CPU.name}:\n", result.stdout)
        everyone = {"sockmark", *PEERS}
        self.assertEqual(sorted(line.split()[0] for line in self.log()), sorted([*everyone, *everyone]))
        for line in self.log():
            pinned = f" --pin {self.core},{self.core} " if line.startswith("sockmark") else f" [{self.core}] "
            self.assertIn(pinned, line)
        written = json.loads(file.read_text())
        exercise = written["exercises"][0]
        self.assertEqual((written["rounds"], written["versions"]["qperf"], exercise["name"]), (2, "9.8", "udp-64"))
        self.assertEqual(set(exercise["rounds"]), everyone)
        for figures in itertools.chain(*exercise["rounds"].values()):
            self.assertGreater(figures["cpu_us"], 0)
        ours, theirs = (statistics.median(one["messages_per_s"] for one in exercise["rounds"][tool])
                        for tool in ("sockmark", "qperf"))
        self.assertAlmostEqual(exercise["ratios"]["messages_per_s"]["qperf"]["ratio"], ours / theirs)
        self.assertIn("cpu_us", exercise["ratios"])
        self.assert_nobody_left()

    def test_peers_that_fail_hang_or_are_missing_are_a_dash_and_a_reason(self):
        self.does(sockperf="fail", iperf3="hang", qperf="no server")
        (self.bin / "nuttcp").unlink()
        result = self.compare("udp-64", "--guard", "1", "--no-install")
        self.assertEqual(result.returncode, 0, result.stderr)
        for peer, reason in (("sockperf", "no luck today"), ("iperf3", "hung: killed after 2 s"),
                             ("qperf", "its server ended"), ("nuttcp", "not installed")):
            self.assertRegex(result.stdout, rf"\b{peer} +- +- +{reason}\n")
        self.assertRegex(result.stdout, r"\b179 k/s ", "sockmark's own value is in the table")
        self.assertFalse((self.bin / "installed").exists())
        self.assert_nobody_left()

    def test_missing_peers_are_installed_and_if_they_cannot_be_the_others_are_compared(self):
        (self.bin / "qperf").unlink()
        result = self.compare("tcp-block")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.bin / "installed").read_text(), "peers\n")
        self.assertIn("install-packages peers failed", result.stderr)
        self.assertRegex(result.stdout, r"\bqperf +- +- +not installed")
        self.assertRegex(result.stdout, r"\bsockperf 9\.8 +22\.3 µs ")
        (self.bin / "installed").unlink()
        result = self.compare("unix-stream-block", output="tcp-block")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("no UNIX sockets", result.stdout)
        self.assertFalse((self.bin / "installed").exists(), "no peer can do this exercise")

    def test_exit_statuses(self):
        self.does(sockmark="fail")
        result = self.compare("tcp-block")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("no luck today", result.stdout)
        result = self.run_script("--rounds", "0")
        self.assertEqual((result.returncode, result.stdout, result.stderr.count("\n")), (2, "", 1))

    def test_an_option_that_sockmark_lacks_leaves_its_exercise_out(self):
        result = self.compare("udp-64-gso", output="udp-64")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("this sockmark has no --gso", result.stderr)
        (self.bin / "sockmark.help").write_text("  --gso   segments\n")
        result = self.compare("udp-64-gso", output="udp-64")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(" --gso ", next(line for line in self.log() if line.startswith("sockmark")))

    def test_signals_end_every_process(self):
        self.does(sockmark="wait", sockperf="wait")
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.start("--sockmark", self.bin / "sockmark", "--only", "tcp-block") as script:
                try:
                    deadline = time.monotonic() + GUARD
                    while not any(self.bin.glob("pid.*")):
                        self.assertLess(time.monotonic(), deadline)
                        time.sleep(0.005)
                    script.send_signal(number)
                    out, _ = script.communicate(timeout=GUARD)
                finally:
                    script.kill()
            self.assertEqual((script.returncode, out), (128 + number, ""))
            self.assert_nobody_left()

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
