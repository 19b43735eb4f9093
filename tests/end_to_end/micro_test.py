"""sockmark-micro: every benchmark runs and prints its figures; and the scripts that use it."""

import json
import math
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from harness import SOCKMARK, EndToEnd

MICRO = os.path.abspath(os.environ.get("SOCKMARK_MICRO", Path(SOCKMARK).with_name("sockmark-micro")))
ROOT = Path(__file__).resolve().parents[2]
COMPARE = Path("/usr/share/benchmark/compare.py")
# A shortest time of 1 ms: enough to run, and no figure is looked at.
SHORT = "--benchmark_min_time=0.001"
# Hosts without IPv6 cannot run these, and the benchmark says so.
IPV6 = ("round-trip/tcp6/64B", "round-trip/udp6/64B")
ROWS = {
    "clock", "histogram/record",
    "tracker/in-order", "tracker/loss", "tracker/swapped", "tracker/distance-64",
    "schedule/uniform", "schedule/poisson",
    "recorder/ledger", "recorder/message", "recorder/scheduled-message",
    "session/depth-1", "session/depth-32", "session/scheduled",
    *(f"wire/{work}/{size}B" for work in ("encode", "decode") for size in (64, 1400, 65536)),
    "frames/64B",
    *(f"round-trip/{name}/64B"
      for name in ("tcp", "tcp6", "udp", "udp6", "unix-stream", "unix-dgram", "memory")),
}


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


class Micro(EndToEnd):
    def micro(self, *arguments):
        return self.sockmark(*arguments, program=(MICRO,))

    def output(self, *arguments):
        path = self.work / "out.json"
        outcome = self.micro(*arguments, f"--benchmark_out={path}")
        return outcome, json.loads(path.read_text(), parse_constant=refuse)

    def test_every_benchmark_tells_its_figures(self):
        outcome, output = self.output(SHORT, "--benchmark_repetitions=2")
        rows = [row for row in output["benchmarks"] if row["run_type"] == "iteration"]
        failed = {row["name"] for row in rows if "error_occurred" in row}
        self.assertLessEqual(failed, set(IPV6), outcome)
        self.assertEqual(outcome.status, 4 if failed else 0, outcome)
        self.assertEqual({row["run_name"] for row in rows}, ROWS)
        for row in rows:
            if row["name"] in failed:
                continue
            with self.subTest(row=row["name"]):
                self.assertGreater(row["iterations"], 0)
                self.assertGreater(row["items_per_second"], 0)
                self.assertTrue(math.isfinite(row["items_per_second"]))
                self.assertAlmostEqual(row["items_per_second"] * row["seconds_per_message"], 1, places=6)
                self.assertAlmostEqual(row["seconds_per_message"] * 1e9 / row["cpu_time"], 1, places=6)
                self.assertEqual("label" in row, row["name"].startswith("wire/"))
        for field in ("sockmark", "sockmark_compiler", "sockmark_build_type", "sockmark_flags"):
            self.assertIn(field, output["context"])

    def test_iterations_are_messages_and_as_many_as_were_asked_for(self):
        for name, messages in (("session/depth-1", 1000), ("session/depth-32", 32 * 32)):
            outcome, output = self.output("--iterations=1000", f"--benchmark_filter=^{name}/")
            self.assertEqual(outcome.status, 0, outcome)
            self.assertEqual([row["iterations"] for row in output["benchmarks"]], [messages])

    def test_bad_input(self):
        for arguments, words in ((["--iterations=0"], ["--iterations"]),
                                 (["surplus"], ["surplus"]),
                                 (["--benchmark_format=xml"], ["--benchmark_"])):
            with self.subTest(arguments=arguments):
                self.assert_complains(self.micro(*arguments), 2, *words)
        self.assertEqual(self.micro("--benchmark_filter=nothing").status, 2)


class Scripts(EndToEnd):
    def script(self, name, *arguments):
        return self.sockmark(*arguments, program=(str(ROOT / "scripts" / name),))

    def test_wrong_usage(self):
        for name in ("compare-micro", "count-instructions"):
            for arguments in (["--bogus"], ["--binary"]):
                with self.subTest(script=name, arguments=arguments):
                    self.assertEqual(self.script(name, *arguments).status, 2)
            self.assertIn("Exit status", self.script(name, "--help").text)

    def test_a_binary_that_is_not_there(self):
        for name in ("compare-micro", "count-instructions"):
            with self.subTest(script=name):
                outcome = self.script(name, "--binary", self.work / "absent")
                self.assertEqual(outcome.status, 2, outcome)
                self.assertIn("absent", outcome.complaints)

    @unittest.skipUnless(COMPARE.exists(), f"{COMPARE} is not there: libbenchmark-tools")
    def test_two_builds_are_compared_round_by_round(self):
        if subprocess.run(["/usr/bin/python3", "-c", "import scipy.stats"], capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("compare.py needs python3-scipy")
        other = self.work / "other"
        shutil.copy(MICRO, other)
        outcome = self.script("compare-micro", "--binary", MICRO, "--against", other, "--rounds", "2", "--", SHORT,
                              "--benchmark_filter=^(clock|histogram)")
        self.assertEqual(outcome.status, 0, outcome)
        for name in ("clock", "histogram/record"):
            self.assertRegex(outcome.text, rf"(?m)^{name}_median\s+[-+]\d")
            self.assertRegex(outcome.text, rf"(?m)^{name}_pvalue\s+\d")


class Records(unittest.TestCase):
    """What is kept in the tree names every row, and no machine."""

    def test_baseline(self):
        text = (ROOT / "bench/micro/baseline.json").read_text()
        baseline = json.loads(text, parse_constant=refuse)
        self.assertEqual({row["run_name"] for row in baseline["benchmarks"]}, ROWS)
        for private in ("host_name", "executable", "date", "load_avg"):
            self.assertNotIn(private, baseline["context"])
        self.assertIn("processor", baseline["context"])
        self.assertIn("caches", baseline["context"])
        self.assertEqual(baseline["context"]["sockmark_build_type"], "Release")
        medians = {row["run_name"]: row for row in baseline["benchmarks"] if row["run_type"] == "aggregate"}
        self.assertEqual(set(medians), ROWS)

    def test_instructions(self):
        record = json.loads((ROOT / "bench/micro/instructions.json").read_text(), parse_constant=refuse)
        counted = {name for name in ROWS if name not in IPV6 and not name.endswith("/65536B")}
        self.assertEqual(set(record["instructions_per_message"]), counted)
        self.assertTrue(all(count > 0 for count in record["instructions_per_message"].values()))


if __name__ == "__main__":
    unittest.main()
