// Whether a line of a comparison shows a difference: one rule for tables, charts and headlines.
//
// A difference is significant if the interval (at 95 %) does not contain "no change". Without gates
// one line in twenty would be by chance, so that the adjusted p-value must be at most 5 % as well
// (Benjamini-Hochberg, stats/p_adjust.h). Between unpaired runs a difference is observed, but
// confounded with time (docs/definitions/comparing.md#two-reports). Pure functions, any thread.

#pragma once

#include <array>

#include "reports/model/report.h"

namespace sockmark::report {

enum class Shown {
  undefined,  // no interval
  none,
  may_be_chance,  // by the interval, but not after adjusting for how many lines there are
  faster,
  slower,
  observed,  // unpaired
};

// A report may be inconsistent: a difference that its interval contradicts counts as none.
[[nodiscard]] Shown shown_difference(const Comparison& one);

// As `difference` of a report spells it; `undefined` has no name.
constexpr auto enum_names(Shown) {
  return std::to_array<EnumName<Shown>>({{Shown::none, name_of(Difference::none_shown)},
                                         {Shown::may_be_chance, "may_be_chance"},
                                         {Shown::faster, name_of(Difference::faster)},
                                         {Shown::slower, name_of(Difference::slower)},
                                         {Shown::observed, name_of(Difference::observed)}});
}

}  // namespace sockmark::report
