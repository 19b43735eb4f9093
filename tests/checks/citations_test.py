"""Every page, heading and source file that the tree cites exists.

- `docs/PAGE.md#heading` and `docs/PAGE.md` in any text file, and `#heading` after it in a list
- relative links of Markdown pages, `[text](page.md#heading)`
- `folder/file.h` in C++ comments and Markdown code, and every `folder/...` on the two pages that are a map of the tree
- no citation of a document outside the repository: "definitions 12.3", "design: Time"
"""

import re
import subprocess
import unittest
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Data and bundled text: what looks like a citation in them is not ours.
NOT_OURS = ("tests/vectors/", "tests/fuzz/corpus/", "tests/reports/golden/", "docs/examples/",
            "tests/checks/citations_test.py", "tests/checks/check_arrows_test.py")  # they plant what is wrong
# Folders of headers and programs that are not in the repository.
FOREIGN = {"linux", "net", "netinet", "src", "sys"}
TEXT = (".h", ".cc", ".cmake", ".py", ".json", ".md", ".txt", ".sh", ".yml", ".yaml", ".toml", ".js", ".css")

# "x.md#a, #b" cites two headings of one page, also across the lines of a comment.
PAGE = re.compile(r"(?<![\w./-])((?:\.\./)*)(docs/[\w./-]*?\.md)(?:#([\w-]+))?((?:,\s(?://\s)?#[\w-]+)*)")
LINK = re.compile(r"\]\(([^()\s]+)\)")
SOURCE = re.compile(r"(?<![\w./{}<>*-])((?:[\w-]+/)+[\w-]+\.(?:h|cc|py))(?![\w.*])")
OUTSIDE = re.compile(r"\b(?:[Dd]efinitions?(?:\.md)?\s(?:\s*//\s)?(?:section\s)?s?\d+(?:\.\d+)*|[Dd]esign:\s[A-Z])")


def slug(heading):
    """The anchor that GitHub gives to a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(markdown):
    prose = re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)
    found = set()
    for heading in re.findall(r"^#+ +(.+?)\s*#*$", prose, re.MULTILINE):
        name, n = slug(heading), 0
        while (name if n == 0 else f"{name}-{n}") in found:
            n += 1
        found.add(name if n == 0 else f"{name}-{n}")
    return found | set(re.findall(r'<a (?:id|name)="([^"]+)"', markdown))


@cache
def anchors_of(path):
    return anchors(path.read_text(encoding="utf-8"))


def check_target(path, anchor):
    if not path.exists():
        return "there is no such file"
    if anchor and path.suffix == ".md" and anchor not in anchors_of(path):
        return f"no heading has the anchor #{anchor}"
    return None


def comments(text):
    return "\n".join(line.partition("//")[2] for line in text.split("\n"))


def code_of(markdown):
    return "\n".join(re.findall(r"`([^`\n]+)`", markdown))


def dangling(name, text, root=ROOT):
    """What the file `name` with this text cites in vain, one line for each."""
    for back, page, anchor, more in PAGE.findall(text):
        page_path = (root / name).parent / back / page if back else root / page
        for one in [anchor, *re.findall(r"#([\w-]+)", more)]:
            if problem := check_target(page_path, one):
                yield f"{name}: {page}{'#' if one else ''}{one}: {problem}"
    for match in OUTSIDE.finditer(text):
        yield f"{name}: {match.group()!r} cites a document that is not in the repository"
    sources = ""
    if name.endswith(".md"):
        for target in LINK.findall(re.sub(r"`[^`\n]*`", "", text)):
            path, _, anchor = target.partition("#")
            if "://" in path or path.startswith("mailto:"):
                continue
            here = root / name
            if problem := check_target(here if not path else here.parent / path, anchor):
                yield f"{name}: link to {target}: {problem}"
        sources = code_of(text)
    elif name.endswith((".h", ".cc")):
        sources = comments(text)
    for source in SOURCE.findall(sources):
        if source.split("/")[0] not in FOREIGN and not (root / source).exists():
            yield f"{name}: {source}: there is no such file"


def missing_paths(markdown):
    """Paths in backticks that do not exist, but for those in a build folder. NAME stands for any name."""
    for path in re.findall(r"`([\w.@-]+/[\w./@*-]*)`", markdown):
        if not path.startswith("build") and not list(ROOT.glob(path.rstrip("/").replace("NAME", "*"))):
            yield path


def tracked_texts():
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    listed = names.stdout.split("\n") if names.stdout else [
        path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*")
        if not path.relative_to(ROOT).parts[0].startswith((".git", "build"))]
    for name in listed:
        path = ROOT / name
        is_text = path.suffix in TEXT or (name.startswith(("scripts/", ".ci/")) and not path.suffix)
        # A README beside data is prose.
        ours = not name.startswith(NOT_OURS) or name.endswith("README.md")
        if name and is_text and ours and path.is_file():
            yield name, path.read_text(encoding="utf-8", errors="replace")


class Citations(unittest.TestCase):
    def test_every_citation_resolves(self):
        texts = list(tracked_texts())
        self.assertGreater(len(texts), 200, "the tree has lost its files")
        cited = sum(len(PAGE.findall(text)) for _, text in texts)
        self.assertGreater(cited, 60, "the code has lost its citations")
        self.assertEqual([problem for name, text in texts for problem in dangling(name, text)], [])

    def test_every_path_on_a_map_of_the_tree_exists(self):
        for page in ("CONTRIBUTING.md", "docs/navigating-the-code.md"):
            self.assertEqual(list(missing_paths((ROOT / page).read_text(encoding="utf-8"))), [], page)
        self.assertEqual(list(missing_paths("`docs/` `base/absent.h` `transports/*.cc` `build/x` `base/gone/`")),
                         ["base/absent.h", "base/gone/"])

    def test_the_index_names_every_definition(self):
        folder = ROOT / "docs/definitions"
        index = (folder / "README.md").read_text(encoding="utf-8")
        pages = {path.name for path in folder.glob("*.md")} - {"README.md"}
        self.assertEqual(pages - set(LINK.findall(index)), set())

    def test_good_citations_are_accepted(self):
        for name, text in (
                ("stats/x.h", "// (docs/definitions/comparing.md#families, #verdict)"),
                ("stats/x.h", "// docs/definitions/loss.md. sent == received + lost. By design: look at stats/paired.h"),
                ("docs/x.md", "[a](definitions/latency.md#percentiles)"),
                ("docs/x.md", "[a](https://example.org/x.md#y) `stats/paired.h` `{a,b}/c.h` `sys/un.h`")):
            self.assertEqual(list(dangling(name, text)), [], text)

    def test_a_dangling_citation_is_found(self):
        for name, text in (
                ("stats/x.h", "// (docs/definitions/nothing.md)"),
                ("stats/x.h", "// (docs/definitions/comparing.md#nothing)"),
                ("stats/x.h", "// (docs/definitions/comparing.md#families, #nothing)"),
                ("stats/x.h", "// found (definitions 12.3)"),
                ("stats/x.h", "// Definitions 4: window"),
                ("stats/x.h", "  // by blocks (definitions\n  // 12.2)"),
                ("tests/vectors/README.md", "order of draws in definitions.md s12.8"),
                ("stats/x.h", "// how to wait (design: Time)"),
                ("stats/x.h", "// as in stats/nothing.h"),
                ("docs/x.md", "[a](definitions/nothing.md)"),
                ("docs/x.md", "[a](definitions/latency.md#nothing)"),
                ("docs/x.md", "in `stats/nothing.cc`"),
                ("scripts/x", "see docs/nothing.md")):
            self.assertEqual(len(list(dangling(name, text))), 1, text)

    def test_anchors_are_those_of_github(self):
        self.assertEqual(anchors("# A page\n## 1. Coordinated omission\n## `--hold-idle`, and so\n## Same\n## Same\n"),
                         {"a-page", "1-coordinated-omission", "--hold-idle-and-so", "same", "same-1"})


if __name__ == "__main__":
    unittest.main()
