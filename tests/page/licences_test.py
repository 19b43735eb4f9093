"""docs/development/licences.md lists what is bundled into the HTML page, as the lock file has it."""

import json
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK_FILES = ("reports/page/package-lock.json", "tests/page/package-lock.json")


def packages(lock_file):
    """(name, version, licence, whether for development) of each."""
    lock = json.loads((ROOT / lock_file).read_text())
    return [(path.rpartition("node_modules/")[2], one["version"], one.get("license"), one.get("dev", False))
            for path, one in lock["packages"].items() if path]


class Licences(unittest.TestCase):
    def test_every_bundled_package_is_listed_with_its_version_and_licence(self):
        listed = re.findall(r"^\| (\S+) \| (\S+) \| (\S+) \|$", (ROOT / "docs/development/licences.md").read_text(), re.MULTILINE)
        bundled = [package[:3] for package in packages(LOCK_FILES[0]) if not package[3]]
        self.assertGreater(len(bundled), 20)
        self.assertEqual(listed, [("package", "version", "licence"), *sorted(bundled)])

    def test_every_bundled_package_is_under_permissive_terms(self):
        terms = {licence for _, _, licence, development in packages(LOCK_FILES[0]) if not development}
        self.assertLessEqual(terms, {"0BSD", "BSD-3-Clause", "ISC", "MIT", "Unlicense", "BSD-2-Clause", "Apache-2.0"})

    def test_lock_files_name_no_address_to_download_from(self):
        for lock_file in LOCK_FILES:
            with self.subTest(lock_file=lock_file):
                text = (ROOT / lock_file).read_text()
                self.assertNotIn('"resolved"', text)
                self.assertNotIn("registry", text)


if __name__ == "__main__":
    unittest.main()
