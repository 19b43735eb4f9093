"""What the steps of a benchmark in CI share: the folder of results, and how they call sockmark and git."""

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What a folder of results holds.
REPORT = "report.json"          # what was measured
MEASURED = "measured.json"      # how: {"paired", "exit_status", "notes"}
BASELINE = "baseline.json"      # the saved report that it was compared with
COMPARISON = "comparison.json"  # what sockmark compare --json wrote
VERDICT = "verdict.json"        # {"verdict", "exit_status", "design", "sentence", "notes"}
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
    """A parser whose help is `text`, with the options that every step has."""
    made = argparse.ArgumentParser(allow_abbrev=False)
    made.format_help = lambda: text.lstrip()
    made.format_usage = lambda: next(line for line in text.splitlines() if line.startswith("usage:")) + "\n"
    made.add_argument("-o", dest="output", type=Path, default=Path("bench-results"))
    made.add_argument("--sockmark", default=str(ROOT / "build/sockmark"))
    return made


def words(text):
    """An option of the workflow's that holds several: separated by blanks, quoted as for a shell."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise Failure(f"{text}: {error}") from None


def gates(text):
    """--gate for every gate of a list that blanks separate."""
    return [word for gate in words(text) for word in ("--gate", gate)]


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
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path):
    """The object that a file holds. A failure where it holds something else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Failure(f"{path}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Failure(f"{path}: not a JSON object")
    return value


def annotate(kind, text):
    """A line that GitHub shows beside the change; elsewhere nothing."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        print(f"::{kind} title=sockmark::{escaped}", flush=True)


def run(main):
    """The exit status of a step, with failures told in one line."""
    name = Path(sys.argv[0]).name
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        annotate("error", f"{name}: {failure}")
        sys.exit(failure.status)
    except OSError as error:
        print(f"{name}: {error.filename}: {error.strerror}", file=sys.stderr)
        sys.exit(BAD_INPUT)
