// One run inside this process: generator threads against responder threads over real channels, as
// in the two workers (bench/worker/worker.cc), without processes and without the control channel.
// The tests check what both ends recorded.
//
// Waits are bounded by kTimeout or, as in a real run, by the case's Tmax.

#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/temporary_directory.h"
#include "bench/load/generator.h"
#include "bench/load/responder.h"
#include "bench/protocol/wire.h"
#include "transports/catalogue.h"

namespace sockmark::rig {

using namespace std::chrono_literals;

inline constexpr std::uint64_t kToken = 0x1234'5678'9ABC'DEF0;
inline constexpr FlowIds kFlows{.base = 0x5000'0000};
inline constexpr Nanoseconds kWindow = 100ms;
inline constexpr Nanoseconds kWarmup = 100ms;
inline constexpr Nanoseconds kTimeout = 30s;

inline CaseSpec case_for(std::string_view transport, Workload workload, WaitMode wait) {
  CaseSpec spec;
  spec.transport = transport;
  spec.workload = workload;
  spec.wait = wait;
  spec.duration = kWindow;
  spec.warmup = kWarmup;
  spec.tmax = 20s;  // so that no message is given up on a busy machine
  return spec;
}

// For threads that share an address: where the first one listens, and which thread owns which
// connection.
struct Shared {
  std::optional<Address> address = {};
  ConnectionOwners* owners = nullptr;
};

// A responder thread that listens at the address of its case, or at its transport's default.
class Responder {
 public:
  explicit Responder(const CaseSpec& spec, std::uint64_t index = 0, FaultDecider decide_fault = {},
                     const Shared& shared = {}, std::function<void()> all_sent = {})
      : responder_({.spec = spec,
                    .channel = {.socket = spec.socket,
                                .token = kToken,
                                .share_port = shared.owners != nullptr},
                    .flows = kFlows,
                    .index = index,
                    .owners = shared.owners,
                    .decide_fault = std::move(decide_fault),
                    .seed = 7,
                    .all_sent = std::move(all_sent)}) {
    const auto listens =
        responder_.listen(shared.address.value_or(address_of(spec, directory_.path())));
    EXPECT_TRUE(listens) << listens.error().message;
    thread_ = std::jthread([this] { responder_.run(); });
  }
  ~Responder() {
    if (thread_.joinable()) {
      responder_.stop();
      thread_.join();
    }
  }
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  [[nodiscard]] ResponderThread& thread() { return responder_; }
  void join() { thread_.join(); }

 private:
  TemporaryDirectory directory_;
  ResponderThread responder_;
  std::jthread thread_;
};

// The options of one of `spec.threads` threads, with its share of the connections.
inline GeneratorThread::Options generator_options(const CaseSpec& spec, const Address& address,
                                                  std::uint64_t index = 0) {
  GeneratorThread::Options options{.spec = spec,
                                   .channel = {.socket = spec.socket, .token = kToken},
                                   .flows = kFlows,
                                   .address = address,
                                   .connections = {}};
  for (auto c = index; c < spec.connections; c += spec.threads) options.connections.push_back(c);
  return options;
}

// The options of a run besides its case. Faults are decided on the thread that receives, in the
// order of arrival; with more than one thread an end the deciders must not share state.
struct RunOptions {
  FaultDecider forward = {}, reverse = {};
  std::uint64_t seed = 1;  // of the schedule
  // Runs on the test's thread while messages flow, with the address of the first responder.
  std::function<void(const Address&)> meanwhile = {};
  // Ends the window this long after t0.
  std::optional<Nanoseconds> end_after = {};
};

// What both ends recorded in a run, over all their threads.
struct Exchanged {
  Exchanged(Instant t0, Instant t1_) : generator(t0, t1_), responder(t0, t1_), t1(t1_) {}

  Recorder generator, responder;
  std::uint64_t sent = 0, unsent = 0;                      // messages of the window
  std::uint64_t responder_sent = 0, responder_unsent = 0;  // of its own
  FaultLedger forward, reverse;  // by the responder and by the generator; empty without faults
  Instant t1, ended;             // the latest thread's end
  std::vector<std::string> failures;
  std::uint64_t threads_that_received = 0;  // of the responder's
};

// Passes on what the responders have sent, when all have, as the runner does.
inline std::uint64_t pass_on_sent(const CaseSpec& spec, const std::atomic<std::uint64_t>& finished,
                                  const std::vector<std::unique_ptr<Responder>>& responders,
                                  const std::vector<std::unique_ptr<GeneratorThread>>& generators) {
  const Instant guard = now() + kTimeout;
  while (finished < responders.size() && now() < guard)
    std::this_thread::sleep_for(1ms);  // between two looks
  EXPECT_EQ(finished, responders.size()) << "a responder has not sent all that it had to send";
  std::vector<std::uint64_t> sent(spec.connections);
  for (const auto& responder : responders) {
    const auto& counts = responder->thread().sent();
    for (std::size_t c = 0; c < counts.size(); ++c) sent[c] += counts[c];
  }
  for (const auto& generator : generators) generator->finish(sent, now() + spec.tmax);
  return std::accumulate(sent.begin(), sent.end(), std::uint64_t{0});
}

inline Exchanged exchange(const CaseSpec& spec, const RunOptions& run_options = {}) {
  ConnectionOwners owners(spec.connections);
  Shared shared{.owners = spec.shares_address() ? &owners : nullptr};
  std::atomic<std::uint64_t> finished = 0;  // threads of the responder
  std::vector<std::unique_ptr<Responder>> responders;
  std::vector<std::unique_ptr<GeneratorThread>> generators;
  for (std::uint64_t index = 0; index < spec.threads; ++index) {
    responders.emplace_back(std::make_unique<Responder>(spec, index, run_options.forward, shared,
                                                        [&finished] { ++finished; }));
    if (spec.shares_address()) shared.address = responders.front()->thread().local();
  }
  for (std::uint64_t index = 0; index < spec.threads; ++index) {
    auto& thread = responders[index]->thread();
    auto options = generator_options(spec, thread.local(), index);
    options.seed = run_options.seed;
    options.decide_fault = run_options.reverse;
    auto& generator = *generators.emplace_back(std::make_unique<GeneratorThread>(options));
    const auto connected = generator.connect(now() + kTimeout);
    EXPECT_TRUE(connected) << connected.error().message;
  }
  const Instant t0 = now() + spec.warmup, t1 = t0 + spec.duration;
  for (const auto& responder : responders) responder->thread().start(t0, t1);
  for (const auto& responder : responders) responder->thread().await_started();
  for (const auto& responder : responders) {
    if (spec.responder_sends()) responder->thread().begin_sending();
  }
  std::vector<std::jthread> threads;
  for (const auto& generator : generators) {
    threads.emplace_back([&generator = *generator, t0, t1] { generator.run(t0, t1); });
  }
  if (run_options.end_after) {
    for (const auto& generator : generators) generator->end_at(t0 + *run_options.end_after);
    for (const auto& responder : responders)
      responder->thread().end_at(t0 + *run_options.end_after);
  }
  if (run_options.meanwhile) run_options.meanwhile(responders.front()->thread().local());
  const std::uint64_t responder_sent =
      spec.responder_sends() ? pass_on_sent(spec, finished, responders, generators) : 0;
  for (auto& thread : threads) thread.join();

  Exchanged result(t0, t1);
  result.responder_sent = responder_sent;
  if (run_options.end_after) {
    for (Recorder* end : {&result.generator, &result.responder})
      end->shorten(t0 + *run_options.end_after);
  }
  std::vector<std::uint64_t> sent(spec.connections);
  for (std::uint64_t index = 0; index < spec.threads; ++index) {
    auto& generator = *generators[index];
    const auto counts = generator.sent();
    for (std::size_t i = 0; i < counts.size(); ++i) sent[index + i * spec.threads] = counts[i];
    result.generator.add(generator.recorder());
    result.unsent += generator.unsent();
    result.ended = std::max(result.ended, generator.ended());
    if (generator.fault_ledger() != nullptr) result.reverse.add(*generator.fault_ledger());
    if (!generator.failure().empty()) result.failures.push_back(generator.failure());
  }
  result.sent = std::accumulate(sent.begin(), sent.end(), std::uint64_t{0});

  // The generator has waited for the echoes already.
  const Nanoseconds linger = spec.workload == Workload::stream ? spec.tmax : 0ns;
  for (const auto& responder : responders) responder->thread().finish(sent, now() + linger);
  for (const auto& responder : responders) responder->join();
  responders.front()->thread().lose_unclaimed();
  for (const auto& responder : responders) {
    const auto& thread = responder->thread();
    if (thread.recorder() != nullptr) {
      result.responder.add(*thread.recorder());
      if (thread.recorder()->sequence.received > 0) ++result.threads_that_received;
    }
    result.responder_unsent += thread.unsent();
    if (thread.fault_ledger() != nullptr) result.forward.add(*thread.fault_ledger());
    if (!thread.failure().empty()) result.failures.push_back(thread.failure());
  }
  return result;
}

// A peer that sends arbitrary messages. All of them were processed once the last one is echoed.
class RawPeer {
 public:
  explicit RawPeer(const Address& address) : scratch_(2000) {
    auto channel = transport_of(address).get().connect(address, {.socket = {}, .token = kToken});
    EXPECT_TRUE(channel);
    channel_ = std::move(*channel);
    EXPECT_TRUE(establish(*channel_, now() + kTimeout));
  }

  void send(std::vector<std::byte> message) {
    const Message view(message);
    EXPECT_EQ(channel_->send(std::span(&view, 1), scratch_).taken, 1U);
  }
  void send(const WireHeader& header) {
    std::vector<std::byte> message(kHeaderBytes);
    encode(header, message, 0);
    send(std::move(message));
  }
  // Returns when the responder has applied the commands posted before this call: it takes at most
  // 16 batches from one connection before it applies commands.
  bool wait_until_commands_applied() {
    for (std::uint64_t seq = 0; seq < 20; ++seq) {
      send({.flow = kFlows.of(0, Phase::warmup),
            .seq = seq,
            .intended_ns = ns(now()),
            .measured = false,
            .echo = true});
      if (!wait_for_echo()) return false;
    }
    return true;
  }
  bool wait_for_echo() {
    for (const Instant deadline = now() + kTimeout; now() < deadline;) {
      pollfd entry{channel_->descriptor(), channel_->readiness().to_receive, 0};
      if (!channel_->receive(scratch_).messages.empty()) return true;
      ::poll(&entry, 1, 50);
    }
    return false;
  }

 private:
  Scratch scratch_;
  std::unique_ptr<Channel> channel_;
};

}  // namespace sockmark::rig
