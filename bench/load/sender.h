// The sending half of a thread: which of its connections sends next, and the send calls. Both ends
// have one; the owner opens the connections, receives on them and handles those that fail.
//
// Several sends of a connection, at most kSendsPerTurn, make a turn; then the others, and what
// arrives, get theirs.
//
// One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "bench/load/message_batch.h"
#include "bench/load/polled_channel.h"
#include "bench/load/recorder.h"
#include "bench/load/session.h"
#include "bench/loop/loop.h"
#include "bench/plan/plan.h"
#include "transports/transport.h"

namespace sockmark {

// A connection and what is sent on it.
struct SendingFlow {
  enum class State : std::uint8_t { closed, connecting, open, failed };
  enum class Due : std::uint8_t {
    nothing,
    more,     // its turn is over, the kernel would take more
    blocked,  // until the channel is ready to send
  };

  std::uint64_t connection = 0;  // its number within the case
  PolledChannel channel;
  std::optional<Session> session;  // from the start of the run, when the window is known
  State state = State::closed;
  Due due = Due::nothing;
  bool in_more = false;              // it is among those that have more to send
  Instant awaited = Instant::max();  // of its latest entry in the queue of due times
};

class Sender {
 public:
  // Handles a connection that broke: `what` failed, with an errno or 0.
  using Failed = std::function<void(SendingFlow&, std::string_view what, int error)>;
  // Opens a connection that is closed while nothing is due on it, for what is due at `now`.
  using Open = std::function<void(SendingFlow&, Instant now)>;

  // `flows`: the number of connections of the thread. `peer`: the other end, in messages. Must:
  // what it refers to outlives the sender.
  Sender(const CaseSpec& spec, std::size_t flows, const char* peer, Loop& loop, Scratch& scratch,
         Failed failed, Open open = {});

  // Of a session of this thread. `seed`: of the schedule of the case, and of its mix of sizes: the
  // same in each call.
  [[nodiscard]] Session::Options session_options(std::uint64_t connection, FlowIds flows,
                                                 std::uint64_t seed);
  // Between session_options() and the first session, in the thread that runs; again for another
  // window. Must: the recorder outlives the sending.
  void begin(Recorder& recorder);
  // Ends all that waits. Must: within the life of the loop.
  void end();

  // Offers due messages of a connection until none is left, the kernel takes no more, or its turn
  // is over.
  void pump(SendingFlow& flow, Instant now);
  // After pump(), in a thread that does not block: waits for what the connection waits for.
  void set_interest(SendingFlow& flow);
  // Waits until something is due on a connection by its schedule, or after its think time.
  void await_due(SendingFlow& flow);
  // Pumps the connections on which something is due by then.
  void send_due();
  void set_alarm();
  // Whether anything was sent that is worth another try, since the last call.
  [[nodiscard]] bool take_moved() { return std::exchange(moved_, false); }
  // When send_due() has something to send; Instant::max() for never.
  [[nodiscard]] Instant next_due() const {
    return waiting_.empty() ? Instant::max() : waiting_.top().first;
  }
  // After the latest call that sent messages.
  [[nodiscard]] Instant last_sent() const { return last_sent_; }
  // Records the answers that wait for it.
  void record_pending() { Session::record_pending(pending_records_); }

  // In every turn of the loop.
  void observe(Instant now);
  // The share of the window in which the loop did not wait. Absent unless the thread sleeps in an
  // open loop.
  [[nodiscard]] std::optional<double> busy() const;

 private:
  // When a flow has something to send by the clock. Only the latest entry of a flow is valid.
  using Waiting = std::pair<Instant, SendingFlow*>;
  struct Later {
    bool operator()(const Waiting& a, const Waiting& b) const { return a.first > b.first; }
  };
  struct Busy {
    Instant at;
    Nanoseconds idle{0};
  };

  void send_due_of(SendingFlow& flow, Instant now);
  void send_more();

  const CaseSpec& spec_;
  const bool echo_;
  const bool timed_;  // messages become due by the clock
  const std::size_t flows_, sends_per_turn_;
  const std::string closed_;  // what happened when the other end closed a connection
  Loop& loop_;
  Scratch& scratch_;
  const Failed failed_;
  const Open open_;
  MessageBatch message_batch_;
  std::optional<MessageSizes> sizes_;             // of a mix
  std::vector<Session::Due> offer_;               // of the current session
  std::vector<Session::Answer> pending_records_;  // of all sessions
  Recorder* recorder_ = nullptr;
  std::priority_queue<Waiting, std::vector<Waiting>, Later> waiting_;
  std::unique_ptr<Alarm> alarm_;  // where messages become due by the clock and the thread sleeps
  std::unique_ptr<Idle> more_;    // runs while a flow has more to send than its turn allowed
  std::vector<SendingFlow*> more_flows_, current_flows_;  // those, and the ones of this turn
  std::optional<Busy> busy_from_, busy_until_;
  Instant last_sent_{};
  bool moved_ = false;
};

}  // namespace sockmark
