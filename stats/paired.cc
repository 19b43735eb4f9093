#include "stats/paired.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/assert.h"
#include "stats/distributions.h"
#include "stats/moments.h"
#include "stats/power.h"
#include "stats/signed_rank.h"

namespace sockmark::report {

namespace {

// A mean and its spread, in the terms of Student's t. Must: n >= 2.
struct Student {
  double freedom, mean, sd, standard_error;

  static Student of(std::span<const double> values) {
    const auto n = static_cast<double>(values.size());
    const double sd = std::sqrt(variance_of(values));
    return {
        .freedom = n - 1, .mean = mean_of(values), .sd = sd, .standard_error = sd / std::sqrt(n)};
  }
  // P(T >= t) for the mean's distance from `hypothesis`; without any spread that is certain.
  [[nodiscard]] double above(double hypothesis) const {
    const double distance = mean - hypothesis;
    if (standard_error == 0) return distance > 0 ? 0 : distance < 0 ? 1 : 0.5;
    return student_t_above(distance / standard_error, freedom);
  }
  [[nodiscard]] double below(double hypothesis) const {
    const double distance = mean - hypothesis;
    if (standard_error == 0) return distance < 0 ? 0 : distance > 0 ? 1 : 0.5;
    return student_t_below(distance / standard_error, freedom);
  }
};

void add_student(std::span<const double> d, double alpha, PairedComparison& result) {
  const Student student = Student::of(d);
  result.sd = student.sd;
  result.t_quantile = student_t_quantile(1 - alpha / 2, student.freedom);
  const double half = *result.t_quantile * student.standard_error;
  result.t_interval = Interval{student.mean - half, student.mean + half};
  result.t_p = 2 * std::min(student.above(0), student.below(0));
  result.mde80 = detectable_effect(student.standard_error, student.freedom, 0.80);
  result.mde90 = detectable_effect(student.standard_error, student.freedom, 0.90);
}

void add_ranks(std::span<const double> d, PairedComparison& result) {
  const std::vector<double> walsh = walsh_means(d);
  result.hl_pseudomedian = median_of_sorted(walsh);
  result.wilcoxon_v = signed_rank_sum(d);
  if (d.size() > kRankedMax) return;
  result.wilcoxon_p = signed_rank_p(d);
  result.hl_interval95 = pseudomedian_interval(walsh, d.size(), 0.05);
}

}  // namespace

PairedComparison compare_paired(std::span<const double> d, const PairedOptions& options) {
  ASSERT(!d.empty() && d.size() <= kMaxBlocks);
  PairedComparison result;
  result.n = d.size();
  result.mean = mean_of(d);
  if (result.n >= 2) add_student(d, options.alpha, result);
  result.signflip_p = signflip_p(d, options.seed);
  result.interval = subset_mean_interval(d, options.alpha, options.seed);
  add_ranks(d, result);
  return result;
}

MarginTests test_bound(std::span<const double> d, double bound, std::uint64_t seed) {
  ASSERT(!d.empty() && d.size() <= kMaxBlocks);
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
