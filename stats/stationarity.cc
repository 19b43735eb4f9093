#include "stats/stationarity.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace sockmark::report {

namespace {

constexpr std::size_t kBatch = 5;

double two_sided_normal(double z) { return std::erfc(std::abs(z) / std::sqrt(2.0)); }

}  // namespace

std::optional<RankCorrelation> mann_kendall(std::span<const double> x) {
  if (x.size() < 3) return std::nullopt;
  std::ptrdiff_t s = 0;  // pairs that rise minus pairs that fall
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = i + 1; j < x.size(); ++j) s += (x[j] > x[i]) - (x[j] < x[i]);
  }
  double tied_pairs = 0;
  double tied_variance = 0;
  std::vector<double> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end());
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto end = std::upper_bound(first, sorted.end(), *first);
    const auto t = static_cast<double>(end - first);
    tied_pairs += t * (t - 1) / 2;
    tied_variance += t * (t - 1) * (2 * t + 5);
    first = end;
  }
  const auto n = static_cast<double>(x.size());
  const double pairs = n * (n - 1) / 2;
  if (tied_pairs >= pairs) return std::nullopt;
  const double variance = (n * (n - 1) * (2 * n + 5) - tied_variance) / 18;
  const auto difference = static_cast<double>(s);
  return RankCorrelation{.coefficient = difference / std::sqrt(pairs * (pairs - tied_pairs)),
                         .p = two_sided_normal(difference / std::sqrt(variance))};
}

std::optional<Truncation> mser5_truncation(std::span<const double> x) {
  const std::size_t batches = x.size() / kBatch;
  if (batches < 3) return std::nullopt;
  // From the end, so that the deviations of each remainder come from those of the shorter one
  // (Welford 1962).
  Truncation best;
  double mean = 0;
  double deviations = 0;
  for (std::size_t d = batches; d-- > 0;) {
    double z = 0;
    for (const double value : x.subspan(d * kBatch, kBatch)) z += value;
    z /= kBatch;
    const auto kept = static_cast<double>(batches - d);
    const double step = z - mean;
    mean += step / kept;
    deviations += step * (z - mean);
    if (d > batches / 2) continue;
    const double score = deviations / (kept * kept);
    if (d == batches / 2 || score <= best.score) best = {.values = d * kBatch, .score = score};
  }
  return best;
}

}  // namespace sockmark::report
