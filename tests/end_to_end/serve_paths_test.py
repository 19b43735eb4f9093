"""sockmark serve over paths that break, and datagrams from addresses that are not the client's."""

import contextlib
import json
import os
import signal
import socket
import threading
import unittest
from pathlib import Path

from harness import CONDITION_GUARD, SHORT, SOCKMARK, namespace_pair, short, wait_until, why_no_namespaces
from relay import FAULTS, Relay, on
from serving import LONG, SERVED, TYPES, Dial, Serve, Server, frame

WHY_NO_NAMESPACES = why_no_namespaces()


class Datagrams(Serve):
    def ports(self, server):
        """The UDP ports at which the responder of a run answers strangers: of the data, and of the time exchanges. Both
        are sockets without a peer."""
        def find():
            sockets = {number for responder in server.responders() for number in responder.sockets()}
            lines = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
            found = [int(fields[1].split(":")[1], 16) for fields in lines
                     if fields[9] in sockets and fields[2] == "00000000:0000"]
            return found if len(found) == 2 else None

        return wait_until(find, "the responder listens")

    def test_nothing_is_sent_to_an_address_that_has_proven_nothing(self):
        server = Server(self)
        run = self.start("run", "-t", "udp", "-w", "rr", "-r", "100", *short(duration="2s", tmax="5s"), *server.ends())
        ports = self.ports(server)
        hello = b"smk-helo" + os.urandom(16) + bytes(16)
        strangers = []
        for source in ("127.0.0.1", "127.0.0.9"):
            stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.addCleanup(stranger.close)
            stranger.bind((source, 0))
            for datagram in (b"", b"x", hello, hello[:39], hello + b"x", b"smk-conf" + bytes(32), os.urandom(1470),
                             *[b"smk-helo" + os.urandom(32) for _ in range(100)]):
                for port in ports:
                    stranger.sendto(datagram, ("127.0.0.1", port))
            strangers.append(stranger)
        outcome = run.finish()
        self.assertIn(outcome.status, (0, 4), outcome)  # 4 where the machine was too busy for a valid run
        for stranger in strangers:
            stranger.setblocking(False)
            with self.assertRaises(BlockingIOError, msg="nothing was sent back"):
                stranger.recv(2048)
        loss = self.read_report()["cases"][0]["runs"][0]["loss"]
        self.assertGreater(loss["received"], 0)
        self.assertEqual(loss["lost"], 0, "the run was not disturbed")

    def test_another_address_of_the_client_is_not_answered(self):
        server = Server(self)
        for transport in ("tcp", "udp"):
            self.refused(server, f"{transport}://127.0.0.1", status=4,
                         options=("-t", transport, *SHORT, "--source", "127.0.0.9"))
        self.assert_serves(server)

    @unittest.skipIf(WHY_NO_NAMESPACES, WHY_NO_NAMESPACES)
    def test_between_namespaces_and_from_another_address_of_the_client(self):
        near, far = namespace_pair(self)
        near.ip("address", "add", "10.77.0.3/24", "dev", near.device)
        server = Server(self, "--allow-root", listen=f"{far.ipv4}:0", prefix=far.command)
        program = (*near.command, SOCKMARK)
        report = self.measure("-t", "tcp,udp", "-w", "rr,stream", *SERVED, *server.ends(), program=program)
        self.assertEqual(report["ends"][0]["address"], far.ipv4)
        for environment in (report["environment"], report["ends"][0]["environment"]):
            self.assertEqual(environment["hard"]["interface"], far.device)
        # The control connection has the address of the route, 10.77.0.1; the messages come from another.
        for transport in ("tcp", "udp"):
            outcome = self.sockmark("run", "-t", transport, *SHORT, "--source", "10.77.0.3", *server.ends(),
                                    program=program)
            self.assertEqual(outcome.status, 4, outcome)
        self.measure("-t", "tcp", *SERVED, *server.ends(), program=program)


class BrokenPaths(Serve):
    """What is between a client and the server stops, ends or changes what it passes. Both ends notice, and end."""

    def test_before_the_session(self):
        server = Server(self)
        runs = {}
        for name, fault in FAULTS.items():
            relay = Relay(self, server, fault)
            relay.broken.set()
            runs[name] = self.start("run", "-t", "tcp", *SERVED, *server.ends(port=relay.port))
        for name, run in runs.items():
            outcome = run.finish()
            self.assert_complains(outcome, 2, "sockmark: responder: 127.0.0.1:")
        server.await_nothing()
        self.assert_serves(server)

    def test_during_a_run(self):
        server = Server(self, "--max-sessions", "32")
        relays, runs = [], {}
        for name, fault in FAULTS.items():
            relays.append(Relay(self, server, fault))
            runs[name] = self.start("run", "-t", "tcp", *LONG, "-o", f"{len(runs)}.json",
                                    *server.ends(port=relays[-1].port))
        server.await_messages(len(runs))
        for relay in relays:
            relay.broken.set()
        for name, run in runs.items():
            outcome = run.finish()
            self.assertEqual(outcome.status, 4, f"{name}: {outcome}")
            self.assertIn("responder on ", outcome.complaints, name)
        server.await_nothing()
        self.assertNotIn("killed by signal", server.log())
        self.assert_serves(server)

    def test_a_path_that_passes_single_bytes(self):
        server = Server(self)
        relay = Relay(self, server, Relay.one_byte_at_a_time)
        relay.broken.set()
        self.measure("-t", "tcp", *SERVED, *server.ends(port=relay.port))

    @unittest.skipIf(WHY_NO_NAMESPACES, WHY_NO_NAMESPACES)
    def test_a_cable_that_is_pulled(self):
        near, far = namespace_pair(self)
        server = Server(self, "--allow-root", listen=f"{far.ipv4}:0", prefix=far.command)
        run = self.start("run", "-t", "tcp", *LONG, *server.ends(), program=(*near.command, SOCKMARK))
        server.await_messages()
        far.ip("link", "set", far.device, "down")
        outcome = run.finish()
        self.assertEqual(outcome.status, 4, outcome)
        self.assertIn("responder on ", outcome.complaints)
        server.wait_for(r"session 1 ended after [\d.]+ s: (silent for \d+ s|connection lost)")
        server.await_nothing()
        far.ip("link", "set", far.device, "up")
        wait_until(lambda: " state UP " in near.ip("link", "show", "dev", near.device), "the link is up")
        near.ip("neighbour", "flush", "dev", near.device)  # which did not answer meanwhile
        self.measure("-t", "tcp", *SERVED, *server.ends(), program=(*near.command, SOCKMARK))

    def test_a_client_that_reads_nothing(self):
        """What is for it is not kept: nothing more is taken from it, and its session ends."""
        server = Server(self)
        dial = Dial(self, server)
        dial.greet()
        session, agent = server.descendants()
        requests = frame(TYPES["spawn"], b'{"role": "nobody"}') * 1000

        def flood():
            with contextlib.suppress(OSError, ValueError):
                while True:
                    dial.send_bytes(requests)

        thread = threading.Thread(target=flood, daemon=True)
        before = session.resident_kib() + agent.resident_kib()
        peak = before
        thread.start()
        while session.alive() and agent.alive():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                peak = max(peak, session.resident_kib() + agent.resident_kib())
        self.assertLess(peak - before, 8 << 10, "KiB of memory")
        server.await_nothing()
        self.assert_serves(server)
        dial.close()
        thread.join(CONDITION_GUARD)


if __name__ == "__main__":
    unittest.main()
