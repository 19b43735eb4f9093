"""Exports of a measured report, read by the tools that they are for. A tool that is not installed skips its test."""

import csv
import importlib.util
import io
import json
import re
import shutil
import subprocess
import sys
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

from harness import COMMAND_GUARD, ROOT, EndToEnd, short

COMPARE = Path("/usr/share/benchmark/compare.py")
GOLDEN = ROOT / "tests/reports/golden"
HDRHISTOGRAM = Path("/usr/share/java/hdrhistogram.jar")

# What names may hold: what JSON, XML, CSV, labels and formulas give a meaning, and a new line.
AWKWARD = "=udp \"quoted\", <b>&amp;\\ 100%\nMaßstab"
SHOWN = AWKWARD.replace("\n", "")

FORMATS = ["csv", "charts", "google-benchmark", "google-benchmark-medians", "github-action-benchmark",
           "github-action-benchmark-smaller", "github-action-benchmark-bigger", "bencher", "junit", "hgrm", "hlog",
           "openmetrics", "prometheus", "otava"]
JSON = ["charts", "google-benchmark", "google-benchmark-medians", "github-action-benchmark", "github-action-benchmark-smaller",
        "github-action-benchmark-bigger", "bencher"]
ONE_CASE = ["hgrm", "otava"]


def strict(text):
    """JSON as RFC 8259 has it: Python alone would also take NaN and a key that occurs twice."""
    def once(pairs):
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"a key occurs twice: {sorted(keys)}"
        return dict(pairs)

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    def exact(digits):
        assert abs(int(digits)) < 2**53, f"jq and JavaScript would round {digits}"
        return int(digits)

    return json.loads(text, object_pairs_hook=once, parse_constant=refuse, parse_int=exact)


def lower_middle(values):
    """The median as sockmark has it: the smallest value with half of them at or below it."""
    return sorted(values)[(len(values) + 1) // 2 - 1]


class Exports(EndToEnd):
    report = None  # measured once, for all tests

    def setUp(self):
        super().setUp()
        if Exports.report is None:
            Exports.report = self.measure("-t", "tcp,udp", *short(repetitions=3))
        # TCP as it was measured; UDP with an awkward name, a loss of none, a tail that is undefined and a run
        # that is invalid.
        report = json.loads(json.dumps(Exports.report))
        self.tcp, self.udp = report["cases"]
        self.udp["id"] = AWKWARD
        self.udp["runs"][0].update(valid=False, invalid_reasons=["generator_saturated", "said \"no\", <twice>"])
        for run in self.udp["runs"]:
            run["latency"]["response_time"].update(p99_9_ns=None, p99_9_ns_reason="samples", p99_99_ns=None,
                                                   p99_99_ns_reason="samples")
        self.report_path.write_text(json.dumps(report))

    def export(self, to, *arguments, report="report.json", **how):
        outcome = self.sockmark("export", report, "--to", to, *arguments, **how)
        self.assertEqual((outcome.status, outcome.complaints), (0, ""), outcome)
        return outcome.text

    def refused(self, *arguments, **how):
        """The one line of a refusal."""
        outcome = self.sockmark("export", *arguments, **how)
        self.assertEqual((outcome.status, outcome.text), (2, ""), outcome)
        self.assertEqual(outcome.complaints.count("\n"), 1, outcome)
        return outcome.complaints

    def one_case(self, to):
        return ["--case", "tcp/rr/64B/c1"] if to in ONE_CASE else []

    # --- the command ------------------------------------------------------------------------------------------------

    def test_every_format_is_listed_and_written(self):
        listed = self.sockmark("list", "formats").text
        for to in FORMATS:
            self.assertRegex(listed, rf"(?m)^  {to} ")
            self.assertTrue(self.export(to, *self.one_case(to)).endswith("\n"), to)

    def test_what_is_written_to_a_file_or_read_from_a_pipe_is_the_same(self):
        text = self.export("csv")
        self.assertEqual(self.export("csv", "-o", "runs.csv"), "")
        self.assertEqual((self.work / "runs.csv").read_text(), text)
        with open(self.report_path, "rb") as pipe:
            self.assertEqual(self.export("csv", report="-", stdin=pipe), text)

    def test_case_chooses_by_id(self):
        rows = list(csv.DictReader(io.StringIO(self.export("csv", "--case", "tcp/rr/64B/c1"))))
        self.assertEqual({row["case"] for row in rows}, {"tcp/rr/64B/c1"})
        both = self.export("csv", "--case", "tcp/rr/64B/c1", "--case", AWKWARD)
        self.assertEqual(both, self.export("csv"))

    def test_an_error_is_one_line(self):
        self.assertIn("--to: no format given; give one of csv, ", self.refused("report.json"))
        self.assertIn("did you mean \"junit\"", self.refused("report.json", "--to", "jnuit"))
        self.assertIn("no report given", self.refused("--to", "csv"))
        self.assertIn("absent.json: No such file", self.refused("absent.json", "--to", "csv"))
        self.assertIn("did you mean \"tcp/rr/64B/c1\"",
                      self.refused("report.json", "--to", "csv", "--case", "tcp/rr/64B/c2"))
        self.assertIn("report.json: --to hgrm: takes one case, and the report has 2",
                      self.refused("report.json", "--to", "hgrm"))
        self.assertIn("would overwrite the report", self.refused("report.json", "--to", "csv", "-o", "./report.json"))
        (self.work / "broken.json").write_text("{\"schema_version\": \"1.0.0\",\n \"cases\": [")
        self.assertIn("broken.json: line 2", self.refused("broken.json", "--to", "csv"))
        with open(self.work / "broken.json", "rb") as pipe:
            self.assertIn("standard input: line 2", self.refused("-", "--to", "csv", stdin=pipe))
        self.tcp["runs"][1]["latency"]["response_time"]["histogram_v2"] = "SGVsbG8="
        self.report_path.write_text(json.dumps({**Exports.report, "cases": [self.tcp]}))
        self.assertIn("tcp/rr/64B/c1: run 1: histogram_v2: not a compressed HdrHistogram",
                      self.refused("report.json", "--to", "hlog"))

    def test_what_cannot_be_written_is_exit_status_5(self):
        for where in ("absent/file", "/dev/full"):
            outcome = self.sockmark("export", "report.json", "--to", "csv", "-o", where)
            self.assertEqual(outcome.status, 5, outcome)
            self.assertEqual(outcome.complaints.count("\n"), 1, outcome)
        with open("/dev/full", "wb") as full:
            self.assertEqual(self.sockmark("export", "report.json", "--to", "csv", stdout=full).status, 5)

    # --- the formats ------------------------------------------------------------------------------------------------

    def test_json_is_strict(self):
        for to in JSON:
            strict(self.export(to))

    def test_csv_has_a_row_for_every_run(self):
        rows = list(csv.DictReader(io.StringIO(self.export("csv"), newline=""), strict=True))
        runs = [(case, run) for case in (self.tcp, self.udp) for run in case["runs"]]
        self.assertEqual(len(rows), len(runs))
        for row, (case, run) in zip(rows, runs):
            self.assertNotIn(None, row, "a row is longer than the header")
            self.assertEqual(row["valid"], "true" if run["valid"] else "false")
            self.assertEqual(float(row["p50_ns"]), run["latency"]["response_time"]["p50_ns"])
            self.assertEqual(float(row["goodput_messages_per_s"]), run["throughput"]["goodput_messages_per_s"])
            self.assertEqual(int(row["lost"]), run["loss"]["lost"])
            self.assertEqual(row["loss_ratio"] == "", case is self.tcp)  # not applicable
        self.assertEqual(rows[3]["case"], "'" + SHOWN)
        self.assertEqual(rows[3]["invalid_reasons"], "generator_saturated; said \"no\", <twice>")
        self.assertEqual(rows[3]["p99_9_ns"], "")

    def test_charts_have_the_tables_and_columns_that_their_page_lists(self):
        text = (ROOT / "docs/exports.md").read_text()
        section = text[text.index("## charts"):text.index("## google-benchmark")]
        listed = {name: ["group", "series", "case", *re.findall(r"`(\w+)`", columns)]
                  for name, columns in re.findall(r"(?m)^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", section)}
        self.assertGreater(len(listed), 8, "the page has lost its tables")
        charts = strict(self.export("charts"))
        self.assertEqual({name: [column["name"] for column in table["columns"]]
                          for name, table in charts["tables"].items()}, listed)
        members = set(re.findall(r"(?m)^\| `(\w+)` \| (?!`)", section))
        self.assertLessEqual(set(charts), members | {"groups"})
        groups = {group["name"] for group in charts["groups"]}
        series = {one["name"] for one in charts["series"]}
        self.assertEqual((len(groups), series), (1, {"tcp", "udp"}))
        for name, table in charts["tables"].items():
            self.assertEqual("why_empty" in table, not table["rows"], name)
            for row in table["rows"]:
                self.assertEqual(len(row), len(table["columns"]), name)
                self.assertIn(row[0], groups, name)
                self.assertIn(row[1], series, name)
                self.assertIn(row[2], ("tcp/rr/64B/c1", SHOWN), name)

    def test_no_integer_is_beyond_what_a_double_holds(self):
        seed = 2**64 - 1
        self.measure("-t", "udp", "-r", "1k", "--seed", seed, "--impair", f"duplicate=1%,seed={seed}", *short())
        report = strict((self.work / "report.json").read_text())
        run = report["cases"][0]["runs"][0]
        self.assertEqual((run["impairment"]["seed"], report["plan"]["effective"]["seed"]), (str(seed), str(seed)))
        self.assertRegex(run["load"]["seed"], "^[0-9]+$")
        for to in JSON:
            strict(self.export(to))
        # A report of before has numbers there.
        run["load"]["seed"], run["impairment"]["seed"] = int(run["load"]["seed"]), seed
        report["schema_version"] = "1.3.0"
        (self.work / "report.json").write_text(json.dumps(report))
        for to in FORMATS:
            self.export(to)

    def test_charts_and_page_caption_a_stream_as_one_way(self):
        report = self.measure("-t", "unix-stream", "-w", "stream", "-r", "1k", *short())
        self.assertEqual(report["cases"][0]["runs"][0]["latency"]["delay_kind"], "one_way")
        (group,) = strict(self.export("charts"))["groups"]
        self.assertTrue(group["latency"].startswith("one-way delay"), group)
        page = self.work / "stream.html"
        self.assertEqual(self.sockmark("report", "report.json", "--html", page).status, 0)
        self.assertNotIn("round trip", page.read_text())

    def test_charts_of_two_reports_have_both_sides(self):
        charts = strict(self.export("charts", "report.json"))
        self.assertTrue(any(one["name"].endswith("(baseline)") for one in charts["series"]), charts["series"])
        self.assertIn("--to csv takes one report, got 2",
                      self.refused("report.json", "report.json", "--to", "csv"))
        self.assertIn("standard input can be only one", self.refused("-", "-", "--to", "charts"))
        self.assertIn("at most two reports, got 3", self.refused(*["report.json"] * 3, "--to", "charts"))

    def test_charts_tell_the_percentiles_of_the_valid_runs(self):
        charts = strict(self.export("charts"))["tables"]

        def rows(table):
            names = [column["name"] for column in charts[table]["columns"]]
            return [dict(zip(names, row)) for row in charts[table]["rows"]]

        for case in (self.tcp, self.udp):
            transport = case["params"]["transport"]
            valid = [run["latency"]["response_time"] for run in case["runs"] if run["valid"]]
            (p50,) = [row for row in rows("percentiles") if (row["series"], row["label"]) == (transport, "p50")]
            values = [distribution["p50_ns"] for distribution in valid]
            self.assertEqual((p50["latency_ns"], p50["low_ns"], p50["high_ns"], p50["runs"]),
                             (lower_middle(values), min(values), max(values), len(values)))
        invalid = [row for row in rows("events") if row["kind"] == "invalid"]
        self.assertEqual([(row["series"], row["run"]) for row in invalid], [("udp", 0)])
        self.assertIn("generator_saturated", invalid[0]["text"])

    def test_google_benchmark_is_read_by_its_compare_py(self):
        if not COMPARE.exists() or importlib.util.find_spec("scipy") is None:
            self.skipTest("compare.py (libbenchmark-tools) or scipy (python3-scipy) is not installed")
        slower = json.loads(self.report_path.read_text())
        for run in slower["cases"][0]["runs"]:
            time = run["latency"]["response_time"]
            for name in [name for name, value in time.items() if name.endswith("_ns") and value is not None]:
                time[name] *= 2
        (self.work / "slower.json").write_text(json.dumps(slower))
        self.export("google-benchmark", "-o", "old.json")
        self.export("google-benchmark", "-o", "new.json", report="slower.json")
        done = subprocess.run([sys.executable, "-B", COMPARE, "--no-color", "--dump_to_json", "out.json",
                               "benchmarks", "old.json", "new.json"], cwd=self.work, capture_output=True, text=True,
                              timeout=COMMAND_GUARD, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        found = {entry["name"]: entry for entry in json.loads((self.work / "out.json").read_text())}
        for name in ("p50_ns", "p50_ns_median", "max_ns_median"):
            self.assertEqual([one["time"] for one in found[f"tcp/rr/64B/c1/{name}"]["measurements"]],
                             [1] * (1 if "median" in name else 3), name)
            self.assertEqual(found[f"{SHOWN}/{name}"]["measurements"][0]["time"], 0)
        self.assertNotEqual(found["tcp/rr/64B/c1/p50_ns"]["measurements"][0]["cpu_time"], 0)
        self.assertNotIn(f"{SHOWN}/p99_9_ns", found)

    def test_medians_are_over_the_valid_runs(self):
        runs = [run for run in self.udp["runs"] if run["valid"]]
        expected = lower_middle([run["latency"]["response_time"]["p50_ns"] for run in runs])
        medians = {entry["name"]: entry["real_time"]
                   for entry in strict(self.export("google-benchmark-medians"))["benchmarks"]}
        self.assertEqual(medians[f"{SHOWN}/p50_ns"], expected)
        smaller = strict(self.export("github-action-benchmark"))
        self.assertEqual([one["value"] for one in smaller if one["name"] == f"{SHOWN} p50_ns"], [expected])
        self.assertEqual(strict(self.export("bencher"))[SHOWN]["latency"]["value"], expected)

    def test_github_action_benchmark_has_what_the_action_demands(self):
        names = set()
        for to in ("github-action-benchmark-smaller", "github-action-benchmark-bigger"):
            for one in strict(self.export(to)):
                self.assertEqual({key: type(value) for key, value in one.items() if key != "value"},
                                 {"name": str, "unit": str, "range": str, "extra": str})
                self.assertIsInstance(one["value"], (int, float))
                names.add(one["name"])
        self.assertIn("tcp/rr/64B/c1 goodput_messages_per_s", names)
        self.assertIn(f"{SHOWN} loss_ratio", names)
        self.assertNotIn("tcp/rr/64B/c1 loss_ratio", names)

    def test_bencher_has_the_shape_of_its_metric_format(self):
        cases = strict(self.export("bencher"))
        self.assertEqual(list(cases), ["tcp/rr/64B/c1", SHOWN])
        for case in cases.values():
            self.assertLessEqual({"latency", "throughput"}, set(case))
            for name, measure in case.items():
                self.assertLessEqual(len(name), 64)
                self.assertEqual(set(measure), {"value", "lower_value", "upper_value"})
                self.assertLessEqual(measure["lower_value"], measure["value"])
                self.assertLessEqual(measure["value"], measure["upper_value"])

    def test_junit_has_a_testcase_for_each_gate(self):
        # Of the report that reports/export_formats_test exports: it has a gate of each verdict.
        suites = xml.parse(GOLDEN / "export_junit.txt").getroot()
        (suite,) = suites
        self.assertEqual((suites.tag, suite.tag), ("testsuites", "testsuite"))
        self.assertEqual([suite.get(count) for count in ("tests", "failures", "errors", "skipped")],
                         ["3", "1", "0", "1"])
        self.assertEqual([[inner.tag for inner in case] for case in suite], [[], ["failure"], ["skipped"]])
        self.assertEqual(suite[1].get("name"), "=un<ix>/\"d&g\"\\,Maßstab[2J%: p99_ns against tcp/rr/64B/c1")
        self.assertEqual(suite[1].get("classname"), "sockmark.unix-dgram")
        self.assertTrue(suite[2][0].get("message").startswith("inconclusive (interval): "))

    def test_junit_of_a_comparisons_document(self):
        self.report_path.write_text(json.dumps(Exports.report))
        outcome = self.sockmark("compare", "report.json", "--by", "transport", "--gate", "p50:1.05", "--gate",
                                "goodput", "--json", "comparison.json")
        self.assertIn(outcome.status, (1, 3, 4), outcome)  # of three blocks
        (suite,) = xml.fromstring(self.export("junit", report="comparison.json"))
        gates = [case for case in suite if case.get("name") != "comparison"]
        self.assertEqual([case.get("name") for case in gates],
                         [f"udp/rr/64B/c1: {metric} against tcp/rr/64B/c1"
                          for metric in ("p50_ns", "goodput_messages_per_s")])
        self.assertEqual(suite.get("errors"), "1" if outcome.status == 4 else "0")
        self.assertIn("comparison.json: a comparison, not a report",
                      self.refused("comparison.json", "--to", "csv"))

    def test_junit_of_a_report_without_gates_is_an_empty_suite(self):
        (suite,) = xml.fromstring(self.export("junit"))
        self.assertEqual((suite.get("tests"), len(suite)), ("0", 0))

    def test_hlog_and_hgrm_are_what_the_reference_implementation_makes_of_them(self):
        java = shutil.which("java")
        if java is None or not HDRHISTOGRAM.exists():
            self.skipTest("java or hdrhistogram.jar (libhdrhistogram-java) is not installed")
        self.export("hlog", "-o", "runs.hlog")
        tag = SHOWN.replace("%", "%25").replace(" ", "%20").replace(",", "%2C")
        for name, case in (("tcp/rr/64B/c1", "tcp/rr/64B/c1"), (tag, AWKWARD)):
            subprocess.run([java, "-cp", HDRHISTOGRAM, "org.HdrHistogram.HistogramLogProcessor", "-i", "runs.hlog",
                            "-tag", name, "-o", "theirs", "-outputValueUnitRatio", "1000"],
                           cwd=self.work, capture_output=True, timeout=COMMAND_GUARD, check=True)
            # It merged the runs itself, from the log.
            theirs = (self.work / "theirs.hgrm").read_text()
            # It merged the runs itself, and says in front of them from where to where.
            theirs = theirs[theirs.index("       Value"):]
            ours = self.export("hgrm", "--case", case)
            # Theirs has no exact maximum, only the end of its counter.
            largest = [re.search(r"Max     = +([0-9.]+),", text)[1] for text in (theirs, ours)]
            self.assertLessEqual(float(largest[1]), float(largest[0]))
            self.assertEqual(re.sub(rf" +{re.escape(largest[0])}\b", " MAX", theirs),
                             re.sub(rf" +{re.escape(largest[1])}\b", " MAX", ours))

    def test_openmetrics_is_read_by_the_reference_parser(self):
        if importlib.util.find_spec("prometheus_client") is None:
            self.skipTest("prometheus_client (python3-prometheus-client) is not installed")
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
        families = {family.name: family for family in text_string_to_metric_families(self.export("openmetrics"))}
        self.assertEqual(families["sockmark_latency_seconds"].type, "summary")
        self.assertEqual(families["sockmark_tool"].type, "info")
        (loss,) = families["sockmark_loss_ratio"].samples  # not applicable to TCP
        self.assertEqual(loss.labels, {"case": SHOWN, "transport": "udp", "workload": "rr"})
        quantiles = {sample.labels.get("quantile") for sample in families["sockmark_latency_seconds"].samples
                     if sample.labels["transport"] == "udp"}
        self.assertLessEqual({"0.5", None}, quantiles)  # None: count and sum
        self.assertNotIn("0.999", quantiles)  # is undefined
        runs = {sample.labels["valid"]: sample.value for sample in families["sockmark_runs"].samples
                if sample.labels["transport"] == "udp"}
        self.assertEqual(runs, {"true": 2, "false": 1})

    def test_prometheus_is_approved_by_promtool(self):
        promtool = shutil.which("promtool")
        if promtool is None:
            self.skipTest("promtool (prometheus) is not installed")
        done = subprocess.run([promtool, "check", "metrics"], input=self.export("prometheus"), text=True,
                              capture_output=True, timeout=COMMAND_GUARD, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_otava_rows_of_two_reports_make_a_history(self):
        text = self.export("otava", "--case", "tcp/rr/64B/c1", "--branch", "main, really")
        header, row = text.splitlines()
        (again,) = list(csv.DictReader(io.StringIO("\n".join([header, row]))))
        self.assertEqual(again["branch"], "main, really")
        self.assertEqual(again["commit"], Exports.report["tool"]["git"])
        self.assertRegex(again["time"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000$")
        expected = lower_middle([run["latency"]["response_time"]["p50_ns"] for run in self.tcp["runs"]])
        self.assertEqual(float(again["p50_ns"]), expected)
        self.assertEqual(again["loss_ratio"], "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
