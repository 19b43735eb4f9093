"""scripts/plot: the files that it writes, that the same report gives the same bytes, and its errors.

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
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.splitlines(), [str(path) for path in sorted(output.iterdir())])
        self.assertRegex(result.stderr, r"\A(plot: [a-z-]+: nothing to draw: .+\n)*\Z")
        return {path.name: path.read_bytes() for path in output.iterdir()}, [line.split(": ")[1] for line in result.stderr.splitlines()]

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

    def has_figure(self, tables, chart):
        table = tables[chart["tables"][0]]
        value = [column["name"] for column in table["columns"]].index(chart["value"])
        return any(row[value] is not None for row in table["rows"]) or any(tables[name]["rows"] for name in chart["tables"][1:])

    def test_every_chart_that_the_report_has_rows_for_is_a_file_and_the_same_bytes_each_time(self):
        first, empty = self.drawn(name="first")
        tables = self.tables()
        specs = {name: json.loads((CHARTS / f"{name}.vl.json").read_text()) for name in NAMES}
        full = [name for name, spec in specs.items() if self.has_figure(tables, spec["usermeta"]["sockmark"])]
        self.assertEqual(sorted(first), [f"{name}.svg" for name in full])
        self.assertGreater(len(full), 3)  # of a loaded machine's runs some are invalid, which may leave no comparison
        self.assertEqual(sorted(empty), sorted(set(NAMES) - set(full)), "each chart without a file has a reason")
        self.assertIn("overhead", empty)
        for name, svg in first.items():
            self.assertTrue(svg.startswith(b"<svg "), name)
            self.assertNotIn(b"NaN", svg, name)
        self.assertEqual(self.drawn(name="second"), (first, empty))
        one = self.drawn("--only", "over-time", name="one")
        self.assertEqual(one, ({"over-time.svg": first["over-time.svg"]}, []))

    def test_two_reports_are_a_baseline_and_a_candidate(self):
        # A program in place of sockmark records its arguments.
        build = self.folder / "build of a stand-in"
        (build / "reports/page").mkdir(parents=True)
        (build / "reports/page/bundles").symlink_to(BUILD / "reports/page/bundles")
        data = subprocess.run([BUILD / "sockmark", "export", self.report, "--to", "charts"], capture_output=True, check=True).stdout
        (build / "data.json").write_bytes(data)
        program = build / "sockmark"
        program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "${0%/*}/asked"\nexec cat "${0%/*}/data.json"\n')
        program.chmod(0o755)
        output = self.folder / "two"
        command = [ROOT / "scripts/plot", "before.json", "after.json", "-o", output, "--build", build, "--only", "cpu-per-message"]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual((build / "asked").read_text().split(), ["export", "before.json", "after.json", "--to", "charts"])
        self.assertEqual([path.name for path in output.iterdir()], ["cpu-per-message.svg"])

    def test_a_report_may_come_through_a_pipe(self):
        output = self.folder / "piped"
        with self.report.open() as report:
            result = subprocess.run([ROOT / "scripts/plot", "-", "-o", output, "--build", BUILD, "--only", "cpu-per-message"],
                                    stdin=report, capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual([path.suffix for path in output.iterdir()], [".svg"])

    @unittest.skipUnless(shutil.which("rsvg-convert"), "rsvg-convert is not here")
    def test_png_files_are_beside_the_others(self):
        files, _ = self.drawn("--png", "--dark", "--only", "cpu-per-message", name="png")
        self.assertEqual(sorted(files), ["cpu-per-message.png", "cpu-per-message.svg"])
        self.assertTrue(files["cpu-per-message.png"].startswith(b"\x89PNG"))

    def test_specifications_of_a_user_replace_ours_and_need_no_theme(self):
        charts = self.folder / "charts"
        charts.mkdir()
        (charts / "mine.vl.json").write_text(json.dumps({
            "usermeta": {"sockmark": {"per": "report", "tables": ["cpu"]}}, "title": "Mine", "data": {"name": "cpu"},
            "width": "container", "mark": "bar",
            "encoding": {"x": {"field": "cpu_ns_per_message", "type": "quantitative"}, "y": {"field": "series"}}}))
        files, _ = self.drawn("--charts", charts, name="own")
        self.assertEqual(list(files), ["mine.svg"])
        self.assertIn(b"Mine", files["mine.svg"])

    def test_what_cannot_be_drawn_is_one_line_and_no_file(self):
        self.assertIn("no chart \"nothing\"", self.refused("--only", "nothing"))
        bad = self.folder / "bad.json"
        bad.write_text("{}")
        missing = self.folder / "not-there.json"
        for report in (bad, missing):
            self.assertTrue(self.refused(report=report).startswith(f"plot: {report}: "))
        self.assertEqual(self.refused("--charts", missing), f"plot: {missing}: no such file or directory\n")
        broken = self.folder / "broken"
        broken.mkdir()
        self.assertIn("no file that ends in .vl.json", self.refused("--charts", broken))
        (broken / "x.vl.json").write_text("{")
        self.assertIn("x.vl.json", self.refused("--charts", broken))
        # A chart that refers to a file is an error; it is not drawn without its data.
        (broken / "x.vl.json").write_text(json.dumps({
            "usermeta": {"sockmark": {"tables": ["cpu"]}}, "title": "x", "data": {"url": "file:///etc/hostname"}, "mark": "point"}))
        self.assertRegex(self.refused("--charts", broken), "^plot: the chart x: .*/etc/hostname")
        self.assertIn("scripts/plot --help", self.refused("--colour"))
        self.assertIn("one report, or two", self.refused("second.json", "third.json"))

    def test_if_nothing_can_be_drawn_each_chart_has_a_reason(self):
        # A closed loop has no send lag, and the quick suite does not measure the floor.
        output = self.folder / "nothing"
        result = self.plot("--only", "send-lag", "--only", "overhead", output=output)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        first, *others = result.stderr.splitlines()
        self.assertEqual(first, "plot: nothing can be drawn")
        self.assertEqual([line.split(":")[0].strip() for line in others], ["send-lag", "overhead"])
        self.assertIn(self.tables()["overhead"]["why_empty"], others[1])
        self.assertFalse(output.exists(), "nothing is written")

    def test_an_output_error_has_an_exit_status_of_its_own(self):
        occupied = self.folder / "occupied"
        occupied.write_text("a file")
        result = self.plot("--only", "cpu-per-message", output=occupied / "plots")
        self.assertEqual((result.returncode, result.stdout), (5, ""))
        self.assertEqual(result.stderr, f"plot: {occupied / 'plots'}: Not a directory\n")


if __name__ == "__main__":
    unittest.main()
