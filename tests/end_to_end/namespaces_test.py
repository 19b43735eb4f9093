"""The network namespaces of harness.py, which other tests measure between."""

import signal
import subprocess
import sys
import unittest

from harness import CONDITION_GUARD, EndToEnd, namespace_pair, wait_until, why_no_namespaces

WHY_NOT = why_no_namespaces()

# Sends each datagram back, until it is killed.
ECHO = """
import socket, sys
host, port = sys.argv[1:]
family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
with socket.socket(family, kind) as echo:
    echo.bind(address)
    print("ready", flush=True)
    while True:
        echo.sendto(*echo.recvfrom(100))
"""
# Prints the answer to one datagram.
ASK = """
import socket, sys
host, port, patience = sys.argv[1:]
family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
with socket.socket(family, kind) as one:
    one.settimeout(float(patience))
    one.sendto(b"asked", address)
    try:
        print(one.recv(100).decode())
    except TimeoutError:
        print("silence")
"""


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Namespaces(EndToEnd):
    def echo(self, namespace, host, port):
        process = subprocess.Popen([*namespace.command, sys.executable, "-c", ECHO, host, str(port)],
                                   stdout=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.assertEqual(process.stdout.readline(), b"ready\n")

    def ask(self, namespace, host, port, patience=CONDITION_GUARD):
        done = subprocess.run([*namespace.command, sys.executable, "-c", ASK, host, str(port), str(patience)],
                              capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def test_each_address_of_one_end_reaches_the_other(self):
        near, far = namespace_pair(self)
        for host in (far.ipv4, far.ipv6, f"{far.link_local}%{far.device}"):
            with self.subTest(host=host):
                self.echo(far, host, 9000)
                self.assertEqual(self.ask(near, host, 9000), "asked")

    def test_a_firewall_drops_what_arrives_for_its_ports_alone(self):
        near, far = namespace_pair(self)
        for host in (far.ipv4, far.ipv6):
            for port in (9000, 9001):
                self.echo(far, host, port)
        far.drop_arrivals("udp", 9001, 65534)
        for host in (far.ipv4, far.ipv6):
            with self.subTest(host=host):
                self.assertEqual(self.ask(near, host, 9000), "asked")
                self.assertEqual(self.ask(near, host, 9001, patience=0.2), "silence")

    def test_a_failed_test_leaves_no_namespace_and_no_process(self):
        left = []

        class Failing(EndToEnd):
            def runTest(self):
                near, _ = namespace_pair(self)
                process = subprocess.Popen([*near.command, "sleep", "600"])
                left.extend([near.name, process])
                wait_until(lambda: near.pids() == [process.pid], "the process is in the namespace")
                raise AssertionError("as a test may fail")

        result = unittest.TestResult()
        Failing().run(result)
        self.assertEqual((len(result.failures), len(result.errors)), (1, 0), result)
        name, process = left
        self.assertEqual(process.wait(CONDITION_GUARD), -signal.SIGKILL)
        names = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
        self.assertNotIn(name, names)


if __name__ == "__main__":
    unittest.main()
