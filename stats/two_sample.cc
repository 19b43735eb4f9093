#include "stats/two_sample.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/assert.h"
#include "stats/moments.h"
#include "stats/ranks.h"

namespace sockmark::report {

namespace {

// [s]: the fraction of the ways to take `taken` of the numbers in which they sum to s.
std::vector<double> sum_distribution(std::span<const std::size_t> numbers, std::size_t taken) {
  std::vector<std::size_t> descending(numbers.begin(), numbers.end());
  std::sort(descending.rbegin(), descending.rend());
  const auto largest = std::accumulate(
      descending.begin(), descending.begin() + static_cast<std::ptrdiff_t>(taken), std::size_t{0});
  // [j][s]: the ways to take j of the numbers seen so far. At most C(98, 49), far from overflow.
  std::vector<std::vector<double>> ways(taken + 1, std::vector<double>(largest + 1));
  ways[0][0] = 1;
  for (const std::size_t number : numbers) {
    for (std::size_t j = taken; j > 0; --j) {
      for (std::size_t s = number; s <= largest; ++s) ways[j][s] += ways[j - 1][s - number];
    }
  }
  std::vector<double> fractions = std::move(ways[taken]);
  const double all = std::accumulate(fractions.begin(), fractions.end(), 0.0);
  for (double& fraction : fractions) fraction /= all;
  return fractions;
}

// The sum of the ranks of x among all values, as a value of its distribution.
struct RankSum {
  double below = 0, above = 0;  // P(sum <= observed), P(sum >= observed)

  static RankSum of(std::span<const double> ranks, std::size_t taken) {
    // Shared ranks are whole or a half: twice them are whole.
    std::vector<std::size_t> doubled;
    for (const double rank : ranks) doubled.push_back(static_cast<std::size_t>(2 * rank));
    const auto end_of_x = doubled.begin() + static_cast<std::ptrdiff_t>(taken);
    const auto observed = std::accumulate(doubled.begin(), end_of_x, std::size_t{0});
    const std::vector<double> fractions = sum_distribution(doubled, taken);
    const auto at = fractions.begin() + static_cast<std::ptrdiff_t>(observed);
    return {.below = std::accumulate(fractions.begin(), at + 1, 0.0),
            .above = std::accumulate(at, fractions.end(), 0.0)};
  }
};

std::vector<double> joined(std::span<const double> x, std::span<const double> y) {
  std::vector<double> all(x.begin(), x.end());
  all.insert(all.end(), y.begin(), y.end());
  return all;
}

// Of the pairs (x, y) those with x > y, ties counting half, from the ranks of all values.
double u_of(std::span<const double> ranks, std::size_t nx) {
  const auto n = static_cast<double>(nx);
  return sum_of(ranks.first(nx)) - n * (n + 1) / 2;
}

bool ranked(std::span<const double> x, std::span<const double> y) {
  return x.size() <= kRankedMax && y.size() <= kRankedMax;
}

// Two-sided, from the normal distribution (Lehmann 1975, chapter 1).
std::optional<double> asymptotic_p(double u, double nx, double ny, std::span<const double> ranks) {
  std::vector<double> sorted(ranks.begin(), ranks.end());
  std::sort(sorted.begin(), sorted.end());
  double tied = 0;
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto end = std::upper_bound(first, sorted.end(), *first);
    const auto t = static_cast<double>(end - first);
    tied += t * t * t - t;
    first = end;
  }
  const double n = nx + ny;
  const double variance = nx * ny / 12 * (n + 1 - tied / (n * (n - 1)));
  if (!(variance > 0)) return std::nullopt;
  const double distance = std::max(0.0, std::abs(u - nx * ny / 2) - 0.5);
  return std::erfc(distance / std::sqrt(2 * variance));
}

// x - y of all pairs, ascending.
std::vector<double> differences(std::span<const double> x, std::span<const double> y) {
  std::vector<double> all;
  all.reserve(x.size() * y.size());
  for (const double a : x) {
    for (const double b : y) all.push_back(a - b);
  }
  std::sort(all.begin(), all.end());
  return all;
}

// Hollander and Wolfe 1999, section 4.3, from the distribution without ties.
std::optional<Interval> shift_interval(std::span<const double> sorted_differences, std::size_t nx,
                                       std::size_t ny, double alpha) {
  std::vector<std::size_t> ranks(nx + ny);
  std::iota(ranks.begin(), ranks.end(), std::size_t{1});
  const std::vector<double> sums = sum_distribution(ranks, nx);
  const auto fractions = std::span(sums).subspan(nx * (nx + 1) / 2);  // of U, from 0
  // The smallest q with P(U <= q) >= alpha / 2.
  std::size_t q = 0;
  for (double below = fractions[0]; below < alpha / 2; below += fractions[q]) ++q;
  if (q == 0) return std::nullopt;
  return Interval{.low = sorted_differences[q - 1],
                  .high = sorted_differences[sorted_differences.size() - q]};
}

}  // namespace

double vargha_delaney_a(std::span<const double> x, std::span<const double> y) {
  ASSERT(!x.empty() && !y.empty());
  return u_of(midranks(joined(x, y)), x.size()) / static_cast<double>(x.size() * y.size());
}

std::optional<Welch> welch(std::span<const double> x, std::span<const double> y) {
  if (x.size() < 2 || y.size() < 2) return std::nullopt;
  const auto nx = static_cast<double>(x.size());
  const auto ny = static_cast<double>(y.size());
  const double variance_x = variance_of(x), variance_y = variance_of(y);
  const double vx = variance_x / nx, vy = variance_y / ny;
  const double both = vx + vy;
  // Fractions, because squares of the variances may overflow.
  const double freedom =
      both > 0 ? 1 / (vx / both * (vx / both) / (nx - 1) + vy / both * (vy / both) / (ny - 1))
               : nx + ny - 2;
  return Welch{.shift = mean_of(x) - mean_of(y),
               .standard_error = std::sqrt(both),
               .freedom = freedom,
               .sd = std::sqrt(variance_x + variance_y)};
}

TwoSampleComparison compare_two_samples(std::span<const double> x, std::span<const double> y,
                                        double alpha) {
  ASSERT(!x.empty() && !y.empty() && 0 < alpha && alpha < 1);
  const auto nx = static_cast<double>(x.size());
  const auto ny = static_cast<double>(y.size());
  const std::vector<double> ranks = midranks(joined(x, y));

  TwoSampleComparison result;
  result.u_x = u_of(ranks, x.size());
  result.vargha_delaney_a = result.u_x / (nx * ny);
  result.p_asymptotic = asymptotic_p(result.u_x, nx, ny, ranks);
  const std::vector<double> shifts = differences(x, y);
  result.hl_shift = median_of_sorted(shifts);
  if (ranked(x, y)) {
    const RankSum sum = RankSum::of(ranks, x.size());
    result.p_exact = std::min(1.0, 2 * std::min(sum.below, sum.above));
    result.hl_ci = shift_interval(shifts, x.size(), y.size(), alpha);
  }
  return result;
}

std::optional<double> mann_whitney_p_above(std::span<const double> x, std::span<const double> y,
                                           double bound) {
  ASSERT(!x.empty() && !y.empty());
  if (!ranked(x, y)) return std::nullopt;
  std::vector<double> shifted(x.begin(), x.end());
  for (double& value : shifted) value -= bound;
  return RankSum::of(midranks(joined(shifted, y)), x.size()).above;
}

}  // namespace sockmark::report
