"""What the tests of sockmark serve share: a server, clients of it, and what both must satisfy."""

import contextlib
import json
import os
import re
import select
import socket
import struct
import subprocess
import threading

from harness import CONDITION_GUARD, ROOT, SHORT, SOCKMARK, EndToEnd, children_of, short, wait_until

HELLO_BYTES, AUTH_BYTES, WELCOME_BYTES = 48, 112, 80
# The types of control messages, by name.
TYPES = {name: int(number) for name, number in
         re.findall(r"^  (\w+) = (\d+),", (ROOT / "bench/protocol/control.h").read_text(), re.M)}
# Long enough for a run to have a result beside other tests. Nothing waits for Tmax unless a datagram is lost.
SERVED = short(duration="300ms", tmax="5s")
# Until a signal ends it. A few messages, as many of these may run at once.
LONG = ["-r", "200", "--wait", "sleep", *short(duration="60s", tmax="5s")]


class Server:
    """`sockmark serve` at a free port, and its log."""

    def __init__(self, test, *options, key=True, listen="127.0.0.1:0", prefix=()):
        self.test = test
        self.log_path = test.work / f"serve-{len(test.servers)}.log"
        self.key = test.key if key else None
        self.seen = []  # processes of its sessions that were found
        secret = ["--secret-file", str(test.key)] if key else []
        with open(self.log_path, "wb") as log:
            self.popen = subprocess.Popen([*prefix, SOCKMARK, "serve", "--listen", listen, *secret, *options],
                                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                                          cwd=test.work, env=test.environment)
        test.servers.append(self)
        test.addCleanup(self.end)
        started = wait_until(lambda: self.found(r"listening at (?:(\S+) port (\d+)|(unix-stream:\S+))") or
                             self.popen.poll(), "it listens")
        test.assertIsInstance(started, re.Match, self.log())
        self.host, self.port, self.file = started[1], int(started[2] or 0), started[3]

    def log(self):
        return self.log_path.read_text()

    def found(self, pattern):
        return re.search(pattern, self.log())

    def wait_for(self, pattern):
        return wait_until(lambda: self.found(pattern), lambda: f"{pattern} in\n{self.log()}")

    def ends(self, host=None, port=None):
        """The options of a run that measures against it."""
        host, port = host or self.host, port or self.port
        where = self.file or (f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        return ["--remote", where, *(["--secret-file", str(self.key)] if self.key else [])]

    def connect(self, source=None):
        """A client's connection that has done nothing yet."""
        connection = socket.create_connection((self.host, self.port), CONDITION_GUARD,
                                              source_address=(source, 0) if source else None)
        self.test.addCleanup(connection.close)
        return connection

    def descendants(self):
        """Its sessions, their agents and workers."""
        found = children_of(self.popen.pid)
        for process in found:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found.extend(children_of(process.pid))
        self.seen.extend(found)
        return found

    def responders(self):
        """The workers of the runs in progress."""
        return [process for process in self.descendants() if process.plays("responder")]

    def await_messages(self, sessions=1):
        """Waits until so many runs are within their windows: their responders have waited for more than the 200
        exchanges of the clocks before it."""
        def flows(responder):
            try:
                return responder.waits() > 500
            except (FileNotFoundError, ProcessLookupError):
                return False  # it ended meanwhile

        wait_until(lambda: sum(map(flows, self.responders())) >= sessions, lambda: f"messages flow\n{self.log()}")

    def await_nothing(self):
        wait_until(lambda: not self.descendants(), "nothing of its sessions is left")

    def descriptors(self):
        """Their number; of a protected process only root can see it."""
        return len(os.listdir(f"/proc/{self.popen.pid}/fd")) if os.geteuid() == 0 else None

    def end(self):
        if self.popen.poll() is None:
            self.descendants()
            self.popen.kill()
            self.popen.wait()
        wait_until(lambda: not any(process.alive() for process in self.seen), "sessions end with their server")


def receive(connection, size):
    """So many bytes, or fewer if the peer closes."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while len(data) < size and (piece := connection.recv(size - len(data))):
            data += piece
    return data


def frame(kind, body):
    """A control message as bench/protocol/control.h has it."""
    return b"SMK1" + bytes([kind, 0, 0, 0]) + struct.pack(">I", len(body)) + body + b"\n"


def frames_of(stream):
    """The control messages of a stream, each whole."""
    found, at = [], 0
    while at < len(stream):
        end = at + 12 + struct.unpack(">I", stream[at + 8:at + 12])[0] + 1
        found.append(stream[at:end])
        at = end
    return found


class Dial:
    """A client with the key that speaks the control protocol by itself."""

    def __init__(self, test, server):
        self.popen = subprocess.Popen([SOCKMARK, "dial", *server.ends()[1:]], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=test.environment)
        self.sending = threading.Lock()
        test.addCleanup(self.close)

    def close(self):
        self.popen.kill()
        self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout):
            with contextlib.suppress(OSError):
                pipe.close()

    def send_bytes(self, data):
        with self.sending:
            self.popen.stdin.write(data)
            self.popen.stdin.flush()

    def send(self, kind, **body):
        self.send_bytes(frame(TYPES[kind], json.dumps(body).encode()))

    def receive(self):
        """The next message: its type and its body; (None, None) at the end."""
        header = self.popen.stdout.read(12)
        if len(header) < 12:
            return None, None
        body = self.popen.stdout.read(struct.unpack(">I", header[8:])[0] + 1)
        return header[4], json.loads(body)

    def await_type(self, *kinds):
        """The next message that is no ping, of one of these types."""
        kind, body = self.receive()
        while kind == TYPES["ping"]:
            kind, body = self.receive()
        if kind not in [TYPES[name] for name in kinds]:
            raise AssertionError(f"message {kind}: {str(body)[:200]}")
        return body

    def greet(self):
        self.await_type("hello")
        self.await_type("host")

    def answers(self, seconds):
        """Whether something arrives within this time."""
        return bool(select.select([self.popen.stdout], [], [], seconds)[0])

    def end(self):
        """Its exit status, once the session has ended in order."""
        with contextlib.suppress(OSError):
            self.popen.stdin.close()
        self.popen.stdout.read()
        return self.popen.wait(CONDITION_GUARD)


@contextlib.contextmanager
def pinging(dials):
    """Keeps the sessions of these clients: one without a ping for 15 seconds ends. `dials` may grow."""
    over = threading.Event()

    def ping():
        while not over.wait(1):
            for dial in list(dials):
                with contextlib.suppress(OSError, ValueError):  # it has ended
                    dial.send("ping")

    thread = threading.Thread(target=ping)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Serve(EndToEnd):
    LINE = r"^[\d-]+T[\d:]+Z serve: "  # of the log

    def setUp(self):
        super().setUp()
        self.servers = []
        self.key = self.directory / "key"
        self.assertEqual(self.sockmark("genkey", self.key).status, 0)

    def tearDown(self):
        for server in self.servers:
            server.end()
            for line in server.log().splitlines():
                self.assertRegex(line, self.LINE)
        super().tearDown()

    def refused(self, server, *words, status=2, ends=None, options=("-t", "tcp", *SHORT)):
        outcome = self.sockmark("run", *options, *(ends or server.ends()))
        self.assertEqual(outcome.status, status, outcome)
        for word in words:
            self.assertIn(word, outcome.complaints)
        return outcome

    def assert_serves(self, server):
        """A healthy client gets a sound run."""
        self.assertIsNone(server.popen.poll(), server.log())
        self.measure("-t", "tcp", *SERVED, *server.ends())

    def assignment(self):
        """What a runner sends to a responder on another machine, recorded by a launcher: its messages."""
        record = self.directory / "record"
        self.measure("-t", "tcp", *SERVED, "--responder-via", f"sh -c 'tee {record} | \"$@\"' -", "--worker-program",
                     SOCKMARK)
        return frames_of(record.read_bytes())
