// What an interval says of a difference and of a gate (docs/definitions/comparing.md#verdict). Pure
// functions.

#pragma once

#include <array>
#include <optional>

#include "base/enum_names.h"
#include "stats/interval.h"

namespace sockmark::report {

using sockmark::name_of;

// What an interval says of a change. Of runs that nothing pairs a change may be that of the time
// between them, so that it is `observed` and not an answer (docs/definitions/comparing.md
// #two-reports); judge() does not know of pairs and never returns that.
enum class Difference { slower, faster, none_shown, observed };
constexpr auto enum_names(Difference) {
  return std::to_array<EnumName<Difference>>(
      {{Difference::slower, "slower"},
       {Difference::faster, "faster"},
       {Difference::none_shown, "no_difference_shown"},
       {Difference::observed, "difference_observed_time_confounded"}});
}

enum class Gate { pass, fail, inconclusive };
constexpr auto enum_names(Gate) {
  return std::to_array<EnumName<Gate>>(
      {{Gate::pass, "pass"}, {Gate::fail, "fail"}, {Gate::inconclusive, "inconclusive"}});
}

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

}  // namespace sockmark::report
