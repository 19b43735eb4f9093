// Wilcoxon's signed-rank test and the estimate that belongs to it. Pure functions; every value must
// be a finite number.

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "stats/interval.h"

namespace sockmark::report {

// The means of all pairs of values, each value paired with itself too, ascending (Walsh 1949).
// n (n + 1) / 2 of them.
[[nodiscard]] std::vector<double> walsh_means(std::span<const double> values);

// The sum of the ranks of the positive values by magnitude; zeros are left out, ties share ranks
// (Wilcoxon 1945).
[[nodiscard]] double signed_rank_sum(std::span<const double> values);

// Its two-sided p-value by the exact distribution over all sign vectors, also with ties. Takes time
// and memory of n^3 and n^2.
[[nodiscard]] double signed_rank_p(std::span<const double> values);

// The confidence interval at 1 - alpha for the pseudo-median that the test gives, from the exact
// distribution without ties (Hollander and Wolfe 1999, section 3.4): exact for continuous values,
// wider than promised where some are equal. None where so few values cannot carry the level.
// Must: `walsh` is walsh_means() of n values.
[[nodiscard]] std::optional<Interval> pseudomedian_interval(std::span<const double> walsh,
                                                            std::size_t n, double alpha);

}  // namespace sockmark::report
