"""A program that is sent along through the launcher (--worker-program push)."""

import os
import shutil
import signal
import tempfile
import unittest
from pathlib import Path

from harness import SHORT, SOCKMARK, EndToEnd, namespace_pair, short, wait_until, why_no_namespaces
from pushing import IS_STATIC, PUSH, program_that_pushes

WHY_NO_NAMESPACES = why_no_namespaces()
WHY_NO_MOUNTS = None if os.geteuid() == 0 else "mounting needs root"

# Passes the line for the shell and a part of the program.
PASS_A_PART = "head -n 1; head -c 100000"
HERE = "sh -c 'exec \"$@\"' -"  # a launcher that starts its arguments on this machine


def before(commands):
    """A launcher that runs these commands first."""
    return f"sh -c '{commands}; exec \"$@\"' -"


class Pushing(EndToEnd):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.program = program_that_pushes(folder.name)

    def setUp(self):
        super().setUp()
        self.environment["SOCKMARK"] = SOCKMARK

    def tearDown(self):
        super().tearDown()  # the first directory that the shell tries is empty
        for folder in ("/dev/shm", "/tmp", "/var/tmp"):
            self.assertEqual(list(Path(folder).glob("sockmark-push-*")), [])

    def pushed(self, *options, transports="tcp"):
        return self.measure("-t", transports, *short("300ms"), *PUSH, *options, program=(self.program,))

    def refused(self, command, *words, options=()):
        """Nothing is measured, one line says why, and nothing is left."""
        self.report_path.unlink(missing_ok=True)
        outcome = self.sockmark("run", "-t", "tcp", *SHORT, "--responder-via", command, *PUSH, *options,
                                program=(self.program,))
        self.assertEqual(outcome.status, 2, outcome)
        last = outcome.complaints.splitlines()[-1]
        self.assertTrue(last.startswith("sockmark: responder: "), outcome)
        for word in words:
            self.assertIn(word, last)
        self.assertFalse(self.report_path.exists())
        return last

    def directory_of_programs(self, **programs):
        """A directory for $PATH. A program is a script, or None: the one of this machine."""
        folder = Path(tempfile.mkdtemp(dir=self.directory))
        for name, script in programs.items():
            if script is None:
                (folder / name).symlink_to(shutil.which(name))
            else:
                (folder / name).write_text(f"#!/bin/sh\n{script}\n")
                (folder / name).chmod(0o755)
        return folder


class Push(Pushing):
    def test_one_end_or_both(self):
        for roles in (["responder"], ["generator"], ["responder", "generator"]):
            with self.subTest(roles=roles):
                ends = [word for role in roles for word in (f"--{role}-via", HERE)]
                report = self.pushed(*ends, transports="tcp,udp,unix-stream")
                self.assertEqual({end["role"] for end in report["ends"]}, set(roles))

    def test_the_launcher_starts_a_shell_alone(self):
        started = self.work / "started"
        self.pushed("--responder-via", before(f'echo "$@" >>{started}'))
        self.assertEqual(started.read_text(), "sh\n")

    def test_other_shells(self):
        for shell in ("dash", "bash", "busybox", "mksh", "ksh"):
            if not shutil.which(shell):
                continue
            with self.subTest(shell=shell):
                folder = self.directory_of_programs()
                (folder / "sh").symlink_to(shutil.which(shell))
                self.pushed("--responder-via", f"env PATH={folder}:{os.environ['PATH']}")

    def test_noise_before_the_marker_is_skipped(self):
        self.pushed("--responder-via", before('echo "Welcome to db2"; printf noise'))

    def test_another_machine_is_named(self):
        folder = self.directory_of_programs(uname="echo vax")
        self.refused(f"env PATH={folder}:{os.environ['PATH']}",
                     f"its machine is vax, and the program to push is for {os.uname().machine}")

    def test_a_program_that_does_not_start_there(self):
        if IS_STATIC:
            self.skipTest("it starts everywhere on this machine")
        self.refused("env SOCKMARK=/no/such/program",
                     "ended with status 2 before a greeting: /no/such/program: No such file or directory")

    def test_every_directory_refused(self):
        folder = self.directory_of_programs(mkdir='echo "mkdir: $1: Read-only file system" >&2; exit 1')
        last = self.refused(f"env PATH={folder}:{os.environ['PATH']}",
                            "ended with status 1 before a greeting: no directory there in which a file may be executed: ")
        for tried in (self.runtime, "/dev/shm", "/tmp"):
            self.assertIn(f"{tried} (Read-only file system)", last)

    @unittest.skipIf(WHY_NO_MOUNTS, WHY_NO_MOUNTS)
    def test_directories_without_execution(self):
        def mounts(*folders):
            mounting = "; ".join(f"mount -t tmpfs -o noexec none {folder}" for folder in folders)
            return f"unshare -m {before(mounting)}"

        self.pushed("--responder-via", mounts(self.runtime))
        last = self.refused(mounts(self.runtime, "/dev/shm", "/tmp", "/var/tmp"), "no directory there")
        self.assertIn("/var/tmp (Permission denied)", last)

    @unittest.skipIf(WHY_NO_MOUNTS, WHY_NO_MOUNTS)
    def test_a_full_disk(self):
        self.refused(f"unshare -m {before(f'mount -t tmpfs -o size=64k none {self.runtime}')}",
                     "ended with status 1 while the program was sent: head: ", "No space left on device")

    def test_programs_that_are_missing_there(self):
        used = dict.fromkeys(("sh", "uname", "mkdir", "chmod", "rm", "head", "wc"))
        everything = self.directory_of_programs(**used)
        self.pushed("--responder-via", f"env PATH={everything}")
        for missing in ("sh", "uname", "head", "wc"):
            folder = self.directory_of_programs(**{name: None for name in used if name != missing})
            with self.subTest(missing=missing):
                self.refused(f"env PATH={folder}", "ended with status ", missing)

    def test_a_transfer_that_is_cut_short(self):
        self.refused(f"sh -c '({PASS_A_PART}) | \"$@\"' -",
                     "ended with status 1 while the program was sent: 100000 of ", " bytes have arrived")

    def test_a_launcher_that_is_killed_in_the_middle(self):
        self.refused(f"sh -c '({PASS_A_PART}; kill -9 $$) | \"$@\"' -",
                     "was killed by signal 9 (Killed) while the program was sent")
        self.assert_nothing_runs()

    def test_a_launcher_that_says_why_it_fails(self):
        self.refused("sh -c 'echo Permission denied, publickey. >&2; exit 255' -",
                     "ended with status 255 before a greeting: Permission denied, publickey.")

    def test_time_passes_before_and_in_the_transfer(self):
        limit = ("--launch-timeout", "300ms")
        self.refused("sh -c 'exec sleep 600' -", "no answer of sh in 1 s", options=limit)
        last = self.refused(self.stuck(self.work / "begun"), "bytes of the program in 1 s", options=limit)
        self.assertRegex(last, r"sent \d{5,} of \d+ bytes")
        self.assert_nothing_runs()

    def test_output_of_no_shell(self):
        self.refused("sh -c 'echo Welcome; exit 0' -", 'its first line was "Welcome"')
        self.refused("sh -c 'yes nonsense' -", 'no answer of sh in its output', 'its first line was "nonsense"')

    def test_no_standard_input(self):
        self.refused("sh -c 'exec \"$@\" </dev/null' -", "a launcher that passes standard input")

    @unittest.skipUnless(shutil.which("script"), "no script(1)")
    def test_a_terminal_is_refused(self):
        self.refused("sh -c 'exec script -qec \"$*\" /dev/null' -", "given a terminal (leave out -t)")

    def test_nothing_is_left_of_an_end_in_the_transfer(self):
        for end in (lambda group: os.killpg(group, signal.SIGINT), lambda runner: os.kill(runner, signal.SIGKILL)):
            begun = Path(tempfile.mktemp(dir=self.work))
            running = self.start("run", "-t", "tcp", *SHORT, "--responder-via", self.stuck(begun), *PUSH,
                                 program=(self.program,))
            wait_until(begun.exists, "the transfer has begun")
            end(running.popen.pid)
            self.assertIn(running.finish().status, (-signal.SIGINT, -signal.SIGKILL))
            self.assert_nothing_runs()

    def test_nothing_is_left_of_a_killed_runner(self):
        running = self.start("run", "-t", "tcp,unix-stream", *short(duration="1s"), "--responder-via", HERE, *PUSH,
                             program=(self.program,))
        wait_until(lambda: "2/2" in running.complaints(), "the second run begins")
        running.kill()  # waits until nothing is left

    def stuck(self, begun):
        """A launcher that passes a part of the program, makes a file and waits for the runner to end."""
        wait = "while kill -0 $PPID; do sleep 0.02; done 2>/dev/null"
        return f"sh -c '({PASS_A_PART}; echo >{begun}; {wait}) | \"$@\"' -"


@unittest.skipIf(IS_STATIC, "it pushes itself")
class NoStaticProgram(EndToEnd):
    def refused(self, program, *words):
        outcome = self.sockmark("run", "-t", "tcp", *SHORT, "--responder-via", HERE, *PUSH, program=(program,))
        self.assert_complains(outcome, 2, "--worker-program push: ", "cmake --preset static", *words)

    def test_none_or_one_that_needs_shared_libraries(self):
        program = shutil.copy(SOCKMARK, self.directory / "sockmark")
        beside = self.directory / "sockmark-static"
        self.refused(program, f"copy build-static/sockmark to {beside}")
        shutil.copy(SOCKMARK, beside)
        self.refused(program, f"{beside} is no static program")
        beside.write_text("#!/bin/sh\n")
        self.refused(program, f"{beside} is no static program")


@unittest.skipIf(WHY_NO_NAMESPACES, WHY_NO_NAMESPACES)
class IntoNamespaces(Pushing):
    def test_it_measures(self):
        near, far = namespace_pair(self)
        report = self.pushed("--responder-via", " ".join(far.command), "--generator-via", " ".join(near.command),
                             transports="tcp,udp")
        responder = next(end for end in report["ends"] if end["role"] == "responder")
        self.assertEqual(responder["address"], far.ipv4)


if __name__ == "__main__":
    unittest.main()
