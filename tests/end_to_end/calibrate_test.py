"""A program against itself: `calibrate`, and `run --calibration`, which refuses gates that are too fine."""

import json
import unittest

from harness import EndToEnd, short

BLOCKS = 6
SHORT = ["-t", "unix-stream", "--no-progress", *short("50ms", "20ms", repetitions=BLOCKS)]
METRICS = ["p50_ns", "p99_ns", "goodput_messages_per_s", "cpu_ns_per_message"]
STATUS = {"no_difference_shown": 0, "difference_shown": 1, "undecidable": 3, "invalid": 4}


class Calibrate(EndToEnd):
    def test_one_program_in_both_arms_and_what_that_says(self):
        outcome = self.sockmark("calibrate", *SHORT, "--json", "figures.json")
        self.assertIn(outcome.status, STATUS.values(), outcome)
        report = self.read_report(self.work / "calibration.json")
        self.assertEqual([case["params"]["arm"] for case in report["cases"]], ["baseline", "candidate"])
        self.assertEqual([len(case["runs"]) for case in report["cases"]], [BLOCKS, BLOCKS])
        self.assertEqual(report["plan"]["effective"]["against"], report["plan"]["effective"]["candidate"])
        self.assertEqual(report["stopping"]["stopped_by"], "fixed")
        compared = {one["metric"]: one for one in report["comparisons"]}
        self.assertEqual(list(compared), METRICS)

        figures = json.loads((self.work / "figures.json").read_text())
        self.assertEqual(figures["exit_status"], outcome.status)
        self.assertEqual(STATUS[figures["verdict"]], outcome.status)
        # Over four lines six blocks cannot show a difference, so that none is shown is no answer.
        self.assertIn(figures["verdict"], ("undecidable", "invalid"))
        self.assertEqual(bool(figures["invalid"]), figures["verdict"] == "invalid")
        self.assertEqual([one["metric"] for one in figures["metrics"]], METRICS)
        p50 = figures["metrics"][0]
        self.assertEqual(p50["case"], "unix-stream/rr/64B/c1")
        if figures["verdict"] == "undecidable":
            self.assertEqual(p50["blocks"], BLOCKS)
            self.assertGreater(p50["sd"], 0)
            self.assertEqual([one["blocks"] for one in p50["detectable"]], [6, 10, 16, 24, 40])
            found = [one["mde90"] for one in p50["detectable"]]
            self.assertEqual(found, sorted(found, reverse=True))
            # Six blocks are what was measured.
            self.assertAlmostEqual(found[0] / compared["p50_ns"]["mde90"], 1, places=6)
        self.assertIsNone(p50["false_alarms"])
        for words in ("p50", "detects with 6", "false alarms", "unix-stream/rr/64B/c1"):
            self.assertIn(words, outcome.text)

    def test_the_figures_or_the_report_on_standard_output(self):
        for options in (["--json", "-"], ["-o", "-"]):
            outcome = self.sockmark("calibrate", *SHORT[:-1], 1, *options)
            self.assertIn(outcome.status, (3, 4), outcome)
            self.assertIn("schema_version", json.loads(outcome.text))
            self.assertIn("detects with 6", outcome.complaints)

    def test_bad_input(self):
        for options, words in {
            ("no-such-suite",): ["no-such-suite"],
            ("--order", "sequential"): ["--order"],
            ("-o", "-", "--json", "-"): ["--json"],
            ("-o", "absent/calibration.json"): ["--output"],
            ("--color", "blue"): ["--color"],
            ("--gate", "p50:1.05"): ["--gate"],
        }.items():
            with self.subTest(options):
                self.assert_complains(self.sockmark("calibrate", *options), 2, *words)


class Calibrated(EndToEnd):
    """`run --calibration`, with a report whose figures the test made."""

    def setUp(self):
        super().setUp()
        # The frame of this machine and of these cases; the one block in it is multiplied below.
        outcome = self.sockmark("calibrate", *SHORT[:-1], 1, "--quiet")
        self.assertIn(outcome.status, (3, 4), outcome)
        self.report = json.loads((self.work / "calibration.json").read_text())

    def write(self, drift, name="made.json"):
        """Blocks in which the candidate's median is alternately so much above and below the baseline's."""
        for case in self.report["cases"]:
            run = case["runs"][0]
            run.update(valid=True, invalid_reasons=[])
            case["runs"] = [json.loads(json.dumps(run)) for _ in range(12)]
            for index, run in enumerate(case["runs"]):
                run["index"] = index
                candidate = case["params"]["arm"] == "candidate"
                factor = 1 + drift * (1 if index % 2 else -1) if candidate else 1
                latency = run["latency"]["response_time_loss_as_infinite"]
                latency["p50_ns"] = int(1_000_000 * factor)
                latency.update(p99_ns=5_000_000, p99_9_ns=6_000_000)
                for reason in ("p50_ns_reason", "p99_ns_reason", "p99_9_ns_reason"):
                    latency.pop(reason, None)
        (self.work / name).write_text(json.dumps(self.report))
        return name

    def compare(self, calibration, *options, blocks=12):
        return self.sockmark("run", *SHORT[:-1], blocks, "--against", "/bin/true", "--calibration", calibration,
                             *options, "--dry-run")

    def test_a_gate_that_is_too_fine_is_refused_before_anything_is_measured(self):
        noisy = self.write(0.03)
        self.assert_complains(self.compare(noisy, "--gate", "p50:1.02"), 2,
                              "--gate p50:1.02: this machine finds +3.", " % with 12 blocks; ", " blocks are enough")
        self.assertFalse(self.report_path.exists())
        self.assertEqual(self.compare(noisy, "--gate", "p50:1.05").status, 0)
        self.assertEqual(self.compare(self.write(0.003, "quiet.json"), "--gate", "p50:1.02").status, 0)
        # As many blocks as it names do.
        refused = self.compare(noisy, "--gate", "p50:1.02").complaints
        needed = refused.rpartition("; ")[2].split()[0]
        self.assertEqual(self.compare(noisy, "--gate", "p50:1.02", blocks=needed).status, 0)

    def test_what_is_no_calibration(self):
        made = self.write(0.003)
        self.assert_complains(self.compare("absent.json"), 2, "absent.json")
        self.assert_complains(self.compare(made, "--gate", "loss:0.01"), 2, "--gate loss", "no compared pair has this metric")
        self.assert_complains(self.sockmark("run", *SHORT, "--calibration", made), 2, "--calibration", "--by")
        self.report["environment"]["hard"]["cpu_model"] = "another"
        self.assert_complains(self.compare(self.write(0.003, "other.json")), 2, "other.json", "another machine")


if __name__ == "__main__":
    unittest.main()
