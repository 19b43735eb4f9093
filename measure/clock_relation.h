// Whether the two ends of a run read one clock (docs/definitions/clocks.md#judgement).

#pragma once

#include <array>

#include "base/enum_names.h"

namespace sockmark {

enum class ClockRelation { one_clock, two_clocks };
constexpr auto enum_names(ClockRelation) {
  return std::to_array<EnumName<ClockRelation>>(
      {{ClockRelation::one_clock, "one_clock"}, {ClockRelation::two_clocks, "two_clocks"}});
}

}  // namespace sockmark
