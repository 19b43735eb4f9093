// The responder: its threads receive what a generator sends, check it, count it, and send it back,
// or an answer of another size, if the message asks for that; and they send streams of their own,
// where the case has some. Each thread has its own listener, loop, connections and recorder.
//
// While an echo is blocked the connection is not read: at most one batch waits in memory, and the
// generator sees the back-pressure.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread_annotations.h"
#include "bench/load/arrivals.h"
#include "bench/load/connection_owners.h"
#include "bench/load/fault_setup.h"
#include "bench/load/message_batch.h"
#include "bench/load/recorder.h"
#include "bench/load/sender.h"
#include "bench/load/session.h"
#include "bench/loop/loop.h"
#include "bench/plan/plan.h"
#include "measure/stalls.h"
#include "transports/transport.h"

namespace sockmark {

// One thread of a responder. Constructed by the thread that owns the run, then run() by its own
// thread.
class ResponderThread {
 public:
  struct Options {
    CaseSpec spec;
    ChannelOptions channel;
    FlowIds flows;
    std::uint64_t index = 0;  // of the thread
    // Who owns which connection, if the threads share an address. Absent: each listens for itself,
    // and thread c % spec.threads owns connection c. Must: outlives the threads.
    ConnectionOwners* owners = nullptr;
    // The instants in messages can be compared with the clock here.
    bool clock_shared = true;
    // Decides the faults of messages that arrive here. Absent: no faults, and no injector.
    FaultDecider decide_fault = {};
    std::uint64_t seed = 1;  // of the schedule of an open loop, where the responder sends
    // Called once, in the thread, when it has sent all of the window that it will send.
    std::function<void()> all_sent = {};
  };

  explicit ResponderThread(Options options);
  ~ResponderThread();
  ResponderThread(const ResponderThread&) = delete;
  ResponderThread& operator=(const ResponderThread&) = delete;

  // Errors name the address.
  [[nodiscard]] Result<> listen(const Address& address);
  [[nodiscard]] const Address& local() const { return listener_->local(); }

  // Serves until finish() was called and everything that was sent has arrived, or until stop().
  void run();

  // Commands. Any thread, while run() runs.
  //
  // Sets the window, and how far the clock here is ahead of that of each generator (`thetas`), if
  // there are other clocks and that is known. The thread must know it before the first message of
  // the window arrives: await_started() returns when it does, or when run() has ended. start() may
  // be repeated until then.
  void start(Instant t0, Instant t1, std::vector<Nanoseconds> thetas = {});
  void await_started();
  // The window of the last start() holds: where the responder sends, it does so from the beginning
  // of the warm-up on.
  void begin_sending();
  // Ends the window at an instant between t0 and t1.
  void end_at(Instant t1);
  // `sent`: messages of the window, for every connection of the case, or kSentUnknown. The thread
  // waits for missing ones until `deadline`.
  void finish(std::vector<std::uint64_t> sent, Instant deadline);
  void stop();
  // The series of the window, of which others may read what is finished; null before the
  // first start() is applied. The next start() replaces it.
  [[nodiscard]] const Series* series() const { return series_.load(std::memory_order_acquire); }
  // Likewise what is known of TCP, of which others may read the looks; null without.
  [[nodiscard]] const TcpCourse* tcp() const { return tcp_.load(std::memory_order_acquire); }

  // After run() of all threads, on one of them: counts as lost what was sent over connections that
  // no thread owns. There are such only if the threads share an address.
  void lose_unclaimed();

  // After run(): in which parts of the window messages of each of several generators arrived; empty
  // for one.
  [[nodiscard]] const std::vector<Silence>& heard() const { return arrivals_.heard(); }

  // What the thread has sent of the window, by connection of the case; 0 for those of others. Once
  // Options::all_sent was called, or after run(). Empty if it sends nothing.
  [[nodiscard]] const std::vector<std::uint64_t>& sent() const { return sent_messages_; }
  // Messages of the window that became due and were never taken. After run().
  [[nodiscard]] std::uint64_t unsent() const;
  // From the beginning of the warm-up until it sent. After run().
  [[nodiscard]] Nanoseconds began_late() const { return began_late_; }
  // As Sender::busy(). After run().
  [[nodiscard]] std::optional<double> busy() const {
    return sender_ ? sender_->busy() : std::nullopt;
  }

  // After run(): ends the window at an instant between t0 and t1 after which nothing was recorded.
  void apply_end(Instant t1);

  // After run(). Null if no window was ever set.
  [[nodiscard]] const Recorder* recorder() const { return recorder_ ? &*recorder_ : nullptr; }
  // The delays of messages of the window between two clocks, for each generator; empty if start()
  // was given no theta.
  [[nodiscard]] const std::vector<DelaySlices>& slices() const { return arrivals_.slices(); }
  [[nodiscard]] const std::string& failure() const { return failure_; }
  // After run(): of the first connection. Empty if there was none.
  [[nodiscard]] const std::vector<EffectiveOption>& socket_options() const {
    return socket_options_;
  }
  [[nodiscard]] const FaultLedger* fault_ledger() const {
    return injector_ ? &injector_->ledger() : nullptr;
  }

 private:
  struct Peer;
  struct Events;
  struct Window {
    Instant t0, t1;
    std::vector<Nanoseconds> thetas;
  };
  struct Commands {  // posted by other threads, not yet applied
    std::optional<Window> window;
    std::optional<Instant> end;  // of the window, before its t1
    bool send = false;
    std::optional<std::vector<std::uint64_t>> sent;
    Instant deadline = Instant::max();
    bool stop = false;
  };

  void apply_commands();
  [[nodiscard]] bool owns(std::uint64_t connection);
  [[nodiscard]] bool all_arrived() const;
  void prepare_sending();
  void send_first();
  [[nodiscard]] bool proceed(Peer& peer);
  void check_sent(Instant now);
  void end_sending();
  bool introduce(Peer& peer, const WireHeader& header);
  void accept_some();
  void watch_newest();
  void watch(Peer& peer);
  bool serve(Peer& peer, ReceiveWait wait = ReceiveWait::no);
  void take(Peer& peer, const Received& message, Instant arrived);
  bool send_back(Peer& peer, std::span<const Message> messages);
  void look_at_connections(Instant now);
  void end_connection(Peer& peer);
  void drop(Peer& peer);
  void fail(Peer& peer, std::string_view what, int error);
  void reap_peers();
  bool try_all();
  bool block_once();
  bool block_in_send(Peer& peer);
  void check_end(Instant now);
  void schedule_pauses();
  void pause();
  void work();
  [[nodiscard]] bool stop_requested();

  const Options options_;
  const Transport& transport_;
  // Over datagrams no event signals that a peer has closed: in the connect workload, a peer is
  // dropped after one exchange.
  const bool one_exchange_;
  Loop loop_;
  std::size_t unread_max_;
  std::vector<EffectiveOption> socket_options_;
  Scratch scratch_;
  std::optional<FaultInjector> injector_;  // outlives the channels
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Poll> listener_poll_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<Message> echoes_;          // of the current batch: messages to answer
  std::optional<MessageBatch> answers_;  // with --response; absent: messages are sent back
  std::optional<Sender> sender_;
  std::unique_ptr<Alarm> first_send_;  // at the beginning of the warm-up
  enum class Sending { no, yes, over };
  Sending sending_ = Sending::no;
  Instant send_deadline_ = Instant::max();
  Nanoseconds began_late_{0};
  std::vector<std::uint64_t> sent_messages_;  // once sending is over
  std::optional<Recorder> recorder_;
  ArrivalCounter arrivals_;  // the way forward
  std::atomic<const Series*> series_ = nullptr;
  std::atomic<const TcpCourse*> tcp_ = nullptr;
  // By connection; known when the generator has finished.
  std::optional<std::vector<std::uint64_t>> sent_;
  Instant deadline_ = Instant::max();
  Instant next_pause_ = Instant::max();
  std::string failure_;
  bool reaped_ = true;  // no closed peer is in peers_
  bool done_ = false;

  Mutex mutex_;
  ConditionVariable started_or_ended_;
  Commands commands_ GUARDED_BY(mutex_);
  bool starting_ GUARDED_BY(mutex_) = false;  // start() was called and is not applied
  bool ended_ GUARDED_BY(mutex_) = false;     // no command is applied any more
  std::unique_ptr<Async> command_posted_;     // sent by other threads
  std::unique_ptr<Timer> ticker_;
  std::unique_ptr<Alarm> pause_;
};

}  // namespace sockmark
