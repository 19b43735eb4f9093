#include "stats/verdict.h"

#include "base/assert.h"

namespace sockmark::report {

Verdict judge(const std::optional<Interval>& effect, double margin, double no_effect) {
  ASSERT(margin >= no_effect);
  if (!effect) return {};
  return {.difference = effect->low > no_effect    ? Difference::slower
                        : effect->high < no_effect ? Difference::faster
                                                   : Difference::none_shown,
          .gate = effect->low > margin    ? Gate::fail
                  : effect->high < margin ? Gate::pass
                                          : Gate::inconclusive};
}

Verdict judge_among(const Verdict& alone, double p_worse_holm, double alpha) {
  Verdict verdict = alone;
  if (alone.gate == Gate::fail && !(p_worse_holm <= alpha / 2)) verdict.gate = Gate::inconclusive;
  return verdict;
}

}  // namespace sockmark::report
