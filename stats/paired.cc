#include "stats/paired.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/assert.h"
#include "stats/signed_rank.h"

namespace sockmark::report {

namespace {

double sum_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
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
  [[nodiscard]] double quantile(double p) const { return boost::math::quantile(distribution, p); }
  // P(T >= t) for the mean's distance from `hypothesis`; without any spread that is certain.
  [[nodiscard]] double above(double hypothesis) const {
    const double distance = mean - hypothesis;
    if (standard_error == 0) return distance > 0 ? 0 : distance < 0 ? 1 : 0.5;
    return boost::math::cdf(boost::math::complement(distribution, distance / standard_error));
  }
  [[nodiscard]] double below(double hypothesis) const {
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
  ASSERT(!log_ratios.empty() && log_ratios.size() <= kMostBlocks);
  PairedComparison result;
  result.n = log_ratios.size();
  result.mean = sum_of(log_ratios) / static_cast<double>(result.n);
  result.ratio = std::exp(result.mean);
  if (result.n >= 2) add_student(log_ratios, result);

  result.signflip_p = signflip_p(log_ratios, seed);
  if (result.n <= kMostBlocksExact) result.signflip_p_exact = signflip_p_exact(log_ratios);
  result.subset_mean_ci95 = subset_mean_interval(log_ratios, 0.05, seed);
  result.subset_mean_ci99 = subset_mean_interval(log_ratios, 0.01, seed);

  add_ranks(log_ratios, result);
  return result;
}

MarginTests test_bound(std::span<const double> d, double bound, std::uint64_t seed) {
  ASSERT(!d.empty() && d.size() <= kMostBlocks);
  MarginTests result;
  if (d.size() >= 2) {
    const Student student = Student::of(d);
    result.t_p_worse = student.above(bound);
    result.t_p_noninferior = student.below(bound);
  }
  result.signflip_p_worse = signflip_p_above(d, bound, seed);
  return result;
}

MarginTests test_margin(std::span<const double> log_ratios, double margin, std::uint64_t seed) {
  ASSERT(margin > 0);
  return test_bound(log_ratios, std::log(margin), seed);
}

}  // namespace sockmark::report
