"""sockmark report: pages, summaries and tables of measured reports, and what is refused."""

import base64
import gzip
import hashlib
import html.parser
import json
import re
import subprocess
import unittest

from harness import SOCKMARK, EndToEnd, short

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(html.parser.HTMLParser):
    """What is in a page: its elements, its texts, its scripts; that every element is closed where it must be."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.texts, self.scripts = [], [], [], {}
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1][0] == tag, f"</{tag}> in {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        tag, attributes = self.open[-1] if self.open else ("", {})
        if tag == "script":
            self.scripts[attributes.get("id", "")] = self.scripts.get(attributes.get("id", ""), "") + data
        elif tag != "style":
            self.texts.append(data)

    def text(self):
        return " ".join(self.texts)

    def report(self):
        return json.loads(gzip.decompress(base64.b64decode(self.scripts["report"], validate=True)))

    def with_id(self, name):
        return [tag for tag, attributes in self.elements if attributes.get("id") == name]


class Report(EndToEnd):
    measured = None  # once, for all tests

    def setUp(self):
        super().setUp()
        if Report.measured is None:
            Report.measured = self.measure("-t", "tcp,unix-stream", *short(repetitions=3))
        self.report = json.loads(json.dumps(Report.measured))
        self.write()

    def write(self, name="report.json", report=None):
        (self.work / name).write_text(json.dumps(report or self.report))

    def show(self, *arguments, **how):
        outcome = self.sockmark("report", *arguments, **how)
        self.assertEqual((outcome.status, outcome.complaints), (0, ""), outcome)
        return outcome.text

    def page(self, *reports):
        """The page of it. Skips the test where this build has none."""
        outcome = self.sockmark("report", *reports, "--html", "page.html")
        if outcome.status == 2 and "built without node" in outcome.complaints:
            self.skipTest("this build has no pages")
        self.assertEqual((outcome.status, outcome.complaints, outcome.text), (0, "", ""), outcome)
        return Page((self.work / "page.html").read_text(encoding="utf-8"))

    def refused(self, *arguments, **how):
        """The one line of a refusal, which leaves no file behind."""
        before = sorted(path.name for path in self.work.iterdir())
        outcome = self.sockmark("report", *arguments, **how)
        self.assert_complains(outcome, 2)
        self.assertEqual(outcome.text, "")
        self.assertEqual(sorted(path.name for path in self.work.iterdir()), before)
        return outcome.complaints

    # --- the table --------------------------------------------------------------------------------------------------

    def test_without_an_output_it_is_the_table_that_the_run_printed(self):
        printed = self.sockmark("run", "-t", "tcp,udp", *short(repetitions=2), "--by", "transport", "-o", "r.json")
        self.assertIn(printed.status, (0, 4), printed)
        self.assertEqual(self.show("r.json"), printed.text)
        self.assertEqual(self.show("r.json", "--text"), printed.text)
        with open(self.work / "r.json", "rb") as pipe:
            self.assertEqual(self.show("-", stdin=pipe), printed.text)

    def test_of_two_reports_it_is_their_comparison(self):
        self.write("other.json")
        text = self.show("report.json", "other.json")
        self.assertIn("tcp/rr/64B/c1, unpaired, 3 runs of each", text)
        self.assertNotIn("inconclusive", text)

    # --- the page ---------------------------------------------------------------------------------------------------

    def test_the_page_carries_the_report_and_what_it_says(self):
        page = self.page("report.json")
        self.assertEqual(page.report()["cases"], self.report["cases"])
        self.assertIn("tables", json.loads(page.scripts["chart-data"]))
        self.assertTrue(json.loads(page.scripts["chart-specs"]))
        for name in ("verdicts", "figures", "charts", "repeat", "environment", "downloads"):
            self.assertEqual(page.with_id(name), ["section"], name)
        text = page.text()
        self.assertIn("The difference in p50 latency between tcp and unix-stream is not significant at the 5 % level "
                      "(rr, 64 B; 3 runs each", text)
        self.assertIn("sockmark run --duration 100ms --repetitions 3 --tmax 400ms --transport tcp,unix-stream "
                      "--warmup 50ms", text)
        self.assertIn(self.report["environment"]["hash_hard"], text)
        self.assertLess((self.work / "page.html").stat().st_size, 2_000_000)

    def test_the_page_refers_to_nothing_outside_and_runs_its_own_script_only(self):
        page = self.page("report.json")
        for tag, attributes in page.elements:
            self.assertNotIn(tag, ("link", "img", "iframe", "object", "embed", "base", "form"))
            self.assertNotIn("src", attributes)
            self.assertTrue(attributes.get("href", "#").startswith("#"), attributes)
            self.assertFalse([name for name in attributes if name.startswith("on")], attributes)
        policy = next(a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
        self.assertIn("default-src 'none'", policy)
        allowed = re.search(r"script-src 'sha256-([^']+)'", policy)[1]
        script = hashlib.sha256(page.scripts[""].encode()).digest()
        self.assertEqual(allowed, base64.b64encode(script).decode())

    def test_names_stay_text(self):
        name = "</script><script>alert(1)</script><b onload=\"x\">'&amp;\u202e\x1b[2J"
        case = self.report["cases"][0]
        case["id"] = name
        case["params"]["transport"] = name
        case["runs"][0].update(valid=False, invalid_reasons=[name])
        self.report["warnings"] = [{"code": name, "message": name, "advice": name}]
        self.report["plan"]["supplied"]["suite"] = name
        self.write()
        page = self.page("report.json")
        self.assertFalse([tag for tag, _ in page.elements if tag == "b"])
        self.assertEqual(page.report()["cases"][0]["id"], name)
        self.assertNotIn("\u202e", page.text())
        self.assertIn("</script><script>alert(1)</script>", page.text())

    def test_of_two_reports_it_compares_them_and_marks_what_differs(self):
        other = json.loads(json.dumps(self.report))
        other["environment"]["soft"]["cpu_caches"] = ["L1 Data 1K"]
        self.write("other.json", other)
        page = self.page("report.json", "other.json")
        self.assertEqual(page.with_id("comparison"), ["section"])
        self.assertIn("differs", page.text())
        self.assertEqual(page.report()["environment"]["soft"]["cpu_caches"], ["L1 Data 1K"])
        self.assertIn("baseline-report", page.scripts)

    def test_of_two_reports_gates_are_judged_where_they_are_asked_for(self):
        self.write("other.json")
        gates = ("--gate", "p50:1.05")
        self.assertIn("inconclusive: of 2 gates", self.page("report.json", "other.json", *gates).text())
        self.assertIn("inconclusive: of 2 gates", self.show("report.json", "other.json", *gates))
        self.assertIn("inconclusive: of 2 gates", self.show("report.json", "other.json", *gates, "--markdown", "-"))

    # --- the summary ------------------------------------------------------------------------------------------------

    def test_the_summary_says_first_what_is_wrong(self):
        self.report["cases"][1]["runs"][2].update(valid=False, invalid_reasons=["killed by @octocat | signal 9"])
        self.write()
        text = self.show("report.json", "--markdown", "-")
        self.assertTrue(text.startswith("### sockmark: "), text)
        self.assertLess(text.index("1 of 6 runs is invalid"), text.index("| workload"))
        self.assertNotIn("@octocat", text)
        self.assertEqual(text.count("<details>"), text.count("</details>"))

    def test_several_outputs_at_once(self):
        self.page("report.json")
        alone = {"page.html": (self.work / "page.html").read_text(), "table": self.show("report.json"),
                 "summary.md": self.show("report.json", "--markdown", "-")}
        self.assertEqual(self.show("report.json", "--html", "p.html", "--markdown", "s.md", "--text"), alone["table"])
        self.assertEqual((self.work / "p.html").read_text(), alone["page.html"])
        self.assertEqual((self.work / "s.md").read_text(), alone["summary.md"])
        self.assertEqual(self.show("report.json", "--html", "-"), alone["page.html"])

    # --- whatever a report holds ------------------------------------------------------------------------------------

    def test_no_case_one_case_no_valid_run_and_two_hundred_cases(self):
        tcp = self.report["cases"][0]
        one = [tcp]
        invalid = json.loads(json.dumps(one))
        for run in invalid[0]["runs"]:
            run.update(valid=False, invalid_reasons=["failed: connect"])
        many = []
        for number in range(200):
            case = json.loads(json.dumps(tcp))
            case["id"] += f"/{number}"
            case["params"]["connections"] = number + 1
            case["runs"] = case["runs"][:1]
            many.append(case)
        for cases, words in ((one, "tcp: p50 "), ([], "Nothing was measured."),
                             (invalid, "No valid result: 3 of 3 runs are invalid: failed: connect."),
                             (many, "Observed: p50 latency from ")):
            with self.subTest(cases=len(cases), words=words):
                self.write(report={**self.report, "cases": cases})
                self.assertIn(words, self.show("report.json", "--markdown", "-"))
                page = self.page("report.json")
                self.assertIn(words, page.text())
                self.assertGreaterEqual(len([1 for tag, _ in page.elements if tag == "tr"]), len(cases))

    # --- what is refused --------------------------------------------------------------------------------------------

    def test_an_error_is_one_line(self):
        self.assertIn("no report given", self.refused())
        self.assertIn("at most two reports, got 3", self.refused(*["report.json"] * 3))
        self.assertIn("absent.json: No such file", self.refused("absent.json", "--markdown", "s.md"))
        (self.work / "broken.json").write_text("{\"schema_version\": \"1.0.0\",\n \"cases\": [")
        self.assertIn("broken.json: line 2", self.refused("broken.json", "--markdown", "s.md"))
        self.assertIn("broken.json: line 2", self.refused("report.json", "broken.json", "--markdown", "s.md"))
        with open(self.work / "broken.json", "rb") as pipe:
            self.assertIn("standard input: line 2", self.refused("-", stdin=pipe))
        self.assertIn("standard input can be only one", self.refused("-", "-"))
        self.assertIn("--markdown report.json: the output would overwrite the report",
                      self.refused("report.json", "--markdown", "report.json"))
        self.assertIn("--markdown: the file name is empty", self.refused("report.json", "--markdown", ""))
        self.assertIn("--markdown - and --text both write to standard output",
                      self.refused("report.json", "--markdown", "-", "--text"))
        self.assertIn("--markdown ./out: --html writes to the same file",
                      self.refused("report.json", "--html", "out", "--markdown", "./out"))
        self.assertIn("--gate requires two reports", self.refused("report.json", "--gate", "p50:1.05"))
        self.assertIn("--accept-unpaired requires two reports", self.refused("report.json", "--accept-unpaired"))
        self.assertIn("--gate: ", self.refused("report.json", "report.json", "--gate", "p50:0.5"))
        self.assertIn("--color: unknown colour", self.refused("report.json", "--color", "red"))

    def test_a_comparisons_document_is_no_report(self):
        self.assertEqual(self.sockmark("compare", "report.json", "--by", "transport", "--json", "c.json").status, 0)
        for reports in (["c.json"], ["report.json", "c.json"], ["c.json", "report.json"]):
            self.assertIn("c.json: a comparison, not a report", self.refused(*reports))

    def test_what_cannot_be_written_is_exit_status_5(self):
        for where in ("absent/summary.md", "/dev/full"):
            self.assert_complains(self.sockmark("report", "report.json", "--markdown", where), 5)
        with open("/dev/full", "wb") as full:
            for options in ([], ["--markdown", "-"]):
                self.assertEqual(self.sockmark("report", "report.json", *options, stdout=full).status, 5)

    def test_a_pipe_of_a_run_is_read(self):
        run = subprocess.run([SOCKMARK, "run", "-t", "udp", *short(), "--quiet", "-o", "-"], capture_output=True,
                             cwd=self.work, env=self.environment, timeout=60, check=False)
        self.assertIn(run.returncode, (0, 4), run.stderr)
        shown = subprocess.run([SOCKMARK, "report", "-", "--markdown", "-"], input=run.stdout, capture_output=True,
                               cwd=self.work, env=self.environment, timeout=60, check=False)
        self.assertEqual((shown.returncode, shown.stderr), (0, b""))
        self.assertIn("### sockmark: ", shown.stdout.decode())


if __name__ == "__main__":
    unittest.main()
