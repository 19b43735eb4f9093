"""The exercises of scripts/compare-peers as rows of data, and the readers of each tool's output.

An exercise is work that several tools can do. For each tool it has a Way (the commands, and the
function that reads their output) or the reason why there is none. Every reader returns figures:

    p50_us, mean_us   round trip
    messages_per_s    round trips, or messages delivered one way
    bytes_per_s       delivered one way
    messages          number of messages exchanged, warm-up included; the processor time is divided by it

or raises Unreadable with what the tool printed instead. Exit statuses are ignored: iperf3 and sockperf
exit with 0 when they could not connect. Rates are those of the receiver, because a message that was sent
may not have arrived.
"""

import json
import re
from dataclasses import dataclass
from typing import Callable, Union

# sockperf excludes these from the --time of a ping-pong: the warm-up, and the end. sockmark measures for the
# time that remains.
SOCKPERF_WARMUP_MS, SOCKPERF_COOLDOWN_MS = 400, 50
SOCKPERF_MESSAGE_MAX = 65_507  # bytes


class Unreadable(Exception):
    pass


@dataclass(frozen=True)
class Output:
    """What a tool's two ends printed, and the parameters of the run."""

    client: str
    server: str
    size: int
    seconds: int


@dataclass(frozen=True)
class Way:
    """Commands; running.py replaces the names in braces."""

    server: str  # empty: the client starts the server itself, and pins both
    client: str
    read: Callable[[Output], dict]
    needs: str = ""  # an option that `sockmark run` must have


@dataclass(frozen=True)
class Metric:
    name: str
    figure: str
    unit: str
    lower_is_better: bool


@dataclass(frozen=True)
class Exercise:
    name: str
    about: str
    metric: Metric
    size: int
    cores: int  # number of cores for the two ends
    ways: dict[str, Union[Way, str]]  # for each tool its way, or the reason why there is none
    compares_cpu: bool = True  # not if the ends spin: they use all of the CPU


ROUND_TRIP = Metric("p50 of the round trip", "p50_us", "µs", True)
MESSAGES = Metric("messages/s delivered", "messages_per_s", "/s", False)
BYTES = Metric("bytes/s delivered", "bytes_per_s", "B/s", False)
CPU = Metric("CPU of both ends per message", "cpu_us", "µs", True)


def found(pattern, text):
    """The numbers that the pattern's groups match."""
    match = re.search(pattern, text)
    if match is None:
        lines = re.sub(r"\x1b\[[\d;]*m", "", text).split("\n")  # sockperf prints colours even to a file
        last = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
        raise Unreadable(f"no figures; it printed: {last}")
    return [float(number) for number in match.groups()]


def rates(messages_per_s, messages, size):
    return {"messages_per_s": messages_per_s, "bytes_per_s": messages_per_s * size, "messages": messages}


def read_sockmark(output):
    try:
        run = json.loads(output.client)["cases"][0]["runs"][0]
    except (ValueError, LookupError):
        raise Unreadable("no report") from None
    if not run["valid"]:
        raise Unreadable(f"invalid run: {', '.join(run['invalid_reasons'])}")
    latency, received = run["latency"], run["loss"]["received"]
    warmed_up = (latency["warmup"] or {"count": 0})["count"]
    figures = rates(run["throughput"]["goodput_messages_per_s"], received + warmed_up, output.size)
    if latency["delay_kind"] == "round_trip":
        figures["p50_us"] = latency["response_time"]["p50_ns"] / 1e3
        figures["mean_us"] = latency["response_time"]["mean_ns"] / 1e3
    return figures


def read_sockperf_ping_pong(output):
    """With --full-rtt; without it, sockperf reports half round trips."""
    (every,) = found(r"\[Total Run\].*ReceivedMessages=(\d+)", output.client)
    seconds, messages = found(r"\[Valid Duration\] RunTime=([\d.]+) sec;.*ReceivedMessages=(\d+)", output.client)
    (mean,) = found(r"avg-rtt=\s*([\d.]+)", output.client)
    (p50,) = found(r"percentile 50\.0* =\s*([\d.]+)", output.client)
    return {**rates(messages / seconds, every, output.size), "p50_us": p50, "mean_us": mean}


def read_sockperf_throughput(output):
    """The client reports the time, the server the number of messages that arrived."""
    (seconds,) = found(r"Total of \d+ messages sent in ([\d.]+) sec", output.client)
    (received,) = found(r"Total (\d+) messages received", output.server)
    return rates(received / seconds, received, min(output.size, SOCKPERF_MESSAGE_MAX))


def read_iperf3(output):
    try:
        received = json.loads(output.client)["end"]["sum_received"]
    except (ValueError, LookupError):
        error = re.search(r'"error":\s*"([^"]*)"', output.client)
        raise Unreadable(error[1] if error else "no result") from None
    messages = received["bytes"] / output.size
    return rates(messages / received["seconds"], messages, output.size)


def read_nuttcp(output):
    """With -fparse. A megabyte is 2^20 bytes, a Mbps 10^6 bits/s; both count what arrived."""
    megabytes, megabits_per_s = found(r"megabytes=([\d.]+) .*rate_Mbps=([\d.]+)", output.client)
    return rates(megabits_per_s * 1e6 / 8 / output.size, megabytes * 2**20 / output.size, output.size)


def read_qperf_latency(output):
    """qperf's latency is the mean of half round trips."""
    (half_ns,) = found(r"latency\s*=\s*([\d.e+]+) ns", output.client)
    per_s = 1e9 / (2 * half_ns)
    return {**rates(per_s, per_s * output.seconds, output.size), "mean_us": 2 * half_ns / 1e3}


def read_qperf_bandwidth(output):
    """With -uu, without which units vary. For UDP, send_bw counts what was sent and recv_bw what arrived."""
    (bytes_per_s,) = found(r"\b(?:recv_)?bw\s*=\s*([\d.e+]+) bytes/sec", output.client)
    per_s = bytes_per_s / output.size
    return rates(per_s, per_s * output.seconds, output.size)


def sockmark(options, needs=""):
    return Way("", f"{{sockmark}} run {options} -s {{size}} --pin {{client_core}},{{server_core}} -n 1 -o - --quiet",
               read_sockmark, needs)


def sockperf(test, options, read):
    return Way(f"sockperf server -i 127.0.0.1 -p {{port}}{options}",
               f"sockperf {test} -i 127.0.0.1 -p {{port}} -m {{size}} -t {{seconds}}{options}", read)


def iperf3(options):
    return Way("iperf3 -s -1 -B 127.0.0.1 -p {port}",
               f"iperf3 -c 127.0.0.1 -p {{port}} -l {{size}} -t {{seconds}} -i 0 -J{options}", read_iperf3)


def nuttcp(options):
    return Way("nuttcp -S -1 --nofork --no3rdparty -P {port}",
               f"nuttcp -P {{port}} -p {{port2}} -l{{size}} -T{{seconds}} -fparse{options} 127.0.0.1", read_nuttcp)


def qperf(test, read):
    return Way("qperf -lp {port}",
               f"qperf 127.0.0.1 -lp {{port}} -ip {{port2}} -m {{size}} -t {{seconds}} -uu -e 8 -vs {test}", read)


def ping_pong(transport, wait):
    spins = wait == "spin"
    peers = {"sockperf": "no UNIX sockets", "qperf": "no UNIX sockets"}
    if transport in ("tcp", "udp"):
        options = (" --tcp" if transport == "tcp" else "") + (" --nonblocked" if spins else "")
        peers = {"sockperf": sockperf("ping-pong --full-rtt", options, read_sockperf_ping_pong),
                 "qperf": "no spinning" if spins else qperf(f"{transport}_lat", read_qperf_latency)}
    ours = sockmark(f"-t {transport} -w rr --wait {wait} --warmup {SOCKPERF_WARMUP_MS}ms -d {{ping_pong_ms}}ms")
    return Exercise(
        f"{transport}-{wait}", f"{transport} ping-pong 64 B, {'spinning' if spins else 'blocking'}", ROUND_TRIP, 64,
        cores=2 if spins else 1, compares_cpu=not spins,
        ways={"sockmark": ours, **peers, "iperf3": "no ping-pong", "nuttcp": "no ping-pong"})


def udp_one_way(size, option=""):
    name = f"udp-{size}{option.replace('--', '-')}"
    ours = sockmark(f"-t udp -w stream {option} --warmup 0ms -d {{seconds}}s", needs=option)
    return Exercise(
        name, " ".join(f"udp one way {size} B {option}".split()), MESSAGES, size, cores=2,
        ways={"sockmark": ours, "sockperf": sockperf("throughput", "", read_sockperf_throughput),
              "iperf3": iperf3(" -u -b 0"), "nuttcp": nuttcp(" -u -Ru"),
              "qperf": qperf("udp_bw", read_qperf_bandwidth)})


def tcp_bulk():
    within = sockperf("throughput", " --tcp", read_sockperf_throughput)
    within = Way(within.server, within.client.replace("{size}", str(SOCKPERF_MESSAGE_MAX)), within.read)
    return Exercise(
        "tcp-bulk", "tcp one way, writes of 64 KiB", BYTES, 65_536, cores=2,
        ways={"sockmark": sockmark("-t tcp -w stream --warmup 0ms -d {seconds}s"), "sockperf": within,
              "iperf3": iperf3(""), "nuttcp": nuttcp(""), "qperf": qperf("tcp_bw", read_qperf_bandwidth)})


EXERCISES = (
    *(ping_pong(transport, wait) for wait in ("block", "spin")
      for transport in ("tcp", "udp", "unix-stream", "unix-dgram")),
    *(udp_one_way(size, option) for option in ("", "--gso") for size in (64, 1400)),
    tcp_bulk(),
)
PEERS = ("sockperf", "iperf3", "qperf", "nuttcp")
