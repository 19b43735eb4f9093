"""Ratios with intervals, and the table of them. Pure functions of figures."""

import math
import statistics
from dataclasses import dataclass
from typing import Optional

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Ratio:
    """Ours divided by theirs; low and high are None if there are too few rounds for an interval."""

    ratio: float
    low: Optional[float]
    high: Optional[float]
    rounds: int  # number of rounds in which both have a figure
    planned: int
    ours: float
    theirs: float
    figure: str


def interval_ranks(n):
    """The rank r for which the median lies between the values of rank r and n + 1 - r (from 1) with at least
    CONFIDENCE, and that confidence; None if there is no such rank, which is the case for n < 6.

    Each value is below the median with probability 1/2, whatever the distribution: the k-th smallest is
    above it with P(B <= k - 1), B ~ Binomial(n, 1/2) (Conover 1999, section 3.2). The smallest and the
    largest of seven values enclose it with probability 1 - 2 / 2^7 = 98.4 %.
    """
    best, below = None, 0.0
    for rank in range(1, n // 2 + 1):
        below += math.comb(n, rank - 1) / 2**n
        if 1 - 2 * below < CONFIDENCE:
            break
        best = rank, 1 - 2 * below
    return best


def compare(ours, theirs, figure):
    """The median of the ratios within rounds. `ours` and `theirs` hold a dictionary of figures for each
    round, or None if there was no run. None if no round has both.

    A peer that reports no p50 is compared by the mean."""
    if figure == "p50_us" and not any(one and figure in one for one in theirs):
        figure = "mean_us"
    pairs = [(a[figure], b[figure]) for a, b in zip(ours, theirs) if a and b]
    if not pairs:
        return None
    ratios = sorted(a / b for a, b in pairs)
    ranks = interval_ranks(len(ratios))
    low, high = (ratios[ranks[0] - 1], ratios[-ranks[0]]) if ranks else (None, None)
    middle = [statistics.median(values) for values in zip(*pairs)]
    return Ratio(statistics.median(ratios), low, high, len(ratios), len(ours), *middle, figure)


def verdict(ratio, lower_is_better):
    if ratio.low is None:
        return "too few rounds"
    if ratio.low <= 1 <= ratio.high:
        return "inconclusive"
    return "better" if (ratio.high < 1) == lower_is_better else "worse"


def scaled(value, unit):
    """Three digits: 20.9 µs, 182 k/s, 1.90 GB/s."""
    prefix = ""
    if unit.endswith("/s"):
        for prefix, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1)):
            if value >= factor:
                value /= factor
                break
    digits = max(0, 2 - math.floor(math.log10(value))) if 0 < value < 1000 else 0
    return f"{value:.{min(digits, 4)}f} {prefix}{unit}"


def cell(value, figure, metric):
    return scaled(value, metric.unit) + (" mean" if figure == "mean_us" else "")


def rows(about, metric, ours, ratios, versions, absent):
    """Lines of the table for one exercise, the strongest peer first. `ours` is our figure in every round that
    has one, `ratios` the result of compare() for each peer, `absent` the reason for the others."""
    lines = []
    for peer in sorted(ratios, key=lambda peer: ratios[peer].ratio, reverse=metric.lower_is_better):
        ratio = ratios[peer]
        span = f" ({ratio.low:.2f} to {ratio.high:.2f})" if ratio.low is not None else ""
        some = f", {ratio.rounds} rounds" if ratio.rounds < ratio.planned else ""
        lines.append([cell(ratio.ours, ratio.figure, metric), f"{peer} {versions.get(peer, '')}".strip(),
                      cell(ratio.theirs, ratio.figure, metric), f"{ratio.ratio:.2f}{span}",
                      verdict(ratio, metric.lower_is_better) + some])
    alone = cell(statistics.median(ours), metric.figure, metric) if ours else "-"
    by_reason = {}
    for tool, why in absent.items():
        by_reason.setdefault(why, []).append(tool)
    lines += [[alone, ", ".join(tools), "-", "-", why] for why, tools in by_reason.items()]
    return [[about, "lower" if metric.lower_is_better else "higher", *line] for line in lines]


HEADINGS = ["", "better", "sockmark", "peer", "its value", "sockmark / peer", "verdict"]


def blank_repeats(lines):
    """Leaves out what the line above shows already."""
    before = [None] * len(HEADINGS)
    for line in lines:
        shown = list(line)
        for column in range(3):  # what it is, which is better, our value
            if line[: column + 1] != before[: column + 1]:
                break
            shown[column] = ""
        before = line
        yield shown


def text_table(lines):
    table = [HEADINGS, *blank_repeats(lines)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(part.ljust(width) for part, width in zip(line, widths)).rstrip() for line in table)


def markdown_table(lines):
    table = [HEADINGS, ["---"] * len(HEADINGS), *blank_repeats(lines)]
    return "\n".join("| " + " | ".join(line) + " |" for line in table)
