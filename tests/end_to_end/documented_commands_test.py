"""Every sockmark command line in README.md and docs/ is accepted by the program.

A command in a block of code is executed: `run` as a dry run, the others on stand-ins for the files that they name. Of
commands that measure or serve (LOOKED_UP), of a synopsis, and of a command in running text, the options are
looked up in the help.
"""

import json
import re
import shlex
import unittest
from pathlib import Path

from harness import ROOT, SOCKMARK, EndToEnd

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLE = ROOT / "docs/examples/which-transport.json"

# Where a command begins: at the start of the text, after a shell's separator, `exec`, or an assignment.
COMMAND = re.compile(r"(?:^|[|;&(]\s*|\bexec |\w=\S* |\btaskset \S+ \S+ )(?:\S*/)?sockmark (?=[a-z])")
LOOKED_UP = ("calibrate", "selfcheck", "doctor", "serve", "genkey")

PACKETS = "event,seq,t_ns,size\nsent,1,0,100\nreceived,1,51000,100\n"
PAIRS = "block,a,b\n1,51200,52000\n2,50900,53100\n"


def lines_of(block):
    """The lines of a code block, with those that a backslash continues joined."""
    return re.sub(r" *\\\n\s*", " ", block).splitlines()


def commands(page):
    """The commands of a page: each as (text, whether it is in a block of code)."""
    text = page.read_text()
    for block in re.findall(r"(?m)(?:^ {4,}.*\n)+", text):
        for line in lines_of(block):
            for found in COMMAND.finditer(line.strip()):
                yield line.strip()[found.end():], True
    for inline in re.findall(r"`([^`\n]+)`", re.sub(r"(?m)^ {4,}.*$", "", text)):
        for found in COMMAND.finditer(inline):
            yield inline[found.end():], False


def words_of(text):
    """Arguments of a command, and the file that its output is written to: without what follows the command."""
    text = re.split(r" {2,}", text)[0]
    if text.count("'") % 2:  # the command ends the quoted argument of another one
        text = text[:text.rindex("'")]
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|;&()>")
    lexer.whitespace_split = True
    words, output = [], None
    for token in lexer:
        if token == ">":
            output = lexer.get_token()
        if set(token) <= set("|;&()>"):
            break
        words.append(token)
    return words, output


def is_synopsis(text):
    return re.search(r"\[|\b[A-Z]{3,}\b|\.\.\.", text) is not None


class DocumentedCommands(EndToEnd):
    @classmethod
    def setUpClass(cls):
        cls.helps = {}

    def setUp(self):
        super().setUp()
        for folder in ("docs", "suites"):
            (self.work / folder).symlink_to(ROOT / folder)
        for folder in ("build", "older"):
            (self.work / folder).mkdir()
            (self.work / folder / "sockmark").symlink_to(SOCKMARK)
        report = EXAMPLE.read_text()
        for name in ("report", "monday", "friday", "old", "new"):
            (self.work / f"{name}.json").write_text(report)
        (self.work / "calibration.json").write_text(self.two_arms(json.loads(report)))
        (self.work / "latencies.txt").write_text("12345\n23456 3\n")
        (self.work / "trace.csv").write_text(PACKETS)
        (self.work / "blocks.csv").write_text(PAIRS)

    @staticmethod
    def two_arms(report):
        """The report with its first case twice, as the two arms of a program against itself."""
        cases = [json.loads(json.dumps(report["cases"][0])) for _ in range(2)]
        for case, arm in zip(cases, ("baseline", "candidate")):
            case["id"] += f"@{arm}"
            case["params"]["arm"] = arm
            case["params"].pop("arm_reason", None)
        return json.dumps(report | {"cases": cases, "comparisons": []})

    def unknown(self, words):
        """What the help does not know of a command; None if nothing."""
        command, *arguments = words
        if command not in self.helps:
            outcome = self.sockmark(command, "--help")
            self.helps[command] = outcome.text
        if f"Usage: sockmark {command} " not in self.helps[command]:
            return f"there is no command {command}"
        for word in arguments:
            option = re.match(r"--?[a-z][\w-]*", word)
            if option and not re.search(rf"(?m)^\s+(?:-\w,)?{option[0]}\b|^\s+{option[0]},", self.helps[command]):
                return f"{command} has no option {option[0]}"
        return None

    def refused(self, words, output):
        """Why a command is not accepted when it is run; None if it is."""
        command, *arguments = words
        if command == "run":
            if "--calibration" in arguments:  # of another machine it is refused
                at = arguments.index("--calibration")
                del arguments[at:at + 2]
            arguments = [*arguments, *(["--dry-run"] if "--dry-run" not in arguments else [])]
        # Nothing is written outside of the test's directory.
        arguments = ["-" if one.startswith("/") else one for one in arguments]
        text = PACKETS if command == "analyze" else EXAMPLE.read_text()
        outcome = self.sockmark(command, *arguments, stdin=None, input=text.encode())
        if output:
            (self.work / Path(output).name).write_text(outcome.text)
        if "this build has no page" in outcome.complaints or outcome.status in (0, 1, 3, 4):
            return None
        return f"status {outcome.status}: {outcome.complaints}"

    def problem(self, text, in_block):
        words, output = words_of(re.sub(r"[][]", "", text))
        problem = self.unknown(words)
        if problem or not in_block or is_synopsis(text) or words[0] in LOOKED_UP or "--help" in words:
            return problem
        return self.refused(words, output)

    def test_every_command_is_accepted(self):
        count = 0
        for page in PAGES:
            for text, in_block in commands(page):
                count += 1
                with self.subTest(page=str(page.relative_to(ROOT)), command=text):
                    self.assertIsNone(self.problem(text, in_block))
        self.assertGreater(count, 80, "the pages have lost their commands")

    def test_a_command_that_is_not_accepted_is_found(self):
        for text, what in (("run -t tcp --no-such-option", "no option --no-such-option"),
                           ("calibrate -t tcp --gates x", "no option --gates"),
                           ("compare BASE CANDIDATE [--bye PARAM]", "no option --bye"),
                           ("measure -t tcp", "no command measure"),
                           ("run -t carrier-pigeon", "status 2"),
                           ("run -t tcp --impair loss=1%", "status 2"),
                           ("export report.json --to parchment", "status 2")):
            with self.subTest(command=text):
                self.assertIn(what, self.problem(text, True) or "")

    def test_commands_are_found_where_pages_have_them(self):
        page = self.work / "page.md"
        page.write_text("Like `sockmark run --quiet`, or `build/sockmark list`.\n\n"
                        "    build/sockmark run -t tcp \\\n        -s 64      what it is for\n"
                        "    zcat x | sockmark analyze - --tmax 1s > x.json\n"
                        "    sh -c 'echo $$ > tasks; exec sockmark doctor --json'\n"
                        "    sockmark: report.json: no such file\n")
        found = [(words_of(text), in_block) for text, in_block in commands(page)]
        self.assertEqual(found, [((["run", "-t", "tcp", "-s", "64"], None), True),
                                 ((["analyze", "-", "--tmax", "1s"], "x.json"), True),
                                 ((["doctor", "--json"], None), True),
                                 ((["run", "--quiet"], None), False),
                                 ((["list"], None), False)])


if __name__ == "__main__":
    unittest.main()
