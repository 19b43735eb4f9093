#include "reports/statistics/bootstrap.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace sockmark::report {

namespace {

constexpr Ppm kP2_5 = 25'000, kP97_5 = 975'000;

// The value at a percentile's rank; leaves the values in another order.
template <class T>
T percentile_of(std::vector<T>& values, Ppm ppm) {
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(percentile_rank(values.size(), ppm) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

Interval middle_95_percent(std::vector<double>& values) {
  return {.low = percentile_of(values, kP2_5), .high = percentile_of(values, kP97_5)};
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_error(std::span<const double> values, double mean) {
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto n = static_cast<double>(values.size());
  return std::sqrt(squares / (n - 1) / n);
}

// A run whose samples are drawn by their place in it.
class Values {
 public:
  explicit Values(const std::vector<double>& values) : values_(&values) {}
  [[nodiscard]] double drawn_percentile(Random& random, Ppm ppm) {
    drawn_.resize(values_->size());
    for (double& value : drawn_) value = (*values_)[random.below(values_->size())];
    return percentile_of(drawn_, ppm);
  }

 private:
  const std::vector<double>* values_;
  std::vector<double> drawn_;
};

// A run whose samples are drawn by their rank.
class Ranks {
 public:
  explicit Ranks(const Histogram& histogram) : histogram_(&histogram) {
    assert(!histogram.empty() && histogram.overflow() == 0);
  }
  [[nodiscard]] double drawn_percentile(Random& random, Ppm ppm) {
    drawn_.resize(histogram_->count());
    for (std::uint64_t& rank : drawn_) rank = random.below(histogram_->count()) + 1;
    // Values ascend with their ranks, so the percentile of the values has that of the ranks.
    return static_cast<double>(*histogram_->value_at_rank(percentile_of(drawn_, ppm)));
  }

 private:
  const Histogram* histogram_;
  std::vector<std::uint64_t> drawn_;
};

template <class Run>
double drawn_mean(std::vector<Run>& runs, Random& random, Ppm ppm) {
  double sum = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    sum += runs[random.below(runs.size())].drawn_percentile(random, ppm);
  }
  return sum / static_cast<double>(runs.size());
}

template <class Run, class Recorded>
Interval hierarchical(std::span<const Recorded> runs_a, std::span<const Recorded> runs_b,
                      Ppm percentile, std::uint64_t seed, std::uint64_t replicates) {
  assert(!runs_a.empty() && !runs_b.empty() && replicates > 0);
  std::vector<Run> a(runs_a.begin(), runs_a.end());
  std::vector<Run> b(runs_b.begin(), runs_b.end());
  Random random(seed);
  std::vector<double> log_ratios(replicates);
  for (double& log_ratio : log_ratios) {
    const double mean_a = drawn_mean(a, random, percentile);
    const double mean_b = drawn_mean(b, random, percentile);
    log_ratio = std::log(mean_b / mean_a);
  }
  return middle_95_percent(log_ratios);
}

}  // namespace

BlockBootstrap bootstrap_blocks(std::span<const double> d, std::uint64_t seed,
                                std::uint64_t replicates) {
  assert(!d.empty() && replicates > 0);
  const double mean = mean_of(d);
  Random random(seed);
  std::vector<double> means;
  std::vector<double> ts;
  std::vector<double> drawn(d.size());
  while (means.size() < replicates) {
    for (double& value : drawn) value = d[random.below(d.size())];
    means.push_back(mean_of(drawn));
    // Equal values have no spread, whatever rounding makes of it.
    const auto [least, most] = std::minmax_element(drawn.begin(), drawn.end());
    if (*least == *most) continue;
    ts.push_back((means.back() - mean) / standard_error(drawn, means.back()));
  }
  BlockBootstrap result{.percentile = middle_95_percent(means), .studentised = std::nullopt};
  if (!ts.empty()) {
    const Interval t = middle_95_percent(ts);
    const double error = standard_error(d, mean);
    result.studentised = Interval{.low = mean - t.high * error, .high = mean - t.low * error};
  }
  return result;
}

Interval bootstrap_hierarchical(std::span<const std::vector<double>> runs_a,
                                std::span<const std::vector<double>> runs_b, Ppm percentile,
                                std::uint64_t seed, std::uint64_t replicates) {
  return hierarchical<Values>(runs_a, runs_b, percentile, seed, replicates);
}

Interval bootstrap_hierarchical(std::span<const Histogram> runs_a,
                                std::span<const Histogram> runs_b, Ppm percentile,
                                std::uint64_t seed, std::uint64_t replicates) {
  return hierarchical<Ranks>(runs_a, runs_b, percentile, seed, replicates);
}

}  // namespace sockmark::report
