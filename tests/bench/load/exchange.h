// One run inside this process: generator threads against responder threads over real channels, as
// the two workers do it (bench/run/worker.cc), without processes and without the control channel.
// What the tests look at is what both ends hold afterwards.
//
// Waits are bounded by kPatience or, as in a real run, by the case's Tmax.

#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>

#include <algorithm>
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
inline constexpr Nanoseconds kPatience = 30s;

inline CaseSpec case_for(std::string_view transport, Workload workload, WaitMode wait) {
  CaseSpec spec;
  spec.transport = transport;
  spec.workload = workload;
  spec.wait = wait;
  spec.duration = kWindow;
  spec.warmup = kWarmup;
  spec.tmax = 20s;  // nothing is given up because this machine is busy
  return spec;
}

// Where the first of several threads listens that share an address, and who has which connection.
struct Shared {
  std::optional<Address> address = {};
  ConnectionOwners* owners = nullptr;
};

// A responder thread, listening where its case says, or at its transport's default.
class Responder {
 public:
  explicit Responder(const CaseSpec& spec, std::uint64_t index = 0, FateOf fate = {},
                     const Shared& shared = {})
      : thread_world_({.spec = spec,
                       .channel = {.socket = spec.socket,
                                   .token = kToken,
                                   .share_port = shared.owners != nullptr},
                       .flows = kFlows,
                       .index = index,
                       .owners = shared.owners,
                       .fate = std::move(fate)}) {
    const auto listens =
        thread_world_.listen(shared.address.value_or(address_of(spec, directory_.path())));
    EXPECT_TRUE(listens) << listens.error().message;
    thread_ = std::thread([this] { thread_world_.run(); });
  }
  ~Responder() {
    if (thread_.joinable()) {
      thread_world_.stop();
      thread_.join();
    }
  }
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  [[nodiscard]] ResponderThread& world() { return thread_world_; }
  void join() { thread_.join(); }

 private:
  TemporaryDirectory directory_;
  ResponderThread thread_world_;
  std::thread thread_;
};

// Of one of `spec.threads` threads, with its share of the connections.
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

// What a run is given besides its case. Fates are asked for by the thread that receives, in the
// order of arrival; with more than one thread an end they must not share anything.
struct Course {
  FateOf there = {}, back = {};
  std::uint64_t seed = 1;  // of the schedule
  // Called by the test's thread while messages flow, with where the first responder listens.
  std::function<void(const Address&)> meanwhile = {};
};

// What both ends hold after a run, over all their threads.
struct Exchanged {
  Exchanged(Instant t0, Instant t1_) : generator(t0, t1_), responder(t0, t1_), t1(t1_) {}

  Recorder generator, responder;
  std::uint64_t sent = 0, unsent = 0;  // messages of the window
  ImpairmentLedger there, back;        // empty where nothing was to be done
  Instant t1, ended;                   // the latest thread's end
  std::vector<std::string> failures;
  std::uint64_t threads_that_received = 0;  // of the responder's
};

inline Exchanged exchange(const CaseSpec& spec, const Course& course = {}) {
  ConnectionOwners owners(spec.connections);
  Shared shared{.owners = spec.shares_address() ? &owners : nullptr};
  std::vector<std::unique_ptr<Responder>> responders;
  std::vector<std::unique_ptr<GeneratorThread>> generators;
  for (std::uint64_t index = 0; index < spec.threads; ++index) {
    responders.emplace_back(std::make_unique<Responder>(spec, index, course.there, shared));
    if (spec.shares_address()) shared.address = responders.front()->world().local();
  }
  for (std::uint64_t index = 0; index < spec.threads; ++index) {
    auto& world = responders[index]->world();
    auto options = generator_options(spec, world.local(), index);
    options.seed = course.seed;
    options.fate = course.back;
    auto& generator = *generators.emplace_back(std::make_unique<GeneratorThread>(options));
    const auto connected = generator.connect(now() + kPatience);
    EXPECT_TRUE(connected) << connected.error().message;
  }
  const Instant t0 = now() + spec.warmup, t1 = t0 + spec.duration;
  for (const auto& responder : responders) responder->world().start(t0, t1);
  for (const auto& responder : responders) responder->world().await_started();
  std::vector<std::thread> threads;
  for (const auto& generator : generators) {
    threads.emplace_back([&generator = *generator, t0, t1] { generator.run(t0, t1); });
  }
  if (course.meanwhile) course.meanwhile(responders.front()->world().local());
  for (auto& thread : threads) thread.join();

  Exchanged result(t0, t1);
  std::vector<std::uint64_t> sent(spec.connections);
  for (std::uint64_t index = 0; index < spec.threads; ++index) {
    auto& generator = *generators[index];
    const auto counts = generator.sent();
    for (std::size_t i = 0; i < counts.size(); ++i) sent[index + i * spec.threads] = counts[i];
    result.generator.add(generator.recorder());
    result.unsent += generator.unsent();
    result.ended = std::max(result.ended, generator.ended());
    if (generator.impairment() != nullptr) result.back.add(*generator.impairment());
    if (!generator.failure().empty()) result.failures.push_back(generator.failure());
  }
  result.sent = std::accumulate(sent.begin(), sent.end(), std::uint64_t{0});

  // What is echoed has been waited for by the generator.
  const Nanoseconds patience = spec.workload == Workload::stream ? spec.tmax : 0ns;
  for (const auto& responder : responders) responder->world().finish(sent, now() + patience);
  for (const auto& responder : responders) responder->join();
  responders.front()->world().lose_unclaimed();
  for (const auto& responder : responders) {
    const auto& world = responder->world();
    if (world.recorder() != nullptr) {
      result.responder.add(*world.recorder());
      if (world.recorder()->sequence.received > 0) ++result.threads_that_received;
    }
    if (world.impairment() != nullptr) result.there.add(*world.impairment());
    if (!world.failure().empty()) result.failures.push_back(world.failure());
  }
  return result;
}

// A peer that sends what it likes, and knows that all of it was looked at when its last one is
// echoed.
class RawPeer {
 public:
  explicit RawPeer(const Address& address) : scratch_(2000) {
    auto channel = transport_of(address).get().connect(address, {.socket = {}, .token = kToken});
    EXPECT_TRUE(channel);
    channel_ = std::move(*channel);
    EXPECT_TRUE(establish(*channel_, now() + kPatience));
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
  // The responder knows what it was told before this call: it takes at most 16 batches from one
  // connection before it looks at its orders again.
  bool wait_for_orders() {
    for (std::uint64_t seq = 0; seq < 20; ++seq) {
      send({.flow = kFlows.of(0, false),
            .seq = seq,
            .intended_ns = ns(now()),
            .measured = false,
            .echo = true});
      if (!wait_for_echo()) return false;
    }
    return true;
  }
  bool wait_for_echo() {
    for (const Instant deadline = now() + kPatience; now() < deadline;) {
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
