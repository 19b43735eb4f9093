#!/usr/bin/python3
"""usage: schema_check.py SCHEMA DIRECTORY

Checks the JSON Schema against the sample reports in DIRECTORY, in both directions: each sample is valid,
also when no key is allowed that the schema does not describe; and the full sample becomes invalid when
any one of its fields is removed, is null without a reason, or has a value of another type.
"""

import copy
import sys
from pathlib import Path

import jsonschema
from validate import load

# Objects whose keys are data. What they hold may come and go.
MAPS = {"hard", "soft", "information", "supplied", "effective", "requested_options", "socket_options",
        "responder_socket_options", "length_histogram", "distance_histogram", "inter_loss_period_histogram",
        "noticeable_rate", "extent_histogram", "gap_histogram", "summary", "latency_ns"}


def closed(schema):
    """The schema with every described object closed to further keys."""
    if isinstance(schema, list):
        return [closed(element) for element in schema]
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        result[key] = value if key == "allOf" else closed(value)
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        result["additionalProperties"] = False
    return result


def fields(value, parent=""):
    """(object, key) of every field within."""
    if isinstance(value, list):
        for element in value:
            yield from fields(element, parent)
    elif isinstance(value, dict):
        for key in list(value):
            if parent not in MAPS:
                yield value, key
            if parent not in ("hard", "soft", "information"):
                yield from fields(value[key], key)


def another_type(value):
    return 5 if isinstance(value, (str, list, dict, bool)) else "5"


EXACT_MAX = 2**53 - 1  # jq and JavaScript round larger integers


def inexact_integers(node, place="schema"):
    """Where the schema allows an integer that a reader with doubles would round."""
    if isinstance(node, list):
        for i, element in enumerate(node):
            yield from inexact_integers(element, f"{place}[{i}]")
    elif isinstance(node, dict):
        types = node.get("type", [])
        if "integer" in (types if isinstance(types, list) else [types]):
            least, most = node.get("minimum"), node.get("maximum")
            if "enum" in node:
                least, most = min(node["enum"]), max(node["enum"])
            if least is None or most is None or least < -EXACT_MAX or most > EXACT_MAX:
                yield place
        for key, value in node.items():
            yield from inexact_integers(value, f"{place}.{key}")


def main(schema_path, directory):
    schema = load(schema_path)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft7Validator.check_schema({**schema, "$schema": "http://json-schema.org/draft-07/schema#"})
    validator = jsonschema.Draft202012Validator(schema)
    strict = jsonschema.Draft202012Validator(closed(schema))
    problems = []
    for path in sorted(Path(schema_path).parent.glob("*.schema.json")):
        problems += [f"{path.name}: {place}: an integer without a maximum of 2^53 - 1; make it text"
                     for place in inexact_integers(load(path))]
    samples = sorted(Path(directory).glob("*.json"))
    for path in samples:
        for error in strict.iter_errors(load(path)):
            problems.append(f"{path.name} is refused: {list(error.absolute_path)}: {error.message[:200]}")

    report = load(Path(directory) / "full.json")
    # One of each is enough, and keeps this quick.
    run = report["cases"][0]["runs"][0]
    run["series"] = run["series"][:1]
    mutations = 0
    for target, key in fields(report):
        value = target[key]
        for name, change in (("removed", None), ("null", None), ("of another type", another_type(value))):
            if name == "removed":
                del target[key]
            else:
                target[key] = change
            mutations += 1
            if validator.is_valid(report):
                problems.append(f"accepted: {key} {name}")
            # Order matters to nobody; the key is back at the end.
            target[key] = copy.copy(value)
    print(f"{len(samples)} samples, {mutations} mutations")
    for problem in problems:
        print(problem)
    if len(samples) < 3 or mutations < 500:
        print("too few samples or mutations: this check lost its input")
        return 1
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, end="", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(*sys.argv[1:]))
