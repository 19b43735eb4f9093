// Generator and responder threads against one another in this process, over real channels, for each
// way of waiting. What is asserted are counts: they balance however slow the machine is.

#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>

#include <filesystem>
#include <limits>
#include <numeric>
#include <thread>

#include "bench/generator.h"
#include "bench/responder.h"
#include "transports/catalogue.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kToken = 0x1234'5678'9ABC'DEF0;
constexpr FlowIds kFlows{.base = 0x5000'0000};
constexpr Nanoseconds kWindow = 100ms;
constexpr Nanoseconds kWarmup = 100ms;
constexpr Nanoseconds kPatience = 30s;

CaseSpec case_for(std::string_view transport, Workload workload, WaitMode wait) {
  CaseSpec spec;
  spec.transport = transport;
  spec.workload = workload;
  spec.wait = wait;
  spec.duration = kWindow;
  spec.tmax = 20s;  // nothing is given up because this machine is busy
  return spec;
}

// A responder with its thread, listening where its transport's default is.
class Responder {
 public:
  explicit Responder(const CaseSpec& spec)
      : thread_world_({.spec = spec,
                       .channel = {.socket = {}, .token = kToken},
                       .flows = kFlows,
                       .index = 0}) {
    char path[] = "/tmp/sockmark-test-XXXXXX";
    directory_ = ::mkdtemp(path);
    const auto listens = thread_world_.listen(address_of(spec, directory_));
    EXPECT_TRUE(listens) << listens.error().message;
    thread_ = std::thread([this] { thread_world_.run(); });
  }
  ~Responder() {
    if (thread_.joinable()) {
      thread_world_.stop();
      thread_.join();
    }
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  [[nodiscard]] ResponderThread& world() { return thread_world_; }
  void join() { thread_.join(); }

 private:
  std::string directory_;
  ResponderThread thread_world_;
  std::thread thread_;
};

GeneratorThread::Options generator_options(const CaseSpec& spec, const Address& address) {
  GeneratorThread::Options options{.spec = spec,
                                   .channel = {.socket = {}, .token = kToken},
                                   .flows = kFlows,
                                   .address = address,
                                   .connections = std::vector<std::uint64_t>(spec.connections)};
  std::iota(options.connections.begin(), options.connections.end(), std::uint64_t{0});
  return options;
}

// One run as the two workers do it (worker.cc), then `check` looks at both ends.
template <class Check>
void exchange(const CaseSpec& spec, Check&& check) {
  SCOPED_TRACE(spec.id());
  Responder responder(spec);
  GeneratorThread generator(generator_options(spec, responder.world().local()));
  const auto connected = generator.connect(now() + kPatience);
  ASSERT_TRUE(connected) << connected.error().message;
  const Instant t0 = now() + kWarmup, t1 = t0 + kWindow;
  responder.world().start(t0, t1);
  std::thread sender([&] { generator.run(t0, t1); });
  sender.join();
  const bool one_way = spec.workload == Workload::stream;
  responder.world().finish(generator.sent(), now() + (one_way ? kPatience : 0ns));
  responder.join();

  EXPECT_EQ(generator.failure(), "");
  EXPECT_EQ(responder.world().failure(), "");
  ASSERT_NE(responder.world().recorder(), nullptr);
  const auto counts = generator.sent();
  const auto sent = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  EXPECT_GT(sent, 0U);
  EXPECT_EQ(generator.unsent(), 0U);
  EXPECT_EQ(generator.recorder().send_block.count(), sent);
  EXPECT_EQ(generator.recorder().counts.sent_messages, sent);
  EXPECT_GE(generator.ended(), t1);
  for (const Recorder* end : {&generator.recorder(), responder.world().recorder()}) {
    EXPECT_EQ(end->integrity.corrupt, 0U);
    EXPECT_EQ(end->integrity.spurious, 0U);
    EXPECT_EQ(end->integrity.stream_integrity_errors, 0U);
  }
  const auto& forward = responder.world().recorder()->sequence;
  EXPECT_EQ(forward.sent, sent);
  EXPECT_EQ(forward.sent, forward.received + forward.lost);
  check(sent, generator.recorder(), *responder.world().recorder());
}

// What a reliable and ordered transport leaves no room for.
void expect_flawless(const SequenceStatistics& sequence, std::uint64_t sent) {
  EXPECT_EQ(sequence.received, sent);
  EXPECT_EQ(sequence.lost, 0U);
  EXPECT_EQ(sequence.duplicates, 0U);
  EXPECT_EQ(sequence.reordering.reordered, 0U);
}

void expect_balanced_echo(std::uint64_t sent, const Recorder& generator,
                          const Recorder& responder) {
  expect_flawless(generator.sequence, sent);
  expect_flawless(responder.sequence, sent);
  EXPECT_EQ(generator.response_time.count(), sent);
  EXPECT_TRUE(generator.response_time.sum() ==
              generator.send_block.sum() + generator.sequence.delay.delay.sum());
  EXPECT_LE(generator.counts.goodput_messages, sent + generator.warmup.count());
}

using Cell = std::tuple<std::string_view, WaitMode>;

class Exchange : public testing::TestWithParam<Cell> {};

TEST_P(Exchange, EveryEchoedMessageIsAccountedForAtBothEnds) {
  const auto [transport, wait] = GetParam();
  exchange(case_for(transport, Workload::rr, wait), expect_balanced_echo);
}

TEST_P(Exchange, EveryStreamedMessageIsAccountedForAtBothEnds) {
  const auto [transport, wait] = GetParam();
  exchange(case_for(transport, Workload::stream, wait),
           [](std::uint64_t sent, const Recorder& generator, const Recorder& responder) {
             expect_flawless(responder.sequence, sent);
             EXPECT_EQ(responder.response_time.count(), sent);
             EXPECT_EQ(generator.sequence.received, 0U) << "nothing comes back";
           });
}

TEST_P(Exchange, ManyConnectionsWithManyMessagesOutstandingBalanceToo) {
  const auto [transport, wait] = GetParam();
  CaseSpec spec = case_for(transport, Workload::rr, wait);
  spec.depth = 32;
  spec.size = 2000;
  spec.connections = wait == WaitMode::block ? 1 : 20;  // more than are tried one by one
  exchange(spec, expect_balanced_echo);
}

// No such case may block: check_limits() refuses it.
TEST_P(Exchange, OneConnectionAMessageBalancesToo) {
  const auto [transport, wait] = GetParam();
  CaseSpec spec =
      case_for(transport, Workload::connect, wait == WaitMode::block ? WaitMode::sleep : wait);
  spec.connections = wait == WaitMode::block ? 1 : 2;
  exchange(spec, expect_balanced_echo);
}

INSTANTIATE_TEST_SUITE_P(Reliable, Exchange,
                         testing::Combine(testing::Values("memory", "unix-stream"),
                                          testing::ValuesIn(kWaitModes)),
                         [](const auto& cell) {
                           std::string name(std::get<0>(cell.param));
                           std::erase(name, '-');
                           return name + "_" + std::string(name_of(std::get<1>(cell.param)));
                         });

TEST(ExchangeOfDatagrams, SentIsReceivedPlusLostAtBothEnds) {
  for (const auto transport : {"udp", "unix-dgram"}) {
    CaseSpec spec = case_for(transport, Workload::rr, WaitMode::sleep);
    spec.depth = 4;
    spec.tmax = 200ms;
    exchange(spec, [](std::uint64_t sent, const Recorder& generator, const Recorder& responder) {
      EXPECT_EQ(generator.sequence.sent, sent);
      EXPECT_EQ(sent, generator.sequence.received + generator.sequence.lost);
      EXPECT_EQ(generator.response_time.count(), generator.sequence.received);
      EXPECT_GE(responder.sequence.received + responder.sequence.late, generator.sequence.received);
    });
  }
}

// --- ends that come early -----------------------------------------------------------------------

TEST(GeneratorThread, StopsWhenToldTo) {
  for (const auto wait : kWaitModes) {
    const CaseSpec spec = case_for("memory", Workload::rr, wait);
    Responder responder(spec);
    GeneratorThread generator(generator_options(spec, responder.world().local()));
    ASSERT_TRUE(generator.connect(now() + kPatience));
    const Instant t0 = now();
    std::thread sender([&] { generator.run(t0, t0 + 1h); });
    generator.stop();
    sender.join();
    EXPECT_EQ(generator.failure(), "");
    const auto& sequence = generator.recorder().sequence;
    EXPECT_EQ(sequence.sent, sequence.received + sequence.lost) << name_of(wait);
  }
}

TEST(GeneratorThread, NamesTheConnectionThatTheResponderClosed) {
  for (const auto transport : {"memory", "unix-stream"}) {
    for (const auto wait : kWaitModes) {
      const CaseSpec spec = case_for(transport, Workload::rr, wait);
      Responder responder(spec);
      GeneratorThread generator(generator_options(spec, responder.world().local()));
      ASSERT_TRUE(generator.connect(now() + kPatience));
      const Instant t0 = now();
      std::thread sender([&] { generator.run(t0, t0 + 1h); });
      responder.world().stop();
      responder.join();
      sender.join();
      EXPECT_EQ(generator.failure(), "connection 0: the responder closed the connection")
          << transport << ", " << name_of(wait);
    }
  }
}

TEST(GeneratorThread, NobodyListeningIsAnErrorThatNamesTheAddress) {
  const CaseSpec spec = case_for("memory", Workload::rr, WaitMode::sleep);
  auto address = parse_address("memory:nobody-listens-here");
  ASSERT_TRUE(address);
  GeneratorThread generator(generator_options(spec, *address));
  const auto connected = generator.connect(now() + kPatience);
  ASSERT_FALSE(connected);
  EXPECT_NE(connected.error().message.find("memory:nobody-listens-here"), std::string::npos)
      << connected.error().message;
}

TEST(ResponderThread, WaitsNoLongerThanItsDeadlineForWhatNeverComes) {
  for (const auto wait : kWaitModes) {
    Responder responder(case_for("memory", Workload::stream, wait));
    const Instant t0 = now();
    responder.world().start(t0, t0 + kWindow);
    responder.world().finish({5}, now() + 20ms);
    responder.join();
    ASSERT_NE(responder.world().recorder(), nullptr);
    const auto& sequence = responder.world().recorder()->sequence;
    EXPECT_EQ(sequence.sent, 5U);
    EXPECT_EQ(sequence.lost, 5U) << name_of(wait);
  }
}

// --- a hostile peer -----------------------------------------------------------------------------

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

TEST(ResponderThread, CountsWhatIsNoMessageOfThisRunAndGoesOn) {
  Responder responder(case_for("memory", Workload::rr, WaitMode::sleep));
  RawPeer peer(responder.world().local());
  const Instant t0 = now() - 1ms;
  responder.world().start(t0, t0 + 1h);
  ASSERT_TRUE(peer.wait_for_orders());

  const WireHeader good{.flow = kFlows.of(0, true),
                        .seq = 0,
                        .intended_ns = ns(now()),
                        .measured = true,
                        .echo = true};
  WireHeader foreign = good, mismatched = good, jumped = good;
  foreign.flow = kFlows.of(1, true);
  foreign.echo = false;
  mismatched.measured = mismatched.echo = false;
  jumped.seq = kMostSeq;
  jumped.echo = false;
  peer.send(std::vector<std::byte>(100, std::byte{'x'}));
  peer.send(std::vector<std::byte>(1, std::byte{0}));
  peer.send(foreign);
  peer.send(mismatched);
  peer.send(jumped);
  peer.send(good);
  ASSERT_TRUE(peer.wait_for_echo());
  responder.world().finish({1}, now());
  responder.join();

  const Recorder& recorder = *responder.world().recorder();
  EXPECT_EQ(recorder.integrity.corrupt, 2U);
  EXPECT_EQ(recorder.integrity.spurious, 3U);
  EXPECT_EQ(recorder.sequence.received, 1U);
  EXPECT_EQ(recorder.sequence.lost, 0U);
}

TEST(ResponderThread, AbsurdStampsAreNoOverflow) {
  Responder responder(case_for("memory", Workload::rr, WaitMode::sleep));
  RawPeer peer(responder.world().local());
  const Instant t0 = now() - 1ms;
  responder.world().start(t0, t0 + 1h);
  ASSERT_TRUE(peer.wait_for_orders());
  std::uint64_t seq = 0;
  for (const bool measured : {false, true}) {
    for (const auto stamp : {std::int64_t{0}, std::numeric_limits<std::int64_t>::max(),
                             std::numeric_limits<std::int64_t>::min()}) {
      peer.send({.flow = kFlows.of(0, measured),
                 .seq = seq++,
                 .intended_ns = stamp,
                 .measured = measured,
                 .echo = true});
      ASSERT_TRUE(peer.wait_for_echo());
    }
  }
  responder.world().finish({seq}, now());
  responder.join();
  const auto& sequence = responder.world().recorder()->sequence;
  EXPECT_EQ(sequence.sent, sequence.received + sequence.lost);
}

}  // namespace
}  // namespace sockmark
