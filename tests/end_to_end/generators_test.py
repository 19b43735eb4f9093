"""Several generators of one run: here, in other time namespaces, in network namespaces, and one that is lost."""

import contextlib
import os
import re
import time
import signal
import unittest

from harness import (BUSY, SOCKMARK, EndToEnd, children_of, namespace_group, wait_until, why_no_namespaces,
                     why_no_time_namespaces)

WHY_NO_NAMESPACES = why_no_namespaces()
WHY_NO_TIME_NAMESPACES = why_no_time_namespaces()

HERE = "sh -c 'exec \"$@\"' -"  # a launcher that starts its arguments on this machine
PROGRAM = ("--worker-program", SOCKMARK)


def short(duration="200ms", repetitions=1):
    """Long enough for all generators to begin before the window."""
    return ["-d", duration, "--warmup", "300ms", "--tmax", "1s", "-n", str(repetitions)]


def generators(*commands):
    return [word for command in commands for word in ("--generator-via", command)]


class Generators(EndToEnd):
    def assert_adds_up(self, run, count):
        """The run is its generators together."""
        parts = run["generators"]["parts"]
        self.assertEqual([part["number"] for part in parts], list(range(1, count + 1)))
        if run["valid"]:
            self.assertTrue(all(part["valid"] for part in parts))
        self.assertEqual(sum(part["sent"] for part in parts), run["loss"]["sent"])
        self.assertGreater(min(part["sent"] for part in parts), 0)
        self.assertGreaterEqual(run["generators"]["skew_ns"], 0)
        if run["latency"]["delay_kind"] != "round_trip":
            return
        together = run["latency"]["response_time"]
        each = [part["response_time"] for part in parts]
        self.assertEqual(sum(part["count"] for part in each), together["count"])
        self.assertEqual(sum(part["received"] for part in parts), run["loss"]["received"])
        self.assertEqual(max(part["max_ns"] for part in each), together["max_ns"])
        self.assertEqual(min(part["min_ns"] for part in each), together["min_ns"])
        self.assertAlmostEqual(sum(part["mean_ns"] * part["count"] for part in each) / together["count"],
                               together["mean_ns"], delta=1e-6 * together["mean_ns"])

    def test_connections_and_rate_are_divided(self):
        report = self.measure("-t", "tcp", "-w", "rr,stream", "-c", "30", "-r", "3k", "--arrivals", "poisson",
                              *short(duration="1s", repetitions=1), *generators("", "", ""))
        for case in report["cases"]:
            run, = case["runs"]
            self.assertEqual((case["params"]["generators"], case["params"]["connections"]), (3, 30))
            self.assert_adds_up(run, 3)
            parts = run["generators"]["parts"]
            # A Poisson count of 1000: ten standard deviations.
            for part in parts:
                self.assertLess(abs(part["sent"] + part["unsent"] - 1000), 320, case["id"])
            self.assertEqual(run["load"]["intended_messages"], run["loss"]["sent"] + run["load"]["send_failed"])
            self.assertEqual((run["clock"], run["clock_reason"]), (None, "several_generators"))
        self.assertEqual([(end["role"], end["number"]) for end in report["ends"]],
                         [("generator", 1), ("generator", 2), ("generator", 3)])

    def test_every_workload_and_pace(self):
        for transport in ("udp", "unix-stream"):
            report = self.measure("-t", transport, "-w", "rr,stream,connect", "-c", "4", "-j", "2",
                                  *short(repetitions=1), *generators("", ""))
            for case in report["cases"]:
                self.assert_adds_up(case["runs"][0], 2)

    def test_one_address_shared_by_threads(self):
        report = self.measure("-t", "tcp://127.0.0.1:0", "-c", "12", "-j", "2", *short(repetitions=1),
                              *generators("", "", ""))
        self.assert_adds_up(report["cases"][0]["runs"][0], 3)

    def test_the_ledger_is_exact_under_impairment(self):
        report = self.measure("-t", "udp", "-w", "rr,stream", "-c", "6", "-r", "2k", *short(duration="1s"),
                              "--impair", "loss=2%,duplicate=1%,seed=3", *generators("", "", ""))
        for case in report["cases"]:
            run = case["runs"][0]
            self.assertGreater(run["impairment"]["dropped"], 0)
            self.assertEqual(run["loss"]["lost"] - run["loss"]["late"], run["impairment"]["dropped"], case["id"])
            self.assert_adds_up(run, 3)

    @unittest.skipIf(WHY_NO_TIME_NAMESPACES, WHY_NO_TIME_NAMESPACES)
    def test_clocks_of_their_own(self):
        shifted = [f"unshare -T --monotonic {seconds}" for seconds in (1000, 33333)]
        report = self.measure("-t", "tcp", "-w", "rr,stream", "-c", "6", "-r", "1k", *short(duration="1s"),
                              *generators("", *shifted), *PROGRAM)
        for case in report["cases"]:
            run, = case["runs"]
            self.assert_adds_up(run, 3)
            clocks = [part["clock"] for part in run["generators"]["parts"]]
            # The responder's clock minus the generator's.
            for clock, seconds in zip(clocks, (0, 1000, 33333)):
                self.assertLessEqual(abs(clock["offset_ns"] + seconds * 10**9), clock["bound_ns"], case["id"])
            self.assertEqual(run["latency"]["bound_ns"], max(clock["bound_ns"] for clock in clocks))
            self.assertIsNotNone(run["latency"]["one_way"]["p50_ns"])

    @unittest.skipIf(WHY_NO_NAMESPACES, WHY_NO_NAMESPACES)
    def test_three_namespaces(self):
        hosts = namespace_group(self, 4)
        responder, *rest = hosts
        listed = self.directory / "generators"
        listed.write_text("# the generators\n\n" + "".join(f"  {' '.join(host.command)}\n" for host in rest))
        report = self.measure("-t", "tcp,udp", "-w", "rr", "-c", "30", "-r", "3k", "--arrivals", "poisson",
                              *short(duration="1s"), "--responder-via", " ".join(responder.command),
                              "--generators", listed, *PROGRAM)
        for case in report["cases"]:
            run, = case["runs"]
            self.assert_adds_up(run, 3)
            self.assertEqual({part["reached_at"] for part in run["generators"]["parts"]}, {responder.ipv4})
        self.assertEqual(len(report["ends"]), 4)

    @unittest.skipIf(WHY_NO_NAMESPACES, WHY_NO_NAMESPACES)
    def test_a_path_that_goes_silent_is_named(self):
        responder, first, second = namespace_group(self, 3)
        running = self.start("run", "-t", "udp", "-w", "rr,stream", "-c", "2", "-r", "400", "-d", "4s", "--warmup", "50ms",
                             "--tmax", "400ms", "-n", "1", "--responder-via", " ".join(responder.command),
                             *generators(" ".join(first.command), " ".join(second.command)), *PROGRAM)
        for number in (1, 2):
            wait_until(lambda: re.search(rf"^\[ *{number}/2\]", running.complaints(), re.M), "the run begins")
            time.sleep(1.5)
            second.ip("link", "set", second.device, "down")
            time.sleep(1.5)
            second.ip("link", "set", second.device, "up")
        running.finish()
        report = self.read_report()
        for case, preposition in zip(report["cases"], ("at", "from")):
            run, = case["runs"]
            self.assertFalse(run["valid"], case["id"])
            self.assertIn(f"path_silent: nothing arrived {preposition} generator 2 ", " ".join(run["invalid_reasons"]))
            steady, silent = run["generators"]["parts"]
            # The other one may be late for its schedule, on a busy machine.
            self.assertEqual([reason for reason in steady["invalid_reasons"] if not re.search(BUSY, reason)], [], case["id"])
            self.assertFalse(silent["valid"], case["id"])

    def test_one_that_is_lost(self):
        """Its worker, or its launcher: the run names it, and has what the others measured."""
        for kill_launcher, status in ((False, 4), (True, 4)):
            running = self.start("run", "-t", "tcp", "-w", "rr,stream", "-c", "6", "-r", "3k",
                                 *short(duration="2s", repetitions=1), *generators("", HERE, HERE), *PROGRAM)
            wait_until(lambda: re.search(r"^\[ *1/2\]", running.complaints(), re.M), "the first run begins")
            victim = self.second_generator(running, kill_launcher)
            victim.kill(signal.SIGKILL)
            outcome = running.finish()
            self.assertEqual(outcome.status, status, outcome)
            report = self.read_report()
            self.assertEqual(len(report["cases"][0]["runs"]), 1, outcome)
            run, = report["cases"][0]["runs"]
            self.assertFalse(run["valid"])
            self.assertRegex(run["invalid_reasons"][0], "^generator 2 on ")
            first, second, third = run["generators"]["parts"]
            self.assertEqual((second["valid"], second["sent"]), (False, None))
            self.assertEqual(first["sent"] + third["sent"], run["loss"]["sent"])
            self.assertEqual(run["loss"]["lost"], 0, "the messages of the lost one are not lost messages")
            later = report["cases"][1]["runs"]
            if kill_launcher:
                self.assertEqual(later, [], "the next run would lack it")
                self.assertIn("generator 2 on ", outcome.complaints)
            else:
                self.assert_adds_up(later[0], 3)
            os.unlink(self.report_path)

    def second_generator(self, running, launcher):
        """The worker of the second generator, or what its launcher became: its agent."""
        def find():
            agents = [process for process in running.workers() if "--stdio" in process.arguments]
            for agent in agents[:1]:
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    for worker in children_of(agent.pid):
                        if worker.plays("generator") and worker.waits() > 700:  # 200 are of the clocks
                            return agent if launcher else worker
            return None

        return wait_until(find, "the second generator")

    def test_figures_of_a_busy_one_are_its_own(self):
        report = self.measure("-t", "tcp", "-c", "2", "-r", "500", *short(duration="1s"), *generators("", ""))
        for part in report["cases"][0]["runs"][0]["generators"]["parts"]:
            self.assertGreater(part["resources"]["cpu_ns"], 0)
            self.assertEqual(part["generator"]["lag"]["count"], part["sent"])

    def test_in_the_table_on_the_page_and_in_exports(self):
        self.measure("-t", "tcp", "-c", "4", *short(repetitions=2), *generators("", ""))
        table = self.sockmark("report", self.report_path)
        self.assertIn("generator 2 on ", table.text)
        page = self.work / "page.html"
        self.assertEqual(self.sockmark("report", self.report_path, "--html", page).status, 0)
        self.assertIn("Generators", page.read_text())
        rows = self.sockmark("export", self.report_path, "--to", "csv").text.splitlines()
        self.assertEqual(dict(zip(rows[0].split(","), rows[1].split(",")))["generators"], "2")


class BadInput(EndToEnd):
    def refused(self, *words, options, status=2):
        outcome = self.sockmark("run", *short(repetitions=1), *options)
        self.assert_complains(outcome, status, *words)
        self.assertEqual(len(outcome.complaints.splitlines()), 1, outcome)
        self.assertFalse(self.report_path.exists())

    def test_is_refused_before_anything_is_measured(self):
        listed = self.work / "list"
        listed.write_text("# nothing\n\n")
        self.refused("--connections 1: 2 generators with --threads 1 need at least 2",
                     options=["-t", "tcp", *generators("", "")])
        self.refused("--connections 3: 2 generators with --threads 2 need at least 4",
                     options=["-t", "tcp", "-c", "3", "-j", "2", *generators("", "")])
        self.refused("--generators list: has no command", options=["-t", "tcp", "-c", "2", "--generators", "list"])
        self.refused("--generators", "No such file", options=["-t", "tcp", "--generators", "nothing"])
        self.refused("--generators excludes --generator-via",
                     options=["-t", "tcp", "-c", "2", "--generators", "list", *generators("")])
        listed.write_text("ssh 'db\n")
        self.refused("--generators list: line 1: a ' without its end", options=["-t", "tcp", "-c", "2", "--generators", "list"])
        listed.write_text("true\n" * 129)
        self.refused("--generators: 129 generators; at most 128",
                     options=["-t", "tcp", "-c", "999", "--generators", "list"])
        self.refused("memory", options=["-t", "memory", "-c", "2", *generators("", "")])
        self.refused("--wait block", options=["-t", "tcp", "-c", "2", "--wait", "block", *generators("", "")])

    def test_one_that_cannot_be_started_is_named(self):
        outcome = self.sockmark("run", "-t", "tcp", "-c", "2", *short(repetitions=1), *generators(HERE, "false"), *PROGRAM)
        self.assertEqual(outcome.status, 2, outcome)
        self.assertIn('sockmark: generator 2: "false" ended with status 1', outcome.complaints)

    def test_a_measurement_is_resumed_between_the_same_ends(self):
        options = ["-t", "tcp", "-c", "4", *short(repetitions=2)]
        self.measure(*options, "--generator-via", HERE, *PROGRAM)
        for ends, words in (([], "generator-via was"), (["--generator-via", f"env {HERE}", *PROGRAM], "is now"),
                            (["--generator-via", HERE, "--listen", "127.0.0.1", *PROGRAM], "listen was not given")):
            self.assert_complains(self.sockmark("run", *options, *ends, "--resume"), 2, "another measurement", words)

    def test_a_resumed_measurement_has_the_same_generators(self):
        options = ["-t", "tcp", "-c", "4", *short(repetitions=2)]
        self.measure(*options, *generators("", ""))
        self.assert_complains(self.sockmark("run", *options, *generators("", "", ""), "--resume"), 2, "another measurement", "g3")


if __name__ == "__main__":
    unittest.main()
