// The verdict on a difference and on a gate from an interval
// (docs/definitions/comparing.md#verdict). Pure functions, any thread.

#pragma once

#include <array>
#include <optional>

#include "base/enum_names.h"
#include "stats/interval.h"

namespace sockmark::report {

using sockmark::name_of;

// Whether an interval shows a change. Between unpaired runs a change may come from the time between
// them and is only `observed` (docs/definitions/comparing.md#two-reports); judge() never returns
// that.
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

// Compares an interval of the effect, of which a larger value is worse, with no effect and with a
// margin. No effect is 1 for ratios, and 0 for their logarithms and for differences; the margin is
// on the same scale. Strict: an end equal to a bound decides nothing. Without an interval nothing
// is shown and the gate is inconclusive, which is not a pass. An effect may be shown and still
// pass. Must: margin >= no_effect.
[[nodiscard]] Verdict judge(const std::optional<Interval>& effect, double margin,
                            double no_effect = 1);

// The same for one of several gates, of which any may fail. A fail remains a fail only if the
// one-sided p-value of "at most the margin", adjusted by Holm over all gates, is at most alpha / 2;
// otherwise it is inconclusive. A pass needs no correction, because all gates must pass and each is
// tested at the full level (Berger 1982, intersection-union).
[[nodiscard]] Verdict judge_among(const Verdict& alone, double p_worse_holm, double alpha);

}  // namespace sockmark::report
