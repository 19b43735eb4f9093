#include "reports/exports/hdr/hgrm.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "base/assert.h"
#include "reports/exports/hdr/half_up.h"

namespace sockmark::report {

namespace {

// The layout of the counters, which the last line of a .hgrm gives (HdrHistogram: subBucketCount is
// the power of two that resolves twice 10^digits, and each further bucket doubles the range).
struct Buckets {
  int buckets = 1;
  std::uint64_t sub_buckets = 0;

  explicit Buckets(const HistogramParameters& parameters) {
    std::uint64_t resolved = 2;
    for (int digit = 0; digit < parameters.significant_digits; ++digit) resolved *= 10;
    sub_buckets = std::bit_ceil(resolved);
    const auto lowest = static_cast<std::uint64_t>(parameters.lowest);
    for (std::uint64_t end = sub_buckets * std::bit_floor(lowest);
         end <= static_cast<std::uint64_t>(parameters.highest); end <<= 1) {
      ++buckets;
    }
  }
};

// The percentile levels at which there is a line.
class Levels {
 public:
  explicit Levels(int ticks_per_half_distance) : ticks_(ticks_per_half_distance) {}

  [[nodiscard]] double level() const { return level_; }
  // Ends at 100: so close to it a double has no room for a further tick, where many more values
  // than 2^50 are equal.
  void advance() {
    const double halvings = std::floor(std::log2(100 / (100 - level_))) + 1;
    const double next = level_ + 100 / (ticks_ * std::exp2(halvings));
    level_ = next > level_ ? next : 100;
  }

 private:
  double ticks_;
  double level_ = 0;  // per cent
};

}  // namespace

std::string to_hgrm(const Histogram& histogram, const HgrmOptions& options) {
  ASSERT(options.ticks_per_half_distance >= 1 && options.divide_by > 0);
  const std::uint64_t total = histogram.count();
  const std::uint64_t in_range = total - histogram.overflow();
  const auto scaled = [&](auto value) {
    return half_up(static_cast<double>(value) / options.divide_by,
                   histogram.parameters().significant_digits);
  };

  auto text = fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount",
                          "1/(1-Percentile)");
  auto out = std::back_inserter(text);
  Levels levels(options.ticks_per_half_distance);
  std::uint64_t counted = 0;
  std::string value;
  histogram.for_each_counter([&](std::int64_t lowest, std::uint64_t count) {
    counted += count;
    value = scaled(histogram.high_end(lowest));
    const double reached = 100.0 * static_cast<double>(counted) / static_cast<double>(total);
    while (reached >= levels.level() && levels.level() < 100) {
      const double fraction = levels.level() / 100;
      fmt::format_to(out, "{:>12} {} {:10} {:>14}\n", value, half_up(fraction, 12), counted,
                     half_up(1 / (1 - fraction), 2));
      levels.advance();
      if (counted == total) return;  // the line of 100 % follows, and nothing else
    }
  });
  if (total > 0 && in_range == total)
    fmt::format_to(out, "{:>12} {} {:10}\n", value, half_up(1, 12), total);

  const auto equivalent = histogram.equivalent();
  const Buckets layout(histogram.parameters());
  fmt::format_to(out, "#[Mean    = {:>12}, StdDeviation   = {:>12}]\n", scaled(equivalent.mean),
                 scaled(equivalent.standard_deviation));
  fmt::format_to(out, "#[Max     = {:>12}, Total count    = {:12}]\n",
                 histogram.max()     ? scaled(*histogram.max())
                 : in_range == total ? scaled(0)
                                     : "overflow",
                 total);
  fmt::format_to(out, "#[Buckets = {:12}, SubBuckets     = {:12}]\n", layout.buckets,
                 layout.sub_buckets);
  if (in_range < total) {
    fmt::format_to(out, "#[Overflow = {} of {} values; percentiles above {:.6g} % are unknown]\n",
                   histogram.overflow(), total,
                   100.0 * static_cast<double>(in_range) / static_cast<double>(total));
  }
  return text;
}

}  // namespace sockmark::report
