// The stopping rule of a comparison, chosen before its first run: after a fixed number of blocks,
// or at the first planned interim look at which every gate's interval is narrow enough. It never
// stops because a result is significant: a test after every block from 10 to 40 flags a fifth of
// the comparisons of a program with itself (docs/definitions/stopping.md#stopping). Pure functions,
// any thread.

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/enum_names.h"
#include "stats/interval.h"

namespace sockmark::report {

inline constexpr std::array<std::size_t, 4> kLooks = {10, 16, 24, 40};

// With more than one planned look each uses a lower alpha, so that the whole procedure flags 5 % of
// the comparisons without a difference. Its intervals at 1 - alpha are shown as 95 % intervals.
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
// Looks at the numbers of kLooks below max_blocks, and at max_blocks. Up to ten blocks that is the
// same plan as fixed_blocks(). Must: max_blocks > 0.
[[nodiscard]] LookPlan until_precise(std::size_t max_blocks);

// Whether the half-width of an interval of d (paired.h) is at most half the gate's bound:
// ln(margin) for a ratio, the margin itself for a difference. False without an interval. Must:
// bound > 0.
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

struct Progress {
  std::size_t blocks = 0;  // measured so far
  bool precise = false;    // every gate is precise enough; counts at a planned look only
  bool out_of_budget = false;
};

// Why the comparison stops now; empty if it goes on. The plan comes before the budget.
[[nodiscard]] std::optional<StoppedBy> stop_after(const LookPlan& plan, const Progress& progress);

}  // namespace sockmark::report
