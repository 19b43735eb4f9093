#include "stats/sign_flip.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "base/assert.h"
#include "base/random.h"
#include "stats/moments.h"

namespace sockmark::report {

namespace {

// Means that differ by less are the same: rounding must not decide whether a sign vector reaches
// the mean that was observed.
constexpr double kTolerance = 1e-12;

double tolerance_of(std::span<const double> values) {
  return kTolerance * static_cast<double>(values.size());
}

// Draws a random subset of n elements: bit i of a random number decides whether element i is in it.
// Only the upper n bits of a number are used; more than 64 elements take several numbers.
class SubsetDraw {
 public:
  SubsetDraw(std::size_t n, std::uint64_t seed) : n_(n), random_(seed), words_((n + 63) / 64) {}

  // False if the subset is empty.
  bool draw() {
    std::uint64_t any = 0;
    for (std::size_t w = 0; w < words_.size(); ++w) {
      const std::size_t bits = std::min<std::size_t>(64, n_ - 64 * w);
      words_[w] = random_.next() >> (64 - bits);
      any |= words_[w];
    }
    return any != 0;
  }
  [[nodiscard]] int size() const {
    int members = 0;
    for (const std::uint64_t word : words_) members += std::popcount(word);
    return members;
  }
  // The sum of the values of its elements.
  [[nodiscard]] double sum(std::span<const double> values) const {
    double sum = 0;
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t word = words_[w]; word != 0; word &= word - 1) {
        sum += values[64 * w + static_cast<std::size_t>(std::countr_zero(word))];
      }
    }
    return sum;
  }

 private:
  std::size_t n_;
  Random random_;
  std::vector<std::uint64_t> words_;
};

// 1 for the observed signs, and 1 for each of kDraws sign vectors with reaches(sum).
template <class Reaches>
double drawn_fraction(std::span<const double> values, std::uint64_t seed, Reaches reaches) {
  const double sum = sum_of(values);
  SubsetDraw flipped(values.size(), seed);
  std::uint64_t hits = 1;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    flipped.draw();
    if (reaches(sum - 2 * flipped.sum(values))) ++hits;
  }
  return static_cast<double>(hits) / (kDraws + 1);
}

// The sums of all sign vectors of the values, ascending.
std::vector<double> signed_sums(std::span<const double> values) {
  std::vector<double> sums = {0};
  for (const double value : values) {
    std::vector<double> next(2 * sums.size());
    const auto middle = next.begin() + static_cast<std::ptrdiff_t>(sums.size());
    const double size = std::abs(value);
    std::transform(sums.begin(), sums.end(), next.begin(), [&](double s) { return s - size; });
    std::transform(sums.begin(), sums.end(), middle, [&](double s) { return s + size; });
    std::inplace_merge(next.begin(), middle, next.end());
    sums = std::move(next);
  }
  return sums;
}

// The fraction of the sign vectors of the values that give a sum of at least `bound`. Any sum is
// one of the first half of the values and one of the second, of which there are only 2^(n/2) each.
double fraction_of_sums_at_least(std::span<const double> values, double bound) {
  const std::vector<double> first = signed_sums(values.first(values.size() / 2));
  const std::vector<double> second = signed_sums(values.subspan(values.size() / 2));
  std::uint64_t hits = 0;
  auto reaching = second.end();  // the first that reaches the bound, moves down as `first` grows
  for (const double sum : first) {
    while (reaching != second.begin() && sum + *std::prev(reaching) >= bound) --reaching;
    hits += static_cast<std::uint64_t>(second.end() - reaching);
  }
  return static_cast<double>(hits) / std::exp2(static_cast<double>(values.size()));
}

// In no order.
std::vector<double> subset_means(std::span<const double> values, std::uint64_t seed) {
  std::vector<double> means;
  if (values.size() <= kMaxBlocksEnumerated) {
    std::vector<double> sums(std::size_t{1} << values.size());
    means.reserve(sums.size() - 1);
    for (std::size_t mask = 1; mask < sums.size(); ++mask) {
      const auto lowest = static_cast<std::size_t>(std::countr_zero(mask));
      sums[mask] = sums[mask & (mask - 1)] + values[lowest];
      means.push_back(sums[mask] / std::popcount(mask));
    }
    return means;
  }
  means.reserve(kDraws);
  SubsetDraw subset(values.size(), seed);
  while (means.size() < kDraws) {
    if (subset.draw()) means.push_back(subset.sum(values) / subset.size());
  }
  return means;
}

[[maybe_unused]] bool comparable(std::span<const double> d) {
  return !d.empty() && d.size() <= kMaxBlocks;
}

}  // namespace

std::optional<Interval> subset_mean_interval(std::span<const double> d, double alpha,
                                             std::uint64_t seed) {
  ASSERT(comparable(d) && 0 < alpha && alpha < 1);
  const auto subsets = std::exp2(static_cast<double>(std::min(d.size(), kMaxBlocksEnumerated)));
  const auto k = static_cast<std::ptrdiff_t>(alpha / 2 * subsets);
  if (k == 0) return std::nullopt;
  std::vector<double> means = subset_means(d, seed);
  const auto low = means.begin() + (k - 1);
  const auto high = means.end() - k;
  std::nth_element(means.begin(), low, means.end());
  std::nth_element(low + 1, high, means.end());
  return Interval{.low = *low, .high = *high};
}

double signflip_p(std::span<const double> d, std::uint64_t seed) {
  ASSERT(comparable(d));
  if (d.size() <= kMaxBlocksEnumerated) return signflip_p_exact(d);
  const double bound = std::abs(sum_of(d)) - tolerance_of(d);
  return drawn_fraction(d, seed, [&](double sum) { return std::abs(sum) >= bound; });
}

double signflip_p_exact(std::span<const double> d) {
  ASSERT(comparable(d) && d.size() <= kMaxBlocksExact);
  const double bound = std::abs(sum_of(d)) - tolerance_of(d);
  return bound <= 0 ? 1 : 2 * fraction_of_sums_at_least(d, bound);
}

double signflip_p_above(std::span<const double> d, double bound, std::uint64_t seed) {
  ASSERT(comparable(d));
  std::vector<double> beyond(d.begin(), d.end());
  for (double& value : beyond) value -= bound;
  const double observed = sum_of(beyond) - tolerance_of(beyond);
  if (d.size() <= kMaxBlocksEnumerated) return fraction_of_sums_at_least(beyond, observed);
  return drawn_fraction(beyond, seed, [&](double sum) { return sum >= observed; });
}

}  // namespace sockmark::report
