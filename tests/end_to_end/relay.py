"""A path between two TCP peers that a test changes, freezes or breaks."""

import contextlib
import os
import select
import socket
import struct
import threading

from harness import CONDITION_GUARD


class Relay(threading.Thread):
    """Passes one connection between a client and a server, and keeps what it passed. Once `broken` is set, `fault`
    replaces each piece that has arrived from the "client" or the "server"."""

    def __init__(self, test, server, fault=None):
        super().__init__()
        self.server, self.fault = server, fault
        self.broken = threading.Event()
        self.recorded = {"client": bytearray(), "server": bytearray()}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.over, self.end = os.pipe()
        test.addCleanup(self.stop)
        self.start()

    def stop(self):
        os.close(self.end)
        self.join()
        os.close(self.over)

    def run(self):
        with self.listener:
            if self.over in select.select([self.listener, self.over], [], [])[0]:
                return
            near, _ = self.listener.accept()
        far = socket.create_connection((self.server.host, self.server.port), CONDITION_GUARD)
        with near, far:
            self.ways = {near: ("client", far), far: ("server", near)}
            while self.ways:
                ready, _, _ = select.select([*self.ways, self.over], [], [])
                if self.over in ready:
                    return
                for source in ready:
                    self.pass_on(source)

    def pass_on(self, source):
        if source not in self.ways:
            return  # a fault of the other way
        way, sink = self.ways[source]
        try:
            data = source.recv(65536)
        except ConnectionResetError:
            data = b""
        with contextlib.suppress(OSError):  # the sink has gone: its own end shows that
            if not data:
                del self.ways[source]
                sink.shutdown(socket.SHUT_WR)
                return
            self.recorded[way].extend(data)
            for piece in self.fault(self, way, data) if self.fault and self.broken.is_set() else [data]:
                sink.sendall(piece)

    # Faults: what is passed on in place of `data`.

    def freeze(self, way, data):
        """Nothing passes any more, in either direction."""
        self.ways.clear()
        os.read(self.over, 1)
        return []

    def close(self, way, data):
        self.reset(way, data, linger=False)
        return []

    def reset(self, way, data, linger=True):
        for connection in self.ways:
            if linger:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        self.ways.clear()
        return []

    def one_byte_at_a_time(self, way, data):
        return [data[at:at + 1] for at in range(len(data))]


def on(way, change):
    """A fault of one direction. `change` is called once for what has arrived."""
    def fault(relay, its_way, data):
        if its_way != way or relay.fault is None:
            return [data]
        relay.fault = None
        return change(data)

    return fault


def flip(data):
    changed = bytearray(data)
    changed[len(changed) // 2] ^= 4
    return [bytes(changed)]


CHANGES = {"flip": flip, "loss": lambda data: [], "cut": lambda data: [data[:-1]],
           "repetition": lambda data: [data, data], "insertion": lambda data: [data[:20], os.urandom(20), data[20:]]}
FAULTS = {"freeze": Relay.freeze, "close": Relay.close, "reset": Relay.reset,
          **{f"{name} of the {way}": on(way, change) for way in ("client", "server") for name, change in CHANGES.items()}}
