#include "measure/delay_statistics.h"

namespace sockmark {

void SignedHistogram::add(const SignedHistogram& other) {
  negative_.add(other.negative_);
  positive_.add(other.positive_);
}

std::optional<std::int64_t> SignedHistogram::min() const {
  if (negative_.empty()) return positive_.min();
  const auto magnitude = negative_.max();
  return magnitude ? std::optional(-*magnitude) : std::nullopt;
}

std::optional<std::int64_t> SignedHistogram::max() const {
  if (!positive_.empty()) return positive_.max();
  const auto magnitude = negative_.min();
  return magnitude ? std::optional(-*magnitude) : std::nullopt;
}

std::optional<double> SignedHistogram::mean() const {
  if (empty()) return std::nullopt;
  const Uint128 above = positive_.sum(), below = negative_.sum();
  const double sum =
      above >= below ? static_cast<double>(above - below) : -static_cast<double>(below - above);
  return sum / static_cast<double>(count());
}

std::optional<double> SignedHistogram::mean_magnitude() const {
  if (empty()) return std::nullopt;
  return static_cast<double>(positive_.sum() + negative_.sum()) / static_cast<double>(count());
}

std::optional<std::int64_t> SignedHistogram::percentile(Ppm ppm) const {
  if (empty()) return std::nullopt;
  const std::uint64_t rank = percentile_rank(count(), ppm);
  if (rank > negative_.count()) return positive_.value_at_rank(rank - negative_.count());
  // The smallest values are the largest magnitudes, and the high end of a counter is its low
  // magnitude.
  const auto magnitude = negative_.value_at_rank(negative_.count() - rank + 1);
  return magnitude ? std::optional(-negative_.low_end(*magnitude)) : std::nullopt;
}

Histogram SignedHistogram::magnitudes() const {
  Histogram result = positive_;
  result.add(negative_);
  return result;
}

std::uint64_t DelayStatistics::ipdv_undefined() const {
  return ipdv_pairs > ipdv_defined() ? ipdv_pairs - ipdv_defined() : 0;
}

std::optional<std::int64_t> DelayStatistics::pdv_percentile(Ppm ppm) const {
  const auto value = delay.percentile(ppm);
  return value ? std::optional(*value - *delay.min()) : std::nullopt;
}

std::optional<std::int64_t> DelayStatistics::pdv_max() const {
  const auto value = delay.max();
  return value ? std::optional(*value - *delay.min()) : std::nullopt;
}

std::optional<double> DelayStatistics::jitter_rfc3550_ns() const {
  if (jitter_flows == 0) return std::nullopt;
  return jitter_sum_ns / static_cast<double>(jitter_flows);
}

void DelayStatistics::add(const DelayStatistics& other) {
  delay.add(other.delay);
  negative += other.negative;
  ipdv.add(other.ipdv);
  ipdv_pairs += other.ipdv_pairs;
  jitter_sum_ns += other.jitter_sum_ns;
  jitter_flows += other.jitter_flows;
}

}  // namespace sockmark
