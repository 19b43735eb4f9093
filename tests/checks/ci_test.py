"""The steps of a benchmark in CI (scripts/ci), and what the services read of them.

The programs that the steps call are recorders (scripts_test.py), git is the machine's. The workflows are
read as a service reads them: no service is here to run them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import yaml
from scripts_test import ROOT, ScriptTest, packages

ZEROS = "0" * 40  # how CI spells "there was no commit before"


class StepTest(ScriptTest):
    def setUp(self):
        super().setUp()
        (self.bin / "python3").symlink_to(sys.executable)
        self.results = self.tree / "bench-results"
        self.environment = {}

    def step(self, name, *arguments):
        return subprocess.run([self.tree / "scripts/ci" / name, *map(str, arguments)], capture_output=True, text=True,
                              check=False, cwd=self.tree, stdin=subprocess.DEVNULL,
                              env={"PATH": str(self.bin), **self.environment})

    def result(self, name):
        return json.loads((self.results / name).read_text())

    def left(self, **files):
        """What an earlier step left in the folder of results, as JSON."""
        self.results.mkdir(exist_ok=True)
        for name, value in files.items():
            (self.results / f"{name}.json").write_text(json.dumps(value))


class Build(StepTest):
    def setUp(self):
        super().setUp()
        self.fake_debian(packages("ci", "html"))
        self.fake("cmake", f'echo "in $PWD" >>"{self.log}"')
        (self.bin / "git").symlink_to(shutil.which("git"))
        (self.tree / "CMakePresets.json").write_text("{}")
        (self.tree / ".gitignore").write_text("/bin/\n/log\n/build-*/\n")
        self.git("init", "--quiet", "--initial-branch=main")
        self.first = self.commit("first")
        self.second = self.commit("second")

    def git(self, *arguments, where=None):
        identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@localhost"]
        return subprocess.run(["git", *identity, *arguments], cwd=where or self.tree, check=True, capture_output=True,
                              text=True).stdout.strip()

    def commit(self, text):
        (self.tree / "what").write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", text)
        return self.git("rev-parse", "HEAD")

    def test_this_tree_is_built_without_tests_and_its_program_named(self):
        result = self.step("build")
        self.assertEqual((result.returncode, result.stdout), (0, f"{self.tree}/build/sockmark\n"), result.stderr)
        self.assertEqual(self.calls("cmake"), ["cmake --preset release -DSOCKMARK_TESTS=OFF",
                                               "cmake --build --preset release --target sockmark"])
        self.assertEqual(set(self.calls("in")), {f"in {self.tree}"})

    def test_a_commit_is_built_in_a_tree_of_its_own(self):
        at = self.tree / "build-at" / self.first
        for ref in (self.first, "main~1", self.first[:12]):  # the second and third time the tree is there
            with self.subTest(ref=ref):
                self.log.write_text("")
                result = self.step("build", ref)
                self.assertEqual((result.returncode, result.stdout), (0, f"{at}/build/sockmark\n"), result.stderr)
                self.assertEqual(set(self.calls("in")), {f"in {at}"})
        self.assertEqual((at / "what").read_text(), "first")
        self.assertEqual((self.tree / "what").read_text(), "second", "the work tree is as it was")
        self.assertEqual(self.git("status", "--porcelain"), "")

    def test_a_shallow_clone_fetches_the_commit(self):
        self.git("branch", "base", self.first)
        clone = self.tree / "bin/clone"  # of no interest to git
        self.git("clone", "--quiet", "--depth", "1", "--branch", "main", f"file://{self.tree}", str(clone))
        self.tree, whole = clone, self.tree
        result = self.step("build", "base")
        self.assertEqual((result.returncode, result.stdout), (0, f"{clone}/build-at/{self.first}/build/sockmark\n"),
                         result.stderr)
        self.tree = whole

    def test_what_is_no_commit_is_told_in_one_line(self):
        for wrong in ("no-such-branch", "", ZEROS):
            with self.subTest(wrong=wrong):
                result = self.step("build", wrong)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertEqual(result.stderr, f'build: no commit "{wrong}", here or at origin\n')
        self.assertEqual(self.calls("cmake"), [])

    def test_what_does_not_build_exits_1(self):
        self.fake("cmake", "exit 7")
        for arguments in ([], [self.first]):
            with self.subTest(arguments):
                result = self.step("build", *arguments)
                self.assertEqual((result.returncode, result.stdout), (1, ""))

    def test_wrong_usage_exits_2(self):
        for wrong in (["--fast"], ["a", "b"]):
            result = self.step("build", *wrong)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertIn("usage:", result.stderr)

    def test_measuring_with_a_base_measures_both_in_turns(self):
        self.fake("sockmark", folder=self.tree / "build")
        result = self.step("measure", "--base", self.first, "--gates", "p50:1.1 loss:0.01")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.calls("sockmark"), [
            f"sockmark run ci --against {self.tree}/build-at/{self.first}/build/sockmark --gate p50:1.1 --gate loss:0.01 "
            "-o bench-results/report.json --discard --no-progress"])
        self.assertEqual(self.result("measured.json"), {"paired": True, "exit_status": 0, "notes": []})

    def test_a_base_that_cannot_be_built_is_told_and_this_build_measured_alone(self):
        self.fake("sockmark", folder=self.tree / "build")
        for ref, body, why in ((self.first, "exit 1", "does not build"), ("gone", "", "is not to be had")):
            with self.subTest(why):
                self.log.write_text("")
                self.fake("cmake", body)
                result = self.step("measure", "--base", ref)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertNotIn("--against", self.calls("sockmark")[0])
                note = f"{ref} {why}: measured alone, not in turns with it"
                self.assertEqual(self.result("measured.json"), {"paired": False, "exit_status": 0, "notes": [note]})
                self.assertIn(note, result.stderr)


class Measure(StepTest):
    def setUp(self):
        super().setUp()
        self.fake("sockmark", folder=self.tree / "build")

    def test_alone_it_is_the_ci_suite_without_gates(self):
        for none in ([], ["--base", ""], ["--base", ZEROS], ["--against="]):
            with self.subTest(none):
                self.log.write_text("")
                self.assertEqual(self.step("measure", *none).returncode, 0)
                self.assertEqual(self.calls("sockmark"),
                                 ["sockmark run ci -o bench-results/report.json --discard --no-progress"])

    def test_options_are_words_as_in_a_shell_and_the_suite_may_be_none(self):
        result = self.step("measure", "--suite=", "--options=-t tcp,udp --find-rate 'loss<=1%,p99<=1ms'", "-o", "out")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.calls("sockmark"), ["sockmark run -t tcp,udp --find-rate loss<=1%,p99<=1ms "
                                                  "-o out/report.json --discard --no-progress"])
        self.assertIn("'loss<=1%,p99<=1ms'", result.stderr, "the command that is shown can be repeated")

    def test_two_programs_are_measured_in_turns(self):
        for gates, options in ((["--gates", "p50:1.1"], "--gate p50:1.1 "), (["--gates", "none"], "")):
            self.log.write_text("")
            self.step("measure", "--against", "/old", "--candidate", "/new", *gates)
            self.assertEqual(self.calls("sockmark"), [f"sockmark run ci --against /old --candidate /new {options}"
                                                      "-o bench-results/report.json --discard --no-progress"])

    def test_a_candidate_without_the_program_that_it_is_measured_against_is_refused(self):
        for base in ([], ["--base", "main"], ["--against="]):
            with self.subTest(base):
                result = self.step("measure", "--candidate", "/new", *base)
                self.assertEqual((result.returncode, result.stderr), (
                    2, "measure: --candidate: is the other arm of --against, which is not given\n"))
        self.assertEqual(self.calls("sockmark"), [])

    def test_what_was_measured_is_judged_by_the_next_step_and_what_was_not_fails(self):
        for status, own in {1: 0, 3: 0, 4: 0, 2: 2, 5: 5, 130: 130}.items():
            with self.subTest(status=status):
                self.fake("sockmark", f"exit {status}", folder=self.tree / "build")
                self.assertEqual(self.step("measure").returncode, own)
                self.assertEqual((self.results / "measured.json").exists(), own == 0)

    def test_earlier_results_are_not_mixed_with_new_ones(self):
        self.left(report={}, comparison={}, baseline={}, verdict={}, measured={})
        (self.results / "plots").mkdir()
        for name in ("report.html", "summary.md", "junit.xml", "plots/latency.svg"):
            (self.results / name).touch()
        (self.results / "mine.txt").touch()
        self.step("measure")
        self.assertEqual(sorted(file.name for file in self.results.iterdir()), ["measured.json", "mine.txt", "plots"])
        self.assertEqual(list((self.results / "plots").iterdir()), [])

    def test_wrong_usage_is_told(self):
        for wrong, words in {("--bases", "x"): "usage: scripts/ci/measure", ("--options", "'"): "closing quotation",
                             ("--base", "main", "--against", "/old"): "two ways",
                             ("--sockmark", "/no/such"): "No such file"}.items():
            with self.subTest(wrong):
                result = self.step("measure", *wrong)
                self.assertEqual(result.returncode, 2)
                self.assertIn(words, result.stderr)
                self.assertNotIn("Traceback", result.stderr)

    def test_every_step_has_help(self):
        for name in ("build", "measure", "compare", "publish"):
            result = self.step(name, "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""), name)
            self.assertIn(f"usage: scripts/ci/{name} [", result.stdout)


class Publish(StepTest):
    """With a sockmark that writes so much of a summary, and no page."""

    def setUp(self):
        super().setUp()
        self.left(report={"cases": []}, measured={"paired": False, "exit_status": 0, "notes": []},
                  verdict=self.verdict(notes=["a note"]))
        self.fake("scripts/plot")
        self.renders(lines=1)
        for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
            self.environment[name] = str(self.tree / name)

    def verdict(self, **other):
        return {"verdict": "inconclusive", "exit_status": 0, "design": "unpaired", "gates": [],
                "accept_unpaired": False, "sentence": "inconclusive: of 2 gates none", "notes": []} | other

    def fake(self, name, body="", folder=None):
        super().fake(Path(name).name, body, self.tree / "scripts" if name == "scripts/plot" else folder)

    def renders(self, lines, page="touch"):
        self.fake("sockmark", f'''last=${{@: -1}}
            case $* in
              *--html*) {page} "$last" ;;
              *--markdown*) for ((i = 0; i < {lines}; i++)); do echo "| a row of a table: {"x" * 100} |"; done >"$last" ;;
            esac''', folder=self.tree / "build")
        if not (self.bin / "touch").exists():
            (self.bin / "touch").symlink_to(shutil.which("touch"))

    def test_the_verdict_comes_first_and_the_outputs_are_set(self):
        (self.tree / "GITHUB_STEP_SUMMARY").write_text("of another step\n")
        result = self.step("publish")
        self.assertEqual(result.returncode, 0, result.stderr)
        summary = (self.results / "summary.md").read_text()
        self.assertTrue(summary.startswith("## sockmark: inconclusive\n\nInconclusive: of 2 gates none.\n\n- a note\n\n|"),
                        summary)
        self.assertEqual((self.tree / "GITHUB_STEP_SUMMARY").read_text(), "of another step\n" + summary)
        self.assertEqual((self.tree / "GITHUB_OUTPUT").read_text(), "report=bench-results/report.json\n"
                         "page=bench-results/report.html\nverdict=inconclusive\n")

    def test_what_cannot_be_drawn_is_said_and_is_no_failure(self):
        self.renders(lines=1, page="exit 2;")
        self.fake("scripts/plot", "exit 2")
        result = self.step("publish")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("\n- not there: the page, the plots; the log says why\n", (self.results / "summary.md").read_text())
        self.assertIn("page=\n", (self.tree / "GITHUB_OUTPUT").read_text())

    def test_a_summary_that_is_too_long_for_the_service_is_cut_at_a_line(self):
        self.renders(lines=12000)
        self.assertEqual(self.step("publish").returncode, 0)
        whole = (self.results / "summary.md").read_text()
        shown = (self.tree / "GITHUB_STEP_SUMMARY").read_text()
        self.assertGreater(len(whole.encode()), 1024 * 1024)
        self.assertLess(len(shown.encode()), 1024 * 1024)
        cut, _, note = shown.rpartition("\n\n")
        self.assertTrue(cut.endswith("|\n") and whole.startswith(cut))
        self.assertIn("bench-results/summary.md", note)

    def shown_of(self, lines):
        """Of a summary with these lines, what the service is given."""
        written = self.tree / "written.md"
        written.write_text("".join(f"{line}\n" for line in lines))
        self.fake("sockmark", f"""last=${{@: -1}}; case $* in *--markdown*) cat {written} >"$last" ;; esac""",
                  folder=self.tree / "build")
        (self.tree / "GITHUB_STEP_SUMMARY").unlink(missing_ok=True)
        self.assertEqual(self.step("publish").returncode, 0)
        shown = (self.tree / "GITHUB_STEP_SUMMARY").read_text()
        self.assertLessEqual(len(shown.encode()), 1024 * 1024)
        cut, _, note = shown.rpartition("\n\nCut short here; ")
        self.assertTrue(cut and "bench-results/summary.md" in note, shown[-300:])
        return cut

    def test_what_a_cut_leaves_open_is_closed(self):
        filling = ["x" * 100] * 12000
        folded, closed = ["<details>", "<summary>Much</summary>", ""], "\n</details>\n"
        for name, lines, end in (
                ("a folded part", [*folded, *filling], closed),
                ("two, one in the other", [*folded, *folded, *filling], 2 * closed),
                ("one of two", [*folded, "</details>", *folded, *filling], closed),
                ("a fence", ["```sh", *filling], "\n```\n"),
                ("a fence in a folded part", [*folded, "```sh", *filling], "\n```\n" + closed),
                ("a longer fence", ["`````", "```", "````", *filling], "\n`````\n"),
                ("a fence of tildes", ["~~~ `x`", "```", *filling], "\n~~~\n"),
                ("a fence with tags in it", ["```", "</details><details>", *filling], "\n```\n"),
                ("what only looks like the end of a fence", ["```", "```sh", "    ```", *filling], "\n```\n"),
                ("a character that is no end of a line", ["```", "x\u2028```", *filling], "\n```\n")):
            with self.subTest(name):
                cut = self.shown_of(lines)
                self.assertTrue(cut.endswith("x\n" + end), cut[-60:])
                self.assertFalse(cut.endswith("x\n" + "\n</details>\n" + end), "one too many")

    def test_what_was_closed_before_a_cut_is_not_closed_again(self):
        filling = ["x" * 100] * 12000
        for name, lines in (("a folded part", ["<details>", "", "</details>"]), ("a fence", ["```sh", "a", "```"]),
                            ("code in a line", ["``` `a` ```"]), ("too little for a fence", ["``"]),
                            ("code by its indent", ["", "    ```"]), ("more ends than beginnings", ["</details>"]),
                            ("a character that is no end of a line", ["x\u2028```"])):
            with self.subTest(name):
                cut = self.shown_of([*lines, *filling])
                self.assertTrue(cut.endswith("x\n"), cut[-60:])

    def test_a_line_that_is_too_long_is_left_out(self):
        self.assertTrue(self.shown_of(["short", "y" * (2 << 20), "after"]).endswith("short\n"))

    def test_text_of_others_is_no_markdown(self):
        self.left(verdict=self.verdict(sentence="of <details> ```\n```sh",
                                       notes=["a|b `<x>`\n# y", "&lt;&#64;me $x$ !\\"]))
        self.assertEqual(self.step("publish").returncode, 0)
        self.assertTrue((self.results / "summary.md").read_text().startswith(
            "## sockmark: inconclusive\n\nOf &lt;details&gt; \\`\\`\\` \\`\\`\\`sh.\n\n"
            "- a\\|b \\`&lt;x&gt;\\` #&#8203; y\n- &amp;lt;&amp;#&#8203;64;me &#36;x&#36; \\!\\\\\n\n"))

    def test_text_of_others_mentions_nobody_and_refers_to_nothing(self):
        self.left(verdict=self.verdict(notes=["@octocat fixes #12, org/repo#3", "www.b WWW.c w.d awww.e",
                                              "HTTPS://f mailto:g udp://h unix:i"]))
        self.assertEqual(self.step("publish").returncode, 0)
        self.assertIn("- @&#8203;octocat fixes #&#8203;12, org/repo#&#8203;3\n"
                      "- www&#8203;.b WWW&#8203;.c w.d awww&#8203;.e\n"
                      "- HTTPS&#8203;://f mailto&#8203;:g udp://h unix:i\n", (self.results / "summary.md").read_text())

    def test_a_tag_in_text_of_others_opens_nothing(self):
        self.left(verdict=self.verdict(notes=["<details>"]))
        self.assertTrue(self.shown_of(["x" * 100] * 12000).endswith("x\n"))

    def test_a_step_that_failed_is_published_as_an_error(self):
        self.left(verdict=self.verdict(verdict="error", exit_status=2, design=None,
                                       sentence="not judged: no such thing"))
        self.assertEqual(self.step("publish").returncode, 0)
        self.assertTrue((self.results / "summary.md").read_text().startswith(
            "## sockmark: not judged\n\nNot judged: no such thing.\n"))
        self.assertIn("verdict=error\n", (self.tree / "GITHUB_OUTPUT").read_text())

    def test_a_measurement_without_a_verdict_is_no_error_unless_it_was_cut_short(self):
        (self.results / "verdict.json").unlink()
        self.step("publish")
        self.assertIn("verdict=no_gate\n", (self.tree / "GITHUB_OUTPUT").read_text())
        (self.results / "measured.json").unlink()
        self.step("publish")
        self.assertIn("verdict=error\n", (self.tree / "GITHUB_OUTPUT").read_text())

    def test_a_damaged_verdict_is_an_error(self):
        for damaged in ("{", "[]", '{"verdict": "pass"}', json.dumps(self.verdict(verdict="x"))):
            with self.subTest(damaged):
                (self.results / "verdict.json").write_text(damaged)
                (self.tree / "GITHUB_OUTPUT").unlink(missing_ok=True)
                self.assertEqual(self.step("publish").returncode, 2)
                self.assertEqual((self.tree / "GITHUB_OUTPUT").read_text(), "verdict=error\n")

    def test_elsewhere_than_on_github_the_files_are_all(self):
        self.environment.clear()
        self.assertEqual(self.step("publish").returncode, 0)
        self.assertTrue((self.results / "summary.md").exists())

    def test_a_saved_report_is_rendered_with_it(self):
        two = "bench-results/baseline.json bench-results/report.json"
        for how, options in (({}, ""), ({"gates": ["p50:1.05", "loss:0.001"]}, " --gate p50:1.05 --gate loss:0.001"),
                             ({"gates": ["p50:1.05"], "accept_unpaired": True}, " --gate p50:1.05 --accept-unpaired")):
            with self.subTest(options):
                self.log.write_text("")
                self.left(baseline={}, verdict=self.verdict(**how))
                self.assertEqual(self.step("publish").returncode, 0)
                self.assertEqual(self.calls("sockmark"), [
                    f"sockmark report {two}{options} --html bench-results/report.html",
                    f"sockmark report {two}{options} --markdown bench-results/summary.md"])
                self.assertEqual(self.calls("plot"), [f"plot {two} -o bench-results/plots --build {self.tree}/build"])

    def test_one_report_is_rendered_with_the_gates_that_it_holds(self):
        self.left(verdict=self.verdict(design="paired", gates=["p50:1.05"], accept_unpaired=True))
        self.assertEqual(self.step("publish").returncode, 0)
        self.assertIn("sockmark report bench-results/report.json --html bench-results/report.html",
                      self.calls("sockmark"))
        self.assertEqual(self.calls("plot"),
                         [f"plot bench-results/report.json -o bench-results/plots --build {self.tree}/build"])

    def test_without_a_measurement_there_is_nothing_to_publish(self):
        (self.results / "report.json").unlink()
        result = self.step("publish")
        self.assertEqual(result.returncode, 2)
        self.assertIn("nothing was measured", result.stderr)
        self.assertEqual((self.tree / "GITHUB_OUTPUT").read_text(), "verdict=error\n")


class Compare(StepTest):
    """With a sockmark that compares by a status, and to which every report is sound unless it is told otherwise."""

    def setUp(self):
        super().setUp()
        self.left(report={"cases": [{"id": "a"}, {"id": "b"}]},
                  measured={"paired": False, "exit_status": 0, "notes": []}, verdict={"verdict": "pass"}, comparison={}, baseline={})
        self.compares()

    def compares(self, compare="exit 2", report="exit 0"):
        self.fake("sockmark", f"case $1 in compare) {compare} ;; report) {report} ;; esac", folder=self.tree / "build")

    def judged(self, *arguments):
        """The exit status, and the verdict that is left."""
        self.said = self.step("compare", *arguments)
        self.assertFalse((self.results / "comparison.json").exists(), "an earlier comparison")
        return self.said.returncode, self.result("verdict.json")["verdict"]

    def saved(self, *ids):
        (self.tree / "saved.json").write_text(json.dumps({"cases": [{"id": name} for name in ids]}))
        return "--baseline=saved.json"

    def test_a_saved_report_of_other_cases_is_no_baseline(self):
        for ids in (["c", "d"], []):
            self.assertEqual(self.judged(self.saved(*ids), "--inconclusive", "fail"), (0, "no_baseline"), self.said)
            self.assertEqual(self.result("verdict.json")["notes"], [
                "no comparable saved report: saved.json has no case in common with what was measured, as after a "
                "change of the suite"])
            self.assertFalse((self.results / "baseline.json").exists(), "it cannot be shown beside the report")

    def test_any_other_reason_not_to_compare_is_an_error(self):
        self.assertEqual(self.judged(self.saved("c", "b")), (2, "error"))
        self.compares(report="exit 2")  # damaged
        self.assertEqual(self.judged(self.saved("c")), (2, "error"))
        self.compares(compare="exit 5")  # not written
        self.assertEqual(self.judged(self.saved("c")), (5, "error"))
        self.compares(compare="kill -9 $$")
        self.assertEqual(self.judged(self.saved("c")), (137, "error"))
        self.assertEqual(self.result("verdict.json")["exit_status"], 137)

    def test_an_invalid_run_is_no_less_invalid_without_a_baseline(self):
        self.left(measured={"paired": False, "exit_status": 4, "notes": []})
        self.assertEqual(self.judged(self.saved("c")), (4, "invalid"))

    def test_whatever_goes_wrong_the_verdict_says_error_and_no_exit_status_is_that_of_a_gate(self):
        for name, arguments, measured, words in (
                ("usage", ["--inconclusive", "perhaps"], None, "invalid choice: 'perhaps'"),
                ("no word for yes", ["--accept-unpaired=perhaps"], None, "invalid choice: 'perhaps'"),
                ("an option too many", ["--fast"], None, "unrecognized arguments: --fast"),
                ("a quote that does not end", ["--gates", "'", self.saved("c")], None, "No closing quotation"),
                ("no program", ["--sockmark", "/no/such", "--baseline=saved.json"], None, "could not compare"),
                ("half a file", [], '{"paired": fal', "measured.json: not JSON"),
                ("another file", [], '{"paired": false}', "measured.json: has no exit_status, notes"),
                ("what nobody thought of", [], '{"paired": false, "exit_status": 0, "notes": 7}', "TypeError"),
                ("nothing measured", [], "", "nothing was measured here")):
            with self.subTest(name):
                self.left(verdict={"verdict": "pass"}, comparison={},
                          measured={"paired": False, "exit_status": 0, "notes": []})
                if measured is not None:
                    (self.results / "measured.json").write_text(measured)
                if measured == "":
                    (self.results / "measured.json").unlink()
                self.assertEqual(self.judged(*arguments), (2, "error"))
                self.assertIn(words, self.result("verdict.json")["sentence"])
                self.assertIn(words, self.said.stderr)

    def test_a_comparison_leaves_what_it_was_judged_by_and_says_what_the_gates_came_to(self):
        saved, paired = self.saved("a"), {"paired": True, "exit_status": 0, "notes": []}
        for design, measured in (("unpaired", {**paired, "paired": False}), ("paired", paired)):
            for verdict, status, counts, sentence in (
                    ("pass", 0, (1, 0, 0), "the gate passed"), ("pass", 0, (2, 0, 0), "all 2 gates passed"),
                    ("fail", 1, (0, 1, 0), "the gate failed"), ("fail", 1, (1, 1, 0), "1 of 2 gates failed"),
                    ("inconclusive", 3, (0, 0, 1), "of 1 gate 0 passed, none failed, 1 could not be decided"),
                    ("inconclusive", 3, (1, 0, 1), "of 2 gates 1 passed, none failed, 1 could not be decided"),
                    ("no_gate", 0, (0, 0, 0), "compared, without a gate")):
                with self.subTest(design=design, sentence=sentence):
                    self.left(measured=measured)
                    document = json.dumps({"verdict": verdict, "exit_status": status, "design": design,
                                           "gates": dict(zip(("pass", "fail", "inconclusive"), counts)),
                                           "invalid": [], "refused": []})
                    self.compares(f"echo '{document}' >${{@: -1}}; exit {status}")
                    said = self.step("compare", saved, "--gates", "p50:1.1 p99:1.2", "--accept-unpaired")
                    self.assertEqual(said.returncode, status, said.stderr)
                    left = self.result("verdict.json")
                    self.assertIn(sentence + "; ", left["sentence"])
                    self.assertEqual((left["gates"], left["accept_unpaired"]), (["p50:1.1", "p99:1.2"], True))

    def test_no_gates_are_asked_for_and_unpaired_is_accepted_by_a_word(self):
        for arguments, options in ((["--gates", "none"], "--gate none"), (["--gates", "p50:2"], "--gate p50:2"),
                                   (["--gates", "p50:2", "--accept-unpaired"], "--gate p50:2 --accept-unpaired"),
                                   (["--gates", "p50:2", "--accept-unpaired=true"], "--gate p50:2 --accept-unpaired"),
                                   (["--accept-unpaired=false", "--gates", "p50:2"], "--gate p50:2")):
            with self.subTest(arguments):
                self.log.write_text("")
                self.left(measured={"paired": False, "exit_status": 0, "notes": []})
                self.step("compare", self.saved("a"), *arguments)
                self.assertEqual(self.calls("sockmark")[0], "sockmark compare bench-results/baseline.json "
                                 f"bench-results/report.json {options} --json bench-results/comparison.json")
        self.log.write_text("")
        self.left(measured={"paired": True, "exit_status": 0, "notes": []})
        self.step("compare", "--gates", "none", "--accept-unpaired")
        self.assertEqual(self.calls("sockmark")[0], "sockmark compare bench-results/report.json --by arm "
                         "--json bench-results/comparison.json", "nothing is unpaired there")

    def test_a_step_that_is_killed_leaves_no_earlier_verdict(self):
        self.compares(compare="kill -9 $PPID")
        self.assertEqual(self.judged(self.saved("a")), (-9, "error"))
        self.assertIn("cut short", self.result("verdict.json")["sentence"])

    def test_a_name_that_is_no_text_is_told_all_the_same(self):
        self.environment |= {"LC_ALL": "C.UTF-8", "GITHUB_ACTIONS": "true"}
        self.assertEqual(self.judged("--baseline", b"gone-\xff".decode("utf-8", "surrogateescape")), (0, "no_baseline"))
        self.assertEqual(self.result("verdict.json")["notes"], ["no saved report: gone-? is not there"])
        wrong = b"--gates='\xff".decode("utf-8", "surrogateescape")
        self.assertEqual(self.judged(wrong, self.saved("a")), (2, "error"))

    def test_a_folder_that_is_not_there_is_not_made(self):
        self.assertEqual(self.step("compare", "-o", "nowhere").returncode, 2)
        self.assertFalse((self.tree / "nowhere").exists())

    def test_a_saved_report_of_an_earlier_comparison_is_not_shown_beside_this_one(self):
        self.assertEqual(self.judged(), (0, "no_baseline"))
        self.assertFalse((self.results / "baseline.json").exists())
        self.left(baseline={"cases": [{"id": "c"}]})
        self.assertEqual(self.judged("--baseline", "bench-results/baseline.json"), (0, "no_baseline"))
        self.assertIn("no comparable saved report", self.said.stdout)


WORKFLOW, ACTION = ROOT / ".github/workflows/bench.yml", ROOT / "action.yml"
RECIPES = ROOT / "docs/ci.md"
USED = {"actions/checkout@v4", "actions/cache/restore@v4", "actions/cache/save@v4", "actions/upload-artifact@v4"}


def blocks_of(document):
    """The YAML of a page: code blocks that begin with a comment that names a file."""
    blocks = re.findall(r"(?:^    .*\n|^\n)+", document.read_text(), re.MULTILINE)
    texts = ("\n".join(line[4:] for line in block.strip("\n").splitlines()) + "\n" for block in blocks)
    return [text for text in texts if re.match(r"# \S+\.yml\n", text)]


def nodes(value):
    """Every mapping in a document."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)


def commands(document):
    """Every shell text in a document: of GitHub's steps, and of GitLab's jobs."""
    for node in nodes(document):
        if isinstance(node.get("run"), str):
            yield node["run"]
        for key in ("before_script", "script", "after_script"):
            yield from node.get(key, [])


# A sockmark that measured something, and whose comparison has the verdict that the environment names.
STAND_IN = """#!/usr/bin/env python3
import json, os, sys
arguments = sys.argv[1:]
with open(os.environ["LOG"], "a") as log:
    log.write("sockmark " + " ".join(arguments) + "\\n")
def write(option, text):
    with open(arguments[arguments.index(option) + 1], "w") as file:
        file.write(text)
if arguments[0] == "run":
    write("-o", '{"cases": []}')
elif arguments[0] == "compare":
    verdict, status = os.environ["VERDICT"].split()
    counts = {"pass": 0, "fail": 0, "inconclusive": 0, verdict: 2}
    write("--json", json.dumps({"verdict": verdict, "exit_status": int(status), "design": "paired", "gates": counts,
                                "invalid": [], "refused": []}))
    sys.exit(int(status))
elif "--html" in arguments:
    write("--html", "a page")
elif "--markdown" in arguments:
    write("--markdown", "a table\\n")
"""


class AsAService(StepTest):
    """The commands of the workflow and of the action, run in order, as the service does."""

    def setUp(self):
        super().setUp()
        self.fake_debian(packages("ci", "html"))
        self.fake("cmake")
        self.fake("plot", folder=self.tree / "scripts")
        program = self.tree / "build/sockmark"
        program.parent.mkdir()
        program.write_text(STAND_IN)
        program.chmod(0o755)
        self.environment = {"LOG": str(self.log), "VERDICT": "pass 0", "GITHUB_ACTION_PATH": str(self.tree),
                            "GITHUB_OUTPUT": str(self.tree / "outputs"), "GITHUB_ACTIONS": "true",
                            "GITHUB_STEP_SUMMARY": str(self.tree / "summary")}
        self.said = ""

    def serve(self, steps, values):
        """Runs every step that is ours; {name: exit status} of those that ran."""
        statuses = {}
        for step in steps:
            if "scripts/ci/" not in step.get("run", "") or (any(statuses.values()) and "!cancelled()" not in
                                                            step.get("if", "")):
                continue
            environment = {name: re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: values[match[1]], text)
                           for name, text in step.get("env", {}).items()}
            done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                                  cwd=self.tree, env={"PATH": str(self.bin), **self.environment, **environment},
                                  capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
            self.said += done.stdout
            self.assertNotIn("Traceback", done.stderr)
            statuses[step["name"]] = done.returncode
        return statuses

    def act(self, **given):
        action = yaml.safe_load(ACTION.read_text())
        inputs = {name: about["default"] for name, about in action["inputs"].items()} | given
        return self.serve(action["runs"]["steps"], {f"inputs.{name}": value for name, value in inputs.items()})

    def test_the_action_with_nothing_given(self):
        self.assertEqual(self.act(), {"Build sockmark": 0, "Measure": 0, "Compare": 0, "Publish": 0})
        self.assertEqual(self.calls("sockmark")[0],
                         "sockmark run ci -o bench-results/report.json --discard --no-progress")
        self.assertEqual((self.tree / "outputs").read_text(), "report=bench-results/report.json\n"
                         "page=bench-results/report.html\nverdict=no_baseline\n")
        self.assertIn("::notice title=sockmark::measured; nothing to compare with yet", self.said)
        self.assertEqual(sorted(file.name for file in self.tree.iterdir() if file.suffix == ".json"), [])

    def test_the_actions_inputs_arrive(self):
        (self.tree / "saved.json").write_text("{}")
        self.act(suite="", options="-t tcp,udp -n 12", gates="p50:1.1", output="out", baseline="saved.json",
                 keep="kept/report.json")
        self.assertEqual(self.calls("sockmark")[:2], [
            "sockmark run -t tcp,udp -n 12 -o out/report.json --discard --no-progress",
            "sockmark compare out/baseline.json out/report.json --gate p50:1.1 --json out/comparison.json"])
        self.assertTrue((self.tree / "kept/report.json").exists())
        self.log.write_text("")
        self.act(against="/old", candidate="/new")
        self.assertIn("run ci --against /old --candidate /new --gate p50:1.05 ", self.calls("sockmark")[0])

    def test_a_saved_reports_gates_are_judged_only_where_the_project_says_so(self):
        (self.tree / "saved.json").write_text("{}")
        self.environment["VERDICT"] = "fail 1"
        for given, options in (({}, ""), ({"accept-unpaired": "false"}, ""),
                               ({"accept-unpaired": "true"}, " --accept-unpaired")):
            with self.subTest(given):
                self.log.write_text("")
                self.assertEqual(self.act(baseline="saved.json", gates="p50:1.1", **given)["Compare"], 1)
                two = f"bench-results/baseline.json bench-results/report.json --gate p50:1.1{options}"
                self.assertEqual(self.calls("sockmark")[1:4], [
                    f"sockmark compare {two} --json bench-results/comparison.json",
                    f"sockmark report {two} --html bench-results/report.html",
                    f"sockmark report {two} --markdown bench-results/summary.md"])
        self.assertEqual(self.act(baseline="saved.json", **{"accept-unpaired": "yes"})["Compare"], 2)

    def test_an_input_is_no_command(self):
        self.act(output="out; touch stolen", baseline='"; touch stolen; "', options="-t 'tcp; touch stolen'")
        self.act(**{"accept-unpaired": '"; touch stolen; "'})
        self.assertFalse((self.tree / "stolen").exists())
        self.assertTrue((self.tree / "out; touch stolen/verdict.json").exists())

    def test_a_gate_that_fails_fails_the_job_and_is_published(self):
        self.environment["VERDICT"] = "fail 1"
        self.assertEqual(self.act(against="/old"), {"Build sockmark": 0, "Measure": 0, "Compare": 1, "Publish": 0})
        self.assertIn("::error title=sockmark::2 of 2 gates failed; measured in turns with the baseline", self.said)
        self.assertTrue((self.tree / "summary").read_text().startswith("## sockmark: failed\n"))

    def test_inconclusive_passes_with_a_warning_unless_the_project_decides_otherwise(self):
        self.environment["VERDICT"] = "inconclusive 3"
        self.assertEqual(self.act(against="/old")["Compare"], 0)
        self.assertIn("::warning title=sockmark::inconclusive", self.said)
        self.assertEqual(self.act(against="/old", inconclusive="own")["Compare"], 3)
        self.assertEqual(self.act(against="/old", inconclusive="fail")["Compare"], 1)

    def test_the_workflow_without_a_base(self):
        job = yaml.safe_load(WORKFLOW.read_text())["jobs"]["bench"]
        self.environment |= {"BASE": ZEROS, "GATES": job["env"]["GATES"]}
        self.assertEqual(self.serve(job["steps"], {}), {"Measure": 0, "Compare": 0, "Publish": 0})
        self.assertEqual(json.loads((self.tree / "bench-results/verdict.json").read_text())["verdict"], "no_baseline")
        self.assertTrue((self.tree / "baseline/report.json").exists(), "what is kept for the next time")
        self.assertEqual(self.serve(job["steps"], {}), {"Measure": 0, "Compare": 0, "Publish": 0})
        self.assertIn("sockmark compare bench-results/baseline.json bench-results/report.json --gate p50:1.05 "
                      "--gate goodput:1.05 --gate loss:0.001 --json bench-results/comparison.json",
                      self.calls("sockmark"))


class Workflows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workflow, cls.action = (yaml.safe_load(file.read_text()) for file in (WORKFLOW, ACTION))
        cls.recipes = [yaml.safe_load(text) for text in blocks_of(RECIPES)]
        cls.documents = [cls.workflow, cls.action, *cls.recipes]

    def lint(self, *what, text=None):
        done = subprocess.run(["yamllint", "--strict", *map(str, what)], cwd=ROOT, input=text, capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_they_are_tidy_yaml(self):
        self.lint(".github", "action.yml")
        self.assertGreaterEqual(len(self.recipes), 2, "docs/ci.md has lost its recipes")
        for text in blocks_of(RECIPES):
            self.lint("-", text=text)

    @unittest.skipUnless(shutil.which("action-validator"), "npm install --global @action-validator/cli @action-validator/core")
    def test_they_are_what_the_schemas_of_github_say(self):
        for file in (WORKFLOW, ACTION):
            done = subprocess.run(["action-validator", file], cwd=ROOT, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_they_call_is_there_with_the_options_that_it_is_given(self):
        called = set()
        for text in (text for document in self.documents for text in commands(document)):
            for script, arguments in re.findall(r"(scripts/[\w/-]+)\"?([^\n;|]*)", text):
                called.add(script)
                self.assertTrue(os.access(ROOT / script, os.X_OK), script)
                shown = subprocess.run([ROOT / script, "--help"], capture_output=True, text=True, check=True).stdout
                for option in re.findall(r"(?<!\S)--?[a-z][\w-]*", arguments):
                    self.assertRegex(shown, rf"(?m)^\s*{option}\b", f"{script} {option}")
        self.assertLessEqual({f"scripts/ci/{step}" for step in ("build", "measure", "compare", "publish")}, called)

    def test_text_of_others_is_never_part_of_a_command(self):
        # A branch's name is text of whoever made it: it reaches a script by the environment, quoted.
        for text in (text for document in self.documents for text in commands(document)):
            self.assertNotIn("${{", text)
            self.assertEqual(re.findall(r'(?<!["=\w])\$\w+', text), [], text)

    def test_a_fork_needs_no_right_that_it_does_not_have(self):
        self.assertEqual(self.workflow["permissions"], {"contents": "read"})
        self.assertNotIn("pull_request_target", self.workflow[True])  # YAML reads the key `on` as true
        self.assertNotIn("secrets.", WORKFLOW.read_text() + ACTION.read_text())

    def test_only_known_actions_are_used(self):
        used = {node["uses"] for document in (self.workflow, self.action) for node in nodes(document) if "uses" in node}
        self.assertEqual(used - USED, set())

    def test_pictures_appear_also_when_a_gate_fails_but_not_without_a_measurement(self):
        for steps in (self.workflow["jobs"]["bench"]["steps"], self.action["runs"]["steps"]):
            after = [step for step in steps if step["name" if "name" in step else "uses"] in ("Publish", "Upload")]
            self.assertEqual(len(after), 2)
            for step in after:
                self.assertIn("!cancelled() && steps.measure.outcome == 'success'", step["if"])
            self.assertIn("measure", [step.get("id") for step in steps])

    def test_only_a_push_that_passed_becomes_the_baseline(self):
        step = self.workflow["jobs"]["bench"]["steps"][-1]
        self.assertEqual(step["uses"], "actions/cache/save@v4")
        self.assertEqual(step["if"], "${{ github.event_name == 'push' }}")
        self.assertEqual(self.workflow[True]["push"], {"branches": ["main"]})

    def test_the_actions_inputs_are_those_that_it_uses_and_that_are_explained(self):
        declared = set(self.action["inputs"])
        self.assertEqual(set(re.findall(r"inputs\.([\w-]+)", ACTION.read_text())), declared)
        explained = RECIPES.read_text()
        for name in (*declared, *self.action["outputs"]):
            self.assertIn(f"| `{name}` |", explained)
        steps = {step.get("id") for step in self.action["runs"]["steps"]}
        for output in self.action["outputs"].values():
            step, name = re.fullmatch(r"\$\{\{ steps\.(\w+)\.outputs\.(\w+) \}\}", output["value"]).groups()
            self.assertIn(step, steps)
            self.assertRegex((ROOT / "scripts/ci/publish").read_text(), rf'outputs\(.*"{name}"')

    def test_recipes_give_the_action_inputs_that_it_has(self):
        given = [set(node.get("with", {})) for recipe in self.recipes for node in nodes(recipe)
                 if "sockmark@" in str(node.get("uses"))]
        self.assertTrue(given)
        self.assertEqual(set().union(*given) - set(self.action["inputs"]), set())


if __name__ == "__main__":
    unittest.main()
