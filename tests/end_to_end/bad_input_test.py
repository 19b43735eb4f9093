"""Usage errors and impossible measurements: one line, exit status 2, nothing measured or written."""

import os
import socket
import unittest

from harness import SOCKMARK, EndToEnd

# A command line, and what its error message must contain.
WRONG = [
    # unknown words, and suggestions
    (["rnu"], ["rnu", "did you mean \"run\""]),
    (["nonsense"], ["unknown command \"nonsense\"; see sockmark --help"]),
    (["nonsense", "run"], ["unknown command \"nonsense\""]),
    (["list", "run"], ["unknown topic \"run\""]),  # the name of a second command is an argument
    (["help", "nonsense"], ["unknown command \"nonsense\""]),
    (["-t", "tcp", "run"], ["unknown option \"-t\"", "sockmark run -t"]),
    (["--vresion"], ["--vresion", "did you mean \"--version\""]),
    (["run", "quikc"], ["suite", "quikc", "did you mean \"quick\""]),
    (["list", "transprots"], ["transprots", "did you mean \"transports\""]),
    (["run", "--durration", "5s"], ["--durration", "did you mean \"--duration\""]),
    (["run", "-t", "upd"], ["--transport", "upd", "did you mean \"udp\""]),
    (["run", "-t", "tcp,carrier-pigeon"], ["--transport", "carrier-pigeon", "unix-dgram"]),
    (["run", "-w", "straem"], ["--workload", "straem", "did you mean \"stream\""]),
    (["run", "--wait", "blok"], ["--wait", "blok", "did you mean \"block\""]),
    (["run", "--order", "rnadom"], ["--order", "rnadom", "did you mean \"random\""]),
    (["run", "--color", "alway"], ["--color", "alway", "did you mean \"always\""]),
    (["run", "quick", "extra"], ["extra"]),
    # the words of others
    (["run", "-t", "uds"], ["--transport", "\"uds\"", "unix-stream and unix-dgram"]),
    (["run", "-t", "unix"], ["--transport", "unix-stream and unix-dgram"]),
    (["run", "-t", "ipc"], ["--transport", "unix-stream and unix-dgram"]),
    (["run", "-t", "10"], ["--transport", "\"10\"", "-d 10s"]),
    (["run", "-w", "pingpong"], ["--workload", "\"pingpong\"", "is rr"]),
    (["run", "-w", "latency"], ["--workload", "is rr"]),
    (["run", "-w", "throughput"], ["--workload", "is stream"]),
    (["run", "-w", "Bandwidth"], ["--workload", "is stream"]),
    (["run", "-w", "256K"], ["--workload", "--sndbuf"]),
    (["run", "-w", "bw"], ["unknown workload \"bw\"; one way as fast as possible is stream"]),
    (["run", "-t", "shm"], ["unknown transport \"shm\"; shared memory between processes is not measured"]),
    (["run", "-4"], ["unknown option \"-4\"; -t tcp and -t udp use IPv4"]),
    (["run", "-6", "-t", "tcp"], ["unknown option \"-6\"; -t tcp6 and -t udp6 use IPv6"]),
    (["run", "-c", "4k"], ["--connections: \"4k\" is not a whole number"]),
    (["run", "-c", "example.org"], ["starts both ends itself"]),
    (["client", "example.org"], ["unknown command \"client\"; sockmark run starts both ends itself"]),
    (["import", "trace.csv"], ["unknown command \"import\"; sockmark analyze reads"]),
    (["run", "-t", "tcp", "-r", "0.1", "-d", "200ms"], ["--rate 0.1: no message is due in the window", "every 10 s"]),
    (["run", "-t", "tcp,udp", "--by", "transport", "--gate", "p50:5%", "p99:10%"],
     ["p99:10% is a gate; give each gate its own option: --gate p50:5% --gate p99:10%"]),
    (["compare", "a", "b", "--gate", "p50:5%", "p99:10%"], ["p99:10% is a gate"]),
    (["report", "a", "b", "--gate", "p50:5%", "p99:10%"], ["p99:10% is a gate"]),
    (["run", "-t", "tcp", "--find-rate", "p99.99 <= 1ms", "--max-rate", "1k", "--trial", "100ms", "-d", "5s"],
     ["p99.99 <= 1ms requires 110000 messages in a trial", "has 5000"]),
    (["run", "--pin", "0", "1"], ["--pin", "such as 0,1"]),
    (["run", "-t", "tcp", "udp"], ["\"udp\"", "separated by commas"]),
    (["run", "--json", "x.json"], ["--json", "-o FILE"]),
    (["serve", "--listen", "10.0.0.1:x"], ["--listen", "10.0.0.1:x"]),
    (["serve", "--listen", "192.0.2.1"], ["--listen 192.0.2.1", "--secret-file", "genkey"]),
    (["serve", "--secret-file", "no-such-key"], ["--secret-file", "no-such-key", "No such file"]),
    (["serve", "--insecure-no-auth", "--secret-file", "x"], ["--insecure-no-auth excludes --secret-file"]),
    (["serve", "--max-sessions", "0"], ["--max-sessions", "\"0\""]),
    (["serve", "--max-duration", "0"], ["--max-duration"]),
    (["serve", "--max-rate", "fast"], ["--max-rate", "fast"]),
    (["genkey"], ["genkey requires a file"]),
    (["run", "--secret-file", "x"], ["--secret-file requires --remote"]),
    (["run", "--remote", "db2:x"], ["--remote", "db2:x"]),
    (["run", "--remote", "db2", "--responder-via", "ssh db2"], ["--remote excludes --responder-via"]),
    (["run", "--remote", "db2", "--generator-via", "ssh db1"], ["--remote excludes --generator-via"]),
    (["run", "--remote", "127.0.0.1", "-t", "memory:x"], ["--remote", "memory connects two threads"]),
    (["run", "-c", "192.0.2.1"], ["--connections", "192.0.2.1", "starts both ends"]),
    (["run", "-c", "server"], ["--connections", "server", "starts both ends"]),
    (["run", "-P", "4"], ["\"-P\"", "-c "]),
    (["run", "-R"], ["\"-R\"", "stream"]),
    (["run", "-i", "1"], ["\"-i\"", "--interval"]),
    (["run", "-u", "-b", "1G"], ["\"-u\"", "-t udp"]),
    (["run", "-b", "1G"], ["\"-b\"", "-r "]),
    (["calibrate", "--parallel=4"], ["--parallel=4", "-c "]),
    # numbers, sizes and times
    (["run", "-s", "16"], ["--size", "16", "header", "32"]),
    (["run", "-t", "udp", "-s", "70000"], ["--size", "70000", "udp", "65507"]),
    (["run", "-t", "tcp", "-s", "1G"], ["--size 1073741824", "16777216"]),
    (["run", "-s", "64KB"], ["--size", "64KiB", "64kB"]),
    (["run", "-s", "-64"], ["--size", "-64"]),
    (["run", "-s", "6 4"], ["--size", "6 4"]),
    (["run", "-c", "0"], ["--connections", "\"0\""]),
    (["run", "-c", "100001"], ["--connections", "100001", "100000"]),
    (["run", "-c", "99999999999999999999"], ["--connections", "99999999999999999999"]),
    (["run", "-c", "1.5"], ["--connections", "1.5"]),
    (["run", "--depth", "0"], ["--depth", "\"0\""]),
    (["run", "-n", "0"], ["--repetitions", "\"0\""]),
    (["run", "-j", "0"], ["--threads", "\"0\""]),
    (["run", "-j", "4", "-c", "2"], ["--threads", "4", "connections, 2"]),
    (["run", "-d", "5"], ["--duration", "\"5\"", "unit"]),
    (["run", "-d", "0s"], ["--duration", "1ms"]),
    (["run", "-d", "-5s"], ["--duration", "-5s"]),
    (["run", "-d", "5 parsecs"], ["--duration", "5 parsecs"]),
    (["run", "-d", "25h"], ["--duration", "24h"]),
    (["run", "--warmup", "nans"], ["--warmup", "nans"]),
    (["run", "--tmax", "0s"], ["--tmax", "1ms"]),
    (["run", "--seed", "-1"], ["--seed", "-1"]),
    (["run", "--sndbuf", "0"], ["--sndbuf", "\"0\""]),
    # lists and values that are missing, empty or too many
    (["run", "-s", "64,,1k"], ["--size", "64,,1k", "empty"]),
    (["run", "-s", "64,"], ["--size", "64,", "empty"]),
    (["run", "-t", ","], ["--transport", "empty"]),
    (["run", "-s"], ["--size requires LIST"]),
    (["run", "-o"], ["--output requires FILE"]),
    (["run", "-s", "64", "-s", "65"], ["--size: given twice"]),
    (["run", "-d", "1s", "--duration", "2s", "-d", "3s"], ["--duration: given 3 times"]),
    (["run", "-n", "5001", "-t", "tcp,udp"], ["--repetitions 5001", "at most 10000"]),
    (["run", "-n", "5001", "-t", "tcp", "--against", SOCKMARK], ["--repetitions 5001", "at most 10000"]),
    (["calibrate", "-n", "5001", "-t", "tcp"], ["--repetitions 5001", "at most 10000"]),
    # empty values: no default replaces them
    (["run", "-t", ""], ["--transport"]),
    (["run", "-w", ""], ["--workload"]),
    (["run", "-s", ""], ["--size"]),
    (["run", "-d", ""], ["--duration"]),
    (["run", "-c", ""], ["--connections"]),
    (["run", "--wait", ""], ["--wait"]),
    (["run", "--pin", ""], ["--pin"]),
    (["run", "--sndbuf", ""], ["--sndbuf"]),
    (["run", "-o", ""], ["--output"]),
    (["run", ""], ["suite"]),
    # options that exclude or require each other
    (["run", "--wait", "block", "-c", "2"], ["--wait block", "--connections 2"]),
    (["run", "--wait", "block", "-w", "connect"], ["--wait block", "connect"]),
    (["run", "-t", "unix-stream:/tmp/own", "-c", "2", "-j", "2"], ["--threads 2", "/tmp/own", "only a port can be shared"]),
    (["run", "-t", "tcp://127.0.0.1:0", "-w", "connect", "-c", "2", "-j", "2"], ["--threads 2", "127.0.0.1:0", "connect"]),
    (["run", "-t", "tcp", "--gso"], ["--gso", "tcp", "udp or udp6"]),
    (["run", "--candidate", SOCKMARK], ["--candidate requires --against"]),
    (["run", "--floor", "--against", SOCKMARK], ["--floor cannot be combined with --against"]),
    (["run", "--by", "size", "--against", SOCKMARK], ["--by cannot be combined with --against"]),
    (["run", "--resume", "--discard"], ["--discard and --resume exclude each other"]),
    (["run", "--gate", "p50:1.05"], ["--gate requires --by or --against"]),
    (["run", "-t", "tcp,udp", "--by", "transport", "--until-precise"], ["--until-precise requires --gate"]),
    (["run", "--min-rate", "1k"], ["--min-rate requires --find-rate"]),
    (["run", "-d", "1s", "-t", "udp", "--find-rate", "loss<=0", "--rate", "1k"],
     ["--rate cannot be combined with --find-rate", "--max-rate"]),
    (["run", "-d", "1s", "-t", "udp", "--find-rate", "loss<=0", "--resume"],
     ["--resume cannot be combined with --find-rate"]),
    (["run", "--arrivals", "poisson"], ["--arrivals requires --rate"]),
    (["calibrate", "--arrivals", "poisson"], ["--arrivals requires --rate"]),
    (["run", "--depth", "4", "-w", "stream"], ["--depth 4 requires rr"]),
    (["run", "--depth", "1,4", "-w", "connect,stream"], ["--depth 1,4 requires rr"]),
    (["calibrate", "--depth", "4", "-w", "stream"], ["--depth 4 requires rr"]),
    (["run", "-t", "udp", "--impair", "loss=1"], ["--impair", "loss", "\"1\"", "1%"]),
    (["run", "-t", "udp", "-d", "1s", "--find-rate", "loss<=1"], ["--find-rate", "\"1\"", "1%"]),
    (["export", "a.json", "b.json", "--to", "csv"], ["--to csv takes one report, got 2"]),
    (["analyze", "a.txt", "--to", "hgrm"], ["--to hgrm requires --kind values"]),
    (["report", "a.json", "--gate", "p50:1.05"], ["--gate requires two reports"]),
    (["worker", "--floor", "x"], ["--floor", "\"x\" is not a whole number"]),
    # machine
    (["run", "--pin", "0,4095"], ["--pin", "CPU 4095", "may run on CPU"]),
    (["run", "--pin", "0"], ["--pin", "two CPU numbers"]),
    (["run", "-t", "tcp://192.0.2.77:0"], ["tcp://192.0.2.77:0", "192.0.2.77 is not an address of "]),
    (["run", "-t", "udp://192.0.2.77:0"], ["udp://192.0.2.77:0", "192.0.2.77 is not an address of "]),
    # addresses
    (["run", "-t", "tcp://local host:0"], ["--transport", "local host", "a host name"]),
    (["run", "-t", "tcp://127.0.0.1:"], ["--transport", "port"]),
    (["run", "-t", "tcp://127.0.0.1:99999"], ["--transport", "99999"]),
    (["run", "-t", "sctp://127.0.0.1:0"], ["--transport", "sctp", "tcp://"]),
    (["run", "-t", "unix-stream:/" + "p" * 107], ["--transport", "108 bytes", "107"]),
    (["run", "-t", "unix-stream:/no/such/directory/x"], ["/no/such/directory/x", "No such file"]),
    # output
    (["run", "-o", "/no/such/directory/report.json"], ["--output", "/no/such/directory/report.json", "No such file"]),
    (["run", "-o", "."], ["--output", "directory"]),
    (["run", "-o", "new/"], ["--output", "new/"]),
    # control characters are not printed
    (["run", "-t", "\x1b[31mred"], ["--transport", "red"]),
    (["run", "-s", "two\nlines"], ["--size"]),
]


class BadInput(EndToEnd):
    def refused(self, arguments, *words, **how):
        before = sorted(os.listdir(self.work))
        if arguments[0] == "run" and not {"-d", "--duration", "--warmup", "-n"} & set(arguments):
            # Short, so that the test fails soon if the command line is accepted.
            arguments = ["run", "-d", "10ms", "--warmup", "0s", "-n", "1", *arguments[1:]]
        outcome = self.sockmark(*arguments, **how)
        self.assert_complains(outcome, 2, *words)
        self.assertEqual(outcome.text, "")
        self.assertEqual(sorted(os.listdir(self.work)), before)

    def test_a_table_of_wrong_command_lines(self):
        for arguments, words in WRONG:
            with self.subTest(arguments=arguments):
                self.refused(arguments, *words)

    def test_what_is_unambiguous_is_accepted(self):
        for given, meant in ((["-t", "TCP,Unix-Stream", "-w", "RR"], ["-t", "tcp,unix-stream", "-w", "rr"]),
                             (["-t", "udp", "-s", "64kB,63KiB"], ["-t", "udp", "-s", "64000,64512"]),
                             (["--warmup", "0"], ["--warmup", "0s"])):
            with self.subTest(given):
                outcome = self.sockmark("run", *given, "--dry-run")
                self.assertEqual(outcome.status, 0, outcome)
                self.assertEqual(outcome.text, self.sockmark("run", *meant, "--dry-run").text)
        text = self.sockmark("run", "--help").text
        self.assertRegex(text, r"(?s)--size LIST .*1k is 1024.*--rate LIST .*1k is 1000")

    def test_a_depth_that_some_cases_lack_is_named(self):
        outcome = self.sockmark("run", "-t", "tcp", "-w", "rr,stream,connect", "--depth", "4", "--dry-run")
        self.assert_complains(outcome, 0, "--depth 4 applies to rr only", "stream and connect")
        self.assertRegex(outcome.text, r"(?m)^ +\d  tcp/stream/64B/c1$")
        for no_complaint in (["-w", "rr,stream", "--depth", "1"], ["-w", "rr", "--depth", "4"]):
            self.assertEqual(self.sockmark("run", "-t", "tcp", *no_complaint, "--dry-run").complaints, "")

    def test_no_command_shows_the_commands(self):
        outcome = self.sockmark()
        self.assertEqual((outcome.status, outcome.text), (2, ""))
        self.assertIn("sockmark run quick", outcome.complaints)

    def test_help_measures_nothing(self):
        for words in (["help", "run"], ["run", "-h"], ["-h", "run"], ["run", "quikc", "--help"]):
            with self.subTest(words):
                outcome = self.sockmark(*words)
                self.assertEqual((outcome.status, outcome.complaints), (0, ""), outcome)
                self.assertEqual(outcome.text, self.sockmark("run", "--help").text)
        for words in (["version"], ["-V"], ["run", "-V"]):
            with self.subTest(words):
                self.assertEqual(self.sockmark(*words).text, self.sockmark("--version").text)
        self.assertEqual(os.listdir(self.work), [])

    def test_a_worker_is_not_for_users(self):
        self.assert_complains(self.sockmark("worker"), 2)

    def test_a_tcp_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
            self.refused(["run", "-t", address], address, "in use")

    def test_a_udp_port_in_use(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            address = f"udp://127.0.0.1:{other.getsockname()[1]}"
            self.refused(["run", "-t", address], address, "in use")

    def test_a_unix_path_in_use_is_left_alone(self):
        path = self.work / "x.sock"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            server.bind(str(path))
            server.listen()
            self.refused(["run", "-t", f"unix-stream:{path}"], str(path), "in use")
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.connect(str(path))

    def test_a_file_at_the_socket_path_is_left_alone(self):
        path = self.work / "precious"
        path.write_text("data")
        self.refused(["run", "-t", f"unix-stream:{path}"], str(path))
        self.assertEqual(path.read_text(), "data")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_directory_that_may_not_be_written(self):
        self.runtime.chmod(0o500)
        self.refused(["run", "-o", str(self.runtime / "report.json")], "--output", "Permission denied")

    def test_an_old_report_survives_a_refusal(self):
        old = self.earlier_report()
        self.refused(["run", "-t", "upd"], "upd")
        self.assertEqual(self.report_path.read_text(), old)


if __name__ == "__main__":
    unittest.main()
