#include "stats/stopping_rule.h"

#include <algorithm>

#include "base/assert.h"

namespace sockmark::report {

LookPlan fixed_blocks(std::size_t blocks) {
  ASSERT(blocks > 0);
  return {.looks = {blocks}, .alpha = kAlphaFixed};
}

LookPlan until_precise(std::size_t max_blocks) {
  ASSERT(max_blocks > 0);
  LookPlan plan;
  std::copy_if(kLooks.begin(), kLooks.end(), std::back_inserter(plan.looks),
               [&](std::size_t look) { return look < max_blocks; });
  plan.looks.push_back(max_blocks);
  plan.alpha = plan.fixed() ? kAlphaFixed : kAlphaLooks;
  return plan;
}

bool precise_enough(const std::optional<Interval>& d, double bound) {
  ASSERT(bound > 0);
  return d && d->high - d->low <= bound;
}

std::optional<StoppedBy> stop_after(const LookPlan& plan, const Progress& progress) {
  const bool complete = progress.blocks >= plan.max_blocks();
  if (plan.fixed() && complete) return StoppedBy::fixed;
  const bool look =
      std::find(plan.looks.begin(), plan.looks.end(), progress.blocks) != plan.looks.end();
  if (!plan.fixed() && look && progress.precise) return StoppedBy::precision;
  if (complete) return StoppedBy::max_blocks;
  if (progress.out_of_budget) return StoppedBy::budget;
  return std::nullopt;
}

}  // namespace sockmark::report
