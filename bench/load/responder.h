// The responder: the threads that receive what a generator sends, check it, count it, and send it
// back where the message asks for that. Each thread has its own listener, loop, connections and
// recorder.
//
// While an echo is blocked the connection is not read: at most one batch waits in memory, and the
// generator feels the back-pressure.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/load/connection_owners.h"
#include "bench/load/fault_setup.h"
#include "bench/load/recorder.h"
#include "bench/load/session.h"
#include "bench/loop/loop.h"
#include "bench/plan/plan.h"
#include "transports/transport.h"

namespace sockmark {

// One thread's world. Made by the thread that owns the run, then run() by its own thread.
class ResponderThread {
 public:
  struct Options {
    CaseSpec spec;
    ChannelOptions channel;
    FlowIds flows;
    std::uint64_t index = 0;  // of the thread
    // Who has which connection where the threads share an address. Absent: each listens for itself,
    // and connection c belongs to thread c % spec.threads. Outlives the threads.
    ConnectionOwners* owners = nullptr;
    // Whether the instants that messages carry can be compared with the clock here.
    bool clock_shared = true;
    // What happens to messages on the way there; absent: nothing, and nothing is in the way.
    FateOf fate = {};
  };

  explicit ResponderThread(Options options);
  ~ResponderThread();
  ResponderThread(const ResponderThread&) = delete;
  ResponderThread& operator=(const ResponderThread&) = delete;

  // Errors name the address.
  [[nodiscard]] Result<> listen(const Address& address);
  [[nodiscard]] const Address& local() const { return listener_->local(); }

  // Serves until finish() and all that was sent has come, or stop().
  void run();

  // Any thread, while run() runs. await_started() returns when the thread knows the window, which
  // it must before the first message of the window arrives. May be repeated until then.
  void start(Instant t0, Instant t1);
  void await_started();
  // `sent`: messages of the window, for every connection of the case. What is missing is waited for
  // until `deadline`.
  void finish(std::vector<std::uint64_t> sent, Instant deadline);
  void stop();

  // After run() of all threads, of one of them: loses what was sent over connections that no thread
  // has heard of. Only where they share an address are there such.
  void lose_unclaimed();

  // After run(). Null when no window was ever set.
  [[nodiscard]] const Recorder* recorder() const { return recorder_ ? &*recorder_ : nullptr; }
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] const ImpairmentLedger* impairment() const {
    return injector_ ? &injector_->ledger() : nullptr;
  }

  // For drive().
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] static Instant next_due() { return Instant::max(); }
  bool try_all();
  bool block_once();

 private:
  struct Peer;
  struct Orders {  // what the owner wants, handed over under the mutex
    std::optional<Recorder> recorder;
    std::optional<std::vector<std::uint64_t>> sent;
    Instant deadline = Instant::max();
    bool stop = false;
  };

  // Messages of a batch that are numbered consecutively, and alike otherwise.
  struct Run {
    WireHeader first;
    std::uint64_t bytes = 0;  // of each
    Instant arrived;
    std::uint64_t count = 0;
    // Field by field from the header as it was decoded: put into a Run first and compared whole, a
    // quarter of the time of a message of a stream was spent waiting for those bytes to be stored.
    [[nodiscard]] bool goes_on_with(const WireHeader& next, std::uint64_t bytes_of_next,
                                    Instant arrived_next) const;
  };

  void obey();
  [[nodiscard]] bool claims(std::uint64_t connection);
  void track(std::uint64_t connection);
  [[nodiscard]] bool all_came() const;
  void accept_some();
  void watch(Peer& peer);
  bool serve(Peer& peer, ReceiveWait wait = ReceiveWait::no);
  void take(Peer& peer, const Received& message, Instant arrived);
  void count_arrivals();
  void count(const Run& run);
  bool send_back(Peer& peer, std::span<const Message> messages);
  void drop(Peer& peer);
  void bury();
  void check_end(Instant now);
  void schedule_pauses();
  void pause();
  void work() const;
  [[nodiscard]] bool told_to_stop();

  const Options options_;
  const Transport& transport_;
  // Over datagrams nobody tells that a peer has closed: of the connect workload, one exchange is
  // all.
  const bool one_exchange_;
  Loop loop_;
  std::size_t most_waiting_;
  Scratch scratch_;
  std::optional<Injector> injector_;  // outlives the channels
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Poll> listener_poll_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<Message> echoes_;  // of the batch at hand
  std::vector<Run> runs_;        // arrived, and not yet counted
  std::optional<Recorder> recorder_;
  // By connection, the way forward; null for those of other threads.
  std::vector<std::unique_ptr<SequenceTracker>> trackers_;
  // Of all connections, once the generator has told.
  std::optional<std::vector<std::uint64_t>> sent_;
  Instant deadline_ = Instant::max();
  Instant next_pause_ = Instant::max();
  std::string failure_;
  bool buried_ = true;  // no peer waits to be removed
  bool done_ = false;

  std::mutex mutex_;
  std::condition_variable obeyed_;
  Orders orders_;
  bool ended_ = false;              // nobody obeys any more
  std::unique_ptr<Async> ordered_;  // may be sent from other threads
  std::unique_ptr<Timer> ticker_;
  std::unique_ptr<Alarm> pause_;
};

}  // namespace sockmark
