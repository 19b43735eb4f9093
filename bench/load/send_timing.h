// How closely the sends of an open loop followed their schedule: lag, backlog, and whether the
// instants of sending have the distribution that was asked for
// (docs/definitions/generator.md#send-process).
//
// Fed by the sessions of one thread with the messages of the window; the totals of threads are
// added up. health.h judges the result. Times are nanoseconds; memory is allocated at construction
// (about 1 MiB).

#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "bench/plan/arrival_law.h"
#include "measure/histogram.h"

namespace sockmark {

// The instants of a message on the sender's side (docs/definitions/latency.md#timestamps).
struct SentMessage {
  Instant intended;   // t_intended: when it was due
  Instant attempted;  // when it was first offered to the kernel
  Instant issued;     // t_issue; session.h explains when it differs from `attempted`
  Instant taken;      // t_sent: when the kernel had taken it
};

class SendTiming {
 public:
  // `mean_gap_ns` is the mean gap between the messages of all flows of the thread. Must: > 0.
  // `start`: where the schedule begins, and so the first ON period.
  SendTiming(Instant t0, Instant t1, const ArrivalLaw& law, double mean_gap_ns, Instant start = {});

  // A message of the window.
  void sent(const SentMessage& message);

  // Ends the window earlier than planned, which its tenths do not change.
  void shorten(Instant end) { end_ = end; }

  // What was recorded, added up over threads and generators.
  struct Totals {
    Histogram lag;
    // Of the messages that were due in the first and in the last tenth of the window.
    Histogram lag_at_first, lag_at_last;
    std::uint64_t attempted_in_window = 0;
    Nanoseconds largest_deviation{0};  // max |t_sent - t_intended|
    // Complete samples of gaps between sends, spread evenly over the window, and the number of them
    // that Anderson-Darling rejects at 5 % against exponential gaps of the known mean. Samples are
    // short, because thousands of real gaps fail any test (RFC 2330, section 18). Of bursts of N,
    // the gaps are between every Nth send; of an on-off process, they are measured in the time of
    // its ON periods. None are taken of a uniform schedule.
    std::uint64_t samples = 0, samples_rejected = 0;

    void add(const Totals& other);
  };
  [[nodiscard]] Totals totals() const;

 private:
  enum class Sampling : std::uint8_t { none, every_send, every_burst, on_time };
  [[nodiscard]] static Sampling sampling_of(Arrivals process);
  [[nodiscard]] Instant on_time(Instant at) const;
  void sample_derived(Instant taken);
  void sample(Instant taken);

  const Instant t0_, t1_;
  Instant end_;  // t1, or earlier
  const ArrivalLaw law_;
  const Instant start_;
  const Sampling sampling_;
  Instant sampled_from_, sampled_until_;  // the window, in the time of the sampled instants
  double mean_gap_ns_;                    // of the sampled sends
  std::uint64_t sends_ = 0;               // of bursts
  Totals totals_;                         // without the samples of gaps_
  std::vector<double> gaps_;  // of the samples, one after another; the last may be incomplete
  Instant sampling_from_;     // the current sample starts with the first send from here on
  Instant last_taken_;        // of the current sample
  std::uint64_t part_ = 0;    // of the window, the one that starts at sampling_from_
  std::uint64_t in_sample_ = 0;
};

}  // namespace sockmark
