// Classifies each message of one flow in one direction, at the receiving end, from the arrivals
// alone: received, duplicate, reordered, late, lost
// (docs/definitions/loss.md, docs/definitions/duplication.md, docs/definitions/reordering.md).
//
// Nothing is recorded when a message is sent. Numbers below the next expected one have arrived
// unless they are in a gap, so only gaps are stored: a flow without loss or reordering needs no
// memory beyond this object. A window with a bit for each message in flight would have to be as
// long as rate * tmax from the start.
//
// The sender numbers messages consecutively from first_seq in the order of sending and sends them
// at instants that do not decrease. Therefore, when a message is more than tmax old, so is every
// message before it, and the numbers still missing below it are lost for good.
//
// Cost: an arrival in order is O(1). Any other is O(log gaps), plus the gaps above it, which are
// few unless the path reorders over thousands of messages. Memory: about half a kilobyte, 72 bytes
// for each gap opened within tmax, 16 for each message duplicated within tmax, and 16 for each of
// the last Options::remembered_losses stretches of lost messages.
//
// This bounds the memory for any arrivals: of w = rate * tmax messages half can be gaps, each of
// which may be known to be reordering (16 bytes), and all can be duplicated, so 60 w + 16
// remembered_losses bytes are in use. The vectors may hold up to four times that: 240 w + 64
// remembered_losses, for a flow of any length.
//
// One thread at a time. The statistics are shared by the flows of a thread and must outlive them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/clock.h"
#include "measure/loss_pattern.h"
#include "measure/reordering.h"
#include "measure/sequence_observer.h"
#include "measure/sequence_statistics.h"
#include "measure/sliding_vector.h"

namespace sockmark {

enum class Arrival {
  first,      // the first intact copy, in time: the only one that counts as received
  duplicate,  // a further copy, in time
  late,       // after t_sent + tmax: its message is lost, or the copy is one too many
  spurious,   // a number that this flow cannot have sent
};

class SequenceTracker {
 public:
  struct Options {
    std::uint64_t first_seq = 0;
    // A message that takes exactly this long is received, a nanosecond more and it is lost
    // (RFC 7680, section 2.7). Must: > 0. The same limit applies to duplicates and reordering.
    Nanoseconds tmax = std::chrono::seconds(1);
    std::uint32_t n_reordering_max = 16;
    // A number further than this beyond the highest one seen is spurious. Must: at most 2^32, so
    // that no index ever comes near 2^64.
    std::uint64_t max_jump = std::uint64_t{1} << 24;
    // The number of latest stretches of lost messages that are stored, to decide whether a late
    // arrival is the first copy of a lost message. Late arrivals of older ones are counted in
    // late_unattributed instead of late.
    std::size_t remembered_losses = 65536;
  };

  SequenceTracker(const Options& options, SequenceStatistics& statistics,
                  SequenceObserver* observer = nullptr);

  // An intact copy of message `seq`, sent at `sent`, has arrived. Must: arrivals are reported in
  // the order of their receipt, and their instants do not decrease; `arrived - sent` fits. Numbers
  // that the caller knows it has not sent yet must not be reported. An arrival that violates the
  // rules for senders above is counted as late if its message was already given up.
  Arrival arrived(std::uint64_t seq, Instant sent, Instant arrived, std::uint32_t bytes) {
    const std::uint64_t index = seq - options_.first_seq;
    const Nanoseconds delay = arrived - sent;
    if (index == next_ && index >= given_up_ && seq >= options_.first_seq && delay <= options_.tmax)
        [[likely]] {
      if (last_delay_ != kNoDelay) statistics_.delay.ipdv.record(ns(delay) - last_delay_);
      accept_in_order(index, ns(delay), bytes);
      return Arrival::first;
    }
    return arrived_otherwise(seq, sent, arrived, bytes);
  }

  // `count` times arrived(), for a batch: messages numbered consecutively from `seq`, sent at one
  // instant and received at one. Costs little more than one of them.
  struct Together {
    std::uint64_t first = 0, spurious = 0;  // counts of these kinds of Arrival
  };
  Together arrived_together(std::uint64_t seq, std::uint64_t count, Instant sent, Instant arrived,
                            std::uint32_t bytes) {
    Together together;
    for (std::uint64_t n = 0; n < count;) {
      const Arrival one = this->arrived(seq + n++, sent, arrived, bytes);
      together.first += one == Arrival::first;
      together.spurious += one == Arrival::spurious;
      // After one that arrived in order, so do the others.
      if (n < count && one == Arrival::first && seq + n - options_.first_seq == next_) {
        accept_alike(count - n, ns(arrived - sent), bytes);
        together.first += count - n;
        break;
      }
    }
    return together;
  }

  // Gives up what is too old to arrive in time at `now`, as the next arrival that is not in order
  // would. Must: every arrival before `now` was reported.
  void give_up_late(Instant now) {
    while (!gaps_.empty() && now - gaps_.front().sent_after > options_.tmax)
      give_up_below(gaps_.front().last + 1, now);
  }

  // The sender has sent `sent_count` messages, and no arrival will be reported any more: what is
  // missing is lost. Must: called once, after the last arrival.
  // Numbers at or above first_seq + sent_count that were received are taken out of `received` and
  // counted as spurious; their traces in reordering and delay remain. A count so small that it
  // contradicts a late arrival or an earlier loss is raised to include it.
  void finish(std::uint64_t sent_count);
  // The same where the sender was lost: its last number is taken to be the last one that arrived.
  void finish_without_count() { finish(next_); }
  // Messages of this flow that were received. Must: finished.
  [[nodiscard]] std::uint64_t received() const { return received_; }

  // This object and what it has allocated; not the statistics.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  static constexpr std::int64_t kNoDelay = std::numeric_limits<std::int64_t>::min();

  // Numbers missing below next_, and the arrival that skipped them. An arrival in the middle leaves
  // two gaps with the same discontinuity. Delays and sent instants are those of the received
  // neighbours.
  struct Gap {
    std::uint64_t first = 0, last = 0;  // by index, inclusive
    Discontinuity opened;
    Instant sent_after;                    // of message last + 1
    std::int64_t delay_before = kNoDelay;  // of message first - 1, if that was received
    std::int64_t delay_after = kNoDelay;   // of message last + 1
    std::uint64_t bytes_before = 0;        // received between the gap before this one and `first`
  };
  struct Duplicated {
    std::uint64_t index = 0;
    Instant sent;
  };
  struct Stretch {
    std::uint64_t first = 0, last = 0;
  };
  using Gaps = SlidingVector<Gap>;

  void accept_in_order(std::uint64_t index, std::int64_t delay, std::uint32_t bytes) {
    next_ = index + 1;
    last_delay_ = delay;
    bytes_after_gaps_ += bytes;
    reordering_.in_order(index);
    accept(delay);
  }
  void accept(std::int64_t delay) {
    ++statistics_.received;
    DelayStatistics& delays = statistics_.delay;
    if (delay >= 0) [[likely]] {
      delays.delay.record(delay);
    } else {
      delays.delay.record(0);
      ++delays.negative;
    }
    // RFC 3550, section 6.4.1; the first arrival only initialises (appendix A.8 leaves that open).
    if (transit_ != kNoDelay) {
      const std::int64_t difference = delay - transit_;
      const auto magnitude = static_cast<double>(difference < 0 ? -difference : difference);
      jitter_ns_ += (magnitude - jitter_ns_) * (1.0 / 16);
    }
    transit_ = delay;
  }

  // The next `count` messages in order, with the delay of the one before.
  void accept_alike(std::uint64_t count, std::int64_t delay, std::uint32_t bytes);
  Arrival arrived_otherwise(std::uint64_t seq, Instant sent, Instant arrived, std::uint32_t bytes);
  void accept_beyond_gap(std::uint64_t index, Instant sent, Instant arrived, std::uint32_t bytes);
  void accept_into_gap(Gaps::iterator gap, std::uint64_t index, Instant sent, Instant arrived,
                       std::uint32_t bytes);
  void note_duplicate(std::uint64_t index, Instant sent, Instant arrived);
  void note_late(std::uint64_t index, Instant arrived);

  [[nodiscard]] Gaps::iterator gap_reaching(std::uint64_t index);
  [[nodiscard]] std::uint64_t bytes_received_above(Gaps::iterator gap);
  void give_up_below(std::uint64_t end, Instant found);
  void lose(std::uint64_t first, std::uint64_t last, Instant found);

  const Options options_;
  SequenceStatistics& statistics_;
  SequenceObserver* const observer_;

  std::uint64_t next_ = 0;      // next expected index: one beyond the highest received
  std::uint64_t given_up_ = 0;  // every index below is received or lost for good; may exceed next_
  std::uint64_t bytes_after_gaps_ = 0;  // received since the last gap opened
  std::int64_t last_delay_ = kNoDelay;  // of message next_ - 1
  std::int64_t transit_ = kNoDelay;     // of the latest arrival
  double jitter_ns_ = 0;
  Gaps gaps_;
  SlidingVector<Duplicated> duplicated_;
  SlidingVector<Stretch> lost_;
  bool forgot_losses_ = false;
  std::uint64_t losses_ = 0, received_ = 0;  // of this flow; received_ only when it is finished
  Reordering reordering_;
  LossPattern loss_pattern_;
};

}  // namespace sockmark
