#include "reports/statistics/paired.h"

#include <algorithm>
#include <bit>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "base/random.h"
#include "reports/statistics/signed_rank.h"

namespace sockmark::report {

namespace {

// Means that differ by less are the same: rounding must not decide whether a sign vector reaches
// the mean that was observed.
constexpr double kTolerance = 1e-12;

double sum_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Draws a subset of n things by lot: bit i of a number from the generator says whether thing i is
// in it. Only the upper n bits of a number are used; more than 64 things take several numbers.
class SubsetDraw {
 public:
  SubsetDraw(std::size_t n, std::uint64_t seed) : n_(n), random_(seed), words_((n + 63) / 64) {}

  // Answers whether anything is in it.
  bool draw() {
    std::uint64_t any = 0;
    for (std::size_t w = 0; w < words_.size(); ++w) {
      const std::size_t bits = std::min<std::size_t>(64, n_ - 64 * w);
      words_[w] = random_.next() >> (64 - bits);
      any |= words_[w];
    }
    return any != 0;
  }
  // f(i) for each thing that is in it.
  template <class F>
  void for_each(F&& f) const {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t word = words_[w]; word != 0; word &= word - 1) {
        f(64 * w + static_cast<std::size_t>(std::countr_zero(word)));
      }
    }
  }

 private:
  std::size_t n_;
  Random random_;
  std::vector<std::uint64_t> words_;
};

// How many of the 2^n sign vectors of the values give a sum of at least `bound`.
std::uint64_t signed_sums_at_least(std::span<const double> values, double bound) {
  double all = 0;
  for (const double value : values) all += std::abs(value);
  if (-all >= bound) return std::uint64_t{1} << values.size();
  if (all < bound || values.empty()) return 0;
  const auto rest = values.subspan(1);
  return signed_sums_at_least(rest, bound - values[0]) +
         signed_sums_at_least(rest, bound + values[0]);
}

// 1 for the observed signs, and 1 for each of kDraws sign vectors with reaches(sum).
template <class Reaches>
double drawn_fraction(std::span<const double> values, std::uint64_t seed, Reaches reaches) {
  const double sum = sum_of(values);
  SubsetDraw flipped(values.size(), seed);
  std::uint64_t hits = 1;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    flipped.draw();
    double flipped_sum = 0;
    flipped.for_each([&](std::size_t at) { flipped_sum += values[at]; });
    if (reaches(sum - 2 * flipped_sum)) ++hits;
  }
  return static_cast<double>(hits) / (kDraws + 1);
}

double signflip_two_sided_exact(std::span<const double> values) {
  const double bound = std::abs(sum_of(values)) - kTolerance * static_cast<double>(values.size());
  if (bound <= 0) return 1;
  const auto hits = static_cast<double>(signed_sums_at_least(values, bound));
  return 2 * hits / std::exp2(static_cast<double>(values.size()));
}

double signflip_two_sided(std::span<const double> values, std::uint64_t seed) {
  if (values.size() <= kMostBlocksEnumerated) return signflip_two_sided_exact(values);
  const double bound = std::abs(sum_of(values)) - kTolerance * static_cast<double>(values.size());
  return drawn_fraction(values, seed, [&](double sum) { return std::abs(sum) >= bound; });
}

double signflip_one_sided(std::span<const double> values, std::uint64_t seed) {
  const double bound = sum_of(values) - kTolerance * static_cast<double>(values.size());
  if (values.size() <= kMostBlocksEnumerated) {
    return static_cast<double>(signed_sums_at_least(values, bound)) /
           std::exp2(static_cast<double>(values.size()));
  }
  return drawn_fraction(values, seed, [&](double sum) { return sum >= bound; });
}

// Ascending.
std::vector<double> subset_means(std::span<const double> values, std::uint64_t seed) {
  std::vector<double> means;
  if (values.size() <= kMostBlocksEnumerated) {
    std::vector<double> sums(std::size_t{1} << values.size());
    for (std::size_t mask = 1; mask < sums.size(); ++mask) {
      const auto lowest = static_cast<std::size_t>(std::countr_zero(mask));
      sums[mask] = sums[mask & (mask - 1)] + values[lowest];
      means.push_back(sums[mask] / std::popcount(mask));
    }
  } else {
    SubsetDraw subset(values.size(), seed);
    while (means.size() < kDraws) {
      if (!subset.draw()) continue;
      double sum = 0;
      int members = 0;
      subset.for_each([&](std::size_t at) {
        sum += values[at];
        ++members;
      });
      means.push_back(sum / members);
    }
  }
  std::sort(means.begin(), means.end());
  return means;
}

// Of ascending means of all subsets of n values, or of as many as were drawn instead.
std::optional<Interval> subset_interval(std::span<const double> means, std::size_t n,
                                        double alpha) {
  const auto subsets = std::exp2(static_cast<double>(std::min(n, kMostBlocksEnumerated)));
  const auto k = static_cast<std::size_t>(alpha / 2 * subsets);
  if (k == 0) return std::nullopt;
  return Interval{.low = means[k - 1], .high = means[means.size() - k]};
}

// A mean and its spread, in the terms of Student's t. Must: n >= 2.
struct Student {
  boost::math::students_t distribution;
  double mean, sd, standard_error;

  static Student of(std::span<const double> values) {
    const auto n = static_cast<double>(values.size());
    const double mean = sum_of(values) / n;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double sd = std::sqrt(squares / (n - 1));
    return {.distribution = boost::math::students_t(n - 1),
            .mean = mean,
            .sd = sd,
            .standard_error = sd / std::sqrt(n)};
  }
  double quantile(double p) const { return boost::math::quantile(distribution, p); }
  // P(T >= t) for the mean's distance from `hypothesis`; without any spread that is certain.
  double above(double hypothesis) const {
    const double distance = mean - hypothesis;
    if (standard_error == 0) return distance > 0 ? 0 : distance < 0 ? 1 : 0.5;
    return boost::math::cdf(boost::math::complement(distribution, distance / standard_error));
  }
  double below(double hypothesis) const {
    const double distance = mean - hypothesis;
    if (standard_error == 0) return distance < 0 ? 0 : distance > 0 ? 1 : 0.5;
    return boost::math::cdf(distribution, distance / standard_error);
  }
};

double median_of_sorted(std::span<const double> sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

void add_student(std::span<const double> values, PairedComparison& result) {
  const Student student = Student::of(values);
  result.sd = student.sd;
  result.t_quantile = student.quantile(0.975);
  const double half = *result.t_quantile * student.standard_error;
  result.mean_ci95 = Interval{student.mean - half, student.mean + half};
  result.ratio_ci95 = Interval{std::exp(result.mean_ci95->low), std::exp(result.mean_ci95->high)};
  result.t_p = 2 * std::min(student.above(0), student.below(0));
  const auto detectable = [&](double power) {
    return std::exp((*result.t_quantile + student.quantile(power)) * student.standard_error);
  };
  result.mde80_ratio = detectable(0.80);
  result.mde90_ratio = detectable(0.90);
}

void add_ranks(std::span<const double> values, PairedComparison& result) {
  const std::vector<double> walsh = walsh_means(values);
  result.hl_pseudomedian = median_of_sorted(walsh);
  result.wilcoxon_v = signed_rank_sum(values);
  if (values.size() > kMostBlocksRanked) return;
  result.wilcoxon_p_exact = signed_rank_p(values);
  result.hl_ci95_exact = pseudomedian_interval(walsh, values.size(), 0.05);
}

}  // namespace

PairedComparison compare_paired(std::span<const double> log_ratios, std::uint64_t seed) {
  assert(!log_ratios.empty() && log_ratios.size() <= kMostBlocks);
  PairedComparison result;
  result.n = log_ratios.size();
  result.mean = sum_of(log_ratios) / static_cast<double>(result.n);
  result.ratio = std::exp(result.mean);
  if (result.n >= 2) add_student(log_ratios, result);

  result.signflip_p = signflip_two_sided(log_ratios, seed);
  if (result.n <= kMostBlocksExact) result.signflip_p_exact = signflip_two_sided_exact(log_ratios);
  const std::vector<double> means = subset_means(log_ratios, seed);
  result.subset_mean_ci95 = subset_interval(means, result.n, 0.05);
  result.subset_mean_ci99 = subset_interval(means, result.n, 0.01);

  add_ranks(log_ratios, result);
  return result;
}

MarginTests test_margin(std::span<const double> log_ratios, double margin, std::uint64_t seed) {
  assert(!log_ratios.empty() && log_ratios.size() <= kMostBlocks && margin > 0);
  MarginTests result;
  const double bound = std::log(margin);
  if (log_ratios.size() >= 2) {
    const Student student = Student::of(log_ratios);
    result.t_p_worse = student.above(bound);
    result.t_p_noninferior = student.below(bound);
  }
  std::vector<double> shifted(log_ratios.begin(), log_ratios.end());
  for (double& value : shifted) value -= bound;
  result.signflip_p_worse = signflip_one_sided(shifted, seed);
  return result;
}

Verdict judge(const std::optional<Interval>& ratio, double margin) {
  if (!ratio) return {};
  return {.difference = ratio->low > 1    ? Difference::slower
                        : ratio->high < 1 ? Difference::faster
                                          : Difference::none_shown,
          .gate = ratio->low > margin    ? Gate::fail
                  : ratio->high < margin ? Gate::pass
                                         : Gate::inconclusive};
}

std::string_view name_of(Difference difference) {
  switch (difference) {
    case Difference::none_shown:
      return "no_difference_shown";
    case Difference::slower:
      return "slower";
    case Difference::faster:
      return "faster";
  }
  return "";
}

std::string_view name_of(Gate gate) {
  switch (gate) {
    case Gate::pass:
      return "pass";
    case Gate::fail:
      return "fail";
    case Gate::inconclusive:
      return "inconclusive";
  }
  return "";
}

}  // namespace sockmark::report
