"""What the end-to-end tests share: running the built binary as a user does, and looking at what it leaves.

The binary is named by the environment variable SOCKMARK. Every test has a directory of its own, with the
working directory of its commands and the runtime directory where sockmark makes its socket files; the
latter must be empty after every test, whatever happened in it.
"""

import base64
import contextlib
import itertools
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

# The generator did not run, so that nothing may have been sent either.
NOT_RUN = "did not run|began .* after the window"

# Reasons of an invalid run that say that the machine was busy, and nothing of what was measured.
BUSY = f"rate not reached|rate too high|saturated|{NOT_RUN}|nothing was sent within the window, while other processes used"


# And this one, if each of those messages was answered later: the end that should have answered did not run.
BUSY_AND_LATE = "without an answer within .* while other processes used"


def only_busy(run):
    """Whether a run is invalid for other processes alone."""
    pattern = BUSY
    if run["loss"] and run["loss"]["lost"] == run["loss"]["late"]:
        pattern += "|" + BUSY_AND_LATE
    # For as long as the shortest windows the other end may not have run either, which nobody sees.
    if (any(re.search(NOT_RUN, reason) for reason in run["invalid_reasons"]) or
            run["window"]["measure_ns"] <= 150_000_000):
        pattern += "|nothing was sent within the window"
    return bool(run["invalid_reasons"]) and all(re.search(pattern, reason) for reason in run["invalid_reasons"])


def disturbed(gate):
    """Whether a gate is inconclusive for no other reasons than those that a busy machine makes: a run beside other
    processes has fewer messages, changes while it lasts, or is invalid for them."""
    allowed = (r"of \d+ runs (had interference|were not steady)|a run has fewer than \d+ messages|"
               rf"\d+ of \d+ runs? invalid: .*({BUSY})")
    return (gate["verdict"] == "inconclusive" and bool(gate["reasons"]) and
            all(re.search(allowed, reason) for reason in gate["reasons"]))


def sanitized():
    """Whether it was built with a sanitizer, which uses memory of its own and needs /proc and descriptors."""
    program = Path(SOCKMARK).read_bytes()
    return any(mark in program for mark in (b"__asan_init", b"__tsan_init"))


def wait_until(condition, what):
    """The first true value of condition(), which is asked again and again. `what` may be a function of the text."""
    deadline = time.monotonic() + CONDITION_GUARD
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {CONDITION_GUARD} s: {what() if callable(what) else what}")
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

    def processor_ticks(self):
        """How long its threads have run: hundredths of a second."""
        return sum(map(int, self._stat()[11:13]))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def resident_kib(self):
        """Memory that is its own, without the pages of files. None has a process that has ended."""
        found = re.search(r"^RssAnon:\s*(\d+)", Path(f"/proc/{self.pid}/status").read_text(), re.M)
        return int(found[1]) if found else 0

    def sockets(self):
        """The inodes of its sockets, as /proc/net spells them."""
        found = set()
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # it was closed meanwhile
                target = os.readlink(link)
                if target.startswith("socket:["):
                    found.add(target[len("socket:["):-1])
        return found

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

    def __init__(self, test, arguments, program):
        self.test, self.arguments = test, arguments
        self._stderr = tempfile.TemporaryFile(mode="w+", dir=test.directory)
        # A group of its own, so that a test can signal it as a terminal does.
        self.popen = subprocess.Popen([*program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
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

    def kill(self):
        """By SIGKILL; returns once its workers have ended too, by themselves. Answers how it ended."""
        self.popen.kill()
        status = self.popen.wait()
        self.test.assert_nothing_runs()
        return status

    def finish(self):
        status = self.popen.wait(COMMAND_GUARD)
        return Outcome(self.arguments, status, "", self.complaints())


def _ip(*arguments):
    """Runs ip(8); an error has its words."""
    done = subprocess.run(["ip", *map(str, arguments)], capture_output=True, text=True, check=False,
                          timeout=CONDITION_GUARD)
    if done.returncode != 0:
        raise OSError(f"ip {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


def why_no_namespaces():
    """Why this process cannot make network namespaces joined by veth; None if it can."""
    if shutil.which("ip") is None:
        return "no ip(8)"
    name = f"smk-{os.getpid()}-probe"
    try:
        _ip("netns", "add", name)
        try:
            _ip("-n", name, "link", "add", "probe0", "type", "veth", "peer", "name", "probe1")
        finally:
            _ip("netns", "del", name)
    except OSError as problem:
        return f"no right to make network namespaces: {problem}"
    return None


def why_no_time_namespaces():
    """Why this process cannot start a command in a time namespace; None if it can."""
    if shutil.which("unshare") is None:
        return "no unshare(1)"
    done = subprocess.run(["unshare", "-T", "--monotonic", "1", "true"], capture_output=True, text=True, check=False,
                          timeout=CONDITION_GUARD)
    return None if done.returncode == 0 else f"no right to make a time namespace: {done.stderr.strip()}"


class Namespace:
    """A network namespace with one veth interface and its addresses, beside its loopback interface."""

    def __init__(self, name, host):
        self.name, self.device = name, "veth0"
        self.ipv4, self.ipv6, self.link_local = f"10.77.0.{host}", f"fd77::{host}", f"fe80::77:{host}"
        self.command = ("ip", "netns", "exec", name)  # in front of a command that is to run there

    def ip(self, *arguments):
        """ip(8) in this namespace."""
        return _ip("-n", self.name, *arguments)

    def pids(self):
        """The processes in it."""
        return [int(pid) for pid in _ip("netns", "pids", self.name).split()]

    def give_addresses(self):
        self.ip("link", "set", "lo", "up")
        for address, length in ((self.ipv4, 24), (self.ipv6, 64), (self.link_local, 64)):
            # Usable at once: nobody else has it.
            self.ip("address", "add", f"{address}/{length}", "dev", self.device, *["nodad"] * (":" in address))
        self.ip("link", "set", self.device, "up")

    def drop_arrivals(self, protocol, first, last):
        """A firewall: what arrives for these ports (up to 65534) is dropped without a word. A rule of routing, which
        needs no module of the kernel."""
        for family in ("-4", "-6"):
            # Rules are read in order, and the one that finds local addresses comes first.
            if "77:" not in self.ip(family, "rule", "show"):
                self.ip(family, "rule", "add", "pref", 77, "lookup", "local")
                self.ip(family, "rule", "del", "pref", 0)
            self.ip(family, "rule", "add", "pref", 7, "iif", self.device, "ipproto", protocol, "dport",
                    f"{first}-{last}", "blackhole")


_namespace_numbers = itertools.count()


def namespace_pair(test):
    """Two new namespaces joined by veth: 10.77.0.1, fd77::1 and fe80::77:1%veth0 reach .2 and ::2. They end with the
    test, and with it every process that a failed test left in them."""
    pair = [Namespace(f"smk-{os.getpid()}-{next(_namespace_numbers)}", host) for host in (1, 2)]
    for namespace in pair:
        _ip("netns", "add", namespace.name)
        test.addCleanup(end_namespace, namespace)
    near, far = pair
    near.ip("link", "add", near.device, "type", "veth", "peer", "name", far.device, "netns", far.name)
    for namespace in pair:
        namespace.give_addresses()
    return near, far


def namespace_group(test, count):
    """New namespaces, each of which reaches the others: the first one has a bridge. They end with the test."""
    group = [Namespace(f"smk-{os.getpid()}-{next(_namespace_numbers)}", host) for host in range(1, count + 1)]
    for namespace in group:
        _ip("netns", "add", namespace.name)
        test.addCleanup(end_namespace, namespace)
    hub, *others = group
    hub.ip("link", "add", hub.device, "type", "bridge")
    for number, namespace in enumerate(others):
        namespace.ip("link", "add", namespace.device, "type", "veth", "peer", "name", f"port{number}", "netns", hub.name)
        hub.ip("link", "set", f"port{number}", "master", hub.device, "up")
    for namespace in group:
        namespace.give_addresses()
    return group


def end_namespace(namespace):
    for pid in namespace.pids():
        with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
            os.kill(pid, signal.SIGKILL)
    _ip("netns", "del", namespace.name)


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

    def processes(self):
        """Every process of this test, found by the directory for sockets: a worker whose runner was killed has another
        parent."""
        mark = f"XDG_RUNTIME_DIR={self.runtime}".encode()
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    yield entry.name
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue  # it ended meanwhile, or is somebody else's

    def assert_nothing_runs(self):
        wait_until(lambda: not any(self.processes()), "every process of the test ends")

    def sockmark(self, *arguments, program=(SOCKMARK,), **how):
        """Runs a command to its end. `how` goes to subprocess.run."""
        how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
               "cwd": self.work, "env": self.environment, "timeout": COMMAND_GUARD, **how}
        done = subprocess.run([*program, *map(str, arguments)], check=False, **how)
        return Outcome(arguments, done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode())

    def start(self, *arguments, program=(SOCKMARK,)):
        return Running(self, arguments, program)

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

    def assert_measured(self, outcome, path=None):
        """Its exit status is 0, or 4 where some run is invalid, for other processes alone. The report."""
        self.assertIn(outcome.status, (0, 4), outcome)
        report = self.read_report(path)
        invalid = [(case["id"], run) for case in report["cases"] for run in case["runs"] if not run["valid"]]
        self.assertEqual(outcome.status, 4 if invalid else 0, outcome)
        self.assertEqual([(name, run["invalid_reasons"]) for name, run in invalid if not only_busy(run)], [])
        return report

    def measure(self, *arguments, **how):
        """`sockmark run` that must succeed: its report, in which every run is sound."""
        report = self.assert_measured(self.sockmark("run", *arguments, **how))
        self.assertFalse(report["interrupted"])
        for case in report["cases"]:
            self.assertTrue(case["runs"], case["id"])
            for run in case["runs"]:
                with self.subTest(case=case["id"], run=run["index"]):
                    self.assert_consistent(run)
        return report

    def assert_sound(self, run):
        """What is true of every run that is valid, or invalid for other processes alone."""
        self.assertEqual(run["valid"], not run["invalid_reasons"])
        self.assertTrue(run["valid"] or only_busy(run), run["invalid_reasons"])
        self.assert_consistent(run)

    @staticmethod
    def was_disturbed(run):
        """Whether an end of it did not run for a while, or other processes kept it from running."""
        return not run["valid"] or bool(run["interference_reasons"]) or run["steady"] is not True

    def assert_consistent(self, run):
        """What is true of every run whose messages arrived."""
        loss = run["loss"]
        if only_busy(run) and loss["sent"] == 0:
            return
        self.assertGreater(loss["received"], 0)
        self.assertEqual(loss["sent"], loss["received"] + loss["lost"])
        if not self.was_disturbed(run):  # all of it may have arrived after the window
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
            if run["resources"].get(f"{end}_reason") == "no_responder":
                continue
            # Read by the end itself: one that did not run may read it twice in a row.
            self.assertTrue(run["resources"][end]["cpu_ns"] > 0 or self.was_disturbed(run), end)
            if run["throughput"]["goodput_messages_per_s"] and not self.was_disturbed(run):
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
