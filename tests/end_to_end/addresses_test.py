"""Where the two ends of a local run listen and from where they connect: names, sources, interfaces, ports, DSCP."""

import shutil
import subprocess
import unittest

from harness import SOCKMARK, EndToEnd, short

NO_NAMESPACES = (shutil.which("unshare") is None or
                 subprocess.run(["unshare", "-mn", "sh", "-c", "ip link set lo up && mount --make-rprivate /"],
                                capture_output=True, check=False).returncode != 0)


class Addresses(EndToEnd):
    def params(self, *arguments):
        return [case["params"] for case in self.measure(*arguments, *short())["cases"]]

    def test_the_report_has_the_name_and_the_address_that_was_used(self):
        report = self.measure("-t", "tcp://localhost,udp://localhost:0", *short())
        self.assertEqual([case["id"] for case in report["cases"]],
                         ["tcp://localhost:0/rr/64B/c1", "udp://localhost:0/rr/64B/c1"])
        for case in report["cases"]:
            params = case["params"]
            scheme = case["id"].partition(":")[0]
            expected = {"ipv4": (scheme, f"{scheme}://127.0.0.1:0"), "ipv6": (f"{scheme}6", f"{scheme}://[::1]:0")}
            self.assertEqual((params["transport"], params["resolved_address"]), expected[params["family"]])

    def test_an_address_without_a_host_name_resolves_to_nothing_else(self):
        [params] = self.params("-t", "tcp://127.0.0.1")
        self.assertEqual((params["address"], params["resolved_address"]), ("tcp://127.0.0.1:0", None))

    def test_a_name_that_no_resolver_knows_is_named(self):
        outcome = self.sockmark("run", "-t", "tcp://no-such.invalid:9000", *short())
        self.assert_complains(outcome, 2, "--transport", "tcp://no-such.invalid:9000")
        self.assertFalse(self.report_path.exists())

    def test_a_name_that_is_too_long_is_refused(self):
        outcome = self.sockmark("run", "-t", f"tcp://{'n' * 254}:1", *short())
        self.assert_complains(outcome, 2, "254 bytes", "253")

    @unittest.skipIf(NO_NAMESPACES, "no right to make namespaces of networks and mounts")
    def test_a_name_of_several_machines_is_the_address_of_this_one(self):
        hosts = self.work / "hosts"

        def inside(text, *arguments):
            hosts.write_text(text)
            script = f'mount --make-rprivate /; mount -o bind {hosts} /etc/hosts; ip link set lo up; exec "$0" "$@"'
            return self.sockmark(*arguments, program=("unshare", "-mn", "sh", "-c", script, SOCKMARK))

        outcome = inside("192.0.2.9 db2\n127.0.0.7 db2\n", "run", "-t", "tcp://db2", "-o", self.report_path, *short())
        [case] = self.assert_measured(outcome)["cases"]
        self.assertEqual(case["params"]["resolved_address"], "tcp://127.0.0.7:0")
        outcome = inside("192.0.2.9 db2\n", "run", "-t", "tcp://db2:9000", *short())
        self.assert_complains(outcome, 2, "db2 has no address of this machine: 192.0.2.9")

    def test_the_options_of_ip_are_in_force_and_in_the_report(self):
        for transport, name in (("tcp", "IP_TOS"), ("udp", "IP_TOS"), ("tcp6", "IPV6_TCLASS"), ("udp6", "IPV6_TCLASS")):
            with self.subTest(transport=transport):
                source = "::1" if transport.endswith("6") else "127.0.0.9"
                [params] = self.params("-t", transport, "--source", source, "--interface", "lo", "--dscp", "EF",
                                       "--data-ports", "42000-42999")
                self.assertEqual((params["source"], params["interface"], params["data_ports"]),
                                 (source, "lo", "42000-42999"))
                self.assertEqual(params["socket_options"][name], 46 << 2)
                [case] = self.read_report()["cases"]
                self.assertEqual(case["id"], f"{transport}/rr/64B/c1/dscp46")

    def test_a_dscp_of_0_is_in_the_report_where_it_was_requested(self):
        for transport, name in (("tcp", "IP_TOS"), ("udp6", "IPV6_TCLASS")):
            with self.subTest(transport=transport):
                [params] = self.params("-t", transport, "--dscp", "0")
                self.assertEqual(params["socket_options"][name], 0)
                [params] = self.params("-t", transport)
                self.assertNotIn(name, params["socket_options"])

    def test_connections_over_udp_take_their_ports_from_the_range(self):
        for workload in ("rr", "stream", "connect"):
            with self.subTest(workload=workload):
                self.measure("-t", "udp,udp6", "-w", workload, "-c", "3", "--data-ports", "43000-43999", *short())

    def test_what_this_machine_lacks_is_found_before_measuring(self):
        for options, words in (
                (["-t", "tcp", "--source", "192.0.2.9"], ["192.0.2.9 is not an address of this machine"]),
                (["-t", "tcp://192.0.2.9:0"], ["192.0.2.9 is not an address of "]),
                (["-t", "udp", "--interface", "no-such"], ['no interface "no-such" on this machine']),
                (["-t", "tcp://[fe80::1%no-such]:0"], ['no interface "no-such" on this machine']),
                (["-t", "tcp6", "--source", "127.0.0.1"], ["--source 127.0.0.1", "tcp6"]),
                (["-t", "udp", "-c", "5", "--data-ports", "42000-42003"], ["--data-ports", "6 ports"]),
                (["-t", "unix-stream", "--dscp", "EF"], ["--dscp requires tcp or udp"]),
                (["-t", "memory", "--source", "127.0.0.1"], ["--source requires tcp or udp"])):
            with self.subTest(options=options):
                self.assert_complains(self.sockmark("run", *options, *short()), 2, *words)
                self.assertFalse(self.report_path.exists())


if __name__ == "__main__":
    unittest.main()
