// What an interval says of a difference and of a gate (docs/definitions/comparing.md#verdict). Pure
// functions.

#pragma once

#include <optional>
#include <string_view>

#include "stats/interval.h"

namespace sockmark::report {

enum class Difference { none_shown, slower, faster };
enum class Gate { pass, fail, inconclusive };

struct Verdict {
  Difference difference = Difference::none_shown;
  Gate gate = Gate::inconclusive;
  bool operator==(const Verdict&) const = default;
};

// An interval of the effect, turned so that more is worse, against no effect and against a margin.
// Of ratios no effect is 1; of their logarithms and of absolute differences it is 0, and the margin
// is then on that scale too. Strict: an end that touches decides nothing. Without an interval there
// are too few blocks: nothing is shown, and the gate is inconclusive, which is not a pass. An
// effect may be shown and yet pass. Must: margin >= no_effect.
[[nodiscard]] Verdict judge(const std::optional<Interval>& effect, double margin,
                            double no_effect = 1);

// The same for one of several gates, of which any may fail: a fail stands only where the one-sided
// p-value of "at most the margin", adjusted by Holm over all gates, is at most alpha / 2, and is
// inconclusive otherwise. A pass needs no correction: all gates must pass, and each is tested at
// the full level (Berger 1982, intersection-union).
[[nodiscard]] Verdict judge_among(const Verdict& alone, double p_worse_holm, double alpha);

[[nodiscard]] std::string_view name_of(Difference difference);  // "no_difference_shown", "slower"
[[nodiscard]] std::string_view name_of(Gate gate);              // "pass", "fail", "inconclusive"

}  // namespace sockmark::report
