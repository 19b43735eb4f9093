"""What the steps of a benchmark in CI share: the folder of results, and how they call sockmark and git."""

import argparse
import json
import os
import shlex
import subprocess
import sys
import traceback
from pathlib import Path

sys.stdout.reconfigure(errors="backslashreplace")  # as standard error: a name of a file need not be UTF-8

ROOT = Path(__file__).resolve().parents[2]

# What a folder of results holds.
REPORT = "report.json"          # what was measured
MEASURED = "measured.json"      # how: {"paired", "exit_status", "notes"}
BASELINE = "baseline.json"      # the saved report that it was compared with
COMPARISON = "comparison.json"  # what sockmark compare --json wrote
VERDICT = "verdict.json"        # {"verdict", "exit_status", "design", "gates", "accept_unpaired", "sentence", "notes"}
PAGE, SUMMARY, JUNIT, PLOTS = "report.html", "summary.md", "junit.xml", "plots"

# A gate of p99 would stay undecided in a closed loop, of which it says too little.
GATES = "p50:1.05 goodput:1.05 loss:0.001"

# Exit statuses of sockmark that this code tells apart.
FINE, FAILED, BAD_INPUT, INCONCLUSIVE, INVALID = range(5)


class Failure(Exception):
    """One line for standard error, and the exit status."""

    def __init__(self, message, status=BAD_INPUT):
        super().__init__(message)
        self.status = status


def parser(text):
    """A parser whose help is `text`, with the options that every step has. Wrong usage is a Failure."""
    made = argparse.ArgumentParser(allow_abbrev=False)
    usage = next(line for line in text.splitlines() if line.startswith("usage:"))

    def refuse(message):
        raise Failure(f"{message}\n{usage}")

    made.format_help, made.error = text.lstrip, refuse
    made.add_argument("-o", dest="output", type=Path, default=Path("bench-results"))
    made.add_argument("--sockmark", default=str(ROOT / "build/sockmark"))
    return made


def folder_of_results(text):
    """The folder, whatever else is wrong with the options; None where it is that."""
    try:
        return parser(text).parse_known_args()[0].output
    except Failure:
        return None


def words(text):
    """An option of the workflow's that holds several: separated by blanks, quoted as for a shell."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise Failure(f"{text}: {error}") from None


def gates(text):
    """The gates of a list that blanks separate; "none" is none."""
    listed = words(text)
    return [] if listed == ["none"] else listed


def gate_options(listed):
    return [word for gate in listed for word in ("--gate", gate)]


def call(command, **how):
    """Its exit status; what it prints is shown. 128 and the number of a signal, 2 where there is no program."""
    print("$ " + shlex.join(map(str, command)), file=sys.stderr, flush=True)
    try:
        status = subprocess.run(command, check=False, **how).returncode
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    return status if status >= 0 else 128 - status


def git(*arguments):
    """What git prints, or None where it fails."""
    done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def file_at(place):
    """The contents of REF:PATH, or None. REF is fetched where the clone does not have it."""
    ref, _, path = place.partition(":")
    if not ref or not path or ref.startswith("-"):
        return None
    here = git("show", f"{ref}:{path}")
    if here is None and git("fetch", "--quiet", "--depth", "1", "origin", ref) is not None:
        here = git("show", f"FETCH_HEAD:{path}")
    return here


def write_json(path, value):
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", errors="replace")  # a name of a file need not be UTF-8


def read_json(path, *keys):
    """The object that a file holds, with these keys in it. A failure where it holds something else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Failure(f"{path}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Failure(f"{path}: not a JSON object")
    if missing := [key for key in keys if key not in value]:
        raise Failure(f"{path}: has no {', '.join(missing)}")
    return value


def annotate(kind, text):
    """A line that GitHub shows beside the change; elsewhere nothing."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        print(f"::{kind} title=sockmark::{escaped}", flush=True)


def of_system(error):
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def run(main, failed=lambda sentence, status: None):
    """The exit status of a step. A failure is told in one line, and to `failed`, to leave word of it in the results."""
    name = Path(sys.argv[0]).name
    try:
        sys.exit(main())
    except Failure as failure:
        sentence, status = str(failure), failure.status
    except OSError as error:
        sentence, status = of_system(error), BAD_INPUT
    except Exception as error:  # python's own exit status, 1, would say that a gate failed
        traceback.print_exc()
        sentence, status = f"{type(error).__name__}: {error}", BAD_INPUT
    print(f"{name}: {sentence}", file=sys.stderr)
    annotate("error", f"{name}: {sentence}")
    try:
        failed(sentence, status)
    except OSError as error:
        print(f"{name}: {of_system(error)}", file=sys.stderr)
    sys.exit(status)
