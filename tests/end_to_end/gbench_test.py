"""sockmark-gbench: cases as Google Benchmark benchmarks, and that its own tools take what comes out."""

import json
import os
import signal
import subprocess
import unittest
from pathlib import Path

from harness import COMMAND_GUARD, SOCKMARK, EndToEnd, children_of, wait_until

GBENCH = os.path.abspath(os.environ.get("SOCKMARK_GBENCH", Path(SOCKMARK).with_name("sockmark-gbench")))
COMPARE = Path("/usr/share/benchmark/compare.py")
TWO = ["-t", "tcp,unix-stream"]
# Longer than a virtual machine is ever kept from running: a window in which nothing moves is an invalid run.
SHORT = ["-d", "250ms", "--warmup", "50ms", "--tmax", "400ms"]
# Loses nothing: what takes long is waited for.
QUIET = ["-t", "udp", "-d", "250ms", "--warmup", "50ms", "--tmax", "10s"]
IDS = ["tcp/rr/64B/c1", "unix-stream/rr/64B/c1"]
# What the library adds to the name of a benchmark that iterates once in manual time.
SUFFIX = "/iterations:1/manual_time"


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def strict(text):
    return json.loads(text, parse_constant=refuse)


class GoogleBenchmark(EndToEnd):
    def gbench(self, *arguments, **how):
        return self.sockmark(*arguments, program=(GBENCH,), **how)

    def measured(self, *arguments, name="out.json"):
        """The JSON of a measurement that must succeed, read strictly."""
        path = self.work / name
        outcome = self.gbench(*arguments, f"--benchmark_out={path}")
        self.assertEqual(outcome.status, 0, outcome)
        return strict(path.read_text())

    def runs(self, output):
        return [row for row in output["benchmarks"] if row["run_type"] == "iteration"]


class Cases(GoogleBenchmark):
    def test_lists_the_cases_and_measures_nothing(self):
        outcome = self.gbench(*TWO, *SHORT, "--benchmark_list_tests")
        self.assertEqual((outcome.status, outcome.text.split()), (0, [name + SUFFIX for name in IDS]), outcome)

    def test_a_suite_gives_its_cases(self):
        outcome = self.gbench("--suite", "quick", "-s", "64", "--benchmark_list_tests")
        self.assertEqual(outcome.status, 0, outcome)
        for name in IDS:
            self.assertIn(name + SUFFIX, outcome.text.split())

    def test_a_suite_file_gives_its_cases(self):
        path = self.work / "mine.json"
        path.write_text(json.dumps({"name": "mine", "summary": "two sizes",
                                    "cases": [{"transport": "tcp", "size": [64, "1k"]}]}))
        outcome = self.gbench("--suite", path, "--benchmark_list_tests")
        self.assertEqual((outcome.status, [line.split("/")[2] for line in outcome.text.split()]), (0, ["64B", "1024B"]),
                         outcome)

    def test_help_names_its_options(self):
        outcome = self.gbench("--help")
        self.assertEqual(outcome.status, 0, outcome)
        for word in ("--suite", "--transport", "--warmup", "--benchmark_repetitions"):
            self.assertIn(word, outcome.text)


class Figures(GoogleBenchmark):
    def test_an_iteration_is_a_message_of_the_run_itself(self):
        output = self.measured(*TWO, *SHORT)
        self.assertEqual([row["run_name"] for row in self.runs(output)], [name + SUFFIX for name in IDS])
        for row in self.runs(output):
            with self.subTest(case=row["name"]):
                self.assertNotIn("error_occurred", row)
                self.assertGreater(row["iterations"], 1)
                self.assertEqual(row["time_unit"], "ns")
                # The window was 250 ms, and every message of it was counted once.
                self.assertAlmostEqual(row["real_time"] * row["iterations"] / 250e6, 1, places=6)
                self.assertAlmostEqual(row["items_per_second"] * row["real_time"] / 1e9, 1, places=6)
                self.assertAlmostEqual(row["bytes_per_second"] / row["items_per_second"] / 64, 1, places=6)
                self.assertGreater(row["p50_ns"], 0)
                self.assertGreater(row["cpu_ns_per_message"], 0)
                self.assertAlmostEqual(row["cpu_time"] / row["cpu_ns_per_message"], 1, places=6)
                # These transports promise that nothing is lost: there is no such figure, and no 0.
                self.assertNotIn("loss_ratio", row)
        self.assertIn("sockmark", output["context"])

    def test_repetitions_are_runs_of_their_own(self):
        output = self.measured("-t", "tcp", *SHORT, "--benchmark_repetitions=3")
        runs = self.runs(output)
        self.assertEqual([row["repetition_index"] for row in runs], [0, 1, 2])
        self.assertGreater(len({row["iterations"] for row in runs}), 1, "a count was used for more than its own run")
        aggregates = {row["aggregate_name"] for row in output["benchmarks"] if row["run_type"] == "aggregate"}
        self.assertEqual(aggregates, {"mean", "median", "stddev", "cv"})

    def test_random_interleaving_keeps_every_repetition(self):
        output = self.measured(*TWO, *SHORT, "--benchmark_repetitions=2",
                               "--benchmark_enable_random_interleaving=true")
        self.assertEqual(sorted((row["run_name"], row["repetition_index"]) for row in self.runs(output)),
                         [(name + SUFFIX, index) for name in IDS for index in (0, 1)])

    def test_a_filter_chooses_cases(self):
        output = self.measured(*TWO, *SHORT, "--benchmark_filter=^unix")
        self.assertEqual([row["run_name"] for row in self.runs(output)], [IDS[1] + SUFFIX])

    def test_what_never_varies_makes_no_invalid_json(self):
        # Nothing is lost, in any repetition: the coefficient of variation of the loss is 0/0.
        output = self.measured(*QUIET, "--benchmark_repetitions=2")
        rows = {row.get("aggregate_name", "run"): row for row in output["benchmarks"]}
        self.assertEqual(rows["run"]["loss_ratio"], 0)
        self.assertEqual(rows["mean"]["loss_ratio"], 0)
        self.assertNotIn("loss_ratio", rows["cv"])

    def test_loss_is_counted(self):
        output = self.measured("-t", "udp", "-d", "500ms", "--warmup", "50ms", "--tmax", "20ms", "--impair", "loss=10%")
        self.assertGreater(self.runs(output)[0]["loss_ratio"], 0.01)

    def test_json_on_standard_output_is_strict_too(self):
        outcome = self.gbench(*QUIET, "--benchmark_repetitions=2", "--benchmark_format=json")
        self.assertEqual(outcome.status, 0, outcome)
        self.assertEqual(len(self.runs(strict(outcome.text))), 2)


class Failures(GoogleBenchmark):
    def test_an_invalid_run_is_an_error_and_no_figure(self):
        # No message is answered within such a Tmax: the responder stalls longer, all the time.
        path = self.work / "out.json"
        outcome = self.gbench("-t", "tcp", "-d", "250ms", "--warmup", "0s", "--tmax", "10ms",
                              "--server-pause", "300ms,290ms", f"--benchmark_out={path}")
        self.assertEqual(outcome.status, 4, outcome)
        row = strict(path.read_text())["benchmarks"][0]
        self.assertTrue(row["error_occurred"])
        self.assertGreater(len(row["error_message"]), 3)
        self.assertNotIn("items_per_second", row)

    def test_no_case_matches(self):
        outcome = self.gbench(*TWO, *SHORT, "--benchmark_filter=sctp")
        self.assertEqual((outcome.status, len(outcome.complaints.splitlines())), (2, 1), outcome)
        self.assertIn("sctp", outcome.complaints)

    def test_bad_input(self):
        for arguments, words in ((["-t", "tpc"], ["--transport", "did you mean \"tcp\""]),
                                 (["--suite", "quik"], ["quik"]),
                                 (["-s", "1"], ["--size"]),
                                 (["-n", "3"], ["-n"]),
                                 (["--benchmark_repetition=3"], ["--benchmark_repetition"]),
                                 (["--benchmark_format=xml"], ["--benchmark_"]),
                                 (["--benchmark_out=x", "--benchmark_out_format=csv"], ["json"]),
                                 (["--benchmark_out=absent/out.json"], ["absent"]),
                                 (["surplus"], ["surplus"])):
            with self.subTest(arguments=arguments):
                self.assert_complains(self.gbench(*arguments), 2, *words)

    def test_a_bad_value_of_one_of_the_librarys_own_options(self):
        outcome = self.gbench("--benchmark_repetitions=x")  # the library adds a line of its own
        self.assertEqual(outcome.status, 2, outcome)
        self.assertIn("sockmark: --benchmark_repetitions=x: unknown option of Google Benchmark, or an invalid",
                      outcome.complaints)

    def test_without_the_binary_beside_it(self):
        alone = self.directory / "sockmark-gbench"
        alone.write_bytes(Path(GBENCH).read_bytes())
        alone.chmod(0o700)
        outcome = self.sockmark("-t", "tcp", *SHORT, program=(str(alone),))
        self.assert_complains(outcome, 2, str(self.directory / "sockmark"))

    def test_output_to_a_full_device(self):
        outcome = self.gbench("-t", "tcp", *SHORT, "--benchmark_out=/dev/full")
        self.assertEqual(outcome.status, 5, outcome)
        self.assertIn("/dev/full", outcome.complaints)

    def test_an_interruption_ends_all_benchmarks_and_keeps_what_was_measured(self):
        path = self.work / "out.json"
        running = subprocess.Popen(
            [GBENCH, *TWO, "-d", "1s", "--warmup", "50ms", f"--benchmark_out={path}", "--benchmark_repetitions=30"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.work,
            env=self.environment)
        try:
            # Beyond the first run: run_plan() leaves the signals blocked.
            wait_until(lambda: len(children_of(running.pid)) == 2, "the first run is on")
            first = {worker.pid for worker in children_of(running.pid)}
            wait_until(lambda: len({worker.pid for worker in children_of(running.pid)} - first) == 2,
                       "the second run is on")
            running.send_signal(signal.SIGINT)
            self.assertEqual(running.wait(COMMAND_GUARD), 128 + signal.SIGINT)
        finally:
            running.kill()
            running.wait()
        rows = strict(path.read_text())["benchmarks"]
        self.assertGreater(rows[0]["iterations"], 1)
        self.assertIn("interrupted", {row.get("error_message") for row in rows})

    def test_a_first_repetition_that_fails_leaves_the_others(self):
        path = self.work / "out.json"
        running = subprocess.Popen(
            [GBENCH, "-t", "tcp", "-d", "400ms", "--warmup", "50ms", f"--benchmark_out={path}",
             "--benchmark_repetitions=4"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.work,
            env=self.environment)
        try:
            wait_until(lambda: len(children_of(running.pid)) == 2, "the first run is on")
            children_of(running.pid)[0].kill(signal.SIGKILL)
            self.assertEqual(running.wait(COMMAND_GUARD), 4)
        finally:
            running.kill()
            running.wait()
        runs = self.runs(strict(path.read_text()))
        failed = [run.get("error_occurred", False) for run in runs]
        self.assertEqual(len(failed), 4)
        self.assertEqual(failed, sorted(failed), "the valid ones are first")
        self.assertIn(True, failed)


@unittest.skipUnless(COMPARE.exists(), f"{COMPARE} is not there: libbenchmark-tools")
class CompareTool(GoogleBenchmark):
    """Google Benchmark's own compare.py, of the Debian package, under the Python that has its scipy."""

    output = None  # of one measurement, for all tests

    def setUp(self):
        super().setUp()
        if subprocess.run(["/usr/bin/python3", "-c", "import scipy.stats"], capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("compare.py needs python3-scipy")
        path = self.work / "a.json"
        if CompareTool.output is None:
            self.measured(*TWO, *SHORT, "--benchmark_repetitions=3", "--benchmark_enable_random_interleaving=true",
                          name=path.name)
            CompareTool.output = path.read_text()
        path.write_text(CompareTool.output)

    def compare(self, *arguments):
        outcome = self.sockmark(COMPARE, "--no-color", *arguments, program=("/usr/bin/python3", "-B"))
        self.assertEqual((outcome.status, outcome.complaints), (0, ""), outcome)
        return outcome.text

    def test_two_outputs(self):
        (self.work / "b.json").write_text(self.output)
        text = self.compare("benchmarks", "a.json", "b.json")
        for name in IDS:
            self.assertRegex(text, rf"(?m)^{name}{SUFFIX}_median\s+[-+]\d")
            self.assertRegex(text, rf"(?m)^{name}{SUFFIX}_pvalue\s+\d")
        self.assertIn("OVERALL_GEOMEAN", text)

    def test_two_transports_within_one_output(self):
        text = self.compare("filters", "a.json", "tcp", "unix-stream")
        self.assertRegex(text, rf"(?m)^\[tcp vs. unix-stream\]/rr/64B/c1{SUFFIX}\s+[-+]\d")


if __name__ == "__main__":
    unittest.main()
