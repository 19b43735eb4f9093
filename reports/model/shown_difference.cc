#include "reports/model/shown_difference.h"

namespace sockmark::report {
namespace {

constexpr double kAdjustedLevel = 0.05;  // of the false discovery rate

bool leaves_out_no_change(const Comparison& one) {
  const double no_change = one.effect == "ratio" ? 1 : 0;
  const auto [low, high] = *one.interval;
  return low > no_change || high < no_change;
}

}  // namespace

Shown shown_difference(const Comparison& one) {
  if (!one.estimate || !one.interval || !one.difference) return Shown::undefined;
  if (*one.difference == name_of(Shown::none) || !leaves_out_no_change(one)) return Shown::none;
  if (one.p_adjusted && *one.p_adjusted > kAdjustedLevel) return Shown::may_be_chance;
  if (*one.difference == name_of(Shown::faster)) return Shown::faster;
  if (*one.difference == name_of(Shown::slower)) return Shown::slower;
  return Shown::observed;
}

std::string_view name_of(Shown shown) {
  switch (shown) {
    case Shown::none:
      return "no_difference_shown";
    case Shown::may_be_chance:
      return "may_be_chance";
    case Shown::faster:
      return "faster";
    case Shown::slower:
      return "slower";
    case Shown::observed:
      return "difference_observed_time_confounded";
    case Shown::undefined:
      break;
  }
  return "";
}

}  // namespace sockmark::report
