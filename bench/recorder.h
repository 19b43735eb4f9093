// What one thread of one end remembers of a run. Shared by the thread's flows, merged after the
// threads have been joined. Memory is taken at construction (about 2 MiB).

#pragma once

#include <cstdint>

#include "base/clock.h"
#include "bench/measure/histogram.h"
#include "bench/measure/resources.h"
#include "bench/measure/sequence_statistics.h"
#include "bench/measure/series.h"
#include "bench/measure/throughput.h"
#include "reports/report.h"

namespace sockmark {

class Recorder {
 public:
  // The measurement is of [t0,t1); all before is warm-up (definitions 4).
  Recorder(Instant t0, Instant t1) : counts(t0, t1), series(t0, t1) { usage.set(t0, t1); }

  // The kernel took a message: t_issue and t_sent of definitions 1.
  void sent(bool measured, Instant intended, Instant issued, Instant at) {
    counts.sent(intended, at);
    if (measured) send_block.record(ns(at - issued));
  }

  // The first intact copy of a message of the window came, or came back, in time.
  void answered(Instant intended, Instant arrived, std::uint64_t bytes) {
    counts.received(intended);
    counts.delivered(arrived, bytes);
    response_time.record(ns(arrived - intended));
    series.record(arrived, arrived - intended);
  }

  void answered_in_warmup(Instant intended, Instant arrived, std::uint64_t bytes) {
    counts.delivered(arrived, bytes);  // by receipt, whenever it was sent
    series.count(arrived);
    warmup.record(ns(arrived - intended));
  }

  // Must: the same window.
  void add(const Recorder& other);

  WindowCounts counts;
  Histogram response_time, send_block, warmup;
  SequenceStatistics sequence;  // its delay is t_recv - t_sent: the service time, or one way
  Series series;
  report::Integrity integrity;
  UsageBetween usage;  // of the recording thread
  Usage merged_usage;  // of the recorders that were added
};

}  // namespace sockmark
