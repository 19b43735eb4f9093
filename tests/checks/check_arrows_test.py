"""scripts/check-arrows finds what it is for: a small tree that it accepts, and one violation at a time."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts/check-arrows"

# A tree with every folder, that breaks no rule.
CLEAN = {
    "base/result.h": "#include <string>\n",
    "transports/transport.h": '#include "base/result.h"\n#include <sys/socket.h>\n',
    "transports/socket.cc": '#include "transports/transport.h"\nint r = ::setsockopt(a, b, c, d, e);\n',
    "transports/tcp.cc": '#include <fmt/format.h>\n// setsockopt() is in socket.cc\n',
    "transports/catalogue.cc": 'row r[] = {{"tcp", "ipv4", ""}, {"tcp6", "ipv6", ""},\n'
                               '           {.name = "unix-dgram", .family = "unix"}};\n',
    "docs/transports/tcp.md": "",
    "docs/transports/unix-dgram.md": "",
    "bench/measure/histogram.cc": '#include "base/result.h"\n#include <zlib.h>\n',
    "bench/main.cc": '#include "bench/cli/run.h"\n',
    "bench/cli/run.h": '#include <CLI/CLI.hpp>\n#include "bench/cli/exit.h"\n#include "bench/runner.h"\n',
    "bench/cli/exit.h": "",
    "bench/runner.h": '#include "bench/generator.h"\n#include "reports/report.h"\n',
    "bench/generator.h": '#include "bench/session.h"\n#include "bench/loop/loop.h"\n',
    "bench/generator.cc": '#include "bench/generator.h"\n#include "transports/transport.h"\n',
    "bench/responder.h": "",
    "bench/session.h": '#include "bench/wire.h"\n#include "bench/measure/histogram.h"\n',
    "bench/loop/loop.h": "#include <uv.h>\n",
    "bench/wire.h": '#include <isa-l/crc.h>\n#include "base/result.h"\n',
    "reports/report.h": '#include "bench/measure/histogram.h"\n#include <map>\n',
    "reports/load_json.cc": "#include <nlohmann/json.hpp>\nauto j = nlohmann::json::parse(text);\n",
}

# file, line planted at its end, a part of the complaint
VIOLATIONS = [
    ("base/result.h", '#include "transports/transport.h"', "base/ includes only"),
    ("base/result.h", "#include <fmt/format.h>", "fmt"),
    ("base/result.h", "#include <sys/socket.h>", "no sockets"),
    ("transports/tcp.cc", '#include "reports/report.h"', "transports/ includes only"),
    ("transports/tcp.cc", '#include "bench/measure/histogram.h"', "transports/ includes only"),
    ("transports/tcp.cc", "#include <uv.h>", "only bench/loop/"),
    ("transports/tcp.cc", "#include <nlohmann/json.hpp>", "only reports/"),
    ("transports/tcp.cc", "  int n = getsockopt(a, b, c, d, e);", "getsockopt belongs in transports/socket.cc"),
    ("bench/runner.h", "/* why */ int n = setsockopt (a, b);", "setsockopt belongs in"),
    ("bench/measure/histogram.cc", '#include "reports/report.h"', "bench/measure/ includes only"),
    ("bench/measure/histogram.cc", '#include "bench/wire.h"', "bench/measure/ includes only"),
    ("bench/measure/histogram.cc", "#include <fmt/format.h>", "fmt"),
    ("reports/report.h", '#include "transports/transport.h"', "reports/ includes only"),
    ("reports/report.h", '#include "bench/runner.h"', "reports/ includes only"),
    ("reports/report.h", "  #  include <uv.h>", "only bench/loop/"),
    ("reports/report.h", "#include <netinet/in.h>", "no sockets"),
    ("reports/report.h", "auto j = json::parse(text);", "belongs in reports/load_json.cc"),
    ("bench/session.h", '#include "bench/generator.h"', "generator is not below session"),
    ("bench/session.h", '#include "bench/loop/loop.h"', "loop/ is not below session"),
    ("bench/generator.h", '#include "bench/responder.h"', "responder is not below generator"),
    ("bench/wire.h", '#include "bench/main.h"', "main is not below wire"),
    ("bench/wire.h", "#include <sys/socket.h>", "no sockets"),
    ("bench/runner.h", '#include "bench/cli/run.h"', "cli/ is not below runner"),
    ("bench/generator.cc", '#include "session.h"', "root of the tree"),
    ("bench/generator.cc", "#include <boost/asio.hpp>", "unknown library"),
    ("bench/surprise.cc", "", "BENCH_LAYERS"),
    ("docs/transports/carrier-pigeon.md", "", "page of no transport"),
    ("transports/catalogue.cc", '{"udp", "ipv4", ""},', "no page docs/transports/udp.md"),
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
        for path, line, complaint in VIOLATIONS:
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
                self.assertIn(complaint, result.stderr)
                file.unlink() if before is None else file.write_text(before)

    def test_a_violation_in_a_copy_of_this_tree_is_found(self):
        copy = self.root / "copy"
        for folder in ("base", "transports", "bench", "reports", "docs"):
            shutil.copytree(ROOT / folder, copy / folder)
        planted = copy / "transports/transport.h"
        lines = planted.read_text().count("\n")
        with planted.open("a") as file:
            file.write('#include "reports/report.h"\n')
        result = check(copy)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"transports/transport.h:{lines + 1}: include of reports/report.h", result.stderr)

    def test_a_tree_without_a_catalogue_does_not_pass(self):
        (self.root / "transports/catalogue.cc").unlink()
        self.assertEqual(check(self.root).returncode, 1)

    def test_wrong_usage_exits_2_with_help_on_stderr(self):
        result = subprocess.run([sys.executable, SCRIPT, "--frobnicate"], capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("usage:", result.stderr)


if __name__ == "__main__":
    unittest.main()
