#include "stats/signed_rank.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "base/assert.h"
#include "stats/ranks.h"

namespace sockmark::report {

namespace {

// The ranks by magnitude of the values that are not zero, with their signs.
std::vector<double> signed_ranks(std::span<const double> values) {
  std::vector<double> present;
  std::copy_if(values.begin(), values.end(), std::back_inserter(present),
               [](double value) { return value != 0; });
  std::vector<double> magnitudes(present.size());
  std::transform(present.begin(), present.end(), magnitudes.begin(),
                 [](double value) { return std::abs(value); });
  std::vector<double> ranks = midranks(magnitudes);
  for (std::size_t i = 0; i < ranks.size(); ++i) ranks[i] = std::copysign(ranks[i], present[i]);
  return ranks;
}

// [s]: the fraction of sign vectors in which the numbers with a plus sum to s.
std::vector<double> sum_distribution(std::span<const std::size_t> numbers) {
  std::vector<double> fractions = {1};
  for (const std::size_t number : numbers) {
    std::vector<double> next(fractions.size() + number);
    for (std::size_t s = 0; s < fractions.size(); ++s) {
      next[s] += fractions[s] / 2;
      next[s + number] += fractions[s] / 2;
    }
    fractions = std::move(next);
  }
  return fractions;
}

}  // namespace

std::vector<double> walsh_means(std::span<const double> values) {
  std::vector<double> means;
  means.reserve(values.size() * (values.size() + 1) / 2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i; j < values.size(); ++j) means.push_back((values[i] + values[j]) / 2);
  }
  std::sort(means.begin(), means.end());
  return means;
}

double signed_rank_sum(std::span<const double> values) {
  double sum = 0;
  for (const double rank : signed_ranks(values)) sum += std::max(0.0, rank);
  return sum;
}

double signed_rank_p(std::span<const double> values) {
  // Shared ranks are whole or a half: twice them are whole.
  std::vector<std::size_t> doubled;
  std::size_t observed = 0;
  for (const double rank : signed_ranks(values)) {
    doubled.push_back(static_cast<std::size_t>(2 * std::abs(rank)));
    if (rank > 0) observed += doubled.back();
  }
  const std::vector<double> fractions = sum_distribution(doubled);
  const auto at = fractions.begin() + static_cast<std::ptrdiff_t>(observed);
  const double below = std::accumulate(fractions.begin(), at + 1, 0.0);
  const double above = std::accumulate(at, fractions.end(), 0.0);
  return std::min(1.0, 2 * std::min(below, above));
}

std::optional<Interval> pseudomedian_interval(std::span<const double> walsh, std::size_t n,
                                              double alpha) {
  ASSERT(walsh.size() == n * (n + 1) / 2);
  std::vector<std::size_t> ranks(n);
  std::iota(ranks.begin(), ranks.end(), std::size_t{1});
  const std::vector<double> fractions = sum_distribution(ranks);
  // The smallest q with P(V <= q) >= alpha / 2.
  std::size_t q = 0;
  for (double below = fractions[0]; below < alpha / 2; below += fractions[q]) ++q;
  if (q == 0) return std::nullopt;
  return Interval{.low = walsh[q - 1], .high = walsh[walsh.size() - q]};
}

}  // namespace sockmark::report
