"""sockmark serve: clients with a key and without one, its limits, and how it ends."""

import base64
import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import unittest
from pathlib import Path

from harness import CONDITION_GUARD, ROOT, SHORT, SOCKMARK, EndToEnd, children_of, sanitized, short, wait_until
from serving import HELLO_BYTES, LONG, SERVED, Dial, Serve, Server, pinging, receive


class Measuring(Serve):
    def test_every_workload_over_tcp_and_udp(self):
        server = Server(self)
        report = self.measure("-t", "tcp,udp", "-w", "rr,stream,connect", *SERVED, *server.ends())
        self.assertEqual(len(report["cases"]), 6)
        end, = report["ends"]
        self.assertEqual((end["role"], end["via"], end["address"]),
                         ("responder", f"serve at 127.0.0.1:{server.port}", "127.0.0.1"))
        server.wait_for(r"port \d+: session 1 ended after [\d.]+ s: closed by the client")
        self.assertEqual(len(re.findall("session", server.log())), 2, "one session for the plan")

    def test_a_report_has_the_structure_of_one_by_a_launcher(self):
        def structure(value):
            if isinstance(value, dict):
                return {name: structure(item) for name, item in value.items()}
            return type(value).__name__ if not isinstance(value, (int, float)) else "number"

        # Values that a percentile of few samples may lack are undefined or not from run to run.
        def shape(report):
            run = structure(report["cases"][0]["runs"][0])
            return {name: sorted(part) if isinstance(part, dict) else part for name, part in run.items()
                    if not name.endswith("_reason")}, sorted(report), sorted(report["ends"][0])

        server = Server(self)
        served = self.measure("-t", "tcp", *SERVED, *server.ends())
        launched = self.measure("-t", "tcp", *SERVED, "--responder-via", "sh -c 'exec \"$@\"' -", "--worker-program",
                                SOCKMARK)
        self.assertEqual(shape(served)[1:], shape(launched)[1:])
        self.assertEqual(shape(served)[0].keys(), shape(launched)[0].keys())

    def test_the_ledger_is_exact_under_impairment(self):
        server = Server(self)
        report = self.measure("-t", "udp", "-w", "rr,stream", "-r", "500", *short(duration="1s", tmax="2s"),
                              *server.ends(), "--impair", "loss=2%,duplicate=1%,seed=3")
        for case in report["cases"]:
            self.assertEqual(case["runs"][0]["loss"]["lost"], case["runs"][0]["impairment"]["dropped"], case["id"])

    def test_ipv6_and_names(self):
        server = Server(self, listen="[::1]:0")
        self.measure("-t", "tcp6,udp6", *SERVED, *server.ends())
        self.refused(server, "connect to an IPv4 address", status=4)
        server = Server(self)
        self.measure("-t", "tcp", *SERVED, *server.ends("localhost"))

    def test_loopback_without_a_key(self):
        server = Server(self, key=False)
        server.wait_for("without a key")
        self.measure("-t", "tcp", *SERVED, *server.ends())
        self.refused(server, "asks for no key", ends=[*server.ends(), "--secret-file", str(self.key)])

    def test_many_connections(self):
        server = Server(self)
        self.measure("-t", "tcp", "-c", "500", *short(duration="1s", tmax="5s"), *server.ends())

    def test_many_sessions_at_once(self):
        server = Server(self, "--max-sessions", "12")
        runs = [self.start("run", "-t", "tcp", *LONG, "-o", f"{n}.json", *server.ends()) for n in range(12)]
        server.await_messages(12)
        self.refused(server, "all of its sessions are in use (--max-sessions there)")
        server.wait_for("refused: all 12 sessions are in use")
        for run in runs:
            run.popen.send_signal(signal.SIGINT)
        for n, run in enumerate(runs):
            self.assertEqual(run.finish().status, 130, run.complaints())
            loss = self.read_report(self.work / f"{n}.json")["cases"][0]["runs"][0]["loss"]
            self.assertGreater(loss["received"], 0)
            self.assertEqual(loss["sent"], loss["received"] + loss["lost"])
        server.await_nothing()
        self.assert_serves(server)

    def test_64_sessions_beside_one_that_measures(self):
        server = Server(self, "--max-sessions", "65")
        dials = []
        with pinging(dials):
            for _ in range(64):
                dials.append(Dial(self, server))
            for dial in dials:
                dial.greet()
            self.assertEqual(len(children_of(server.popen.pid)), 64)
            self.assert_serves(server)
        for dial in dials:
            self.assertEqual(dial.end(), 0)
        server.await_nothing()


class Keys(Serve):
    def test_another_key_none_and_a_bad_file(self):
        server = Server(self)
        other = self.directory / "other"
        self.sockmark("genkey", other)
        ends = server.ends()
        outcome = self.refused(server, "after the authentication: the keys differ", ends=[*ends[:3], str(other)])
        self.assertEqual(len(outcome.complaints.splitlines()), 1, outcome)
        self.assertTrue(outcome.complaints.startswith("sockmark: responder: 127.0.0.1:"), outcome)
        server.wait_for(r"(?m)^\S+ serve: 127\.0\.0\.1 port \d+: authentication failed$")
        self.refused(server, "requires a key: --secret-file", ends=ends[:2])
        other.chmod(0o644)
        self.refused(server, "has mode 0644, which gives others access: chmod 600", ends=[*ends[:3], str(other)])
        self.refused(server, "No such file", ends=[*ends[:3], "no-such-key"])
        self.assertEqual(self.sockmark("serve", "--secret-file", other).status, 2)
        self.assert_serves(server)

    def test_a_key_is_never_overwritten(self):
        before = self.key.read_text()
        self.assert_complains(self.sockmark("genkey", self.key), 2, "exists; a key is never overwritten")
        self.assertEqual(self.key.read_text(), before)
        self.assertEqual(self.key.stat().st_mode & 0o777, 0o600)

    def test_a_key_that_cannot_be_written_leaves_no_file(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

        torn = self.directory / "torn"
        self.assert_complains(self.sockmark("genkey", torn, preexec_fn=limit), 2, "torn: write: File too large")
        self.assertFalse(torn.exists())

    def test_what_answers_is_not_serve(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def answer():
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
                    receive(connection, 1)

            thread = threading.Thread(target=answer)
            thread.start()
            port = listener.getsockname()[1]
            self.refused(None, f"127.0.0.1:{port} is not sockmark serve", ends=["--remote", f"127.0.0.1:{port}"])
            thread.join(CONDITION_GUARD)
        self.refused(None, "Connection refused", ends=["--remote", f"127.0.0.1:{port}"])

    @unittest.skipUnless(os.geteuid() == 0, "only root sees the environment of a protected process")
    def test_the_key_is_in_no_argument_environment_log_or_report(self):
        text = self.key.read_bytes().strip()
        secrets = [text, base64.b64decode(text), base64.b64decode(text).hex().encode()]
        server = Server(self)
        run = self.start("run", "-t", "tcp", *LONG, *server.ends())
        server.await_messages()
        far, near = server.descendants(), run.workers()
        self.assertEqual(len(far), 3, "session, agent and worker")
        for pid in [server.popen.pid, run.popen.pid, *[process.pid for process in [*far, *near]]]:
            for name in ("cmdline", "environ"):
                content = Path(f"/proc/{pid}/{name}").read_bytes()
                for secret in secrets:
                    self.assertNotIn(secret, content, f"{name} of {pid}")
        protected = [server.popen.pid, next(process.pid for process in near if "dial" in process.arguments),
                     next(process.pid for process in far if "session" in process.arguments)]
        for pid in protected:
            # PR_SET_DUMPABLE 0: no core, and files of /proc that belong to root. As root, only the former shows.
            status = Path(f"/proc/{pid}/status").read_text()
            self.assertRegex(status, r"NoNewPrivs:\s*1")
        run.popen.send_signal(signal.SIGINT)
        self.assertEqual(run.finish().status, 130, run.complaints())
        for path in [self.report_path, server.log_path]:
            for secret in secrets:
                self.assertNotIn(secret, path.read_bytes(), path)

    def test_a_crash_leaves_no_core(self):
        core_pattern = Path("/proc/sys/kernel/core_pattern").read_text()
        if core_pattern.startswith("|") or "/" in core_pattern:
            self.skipTest("cores are written elsewhere")
        server = Server(self, prefix=("sh", "-c", 'ulimit -c unlimited; exec "$@"', "-"))
        server.popen.send_signal(signal.SIGABRT)
        self.assertEqual(server.popen.wait(CONDITION_GUARD), -signal.SIGABRT)
        self.assertEqual([name for name in os.listdir(self.work) if "core" in name], [])


class Limits(Serve):
    def test_what_exceeds_a_limit_is_named(self):
        server = Server(self, "--max-connections", "4", "--max-duration", "2s", "--max-message", "1k", "--max-rate",
                        "5k", "--max-bandwidth", "8M")
        rate = ("-r", "1k")
        for words, options in ((["connections 5: at most 4"], [*rate, "-c", "5"]),
                               (["duration 0.1 s", "at most 2 s together"], [*rate, "--tmax", "1s"]),
                               (["size 2048 bytes: at most 1024 bytes"], [*rate, "-s", "2k"]),
                               (["a run without --rate: at most 5000/s"], []),
                               (["rate 6000/s: at most 5000/s"], ["-r", "6k"]),
                               (["bandwidth 8192000 bit/s: at most 8000000 bit/s"], [*rate, "-s", "1k"])):
            self.refused(server, "serve refuses", *words, status=4,
                         options=["-t", "tcp", "-d", "100ms", "--warmup", "50ms", "-n", "1",
                                  *([] if "--tmax" in options else ["--tmax", "400ms"]), *options])
        self.measure("-t", "tcp", *short(duration="300ms", tmax="800ms"), "-r", "1k", "-c", "4", *server.ends())

    def test_a_client_chooses_no_address_and_no_path(self):
        server = Server(self)
        self.refused(server, "listens at 127.0.0.1 only", status=4, options=["-t", "tcp://127.0.0.2:0", *SHORT])
        self.refused(server, "TCP and UDP addresses only", status=4,
                     options=["-t", f"unix-stream:{self.directory}/socket", *SHORT])
        self.assertFalse((self.directory / "socket").exists())

    def test_where_it_may_listen(self):
        self.assert_complains(self.sockmark("serve", "--listen", "192.0.2.1"), 2, "not a loopback address",
                              "--secret-file", "sockmark genkey")
        if os.geteuid() == 0:
            self.assert_complains(self.sockmark("serve", "--listen", "192.0.2.1", "--secret-file", self.key), 2,
                                  "--allow-root")
        self.assert_complains(self.sockmark("serve", "--listen", "192.0.2.1", "--secret-file", self.key,
                                            "--allow-root"), 2, "192.0.2.1 is not an address of ")
        server = Server(self)
        self.assert_complains(self.sockmark("serve", "--listen", f"127.0.0.1:{server.port}"), 2,
                              f"port {server.port}", "Address already in use")

    def test_a_session_has_a_longest_time(self):
        server = Server(self, "--max-session", "2s")
        outcome = self.sockmark("run", "-t", "tcp", *LONG, *server.ends())
        # On a busy machine, before there was anything to measure.
        self.assertIn(outcome.status, (2, 4), outcome)
        server.wait_for("ended after .*: the longest time of a session has passed")
        server.await_nothing()


class UnixSocket(Serve):
    """The control connection is a UNIX socket."""

    def setUp(self):
        super().setUp()
        self.path = self.directory / "control"
        self.address = f"unix-stream:{self.path}"

    def test_every_transport(self):
        for key in (False, True):
            with self.subTest(key=key):
                server = Server(self, listen=self.address, key=key)
                self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)
                report = self.measure("-t", "tcp,tcp6,udp,udp6,unix-stream,unix-dgram", *SERVED, *server.ends())
                self.assertEqual(len(report["cases"]), 6)
                self.assertEqual(report["ends"][0]["via"], f"serve at {self.address}")
                server.wait_for(r"user \d+ process \d+: session 1 ended after [\d.]+ s: closed by the client")
                server.popen.terminate()
                self.assertEqual(server.popen.wait(CONDITION_GUARD), 0)
                self.assertFalse(self.path.exists())

    def test_a_client_chooses_no_address_and_no_path(self):
        server = Server(self, listen=self.address)
        for address, words in ((f"unix-stream:{self.directory}/named", "TCP and UDP addresses only"),
                               ("unix-stream:@named", "TCP and UDP addresses only"),
                               ("tcp://127.0.0.2:0", "listens at 127.0.0.1 only")):
            self.refused(server, words, status=4, options=("-t", address, *SHORT))
        self.assertFalse((self.directory / "named").exists())
        self.assert_serves(server)

    def test_the_file_of_a_killed_server_is_replaced_and_no_other(self):
        server = Server(self, listen=self.address)
        self.assert_complains(self.sockmark("serve", "--listen", self.address), 2, "is in use by another process")
        server.popen.kill()
        server.popen.wait()
        self.assertTrue(self.path.exists())
        self.refused(server, "Connection refused")
        self.assert_serves(Server(self, listen=self.address))
        other = self.directory / "precious"
        other.write_text("precious")
        self.assert_complains(self.sockmark("serve", "--listen", f"unix-stream:{other}"), 2, "is not a socket")
        self.assertEqual(other.read_text(), "precious")

    def test_addresses_that_are_none(self):
        for text, word in (("unix-stream:", "unix-stream"), ("unix-stream:/" + 120 * "x", "107"),
                           ("unix-dgram:/x", "unix-dgram")):
            self.assert_complains(self.sockmark("serve", "--listen", text), 2, "--listen", word)
            self.assert_complains(self.sockmark("run", "-t", "tcp", "--remote", text), 2, "--remote", word)

    @unittest.skipUnless(os.geteuid() == 0, "only root can be another user")
    def test_another_user_needs_the_key(self):
        for key, answered in ((False, 0), (True, HELLO_BYTES)):
            server = Server(self, listen=self.address, key=key)
            self.directory.chmod(0o755)
            self.path.chmod(0o666)
            self.assertEqual(self.hello_for(os.geteuid()), HELLO_BYTES)
            self.assertEqual(self.hello_for(65534), answered)
            if not key:
                server.wait_for(r"user 65534 process \d+: refused: another user, and no key")
            server.end()
            self.path.unlink()

    def hello_for(self, user):
        """How many bytes a process of this user is greeted with."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setuid(user)
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.settimeout(CONDITION_GUARD)
                    connection.connect(str(self.path))
                    os.write(writing, receive(connection, HELLO_BYTES))
            finally:
                os._exit(0)
        os.close(writing)
        os.waitpid(child, 0)
        with os.fdopen(reading, "rb") as answer:
            return len(answer.read())


class Ending(Serve):
    # Where a server is started again. Connections of other tests have 127.0.0.1, and could use its port meanwhile.
    AGAIN = "127.0.0.77"

    def test_sigterm_lets_sessions_end(self):
        server = Server(self)
        run = self.start("run", "-t", "tcp", "-r", "200", "--wait", "sleep", *short("5s", tmax="5s"), *server.ends())
        server.await_messages()
        server.popen.terminate()
        server.wait_for("ending when the session has ended, in 60 s at most")
        self.refused(server, "Connection refused")
        outcome = run.finish()
        self.assertIn(outcome.status, (0, 4), outcome)  # 4 where the machine was too busy for a valid run
        self.assertFalse(self.read_report()["interrupted"], outcome)
        self.assertEqual(server.popen.wait(CONDITION_GUARD), 0)
        server.wait_for("closed by the client(.|\n)*serve: ended$")

    def test_a_second_signal_and_the_drain_limit_end_it(self):
        for options, again, status in (((), True, 143), (("--drain", "100ms"), False, 0)):
            server = Server(self, *options)
            run = self.start("run", "-t", "tcp", *LONG, *server.ends())
            server.await_messages()
            server.popen.terminate()
            server.wait_for("ending when")
            if again:
                server.popen.terminate()
            self.assertEqual(server.popen.wait(CONDITION_GUARD), status)
            server.wait_for("ended; 1 session was cut off")
            self.assertEqual(run.finish().status, 4)
            server.end()

    def test_an_idle_server_ends_at_once(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            server = Server(self)
            server.connect()
            server.popen.send_signal(number)
            self.assertEqual(server.popen.wait(CONDITION_GUARD), 0)

    def test_an_interrupted_client_keeps_what_was_measured(self):
        server = Server(self)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            run = self.start("run", "-t", "udp", *LONG, *server.ends())
            server.await_messages()
            run.popen.send_signal(number)
            self.assertEqual(run.finish().status, 128 + number, run.complaints())
            report = self.read_report()
            self.assertTrue(report["interrupted"])
            loss = report["cases"][0]["runs"][0]["loss"]
            self.assertGreater(loss["received"], 0)
            self.assertEqual(loss["sent"], loss["received"] + loss["lost"])
            server.await_nothing()
        wait_until(lambda: server.log().count("closed by the client") == 3, "each session ends in order")

    def test_a_log_that_cannot_be_written_does_not_end_it(self):
        server = Server(self, prefix=(sys.executable, "-c", "import os, resource, sys\n"
                                      "resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))\n"
                                      "os.execvp(sys.argv[1], sys.argv[1:])"))
        while len(server.log()) < 512:
            with contextlib.closing(server.connect()) as connection:
                connection.sendall(b"x")
                receive(connection, 100)
        self.measure("-t", "tcp", *SERVED, *server.ends())
        server.popen.terminate()
        self.assertEqual(server.popen.wait(CONDITION_GUARD), 0)
        self.assertEqual(len(server.log()), 512)
        server.log_path.write_text("")  # its last line is cut off

    def test_a_server_that_is_killed_leaves_nothing_and_can_start_again(self):
        server = Server(self, listen=f"{self.AGAIN}:0")
        for _ in range(5):
            run = self.start("run", "-t", "tcp,udp", *LONG, *server.ends())
            server.await_messages()
            left = server.descendants()
            server.popen.kill()
            server.popen.wait()
            again = Server(self, listen=f"{self.AGAIN}:{server.port}")
            outcome = run.finish()
            self.assertEqual(outcome.status, 4, outcome)
            self.assertIn("responder on ", outcome.complaints)
            wait_until(lambda: not any(process.alive() for process in left), "nothing is left")
            server = again
        self.assert_serves(server)
        server.popen.terminate()
        server.popen.wait(CONDITION_GUARD)
        self.assert_serves(Server(self, listen=f"{self.AGAIN}:{server.port}"))

    def test_resume_after_the_server_is_lost(self):
        server = Server(self, listen=f"{self.AGAIN}:0")
        plan = ("-t", "tcp,udp", *short(duration="1s", tmax="5s"))
        run = self.start("run", *plan, *server.ends())
        wait_until(lambda: re.search(r"^\[ *2/2\]", run.complaints(), re.M), "the second run begins")
        server.popen.kill()
        server.popen.wait()
        self.assertEqual(run.finish().status, 4)
        self.assertEqual(sorted(len(case["runs"]) for case in self.read_report()["cases"]), [0, 1])
        again = Server(self, listen=f"{self.AGAIN}:{server.port}")
        self.measure(*plan, *again.ends(), "--resume")


class Soak(EndToEnd):
    """Half a minute of what scripts/soak does for longer."""

    @unittest.skipIf(sanitized(), "a sanitizer keeps freed memory")
    def test_memory_and_descriptors_stay_flat(self):
        done = subprocess.run([sys.executable, "-B", str(ROOT / "scripts/soak"), "--seconds", "30",
                               "--program", SOCKMARK], check=False, capture_output=True, text=True, timeout=200,
                              env=self.environment, cwd=self.work)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(", 0 failed;", done.stdout)


if __name__ == "__main__":
    unittest.main()
