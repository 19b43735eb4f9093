"""What the end-to-end tests share: running the built binary as a user does, and looking at what it leaves.

The binary is named by the environment variable SOCKMARK. Every test has a directory of its own, with the
working directory of its commands and the runtime directory where sockmark makes its socket files; the
latter must be empty after every test, whatever happened in it.
"""

import base64
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOCKMARK = os.path.abspath(os.environ.get("SOCKMARK", ROOT / "build/sockmark"))
SCHEMA = ROOT / "reports/schema/report-1.schema.json"
sys.path.insert(0, str(ROOT / "tests/reports"))
import validate  # noqa: E402

# Hang guards, in seconds: far beyond what anything here takes.
COMMAND_GUARD = 90
CONDITION_GUARD = 30

# Every transport of `all`.
ALL = ["tcp", "tcp6", "udp", "udp6", "unix-stream", "unix-dgram"]


def short(duration="100ms", warmup="50ms", tmax="400ms", repetitions=1):
    """Options of a run that is long enough to have measured something.

    The long tmax keeps a reliable transport valid on a busy machine; only datagrams that are lost make a
    run wait for it.
    """
    return ["-d", duration, "--warmup", warmup, "--tmax", tmax, "-n", str(repetitions)]


SHORT = short()


def sanitized():
    """Whether it was built with a sanitizer, which uses memory of its own and needs /proc and descriptors."""
    program = Path(SOCKMARK).read_bytes()
    return any(mark in program for mark in (b"__asan_init", b"__tsan_init"))


def wait_until(condition, what):
    """The first true value of condition(), which is asked again and again."""
    deadline = time.monotonic() + CONDITION_GUARD
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {CONDITION_GUARD} s: {what}")
        time.sleep(0.002)  # between two looks
    return value


def histogram_counts(text):
    """The counters of an HdrHistogram in the compressed V2 encoding, decoded without sockmark's code: pairs of the
    smallest value of a counter and its count. Three digits, smallest value 1, as in every report."""
    cookie, length = struct.unpack(">II", (outer := base64.b64decode(text, validate=True))[:8])
    assert (cookie, length) == (0x1C849314, len(outer) - 8), "not a compressed V2 histogram"
    inner = zlib.decompress(outer[8:])
    cookie, length = struct.unpack(">II", inner[:8])
    assert (cookie, length) == (0x1C849313, len(inner) - 40), "not a V2 histogram"
    assert struct.unpack(">iq", inner[12:24]) == (3, 1), "not three digits from 1 on"
    found = []
    index = at = 0
    counts = inner[40:]
    while at < len(counts):
        # A zigzag LEB128 number; its ninth byte, if it has one, holds eight bits.
        value = shift = 0
        while True:
            byte, at = counts[at], at + 1
            value |= (byte if shift == 56 else byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift == 63:
                break
        if value & 1:  # negative: the length of a run of zeros
            index += (value + 1) >> 1
            continue
        # 2048 counters of width 1, then 1024 for each power of two.
        doublings = max(0, (index >> 10) - 1)
        found.append(((index - (doublings << 10)) << doublings, value >> 1))
        index += 1
    return found


def histogram_total(text):
    """How many values it holds."""
    return sum(count for _, count in histogram_counts(text))


class Process:
    """A process, identified by number and start time: the kernel reuses numbers."""

    def __init__(self, pid):
        self.pid = pid
        self.started = self._stat()[19]
        self.arguments = Path(f"/proc/{pid}/cmdline").read_text().split("\0")

    def _stat(self):
        """The fields of proc(5) from `state` on; the name before them may hold anything."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()

    def alive(self):
        try:
            stat = self._stat()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return stat[19] == self.started and stat[0] not in "ZX"

    def plays(self, role):
        return any(argument.startswith(f"--{role}=") for argument in self.arguments)

    def waits(self):
        """How often all of its threads have waited for something: traffic, beyond a few hundred."""
        count = 0
        for status in Path(f"/proc/{self.pid}/task").glob("*/status"):
            count += int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status.read_text(), re.M)[1])
        return count

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def sockets(self):
        """The inodes of its sockets, as /proc/net spells them."""
        links = [os.readlink(link) for link in Path(f"/proc/{self.pid}/fd").iterdir()]
        return {link[len("socket:["):-1] for link in links if link.startswith("socket:[")}

    def kill(self, number):
        os.kill(self.pid, number)


def children_of(pid):
    """The living children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(Process(int(entry.name)))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
    return found


class Outcome:
    """What a finished command said. `text` and `complaints` are standard output and error."""

    def __init__(self, arguments, status, text, complaints):
        self.arguments, self.status, self.text, self.complaints = arguments, status, text, complaints

    def __str__(self):
        return f"{self.arguments}: status {self.status}\n{self.complaints}{self.text}"


class Running:
    """`sockmark` at work, for the tests that disturb it."""

    def __init__(self, test, arguments):
        self.test, self.arguments = test, arguments
        self._stderr = tempfile.TemporaryFile(mode="w+", dir=test.directory)
        # A group of its own, so that a test can signal it as a terminal does.
        self.popen = subprocess.Popen([SOCKMARK, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=self._stderr, cwd=test.work, env=test.environment,
                                      start_new_session=True)
        self.seen = {}  # every worker that was found, by pid
        test.addCleanup(self._end)

    def _end(self):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        for worker in self.seen.values():
            if worker.alive():
                worker.kill(signal.SIGKILL)
        self._stderr.close()

    def complaints(self):
        return os.pread(self._stderr.fileno(), 1 << 20, 0).decode()

    def workers(self):
        found = children_of(self.popen.pid)
        self.seen.update((worker.pid, worker) for worker in found)
        return found

    def worker(self, role):
        """The living worker of a role, or None."""
        return next((worker for worker in self.workers() if worker.plays(role)), None)

    def wait_for_run(self, number, total, busy=lambda worker: worker.waits() > 200):
        """Generator and responder of a run, when both are at work: when messages flow between them."""
        wait_until(lambda: re.search(rf"^\[ *{number}/{total}\]", self.complaints(), re.M) or self.popen.poll(),
                   f"run {number} begins")

        def working():
            self.test.assertIsNone(self.popen.poll(), self.complaints())
            ends = [self.worker("generator"), self.worker("responder")]
            try:
                return ends if all(ends) and all(busy(end) for end in ends) else None
            except (FileNotFoundError, ProcessLookupError):
                return None  # one ended between two looks

        return wait_until(working, f"both ends of run {number} are at work")

    def processes(self):
        """The runner and its workers, found by the directory for their sockets: a worker whose runner was killed
        has another parent."""
        mark = f"XDG_RUNTIME_DIR={self.test.runtime}".encode()
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    yield entry.name
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue  # it ended meanwhile, or is somebody else's

    def kill(self):
        """By SIGKILL; returns once its workers have ended too, by themselves. Answers how it ended."""
        self.popen.kill()
        status = self.popen.wait()
        wait_until(lambda: not any(self.processes()), "the workers of a killed run end")
        return status

    def finish(self):
        status = self.popen.wait(COMMAND_GUARD)
        return Outcome(self.arguments, status, "", self.complaints())


class EndToEnd(unittest.TestCase):
    """A test with directories of its own: `work` to run in, `runtime` for socket files."""

    maxDiff = None  # the reasons of an invalid run, in full

    def setUp(self):
        # In /tmp whatever TMPDIR says: a socket's path has room for 107 bytes only.
        self.directory = Path(tempfile.mkdtemp(prefix="smk-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.work, self.runtime = self.directory / "work", self.directory / "run"
        self.work.mkdir()
        self.runtime.mkdir(mode=0o700)
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.runtime)}
        self.environment.pop("NO_COLOR", None)
        self.report_path = self.work / "report.json"

    def tearDown(self):
        self.assertEqual(os.listdir(self.runtime), [], "socket files or their directory were left")

    def sockmark(self, *arguments, program=(SOCKMARK,), **how):
        """Runs a command to its end. `how` goes to subprocess.run."""
        how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
               "cwd": self.work, "env": self.environment, "timeout": COMMAND_GUARD, **how}
        done = subprocess.run([*program, *map(str, arguments)], check=False, **how)
        return Outcome(arguments, done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode())

    def start(self, *arguments):
        return Running(self, arguments)

    def read_report(self, path=None):
        """The report, checked against its schema."""
        report = validate.load(path or self.report_path)
        self.assertEqual(validate.violations(SCHEMA, report), [])
        return report

    def earlier_report(self):
        """Puts a report where the next one will be written. Its text."""
        text = (ROOT / "docs/examples/which-transport.json").read_text()
        self.report_path.write_text(text)
        return text

    def reasons(self):
        """Why which run of the report is invalid: what to say when that was not expected."""
        return [(case["id"], run["invalid_reasons"]) for case in self.read_report()["cases"] for run in case["runs"]]

    def measure(self, *arguments, **how):
        """`sockmark run` that must succeed: its report, in which every run is sound."""
        outcome = self.sockmark("run", *arguments, **how)
        self.assertIn(outcome.status, (0, 4), outcome)
        report = self.read_report()
        reasons = [(case["id"], run["invalid_reasons"]) for case in report["cases"] for run in case["runs"]
                   if not run["valid"]]
        self.assertEqual((outcome.status, reasons), (0, []))
        self.assertFalse(report["interrupted"])
        for case in report["cases"]:
            self.assertTrue(case["runs"], case["id"])
            for run in case["runs"]:
                with self.subTest(case=case["id"], run=run["index"]):
                    self.assert_sound(run)
        return report

    def assert_sound(self, run):
        """What is true of every run that is valid."""
        self.assertTrue(run["valid"], run["invalid_reasons"])
        self.assertEqual(run["invalid_reasons"], [])
        loss = run["loss"]
        self.assertGreater(loss["received"], 0)
        self.assertEqual(loss["sent"], loss["received"] + loss["lost"])
        self.assertGreater(run["throughput"]["goodput_messages_per_s"], 0)

        latency = run["latency"]["response_time"]
        self.assertTrue(latency["histogram_v2"].startswith("HISTFAA"), latency["histogram_v2"][:20])
        self.assertEqual(latency["count"], loss["received"])
        self.assertEqual(histogram_total(latency["histogram_v2"]), latency["count"])
        ladder = [latency[name] for name in ("min_ns", "p50_ns", "p75_ns", "p90_ns", "p95_ns", "p99_ns", "p99_9_ns",
                                             "p99_99_ns", "max_ns")]
        defined = [value for value in ladder if value is not None]  # the schema demands the others' reasons
        self.assertGreaterEqual(len(defined), 2, latency)  # the extremes, if anything arrived
        self.assertEqual(defined, sorted(defined))

        for end in ("generator", "responder"):
            self.assertGreater(run["resources"][end]["cpu_ns"], 0, end)
            self.assertGreater(run["resources"][end]["cpu_ns_per_message"], 0, end)

    def assert_complains(self, outcome, status, *words):
        """One line on standard error that says all of `words`."""
        self.assertEqual(outcome.status, status, outcome)
        self.assertEqual(len(outcome.complaints.splitlines()), 1, outcome)
        self.assertTrue(outcome.complaints.startswith("sockmark: "), outcome)
        self.assertTrue(outcome.complaints.endswith("\n"), outcome)
        self.assertTrue(outcome.complaints.rstrip("\n").isprintable(), outcome)
        for word in words:
            self.assertIn(word, outcome.complaints)
