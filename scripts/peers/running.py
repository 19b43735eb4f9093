"""Runs one tool once: its two ends pinned, on loopback, watched, and ended whatever happens."""

import os
import resource
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass

from peers.exercises import SOCKPERF_COOLDOWN_MS, SOCKPERF_WARMUP_MS, Output, Unreadable

# How long a server may take to listen, and to end after a signal. Seconds.
LISTEN_GUARD, END_GUARD = 5, 1


class Failed(Exception):
    """A tool did not do its work; what is told is why."""


@dataclass(frozen=True)
class Setting:
    sockmark: str
    seconds: int
    guard: float  # seconds beyond `seconds` after which a client counts as hung


def free_ports(count):
    """Ports that are free for TCP and for UDP now, and that nobody is likely to take until they are used."""
    with ExitStack() as held:
        ports = []
        while len(ports) < count:
            stream = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            stream.bind(("", 0))
            datagram = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            try:
                datagram.bind(("", stream.getsockname()[1]))
            except OSError:
                continue
            ports.append(stream.getsockname()[1])
        return ports


def listens(port):
    """Looked up, not tried: nuttcp and iperf3 serve one client only, and sockperf would count one more."""
    for table in ("tcp", "tcp6", "udp", "udp6"):
        try:
            with open(f"/proc/net/{table}", encoding="ascii") as lines:
                sockets = [line.split()[1:4] for line in lines][1:]
        except FileNotFoundError:  # a kernel without IPv6
            continue
        for local, _, state in sockets:
            # 0A is TCP_LISTEN (the kernel's include/net/tcp_states.h); who has a UDP port receives there.
            if int(local.rpartition(":")[2], 16) == port and (state == "0A" or table.startswith("udp")):
                return True
    return False


class Running:
    """A process in a session, and so a process group, of its own. On leaving, it has ended, and `printed`
    and `complained` are what it wrote."""

    def __init__(self, command):
        self.command = command
        self.printed = self.complained = ""

    def __enter__(self):
        self.files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]
        try:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.files[0],
                                            stderr=self.files[1], start_new_session=True)
        except OSError as error:
            raise Failed(f"{self.command[0]} did not start: {error.strerror}") from None
        return self

    def __exit__(self, *_):
        try:
            self.end()
        finally:
            for file in self.files:
                file.seek(0)
            self.printed, self.complained = (file.read().decode(errors="replace") for file in self.files)
            for file in self.files:
                file.close()

    def end(self):
        # The first signal is the one that sockperf answers with its totals; then for who does not listen.
        for number in (signal.SIGINT, signal.SIGTERM):
            if self.process.poll() is None:
                self.signal(number)
                try:
                    self.process.wait(END_GUARD)
                except subprocess.TimeoutExpired:
                    pass
        self.signal(signal.SIGKILL)  # it, and what it may have left behind
        self.process.wait()

    def signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:  # nobody is left
            pass


def wait_until_listening(server, port):
    deadline = time.monotonic() + LISTEN_GUARD
    while not listens(port):
        if server.process.poll() is not None:
            raise Failed("its server ended")
        if time.monotonic() > deadline:
            raise Failed(f"its server did not listen within {LISTEN_GUARD} s")
        time.sleep(0.005)  # between two looks


def commands(way, exercise, setting, cores, ports):
    """The server's command, empty if there is none, and the client's, as lists of arguments."""
    values = {"sockmark": shlex.quote(setting.sockmark), "size": exercise.size, "seconds": setting.seconds,
              "ping_pong_ms": setting.seconds * 1000 - SOCKPERF_WARMUP_MS - SOCKPERF_COOLDOWN_MS,
              "port": ports[0], "port2": ports[1], "client_core": cores[0], "server_core": cores[1]}
    server, client = (shlex.split(command.format(**values)) for command in (way.server, way.client))
    if not server:
        return [], client
    return ["taskset", "-c", str(cores[1]), *server], ["taskset", "-c", str(cores[0]), *client]


def processor_time():
    """Seconds that all processes have taken that we, or they, have waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_ends(server_command, client_command, port, within):
    """What the client printed, what the server printed, and the client's last complaint."""
    with ExitStack() as ends:
        server = ends.enter_context(Running(server_command)) if server_command else None
        if server:
            wait_until_listening(server, port)
        with Running(client_command) as client:
            try:
                client.process.wait(within)
            except subprocess.TimeoutExpired:
                raise Failed(f"hung: killed after {within:g} s") from None
    complaints = client.complained.strip().splitlines()
    return client.printed, server.printed if server else "", complaints[-1] if complaints else ""


def run_once(way, exercise, setting, cores):
    """The figures of one run. Raises Failed."""
    ports = free_ports(2)
    before = processor_time()
    printed, served, complaint = run_ends(*commands(way, exercise, setting, cores, ports), ports[0],
                                          setting.seconds + setting.guard)
    try:
        figures = way.read(Output(printed, served, exercise.size, setting.seconds))
    except Unreadable as why:
        raise Failed(complaint or str(why)) from None
    if figures["messages"] <= 0:
        raise Failed("delivered nothing")
    # Of whole lives, for every tool: a warm-up is in both numbers, starting up only in the first.
    figures["cpu_us"] = (processor_time() - before) / figures["messages"] * 1e6
    return figures
