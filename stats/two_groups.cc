#include "stats/two_groups.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <vector>

namespace sockmark::report {
namespace {

constexpr std::size_t kFewestOfAGroup = 2;
constexpr double kSmallestRatio = 1.2;  // of the groups: what is smaller matters to nobody

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance(std::span<const double> values) {
  const double centre = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - centre) * (value - centre);
  return sum / static_cast<double>(values.size() - 1);
}

// Of sorted values, the smallest with at least half of them at or below it.
double median(std::span<const double> sorted) { return sorted[(sorted.size() + 1) / 2 - 1]; }

// Ashman's D (Ashman, Bird and Zepf 1994, equation 4): the distance of two means by their spread.
double separation(std::span<const double> lower, std::span<const double> upper) {
  const double spread = variance(lower) + variance(upper);
  if (spread == 0) return std::numeric_limits<double>::infinity();
  return std::numbers::sqrt2 * (mean(upper) - mean(lower)) / std::sqrt(spread);
}

// Above what the best of all splits reaches by chance, once in a hundred, in n values of one normal
// or uniform distribution (simulated for n from 6 to 40; tests/stats/two_groups_test.cc).
double smallest_separation(std::size_t n) { return 4.5 + 60 / static_cast<double>(n); }

}  // namespace

std::optional<TwoGroups> two_groups(std::span<const double> values) {
  if (values.size() < kFewestForGroups) return std::nullopt;
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  std::vector<double> logs;
  for (const double value : sorted) logs.push_back(std::log(value));
  const std::span<const double> all = logs;
  std::size_t split = 0;
  double largest = 0;
  for (std::size_t n = kFewestOfAGroup; n + kFewestOfAGroup <= all.size(); ++n) {
    const double found = separation(all.first(n), all.subspan(n));
    if (found <= largest) continue;
    largest = found;
    split = n;
  }
  if (largest < smallest_separation(all.size())) return std::nullopt;
  const auto lower = all.first(split), upper = all.subspan(split);
  const double gap = upper.front() - lower.back();
  const double widest = std::max(lower.back() - lower.front(), upper.back() - upper.front());
  if (gap < widest || mean(upper) - mean(lower) < std::log(kSmallestRatio)) return std::nullopt;
  const std::span<const double> shown = sorted;
  return TwoGroups{.lower_count = split,
                   .upper_count = sorted.size() - split,
                   .lower_median = median(shown.first(split)),
                   .upper_median = median(shown.subspan(split))};
}

}  // namespace sockmark::report
