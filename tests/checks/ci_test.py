"""The steps of a benchmark in CI (scripts/ci), and the workflows that call them.

The programs that the steps call are recorders (scripts_test.py); git is the machine's. The commands of the workflows
are read from their YAML and run as a service would run them.
"""

import json
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import yaml
from scripts_test import ROOT, ScriptTest, packages

ZEROS = "0" * 40  # CI services use it for "no commit"
RUN_END = "-o bench-results/report.json --discard --no-progress"


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

    def fake_sockmark(self, body=""):
        self.fake("sockmark", body, self.tree / "build")

    def calls_of(self, *step):
        """The calls of sockmark that a step makes."""
        self.log.write_text("")
        self.last = self.step(*step)
        return self.calls("sockmark")

    def result(self, name):
        return json.loads((self.results / name).read_text())

    def left(self, **files):
        """Writes JSON to the folder of results, as an earlier step would."""
        self.results.mkdir(exist_ok=True)
        for name, value in files.items():
            (self.results / f"{name}.json").write_text(json.dumps(value))


class Build(StepTest):
    def setUp(self):
        super().setUp()
        self.fake_debian(packages("ci", "html"))
        self.fake("cmake", f'echo "in $PWD" >>"{self.log}"')
        self.fake_sockmark()
        (self.bin / "git").symlink_to(shutil.which("git"))
        (self.tree / "CMakePresets.json").write_text("{}")
        (self.tree / ".gitignore").write_text("/bin/\n/log\n/build/\n/build-*/\n")
        self.git("init", "--quiet", "--initial-branch=main")
        self.first = self.commit("first")
        self.commit("second")

    def git(self, *arguments):
        identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@localhost"]
        return subprocess.run(["git", *identity, *arguments], cwd=self.tree, check=True, capture_output=True,
                              text=True).stdout.strip()

    def commit(self, text):
        (self.tree / "what").write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", text)
        return self.git("rev-parse", "HEAD")

    def built_in(self, tree, *ref):
        self.log.write_text("")
        result = self.step("build", *ref)
        self.assertEqual((result.returncode, result.stdout), (0, f"{tree}/build/sockmark\n"), result.stderr)
        self.assertEqual(set(self.calls("in")), {f"in {tree}"})

    def test_this_tree_or_a_commit_in_a_tree_of_its_own_is_built_without_tests(self):
        self.built_in(self.tree)
        self.assertEqual(self.calls("cmake"), ["cmake --preset release -DSOCKMARK_TESTS=OFF",
                                               "cmake --build --preset release --target sockmark"])
        at = self.tree / "build-at" / self.first
        for ref in (self.first, "main~1", self.first[:12]):  # the tree exists the second and third time
            self.built_in(at, ref)
        self.assertEqual((at / "what").read_text(), "first")
        self.assertEqual((self.tree / "what").read_text(), "second", "the work tree is unchanged")
        self.assertEqual(self.git("status", "--porcelain"), "")

    def test_a_shallow_clone_fetches_the_commit(self):
        self.git("branch", "base", self.first)
        clone, whole = self.tree / "bin/clone", self.tree  # git ignores bin
        self.git("clone", "--quiet", "--depth", "1", "--branch", "main", f"file://{whole}", str(clone))
        self.tree = clone
        self.built_in(clone / "build-at" / self.first, "base")
        self.tree = whole

    def test_failures(self):
        self.fake("cmake", "exit 7")
        for command, status, message in (
                (["build"], 1, ""), (["build", self.first], 1, ""), (["build", "gone"], 2, 'no commit "gone"'),
                (["build", ""], 2, 'no commit ""'), (["build", ZEROS], 2, "no commit"), (["build", "--a"], 2, "usage:"),
                (["build", "a", "b"], 2, "usage:"), (["measure", "--bases", "x"], 2, "usage: scripts/ci/measure"),
                (["measure", "--options", "'"], 2, "closing quotation"),
                (["measure", "--base", "main", "--against", "/old"], 2, "exclude each other"),
                (["measure", "--candidate", "/new", "--base", "main"], 2, "requires --against"),
                (["measure", "--candidate", "/new", "--against="], 2, "requires --against"),
                (["measure", "--sockmark", "/no/such"], 2, "No such file")):
            with self.subTest(command):
                result = self.step(*command)
                self.assertEqual((result.returncode, result.stdout), (status, ""))
                self.assertIn(message, result.stderr)
                self.assertNotIn("Traceback", result.stderr)
        self.assertEqual(self.calls("sockmark"), [])

    def test_a_base_is_measured_too_or_the_results_say_why_not(self):
        for ref, cmake, note in ((self.first, "", None), (self.first, "exit 1", "does not build"),
                                 ("gone", "", "does not exist")):
            with self.subTest(note):
                self.fake("cmake", cmake)
                against = "" if note else (f"--against {self.tree}/build-at/{self.first}/build/sockmark "
                                           "--gate p50:1.1 --gate loss:0.01 ")
                self.assertEqual(self.calls_of("measure", "--base", ref, "--gates", "p50:1.1 loss:0.01"),
                                 [f"sockmark run ci {against}{RUN_END}"])
                self.assertEqual(self.last.returncode, 0, self.last.stderr)
                notes = [f"{ref} {note}: this build was measured alone"] if note else []
                self.assertEqual(self.result("measured.json"), {"paired": not note, "exit_status": 0, "notes": notes})


class Measure(StepTest):
    def setUp(self):
        super().setUp()
        self.fake_sockmark()

    def test_the_command(self):
        for arguments, command in (
                ([], "run ci"), (["--base", ""], "run ci"), (["--base", ZEROS], "run ci"), (["--against="], "run ci"),
                (["--suite=", "--options=-t tcp,udp --find-rate 'loss<=1%,p99<=1ms'"],
                 "run -t tcp,udp --find-rate loss<=1%,p99<=1ms"),
                (["--against", "/old", "--candidate", "/new", "--gates", "p50:1.1"],
                 "run ci --against /old --candidate /new --gate p50:1.1"),
                (["--against", "/old", "--gates", "none"], "run ci --against /old --gate none")):
            with self.subTest(arguments):
                self.assertEqual(self.calls_of("measure", *arguments), [f"sockmark {command} {RUN_END}"])
                self.assertEqual(self.last.returncode, 0, self.last.stderr)

    def test_invalid_runs_and_failed_gates_are_left_to_the_next_step(self):
        for status, own in {1: 0, 3: 0, 4: 0, 2: 2, 5: 5, 130: 130}.items():
            with self.subTest(status=status):
                self.fake_sockmark(f"exit {status}")
                self.assertEqual(self.step("measure").returncode, own)
                self.assertEqual((self.results / "measured.json").exists(), own == 0)

    def test_earlier_results_are_removed(self):
        self.left(report={}, comparison={}, baseline={}, verdict={}, measured={})
        (self.results / "plots").mkdir()
        for name in ("report.html", "summary.md", "junit.xml", "plots/latency.svg", "mine.txt"):
            (self.results / name).touch()
        self.step("measure")
        self.assertEqual(sorted(file.name for file in self.results.iterdir()), ["measured.json", "mine.txt", "plots"])
        self.assertEqual(list((self.results / "plots").iterdir()), [])


class Publish(StepTest):
    """With a sockmark whose summary is one line of a table, and an empty page."""

    def setUp(self):
        super().setUp()
        self.left(report={"cases": []}, measured={"paired": False, "exit_status": 0, "notes": []},
                  verdict=self.verdict(notes=["a note"]))
        self.fake("plot", folder=self.tree / "scripts")
        (self.bin / "touch").symlink_to(shutil.which("touch"))
        self.renders("| a table |\n")
        for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
            self.environment[name] = str(self.tree / name)

    def verdict(self, **other):
        return {"verdict": "inconclusive", "exit_status": 0, "design": "unpaired", "gates": [],
                "accept_unpaired": False, "sentence": "inconclusive: some gates", "notes": []} | other

    def renders(self, summary, page="touch"):
        (self.tree / "tables.md").write_text(summary)
        self.fake_sockmark(f'last=${{@: -1}}\ncase $* in *--html*) {page} "$last" ;; '
                           f'*--markdown*) cat "{self.tree}/tables.md" >"$last" ;; esac')

    def published(self, status=0):
        """The summary of the results, or None, and the outputs."""
        outputs, summary = self.tree / "GITHUB_OUTPUT", self.results / "summary.md"
        outputs.unlink(missing_ok=True)
        result = self.step("publish")
        self.assertEqual(result.returncode, status, result.stderr)
        return summary.read_text() if summary.exists() else None, outputs.read_text()

    def test_the_verdict_comes_first_and_the_outputs_are_set(self):
        (self.tree / "GITHUB_STEP_SUMMARY").write_text("of another step\n")
        summary, outputs = self.published()
        self.assertEqual(summary, "## sockmark: inconclusive\n\nInconclusive: some gates.\n\n- a note\n\n| a table |\n")
        self.assertEqual((self.tree / "GITHUB_STEP_SUMMARY").read_text(), "of another step\n" + summary)
        self.assertEqual(outputs, "report=bench-results/report.json\npage=bench-results/report.html\n"
                         "verdict=inconclusive\n")
        self.environment.clear()  # not on GitHub
        (self.results / "summary.md").unlink()
        self.assertEqual(self.step("publish").returncode, 0)
        self.assertTrue((self.results / "summary.md").exists())

    def test_what_cannot_be_drawn_is_no_failure(self):
        self.renders("", page="exit 2;")
        self.fake("plot", "exit 2", self.tree / "scripts")
        summary, outputs = self.published()
        self.assertIn("\n- missing: the page, the plots; ", summary)
        self.assertIn("page=\n", outputs)

    def shown_of(self, lines):
        """The part of a summary with these lines that GitHub gets, without the note about the cut."""
        self.renders("".join(f"{line}\n" for line in lines))
        (self.tree / "GITHUB_STEP_SUMMARY").unlink(missing_ok=True)
        whole, _ = self.published()
        shown = (self.tree / "GITHUB_STEP_SUMMARY").read_text()
        self.assertGreater(len(whole.encode()), 1024 * 1024)
        self.assertLessEqual(len(shown.encode()), 1024 * 1024)
        cut, _, note = shown.rpartition("\n\nCut here: ")
        self.assertTrue(cut and "bench-results/summary.md" in note, shown[-300:])
        return cut

    def test_a_summary_that_is_too_long_for_the_service_is_cut_at_a_line_and_what_is_open_is_closed(self):
        filling = ["x" * 100] * 12000
        folded, closed = ["<details>", "<summary>Much</summary>", ""], "\n</details>\n"
        for name, lines, end in (
                ("nothing is open", [], ""),
                ("a folded part", folded, closed),
                ("two, one in the other", [*folded, *folded], 2 * closed),
                ("one of two", [*folded, "</details>", *folded], closed),
                ("a closed part", [*folded, "</details>"], ""),
                ("more ends than beginnings", ["</details>"], ""),
                ("a fence", ["```sh"], "\n```\n"),
                ("a fence in a folded part", [*folded, "```sh"], "\n```\n" + closed),
                ("a longer fence", ["`````", "```", "````"], "\n`````\n"),
                ("a fence of tildes", ["~~~ `x`", "```"], "\n~~~\n"),
                ("a fence with tags in it", ["```", "</details><details>"], "\n```\n"),
                ("not the end of a fence", ["```", "```sh", "    ```", "x\u2028```"], "\n```\n"),
                ("a closed fence", ["```sh", "a", "```"], ""),
                ("not a fence", ["``` `a` ```", "``", "", "    ```", "x\u2028```"], "")):
            with self.subTest(name):
                cut = self.shown_of([*lines, *filling])
                self.assertTrue(cut.endswith("x\n" + end), cut[-60:])
                self.assertFalse(cut.endswith("x\n" + "\n</details>\n" + end), "one too many")
        self.assertTrue(self.shown_of(["short", "y" * (2 << 20), "after"]).endswith("short\n"), "a line too long")
        self.left(verdict=self.verdict(notes=["<details>"]))
        self.assertTrue(self.shown_of(filling).endswith("x\n"), "a tag in text of others")

    def test_text_of_others_is_no_markdown_mentions_nobody_and_refers_to_nothing(self):
        self.left(verdict=self.verdict(sentence="of <details> ```\n```sh", notes=[
            "a|b `<x>`\n# y", "&lt;&#64;me $x$ !\\", "@octocat fixes #12, org/repo#3", "www.b WWW.c w.d awww.e",
            "HTTPS://f mailto:g udp://h unix:i"]))
        self.assertTrue(self.published()[0].startswith(
            "## sockmark: inconclusive\n\nOf &lt;details&gt; \\`\\`\\` \\`\\`\\`sh.\n\n"
            "- a\\|b \\`&lt;x&gt;\\` #&#8203; y\n- &amp;lt;&amp;#&#8203;64;me &#36;x&#36; \\!\\\\\n"
            "- @&#8203;octocat fixes #&#8203;12, org/repo#&#8203;3\n- www&#8203;.b WWW&#8203;.c w.d awww&#8203;.e\n"
            "- HTTPS&#8203;://f mailto&#8203;:g udp://h unix:i\n\n"))

    def test_what_is_not_judged_is_an_error(self):
        failed = json.dumps(self.verdict(verdict="error", exit_status=2, design=None, sentence="not judged"))
        for missing, verdict, status, output in (
                ([], failed, 0, "error"), (["verdict"], None, 0, "no_gate"),
                (["verdict", "measured"], None, 0, "error"), (["report"], failed, 2, "error"),
                ([], "{", 2, "error"), ([], "[]", 2, "error"),
                ([], '{"verdict": "pass"}', 2, "error"), ([], json.dumps(self.verdict(verdict="x")), 2, "error")):
            with self.subTest(missing=missing, verdict=verdict):
                self.left(report={"cases": []}, measured={})
                if verdict:
                    (self.results / "verdict.json").write_text(verdict)
                for name in missing:
                    (self.results / f"{name}.json").unlink(missing_ok=True)
                outputs = self.published(status)[1]
                self.assertEqual(outputs.splitlines()[-1], f"verdict={output}")

    def test_it_renders_one_report_or_two_with_the_gates_that_judged_them(self):
        gates = {"gates": ["p50:1.05", "loss:0.001"]}
        one, two = "bench-results/report.json", "bench-results/baseline.json bench-results/report.json"
        for reports, how, options in (
                (one, {**gates, "accept_unpaired": True, "design": "paired"}, ""), (two, {}, ""),
                (two, gates, " --gate p50:1.05 --gate loss:0.001"),
                (two, {"gates": ["p50:2"], "accept_unpaired": True}, " --gate p50:2 --accept-unpaired")):
            with self.subTest(reports=reports, options=options):
                self.left(verdict=self.verdict(**how), **({"baseline": {}} if reports == two else {}))
                self.assertEqual(self.calls_of("publish"), [
                    f"sockmark report {reports}{options} --html bench-results/report.html",
                    f"sockmark report {reports}{options} --markdown bench-results/summary.md"])
                self.assertEqual(self.calls("plot"),
                                 [f"plot {reports} -o bench-results/plots --build {self.tree}/build"])


class Compare(StepTest):
    """With a sockmark whose comparison is an exit status, and which can read every report by default."""

    def setUp(self):
        super().setUp()
        self.left(report={"cases": [{"id": "a"}, {"id": "b"}]}, verdict={"verdict": "pass"}, comparison={})
        self.measured()
        self.compares()

    def measured(self, paired=False, exit_status=0):
        self.left(measured={"paired": paired, "exit_status": exit_status, "notes": []})

    def compares(self, compare="exit 2", report="exit 0"):
        self.fake_sockmark(f"case $1 in compare) {compare} ;; report) {report} ;; esac")

    def judged(self, *arguments):
        """The exit status, and the verdict in the results."""
        self.last = self.step("compare", *arguments)
        self.assertFalse((self.results / "comparison.json").exists(), "an earlier comparison")
        return self.last.returncode, self.result("verdict.json")["verdict"]

    def saved(self, *ids):
        (self.tree / "saved.json").write_text(json.dumps({"cases": [{"id": name} for name in ids]}))
        return "--baseline=saved.json"

    def test_without_a_comparable_saved_report_there_is_nothing_to_compare_with(self):
        for arguments, note in (
                ([], None), (["--baseline", "gone", "--first-run"], "no saved report: gone not found"),
                (["--first-run=true", "--baseline", b"gone-\xff".decode("utf-8", "surrogateescape")], "no saved report: gone-? not found"),
                ([self.saved("c", "d"), "--inconclusive", "fail"], "no comparable saved report: saved.json"),
                (["--baseline", "bench-results/baseline.json"], "no comparable saved report")):
            with self.subTest(arguments):
                self.left(baseline={"cases": [{"id": "c"}]})
                self.environment |= {"LC_ALL": "C.UTF-8", "GITHUB_ACTIONS": "true"}
                self.assertEqual(self.judged(*arguments), (0, "no_baseline"), self.last)
                self.assertIn(note or "", "".join(self.result("verdict.json")["notes"]))
                self.assertFalse((self.results / "baseline.json").exists(), "it would be published")
        self.measured(exit_status=4)
        self.assertEqual(self.judged(self.saved("c")), (4, "invalid"))

    def test_any_other_reason_not_to_compare_is_an_error(self):
        for ids, how, status in (("cb", {}, 2), ("c", {"report": "exit 2"}, 2), ("c", {"compare": "exit 5"}, 5),
                                 ("c", {"compare": "kill -9 $$"}, 137), ("a", {"compare": "kill -9 $PPID"}, -9)):
            with self.subTest(how):
                self.compares(**how)
                self.assertEqual(self.judged(self.saved(*ids)), (status, "error"))
        self.assertIn("interrupted", self.result("verdict.json")["sentence"], "this step itself was killed")

    def test_no_failure_has_the_exit_status_of_a_gate(self):
        self.saved("c")
        for arguments, measured, words in (
                (["--inconclusive", "perhaps"], None, "invalid choice: 'perhaps'"),
                (["--accept-unpaired=perhaps"], None, "invalid choice: 'perhaps'"),
                ([b"--gates='\xff".decode("utf-8", "surrogateescape")], None, "No closing quotation"),
                (["--baseline=gone"], None, "--baseline gone: not found"),
                (["--baseline=gone", "--first-run=false"], None, "--baseline gone: not found"),
                (["--sockmark", "/no/such", "--baseline=saved.json"], None, "sockmark compare failed"),
                ([], '{"paired": fal', "measured.json: not JSON"),
                ([], '{"paired": false}', "measured.json: has no exit_status, notes"),
                ([], '{"paired": false, "exit_status": 0, "notes": 7}', "TypeError"),
                ([], "", "has no measurement")):
            with self.subTest(arguments=arguments, measured=measured):
                self.left(verdict={"verdict": "pass"}, comparison={})
                self.measured()
                if measured is not None:
                    (self.results / "measured.json").write_text(measured)
                if measured == "":
                    (self.results / "measured.json").unlink()
                self.assertEqual(self.judged(*arguments), (2, "error"))
                self.assertIn(words, self.result("verdict.json")["sentence"])
                self.assertIn(words, self.last.stderr)
        self.assertEqual(self.step("compare", "-o", "nowhere").returncode, 2)
        self.assertFalse((self.tree / "nowhere").exists())

    def test_the_verdict_is_that_of_the_comparison_and_the_policy(self):
        self.environment["GITHUB_ACTIONS"] = "true"
        for verdict, status, counts, policy, own, shown in (
                ("pass", 0, (1, 0, 0), "own", 0, "notice title=sockmark::the gate passed"),
                ("fail", 1, (1, 1, 0), "pass", 1, "error title=sockmark::1 of 2 gates failed"),
                ("inconclusive", 3, (0, 0, 1), "own", 3, "warning title=sockmark::inconclusive: 0 of 1 gate passed"),
                ("inconclusive", 3, (0, 0, 1), "pass", 0, "warning"),
                ("inconclusive", 3, (0, 0, 1), "fail", 1, "warning"),
                ("no_gate", 0, (0, 0, 0), "fail", 0, "notice title=sockmark::compared without gates")):
            with self.subTest(verdict=verdict, policy=policy):
                document = json.dumps({"verdict": verdict, "exit_status": status, "design": "unpaired",
                                       "gates": dict(zip(("pass", "fail", "inconclusive"), counts)),
                                       "invalid": [], "refused": []})
                self.compares(f"echo '{document}' >${{@: -1}}; exit {status}")
                result = self.step("compare", self.saved("a"), "--gates", "p50:1.1 p99:1.2", "--inconclusive", policy)
                self.assertEqual(result.returncode, own, result.stderr)
                self.assertIn(f"::{shown}", result.stdout)
                left = self.result("verdict.json")
                self.assertEqual((left["verdict"], left["exit_status"], left["gates"]),
                                 (verdict, own, ["p50:1.1", "p99:1.2"]))

    def test_the_command(self):
        unpaired = "bench-results/baseline.json bench-results/report.json"
        for paired, arguments, command in (
                (False, ["--gates", "none"], f"{unpaired} --gate none"),
                (False, ["--gates", "p50:2"], f"{unpaired} --gate p50:2"),
                (False, ["--gates", "p50:2", "--accept-unpaired"], f"{unpaired} --gate p50:2 --accept-unpaired"),
                (False, ["--gates", "p50:2", "--accept-unpaired=true"], f"{unpaired} --gate p50:2 --accept-unpaired"),
                (False, ["--gates", "p50:2", "--accept-unpaired=false"], f"{unpaired} --gate p50:2"),
                (True, ["--gates", "none", "--accept-unpaired"], "bench-results/report.json --by arm")):
            with self.subTest(arguments):
                self.measured(paired)
                self.assertEqual(self.calls_of("compare", self.saved("a"), *arguments)[0],
                                 f"sockmark compare {command} --json bench-results/comparison.json")


WORKFLOW, ACTION = ROOT / ".github/workflows/bench.yml", ROOT / "action.yml"
RECIPES = ROOT / "docs/ci.md"
USED = {"actions/checkout@v4", "actions/cache/restore@v4", "actions/cache/save@v4", "actions/upload-artifact@v4"}


def blocks_of(document):
    """The YAML of a page: code blocks that begin with a comment with the name of a file."""
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
    """Every shell text in a document: in GitHub's steps, and in GitLab's jobs."""
    for node in nodes(document):
        if isinstance(node.get("run"), str):
            yield node["run"]
        for key in ("before_script", "script", "after_script"):
            yield from node.get(key, [])


class AsAService(StepTest):
    """The commands of the workflow and of the action, run in order as a service does, with recorders for the steps."""

    def serve(self, steps, values, **statuses):
        """Runs every step that calls scripts/ci. Returns the arguments of each, in order."""
        self.log.write_text("")
        self.environment["GITHUB_ACTION_PATH"] = str(self.tree)
        for name in ("build", "measure", "compare", "publish"):
            self.fake(name, f'printf "<%s>" "$@" >>"{self.log}"; echo >>"{self.log}"; exit {statuses.get(name, 0)}',
                      self.tree / "scripts/ci")
        failed = False
        for step in steps:
            if "scripts/ci/" not in step.get("run", "") or (failed and "!cancelled()" not in step.get("if", "")):
                continue
            environment = {name: re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: values[match[1]], text)
                           for name, text in step.get("env", {}).items()}
            done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                                  cwd=self.tree, env={"PATH": str(self.bin), **self.environment, **environment},
                                  check=False, stdin=subprocess.DEVNULL)
            failed = failed or done.returncode != 0
        return [line for line in self.log.read_text().splitlines() if line.startswith("<")]

    def act(self, **given):
        action = yaml.safe_load(ACTION.read_text())
        inputs = {name: about["default"] for name, about in action["inputs"].items()} | given
        return self.serve(action["runs"]["steps"], {f"inputs.{name}": value for name, value in inputs.items()})

    def test_the_actions_inputs_arrive_as_arguments(self):
        output = "<-o><{output}>"
        steps = ("<>", output + "<--suite={suite}><--options={options}><--against={against}><--candidate={candidate}>"
                 "<--gates={gates}>", output + "<--baseline={baseline}><--gates={gates}>"
                 "<--first-run={first-run}><--accept-unpaired={accept-unpaired}><--inconclusive={inconclusive}>", output + "<--keep={keep}>")
        defaults = {"suite": "ci", "options": "", "against": "", "candidate": "", "baseline": "", "keep": "",
                    "gates": "p50:1.05 goodput:1.05 loss:0.001", "accept-unpaired": "false", "inconclusive": "pass",
                    "first-run": "false", "output": "bench-results"}
        for given in ({}, {name: f"; touch 'stolen {name}'" for name in defaults}):
            self.assertEqual(self.act(**given), [step.format(**defaults | given) for step in steps])
        self.assertEqual(list(self.tree.glob("stolen*")), [])

    def test_the_workflow_keeps_the_report_that_it_compares_with(self):
        job = yaml.safe_load(WORKFLOW.read_text())["jobs"]["bench"]
        self.environment |= {"BASE": ZEROS, "GATES": job["env"]["GATES"]}
        measure, compare, publish = self.serve(job["steps"], {}, compare=1)
        self.assertEqual(measure, f"<--suite><ci><--base><{ZEROS}><--gates><{self.environment['GATES']}>")
        self.assertIn("<--baseline><baseline/report.json>", compare)
        self.assertIn("<--first-run=${{ steps.saved.outputs.cache-matched-key == '' }}>", compare)
        self.assertEqual(publish, "<--keep><baseline/report.json>", "also if a gate failed")
        cached = {step["with"]["path"] for step in job["steps"] if "cache" in step.get("uses", "")}
        self.assertEqual(cached, {"baseline/report.json"})


class Workflows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workflow, cls.action = (yaml.safe_load(file.read_text()) for file in (WORKFLOW, ACTION))
        cls.recipes = [yaml.safe_load(text) for text in blocks_of(RECIPES)]
        cls.documents = [cls.workflow, cls.action, *cls.recipes]

    def test_they_are_tidy_yaml(self):
        self.assertGreaterEqual(len(self.recipes), 2, "docs/ci.md has lost its recipes")
        for what, text in ([".github", "action.yml"], None), *((["-"], block) for block in blocks_of(RECIPES)):
            done = subprocess.run(["yamllint", "--strict", *what], cwd=ROOT, input=text, capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @unittest.skipUnless(shutil.which("action-validator"), "npm install --global @action-validator/{cli,core}")
    def test_they_match_the_schemas_of_github(self):
        for file in (WORKFLOW, ACTION):
            done = subprocess.run(["action-validator", file], cwd=ROOT, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_they_call_exists_with_the_options_that_it_is_given(self):
        called = set()
        for text in (text for document in self.documents for text in commands(document)):
            for script, arguments in re.findall(r"(scripts/[\w/-]+)\"?([^\n;|]*)", text):
                called.add(script)
                shown = subprocess.run([ROOT / script, "--help"], capture_output=True, text=True, check=True).stdout
                self.assertIn(f"usage: {script} [", shown)
                for option in re.findall(r"(?<!\S)--?[a-z][\w-]*", arguments):
                    self.assertRegex(shown, rf"(?m)^\s*{option}\b", f"{script} {option}")
        self.assertLessEqual({f"scripts/ci/{step}" for step in ("build", "measure", "compare", "publish")}, called)

    def test_text_of_others_is_never_part_of_a_command(self):
        # The name of a branch is chosen by its author: it reaches a script in the environment, quoted.
        for text in (text for document in self.documents for text in commands(document)):
            self.assertNotIn("${{", text)
            self.assertEqual(re.findall(r'(?<!["=\w])\$\w+', text), [], text)

    def test_a_fork_needs_no_right_that_it_does_not_have_and_known_actions_only(self):
        self.assertEqual(self.workflow["permissions"], {"contents": "read"})
        self.assertNotIn("pull_request_target", self.workflow[True])  # YAML reads the key `on` as true
        self.assertNotIn("secrets.", WORKFLOW.read_text() + ACTION.read_text())
        used = {node["uses"] for document in (self.workflow, self.action) for node in nodes(document) if "uses" in node}
        self.assertEqual(used - USED, set())

    def test_results_are_published_if_a_gate_fails_but_only_a_push_that_passed_becomes_the_baseline(self):
        for steps in (self.workflow["jobs"]["bench"]["steps"], self.action["runs"]["steps"]):
            after = [step["if"] for step in steps if step.get("name", "") in ("Publish", "Upload")]
            always = "!cancelled() && steps.measure.outcome == 'success'"
            self.assertEqual([always in condition for condition in after], [True, True])
            self.assertIn("measure", [step.get("id") for step in steps])
        save = self.workflow["jobs"]["bench"]["steps"][-1]
        self.assertEqual((save["uses"], save["if"]), ("actions/cache/save@v4", "${{ github.event_name == 'push' }}"))
        self.assertEqual(self.workflow[True]["push"], {"branches": ["main"]})

    def test_the_actions_inputs_are_those_that_it_uses_and_that_are_explained(self):
        declared = set(self.action["inputs"])
        self.assertEqual(set(re.findall(r"inputs\.([\w-]+)", ACTION.read_text())), declared)
        for name in (*declared, *self.action["outputs"]):
            self.assertIn(f"| `{name}` |", RECIPES.read_text())
        for output in self.action["outputs"].values():
            name = re.fullmatch(r"\$\{\{ steps\.publish\.outputs\.(\w+) \}\}", output["value"])[1]
            self.assertRegex((ROOT / "scripts/ci/publish").read_text(), rf'outputs\(.*"{name}"')
        given = [set(node.get("with", {})) for recipe in self.recipes for node in nodes(recipe)
                 if "sockmark@" in str(node.get("uses"))]
        self.assertTrue(given)
        self.assertLessEqual(set().union(*given), declared)


if __name__ == "__main__":
    unittest.main()
