// What one thread of one end records of a run. Shared by the thread's flows, merged after the
// threads have been joined. Memory is allocated at construction (about 2 MiB).

#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "bench/load/load_limits.h"
#include "bench/load/send_timing.h"
#include "bench/load/tcp_course.h"
#include "bench/load/warmup_check.h"
#include "machine/resources.h"
#include "measure/fairness.h"
#include "measure/histogram.h"
#include "measure/sequence_observer.h"
#include "measure/sequence_statistics.h"
#include "measure/series.h"
#include "measure/stalls.h"
#include "measure/throughput.h"
#include "reports/model/report.h"

namespace sockmark {

// The phase of a run to which a message belongs, by its t_intended.
enum class Phase : bool { warmup, window };

class Recorder {
 public:
  // Measures [t0,t1); everything before is warm-up (docs/definitions/throughput.md#window).
  // `interval`: of the series. `longest_wait`: for how long the thread may wait between two calls
  // of observe().
  Recorder(Instant t0, Instant t1, Nanoseconds interval = Nanoseconds(0),
           Nanoseconds warm_up = Nanoseconds(0), Nanoseconds longest_wait = kTick)
      : counts(t0, t1),
        series(t0, t1, interval),
        warmup_check(t0 - warm_up, t0, t1),
        stopped(t0, t1, longest_wait) {
    usage.set(t0, t1);
  }

  // The thread runs at `now`. Called in every turn of its loop, and at each receive and send.
  void observe(Instant now) {
    usage.observe(now);
    stopped.observe(now);
  }

  // `count`, in all of these: the number of messages with the same instants, as in a batch.

  // The kernel took messages.
  void sent(Phase phase, const SentMessage& message, std::uint64_t count = 1) {
    counts.sent(message.intended, message.taken, count);
    if (phase == Phase::warmup) return;
    send_block.record(ns(message.taken - message.issued), count);
    if (!send_timing) return;
    // A copy, so that `message` itself stays in registers: 12 instructions a message.
    const SentMessage copy = message;
    for (std::uint64_t n = 0; n < count; ++n) send_timing->sent(copy);
  }

  // The first intact copies of messages of the window arrived, or came back, in time. `bytes` of
  // each.
  void answered(Instant intended, Instant arrived, std::uint64_t bytes, std::uint64_t count = 1) {
    counts.received(intended, count);
    counts.delivered(arrived, bytes, count);
    response_time.record(ns(arrived - intended), count);
    series.record(arrived, arrived - intended, count);
    warmup_check.record(arrived, arrived - intended, count);
  }

  void answered_in_warmup(Instant intended, Instant arrived, std::uint64_t bytes,
                          std::uint64_t count = 1) {
    counts.delivered(arrived, bytes, count);  // goodput counts by arrival
    series.count(arrived, count);
    warmup.record(ns(arrived - intended), count);
    warmup_check.record(arrived, arrived - intended, count);
  }

  // A closed loop gave up a message that was sent at `sent`, and may send the next.
  void gave_up(Phase phase, Instant sent, Instant now) {
    lost_in_warmup += phase == Phase::warmup;
    const Nanoseconds within = std::min(now, counts.t1) - std::max(sent, counts.t0);
    waited_for_lost += std::max(within, Nanoseconds(0));
  }

  // Ends the window earlier than planned: the run was interrupted. The check of the warm-up does
  // not take part; a partial run has no verdict on it. Must: t0 < t1.
  void shorten(Instant t1);

  // Must: the same window.
  void add(const Recorder& other);
  void add(const TcpRecord& other);

  WindowCounts counts;
  Histogram response_time, send_block, warmup;
  SequenceStatistics sequence;  // its delay is t_recv - t_sent: the service time, or one way
  Series series;
  WarmupCheck warmup_check;
  StoppedTime stopped;
  Nanoseconds waited_for_lost{0};  // within the window, summed over messages
  // Messages that the responder dealt with within [t0,t1), in time or not.
  std::uint64_t taken_in = 0;
  // Of a mix: messages of the window that the kernel took, of each of its sizes, and with answers
  // of another size the bytes of the requests that were answered within [t0,t1).
  std::vector<std::uint64_t> sizes_sent;
  std::uint64_t request_bytes = 0;
  std::uint64_t lost_in_warmup = 0;  // messages that were sent in the warm-up and never answered
  std::optional<SendTiming> send_timing;    // of this thread, of a generator with a schedule
  std::optional<SendTiming::Totals> sends;  // of the recorders that were added
  std::uint64_t receive_drops = 0;      // by the kernel, at this thread's sockets, since they exist
  std::optional<TcpCourse> tcp;         // of this thread, over TCP
  std::optional<TcpRecord> merged_tcp;  // of the recorders that were added
  Fairness fairness;                    // of the messages in `sequence`, over its flows
  std::vector<report::ConnectionFigures> connections;  // with CaseSpec::per_connection
  report::Integrity integrity;
  UsageBetween usage;  // of the recording thread
  Usage merged_usage;  // of the recorders that were added
};

// Counts the lost messages of a flow in a series, which must outlive it.
class SeriesLosses final : public SequenceObserver {
 public:
  explicit SeriesLosses(Series& series) : series_(series) {}
  void on_lost(const LossEvent& event) override { series_.lose(event.found, event.count); }

 private:
  Series& series_;
};

// Until when a series can be settled at `now`: until then, no message is found to be lost any more
// that a tracker with this Tmax has not given up.
[[nodiscard]] inline Instant settled_at(Instant now, bool reliable, Nanoseconds tmax) {
  return reliable ? now : now - tmax;
}

}  // namespace sockmark
