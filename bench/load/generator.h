// The generator: its threads produce the load of one case. Each has its own loop, connections,
// sessions and recorder; nothing is shared while they run.
//
// A generator keeps receiving while a send is blocked. Otherwise it would deadlock with an echo
// whose own sends are blocked by unread answers.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread_annotations.h"
#include "bench/load/arrivals.h"
#include "bench/load/fault_setup.h"
#include "bench/load/recorder.h"
#include "bench/load/sender.h"
#include "bench/load/session.h"
#include "bench/loop/loop.h"
#include "bench/plan/plan.h"
#include "transports/fault_injection.h"
#include "transports/transport.h"

namespace sockmark {

// One thread of a generator. Constructed and connected by the thread that owns the run, then run()
// by its own thread, then read by the first again.
class GeneratorThread {
 public:
  struct Options {
    CaseSpec spec;
    ChannelOptions channel;
    FlowIds flows;
    Address address;                         // of the responder's listener
    std::vector<std::uint64_t> connections;  // their numbers within the case
    std::uint64_t seed = 1;                  // of an open loop's schedule, and of a mix
    // Of the window, on each of `connections`; empty: no limit. In a closed loop the
    // window of the thread ends with them.
    std::vector<std::uint64_t> messages = {};
    // Decides the faults of messages that arrive here. Absent: no faults, and no injector.
    FaultDecider decide_fault = {};
    // The instants in messages can be compared with the clock here.
    bool clock_shared = true;
  };

  explicit GeneratorThread(Options options);
  ~GeneratorThread();
  GeneratorThread(const GeneratorThread&) = delete;
  GeneratorThread& operator=(const GeneratorThread&) = delete;

  // The pace at which the threads of a generator open their connections, one thread after another.
  struct Ramp {
    std::function<void(Instant)> wait;  // returns at that instant
    Instant next;
    Nanoseconds spacing{0};
  };
  // Establishes the connections, all at once without a ramp; the connect workload has none yet.
  // Errors name the address.
  [[nodiscard]] Result<> connect(Instant deadline, Ramp* ramp = nullptr);

  // Warm-up before t0, measurement in [t0,t1), drain. Returns when every message is answered or
  // given up, and those of a responder that sends have arrived or finish() said how long to wait.
  // `theta`: how far the responder's clock is ahead of the one here, if there are two and that is
  // known.
  void run(Instant t0, Instant t1, std::optional<Nanoseconds> theta = {});
  // What a responder that sends has sent over every connection of the case, and until when to wait
  // for it. Any thread; effective within a few milliseconds.
  void finish(std::vector<std::uint64_t> sent, Instant deadline);
  // Makes run() return within a few milliseconds. Any thread.
  void stop() { stopped_.store(true, std::memory_order_relaxed); }
  // Ends the window at an instant between t0 and t1: nothing is due from then on, and the drain is
  // short. Any thread; effective within a few milliseconds, and in a run() that has ended with
  // apply_end(), which its owner calls.
  void end_at(Instant t1) { end_ns_.store(ns(t1), std::memory_order_relaxed); }
  void apply_end();
  // The series of the window, of which others may read the finished sub-windows; null before it
  // exists. Any thread, during run().
  [[nodiscard]] const Series* series() const { return series_.load(std::memory_order_acquire); }
  // Likewise what is known of TCP, of which others may read the looks; null without.
  [[nodiscard]] const TcpCourse* tcp() const { return tcp_.load(std::memory_order_acquire); }

  // After run().
  [[nodiscard]] const Recorder& recorder() const { return *recorder_; }
  [[nodiscard]] Instant ended() const { return ended_; }
  // Right after the last message of a limited number was sent, or after the last arrival, if that
  // is later; at most t1. Absent if not all were sent, or without a limit.
  [[nodiscard]] std::optional<Instant> completed() const;
  // From the beginning of the warm-up to the first turn of the loop.
  [[nodiscard]] Nanoseconds began_late() const { return began_late_; }
  [[nodiscard]] const std::vector<std::uint64_t>& connections() const {
    return options_.connections;
  }
  // The delays of messages of a responder that sends, between two clocks; empty without theta.
  [[nodiscard]] std::span<const DelaySlices> slices() const {
    return arrivals_ ? std::span(arrivals_->slices()) : std::span<const DelaySlices>();
  }
  // Messages of the window that the kernel took, for each of Options::connections.
  [[nodiscard]] std::vector<std::uint64_t> sent() const;
  // Messages of the window that became due and were never taken.
  [[nodiscard]] std::uint64_t unsent() const;
  // As Sender::busy().
  [[nodiscard]] std::optional<double> busy() const { return sender_.busy(); }
  [[nodiscard]] const FaultLedger* fault_ledger() const {
    return injector_ ? &injector_->ledger() : nullptr;
  }
  // What broke the first broken connection; empty if none was.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  // The beginning of the first answer that a request file rejects, any bytes; empty if there was
  // none in the window.
  [[nodiscard]] const std::string& rejected() const { return rejected_; }
  [[nodiscard]] const std::vector<EffectiveOption>& socket_options() const {
    return socket_options_;
  }

 private:
  struct Flow;
  struct Events;
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  bool try_all();
  [[nodiscard]] bool take_moved() {
    const bool received = std::exchange(received_, false);
    return sender_.take_moved() || received;
  }
  bool block_once();
  void begin();
  void watch(Flow& flow);
  void react(Flow& flow, short events);
  bool block_and_pump(Flow& flow);
  bool receive_all(Flow& flow, Instant& latest, ReceiveWait wait = ReceiveWait::no);
  void take(Flow& flow, const Received& message, Instant arrived);
  void take_rejected(Flow& flow, const Received& message);
  void count_arrival(const Flow& flow, const WireHeader& header, std::size_t bytes,
                     Instant arrived);
  [[nodiscard]] bool complete() const;
  [[nodiscard]] bool all_sent(Instant now) const;
  [[nodiscard]] bool all_arrived(Instant now);
  void proceed(Flow& flow, Instant now);
  void advance_connection(Flow& flow, Instant now);
  static void close(SendingFlow& flow);
  void observe(Instant now);
  void look_at_connections(Instant now);
  void end_connection(SendingFlow& flow);
  void describe(const Flow& flow);
  [[nodiscard]] bool all_acknowledged() const;
  void fail(SendingFlow& flow, std::string_view what, int error);
  void settle_series(Instant now);
  void tick();
  void check_end(Instant now);

  const Options options_;
  const Transport& transport_;
  const bool connects_;  // the connect workload
  const bool by_count_;  // the window ends with the last message of a number
  Loop loop_;
  Scratch scratch_;
  Sender sender_;
  std::optional<ArrivalCounter> arrivals_;  // of a responder that sends
  std::optional<FaultInjector> injector_;   // outlives the channels
  std::optional<Recorder> recorder_;
  std::vector<std::unique_ptr<Flow>> flows_;
  std::unique_ptr<Timer> ticker_;
  std::vector<EffectiveOption> socket_options_;
  Nanoseconds began_late_{0};
  Instant t0_, t1_ = Instant::max(), drain_deadline_ = Instant::max(), ended_{};
  Instant last_arrival_{};
  std::string failure_, rejected_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::int64_t> end_ns_ = kNever;  // the window ends at this instant, before t1
  std::atomic<const Series*> series_ = nullptr;
  std::atomic<const TcpCourse*> tcp_ = nullptr;
  struct Finish {
    std::vector<std::uint64_t> sent;
    Instant deadline;
  };
  Mutex mutex_;
  std::optional<Finish> posted_finish_ GUARDED_BY(mutex_);
  std::optional<Finish> finish_;  // the same, as this thread has seen it
  bool received_ = false;         // since the last take_moved()
  bool done_ = false;
};

}  // namespace sockmark
