// How the sends of an open loop kept to their schedule: lag, backlog, and whether the instants at
// which messages really went out follow the law that was asked for
// (docs/definitions/generator.md#send-process).
//
// Fed by one thread's sessions with the messages of the window, merged over threads with add().
// The judgement is health.h's. Times are nanoseconds; memory is taken at construction (about 1
// MiB).

#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "bench/plan/schedule.h"
#include "measure/histogram.h"

namespace sockmark {

class SendProcess {
 public:
  // `mean_gap_ns` is that of all the thread's messages together. Must: > 0.
  SendProcess(Instant t0, Instant t1, Arrivals arrivals, double mean_gap_ns);

  // The instants of a message of the window; `attempted` is when it was first offered to the
  // kernel, `issued` its t_issue (session.h says where they differ).
  void sent(Instant intended, Instant attempted, Instant issued, Instant sent);

  // Must: the same window.
  void add(const SendProcess& other);

  [[nodiscard]] const Histogram& lag() const { return lag_; }
  [[nodiscard]] std::uint64_t attempted_in_window() const { return attempted_in_window_; }
  // Of the messages that were due in the first and in the last tenth of the window.
  [[nodiscard]] const Histogram& lag_at_first() const { return lag_at_first_; }
  [[nodiscard]] const Histogram& lag_at_last() const { return lag_at_last_; }
  // max |t_sent - t_intended|.
  [[nodiscard]] Nanoseconds largest_deviation() const { return largest_deviation_; }

  // Complete samples of spacings between sends, spread evenly over the window (RFC 2330, section
  // 18: short samples, as thousands of real spacings fail any test), and those of them that
  // Anderson-Darling rejects at 5 % against exponential spacings of the known mean. None are taken
  // of a uniform schedule.
  struct Samples {
    std::uint64_t taken = 0, rejected = 0;
  };
  [[nodiscard]] Samples samples() const;

 private:
  void sample(Instant sent);

  const Instant t0_, t1_;
  const double mean_gap_ns_;
  const bool sampled_;
  Histogram lag_, lag_at_first_, lag_at_last_;
  std::uint64_t attempted_in_window_ = 0;
  Nanoseconds largest_deviation_{0};
  std::vector<double> gaps_;  // of the samples, one after another; the last may be incomplete
  Instant sampling_from_;     // the current sample's first send is the first one from here on
  Instant last_sent_;         // of the current sample
  std::uint64_t part_ = 0;    // of the window, that sampling_from_ begins
  std::uint64_t in_sample_ = 0;
  Samples merged_;
};

}  // namespace sockmark
