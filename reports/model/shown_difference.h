// What a line of a comparison shows, by one rule for tables, charts and headlines.
//
// An interval that leaves out no change shows a difference. Among many lines that nobody set a gate
// for, one in twenty does so by chance, so there the adjusted p-value has to say it too
// (Benjamini-Hochberg at 5 %, stats/p_adjust.h). Of runs that nothing pairs a difference is
// observed, but time-confounded (docs/definitions/comparing.md#two-reports). Pure functions, any
// thread.

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

// A report may hold anything: a difference that its own interval denies is none.
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
