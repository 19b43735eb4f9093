"""The scripts that people run first, with the programs they call replaced by recorders.

No package is installed and nothing is built: apt-get, dpkg-query, sudo, cmake, ctest and sockmark are
shell scripts in a folder of their own, instead of the machine's.
"""

import os
import pty
import shutil
import stat
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
# What the scripts use of the system.
TOOLS = ("awk", "bash", "cat", "cut", "dirname", "env", "mkdir", "mktemp", "nproc", "realpath", "rm", "sed", "sleep",
         "sort", "stat", "tac", "tail", "tee")


def packages(*sets):
    lines = (line.split("#")[0].split() for line in (ROOT / "scripts/packages").read_text().splitlines())
    return list(dict.fromkeys(line[1] for line in lines if line and line[0] in ("build", *sets)))


class ScriptTest(unittest.TestCase):
    """A copy of the scripts in a tree of its own, and a PATH with nothing on it but TOOLS and fakes."""

    def setUp(self):
        self.tree = Path(tempfile.mkdtemp(prefix="sockmark-scripts-"))
        self.addCleanup(shutil.rmtree, self.tree)
        self.tree.chmod(0o755)  # another user must be able to run the scripts
        shutil.copytree(ROOT / "scripts", self.tree / "scripts")
        shutil.copytree(ROOT / ".ci", self.tree / ".ci")
        self.bin = self.tree / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        self.log = self.tree / "log"
        self.log.touch()
        self.log.chmod(0o666)

    def fake(self, name, body="", folder=None):
        """A program that records how it was called, then does `body`."""
        program = (folder or self.bin) / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!{shutil.which("bash")}\necho "{name} $*" >>"{self.log}"\n{body}\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)

    def fake_debian(self, installed, apt="exit 0"):
        known = " ".join(f"{name}=installed" for name in installed)
        self.fake("dpkg-query", f'echo "{known} "; exit 1')  # 1: as for a name that it does not know
        self.fake("apt-get", apt)

    def start(self, script, *arguments, cwd=None, **how):
        return subprocess.Popen([self.tree / script, *arguments], cwd=cwd or self.tree, stdin=subprocess.DEVNULL,
                                env={"PATH": str(self.bin), "TERM": "xterm"}, **how)

    def run_script(self, script, *arguments, cwd=None, user=None):
        with self.start(script, *arguments, cwd=cwd, user=user, text=True, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE) as running:
            out, err = running.communicate()
        return subprocess.CompletedProcess(script, running.returncode, out, err)

    def run_on_terminal(self, script, *arguments):
        """The exit status, and what a terminal on standard error received."""
        terminal, other_end = pty.openpty()
        with self.start(script, *arguments, stdout=subprocess.DEVNULL, stderr=other_end) as running:
            os.close(other_end)
            received = b""
            try:
                while part := os.read(terminal, 65536):
                    received += part
            except OSError:  # EIO: every process that had the other end has ended
                pass
            os.close(terminal)
        return running.returncode, received.decode().replace("\r\n", "\n")

    def calls(self, program):
        return [line for line in self.log.read_text().splitlines() if line.startswith(program + " ")]


class InstallPackages(ScriptTest):
    def test_nothing_missing_is_silent_and_offline(self):
        for sets, installed, programs in ((["test"], packages("test"), []), ([], packages(), []),
                                          (["html"], set(packages("html")) - {"nodejs", "npm"}, ["node", "npm"])):
            with self.subTest(sets):
                self.fake_debian(installed)
                for program in programs:  # from elsewhere
                    self.fake(program)
                result = self.run_script("scripts/install-packages", *sets)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertEqual(self.calls("apt-get"), [])

    @unittest.skipUnless(os.geteuid() == 0, "only root installs without sudo")
    def test_root_installs_only_what_is_missing_and_does_not_update(self):
        self.fake_debian(set(packages("test")) - {"libuv1-dev", "libgtest-dev"})
        result = self.run_script("scripts/install-packages", "test")
        self.assertEqual((result.returncode, result.stdout), (0, ""))
        self.assertEqual(result.stderr, "installing libuv1-dev libgtest-dev\n")
        self.assertEqual(len(self.calls("apt-get")), 1)
        self.assertTrue(self.calls("apt-get")[0].endswith(" install --no-install-recommends libuv1-dev libgtest-dev"))

    @unittest.skipUnless(os.geteuid() == 0, "only root installs without sudo")
    def test_missing_package_lists_are_fetched_once(self):
        lists = self.tree / "lists"
        self.fake_debian(set(packages()) - {"libuv1-dev"},
                         f'case "$*" in *update) echo >"{lists}" ;; *) [ -e "{lists}" ] || exit 100 ;; esac')
        result = self.run_script("scripts/install-packages")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([call.split()[5] for call in self.calls("apt-get")], ["install", "update", "install"])

    @unittest.skipUnless(os.geteuid() == 0, "only root installs without sudo")
    def test_a_failing_apt_exits_1_and_its_output_is_printed(self):
        self.fake_debian([], "echo no network >&2; exit 100")
        log = self.tree / "apt.log"
        for options in ([], ["--log", log]):
            with self.subTest(options):
                result = self.run_script("scripts/install-packages", *options)
                self.assertEqual(result.returncode, 1)
                self.assertIn("no network", result.stderr)
        self.assertIn(str(log), result.stderr)

    def as_somebody(self):
        return NOBODY if os.geteuid() == 0 else None

    def test_sudo_without_a_password_is_used(self):
        self.fake_debian(set(packages()) - {"cmake"})
        self.fake("sudo", '[ "$1" = -n ] && shift; [ "$1" = true ] || exec "$@"')
        result = self.run_script("scripts/install-packages", user=self.as_somebody())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("DEBIAN_FRONTEND=noninteractive apt-get", self.calls("sudo")[-1])
        self.assertTrue(self.calls("apt-get")[0].endswith("cmake"))

    def test_without_rights_one_line_names_the_packages_and_the_command(self):
        self.fake_debian(set(packages()) - {"cmake", "g++"})
        for sudo in (None, "exit 1"):
            with self.subTest(sudo=sudo):
                if sudo:
                    self.fake("sudo", sudo)
                result = self.run_script("scripts/install-packages", user=self.as_somebody())
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
                self.assertIn("apt-get install --no-install-recommends g++ cmake", result.stderr)
        self.assertEqual(self.calls("apt-get"), [])

    def test_another_system_gets_one_line_with_every_package(self):
        result = self.run_script("scripts/install-packages", "test")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertLessEqual(set(packages("test")), set(result.stderr.split()))


class Quickstart(ScriptTest):
    def setUp(self):
        super().setUp()
        self.fake_debian(packages("html"))
        self.fake("cmake", 'echo "[1/2] first"; echo "a warning" >&2; echo "[2/2] second"')
        self.fake_sockmark("echo the table; echo measured >report.json; exit 4")
        self.elsewhere = self.tree / "else where"
        self.elsewhere.mkdir()
        self.build_log = self.tree / "build/quickstart.log"

    def fake_sockmark(self, run):
        """A build whose `run` does that, and whose `report` writes the page."""
        self.fake("sockmark", f'case $1 in report) echo page >"$4"; exit 0 ;; esac\n{run}', folder=self.tree / "build")

    def test_it_builds_without_tests_and_runs_the_quick_suite_where_the_user_is(self):
        result = self.run_script("scripts/quickstart", cwd=self.elsewhere)
        self.assertEqual(result.returncode, 4, "the exit status is sockmark's")
        self.assertEqual(result.stdout, "the table\n", "what the build prints is not on stdout")
        self.assertEqual(self.calls("cmake"), ["cmake --preset release -DSOCKMARK_TESTS=OFF",
                                               "cmake --build --preset release --target sockmark"])
        page = self.elsewhere / "report.html"
        self.assertEqual(self.calls("sockmark"), ["sockmark run quick -o report.json",
                                                  f"sockmark report report.json --html {page}"])
        self.assertEqual(page.read_text(), "page\n")

    def test_each_step_is_a_line_and_the_log_has_the_rest(self):
        result = self.run_script("scripts/quickstart", cwd=self.elsewhere)
        self.assertRegex(result.stderr, r"\Abuilding sockmark \(about \d+ minutes?\)\nbuilt in \d+ s\n"
                         rf"measuring; .*{self.elsewhere}/report.json\n.*{self.elsewhere}/report.html\n\Z")
        self.assertEqual(self.build_log.read_text(), "[1/2] first\na warning\n[2/2] second\n" * 2)
        (self.tree / "build/build.ninja").touch()
        self.assertTrue(self.run_script("scripts/quickstart").stderr.startswith("building sockmark\n"))

    def test_a_terminal_shows_how_far_the_build_is_in_one_line(self):
        status, received = self.run_on_terminal("scripts/quickstart")
        self.assertEqual(status, 4)
        shown = [part.removesuffix("\x1b[K").partition(" ... ")[2] for part in received.split("\n")[0].split("\r")[1:]]
        self.assertEqual(shown[:-1], ["1/2 (50 %)", "2/2 (100 %)"] * 2)
        self.assertRegex(shown[-1], r"\Abuilt in \d+ s\Z")
        self.assertNotIn("warning", received)

    @unittest.skipUnless(os.geteuid() == 0, "only root installs without sudo")
    def test_packages_that_are_missing_are_a_step_of_their_own(self):
        self.fake_debian(set(packages("html")) - {"cmake", "g++"}, "echo unpacking")
        result = self.run_script("scripts/quickstart")
        self.assertRegex(result.stderr, r"\Ainstalling 2 packages\ninstalled in \d+ s\nbuilding ")
        self.assertTrue(self.build_log.read_text().startswith("installing g++ cmake\nunpacking\n"))
        self.fake_debian(set(packages("html")) - {"cmake", "g++"}, "echo no network; exit 100")
        result = self.run_script("scripts/quickstart")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no network\n", result.stderr)
        self.assertEqual(len(self.calls("sockmark")), 2, "those of the first time")

    def test_a_failing_build_exits_1_prints_the_end_of_its_log_and_runs_nothing(self):
        self.fake("cmake", "for ((line = 1; line <= 40; line++)); do echo line $line; done; exit 7")
        result = self.run_script("scripts/quickstart")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        lines = result.stderr.splitlines()
        self.assertEqual(lines[2:-1], [f"line {number}" for number in range(11, 41)])
        self.assertIn(str(self.build_log), lines[-1])
        status, received = self.run_on_terminal("scripts/quickstart")
        self.assertEqual(status, 1)
        self.assertRegex(received, r"\r[^\n]* \.\.\. failed after \d+ s\x1b\[K\nline 11\n")
        self.assertEqual(self.calls("sockmark"), [])

    def test_a_page_is_made_of_a_report_of_this_run_only(self):
        (self.bin / "mv").symlink_to(shutil.which("mv"))
        (self.elsewhere / "report.json").write_text("of an earlier run")
        for run, status, made in (("exit 2", 2, False), ("echo measured >new; mv new report.json", 0, True)):
            with self.subTest(run):
                self.fake_sockmark(run)
                self.assertEqual(self.run_script("scripts/quickstart", cwd=self.elsewhere).returncode, status)
                self.assertEqual((self.elsewhere / "report.html").exists(), made)

    def test_a_build_without_pages_changes_nothing_but_the_last_line(self):
        self.fake("sockmark", 'case $1 in report) echo "no page" >&2; exit 2 ;; esac\necho x >report.json; exit 3',
                  folder=self.tree / "build")
        result = self.run_script("scripts/quickstart", cwd=self.elsewhere)
        self.assertEqual(result.returncode, 3)
        self.assertTrue(result.stderr.endswith("no page\n"))

    def test_a_signal_reaches_the_build_or_the_run_once(self):
        for name, page in (("sockmark", True), ("cmake", False)):
            with self.subTest(name):
                for left in ("signals", "ready", "report.json", "report.html"):
                    (self.elsewhere / left).unlink(missing_ok=True)
                keep = "echo kept >report.json" if page else ":"
                body = (f"cd '{self.elsewhere}'; trap 'echo signalled >>signals; {keep}; exit 143' TERM\n"
                        "echo >ready; while :; do sleep 0.01; done")
                if page:
                    self.fake_sockmark(body)
                else:
                    self.fake(name, body)
                script = self.start("scripts/quickstart", cwd=self.elsewhere, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
                try:
                    deadline = time.monotonic() + 60
                    while not (self.elsewhere / "ready").exists():
                        self.assertLess(time.monotonic(), deadline, "it never began")
                        time.sleep(0.002)
                    script.terminate()
                    self.assertEqual(script.wait(60), 143)
                finally:
                    if script.poll() is None:
                        script.kill()
                        script.wait()
                self.assertEqual((self.elsewhere / "signals").read_text(), "signalled\n")
                self.assertEqual((self.elsewhere / "report.html").exists(), page, "a run keeps what it measured")

    def test_a_build_that_has_tests_keeps_them(self):
        (self.tree / "build/build.ninja").touch()
        self.run_script("scripts/quickstart")
        self.assertEqual(self.calls("cmake")[0], "cmake --preset release")

    def test_what_follows_two_dashes_goes_to_the_run(self):
        for options, output, report in ((["-d", "100ms", "--order", "random"], "-o report.json ", "report.json"),
                                        (["-o", "x.json"], "", "x.json"), (["-ox.json"], "", "x.json"),
                                        (["--output", "x.json"], "", "x.json"), (["--output=x.json"], "", "x.json"),
                                        (["-o", "-"], "", None)):
            with self.subTest(options):
                self.log.write_text("")
                for left in ("report.json", "x.json"):
                    (self.tree / left).unlink(missing_ok=True)
                self.fake_sockmark(f"echo measured >{report}" if report else "")
                result = self.run_script("scripts/quickstart", "--", *options)
                page = f"sockmark report {report} --html {self.tree}/{str(report).replace('.json', '.html')}"
                self.assertEqual(self.calls("sockmark"), [f"sockmark run quick {output}{' '.join(options)}",
                                                          *([page] if report else [])])
                self.assertEqual("report.json" in result.stderr, report == "report.json")


class TestScript(ScriptTest):
    def setUp(self):
        super().setUp()
        self.fake_debian(packages("test", "clang", "tidy"))
        self.fake("cmake")
        self.fake("ctest", "echo summary; exit 8")

    def test_tests_are_switched_on_and_the_status_is_that_of_ctest(self):
        for script in ("scripts/test", ".ci/run"):
            with self.subTest(script=script):
                self.log.write_text("")
                result = self.run_script(script, "-R", "Sequence Tracker", cwd="/")
                self.assertEqual(result.returncode, 8)
                self.assertTrue(result.stdout.endswith("summary\n"))
                self.assertEqual(self.calls("cmake"), ["cmake --preset release -DSOCKMARK_TESTS=ON",
                                                       "cmake --build --preset release"])
                self.assertEqual(self.calls("ctest"),
                                 ["ctest --preset release --no-tests=error -j4 -R Sequence Tracker"])

    def test_reasons_of_failures_are_printed_again_before_the_last_summary(self):
        summary = "99% tests passed, 2 tests failed out of 3\n\nThe following tests FAILED:\n\t1 - a (Failed)\n"
        log = self.tree / "ctest.log"
        log.write_text("=====\nFAIL: test_one (__main__.A)\n-----\nTraceback\nAssertionError: 1 != 2\n\n-----\nRan 1 test in 1s\n"
                       "=====\nERROR: test_two (__main__.A) [x=1]\n-----\nTraceback\nValueError: x\n\n-----\nRan 1 test in 1s\n"
                       "a_test.cc:12: Failure\nExpected equality of these values:\n  3\n" + summary)
        self.fake("ctest", f"cat {log}; exit 8")
        result = self.run_script("scripts/test")
        self.assertEqual(result.returncode, 8)
        again = result.stdout.removeprefix(log.read_text())
        self.assertEqual(again, "\nWhy they failed, one line for each:\n"
                                "ERROR: test_two (__main__.A) [x=1]: ValueError: x\n"
                                "FAIL: test_one (__main__.A): AssertionError: 1 != 2\n"
                                "a_test.cc:12: Failure Expected equality of these values:\n"
                                "\n" + summary)
        self.fake("ctest", f"cat {log}")
        self.assertEqual(self.run_script("scripts/test").stdout, log.read_text())

    def test_other_builds_are_presets(self):
        self.fake("ctest")
        for option, presets in (("--sanitizers", ["asan", "tsan"]), ("--clang", ["clang"]),
                                ("--static", ["static"]), ("--tidy", ["tidy"])):
            with self.subTest(option):
                self.log.write_text("")
                self.assertEqual(self.run_script("scripts/test", option).returncode, 0)
                self.assertEqual([call.split()[3] for call in self.calls("cmake --build")], presets)
                self.assertEqual([call.split()[2] for call in self.calls("ctest")],
                                 [preset for preset in presets if preset != "tidy"])


class Fuzz(ScriptTest):
    def setUp(self):
        super().setUp()
        self.fake_debian(packages("test", "fuzz"))
        self.fake("cmake")
        for target in ("address", "report"):
            (self.tree / "tests/fuzz/corpus" / target).mkdir(parents=True)
            self.fake(f"fuzz_{target}", folder=self.tree / "build-fuzz/tests/fuzz")

    def test_every_target_is_built_and_runs_for_a_minute_on_its_corpora(self):
        result = self.run_script("scripts/fuzz", cwd="/")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.calls("cmake"), ["cmake --preset fuzz", "cmake --build --preset fuzz"])
        for target in ("address", "report"):
            self.assertEqual(len(self.calls(f"fuzz_{target}")), 1)
            call = self.calls(f"fuzz_{target}")[0]
            self.assertIn(" -max_total_time=60 ", call)
            self.assertTrue(call.endswith(f" build-fuzz/corpus/{target} tests/fuzz/corpus/{target}"), call)
            self.assertTrue((self.tree / "build-fuzz/corpus" / target).is_dir())

    def test_a_finding_fails_after_every_target_and_says_where_it_is(self):
        self.fake("fuzz_address", "exit 77", folder=self.tree / "build-fuzz/tests/fuzz")
        result = self.run_script("scripts/fuzz")
        self.assertEqual(result.returncode, 1)
        self.assertIn("build-fuzz/findings/address", result.stderr)
        self.assertNotIn("findings/report", result.stderr)
        self.assertIn(" -artifact_prefix=build-fuzz/findings/address/ ", self.calls("fuzz_address")[0])
        self.assertEqual(len(self.calls("fuzz_report")), 1)

    def test_targets_seconds_and_libfuzzers_options_are_chosen(self):
        result = self.run_script("scripts/fuzz", "--seconds", "5", "report", "--", "-jobs=2", "-only_ascii=1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.calls("fuzz_address"), [])
        self.assertIn(" -max_total_time=5 ", self.calls("fuzz_report")[0])
        self.assertIn(" -jobs=2 -only_ascii=1 build-fuzz/corpus/report", self.calls("fuzz_report")[0])

    def test_help_names_the_targets(self):
        self.assertIn("Targets: address report", self.run_script("scripts/fuzz", "--help").stdout)


class Every(ScriptTest):
    """What is the same of every script."""

    def test_a_build_that_fails_ends_it_with_1(self):
        self.fake_debian(packages("test", "fuzz"))
        self.fake("cmake", '[ "$1" = --build ] && exit 3; exit 0')
        for script, next_program in (("scripts/test", "ctest"), ("scripts/fuzz", "fuzz_report")):
            with self.subTest(script):
                self.assertEqual(self.run_script(script).returncode, 1)
                self.assertEqual(self.calls(next_program), [])

    def test_help_is_on_stdout_and_wrong_usage_on_stderr(self):
        (self.tree / "tests/fuzz/corpus/address").mkdir(parents=True)
        (self.tree / "tests/fuzz/corpus/report").mkdir()
        for script, wrong_uses in {
                "install-packages": (["everything"], ["--log"]),
                "quickstart": (["quick"], ["-d", "1s"], [""]),
                "test": (["everything"], ["--tidy", "-R", "x"]),
                "fuzz": (["nothing"], [""], ["address report"], ["--seconds"], ["--seconds", "0"], ["--seconds", "1m"],
                         ["-x"])}.items():
            result = self.run_script(f"scripts/{script}", "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn(f"usage: scripts/{script} ", result.stdout)
            for wrong in wrong_uses:
                with self.subTest(script=script, wrong=wrong):
                    result = self.run_script(f"scripts/{script}", *wrong)
                    self.assertEqual((result.returncode, result.stdout), (2, ""))
                    self.assertIn("usage:", result.stderr)
        self.assertEqual(self.calls("cmake"), [])


if __name__ == "__main__":
    unittest.main()
