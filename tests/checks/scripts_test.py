"""The scripts that people run first, with the programs they call replaced by recorders.

No package is installed and nothing is built: apt-get, dpkg-query, sudo, cmake, ctest and sockmark are
shell scripts in a folder of their own, in front of (or instead of) the machine's.
"""

import os
import shutil
import stat
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
# What the scripts need of a system beside the programs replaced.
TOOLS = ("bash", "cat", "dirname", "env", "mkdir", "realpath", "sed", "stat")


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
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!{shutil.which("bash")}\necho "{name} $*" >>"{self.log}"\n{body}\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)

    def fake_debian(self, installed, apt="exit 0"):
        known = " ".join(f"{name}=installed" for name in installed)
        self.fake("dpkg-query", f'echo "{known} "; exit 1')  # 1: as for a name that it does not know
        self.fake("apt-get", apt)

    def run_script(self, script, *arguments, cwd=None, user=None):
        return subprocess.run([self.tree / script, *arguments], capture_output=True, text=True, check=False,
                              cwd=cwd or self.tree, env={"PATH": str(self.bin)}, stdin=subprocess.DEVNULL, user=user)

    def calls(self, program):
        return [line for line in self.log.read_text().splitlines() if line.startswith(program + " ")]


class InstallPackages(ScriptTest):
    def test_nothing_missing_is_silent_and_offline(self):
        self.fake_debian(packages("test"))
        result = self.run_script("scripts/install-packages", "test")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertEqual(self.calls("apt-get"), [])

    def test_test_packages_are_not_asked_for_by_a_build(self):
        self.fake_debian(packages())
        self.assertEqual(self.run_script("scripts/install-packages").returncode, 0)
        self.assertEqual(self.calls("apt-get"), [])

    def test_a_program_from_elsewhere_needs_no_package(self):
        self.fake_debian(set(packages("html")) - {"nodejs", "npm"})
        self.fake("node")
        self.fake("npm")
        self.assertEqual(self.run_script("scripts/install-packages", "html").returncode, 0)
        self.assertEqual(self.calls("apt-get"), [])

    @unittest.skipUnless(os.geteuid() == 0, "only root installs without sudo")
    def test_root_installs_only_what_is_missing_and_does_not_update(self):
        self.fake_debian(set(packages("test")) - {"libuv1-dev", "libgtest-dev"})
        result = self.run_script("scripts/install-packages", "test")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(self.calls("apt-get")), 1)
        self.assertTrue(self.calls("apt-get")[0].endswith(" install --no-install-recommends libuv1-dev libgtest-dev"))
        self.assertEqual(result.stdout, "")

    @unittest.skipUnless(os.geteuid() == 0, "only root installs without sudo")
    def test_missing_package_lists_are_fetched_once(self):
        lists = self.tree / "lists"
        self.fake_debian(set(packages()) - {"libuv1-dev"},
                         f'case "$*" in *update) echo >"{lists}" ;; *) [ -e "{lists}" ] || exit 100 ;; esac')
        result = self.run_script("scripts/install-packages")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([call.split()[5] for call in self.calls("apt-get")], ["install", "update", "install"])

    @unittest.skipUnless(os.geteuid() == 0, "only root installs without sudo")
    def test_a_failing_apt_exits_1(self):
        self.fake_debian([], "echo no network >&2; exit 100")
        result = self.run_script("scripts/install-packages")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no network", result.stderr)

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

    def test_another_system_is_told_the_whole_list(self):
        result = self.run_script("scripts/install-packages", "test")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        for package in packages("test"):
            self.assertIn(f" {package}", result.stderr)

    def test_an_unknown_set_is_wrong_usage(self):
        self.fake_debian(packages())
        result = self.run_script("scripts/install-packages", "everything")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("usage:", result.stderr)


class Quickstart(ScriptTest):
    def setUp(self):
        super().setUp()
        self.fake_debian(packages("html"))
        self.fake("cmake", "echo building")
        self.fake_sockmark("echo the table; echo measured >report.json; exit 4")
        self.elsewhere = self.tree / "else where"
        self.elsewhere.mkdir()

    def fake_sockmark(self, run):
        """A build whose `run` does that, and whose `report` writes what it is asked for."""
        self.fake("sockmark", f'case $1 in report) echo page >"$4"; exit 0 ;; esac\n{run}', folder=self.tree / "build")

    def test_it_builds_without_tests_and_runs_the_quick_suite_where_the_user_is(self):
        result = self.run_script("scripts/quickstart", cwd=self.elsewhere)
        self.assertEqual(result.returncode, 4, "the exit status is sockmark's")
        self.assertEqual(result.stdout, "the table\n", "what the build prints is not on stdout")
        self.assertIn(str(self.elsewhere / "report.json"), result.stderr)
        self.assertEqual(self.calls("cmake"), ["cmake --preset release -DSOCKMARK_TESTS=OFF",
                                               "cmake --build --preset release --target sockmark"])
        page = self.elsewhere / "report.html"
        self.assertEqual(self.calls("sockmark"), ["sockmark run quick -o report.json",
                                                  f"sockmark report report.json --html {page}"])
        self.assertEqual(page.read_text(), "page\n")
        self.assertTrue(result.stderr.endswith(f"{page}\n"), "it ends by naming the page")

    def test_a_report_of_an_earlier_run_has_no_page_made(self):
        (self.elsewhere / "report.json").write_text("of an earlier run")
        self.fake_sockmark("exit 2")
        result = self.run_script("scripts/quickstart", cwd=self.elsewhere)
        self.assertEqual(result.returncode, 2)
        self.assertEqual(self.calls("sockmark"), ["sockmark run quick -o report.json"])
        self.assertFalse((self.elsewhere / "report.html").exists())

    def test_a_report_that_is_replaced_has_its_page_made(self):
        (self.elsewhere / "report.json").write_text("of an earlier run")
        self.fake_sockmark("echo measured >new; mv new report.json")
        (self.bin / "mv").symlink_to(shutil.which("mv"))
        self.assertEqual(self.run_script("scripts/quickstart", cwd=self.elsewhere).returncode, 0)
        self.assertTrue((self.elsewhere / "report.html").exists())

    def test_a_build_without_pages_changes_nothing_but_the_last_line(self):
        self.fake("sockmark", 'case $1 in report) echo "no page" >&2; exit 2 ;; esac\necho x >report.json; exit 3',
                  folder=self.tree / "build")
        result = self.run_script("scripts/quickstart", cwd=self.elsewhere)
        self.assertEqual(result.returncode, 3)
        self.assertTrue(result.stderr.endswith("no page\n"))

    def test_a_signal_reaches_the_run_once_and_what_it_kept_has_its_page(self):
        (self.bin / "sleep").symlink_to(shutil.which("sleep"))
        self.fake_sockmark("trap 'echo signalled >>signals; echo kept >report.json; exit 143' TERM\n"
                           "echo ready >ready\nwhile :; do sleep 0.01; done")
        script = subprocess.Popen([self.tree / "scripts/quickstart"], cwd=self.elsewhere, stdin=subprocess.DEVNULL,
                                  env={"PATH": str(self.bin)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            while not (self.elsewhere / "ready").exists():
                self.assertLess(time.monotonic(), deadline, "the run never began")
                time.sleep(0.002)
            script.terminate()
            self.assertEqual(script.wait(60), 143)
        finally:
            if script.poll() is None:
                script.kill()
                script.wait()
        self.assertEqual((self.elsewhere / "signals").read_text(), "signalled\n")
        self.assertTrue((self.elsewhere / "report.html").exists())

    def test_a_build_that_has_tests_keeps_them(self):
        (self.tree / "build/build.ninja").touch()
        self.run_script("scripts/quickstart")
        self.assertEqual(self.calls("cmake")[0], "cmake --preset release")

    def test_what_follows_two_dashes_goes_to_the_run(self):
        self.run_script("scripts/quickstart", "--", "-d", "100ms", "--order", "random")
        self.assertEqual(self.calls("sockmark")[0], "sockmark run quick -o report.json -d 100ms --order random")

    def test_the_users_own_output_replaces_ours(self):
        for spelling in (["-o", "x.json"], ["-ox.json"], ["--output", "x.json"], ["--output=x.json"]):
            with self.subTest(spelling=spelling):
                self.log.write_text("")
                (self.tree / "x.json").unlink(missing_ok=True)
                self.fake_sockmark("echo measured >x.json")
                result = self.run_script("scripts/quickstart", "--", *spelling)
                self.assertEqual(self.calls("sockmark"), ["sockmark run quick " + " ".join(spelling),
                                                          f"sockmark report x.json --html {self.tree}/x.html"])
                self.assertNotIn("report.json", result.stderr)

    def test_a_report_on_standard_output_has_no_page(self):
        self.run_script("scripts/quickstart", "--", "-o", "-")
        self.assertEqual(self.calls("sockmark"), ["sockmark run quick -o -"])

    def test_a_failing_build_runs_nothing(self):
        self.fake("cmake", "exit 7")
        self.assertEqual(self.run_script("scripts/quickstart").returncode, 1)
        self.assertEqual(self.calls("sockmark"), [])

    def test_help_is_on_stdout_and_wrong_usage_on_stderr(self):
        result = self.run_script("scripts/quickstart", "--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("usage:", result.stdout)
        for wrong in (["quick"], ["-d", "1s"], [""]):
            with self.subTest(wrong=wrong):
                result = self.run_script("scripts/quickstart", *wrong)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertIn("usage:", result.stderr)
        self.assertEqual(self.calls("cmake"), [])


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
                result = self.run_script(script, cwd="/")
                self.assertEqual(result.returncode, 8)
                self.assertTrue(result.stdout.endswith("summary\n"))
                self.assertEqual(self.calls("cmake"), ["cmake --preset release -DSOCKMARK_TESTS=ON",
                                                       "cmake --build --preset release"])
                self.assertEqual(self.calls("ctest"), ["ctest --preset release --no-tests=error -j2"])

    def test_arguments_go_to_ctest(self):
        self.run_script("scripts/test", "-R", "Sequence Tracker")
        self.assertTrue(self.calls("ctest")[0].endswith("-j2 -R Sequence Tracker"))

    def test_sanitizers_are_two_builds(self):
        self.fake("ctest")
        self.assertEqual(self.run_script("scripts/test", "--sanitizers").returncode, 0)
        self.assertEqual([call.split()[2] for call in self.calls("ctest")], ["asan", "tsan"])

    def test_the_second_compiler_and_tidy_are_presets(self):
        self.run_script("scripts/test", "--clang")
        self.assertEqual([call.split()[2] for call in self.calls("ctest")], ["clang"])
        self.assertEqual(self.run_script("scripts/test", "--tidy").returncode, 0)
        self.assertEqual(self.calls("cmake")[-1], "cmake --build --preset tidy")
        self.assertEqual(len(self.calls("ctest")), 1, "tidy runs no test")

    def test_a_failing_build_tests_nothing(self):
        self.fake("cmake", '[ "$1" = --build ] && exit 3; exit 0')
        self.assertEqual(self.run_script("scripts/test").returncode, 1)
        self.assertEqual(self.calls("ctest"), [])

    def test_wrong_usage_exits_2_with_help_on_stderr(self):
        for wrong in (["everything"], ["--tidy", "-R", "x"]):
            with self.subTest(wrong=wrong):
                result = self.run_script("scripts/test", *wrong)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertIn("usage:", result.stderr)


class Fuzz(ScriptTest):
    def setUp(self):
        super().setUp()
        self.fake_debian(packages("test", "fuzz"))
        self.fake("cmake")
        for target in ("address", "report"):
            (self.tree / "tests/fuzz/corpus" / target).mkdir(parents=True)
            self.fake(f"fuzz_{target}", folder=self.tree / "build-fuzz/tests/fuzz")

    def fake(self, name, body="", folder=None):
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        super().fake(name, body, folder)

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

    def test_a_failing_build_runs_nothing(self):
        self.fake("cmake", '[ "$1" = --build ] && exit 3; exit 0')
        self.assertEqual(self.run_script("scripts/fuzz").returncode, 1)
        self.assertEqual(self.calls("fuzz_report"), [])

    def test_help_names_the_targets_and_wrong_usage_exits_2(self):
        result = self.run_script("scripts/fuzz", "--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("Targets: address report", result.stdout)
        for wrong in (["nothing"], [""], ["address report"], ["--seconds"], ["--seconds", "0"], ["--seconds", "1m"], ["-x"]):
            with self.subTest(wrong=wrong):
                result = self.run_script("scripts/fuzz", *wrong)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertIn("usage:", result.stderr)
        self.assertEqual(self.calls("cmake"), [])


if __name__ == "__main__":
    unittest.main()
