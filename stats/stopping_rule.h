// When a comparison stops, decided before its first run: after a fixed number of blocks, or as soon
// as every gate's interval is narrow enough, which is looked at after planned numbers of blocks. It
// never stops because something is significant: that, after every block from 10 to 40, flags a
// fifth of the comparisons of a program with itself. Pure values
// (docs/definitions/stopping.md#stopping).

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/enum_names.h"
#include "stats/interval.h"

namespace sockmark::report {

inline constexpr std::array<std::size_t, 4> kLooks = {10, 16, 24, 40};

// Stopping for precision costs a little of the level, which alpha gives back wherever more than one
// look is planned: with it the procedure as a whole flags 5 % of what does not differ. Intervals at
// 1 - alpha are printed as those of a 95 % procedure.
inline constexpr double kAlphaFixed = 0.05;
inline constexpr double kAlphaLooks = 0.04;

struct LookPlan {
  std::vector<std::size_t> looks;  // in blocks, ascending, not empty; the last ends the comparison
  double alpha = kAlphaFixed;

  [[nodiscard]] std::size_t max_blocks() const { return looks.back(); }
  [[nodiscard]] bool fixed() const { return looks.size() == 1; }
  bool operator==(const LookPlan&) const = default;
};

// One look, at the end. Must: blocks > 0.
[[nodiscard]] LookPlan fixed_blocks(std::size_t blocks);
// Those of kLooks before max_blocks, then max_blocks. Up to ten blocks that is one look, and the
// same as fixed_blocks(). Must: max_blocks > 0.
[[nodiscard]] LookPlan until_precise(std::size_t max_blocks);

// Is an interval of d (paired.h) narrow enough for a gate: is its half-width at most half the way
// from no effect to the gate's bound, ln(margin) for a ratio, the margin itself for an absolute
// difference? Without an interval it is not. Must: bound > 0.
[[nodiscard]] bool precise_enough(const std::optional<Interval>& d, double bound);

using sockmark::name_of;

enum class StoppedBy { fixed, precision, max_blocks, budget, interrupted };
constexpr auto enum_names(StoppedBy) {
  return std::to_array<EnumName<StoppedBy>>({{StoppedBy::fixed, "fixed"},
                                             {StoppedBy::precision, "precision"},
                                             {StoppedBy::max_blocks, "max_blocks"},
                                             {StoppedBy::budget, "budget"},
                                             {StoppedBy::interrupted, "interrupted"}});
}

// Whether the comparison stops after so many blocks, and why; none where it goes on. `precise` is
// whether every gate is precise enough, and matters at a look only. Out of budget it stops between
// two looks too; what is complete at that moment goes before.
[[nodiscard]] std::optional<StoppedBy> stop_after(const LookPlan& plan, std::size_t blocks,
                                                  bool precise, bool budget_spent);

}  // namespace sockmark::report
