"""Shared by the steps of a benchmark in CI: the files of the results, and calls of sockmark and git."""

import argparse
import json
import os
import shlex
import subprocess
import sys
import traceback
from pathlib import Path

sys.stdout.reconfigure(errors="backslashreplace")  # like standard error: file names need not be UTF-8

ROOT = Path(__file__).resolve().parents[2]

# The files of a folder of results.
REPORT = "report.json"
MEASURED = "measured.json"      # how it was measured: {"paired", "exit_status", "notes"}
BASELINE = "baseline.json"      # the saved report that it is compared with
COMPARISON = "comparison.json"  # written by sockmark compare --json
VERDICT = "verdict.json"        # {"verdict", "exit_status", "design", "gates", "accept_unpaired", "sentence", "notes"}
PAGE, SUMMARY, JUNIT, PLOTS = "report.html", "summary.md", "junit.xml", "plots"

# p99 has no gate: in a closed loop it would stay inconclusive, because the tail omits waiting (coordinated omission).
GATES = "p50:1.05 goodput:1.05 loss:0.001"

# Exit statuses of sockmark that the steps distinguish.
FINE, FAILED, BAD_INPUT, INCONCLUSIVE, INVALID = range(5)


class Failure(Exception):
    """One line for standard error, and the exit status."""

    def __init__(self, message, status=BAD_INPUT):
        super().__init__(message)
        self.status = status


def parser(text):
    """A parser whose help is `text`, with the options of every step. Wrong usage is a Failure."""
    made = argparse.ArgumentParser(allow_abbrev=False)
    usage = next(line for line in text.splitlines() if line.startswith("usage:"))

    def refuse(message):
        raise Failure(f"{message}\n{usage}")

    made.format_help, made.error = text.lstrip, refuse
    made.add_argument("-o", dest="output", type=Path, default=Path("bench-results"))
    made.add_argument("--sockmark", default=str(ROOT / "build/sockmark"))
    return made


def folder_of_results(text):
    """The folder of the results, even if other options are wrong; None if -o itself is wrong."""
    try:
        return parser(text).parse_known_args()[0].output
    except Failure:
        return None


def words(text):
    """The words of an option that holds several, separated by spaces and quoted as in a shell."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise Failure(f"{text}: {error}") from None


def gates(text):
    """The gates of a list; "none" is an empty list."""
    listed = words(text)
    return [] if listed == ["none"] else listed


def gate_options(listed):
    return [word for gate in listed for word in ("--gate", gate)]


def call(command, **how):
    """Runs a command and returns its exit status: 128 + the number of a signal, 2 if it cannot be started."""
    print("$ " + shlex.join(map(str, command)), file=sys.stderr, flush=True)
    try:
        status = subprocess.run(command, check=False, **how).returncode
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    return status if status >= 0 else 128 - status


def git(*arguments):
    """What git prints, or None if it fails."""
    done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def file_at(place):
    """The contents of REF:PATH, or None. REF is fetched if the clone lacks it."""
    ref, _, path = place.partition(":")
    if not ref or not path or ref.startswith("-"):
        return None
    here = git("show", f"{ref}:{path}")
    if here is None and git("fetch", "--quiet", "--depth", "1", "origin", ref) is not None:
        here = git("show", f"FETCH_HEAD:{path}")
    return here


def write_json(path, value):
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", errors="replace")  # file names need not be UTF-8


def read_json(path, *keys):
    """The JSON object of a file. It is a Failure if the file has anything else or a key is missing."""
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
    """Prints a line that GitHub shows beside the change; prints nothing elsewhere."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        print(f"::{kind} title=sockmark::{escaped}", flush=True)


def os_error_text(error):
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def run(main, failed=lambda sentence, status: None):
    """Runs a step and exits with its status. A failure is printed in one line and passed to `failed`, which records
    it in the results."""
    name = Path(sys.argv[0]).name
    try:
        sys.exit(main())
    except Failure as failure:
        sentence, status = str(failure), failure.status
    except OSError as error:
        sentence, status = os_error_text(error), BAD_INPUT
    except Exception as error:  # Python's own exit status, 1, would mean that a gate failed
        traceback.print_exc()
        sentence, status = f"{type(error).__name__}: {error}", BAD_INPUT
    print(f"{name}: {sentence}", file=sys.stderr)
    annotate("error", f"{name}: {sentence}")
    try:
        failed(sentence, status)
    except OSError as error:
        print(f"{name}: {os_error_text(error)}", file=sys.stderr)
    sys.exit(status)
