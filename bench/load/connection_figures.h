// The figures of one connection in a report (sockmark run --per-connection). Pure functions.

#pragma once

#include <cstdint>

#include "base/clock.h"
#include "bench/load/recorder.h"
#include "bench/plan/plan.h"
#include "measure/histogram.h"
#include "reports/model/report.h"

namespace sockmark {

// Why there are no figures of connections that are open for one operation only.
inline constexpr const char* kShortConnections = "short_connections";

// The messages of the window that arrived over one connection: 35 KiB.
struct ConnectionRecord {
  Histogram response_time{{.significant_digits = 2}};
  std::uint64_t bytes = 0;

  // `count` messages with `size` bytes each.
  void add(Nanoseconds time, std::uint64_t size, std::uint64_t count = 1) {
    response_time.record(ns(time), count);
    bytes += size * count;
  }
};

// What one end knows of a connection when it has ended. `messages`: those that arrived here.
// `record`: of them; null if they are not recorded here. Must: with CaseSpec::per_connection.
[[nodiscard]] report::ConnectionFigures describe_connection(const CaseSpec& spec,
                                                            const Recorder& recorder,
                                                            std::uint64_t connection,
                                                            std::uint64_t messages,
                                                            const ConnectionRecord* record);

}  // namespace sockmark
