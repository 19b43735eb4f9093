"""Runs one tool once on loopback: pins its two ends, and ends them in every case."""

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
from functools import partial

from peers.exercises import SOCKPERF_COOLDOWN_MS, SOCKPERF_WARMUP_MS, Output, Unreadable

# Timeouts in seconds: a server starts to listen; a process ends after a signal.
LISTEN_TIMEOUT, END_TIMEOUT = 5, 1
# These interrupt a comparison.
SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


class Failed(Exception):
    """A tool did not do its work; the message is the reason."""


@dataclass(frozen=True)
class Setting:
    sockmark: str
    seconds: int
    guard: float  # a client that takes this many seconds more than `seconds` is hung


def free_ports(count):
    """Ports that are free for TCP and UDP. Another process is unlikely to take them before they are used."""
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
    """Reads the kernel's tables instead of connecting: nuttcp and iperf3 serve one client only, and sockperf would
    count the connection."""
    for table in ("tcp", "tcp6", "udp", "udp6"):
        try:
            with open(f"/proc/net/{table}", encoding="ascii") as lines:
                sockets = [line.split()[1:4] for line in lines][1:]
        except FileNotFoundError:  # a kernel without IPv6
            continue
        for local, _, state in sockets:
            # 0A is TCP_LISTEN (the kernel's include/net/tcp_states.h). A bound UDP port receives.
            if int(local.rpartition(":")[2], 16) == port and (state == "0A" or table.startswith("udp")):
                return True
    return False


class Running:
    """A process in a session, and so a process group, of its own. It ends with the block; `printed` and
    `complained` are then its standard output and standard error."""

    def __init__(self, command):
        self.command = command
        self.printed = self.complained = ""

    def __enter__(self):
        self.files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]
        # A signal handler that raises while Popen runs would leave a process that nothing ends.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        unblock = partial(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        try:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.files[0],
                                            stderr=self.files[1], start_new_session=True, preexec_fn=unblock)
        except OSError as error:
            unblock()
            raise Failed(f"{self.command[0]} did not start: {error.strerror}") from None
        try:
            unblock()
        except BaseException:
            self.__exit__()
            raise
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
        # sockperf prints its totals on SIGINT. SIGTERM is for tools that ignore SIGINT.
        for number in (signal.SIGINT, signal.SIGTERM):
            if self.process.poll() is None:
                self.signal(number)
                try:
                    self.process.wait(END_TIMEOUT)
                except subprocess.TimeoutExpired:
                    pass
        self.signal(signal.SIGKILL)  # the process, and children that it left behind
        self.process.wait()

    def signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:  # every process of the group has ended
            pass


def wait_until_listening(server, port):
    deadline = time.monotonic() + LISTEN_TIMEOUT
    while not listens(port):
        if server.process.poll() is not None:
            raise Failed("its server ended")
        if time.monotonic() > deadline:
            raise Failed(f"its server did not listen within {LISTEN_TIMEOUT} s")
        time.sleep(0.005)


def commands(way, exercise, setting, cores, ports):
    """The commands of the server (empty if there is none) and of the client, as lists of arguments."""
    values = {"sockmark": shlex.quote(setting.sockmark), "size": exercise.size, "seconds": setting.seconds,
              "ping_pong_ms": setting.seconds * 1000 - SOCKPERF_WARMUP_MS - SOCKPERF_COOLDOWN_MS,
              "port": ports[0], "port2": ports[1], "client_core": cores[0], "server_core": cores[1]}
    server, client = (shlex.split(command.format(**values)) for command in (way.server, way.client))
    if not server:
        return [], client
    return ["taskset", "-c", str(cores[1]), *server], ["taskset", "-c", str(cores[0]), *client]


def processor_time():
    """Processor time, in seconds, of all descendants that have ended and been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_ends(server_command, client_command, port, within):
    """What the client printed, what the server printed, and the last line of the client's standard error."""
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
    # For every tool over the whole life of its processes: the warm-up is in both numbers, the start-up only in the
    # processor time.
    figures["cpu_us"] = (processor_time() - before) / figures["messages"] * 1e6
    return figures
