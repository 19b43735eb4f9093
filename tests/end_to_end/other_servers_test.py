"""Other people's servers as responders: Debian's, and echo servers that fail in known ways."""

import contextlib
import json
import select
import shutil
import socket
import struct
import subprocess
import threading
import unittest

import harness
from harness import ROOT, SOCKMARK, short

REQUESTS = ROOT / "suites/requests"
# An answer that a busy machine delays is not taken for one that never came, and a server of this file, which is a thread
# of Python, may be kept from running for longer than the 100 ms of other tests.
LONG = "300ms"
LONG_TMAX = short(LONG, tmax="10s")
MEASURED = 0x10  # a flag in byte 2 of a message (bench/protocol/wire.h)


def is_measured(message):
    """Whether a message belongs to the window: only those are counted exactly."""
    return len(message) > 2 and bool(message[2] & MEASURED)


class Faults:
    """What a faulty server does to the messages of the window, and how often it did. Each `every`th message, counted
    from 1, is treated in the way that its number names."""

    def __init__(self, **ways):
        self.ways = ways  # name -> (every, offset)
        self.number = 0
        self.done = dict.fromkeys(("dropped", "duplicated", "reordered", "truncated"), 0)
        self.held = None

    def _due(self, way):
        every, offset = self.ways.get(way, (0, 0))
        return every and self.number % every == offset

    def answers(self, message):
        """What to send back after this message arrived."""
        if not is_measured(message):
            return [message]
        self.number += 1
        if self._due("dropped"):
            self.done["dropped"] += 1
            return []
        if self._due("reordered"):
            self.held = message
            return []
        answers = [message]
        if self._due("duplicated"):
            self.done["duplicated"] += 1
            answers.append(message)
        if self._due("truncated"):
            self.done["truncated"] += 1
            answers = [message[:-1]]
        if self.held is not None:
            self.done["reordered"] += 1
            answers.append(self.held)
            self.held = None
        return answers

    def never_sent(self):
        return self.done["dropped"] + (self.held is not None)


class Server:
    """A thread that serves a socket until the test ends. `serve(self)` is called with data waiting."""

    def __init__(self, test, kind, address):
        self.socket = socket.socket(*kind)
        self.socket.bind(address)
        self.done = threading.Event()
        self.problem = None
        self.thread = threading.Thread(target=self._run)

        def end():
            self.done.set()
            self.thread.join()
            self.close()
            test.assertIsNone(self.problem)

        test.addCleanup(end)

    def port(self):
        return self.socket.getsockname()[1]

    def begin(self):
        self.thread.start()
        return self

    def close(self):
        self.socket.close()

    def _run(self):
        try:
            self.serve()
        except (ConnectionError, TimeoutError):
            pass  # the generator closes its connections by a reset
        except Exception as problem:  # pylint: disable=broad-except
            self.problem = problem


class DatagramEcho(Server):
    def __init__(self, test, kind, address, faults=None):
        super().__init__(test, kind, address)
        self.faults = faults or Faults()

    def serve(self):
        while not self.done.is_set():
            if not select.select([self.socket], [], [], 0.05)[0]:
                continue
            message, peer = self.socket.recvfrom(65536)
            for answer in self.faults.answers(message):
                with contextlib.suppress(OSError):  # the generator has gone
                    self.socket.sendto(answer, peer)


class StreamServer(Server):
    """Connections one after the other or at once; `answers(connection_bytes)` makes of the bytes that are waiting what
    to send back, and keeps the rest."""

    def __init__(self, test, answers, kind=(socket.AF_INET, socket.SOCK_STREAM), address=("127.0.0.1", 0), chunk=None):
        super().__init__(test, kind, address)
        self.socket.listen(64)
        self.answers, self.chunk = answers, chunk
        self.peers = {}

    def close(self):
        for peer in self.peers:
            peer.close()
        super().close()

    def _take(self, peer):
        try:
            arrived = peer.recv(1 << 16)
        except ConnectionError:
            arrived = b""
        if not arrived:
            self.peers.pop(peer)
            peer.close()
            return
        self.peers[peer] += arrived
        answer = self.answers(self.peers[peer])
        step = self.chunk or max(1, len(answer))
        with contextlib.suppress(ConnectionError):
            for begin in range(0, len(answer), step):
                peer.sendall(answer[begin:begin + step])

    def serve(self):
        while not self.done.is_set():
            for ready in select.select([self.socket, *self.peers], [], [], 0.05)[0]:
                if ready is self.socket:
                    peer = self.socket.accept()[0]
                    if peer.family != socket.AF_UNIX:
                        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self.peers[peer] = bytearray()
                else:
                    self._take(ready)


def whole(buffer):
    """All bytes that are waiting."""
    taken = bytes(buffer)
    buffer.clear()
    return taken


def of_frames(change):
    """Sends back what `change` makes of each message, which is preceded by its length."""
    def answers(buffer):
        answer = b""
        while len(buffer) >= 4 and len(buffer) >= 4 + struct.unpack(">I", buffer[:4])[0]:
            length = struct.unpack(">I", buffer[:4])[0]
            message = bytes(buffer[4:4 + length])
            del buffer[:4 + length]
            answer += b"".join(change(message))
        return answer
    return answers


def frame(message):
    return struct.pack(">I", len(message)) + message


class OtherServers(harness.EndToEnd):
    def daemon(self, program, *arguments, ready):
        """Starts a server of Debian and waits until it listens; it ends with the test."""
        path = shutil.which(program, path="/usr/bin:/usr/sbin:/bin:/sbin")
        if path is None:
            self.skipTest(f"no {program}: scripts/install-packages test")
        process = subprocess.Popen([path, *map(str, arguments)], cwd=self.directory, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def end():
            process.terminate()
            process.wait(harness.CONDITION_GUARD)

        self.addCleanup(end)

        def listens():
            self.assertIsNone(process.poll(), f"{program} has ended")
            return ready()

        harness.wait_until(listens, f"{program} listens")

    def connects(self, path):
        """Whether something accepts connections at a UNIX socket."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                return False
        return True

    def one_run(self, *arguments, times=None):
        report = self.measure(*arguments, *(times or LONG_TMAX))
        self.assertEqual(len(report["cases"]), 1)
        return report, report["cases"][0]["params"], report["cases"][0]["runs"][0]

    def assert_no_responder(self, report, run):
        """What only an end of the run could have said of the server."""
        for place, name in ((report["environment"], "responder"), (run["resources"], "responder"),
                            (run["resources"], "machine"), (run["latency"], "one_way"), (run["stalls"], "responder_stopped_ns"),
                            (run, "listen_queue")):
            self.assertEqual((place[name], place[f"{name}_reason"]), (None, "no_responder"), name)
        self.assertGreater(run["resources"]["generator"]["cpu_ns"], 0)

    # --- echo servers ---------------------------------------------------------------------------

    def test_socat_echoes_a_stream(self):
        path = self.directory / "echo.sock"
        self.daemon("socat", f"UNIX-LISTEN:{path},fork,backlog=64", "PIPE", ready=lambda: self.connects(path))
        for workload in ("rr", "connect"):
            report, params, run = self.one_run("-t", f"unix-stream:{path}", "--responder", "echo", "-w", workload)
            self.assertEqual(params["responder"], "echo")
            self.assertEqual(run["loss"]["lost"], 0)
            self.assertEqual(run["duplication"]["duplicates"], 0)
            self.assertEqual(run["loss"]["forward_lost_reason"], "no_responder")
            self.assertEqual(run["loss"]["attribution_reason"], "no_responder")
            self.assert_no_responder(report, run)

    def test_datagram_servers_echo(self):
        path = self.directory / "echo.dgram"
        DatagramEcho(self, (socket.AF_UNIX, socket.SOCK_DGRAM), str(path)).begin()
        port = DatagramEcho(self, (socket.AF_INET6, socket.SOCK_DGRAM), ("::1", 0)).begin().port()
        for address in (f"unix-dgram:{path}", f"udp://[::1]:{port}"):
            report, _, run = self.one_run("-t", address, "--responder", "echo", "-c", 2)
            self.assertEqual(run["loss"]["lost"], 0)
            self.assert_no_responder(report, run)

    def assert_exactly(self, faults, run):
        self.assertGreater(min(faults.done[way] for way in faults.ways), 0, faults.done)
        self.assertEqual(run["loss"]["sent"], faults.number)
        corrupt = faults.done["truncated"]
        self.assertEqual(run["loss"]["lost"], faults.never_sent() + corrupt)
        self.assertEqual(run["duplication"]["duplicates"], faults.done["duplicated"])
        self.assertEqual(run["reordering"]["reordered"], faults.done["reordered"])
        self.assertEqual((run["integrity"]["corrupt_truncated"], run["integrity"]["corrupt"]), (corrupt, corrupt))
        self.assertAlmostEqual(run["loss"]["loss_ratio"], run["loss"]["lost"] / run["loss"]["sent"])

    def test_a_faulty_datagram_server_is_reported_as_such(self):
        faults = Faults(dropped=(20, 3), duplicated=(20, 7), reordered=(20, 11), truncated=(20, 17))
        port = DatagramEcho(self, (socket.AF_INET, socket.SOCK_DGRAM), ("127.0.0.1", 0), faults).begin().port()
        _, _, run = self.one_run("-t", f"udp://127.0.0.1:{port}", "--responder", "echo", "-r", 1000,
                                 times=short(LONG, tmax="1500ms"))
        self.assert_exactly(faults, run)

    def test_a_faulty_stream_server_is_reported_as_such(self):
        faults = Faults(dropped=(20, 3), duplicated=(20, 7), reordered=(20, 11))
        server = StreamServer(self, of_frames(lambda message: map(frame, faults.answers(message)))).begin()
        _, _, run = self.one_run("-t", f"tcp://127.0.0.1:{server.port()}", "--responder", "echo", "-r", 1000,
                                 times=short(LONG, tmax="1500ms"))
        self.assert_exactly(faults, run)

    def test_a_stream_may_be_split_anywhere(self):
        server = StreamServer(self, whole, chunk=7).begin()
        _, _, run = self.one_run("-t", f"tcp://127.0.0.1:{server.port()}", "--responder", "echo", "--depth", 4,
                                 "-s", 100)
        self.assertEqual((run["loss"]["lost"], run["integrity"]["stream_integrity_errors"]), (0, 0))

    def test_a_deleted_byte_is_an_error_of_the_stream(self):
        count = 0

        def change(message):
            nonlocal count
            count += is_measured(message)
            return [frame(message)[:-1]] if count == 20 else [frame(message)]

        server = StreamServer(self, of_frames(change)).begin()
        outcome = self.sockmark("run", "-t", f"tcp://127.0.0.1:{server.port()}", "--responder", "echo", "--depth", 2,
                                *short())
        self.assertEqual(outcome.status, 4, outcome)
        run = self.read_report()["cases"][0]["runs"][0]
        self.assertFalse(run["valid"])
        self.assertGreaterEqual(run["integrity"]["stream_integrity_errors"], 1)
        self.assertEqual((run["loss"]["loss_ratio"], run["loss"]["loss_ratio_reason"]), (None, "stream_broken"))

    # --- requests -------------------------------------------------------------------------------

    def test_redis_answers_ping(self):
        path = self.directory / "redis.sock"
        self.daemon("redis-server", "--port", 0, "--unixsocket", path, "--save", "", "--appendonly", "no",
                    ready=lambda: self.connects(path))
        name = "./redis-ping.json"
        shutil.copy(REQUESTS / name, self.work)
        for more in (["--depth", 16], ["-c", 4, "-j", 2, "-r", 2000], ["-w", "connect"]):
            report, params, run = self.one_run("-t", f"unix-stream:{path}", "--responder", name, *more)
            self.assertEqual((params["responder"], params["size_bytes"]), ("redis-ping", 6))
            self.assertEqual(json.loads(params["request"])["request"], "PING\r\n")
            self.assertEqual(run["integrity"]["failed_answers"], 0)
            self.assertEqual(run["loss"]["lost"], 0)
            self.assertEqual(run["loss"]["loss_ratio_reason"], "not_applicable")
            self.assert_no_responder(report, run)
        # The content of the file travels to a generator elsewhere, its path does not.
        report, params, run = self.one_run("-t", f"unix-stream:{path}", "--responder", name, "--generator-via",
                                           "env -C /", "--worker-program", SOCKMARK)
        self.assertEqual([end["role"] for end in report["ends"]], ["generator"])
        self.assertEqual(run["integrity"]["failed_answers"], 0)
        # A command that does not exist.
        (self.work / "wrong.json").write_text((self.work / name).read_text().replace("PING", "PINK"))
        outcome = self.sockmark("run", "-t", f"unix-stream:{path}", "--responder", "./wrong.json", *short())
        self.assertEqual(outcome.status, 4, outcome)
        self.assertRegex(outcome.complaints, 'answers "-ERR unknown command .*", and the request file expects "[+]PONG"')

    def test_memcached_answers_get(self):
        path = self.directory / "memcached.sock"
        self.daemon("memcached", "-s", path, "-u", "root", "-t", 1, "-m", 8, ready=lambda: self.connects(path))
        _, params, run = self.one_run("-t", f"unix-stream:{path}", "--responder", REQUESTS / "memcached-get.json")
        self.assertEqual(params["responder"], "memcached-get")
        self.assertEqual(run["loss"]["lost"], 0)

    def test_nginx_answers_get(self):
        path, www = self.directory / "nginx.sock", self.directory / "www"
        www.mkdir(mode=0o755)
        (www / "index.html").write_text("a page\r\n\r\n" * 100)
        self.directory.chmod(0o755)
        temporary = "".join(f"{name}_temp_path {self.directory}/{name};" for name in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.directory / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {self.directory}/nginx.pid; error_log /dev/null;\n"
            f"events {{}} http {{ access_log off; keepalive_requests 1000000; {temporary}\n"
            f"server {{ listen unix:{path}; root {www}; }} }}\n")
        self.daemon("nginx", "-c", self.directory / "nginx.conf", "-p", self.directory,
                    ready=lambda: self.connects(path))
        _, params, run = self.one_run("-t", f"unix-stream:{path}", "--responder", REQUESTS / "http-get.json", "-c", 2)
        self.assertEqual(params["responder"], "http-get")
        self.assertEqual((run["loss"]["lost"], run["integrity"]["failed_answers"]), (0, 0))

    def test_error_answers_are_counted(self):
        asked = 0

        def answers(buffer):
            nonlocal asked
            answer = b""
            for _ in range(whole(buffer).count(b"\n")):
                asked += 1
                answer += b"-ERR busy\r\n" if asked % 10 == 5 else b"+PONG\r\n"
            return answer

        server = StreamServer(self, answers).begin()
        outcome = self.sockmark("run", "-t", f"tcp://127.0.0.1:{server.port()}", "--responder",
                                REQUESTS / "redis-ping.json", *LONG_TMAX)
        self.assertEqual(outcome.status, 4, outcome)
        run = self.read_report()["cases"][0]["runs"][0]
        failed = run["integrity"]["failed_answers"]
        self.assertGreater(failed, 0)
        self.assertEqual(run["loss"]["sent"], run["loss"]["received"] + failed)
        self.assertLessEqual(abs(run["loss"]["sent"] - 10 * failed), 10)
        self.assertIn(f'generator: {failed} answers of the server do not begin with "+PONG"; the first is "-ERR busy"',
                      run["invalid_reasons"])

    # --- suites and comparisons -----------------------------------------------------------------

    def test_a_suite_compares_servers(self):
        path = self.work / "suite"
        path.mkdir()
        shutil.copy(REQUESTS / "redis-ping.json", path)
        echo = StreamServer(self, whole).begin().port()
        (path / "mine.json").write_text(json.dumps({
            "run": {"duration": LONG, "warmup": "50ms", "tmax": "10s", "repetitions": 1},
            "cases": [{"transport": "tcp"},
                      {"transport": f"tcp://127.0.0.1:{echo}", "responder": "echo"}]}))
        report = self.measure("suite/mine.json")
        self.assertEqual([case["params"]["responder"] for case in report["cases"]], ["sockmark", "echo"])
        # One run of each says little, and nothing if it is invalid: they are compared.
        compared = self.sockmark("compare", self.report_path, "--by", "responder", "--baseline", "sockmark")
        self.assertIn(compared.status, (0, 3, 4), compared)
        # A request file is named as seen from the suite.
        (path / "mine.json").write_text(json.dumps({
            "cases": [{"transport": "tcp://127.0.0.1:9", "responder": "redis-ping.json"}]}))
        dry = self.sockmark("run", "suite/mine.json", "--dry-run")
        self.assertEqual(dry.status, 0, dry)
        self.assertIn("tcp://127.0.0.1:9/rr/6B/c1/redis-ping", dry.text + dry.complaints)

    # --- what is wrong ---------------------------------------------------------------------------

    def test_no_server(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))  # and does not listen
            port = free.getsockname()[1]
            for address, problem in ((f"tcp://127.0.0.1:{port}", "refused"), (f"udp://127.0.0.1:{port}", "refused"),
                                     (f"unix-stream:{self.directory}/none", "No such file")):
                outcome = self.sockmark("run", "-t", address, "--responder", "echo", *short(repetitions=3))
                self.assertEqual(outcome.status, 4, outcome)
                lines = [line for line in outcome.complaints.splitlines() if line.startswith("sockmark: generator:")]
                self.assertEqual(len(lines), 1, outcome)
                self.assertRegex(lines[0], f"connect {address}.*{problem}")

    def test_no_echo_server(self):
        server = StreamServer(self, lambda buffer: b"-ERR unknown command\r\n" * bool(whole(buffer))).begin()
        outcome = self.sockmark("run", "-t", f"tcp://127.0.0.1:{server.port()}", "--responder", "echo", *short())
        self.assertEqual(outcome.status, 4, outcome)
        self.assertIn("sends back other bytes than it was sent: no echo server", outcome.complaints)

    def test_a_request_file_with_another_length_of_the_response_is_refused_before_measuring(self):
        server = StreamServer(self, lambda buffer: b"+PONG\r\n" * whole(buffer).count(b"\n")).begin()
        for length, words in ((5, "bytes that no request asked for: the responses are not as the request file"),
                              (9, "is connected, and sends no complete response")):
            (self.work / "ping.json").write_text(json.dumps({"request": "PING\r\n", "response": {"bytes": length}}))
            outcome = self.sockmark("run", "-t", f"tcp://127.0.0.1:{server.port()}", "--responder", "./ping.json",
                                    *short())
            self.assertEqual(outcome.status, 4, outcome)
            self.assertIn(words, outcome.complaints)
            self.assertEqual(self.read_report()["cases"][0]["runs"], [])

    def test_what_has_no_meaning_is_refused(self):
        (self.work / "bad.json").write_text('{"request": "a", "response": {"untl": "b"}}')
        shutil.copy(REQUESTS / "redis-ping.json", self.work)
        echo = ["-t", "udp://127.0.0.1:9", "--responder", "echo"]
        ping = ["-t", "tcp://127.0.0.1:9", "--responder", "./redis-ping.json"]
        for arguments, problem in (
                (["--responder", "echo"], "needs the address of the server"),
                (["-t", "tcp://127.0.0.1:9", "--responder", "eco"], 'did you mean "echo"'),
                (["-t", "tcp://127.0.0.1:9", "--responder", "./none.json"], "none.json"),
                (["-t", "tcp://127.0.0.1:9", "--responder", "./bad.json"], 'bad.json: response: unknown key "untl"'),
                (["-t", "udp://127.0.0.1:9", "--responder", "./redis-ping.json"], "choose tcp, tcp6 or unix-stream"),
                ([*ping, "-s", "64"], "--size"),
                ([*echo, "-w", "stream"], "choose rr or connect"),
                ([*echo, "--impair", "loss=1%"], "--impair requires"),
                ([*echo, "--server-pause", "1s,100ms"], "--server-pause requires"),
                ([*echo, "--server-work", "5us"], "--server-work requires"),
                ([*echo, "--response", "128"], "--response requires"),
                ([*echo, "--data-ports", "4000-4999"], "--data-ports requires"),
                ([*echo, "--pin", "0,0"], "--pin 0,-"),
                ([*echo, "--responder-via", "ssh db2"], "--responder-via requires"),
                ([*echo, "--remote", "db2"], "--remote requires"),
                ([*echo, "--generator-via", "ssh db2", "--reach-at", "127.0.0.1"], "--reach-at requires")):
            with self.subTest(problem=problem):
                outcome = self.sockmark("run", *arguments, *short())
                self.assertEqual(outcome.status, 2, outcome)
                self.assertEqual(len(outcome.complaints.splitlines()), 1, outcome)
                self.assertIn(problem, outcome.complaints)
                self.assertFalse(self.report_path.exists())


if __name__ == "__main__":
    unittest.main()
