"""sockmark serve and hostile peers: clients without the key and with it, servers that are none."""

import base64
import contextlib
import hashlib
import itertools
import json
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import unittest

from harness import CONDITION_GUARD, ROOT, SOCKMARK, children_of, wait_until
from mutants import mutant_of_bytes, mutant_of_frames
from relay import Relay, on
from serving import (AUTH_BYTES, HELLO_BYTES, LONG, SERVED, TYPES, WELCOME_BYTES, Dial, Serve, Server, frames_of,
                     receive)

AUTH = b"SMH1\2\0\0\0" + struct.pack(">I", AUTH_BYTES - 12)  # the header of a client's proof
# Changed inputs of each kind (CONTRIBUTING.md, "Fuzzing").
MUTANTS = int(os.environ.get("SOCKMARK_MUTANTS", "240"))


class HostileWithKey(Serve):
    def answer(self, dial, assignment):
        """What the worker of a new run answers to it."""
        dial.send("release")
        dial.send("spawn", role="responder")
        dial.await_type("hello", "ended")
        dial.send("prepare", **assignment)
        answer = dial.await_type("listening", "failed", "hello")
        return answer if "protocol" not in answer else dial.await_type("listening", "failed")

    def test_a_client_gets_responders_only_and_names_no_path(self):
        server = Server(self)
        sent = next(json.loads(message[12:]) for message in self.assignment() if message[4] == TYPES["prepare"])
        dial = Dial(self, server)
        dial.greet()
        dial.send("spawn", role="generator")
        self.assertEqual(dial.await_type("failed")["message"], "serve starts responders only")

        victim = self.directory / "victim"
        victim.mkdir()
        (victim / "file").write_text("precious")
        answer = self.answer(dial, {**sent, "directory": str(victim)})
        self.assertEqual([text.rpartition(":")[0] for text in answer.get("addresses", [answer])], ["tcp://127.0.0.1"])
        for addresses in (["unix-stream:/tmp/x"], ["tcp://127.0.0.2:0"], ["tcp://0.0.0.0:0"] * 2, ["memory:x"]):
            self.assertIn("message", self.answer(dial, {**sent, "addresses": addresses}), addresses)
        for name, value in (("connections", 1 << 40), ("connections", 20000), ("duration_ns", 1 << 62),
                            ("threads", 10_000), ("size_bytes", 1 << 33)):
            self.assertIn(name, sent["params"])
            self.assertIn("message", self.answer(dial, {**sent, "params": {**sent["params"], name: value}}), name)
        self.assertEqual(dial.end(), 0)
        server.await_nothing()
        self.assertEqual((victim / "file").read_text(), "precious")
        self.assert_serves(server)

    def test_garbage_behind_the_handshake_ends_the_session_alone(self):
        server = Server(self)
        spawn = b"SMK1" + bytes([TYPES["spawn"], 0, 0, 0])
        for garbage in (b"x" * 100_000, spawn + b"\xff\xff\xff\xff", spawn + b"\0\0\0\2{}\n",
                        spawn + b"\0\0\0\1[\n", b"SMK1\377\0\0\0\0\0\0\0\n"):
            dial = Dial(self, server)
            dial.greet()
            with contextlib.suppress(OSError):
                dial.send_bytes(garbage)
            dial.end()
            server.await_nothing()
        self.assert_serves(server)

    def test_the_log_names_an_attacker_for_fail2ban(self):
        filters = (ROOT / "packaging/fail2ban-filter.conf").read_text()
        pattern = re.search(r"^failregex = (.*)$", filters, re.M)[1].replace("<HOST>", r"(?P<host>\S+)")
        server = Server(self)
        for attack in (AUTH + b"\1\0\0\0" + bytes(96), b"GET /", b""):
            connection = server.connect(source="127.0.0.9")
            connection.sendall(attack)
            connection.shutdown(socket.SHUT_WR)
            receive(connection, 100)
        self.assert_serves(server)
        found = [re.search(pattern, line) for line in server.log().splitlines()]
        self.assertEqual([match["host"] for match in found if match], ["127.0.0.9"] * 3, server.log())


class Hostile(Serve):
    def test_silent_and_slow_clients_are_closed_while_others_are_served(self):
        server = Server(self)
        silent = server.connect()
        slow = server.connect()
        stop = threading.Event()

        def drip():
            with contextlib.suppress(OSError):
                for byte in AUTH + bytes(100):
                    if stop.wait(0.1):
                        return
                    slow.send(bytes([byte]))

        thread = threading.Thread(target=drip)
        thread.start()
        self.addCleanup(thread.join, CONDITION_GUARD)
        self.addCleanup(stop.set)
        self.assert_serves(server)
        for connection in (silent, slow):
            self.assertEqual(len(receive(connection, HELLO_BYTES + 1)), HELLO_BYTES, "a HELLO, then closed")
        server.wait_for("handshake timed out")
        self.assert_serves(server)

    def test_idle_connections_do_not_keep_a_client_out(self):
        server = Server(self)
        before = server.descriptors()
        idle = []

        def crowd_out():
            """More than there is room for, before the first of them times out."""
            idle.extend(server.connect(source=f"127.0.0.{2 + n % 100}") for n in range(200))
            return server.found("handshake abandoned for a newer connection")

        wait_until(crowd_out, "the oldest make room")
        self.assert_serves(server)
        for connection in idle:
            self.assertEqual(len(receive(connection, HELLO_BYTES + 1)), HELLO_BYTES)
        wait_until(lambda: server.descriptors() == before, "their descriptors are closed")

    def test_garbage_of_every_kind(self):
        server = Server(self)
        before = server.descriptors()
        lengths = [b"SMH1\2\0\0\0" + struct.pack(">I", length) for length in (0, 99, 101, 1 << 16, 0x7FFFFFFF, 0xFFFFFFFF)]
        attacks = [b"", b"\0", b"\n" * 5, b"GET / HTTP/1.1\r\n\r\n", b"SMK1\1\0\0\0", b"\xff" * 4096, os.urandom(1 << 20),
                   AUTH, AUTH + bytes(100), AUTH + b"\1\0\0\0" + os.urandom(96), AUTH + bytes(101), b"SMH1\4\0\0\0" + bytes(40),
                   *[length + bytes(64) for length in lengths]]
        for attack in attacks:
            connection = server.connect()
            with contextlib.suppress(OSError):
                connection.sendall(attack)
                connection.shutdown(socket.SHUT_WR)
            answered = receive(connection, 4096)
            self.assertLessEqual(len(answered), HELLO_BYTES, attack[:20])
        self.assert_serves(server)
        wait_until(lambda: server.descriptors() == before, "their descriptors are closed")

    def test_a_client_that_is_killed(self):
        server = Server(self)
        run = self.start("run", "-t", "tcp", *LONG, *server.ends())
        server.await_messages()
        run.popen.kill()
        run.popen.wait()
        server.wait_for("session 1 ended after")
        server.await_nothing()
        self.assert_serves(server)

    def test_a_client_that_is_stopped_is_given_up_and_one_that_waits_is_not(self):
        server = Server(self)
        run = self.start("run", "-t", "tcp,udp", *LONG, "-o", "stopped.json", *server.ends())
        server.await_messages()
        waiting, its_errors = self.start_waiting("run", "-t", "tcp", *SERVED, "-o", "waiting.json", *server.ends())
        server.wait_for("session 2 begins")
        dial = next(process for process in run.workers() if "dial" in process.arguments)
        run.popen.send_signal(signal.SIGSTOP)
        dial.kill(signal.SIGSTOP)
        self.assert_serves(server)
        server.wait_for(r"session 1 ended after [\d.]+ s: silent for \d+ s")
        dial.kill(signal.SIGCONT)
        run.popen.send_signal(signal.SIGCONT)
        outcome = run.finish()
        self.assertEqual(outcome.status, 4, outcome)
        self.assertIn("responder on ", outcome.complaints)
        with its_errors:
            complaints = its_errors.read().lstrip("x")
        self.assertIn(waiting.wait(CONDITION_GUARD), (0, 4), complaints)
        self.assertNotIn("responder on ", complaints)
        self.assertTrue(self.read_report(self.work / "waiting.json")["cases"][0]["runs"])
        server.await_nothing()

    def start_waiting(self, *arguments):
        """`sockmark` and its standard error, of which nothing was read: it waits to write the line of its first run."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        for size in (4096, 1):
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(writing, b"x" * size)
        os.set_blocking(writing, True)
        popen = subprocess.Popen([SOCKMARK, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=writing, cwd=self.work, env=self.environment)
        os.close(writing)
        self.addCleanup(popen.wait)
        self.addCleanup(popen.kill)
        return popen, os.fdopen(reading)

    def test_a_session_that_crashes_touches_no_other(self):
        server = Server(self)
        run = self.start("run", "-t", "tcp", *LONG, *server.ends())
        server.await_messages()
        first, = children_of(server.popen.pid)
        other = self.start("run", "-t", "tcp", *LONG, "-o", "other.json", *server.ends())
        server.await_messages(2)
        first.kill(signal.SIGSEGV)
        server.wait_for(r"session 1 ended after [\d.]+ s: was killed by signal 11")
        self.assertEqual(run.finish().status, 4)
        other.popen.send_signal(signal.SIGINT)
        self.assertEqual(other.finish().status, 130, other.complaints())
        loss = self.read_report(self.work / "other.json")["cases"][0]["runs"][0]["loss"]
        self.assertEqual(loss["sent"], loss["received"] + loss["lost"])
        server.await_nothing()

    def test_the_log_is_limited(self):
        server = Server(self)
        for _ in range(100):
            with contextlib.closing(server.connect()) as connection:
                connection.sendall(b"x")
                receive(connection, HELLO_BYTES)
        wait_until(lambda: "more refusals within a second" in server.log(), server.log)
        self.assertLess(server.log().count("invalid handshake"), 100)


class Mutants(Serve):
    """Valid bytes that were changed by chance, seed for seed. The server answers none of them more than it must, lives
    on, and keeps nothing of them."""

    def setUp(self):
        super().setUp()
        self.server = Server(self, "--max-sessions", "64")
        self.descriptors = self.server.descriptors()
        self.secret = base64.b64decode(self.key.read_text())

    def recorded(self):
        """What the client and the server of a session said."""
        relay = Relay(self, self.server)
        self.measure("-t", "tcp", *SERVED, *self.server.ends(port=relay.port))
        self.assertGreater(len(relay.recorded["client"]), 1000)
        self.assertNotIn(b"SMK1", relay.recorded["client"], "no control message in clear")
        return {way: bytes(data) for way, data in relay.recorded.items()}

    def assert_unharmed(self):
        self.server.await_nothing()
        self.assertNotIn("killed by signal", self.server.log())
        wait_until(lambda: self.server.descriptors() == self.descriptors, "their descriptors are closed")
        self.assert_serves(self.server)

    def answers(self, inputs):
        """What the server answers to each of these, of which many are sent at once: `greet` makes one of its HELLO."""
        for first in range(0, len(inputs), 32):
            some = []
            for greet in inputs[first:first + 32]:
                connection = self.server.connect()
                hello = receive(connection, HELLO_BYTES)
                self.assertEqual(len(hello), HELLO_BYTES)
                some.append((connection, hello, greet))
            for connection, hello, greet in some:
                with contextlib.suppress(OSError):  # closed already
                    connection.sendall(greet(hello))
                    connection.shutdown(socket.SHUT_WR)
            for connection, *_ in some:
                yield receive(connection, 1 << 20)
                connection.close()

    def proof(self, hello, change=lambda fields: fields):
        """A client's proof for this HELLO (bench/serve/handshake.h); `change`: of its fields, which are then signed."""
        fields = change(AUTH + b"\1\0\0\0" + os.urandom(64))
        return fields + hashlib.blake2b(b"c" + hello + fields, key=self.secret, digest_size=32).digest()

    def test_recorded_sessions(self):
        recorded = self.recorded()["client"]
        cuts = [recorded[:cut] for cut in (*range(0, AUTH_BYTES, 7), AUTH_BYTES, 136, 148, len(recorded))]
        mutants = [mutant_of_bytes(recorded[:chance], seed) for seed, chance in
                   zip(range(MUTANTS), itertools.cycle((AUTH_BYTES, 2 * AUTH_BYTES, 4096)))]
        sessions = self.server.log().count("begins")
        for seed, answer in enumerate(self.answers([lambda _, data=data: data for data in [*cuts, *mutants]])):
            self.assertEqual(answer, b"", seed - len(cuts))
        self.assertEqual(self.server.log().count("begins"), sessions, "none of them became a session")
        self.assert_unharmed()

    def test_proofs(self):
        def changed(hello, seed):
            proof = mutant_of_bytes(self.proof(hello), seed)
            return proof if len(proof) <= AUTH_BYTES else proof[:AUTH_BYTES]

        def signed(hello, seed):
            return self.proof(hello, lambda fields: mutant_of_bytes(fields, seed))

        # The last part of a longer mutant would be of a session.
        kinds = [signed if seed % 8 == 0 else changed for seed in range(MUTANTS)]
        greets = [lambda hello, kind=kind, seed=seed: kind(hello, seed) for seed, kind in enumerate(kinds)]
        admitted = 0
        for seed, (kind, answer) in enumerate(zip(kinds, self.answers([self.proof, *greets]))):
            if seed == 0 or kind is signed:
                admitted += len(answer) >= WELCOME_BYTES
            self.assertTrue(answer == b"" or answer.startswith(b"SMH1\3"), seed)
        self.assertGreater(admitted, 0, "an unchanged proof is right")
        self.assert_unharmed()

    def test_sealed_records(self):
        recorded = self.recorded()["client"][AUTH_BYTES:]
        for seed in range(MUTANTS // 16):
            connection = self.server.connect()
            connection.sendall(self.proof(receive(connection, HELLO_BYTES)))
            self.assertTrue(receive(connection, WELCOME_BYTES).startswith(b"SMH1\3"), seed)
            with contextlib.suppress(OSError):
                connection.sendall(mutant_of_bytes(recorded, seed))
                connection.shutdown(socket.SHUT_WR)
            receive(connection, 1 << 20)
        self.server.await_nothing()
        self.assertEqual(self.server.log().count("closed by the client"), 1, "none but the recorded session")
        self.assert_unharmed()

    def test_control_messages_of_a_client_with_the_key(self):
        frames = self.assignment()
        for seed in range(MUTANTS // 8):
            dial = Dial(self, self.server)
            dial.greet()
            with contextlib.suppress(OSError):  # the session has ended
                for message in mutant_of_frames(frames, seed):
                    dial.send_bytes(message)
                    dial.answers(0.02)
            with contextlib.suppress(OSError):
                dial.popen.stdin.close()
            for message in frames_of(dial.popen.stdout.read()):
                # A worker that ends by a signal has a fault.
                if message[4] == TYPES["ended"]:
                    self.assertEqual(json.loads(message[12:])["signal"], 0, seed)
            dial.popen.wait(CONDITION_GUARD)
        self.assert_unharmed()

    def test_false_servers(self):
        """A client believes no recorded server, changed or not: it says so in one line."""
        recorded = self.recorded()["server"]
        sizes = itertools.cycle((HELLO_BYTES, HELLO_BYTES + WELCOME_BYTES, 4096))
        said = [recorded, *[mutant_of_bytes(recorded[:size], seed) for seed, size in zip(range(MUTANTS // 4), sizes)]]
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = str(listener.getsockname()[1])

            def serve():
                for data in said:
                    connection, _ = listener.accept()
                    with connection, contextlib.suppress(OSError):
                        connection.sendall(data)
                        connection.shutdown(socket.SHUT_WR)
                        receive(connection, AUTH_BYTES + 1)

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            for seed in range(len(said)):
                outcome = self.sockmark("dial", f"127.0.0.1:{port}", "--secret-file", self.key)
                self.assert_complains(outcome, 4, f"127.0.0.1:{port} ")
                self.assertEqual(outcome.text, "", seed - 1)
            thread.join(CONDITION_GUARD)


if __name__ == "__main__":
    unittest.main()
