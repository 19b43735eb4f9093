// Delay and delay variation of the messages that arrived in time (RFC 3393, RFC 5481, RFC 3550;
// docs/definitions/delay-variation.md).
//
// Fed by sequence trackers, shared by all flows of a thread and merged with add(). Times are
// nanoseconds. About 800 KiB, allocated at construction.

#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "measure/histogram.h"

namespace sockmark {

// A histogram of signed values: magnitudes on either side of zero, to the same relative precision.
class SignedHistogram {
 public:
  SignedHistogram() = default;
  // Of the magnitudes of either side.
  SignedHistogram(Histogram negative, Histogram positive)
      : negative_(std::move(negative)), positive_(std::move(positive)) {}

  // Must: value is not the smallest integer.
  void record(std::int64_t value, std::uint64_t count = 1) {
    // A selection, not a branch: the sign of a variation is unpredictable.
    Histogram& side = value < 0 ? negative_ : positive_;
    side.record(value < 0 ? -value : value, count);
  }
  void add(const SignedHistogram& other);

  [[nodiscard]] std::uint64_t count() const { return negative_.count() + positive_.count(); }
  [[nodiscard]] bool empty() const { return count() == 0; }
  // Exact, as in Histogram; none if empty.
  [[nodiscard]] std::optional<std::int64_t> min() const;
  [[nodiscard]] std::optional<std::int64_t> max() const;
  [[nodiscard]] std::optional<double> mean() const;
  [[nodiscard]] std::optional<double> mean_magnitude() const;
  // The highest value that shares the counter; none if empty or if the rank overflowed.
  [[nodiscard]] std::optional<std::int64_t> percentile(Ppm ppm) const;
  // |value| of everything recorded.
  [[nodiscard]] Histogram magnitudes() const;
  [[nodiscard]] const Histogram& negative() const { return negative_; }
  [[nodiscard]] const Histogram& positive() const { return positive_; }

 private:
  Histogram negative_, positive_;  // positive_ holds the zeros
};

struct DelayStatistics {
  // Of the first in-time copy of each message. A message that seems to arrive before it was sent
  // (clocks are not shared) is recorded as 0 here and counted in `negative`.
  Histogram delay;
  std::uint64_t negative = 0;

  // IPDV: delay minus the delay of the message sent just before it, if both arrived in time
  // (RFC 3393, section 2.4; RFC 5481, section 4.1). Send order, not arrival order.
  SignedHistogram ipdv;
  std::uint64_t ipdv_pairs = 0;  // sent messages that have a predecessor; added when a flow ends
  [[nodiscard]] std::uint64_t ipdv_defined() const { return ipdv.count(); }
  [[nodiscard]] std::uint64_t ipdv_undefined() const;

  // PDV: delay minus the smallest delay (RFC 5481, section 4.2), over all flows.
  [[nodiscard]] std::optional<std::int64_t> pdv_percentile(Ppm ppm) const;
  [[nodiscard]] std::optional<std::int64_t> pdv_max() const;

  // The interarrival jitter of RFC 3550, section 6.4.1 and appendix A.8, at the end of each flow,
  // averaged over the flows with two arrivals or more. For comparison with other tools only: it is
  // one smoothed number for the end of a run.
  double jitter_sum_ns = 0;
  std::uint64_t jitter_flows = 0;
  [[nodiscard]] std::optional<double> jitter_rfc3550_ns() const;

  void add(const DelayStatistics& other);
};

}  // namespace sockmark
