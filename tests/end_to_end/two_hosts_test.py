"""Ends that a launcher starts elsewhere: in another namespace, or as another user would over ssh."""

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

from harness import (SHORT, SOCKMARK, EndToEnd, Process, children_of, namespace_pair, only_busy, short,
                     wait_until, why_no_namespaces)
from pushing import PUSH, program_that_pushes

WHY_NO_NAMESPACES = why_no_namespaces()

PROGRAM = ("--worker-program", SOCKMARK)
HERE = "sh -c 'exec \"$@\"' -"  # a launcher that starts its arguments on this machine


def via(command, role="responder"):
    return [f"--{role}-via", command, *PROGRAM]


def processes_in(namespace):
    found = []
    for pid in namespace.pids():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            found.append(Process(pid))
    return found


class Launchers(EndToEnd):
    def refused(self, command, *words, status=2, program=PROGRAM, options=()):
        """Nothing is measured, and one line says why."""
        outcome = self.sockmark("run", "-t", "tcp", *SHORT, "--responder-via", command, *program, *options)
        lines = outcome.complaints.splitlines()
        self.assertEqual(outcome.status, status, outcome)
        last = lines[-1]
        self.assertTrue(last.startswith("sockmark: responder: "), outcome)
        for word in words:
            self.assertIn(word, last)
        self.assertFalse(self.report_path.exists())
        return outcome

    def test_a_launcher_that_is_not_there(self):
        self.refused("no-such-launcher db2", "start no-such-launcher: No such file or directory")

    def test_a_program_that_is_not_there(self):
        outcome = self.refused("sh -c 'exec \"$@\"' -", "ended with status 127 before a greeting", "not found",
                               "--worker-program PATH", program=("--worker-program", "no-such-sockmark"))
        self.assertIn("no-such-sockmark", outcome.complaints)

    def test_a_launcher_that_ends_at_once(self):
        self.refused("false", '"false" ended with status 1 before a greeting', "a launcher that passes standard input")
        self.refused("true", '"true" ended with status 0 before a greeting')

    def test_a_launcher_that_passes_no_standard_input(self):
        self.refused("sh -c 'exec \"$@\" </dev/null' -", "before a greeting: worker: standard input has ended")

    def test_a_launcher_that_says_why_it_fails(self):
        outcome = self.refused("sh -c 'echo Permission denied, publickey. >&2; exit 255' -",
                               "ended with status 255 before a greeting: Permission denied, publickey.")
        shown, error = outcome.complaints.splitlines()
        self.assertEqual(shown, "Permission denied, publickey.", "shown at once")
        self.assertTrue(error.endswith(shown), "no hint at other reasons")

    def test_a_launcher_that_hangs(self):
        self.refused("sh -c 'exec sleep 600' -", "no greeting in 1 s", options=("--launch-timeout", "300ms"))

    def test_a_launcher_that_is_killed(self):
        self.refused("sh -c 'kill -9 $$' -", "was killed by signal 9 (Killed) before a greeting")

    def test_output_that_is_not_sockmark_s(self):
        self.refused("sh -c 'echo Welcome; echo more' -", 'its first line was "Welcome"')
        self.refused("sh -c 'yes nonsense' -", "control channel: not a sockmark control stream",
                     'its first line was "nonsense"')

    def test_pdsh_is_named(self):
        launcher = self.directory / "pdsh"
        launcher.write_text("#!/bin/sh\nprintf 'db2: SMK1'\nexec sleep 600\n")
        launcher.chmod(0o755)
        self.refused(str(launcher), "pdsh forwards no standard input", options=("--launch-timeout", "300ms"))

    AGENT = ('{"protocol": {"min": 3, "max": 3}, "role": "agent", "version": "0.1.0", "machine": "x86_64", "host": "db2", '
             '"on_terminal": false, "pid": 1, "clock": "1", "now_ns": 1}')

    @staticmethod
    def greeting(hello):
        """The frame, as printf(1) needs it."""
        return f"SMK1\\1\\0\\0\\0\\0\\0\\0\\{len(hello):o}{hello}\\n"

    def test_a_launcher_that_labels_the_output(self):
        line = "0: " + self.greeting(self.AGENT)
        self.refused(f"printf '{line}{line}'", 'it adds text to the output of sockmark: "0: " (use srun without -l')

    def test_a_launcher_that_starts_two_programs(self):
        hello = self.greeting(self.AGENT)
        self.refused(f"printf '{hello}{hello}'", "message hello where host was expected: more than one program answers")

    def test_another_version_of_the_protocol_names_both(self):
        hello = self.greeting('{"protocol": {"min": 7, "max": 9}, "version": "9.9.9", "news": true}')
        self.refused(f"printf '{hello}'", "sockmark 9.9.9 speaks versions 7 to 9 of the control protocol, "
                                          "this program version 3")

    @unittest.skipUnless(shutil.which("script"), "no script(1)")
    def test_a_terminal_is_refused(self):
        self.refused("sh -c 'exec script -qec \"$*\" /dev/null' -", "gives the far side a terminal (leave out -t)")

    def test_a_program_path_that_a_shell_would_change(self):
        outcome = self.sockmark("run", "-t", "tcp", "--responder-via", "ssh db2", "--worker-program", "a b")
        self.assert_complains(outcome, 2, "--worker-program a b")

    def test_options_that_need_an_end_elsewhere(self):
        for option, value in (("listen", "10.0.0.1"), ("reach-at", "10.0.0.1"), ("worker-program", "x"),
                              ("launch-timeout", "1s")):
            outcome = self.sockmark("run", "-t", "tcp", f"--{option}", value)
            self.assert_complains(outcome, 2, f"--{option} requires --responder-via or --generator-via")

    def test_what_cannot_be_measured_between_two_ends(self):
        for words, options in ((["memory"], ["-t", "memory:x"]), (["--floor"], ["-t", "tcp", "--floor"]),
                               (["--listen fd00::1", "IPv4"], ["-t", "tcp", "--listen", "fd00::1"]),
                               (["--reach-at db2", "numeric"], ["-t", "tcp", "--reach-at", "db2"])):
            self.assert_complains(self.sockmark("run", *options, *via(HERE)), 2, *words)


class OneMachine(EndToEnd):
    """Both ends on this machine, one or both of them started through a launcher."""

    def test_every_transport_and_both_ends(self):
        for ends in (via(HERE), via(HERE, "generator"), [*via(HERE), "--generator-via", HERE]):
            with self.subTest(ends=ends):
                report = self.measure("-t", "tcp,tcp6,udp,udp6,unix-stream,unix-dgram", *SHORT, *ends)
                self.assertEqual(len(report["cases"]), 6)
                roles = {end["role"] for end in report["ends"]}
                self.assertEqual(roles, {option[2:-4] for option in ends if option.endswith("-via")})
                for end in report["ends"]:
                    self.assertEqual(end["environment"]["hash_hard"], report["environment"]["hash_hard"])

    def test_threads_have_socket_files_of_their_own(self):
        for ends in (via(HERE), via(HERE, "generator")):
            with self.subTest(ends=ends):
                self.measure("-t", "unix-stream,unix-dgram", "-c", "4", "-j", "2", *SHORT, *ends)

    def test_noise_before_the_greeting_is_skipped(self):
        self.measure("-t", "tcp", *SHORT, *via("sh -c 'echo Welcome to db2; echo; exec \"$@\"' -"))

    def test_pinned_ends(self):
        cpus = sorted(os.sched_getaffinity(0))
        report = self.measure("-t", "tcp", *SHORT, "--pin", f"{cpus[0]},{cpus[-1]}", *via(HERE))
        affinity = [report["environment"][end]["affinity"] for end in ("generator", "responder")]
        self.assertEqual(affinity, [[cpus[0]], [cpus[-1]]])

    def test_a_cpu_that_the_far_end_lacks_is_named_with_those_that_it_has(self):
        outcome = self.sockmark("run", "-t", "tcp", *SHORT, "--pin", "0,4095", *via(HERE))
        self.assert_complains(outcome, 2)
        self.assertRegex(outcome.complaints, r"--pin 0,4095: responder on .* may run on CPUs? [\d,-]+")

    def test_one_agent_serves_the_whole_plan(self):
        count = self.work / "started"
        launcher = f"sh -c 'echo >>{count}; exec \"$@\"' -"
        # No flood of datagrams, which a responder that waits for a processor may miss altogether.
        self.measure("-t", "tcp,unix-stream", "-w", "rr,stream,connect", *short(repetitions=2), *via(launcher))
        self.assertEqual(count.read_text(), "\n")
        count.unlink()

    @unittest.skipUnless(os.geteuid() == 0, "unshare -T needs a right")
    def test_the_clock_of_another_host(self):
        report = self.measure("-t", "tcp,udp", "-w", "rr", *SHORT, *via("unshare -T --monotonic 1000000"))
        for case in report["cases"]:
            for run in case["runs"]:
                self.assertLess(run["latency"]["response_time"]["max_ns"], 60_000_000_000, "no clock in it")

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_a_machine_without_a_directory_for_socket_files(self):
        read_only = "mount --bind /tmp /tmp; mount -o remount,bind,ro /tmp; unset XDG_RUNTIME_DIR TMPDIR"
        ends = via(f"unshare -m sh -c '{read_only}; exec \"$@\"' -")
        self.measure("-t", "tcp", *SHORT, *ends)
        outcome = self.sockmark("run", "-t", "unix-stream", *SHORT, *ends)
        self.assertEqual(outcome.status, 4, outcome)
        self.assertIn("no directory for a socket file", outcome.text + outcome.complaints)

    @unittest.skipUnless(os.geteuid() == 0, "unshare -n needs a right")
    def test_a_responder_without_a_network(self):
        outcome = self.sockmark("run", "-t", "tcp", *SHORT, *via("unshare -n"))
        self.assertEqual(outcome.status, 4, outcome)
        self.assertIn("127.0.0.1", outcome.complaints)
        self.assertIn("the responder needs another", outcome.complaints)

    def test_a_launcher_that_dies_in_the_middle_keeps_the_finished_runs(self):
        running = self.start("run", "-t", "tcp,udp", *short(duration="1s"), *via(HERE))
        self.wait_for_second_run(running)
        agent = next(worker for worker in running.workers() if "--stdio" in worker.arguments)
        agent.kill(signal.SIGKILL)
        outcome = running.finish()
        self.assertEqual(outcome.status, 4, outcome)
        self.assertIn("responder on ", outcome.complaints)
        self.assertIn("was killed by signal 9", outcome.complaints)
        report = self.read_report()
        self.assertTrue(report["interrupted"])
        self.assertEqual([len(case["runs"]) for case in report["cases"]].count(1), 1)
        self.assert_nothing_runs()
        self.measure("-t", "tcp,udp", *short(duration="1s"), *via(HERE), "--resume")

    def test_nothing_is_left_of_a_killed_runner(self):
        running = self.start("run", "-t", "tcp,unix-stream", *short(duration="1s"), *via(HERE), "--generator-via", HERE)
        self.wait_for_second_run(running)
        self.assertEqual(running.kill(), -signal.SIGKILL)  # waits until nothing is left

    def test_an_interrupt_ends_the_far_end_too(self):
        running = self.start("run", "-t", "tcp,udp", *short(duration="1s"), *via(HERE))
        self.wait_for_second_run(running)
        os.killpg(running.popen.pid, signal.SIGINT)
        self.assertEqual(running.finish().status, 130)
        self.assert_nothing_runs()

    def wait_for_second_run(self, running):
        wait_until(lambda: re.search(r"^\[ *2/2\]", running.complaints(), re.M), "the second run begins")


@unittest.skipIf(WHY_NO_NAMESPACES, WHY_NO_NAMESPACES)
class TwoNamespaces(EndToEnd):
    def setUp(self):
        super().setUp()
        self.near, self.far = namespace_pair(self)
        self.ends = [*self.launcher(self.far, "responder"), *self.launcher(self.near, "generator"), *PROGRAM]

    @staticmethod
    def launcher(namespace, role):
        return [f"--{role}-via", " ".join(namespace.command)]

    def address_of_responder(self, report):
        return next(end["address"] for end in report["ends"] if end["role"] == "responder")

    def test_the_environment_has_the_interface_of_the_path(self):
        report = self.measure("-t", "tcp,udp6,unix-stream", *SHORT, *self.ends)
        for end in report["ends"]:
            hard = end["environment"]["hard"]
            self.assertEqual((hard["interface"], hard["interface_mtu"]), ("veth0", 1500), end["role"])
        self.assertEqual(report["environment"]["hard"]["interface"], "lo", "it is of no end")
        near = self.measure("-t", "tcp", *SHORT, *self.launcher(self.far, "responder"), *PROGRAM,
                            program=(*self.near.command, SOCKMARK))
        self.assertEqual(near["environment"]["hard"]["interface"], "veth0")
        self.measure("-t", "tcp", *short(repetitions=2), *self.launcher(self.far, "responder"), *PROGRAM,
                     program=(*self.near.command, SOCKMARK))

    def test_every_transport_and_workload(self):
        for family, transports, address in (("IPv4", "tcp,udp", self.far.ipv4), ("IPv6", "tcp6,udp6", self.far.ipv6)):
            with self.subTest(family=family):
                report = self.measure("-t", transports, "-w", "rr,stream,connect", *SHORT, *self.ends)
                self.assertEqual(len(report["cases"]), 6)
                self.assertEqual(self.address_of_responder(report), address)

    def test_many_connections_and_threads(self):
        self.measure("-t", "tcp,udp", "-c", "20", "-j", "2", *SHORT, *self.ends)
        self.measure("-t", "tcp,udp", "--wait", "block", *SHORT, *self.ends)

    def test_an_address_that_is_named(self):
        report = self.measure("-t", f"tcp://{self.far.ipv4}:0", *SHORT, *self.ends)
        self.assertIn(self.far.ipv4, report["cases"][0]["params"]["address"])
        self.measure("-t", "tcp", "--listen", self.far.ipv4, *SHORT, *self.ends)
        report = self.measure("-t", "tcp", "--reach-at", self.far.ipv4, *SHORT, *self.ends)
        self.assertEqual(self.address_of_responder(report), self.far.ipv4)

    def test_an_address_of_neither(self):
        for options in (["-t", "tcp://10.77.0.9:0"], ["-t", "udp", "--listen", "10.77.0.9"],
                        ["-t", "udp", "--find-rate", "loss<=1%", "--listen", "10.77.0.9"]):
            outcome = self.sockmark("run", *options, *self.ends)
            self.assert_complains(outcome, 2, ": 10.77.0.9 is not an address of the responder on ")
            self.assertFalse(self.report_path.exists())
        outcome = self.sockmark("run", "-t", "udp,tcp", "-n", "3", "--reach-at", "10.77.0.9", *self.ends)
        self.assertEqual(outcome.status, 4, outcome)
        self.assertEqual(outcome.complaints.count("10.77.0.9"), 1, "the first run ends it")

    def test_a_firewall_is_named_with_address_and_port(self):
        self.far.drop_arrivals("tcp", 1024, 65534)
        outcome = self.sockmark("run", "-t", "tcp", "-n", "3", *self.ends)
        self.assertEqual(outcome.status, 4, outcome)
        self.assertRegex(outcome.complaints, rf"tcp://{self.far.ipv4}:\d+ does not answer.*\(5 s\); if a firewall drops")

    def test_a_path_that_is_down_for_a_while(self):
        for transport in ("tcp", "udp"):
            with self.subTest(transport=transport):
                running = self.start("run", "-t", transport, *short(duration="3s", tmax="300ms"), *self.ends)
                wait_until(lambda: any(process.plays("responder") and process.waits() > 200
                                       for process in processes_in(self.far)), "messages flow")
                self.far.drop_arrivals(transport, 1, 65534)
                time.sleep(1)  # several times Tmax
                for family in ("-4", "-6"):
                    self.far.ip(family, "rule", "del", "pref", 7)
                outcome = running.finish()
                self.assertEqual(outcome.status, 4, outcome)
                self.assertIn("path_silent: nothing arrived for ", str(self.reasons()))
                self.report_path.unlink()

    def test_the_ledger_is_exact_under_impairment(self):
        report = self.measure("-t", "udp", "-w", "rr,stream", "-r", "2k", *short(duration="500ms"), *self.ends,
                              "--impair", "loss=2%,duplicate=1%,seed=3")
        for case in report["cases"]:
            for run in case["runs"]:
                missing, dropped = run["loss"]["lost"] - run["loss"]["late"], run["impairment"]["dropped"]
                self.assertGreater(dropped, 0)
                # An end that does not run for long lets a socket's buffer overflow, or answers after the run.
                if run["valid"] and not run["interference_reasons"]:
                    self.assertEqual(missing, dropped, case["id"])
                else:
                    self.assertGreaterEqual(missing, dropped, case["id"])

    def test_two_builds(self):
        log, other = self.directory / "log", self.directory / "other"
        other.write_text(f'#!/bin/sh\necho "$1" >> {log}\nexec {SOCKMARK} "$@"\n')
        other.chmod(0o755)
        options = ["-t", "tcp", *short(repetitions=2), "--against", other, "--gate", "none"]
        self.assert_complains(self.sockmark("run", *options, *self.ends), 2, "--worker-program", "omit it")
        outcome = self.sockmark("run", *options, *self.ends[:-len(PROGRAM)])
        self.assertIn(outcome.status, (0, 3, 4), outcome)
        self.assertEqual(sorted(set(log.read_text().split())), ["run", "worker"], "it is measured at the ends")
        report = self.read_report()
        self.assertEqual({end["role"] for end in report["ends"]}, {"generator", "responder"})
        self.assertEqual([len(case["runs"]) for case in report["cases"]], [2, 2])
        for case in report["cases"]:
            for run in case["runs"]:
                self.assertTrue(run["valid"] or only_busy(run), run["invalid_reasons"])

    def test_comparisons_searches_and_suites(self):
        compared = self.sockmark("run", "-t", "tcp,udp", *short(repetitions=6), "--by", "transport", *self.ends)
        self.assertIn(compared.status, (0, 3, 4), compared)
        report = self.read_report()
        invalid = [run for case in report["cases"] for run in case["runs"] if not run["valid"]]
        self.assertTrue(all(only_busy(run) for run in invalid), invalid)
        if not invalid:
            self.assertEqual(report["comparisons"][0]["blocks"], 6)
        found = self.sockmark("run", "-t", "udp", "-w", "stream", "-d", "300ms", "--trial", "100ms", "--warmup", "50ms",
                              "--find-rate", "loss<=1%", "--max-rate", "5k", "--search-budget", "20s", *self.ends)
        self.assertIn(found.status, (0, 3), found)
        self.assertTrue(self.read_report()["searches"][0]["trials"])

    def test_a_killed_runner_leaves_nothing_in_the_namespaces(self):
        running = self.start("run", "-t", "tcp,udp", *short(duration="2s"), *self.ends)
        wait_until(lambda: len(self.far.pids()) == 2 and len(self.near.pids()) == 2, "both workers are there")
        running.popen.kill()
        running.popen.wait()
        wait_until(lambda: not self.far.pids() and not self.near.pids(), "nothing is left")


def why_no_sudo():
    """Why this user cannot become another one without a password; None: it can."""
    if not shutil.which("sudo"):
        return "no sudo(8)"
    asked = subprocess.run(["sudo", "-n", "-u", "nobody", "test", "-x", SOCKMARK], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, check=False)
    return f"sudo -n -u nobody cannot start sockmark: {asked.stderr.strip()}" if asked.returncode else None


WHY_NO_SUDO = why_no_sudo()


@unittest.skipIf(WHY_NO_SUDO, WHY_NO_SUDO)
class ThroughSudo(EndToEnd):
    """The responder is a process of another user. sudo closes all descriptors but the standard ones."""

    SUDO = via("sudo -n -u nobody")

    def start_through_sudo(self):
        """A run at work, and the processes of its far end: sudo, the agent, the responder."""
        running = self.start("run", "-t", "tcp", *short(duration="1s"), *self.SUDO)

        def far_end():
            found = [next((worker for worker in running.workers() if worker.arguments[0] == "sudo"), None)]
            while found[-1] and not found[-1].plays("responder"):
                found.append(next(iter(children_of(found[-1].pid)), None))
            return found if found[-1] else None

        return running, wait_until(far_end, "the responder works")

    def test_it_measures(self):
        report = self.measure("-t", "tcp,udp", "-w", "rr,stream", *SHORT, *self.SUDO)
        self.assertEqual([end["via"] for end in report["ends"]], ["sudo -n -u nobody"])

    def test_the_responder_is_another_user_s(self):
        running, far_end = self.start_through_sudo()
        owners = [os.stat(f"/proc/{process.pid}").st_uid for process in far_end[-2:]]
        self.assertEqual(owners, [pwd.getpwnam("nobody").pw_uid] * 2)
        self.assert_measured(running.finish())

    def test_nothing_is_left_when_the_runner_is_killed(self):
        running, far_end = self.start_through_sudo()
        running.kill()
        wait_until(lambda: not any(process.alive() for process in far_end), "nothing is left")

    @unittest.skipUnless(os.geteuid() == 0, "sudo is a process of root")
    def test_nothing_is_left_when_sudo_is_killed(self):
        running, far_end = self.start_through_sudo()
        far_end[0].kill(signal.SIGKILL)
        self.assertIn(running.finish().status, (0, 4), "the channel may stay open")
        wait_until(lambda: not any(process.alive() for process in far_end), "nothing is left")

    def test_a_user_that_does_not_exist(self):
        outcome = self.sockmark("run", "-t", "tcp", *SHORT, *via("sudo -n -u no-such-user"))
        self.assertEqual(outcome.status, 2, outcome)
        self.assertIn("before a greeting: sudo: unknown user no-such-user", outcome.complaints)


SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
WHY_NO_SSH = WHY_NO_NAMESPACES or (None if SSHD and shutil.which("ssh") else "no sshd(8)")


@unittest.skipIf(WHY_NO_SSH, WHY_NO_SSH)
class ThroughSsh(EndToEnd):
    """A real sshd in the far namespace, with keys of its own."""

    def setUp(self):
        super().setUp()
        self.near, self.far = namespace_pair(self)
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.directory / name], check=True)
        config = self.directory / "sshd_config"
        config.write_text(f"Port 2222\nListenAddress {self.far.ipv4}\nHostKey {self.directory}/host\n"
                          f"AuthorizedKeysFile {self.directory}/user.pub\nStrictModes no\nUsePAM no\n"
                          "PermitRootLogin yes\nPidFile none\n")
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd expects it
        with open(self.directory / "sshd.log", "w") as log:
            self.sshd = subprocess.Popen([*self.far.command, SSHD, "-D", "-e", "-f", config], stderr=log)
        self.addCleanup(self.sshd.wait)
        self.addCleanup(self.sshd.kill)
        ssh = (f"{' '.join(self.near.command)} ssh -F none -p 2222 -i {self.directory}/user -o StrictHostKeyChecking=no "
               f"-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR root@{self.far.ipv4}")
        self.ends = ["--responder-via", ssh, "--generator-via", " ".join(self.near.command), *PROGRAM]
        wait_until(lambda: "Server listening" in (self.directory / "sshd.log").read_text(), "sshd listens")

    def test_it_measures(self):
        report = self.measure("-t", "tcp,udp", "-w", "rr,stream", *SHORT, *self.ends)
        responder = next(end for end in report["ends"] if end["role"] == "responder")
        self.assertEqual(responder["address"], self.far.ipv4)

    def test_a_program_that_is_sent_along(self):
        _, ssh, *generator = self.ends[:-len(PROGRAM)]
        # ssh passes no environment.
        report = self.measure("-t", "tcp", *SHORT, "--responder-via", f"{ssh} env SOCKMARK={SOCKMARK}", *generator, *PUSH,
                              program=(program_that_pushes(self.directory),))
        self.assertEqual({end["role"] for end in report["ends"]}, {"generator", "responder"})

    def test_a_wrong_key_is_explained(self):
        (self.directory / "user.pub").write_text("")
        outcome = self.sockmark("run", "-t", "tcp", *SHORT, *self.ends)
        self.assertEqual(outcome.status, 2, outcome)
        self.assertIn("ended with status 255 before a greeting: ", outcome.complaints)
        self.assertIn("Permission denied", outcome.complaints)

    def test_nothing_is_left_when_ssh_is_killed(self):
        running = self.start("run", "-t", "tcp,udp", *short(duration="2s"), *self.ends)

        wait_until(lambda: any(process.plays("responder") for process in processes_in(self.far)), "the responder works")
        ssh = next(process for process in processes_in(self.near) if process.arguments[0] == "ssh")
        ssh.kill(signal.SIGKILL)
        outcome = running.finish()
        self.assertEqual(outcome.status, 4, outcome)
        self.assertIn("was killed by signal 9", outcome.complaints)
        wait_until(lambda: self.far.pids() == [self.sshd.pid], "only sshd is left")


if __name__ == "__main__":
    unittest.main()
