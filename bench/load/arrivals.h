// The receiving half of a thread for the messages of one way: counts those that arrive over its
// connections and, where they are not echoed, their delays. Both ends have one.
//
// Arrivals are counted several at a time, after answers were sent: counting one finds cold caches
// after the kernel has used them.
//
// One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "bench/load/connection_figures.h"
#include "bench/load/recorder.h"
#include "bench/load/session.h"
#include "bench/plan/plan.h"
#include "bench/protocol/wire.h"
#include "measure/sequence_tracker.h"
#include "measure/sliced_delays.h"
#include "measure/stalls.h"

namespace sockmark {

// The delays of a run between two clocks, counted relative to an estimate of theta. `response`
// counts from the due time, of a stream.
struct DelaySlices {
  DelaySlices(Instant t0, Instant end, Nanoseconds theta, bool stream, std::size_t cells_max)
      : sent(t0, end, theta, cells_max) {
    if (stream) response.emplace(t0, end, theta, cells_max);
  }
  SlicedDelays sent;
  std::optional<SlicedDelays> response;
};

// Instead of the number of messages that were sent over a connection: its sender was lost.
inline constexpr std::uint64_t kSentUnknown = ~std::uint64_t{0};

class ArrivalCounter {
 public:
  // `clock_shared`: the instants in messages can be compared with the clock here. Must: the case
  // outlives the counter.
  ArrivalCounter(const CaseSpec& spec, FlowIds flows, bool clock_shared);

  // Begins with an empty record. `thetas`: how far the clock here is ahead of that of each
  // generator, if there are other clocks and that is known; else empty. Must: the recorder outlives
  // the counting.
  void begin(Recorder& recorder, std::vector<Nanoseconds> thetas);
  // Ends the window earlier than planned. The owner shortens the recorder.
  void shorten(Instant t1);

  // Whether it is a message of the way that is counted, over a connection of the case.
  [[nodiscard]] bool counts(const WireHeader& header) const {
    return flows_.connection(header.flow) < spec_.connections &&
           flows_.phase(header.flow) == phase_of(header);
  }
  // A message arrived. Must: counts().
  void add(const WireHeader& header, std::uint64_t bytes, Instant arrived) {
    // The messages that a stream sent in one call differ only in their sequence numbers.
    if (!runs_.empty() && runs_.back().continues_with(header, bytes, arrived)) {
      ++runs_.back().count;
    } else {
      runs_.push_back({.first = header, .bytes = bytes, .arrived = arrived, .count = 1});
    }
  }
  // Whether enough have arrived for count().
  [[nodiscard]] bool full() const { return runs_.size() >= kRunsPerCount; }
  void count();

  // Settles the sub-windows of the series of a stream of which nothing more can be found to be lost
  // at `now`. Nothing is settled where the time of a message is not judged here.
  void settle(Instant now);

  // Expects messages over a connection; those of others are expected from their first one on.
  void track(std::uint64_t connection);
  [[nodiscard]] bool tracks(std::uint64_t connection) const {
    return trackers_[connection] != nullptr;
  }
  // Messages that were sent over a connection, or kSentUnknown: those that did not arrive are lost.
  // Must: tracked, and with per_connection ended.
  void finish(std::uint64_t connection, std::uint64_t sent);
  // Unique messages of the window that arrived in time.
  [[nodiscard]] std::uint64_t received() const { return recorder_->sequence.received; }

  // In which parts of the window messages of each of several generators arrived; empty for one.
  [[nodiscard]] const std::vector<Silence>& heard() const { return heard_; }
  // The delays of messages of the window between two clocks, for each generator; empty without
  // thetas.
  [[nodiscard]] const std::vector<DelaySlices>& slices() const { return slices_; }

 private:
  [[nodiscard]] bool judges_time() const;
  static constexpr std::size_t kRunsPerCount = 12;

  // Messages of a batch with consecutive sequence numbers that are otherwise alike.
  struct Run {
    WireHeader first;
    std::uint64_t bytes = 0;  // of each
    Instant arrived;
    std::uint64_t count = 0;
    // Compares field by field with the header as it was decoded. When the header was first copied
    // into a Run, a quarter of the time of a message of a stream was spent waiting for that store.
    [[nodiscard]] bool continues_with(const WireHeader& next, std::uint64_t bytes_of_next,
                                      Instant arrived_next) const {
      // The same flow implies the same phase: counts() has checked that.
      return arrived_next == arrived && bytes_of_next == bytes && next.seq == first.seq + count &&
             next.flow == first.flow && next.intended_ns == first.intended_ns &&
             next.sent_after_ns == first.sent_after_ns && next.echo == first.echo;
    }
  };

  void count(const Run& run);
  void count_between_clocks(const Run& run);
  // By instants of the clock here. Returns how many first copies of messages of the window it has.
  std::uint64_t count(const Run& run, Instant intended, Instant sent);

  const CaseSpec& spec_;
  const FlowIds flows_;
  const bool clock_shared_;
  Recorder* recorder_ = nullptr;
  std::optional<SeriesLosses> losses_;  // of the recorder
  std::vector<Run> runs_;               // not yet counted
  // By generator; empty if the clocks are one, or nothing is known of them.
  std::vector<Nanoseconds> thetas_;
  std::vector<DelaySlices> slices_;
  std::vector<Silence> heard_;  // of each of several generators
  // By connection, of a stream with per_connection; null: not of this thread.
  std::vector<std::unique_ptr<ConnectionRecord>> records_;
  std::vector<std::unique_ptr<SequenceTracker>>
      trackers_;  // by connection; null: not of this thread
};

}  // namespace sockmark
