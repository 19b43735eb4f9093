"""`sockmark compare`: exit statuses on reports whose figures are known, and one comparison that is measured."""

import copy
import json
import unittest

import jsonschema

from harness import ROOT, SCHEMA, EndToEnd, short, validate

COMPARISON_SCHEMA = ROOT / "reports/schema/comparison-1.schema.json"
# Factors: what the machine does to all runs of a block, and to one run.
DRIFT = (1.0, 1.05, 0.97, 1.02, 1.08, 0.95, 1.01, 1.04, 0.99, 1.03, 0.96, 1.06)
JITTER = (0.3, -1, 0.7, -0.4, 1, -0.6, 0.1, -0.2, 0.9, -0.8, 0.5, -0.5)


def scale_distribution(section, factor):
    for key, value in section.items():
        if key.endswith("_ns") and value is not None:
            section[key] = value * factor if key == "mean_ns" else round(value * factor)


def scaled(run, index, factor):
    """The run, with every time multiplied by the factor."""
    run = copy.deepcopy(run)
    run.update(index=index, valid=True, invalid_reasons=[], steady=True, unsteady_reasons=[])
    run.pop("steady_reason", None)
    for section in run["latency"].values():
        if isinstance(section, dict):
            scale_distribution(section, factor)
    for name in run["throughput"]:
        if name.startswith("goodput"):
            run["throughput"][name] /= factor
    for end in ("generator", "responder"):
        run["resources"][end]["cpu_ns_per_message"] *= factor
    return run


class Compare(EndToEnd):
    template = None

    def real_report(self):
        """One short run, made once: what the reports of known figures are made from."""
        if Compare.template is None:
            Compare.template = self.measure("-t", "tcp", *short("150ms"), "--quiet")
        return copy.deepcopy(Compare.template)

    def write(self, name, report):
        path = self.work / name
        path.write_text(json.dumps(report))
        self.assertEqual(validate.violations(SCHEMA, report), [], "the test makes no report")
        return path

    def series(self, runs, factor=1.0, jitter=0.01):
        """tcp alone, slower by a factor."""
        report = self.real_report()
        case = report["cases"][0]
        case["runs"] = [scaled(case["runs"][0], i, factor * DRIFT[i % 12] * (1 + jitter * JITTER[i % 12]))
                        for i in range(runs)]
        return report

    def blocks(self, blocks, factor, jitter=0.01):
        """tcp, and the same by the name of tcp6 that is slower by a factor, block by block."""
        report = self.series(blocks, 1, 0)
        report["plan"]["effective"]["order"] = "interleaved"
        other = copy.deepcopy(report["cases"][0])
        other["id"] = "tcp6/rr/64B/c1"
        other["params"].update(transport="tcp6", family="ipv6")
        other["runs"] = self.series(blocks, factor, jitter)["cases"][0]["runs"]
        report["cases"].append(other)
        return report

    def compare(self, *arguments):
        return self.sockmark("compare", *arguments)

    def document(self, path):
        """What --json wrote, checked against its schema."""
        document = json.loads(path.read_text())
        validator = jsonschema.Draft202012Validator(validate.combined(COMPARISON_SCHEMA, SCHEMA))
        self.assertEqual([error.message for error in validator.iter_errors(document)], [])
        broken = copy.deepcopy(document)
        broken["verdict"] = "perhaps"
        if broken["comparisons"]:
            broken["comparisons"][0]["metric"] = 5
        self.assertFalse(validator.is_valid(broken), "the schema holds nothing")
        return document

    # --- one report -----------------------------------------------------------------------------

    def test_gates_decide_the_exit_status(self):
        gate = ["--by", "transport", "--gate", "p50:1.05"]
        for factor, jitter, status, verdict in ((1.0, 0.005, 0, "pass"), (1.2, 0.005, 1, "fail"),
                                                (1.05, 0.05, 3, "inconclusive"), (0.8, 0.005, 0, "pass")):
            with self.subTest(factor=factor):
                path = self.write("report.json", self.blocks(10, factor, jitter))
                outcome = self.compare(path, *gate, "--json", "comparison.json")
                self.assertEqual(outcome.status, status, outcome)
                self.assertIn(verdict, outcome.text.splitlines()[-1])
                document = self.document(self.work / "comparison.json")
                self.assertEqual((document["verdict"], document["exit_status"]), (verdict, status))
                self.assertEqual(document["parameter"], "transport")
                p50 = next(one for one in document["comparisons"] if one["metric"] == "p50_ns")
                self.assertAlmostEqual(p50["estimate"], factor, delta=0.02)
                self.assertEqual(len(p50["block_effects"]), 10)

    def test_a_difference_without_a_gate_is_an_answer(self):
        path = self.write("report.json", self.blocks(8, 2))
        outcome = self.compare(path, "--by", "transport")
        self.assertEqual(outcome.status, 0, outcome)
        self.assertRegex(outcome.text, r"(?m)^ +p50 .* slower ")
        self.assertIn("no gate was set", outcome.text)
        self.assertIn("detectable", outcome.text)
        back = self.compare(path, "--by", "transport", "--baseline", "tcp6")
        self.assertRegex(back.text, r"(?m)^ +p50 .* faster ")

    def test_the_policy_decides_what_inconclusive_means(self):
        path = self.write("report.json", self.blocks(3, 1))
        for policy, status in (("own", 3), ("pass", 0), ("fail", 1)):
            outcome = self.compare(path, "--by", "transport", "--gate", "p50", "--inconclusive", policy, "--json",
                                   "comparison.json")
            self.assertEqual(outcome.status, status, outcome)
            self.assertEqual(self.document(self.work / "comparison.json")["inconclusive_policy"], policy)

    def test_a_crash_is_invalid_and_reported(self):
        report = self.blocks(10, 1)
        report["cases"][1]["runs"][3].update(valid=False, invalid_reasons=["responder was killed by signal 9"],
                                             throughput=None, throughput_reason="run_failed", latency=None,
                                             latency_reason="run_failed")
        outcome = self.compare(self.write("report.json", report), "--by", "transport", "--gate", "p50")
        self.assertEqual(outcome.status, 4, outcome)
        self.assertIn("killed by signal 9", outcome.text)

    def test_the_document_goes_to_standard_output_and_the_table_aside(self):
        path = self.write("report.json", self.blocks(6, 1))
        outcome = self.compare(path, "--by", "transport", "--json", "-")
        self.assertEqual(json.loads(outcome.text)["baseline_value"], "tcp")
        self.assertIn("tcp6/rr/64B/c1 against tcp/rr/64B/c1", outcome.complaints)

    def test_a_document_that_cannot_be_written_is_status_5(self):
        path = self.write("report.json", self.blocks(6, 1))
        with open("/dev/full", "w", encoding="utf-8") as full:
            outcome = self.sockmark("compare", path, "--by", "transport", stdout=full)
        self.assertEqual(outcome.status, 5, outcome)

    # --- two reports ----------------------------------------------------------------------------

    def test_a_report_does_not_differ_from_itself(self):
        path = self.write("same.json", self.series(10))
        outcome = self.compare(path, path, "--json", "comparison.json")
        self.assertEqual(outcome.status, 3, outcome)  # nothing pairs the runs, so no gate passes
        document = self.document(self.work / "comparison.json")
        for one in document["comparisons"]:
            if one["interval"] is None:
                self.assertEqual((one["difference"], one["difference_reason"]), (None, one["interval_reason"]))
            else:
                self.assertEqual(one["difference"], "no_difference_shown")
        self.assertEqual((document["design"], document["parameter_reason"]), ("unpaired", "two_reports"))
        self.assertEqual(self.compare(path, path, "--gate", "none").status, 0)

    def test_unpaired_reports_fail_only_where_that_is_accepted(self):
        base, worse = self.write("base.json", self.series(10)), self.write("worse.json", self.series(10, 1.5))
        outcome = self.compare(base, worse)
        self.assertEqual(outcome.status, 3, outcome)
        self.assertIn("differs, unpaired", outcome.text)
        accepted = ["--accept-unpaired", "--gate", "p50:1.2", "--gate", "goodput:1.2"]
        self.assertEqual(self.compare(base, worse, *accepted).status, 1)
        self.assertEqual(self.compare(worse, base, *accepted).status, 0)

    def test_two_reports_that_differ_in_one_thing_are_compared_by_it(self):
        tcp = self.write("tcp.json", self.series(8))
        both = self.blocks(8, 1.5)
        del both["cases"][0]
        other = self.write("tcp6.json", both)
        outcome = self.compare(tcp, other, "--by", "transport", "--metric", "p50", "--json", "by.json")
        self.assertEqual(outcome.status, 0, outcome)
        document = self.document(self.work / "by.json")
        self.assertEqual((document["parameter"], document["baseline_value"], document["design"]),
                         ("transport", "tcp", "unpaired"))
        self.assertAlmostEqual(document["comparisons"][0]["estimate"], 1.5, delta=0.1)

    def test_machines_that_differ_are_refused_by_name(self):
        base = self.series(10)
        other = copy.deepcopy(base)
        other["environment"]["hard"]["kernel_release"] = "9.9.9"
        outcome = self.compare(self.write("base.json", base), self.write("other.json", other), "--json",
                               "comparison.json")
        self.assertEqual(outcome.status, 4, outcome)
        self.assertIn("kernel_release", outcome.text)
        document = self.document(self.work / "comparison.json")
        self.assertEqual([item["item"] for item in document["refused"]], ["kernel_release"])
        self.assertEqual(document["comparisons"], [])

    # --- bad input ------------------------------------------------------------------------------

    def test_bad_input_is_one_line_and_status_2(self):
        path = self.write("report.json", self.blocks(3, 1))
        other = self.series(3)
        other["cases"][0]["id"] = "other"
        other = self.write("other.json", other)
        empty = self.write("empty.json", self.real_report() | {"cases": []})
        lossy = self.blocks(3, 1)
        for run in lossy["cases"][1]["runs"]:
            run["loss"].update(loss_ratio=0.0)
            del run["loss"]["loss_ratio_reason"]
        lossy = self.write("lossy.json", lossy)
        for arguments, said in (
                ([], "no report given"),
                ([path], "its cases differ in transport"),
                ([path, "--by", "colour"], f"sockmark: --by: {path}: no parameter"),
                ([path, "--by", "transport", "--baseline", "sctp"], f"sockmark: --baseline: {path}: no case has"),
                ([lossy, "--by", "transport", "--gate", "loss"], "--gate: loss: the transport of tcp/rr/64B/c1"),
                ([empty, "--by", "transport"], "empty.json: no case to compare"),
                ([empty, empty], "empty.json: no case to compare"),
                ([path, "--by", "size"], "the same in every case"),
                ([path, "--by", "transport", "--baseline", "sctp"], "there are tcp, tcp6"),
                ([path, "--by", "transport", "--gate", "p51:1.05"], "p50, p99"),
                ([path, "--by", "transport", "--gate", "p50:0.9"], "above 1"),
                ([path, "--by", "transport", "--gate", "p50", "--gate", "p50:1.1"], "two gates for p50"),
                ([path, "--by", "transport", "--metric", "p50,,p99"], "--metric"),
                ([path, "--by", "transport", "--inconclusive", "maybe"], "--inconclusive"),
                ([path, "--by", "transport", "--color", "pink"], "--color"),
                ([path, "--by", "transport", "--json", "/nowhere/x.json"], "--json"),
                ([path, path, "--baseline", "tcp"], "--baseline requires --by"),
                ([path, path, "--by", "size"], "--by: size_bytes is the same in every case"),
                ([path, path, "--by", "transport", "--baseline", "sctp"], "--baseline: no case has"),
                ([path, path, path], "at most two reports, got 3"),
                ([path, other], "no case in common"),
                ([path, "missing.json"], "missing.json"),
                ([path, "/dev/zero"], "/dev/zero")):
            with self.subTest(arguments=arguments):
                outcome = self.compare(*arguments)
                self.assertEqual(outcome.status, 2, outcome)
                self.assertEqual(len(outcome.complaints.splitlines()), 1, outcome)
                self.assertIn(said, outcome.complaints)
                self.assertEqual(outcome.text, "")

    # --- measured -------------------------------------------------------------------------------

    def test_a_measured_comparison_by_transport(self):
        # A run that is invalid on a busy machine makes the comparison so, which is right, and not asked here.
        outcome = self.sockmark("run", "-t", "tcp,unix-stream", *short("200ms", "20ms", repetitions=6), "--quiet")
        self.assertIn(outcome.status, (0, 4), outcome)
        outcome = self.compare("report.json", "--by", "transport", "--metric", "p50,p99,goodput,cpu", "--json",
                               "comparison.json")
        self.assertIn(outcome.status, (0, 4), outcome)
        document = self.document(self.work / "comparison.json")
        self.assertEqual(document["design"], "paired")
        self.assertEqual([one["metric"] for one in document["comparisons"]],
                         ["p50_ns", "p99_ns", "goodput_messages_per_s", "cpu_ns_per_message"])
        for one in document["comparisons"]:
            with self.subTest(metric=one["metric"]):
                self.assertEqual((one["baseline"], one["candidate"]), ("tcp/rr/64B/c1", "unix-stream/rr/64B/c1"))
                if one["interval"] is None:  # a busy machine sends too few messages for a p99
                    self.assertEqual((one["metric"], one["interval_reason"]), ("p99_ns", "samples"))
                elif document["verdict"] == "no_gate":
                    self.assertEqual(one["blocks"], 6)
                    low, high = one["interval"]
                    self.assertLessEqual(low, one["estimate"])
                    self.assertLessEqual(one["estimate"], high)
                    self.assertIn(one["difference"], ("slower", "faster", "no_difference_shown"))


if __name__ == "__main__":
    unittest.main()
