#!/usr/bin/python3
"""usage: validate.py SCHEMA REPORT...

Checks reports against the JSON Schema. Exit status 0: valid. 1: not, with one line for each violation
that names the file, the place and the problem. 2: usage, or a file that is not JSON.
"""

import functools
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


def combined(schema, definitions):
    """One schema of two files: how references to other files are resolved differs between versions of jsonschema."""
    with open(schema, encoding="utf-8") as file:
        content = json.loads(file.read().replace("report-1.schema.json#", "#"))
    content["$defs"] |= load(definitions)["$defs"]
    return content


@functools.cache
def validator_of(schema):
    """The validator of a schema's file. Only main() checks the schema: that takes longer than checking a report."""
    return jsonschema.Draft202012Validator(load(schema))


def violations(schema, report):
    """One line for each violation of the schema by the content of a report."""
    return [f"report{place(error)}: {error.message[:300]}" for error in validator_of(schema).iter_errors(report)]


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, end="", file=sys.stderr)
        return 2
    try:
        jsonschema.Draft202012Validator.check_schema(load(arguments[0]))
        reports = [(path, load(path)) for path in arguments[1:]]
    except (OSError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 2
    lines = [f"{path}: {line}" for path, report in reports for line in violations(arguments[0], report)]
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
