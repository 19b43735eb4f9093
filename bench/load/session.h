// One flow's logic at the generator, without I/O and without a clock: which message is due, when it
// was taken, what came back, what was never answered. Instants are parameters.
//
// Pace says when a message is due. Closed: when fewer than `depth` are outstanding, at the instant
// at which the answer came that made room. Saturating: always. Scheduled: when its schedule says
// so, whatever became of the messages before it (open loop). The session never waits: what the
// transport does not take stays due, at its original instant, and shows up as send_block.
//
// While the transport refuses, no attempt to send could succeed. What becomes due meanwhile counts
// as issued when it became due, so that its waiting is send_block, the transport's, and not
// generator_lag; but not as attempted.
//
// A flow has two phases with their own numbers, from 0: warm-up, and the messages whose t_intended
// lies in the window [t0,t1). Metrics are of the second (docs/definitions/throughput.md#window).
//
// Threading: one thread. Steady state allocates nothing; a loss may double the ring of open
// messages, which an open loop grows to rate * tmax of them at most, and a transport that takes
// little at a time makes the list of what is due longer, to a batch at most.

#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "bench/load/recorder.h"
#include "bench/plan/schedule.h"
#include "bench/protocol/wire.h"
#include "measure/sequence_tracker.h"

namespace sockmark {

enum class Pace : std::uint8_t { closed, saturating, scheduled };

// The flow ids of one connection: two numbers that no other connection of this run has, and that
// another run's messages have only by a chance of one in billions. `base` is random per run.
struct FlowIds {
  std::uint32_t base = 0;
  [[nodiscard]] std::uint32_t of(std::uint64_t connection, bool measured) const {
    return base + static_cast<std::uint32_t>(2 * connection) + (measured ? 1 : 0);
  }
  // The connection that a flow id stands for; at least `connections` for a stranger's.
  [[nodiscard]] std::uint32_t connection(std::uint32_t flow) const { return (flow - base) / 2; }
  [[nodiscard]] bool measured(std::uint32_t flow) const { return ((flow - base) & 1) != 0; }
};

// t_intended of a message that came from a peer, which may say anything: not before the clock's
// zero and not after its arrival, so that differences are delays.
[[nodiscard]] inline Instant intended_of(const WireHeader& header, Instant arrived) {
  return std::clamp(instant_from_ns(header.intended_ns), Instant{}, arrived);
}

// The same for the instant right before the send call that took it.
[[nodiscard]] inline Instant sent_of(const WireHeader& header, Instant arrived) {
  return std::min(intended_of(header, arrived) + Nanoseconds(header.sent_after_ns), arrived);
}

class Session {
 public:
  // A message that is due and not yet taken.
  struct Due {
    WireHeader header;
    Instant attempted;  // when the session first offered it
    Instant issued;     // t_issue: the same, but for what became due while the transport refused
  };

  // What came back, as it is to be recorded.
  struct Answer {
    Session* session;
    std::uint64_t seq;
    Instant intended, sent, arrived;
    bool measured;
    bool answers;  // a message that was still awaited
  };

  struct Options {
    Pace pace = Pace::closed;
    bool echo = true;         // messages come back
    std::uint64_t depth = 1;  // closed
    std::size_t batch = 1;    // saturating, scheduled: how many are offered at once
    // The transport may have taken part of the message that it refused last, which then must stay
    // as it is.
    bool byte_stream = false;
    std::uint32_t size = 64;  // bytes, header included
    std::uint64_t connection = 0;
    FlowIds flows;
    Nanoseconds tmax{0};
    std::optional<Schedule::Options> schedule = {};  // scheduled: from `start` on
    Instant start = {};
    // Where due() lays out what it offers: one for all sessions of a thread, so that ten thousand
    // saturating flows need no list of a batch each (12 KiB). Absent: one of its own. Must:
    // outlives the session.
    std::vector<Due>* offer = nullptr;
    // Where what came back waits for settle(), of all sessions of a thread; as many as it has room
    // for. Absent: recorded at once. Must: outlives the session.
    std::vector<Answer>* unsettled = nullptr;
  };

  // Must: the recorder, which knows the window, outlives the session.
  Session(const Options& options, Recorder& recorder);

  // The messages to offer to the transport now, oldest first. Offering them again later gives the
  // same headers but for sent_after_ns. From t1 on nothing new becomes due; what a schedule made
  // due before it is offered until tmax later. Valid until the next call to any session that lays
  // them out in the same place.
  [[nodiscard]] std::span<const Due> due(Instant now);

  // The first `count` of due() were taken by the kernel; `sent` was read right after the call.
  void taken(std::size_t count, Instant sent);

  // The transport refused what it did not take of due(), at `at`.
  void refused(Instant at) { refused_at_ = refused_at_.value_or(at); }

  // Scheduled: when due() will have something new; Instant::max() if never. What was refused is not
  // waited for here, but for the transport.
  [[nodiscard]] Instant next_due() const;

  // An intact message came back to this connection. What is due next does not depend on its being
  // recorded, so that may wait for a moment when messages are under way and none is due.
  void returned(const WireHeader& header, Instant arrived);
  // Records what has waited: several at a time, for one alone finds cold caches, which the kernel
  // has used since the message before. Must: called at the end.
  static void settle(std::vector<Answer>& unsettled);

  // Gives up what has been outstanding for longer than tmax, so that a closed loop goes on after a
  // loss. Whether that made room.
  bool expire(Instant now);

  // Nothing is due and nothing outstanding. Final once `now` is past t1.
  [[nodiscard]] bool idle() const {
    return pending_ == 0 && outstanding_ == 0 && next_due() == Instant::max();
  }

  // In a closed loop: no message is under way, so nothing can come back but a copy.
  [[nodiscard]] bool awaits_nothing() const {
    return options_.pace == Pace::closed && outstanding_ == 0;
  }

  // Messages of the window that the kernel took.
  [[nodiscard]] std::uint64_t sent() const { return taken_measured_; }
  // Messages of the window that became due, and were never taken. Must: called at the end.
  [[nodiscard]] std::uint64_t unsent();
  [[nodiscard]] SequenceTracker& tracker() { return tracker_; }

 private:
  struct InFlight {
    std::uint64_t number = ~std::uint64_t{0};  // counted over both phases; none yet
    Instant intended, sent;
    bool open = false;
  };

  // Messages that became due together; their numbers follow one another.
  struct Run {
    Due first;
    std::uint64_t count = 0;
  };
  void record(const Answer& answer);

  [[nodiscard]] std::uint64_t taken_in_warmup() const;
  void add_due(std::uint64_t count, Instant intended, Instant now);
  void add_scheduled(Instant now);
  [[nodiscard]] std::span<const Due> lay_out();
  void take(Run& run, std::uint64_t count, Instant sent);
  // Only after a loss does a message stay open while `depth` newer ones are answered.
  void grow_ring();
  [[nodiscard]] std::uint64_t number_of(const WireHeader& header) const {
    return header.measured ? warmup_messages_ + header.seq : header.seq;
  }
  [[nodiscard]] InFlight& slot(std::uint64_t number) {
    return in_flight_[number & (in_flight_.size() - 1)];
  }

  Options options_;
  Recorder& recorder_;
  std::optional<Schedule> schedule_;
  bool abandoned_ = false;             // what the schedule still holds is never sent
  std::optional<Instant> refused_at_;  // since when the transport has not taken all that is due
  std::vector<Run> runs_;              // what is due and not taken, oldest first
  std::uint64_t pending_ = 0;          // messages in them; never more than a batch
  // When what is due was offered last, and when the oldest was, before it came to be the oldest:
  // part of that one may be out, with the header that it had then.
  Instant offered_at_, oldest_offered_at_;
  std::vector<Due> own_offer_;
  std::vector<InFlight> in_flight_;    // ring by message number, a power of two
  std::uint64_t next_number_ = 0;      // of the next message to become due
  std::uint64_t oldest_open_ = 0;      // no message below is outstanding
  std::uint64_t warmup_messages_ = 0;  // final once the first message of the window is due
  std::uint64_t due_measured_ = 0, taken_measured_ = 0;
  std::uint64_t outstanding_ = 0;
  SequenceTracker tracker_;  // of the echoes
};

}  // namespace sockmark
