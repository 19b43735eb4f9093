"""scripts/plot: which files it writes, that the same report gives the same bytes, and what it refuses.

Environment: SOCKMARK_BUILD, the build tree.
"""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["SOCKMARK_BUILD"])
CHARTS = ROOT / "reports/charts"
NAMES = sorted(path.name.removesuffix(".vl.json") for path in CHARTS.glob("*.vl.json"))


class Plot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="sockmark-plot-test-"))
        cls.report = cls.folder / "report.json"
        result = subprocess.run([BUILD / "sockmark", "run", "quick", "--duration", "60ms", "--warmup", "20ms", "-o", cls.report],
                                capture_output=True, text=True, check=False, timeout=120)
        if result.returncode not in (0, 4):  # 4: a run is invalid, as on a loaded machine
            raise AssertionError(result.stderr)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def plot(self, *arguments, output, report=None):
        return subprocess.run([ROOT / "scripts/plot", report or self.report, "-o", output, "--build", BUILD, *arguments],
                              capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL)

    def drawn(self, *arguments, name):
        output = self.folder / name
        result = self.plot(*arguments, output=output)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.splitlines(), [str(path) for path in sorted(output.iterdir())])
        return {path.name: path.read_bytes() for path in output.iterdir()}

    def refused(self, *arguments, **how):
        output = self.folder / "refused"
        result = self.plot(*arguments, output=output, **how)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertFalse(output.exists(), "nothing is written")
        return result.stderr

    def tables(self):
        data = subprocess.run([BUILD / "sockmark", "export", self.report, "--to", "charts"], capture_output=True, check=True)
        return json.loads(data.stdout)["tables"]

    def test_every_chart_that_the_report_has_rows_for_is_a_file_and_the_same_bytes_each_time(self):
        first = self.drawn(name="first")
        tables = self.tables()
        specs = {name: json.loads((CHARTS / f"{name}.vl.json").read_text()) for name in NAMES}
        full = [name for name, spec in specs.items() if tables[spec["usermeta"]["sockmark"]["tables"][0]]["rows"]]
        self.assertEqual(sorted(first), [f"{name}.svg" for name in full])
        self.assertGreater(len(full), 5)
        for name, svg in first.items():
            self.assertTrue(svg.startswith(b"<svg "), name)
            self.assertNotIn(b"NaN", svg, name)
        self.assertEqual(self.drawn(name="second"), first)
        one = self.drawn("--only", "over-time", name="one")
        self.assertEqual(one, {"over-time.svg": first["over-time.svg"]})

    @unittest.skipUnless(shutil.which("rsvg-convert"), "rsvg-convert is not here")
    def test_a_report_may_come_through_a_pipe(self):
        output = self.folder / "piped"
        with self.report.open() as report:
            result = subprocess.run([ROOT / "scripts/plot", "-", "-o", output, "--build", BUILD, "--only", "cpu-per-message"],
                                    stdin=report, capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual([path.suffix for path in output.iterdir()], [".svg"])

    def test_png_files_are_beside_the_others(self):
        files = self.drawn("--png", "--dark", "--only", "cpu-per-message", name="png")
        self.assertEqual(sorted(files), ["cpu-per-message.png", "cpu-per-message.svg"])
        self.assertTrue(files["cpu-per-message.png"].startswith(b"\x89PNG"))

    def test_specifications_of_ones_own_replace_ours_and_need_no_theme(self):
        charts = self.folder / "charts"
        charts.mkdir()
        (charts / "mine.vl.json").write_text(json.dumps({
            "usermeta": {"sockmark": {"per": "report", "tables": ["cpu"]}}, "title": "Mine", "data": {"name": "cpu"},
            "width": "container", "mark": "bar",
            "encoding": {"x": {"field": "cpu_ns_per_message", "type": "quantitative"}, "y": {"field": "series"}}}))
        files = self.drawn("--charts", charts, name="own")
        self.assertEqual(list(files), ["mine.svg"])
        self.assertIn(b"Mine", files["mine.svg"])

    def test_what_cannot_be_drawn_is_one_line_and_no_file(self):
        self.assertIn("no chart \"nothing\"", self.refused("--only", "nothing"))
        bad = self.folder / "bad.json"
        bad.write_text("{}")
        self.refused(report=bad)
        self.refused(report=self.folder / "not-there.json")
        broken = self.folder / "broken"
        broken.mkdir()
        self.assertIn("no file that ends in .vl.json", self.refused("--charts", broken))
        (broken / "x.vl.json").write_text("{")
        self.assertIn("x.vl.json", self.refused("--charts", broken))
        # A chart that would fetch is refused rather than drawn without its data.
        (broken / "x.vl.json").write_text(json.dumps({
            "usermeta": {"sockmark": {"tables": ["cpu"]}}, "title": "x", "data": {"url": "file:///etc/hostname"}, "mark": "point"}))
        self.assertIn("/etc/hostname", self.refused("--charts", broken))
        self.assertIn("scripts/plot --help", self.refused("--colour"))


if __name__ == "__main__":
    unittest.main()
