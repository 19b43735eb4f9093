// The logic of one flow at the generator, without I/O and without a clock: which message is due,
// when it was taken, what came back, what was never answered. Instants are parameters.
//
// Pace decides when a message is due. Closed: when fewer than `depth` are outstanding, at the
// instant of the answer that made room. Thinking: `think` after that instant. Saturating: always.
// Scheduled: by a schedule, whatever happened to the messages before (open loop). The session never
// waits: a message that the transport does not take stays due, at its original instant, and the
// wait is its send_block.
//
// The messages of a burst count as issued when the first of them was: the later ones wait for the
// transport to take those before.
//
// While the transport refuses, no attempt to send could succeed. A message that becomes due
// meanwhile counts as issued when it became due, so that its wait is send_block, the transport's,
// and not generator_lag; but not as attempted.
//
// A flow has two phases, each with its own sequence numbers from 0: warm-up, and the window, for
// messages with t_intended in [t0,t1). Metrics are of the window
// (docs/definitions/throughput.md#window).
//
// Threading: one thread. Steady state allocates nothing. A loss may double the ring of open
// messages; an open loop grows it to at most rate * tmax messages. A transport that takes few
// messages at a time makes the list of due messages longer, to at most a batch.

#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "bench/load/connection_figures.h"
#include "bench/load/recorder.h"
#include "bench/plan/plan.h"
#include "bench/plan/schedule.h"
#include "bench/plan/size_mix.h"
#include "bench/protocol/wire.h"
#include "measure/sequence_tracker.h"

namespace sockmark {

enum class Pace : std::uint8_t { closed, saturating, scheduled, thinking };

// The flow ids of a run: two for each connection, one a phase; and as many again for the stream of
// the responder, if it sends one. `base` is random per run, so that a message of another run
// matches with a probability of one in billions.
struct FlowIds {
  std::uint32_t base = 0;
  [[nodiscard]] std::uint32_t of(std::uint64_t connection, Phase phase) const {
    return base + static_cast<std::uint32_t>(2 * connection) + (phase == Phase::window ? 1 : 0);
  }
  // Of a message that only asks whether this is the responder of the run: not one of a connection.
  [[nodiscard]] std::uint32_t probe() const { return base - 1; }
  // Of a message with which a connection is introduced to a responder that will send on it
  // (introduce.h).
  [[nodiscard]] std::uint32_t introduction(std::uint64_t connection) const {
    return base - 2 - static_cast<std::uint32_t>(connection);
  }
  // The connection that is introduced; at least the number of connections if the flow id is
  // another.
  [[nodiscard]] std::uint32_t introduced(std::uint32_t flow) const { return base - 2 - flow; }
  // Those of the stream of the responder.
  [[nodiscard]] FlowIds of_responder(const CaseSpec& spec) const {
    return {.base = base + 2 * static_cast<std::uint32_t>(spec.connections)};
  }
  // The number of ids, from `base` on.
  [[nodiscard]] static std::uint64_t count(const CaseSpec& spec) {
    return (spec.responder_sends() ? 4 : 2) * spec.connections;
  }
  // The connection of a flow id; at least the number of connections if it is not of this run.
  [[nodiscard]] std::uint32_t connection(std::uint32_t flow) const { return (flow - base) / 2; }
  [[nodiscard]] Phase phase(std::uint32_t flow) const {
    return static_cast<Phase>(((flow - base) & 1) != 0);
  }
};

// The sizes of the messages of a mix. Immutable after construction.
class MessageSizes {
 public:
  // `seed` is that of the run.
  MessageSizes(const SizeMix& mix, std::uint64_t seed, FlowIds flows)
      : draw_(mix, seed), first_flow_(flows.base) {}
  [[nodiscard]] std::size_t part_of(std::uint32_t flow, std::uint64_t seq) const {
    return draw_.part_of(flow - first_flow_, seq);
  }
  [[nodiscard]] std::uint32_t bytes_of(std::size_t part) const { return draw_.bytes_of(part); }
  [[nodiscard]] std::size_t parts() const { return draw_.parts(); }

 private:
  SizeDraw draw_;
  std::uint32_t first_flow_;
};

[[nodiscard]] inline Phase phase_of(const WireHeader& header) {
  return static_cast<Phase>(header.measured);
}

// t_intended of a received message. A peer may send any value: it is limited to at least the
// clock's zero and at most the arrival, so that differences are delays.
[[nodiscard]] inline Instant intended_of(const WireHeader& header, Instant arrived) {
  return std::clamp(instant_from_ns(header.intended_ns), Instant{}, arrived);
}

// The same for the instant right before the send call that took the message.
[[nodiscard]] inline Instant sent_of(const WireHeader& header, Instant arrived) {
  return std::min(intended_of(header, arrived) + Nanoseconds(header.sent_after_ns), arrived);
}

// The same two instants, of a sender whose clock is not that of `arrived`, as they are in the
// header and by the clock of `arrived`, which is `theta` ahead. Any header gives instants of which
// the differences do not overflow; an instant may be later than `arrived`, by the error of `theta`.
struct SenderTimes {
  struct {
    Instant intended, sent;
  } theirs, here;
};
[[nodiscard]] inline SenderTimes times_between_clocks(const WireHeader& header, Instant arrived,
                                                      Nanoseconds theta) {
  constexpr std::int64_t kLimit = (std::int64_t{1} << 62) - 1;
  constexpr Nanoseconds kErrorMax = std::chrono::seconds(1);
  const Instant intended = instant_from_ns(std::clamp<std::int64_t>(header.intended_ns, 0, kLimit));
  const Instant sent =
      std::min(intended + Nanoseconds(header.sent_after_ns), instant_from_ns(kLimit));
  const auto here = [&](Instant theirs) {
    return std::clamp(theirs + theta, Instant{}, arrived + kErrorMax);
  };
  return {.theirs = {intended, sent}, .here = {here(intended), here(sent)}};
}

class Session {
 public:
  static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

  // A message that is due and not yet taken.
  struct Due {
    WireHeader header;
    Instant attempted;  // when the session first offered it
    Instant issued;     // t_issue: the same, unless it became due while the transport refused
  };

  // A message that came back and is to be recorded.
  struct Answer {
    Session* session;
    std::uint64_t seq;
    Instant intended, sent, arrived;
    Phase phase;
    bool awaited;  // the message was still outstanding
  };

  struct Options {
    Pace pace = Pace::closed;
    bool echo = true;         // messages come back
    std::uint64_t depth = 1;  // closed, thinking
    std::size_t batch = 1;    // saturating, scheduled: the number of messages offered at once
    // The transport may have taken a part of the message that it refused last. That message must
    // then stay unchanged.
    bool byte_stream = false;
    // Of what comes back, or of the messages of a stream: bytes, header included. Of echoes of a
    // mix it is not used.
    std::uint32_t size = 64;
    const MessageSizes* sizes = nullptr;  // of a mix. Must: outlives the session
    bool sized_answers = false;           // what comes back has `size`, also where there is a mix
    std::uint64_t connection = 0;
    FlowIds flows;
    Nanoseconds tmax{0};
    // Of the window: no message becomes due after that many.
    std::uint64_t messages = kUnlimited;
    // Thinking: from an answer to the next message, and from `start` to the first.
    Nanoseconds think{0}, first_think{0};
    std::optional<Schedule::Options> schedule = {};  // scheduled: from `start` on
    Instant start = {};
    // Where due() writes the messages that it offers: one list for all sessions of a thread, so
    // that ten thousand saturating flows do not need one each (12 KiB). Absent: a list of its own.
    // Must: outlives the session.
    std::vector<Due>* offer = nullptr;
    // Answers of all sessions of a thread that wait for record_pending(); its capacity is the
    // limit. Absent: each is recorded at once. Must: outlives the session.
    std::vector<Answer>* pending_records = nullptr;
    // Where the answers of this flow alone are recorded too. Must: outlives the session.
    ConnectionRecord* connection_record = nullptr;
  };

  // Must: the recorder, which knows the window, outlives the session.
  Session(const Options& options, Recorder& recorder);

  // The messages to offer to the transport now, oldest first. Offering them again later gives the
  // same headers except for sent_after_ns. From t1 on nothing new becomes due; messages of a
  // schedule that were due before t1 are offered until tmax later. Valid until the next call to a
  // session with the same list.
  [[nodiscard]] std::span<const Due> due(Instant now);

  // The kernel took the first `count` of due(); `sent` was read right after the call.
  void taken(std::size_t count, Instant sent);

  // The transport refused the rest of due(), at `at`.
  void refused(Instant at) { refused_at_ = refused_at_.value_or(at); }

  // Scheduled, thinking: when due() will have a new message; Instant::max() for never. Refused
  // messages do not count: they wait for the transport.
  [[nodiscard]] Instant next_due() const;

  // An intact message came back to this connection. Recording it does not change what is due next,
  // and may wait until messages are under way and none is due.
  void returned(const WireHeader& header, Instant arrived);
  // A message was answered, and wrongly: it is no longer outstanding, and counts as lost.
  void failed(const WireHeader& header);
  // Records the pending answers. Several at a time, because recording one finds cold caches after
  // the kernel has used them. Must: called at the end.
  static void record_pending(std::vector<Answer>& pending_records);

  // Gives up messages outstanding for longer than tmax, so that a closed loop continues after a
  // loss. Returns whether that made room.
  bool expire(Instant now);

  // Nothing is due and nothing outstanding. Final once `now` is past t1.
  [[nodiscard]] bool idle() const {
    return pending_ == 0 && outstanding_ == 0 && next_due() == Instant::max();
  }

  // The kernel took as many messages of the window as there are to be.
  [[nodiscard]] bool complete() const { return taken_in_window_ == options_.messages; }

  // In a closed loop: no message is under way, so only a duplicate can come back.
  [[nodiscard]] bool awaits_nothing() const {
    return (options_.pace == Pace::closed || options_.pace == Pace::thinking) && outstanding_ == 0;
  }

  // Messages of the window that the kernel took.
  [[nodiscard]] std::uint64_t sent() const { return taken_in_window_; }
  // Messages of the window that became due and were never taken. Final at the end. Walks through
  // the rest of the schedule.
  [[nodiscard]] std::uint64_t unsent() const;
  [[nodiscard]] SequenceTracker& tracker() { return tracker_; }
  [[nodiscard]] const SequenceTracker& tracker() const { return tracker_; }

 private:
  struct InFlight {
    std::uint64_t number = ~std::uint64_t{0};  // counted over both phases; none yet
    Instant intended, sent;
    bool open = false;
  };

  // Messages that became due together, with consecutive sequence numbers.
  struct DueRun {
    Due first;
    std::uint64_t count = 0;
  };
  void record(const Answer& answer);
  void record(const Answer& answer, std::uint32_t bytes);
  void record_of_mix(const Answer& answer);
  void count_sizes(const WireHeader& first, std::uint64_t count);

  [[nodiscard]] std::uint64_t taken_in_warmup() const;
  void add_due(std::uint64_t count, Instant intended, Instant now);
  void add_scheduled(Instant now);
  void add_thought(Instant now);
  void think_until(Instant due);
  [[nodiscard]] Instant before_end(Instant due) const;
  void issue_bursts_together();
  [[nodiscard]] std::span<const Due> lay_out();
  void take(DueRun& run, std::uint64_t count, Instant sent);
  // A message stays open while `depth` newer ones are answered only after a loss.
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
  // Thinking: when the messages that are not yet due will be, oldest first; a ring of `depth`.
  std::vector<Instant> thoughts_;
  std::size_t first_thought_ = 0, thinking_ = 0;  // and how many they are
  Instant burst_due_, burst_issued_;              // of the burst that became due last
  bool abandoned_ = false;                        // the rest of the schedule is never sent
  std::optional<Instant> refused_at_;  // since when the transport has not taken all due messages
  std::vector<DueRun> due_runs_;       // due and not taken, oldest first
  std::uint64_t pending_ = 0;          // messages in them; never more than a batch
  // When the due messages were last offered, and when the oldest of them was offered before it
  // became the oldest: a part of it may have been sent, with the header of that time.
  Instant offered_at_, oldest_offered_at_;
  std::vector<Due> own_offer_;
  std::vector<InFlight> in_flight_;    // ring by message number, a power of two
  std::uint64_t next_number_ = 0;      // of the next message to become due
  std::uint64_t oldest_open_ = 0;      // no message below is outstanding
  std::uint64_t warmup_messages_ = 0;  // final once the first message of the window is due
  std::uint64_t due_in_window_ = 0, taken_in_window_ = 0;
  std::uint64_t outstanding_ = 0;
  SeriesLosses losses_;
  SequenceTracker tracker_;  // of the echoes
};

}  // namespace sockmark
