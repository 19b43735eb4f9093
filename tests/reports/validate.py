#!/usr/bin/python3
"""usage: validate.py SCHEMA REPORT...

Checks reports against the JSON Schema. Exit status 0: valid. 1: not, with one line for each violation
that names the file, the place and the problem. 2: usage, or a file that is not JSON.
"""

import json
import sys

import jsonschema


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def load(path):
    """Strict JSON: Python alone would take NaN and Infinity."""
    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_constant=refuse_constant)


def place(error):
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, end="", file=sys.stderr)
        return 2
    try:
        schema, reports = load(arguments[0]), [(path, load(path)) for path in arguments[1:]]
    except (OSError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 2
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    status = 0
    for path, report in reports:
        for error in validator.iter_errors(report):
            print(f"{path}: report{place(error)}: {error.message[:300]}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
