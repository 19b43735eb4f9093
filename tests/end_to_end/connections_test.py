"""Many connections, and too few descriptors for them."""

import re
import resource
import unittest

from harness import SHORT, EndToEnd, short


def descriptor_limit(soft, hard):
    """For a child that is about to become sockmark."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Connections(EndToEnd):
    def test_a_thousand_at_once(self):
        for transport in ("tcp", "unix-stream"):
            with self.subTest(transport=transport):
                report = self.measure("-t", transport, "-c", "1000", *short(duration="200ms", tmax="2s"))
                self.assertEqual(report["cases"][0]["params"]["connections"], 1000)

    def test_they_are_open_all_the_time(self):
        running = self.start("run", "-t", "tcp", "-c", "1000", *short(duration="1s", tmax="2s"))
        # Seen at both ends at once, or the hang guard strikes.
        running.wait_for_run(1, 1, busy=lambda worker: worker.descriptors() > 1000)
        self.assertEqual(running.finish().status, 0)
        self.assert_sound(self.read_report()["cases"][0]["runs"][0])

    def test_too_few_descriptors_are_found_before_measuring(self):
        outcome = self.sockmark("run", "-t", "tcp", "-c", "1000", *SHORT, preexec_fn=descriptor_limit(64, 64))
        self.assert_complains(outcome, 2, "--connections", "descriptors", "the limit is 64", "ulimit")
        self.assertFalse(self.report_path.exists())

    def test_a_low_soft_limit_is_raised(self):
        self.measure("-t", "tcp", "-c", "200", *SHORT, preexec_fn=descriptor_limit(64, 4096))

    def test_the_number_it_says_it_needs_is_enough(self):
        for options in (["-t", "tcp", "-c", "60", "-j", "2"], ["-t", "udp", "-c", "60"],
                        ["-t", "unix-dgram", "-c", "60"], ["-t", "unix-stream", "-w", "connect", "-c", "60"],
                        ["-t", "memory", "-c", "60", "-j", "2"]):
            with self.subTest(options=options):
                outcome = self.sockmark("run", *options, *SHORT, preexec_fn=descriptor_limit(40, 40))
                self.assert_complains(outcome, 2, "--connections")
                needed = int(re.search(r"needs (\d+) file descriptors", outcome.complaints)[1])
                self.measure(*options, *SHORT, preexec_fn=descriptor_limit(needed, needed))


if __name__ == "__main__":
    unittest.main()
