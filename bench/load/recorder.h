// What one thread of one end remembers of a run. Shared by the thread's flows, merged after the
// threads have been joined. Memory is taken at construction (about 2 MiB).

#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "bench/load/send_timing.h"
#include "bench/load/warmup_check.h"
#include "machine/resources.h"
#include "measure/histogram.h"
#include "measure/sequence_statistics.h"
#include "measure/series.h"
#include "measure/throughput.h"
#include "reports/model/report.h"

namespace sockmark {

class Recorder {
 public:
  // The measurement is of [t0,t1); all before is warm-up (docs/definitions/throughput.md#window).
  Recorder(Instant t0, Instant t1, Nanoseconds warm_up = Nanoseconds(0))
      : counts(t0, t1), series(t0, t1), settling(t0 - warm_up, t0, t1) {
    usage.set(t0, t1);
  }

  // `count` everywhere: of messages that have all of these instants in common, as those of a batch.

  // The kernel took messages: t_issue and t_sent of docs/definitions/latency.md#timestamps.
  // `attempted` is when they were first offered; SendProcess says where that is not t_issue.
  void sent(bool measured, Instant intended, Instant attempted, Instant issued, Instant at,
            std::uint64_t count = 1) {
    counts.sent(intended, at, count);
    if (!measured) return;
    send_block.record(ns(at - issued), count);
    if (!sends) return;
    for (std::uint64_t n = 0; n < count; ++n) sends->sent(intended, attempted, issued, at);
  }

  // The first intact copy of messages of the window came, or came back, in time. `bytes` of each.
  void answered(Instant intended, Instant arrived, std::uint64_t bytes, std::uint64_t count = 1) {
    counts.received(intended, count);
    counts.delivered(arrived, bytes, count);
    response_time.record(ns(arrived - intended), count);
    series.record(arrived, arrived - intended, count);
    settling.record(arrived, arrived - intended, count);
  }

  void answered_in_warmup(Instant intended, Instant arrived, std::uint64_t bytes,
                          std::uint64_t count = 1) {
    counts.delivered(arrived, bytes, count);  // by receipt, whenever it was sent
    series.count(arrived, count);
    warmup.record(ns(arrived - intended), count);
    settling.record(arrived, arrived - intended, count);
  }

  // Must: the same window.
  void add(const Recorder& other);

  WindowCounts counts;
  Histogram response_time, send_block, warmup;
  SequenceStatistics sequence;  // its delay is t_recv - t_sent: the service time, or one way
  Series series;
  Settling settling;
  std::optional<SendProcess> sends;  // of a generator that keeps a schedule
  std::uint64_t receive_drops = 0;  // by the kernel, at this thread's sockets, since they were made
  report::Integrity integrity;
  UsageBetween usage;  // of the recording thread
  Usage merged_usage;  // of the recorders that were added
};

}  // namespace sockmark
