// The figures of an interval of a measurement that is in progress: of the sub-windows that all
// threads have finished since the last reading.
//
// One thread; the series belong to others, which record meanwhile. Memory is allocated at
// construction (35 KiB).

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.h"
#include "measure/histogram.h"
#include "measure/series.h"

namespace sockmark {

struct IntervalFigures {
  Nanoseconds from{0}, until{0};  // since t0
  std::uint64_t messages = 0;
  std::optional<std::int64_t> p50_ns;
};

class SeriesReader {
 public:
  // None if there is no new sub-window. A null pointer is a thread that has not begun. Must: series
  // of the same window and number of sub-windows in every call.
  [[nodiscard]] std::optional<IntervalFigures> read(std::span<const Series* const> all);

 private:
  std::size_t read_ = 0;  // sub-windows
  Histogram latency_{{.significant_digits = 2}};
};

}  // namespace sockmark
