#include "reports/model/shown_difference.h"

namespace sockmark::report {
namespace {

constexpr double kAdjustedLevel = 0.05;  // of the false discovery rate

bool excludes_no_change(const Comparison& one) {
  const double no_change = one.effect == EffectKind::ratio ? 1 : 0;
  const auto [low, high] = *one.interval;
  return low > no_change || high < no_change;
}

}  // namespace

Shown shown_difference(const Comparison& one) {
  if (!one.estimate || !one.interval || !one.difference) return Shown::undefined;
  const Difference difference = *one.difference;
  if (difference == Difference::none_shown || !excludes_no_change(one)) return Shown::none;
  if (one.p_adjusted && *one.p_adjusted > kAdjustedLevel) return Shown::may_be_chance;
  switch (difference) {
    case Difference::faster:
      return Shown::faster;
    case Difference::slower:
      return Shown::slower;
    case Difference::none_shown:
    case Difference::observed:
      break;
  }
  return Shown::observed;
}

}  // namespace sockmark::report
