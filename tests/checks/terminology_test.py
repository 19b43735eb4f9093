"""Every name in the report's schema is explained in docs/terminology.md."""

import json
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def property_names(node):
    """The names of all properties anywhere in a JSON Schema."""
    if isinstance(node, list):
        return set().union(*map(property_names, node))
    if not isinstance(node, dict):
        return set()
    own = node.get("properties", {})
    named = set(own) if isinstance(own, dict) else set()
    return named.union(*map(property_names, node.values()))


class Terminology(unittest.TestCase):
    def test_every_name_of_the_schema_is_explained(self):
        schema = json.loads((ROOT / "reports/schema/report-1.schema.json").read_text())
        names = {name for name in property_names(schema) if not name.endswith("_reason")}
        self.assertGreater(len(names), 100, "the schema has lost its properties")
        code = set(re.findall(r"`([^`]+)`", (ROOT / "docs/terminology.md").read_text()))
        self.assertEqual(sorted(names - code), [])


if __name__ == "__main__":
    unittest.main()
