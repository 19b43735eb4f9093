"""scripts/check-arrows accepts a small tree, and finds each violation that is added to it."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts/check-arrows"

# A tree that breaks no rule.
CLEAN = {
    "base/result.h": "#include <string>\n",
    "transports/transport.h": '#include "base/result.h"\n#include <sys/socket.h>\n',
    "transports/sockets/socket.cc": '#include "transports/transport.h"\nint r = ::setsockopt(a, b, c, d, e);\n',
    "transports/sockets/tcp.cc": '#include <fmt/format.h>\n// setsockopt() is in socket.cc\n',
    "transports/catalogue.cc": 'row r[] = {{"tcp", "ipv4", ""}, {"tcp6", "ipv6", ""},\n'
                               '           {.name = "unix-dgram", .family = "unix"}};\n',
    "docs/transports/tcp.md": "",
    "docs/transports/unix-dgram.md": "",
    "measure/histogram.cc": '#include "base/result.h"\n#include <zlib.h>\n',
    "bench/main.cc": '#include "bench/cli/commands/run.h"\n',
    "bench/cli/exit.h": "#include <CLI/CLI.hpp>\n",
    "bench/cli/commands/run.h": '#include "bench/cli/exit.h"\n#include "bench/run/runner.h"\n',
    "bench/run/runner.h": '#include "bench/load/generator.h"\n#include "reports/model/report.h"\n',
    "bench/load/generator.h": '#include "bench/load/session.h"\n#include "bench/loop/loop.h"\n',
    "bench/load/generator.cc": '#include "bench/load/generator.h"\n#include "transports/transport.h"\n',
    "bench/load/session.h": '#include "bench/protocol/wire.h"\n#include "measure/histogram.h"\n',
    "bench/loop/loop.h": "#include <uv.h>\n",
    "bench/protocol/wire.h": '#include <fmt/format.h>\n#include "base/result.h"\n',
    "reports/json/load_json.cc": "#include <nlohmann/json.hpp>\nauto j = nlohmann::json::parse(text);\n",
    "reports/model/report.h": '#include "measure/histogram.h"\n#include <map>\n',
}

# file, line appended to it, a part of the message
VIOLATIONS = [
    ("base/result.h", '#include "transports/transport.h"', "base may not include transports"),
    ("base/result.h", "#include <uv.h>", "not a library of base"),
    ("base/result.h", "#include <sys/socket.h>", "sockets are not allowed"),
    ("transports/sockets/tcp.cc", '#include "reports/model/report.h"', "transports/sockets may not include"),
    ("transports/sockets/tcp.cc", '#include "measure/histogram.h"', "transports/sockets may not include"),
    ("transports/sockets/tcp.cc", "#include <uv.h>", "not a library of transports/sockets"),
    ("transports/sockets/tcp.cc", "#include <nlohmann/json.hpp>", "not a library of transports/sockets"),
    ("transports/sockets/tcp.cc", "  int n = getsockopt(a, b, c, d, e);",
     "call of getsockopt: only transports/sockets/socket.cc may"),
    ("transports/transport.h", '#include "transports/sockets/tcp.h"', "transports may not include transports/sockets"),
    ("bench/run/runner.h", "/* why */ int n = setsockopt (a, b);", "call of setsockopt: only"),
    ("measure/histogram.cc", '#include "reports/model/report.h"', "measure may not include reports/model"),
    ("measure/histogram.cc", '#include "bench/protocol/wire.h"', "measure may not include bench/protocol"),
    ("measure/histogram.cc", "#include <fmt/format.h>", "not a library of measure"),
    ("reports/model/report.h", '#include "transports/transport.h"', "reports/model may not include transports"),
    ("reports/model/report.h", '#include "bench/run/runner.h"', "reports/model may not include bench/run"),
    ("reports/model/report.h", '#include "reports/render/html.h"', "reports/model may not include reports/render"),
    ("reports/model/report.h", "  #  include <uv.h>", "not a library of reports/model"),
    ("reports/model/report.h", "#include <netinet/in.h>", "sockets are not allowed"),
    ("reports/model/report.h", "auto j = json::parse(text);", "only reports/json/load_json.cc may"),
    ("bench/protocol/wire.h", '#include "bench/main.h"', "bench/protocol may not include bench:"),
    ("bench/protocol/wire.h", "#include <netdb.h>", "sockets are not allowed"),
    ("bench/load/session.h", "#include <sys/socket.h>", "sockets are not allowed"),
    ("bench/run/runner.h", '#include "bench/cli/exit.h"', "bench/run may not include bench/cli"),
    ("bench/load/generator.cc", '#include "session.h"', "root of the tree"),
    ("bench/load/generator.cc", "#include <boost/asio.hpp>", "unknown library"),
    ("docs/transports/carrier-pigeon.md", "", "no transport carrier-pigeon"),
    ("transports/catalogue.cc", '{"udp", "ipv4", ""},', "no page docs/transports/udp.md"),
]

# files added, a part of the message
MISPLACED = [
    (["bench/surprise.cc"], "bench:1: may contain only main.cc: move bench/surprise"),
    (["reports/surprise.cc"], "reports:1: has no row in FOLDERS"),
    (["bench/run/deeper/surprise.h"], "bench/run/deeper:1: has no row in FOLDERS"),
    ([f"measure/module_{i}.cc" for i in range(20)], "measure:1: has 21 modules, more than 20"),
]

# row of FOLDERS, its replacement, a part of the message
TABLES = [
    ('"bench/loop": ("", "uv.h")', '"bench/loop": ("bench/run", "uv.h")', "bench/loop includes bench/run"),
    ('"measure": ("", "zlib.h")', '"measure": ("reports/model", "zlib.h")', "measure and reports include each other"),
]


def check(root):
    return subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True, check=False)


class CheckArrows(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        for path, text in CLEAN.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)

    def test_a_clean_tree_passes_silently(self):
        result = check(self.root)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_each_violation_is_named_by_file_line_and_rule(self):
        for path, line, message in VIOLATIONS:
            with self.subTest(path=path, line=line):
                file = self.root / path
                before = CLEAN.get(path)
                file.write_text((before or "") + line + "\n")
                number = (before or "").count("\n") + 1
                result = check(self.root)
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
                where = path if path.endswith(("catalogue.cc", ".md")) else f"{path}:{number}"
                self.assertIn(where, result.stderr)
                self.assertIn(message, result.stderr)
                file.unlink() if before is None else file.write_text(before)

    def test_a_file_in_the_wrong_place_is_found(self):
        for paths, message in MISPLACED:
            with self.subTest(paths=paths[0]):
                for path in paths:
                    (self.root / path).parent.mkdir(exist_ok=True)
                    (self.root / path).write_text("")
                result = check(self.root)
                self.assertEqual((result.returncode, len(result.stderr.splitlines())), (1, 1), result.stderr)
                self.assertIn(message, result.stderr)
                for path in paths:
                    (self.root / path).unlink()

    def test_a_table_with_a_cycle_is_found(self):
        for row, other, message in TABLES:
            with self.subTest(row=other):
                changed = self.root / "check-arrows"
                changed.write_text(SCRIPT.read_text().replace(row, other))
                result = subprocess.run([sys.executable, changed, self.root], capture_output=True, text=True,
                                        check=False)
                self.assertEqual(result.returncode, 1)
                self.assertIn(message, result.stderr)

    def test_a_violation_in_a_copy_of_this_tree_is_found(self):
        copy = self.root / "copy"
        for folder in ("base", "stats", "measure", "machine", "transports", "bench", "reports", "docs"):
            shutil.copytree(ROOT / folder, copy / folder)
        changed_file = copy / "transports/transport.h"
        lines = changed_file.read_text().count("\n")
        with changed_file.open("a") as file:
            file.write('#include "reports/model/report.h"\n')
        result = check(copy)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"transports/transport.h:{lines + 1}: include of reports/model/report.h", result.stderr)

    def test_a_tree_without_a_catalogue_does_not_pass(self):
        (self.root / "transports/catalogue.cc").unlink()
        self.assertEqual(check(self.root).returncode, 1)

    def test_wrong_usage_exits_2_with_help_on_stderr(self):
        result = subprocess.run([sys.executable, SCRIPT, "--frobnicate"], capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("usage:", result.stderr)


if __name__ == "__main__":
    unittest.main()
