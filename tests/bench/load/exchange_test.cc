// Generator and responder threads against one another in this process, over real channels, for each
// way of waiting. What is asserted are counts: they balance however slow the machine is.

#include "tests/bench/load/exchange.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

namespace sockmark {
namespace {

using namespace std::chrono_literals;
using namespace rig;

// One run in which nothing is wrong; then `check` looks at both ends.
template <class Check>
void exchange_soundly(const CaseSpec& spec, Check&& check) {
  SCOPED_TRACE(spec.id());
  const Exchanged run = exchange(spec);
  EXPECT_EQ(run.failures, std::vector<std::string>{});
  EXPECT_GT(run.sent, 0U);
  EXPECT_EQ(run.unsent, 0U);
  EXPECT_EQ(run.generator.send_block.count(), run.sent);
  EXPECT_EQ(run.generator.counts.sent_messages, run.sent);
  EXPECT_GE(run.ended, run.t1);
  for (const Recorder* end : {&run.generator, &run.responder}) {
    EXPECT_EQ(end->integrity.corrupt, 0U);
    EXPECT_EQ(end->integrity.spurious, 0U);
    EXPECT_EQ(end->integrity.stream_integrity_errors, 0U);
  }
  const auto& forward = run.responder.sequence;
  EXPECT_EQ(forward.sent, run.sent);
  EXPECT_EQ(forward.sent, forward.received + forward.lost);
  check(run.sent, run.generator, run.responder);
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

using WaitCell = std::tuple<std::string_view, WaitMode>;

class Exchange : public testing::TestWithParam<WaitCell> {};

TEST_P(Exchange, EveryEchoedMessageIsAccountedForAtBothEnds) {
  const auto [transport, wait] = GetParam();
  exchange_soundly(case_for(transport, Workload::rr, wait), expect_balanced_echo);
}

TEST_P(Exchange, EveryStreamedMessageIsAccountedForAtBothEnds) {
  const auto [transport, wait] = GetParam();
  exchange_soundly(case_for(transport, Workload::stream, wait),
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
  exchange_soundly(spec, expect_balanced_echo);
}

// No such case may block: check_limits() refuses it.
TEST_P(Exchange, OneConnectionAMessageBalancesToo) {
  const auto [transport, wait] = GetParam();
  CaseSpec spec =
      case_for(transport, Workload::connect, wait == WaitMode::block ? WaitMode::sleep : wait);
  spec.connections = wait == WaitMode::block ? 1 : 2;
  exchange_soundly(spec, expect_balanced_echo);
}

TEST_P(Exchange, AnswersOfAnotherSizeBalanceToo) {
  const auto [transport, wait] = GetParam();
  for (const std::uint64_t response : {32U, 16'384U}) {
    CaseSpec spec = case_for(transport, Workload::rr, wait);
    spec.size = 200;
    spec.response = response;
    spec.depth = 8;
    exchange_soundly(
        spec, [&](std::uint64_t sent, const Recorder& generator, const Recorder& responder) {
          expect_balanced_echo(sent, generator, responder);
          EXPECT_EQ(generator.counts.goodput_bytes, generator.counts.goodput_messages * response);
        });
  }
}

// Requests that together have far more bytes of answers than the sockets hold: the responder waits
// for its peer, and sends the rest when it can.
TEST(ExchangeOfAnswers, ThatFillTheSocketsBalanceToo) {
  CaseSpec spec = case_for("unix-stream", Workload::rr, WaitMode::sleep);
  spec.response = 300'000;
  spec.depth = 64;
  exchange_soundly(spec, expect_balanced_echo);
}

TEST_P(Exchange, AMixOfSizesBalancesToo) {
  const auto [transport, wait] = GetParam();
  for (const auto workload : {Workload::rr, Workload::stream}) {
    CaseSpec spec = case_for(transport, workload, wait);
    spec.mix = parse_size_choice("imix")->mix;
    spec.size = spec.mix.largest();
    if (workload == Workload::rr) spec.depth = 8;
    exchange_soundly(
        spec, [&](std::uint64_t sent, const Recorder& generator, const Recorder& responder) {
          const auto& sizes = generator.sizes_sent;
          ASSERT_EQ(sizes.size(), 3U);
          EXPECT_EQ(sizes[0] + sizes[1] + sizes[2], sent);
          if (workload == Workload::rr) return expect_balanced_echo(sent, generator, responder);
          expect_flawless(responder.sequence, sent);
          // Goodput counts by arrival, the sizes by the window: they differ by what was under way.
          EXPECT_GE(responder.counts.goodput_bytes, 64 * responder.counts.goodput_messages);
        });
  }
}

TEST(ExchangeOfMixes, CountsTheBytesThatWereReallyReceived) {
  for (const bool answered : {false, true}) {
    CaseSpec spec = case_for("memory", Workload::rr, WaitMode::sleep);
    spec.mix = parse_size_choice("imix")->mix;
    spec.size = spec.mix.largest();
    if (answered) spec.response = 1000;
    exchange_soundly(spec, [&](std::uint64_t, const Recorder& generator, const Recorder&) {
      const std::uint64_t messages = generator.counts.goodput_messages;
      // The sizes of consecutive messages of one flow, of which the first may be of the warm-up.
      const SizeDraw draw(spec.mix, 1);
      std::uint64_t bytes = 0;
      for (std::uint64_t seq = 0; seq < messages; ++seq)
        bytes += draw.bytes_of(draw.part_of(1, seq));
      const std::uint64_t counted =
          answered ? generator.request_bytes : generator.counts.goodput_bytes;
      EXPECT_NEAR(static_cast<double>(counted), static_cast<double>(bytes), 2 * 1500);
      if (!answered) return;
      EXPECT_EQ(generator.counts.goodput_bytes, 1000 * messages);
    });
  }
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
    exchange_soundly(spec, [](std::uint64_t sent, const Recorder& generator,
                              const Recorder& responder) {
      EXPECT_EQ(generator.sequence.sent, sent);
      EXPECT_EQ(sent, generator.sequence.received + generator.sequence.lost);
      EXPECT_EQ(generator.response_time.count(), generator.sequence.received);
      EXPECT_GE(responder.sequence.received + responder.sequence.late, generator.sequence.received);
    });
  }
}

// --- an address that threads share ---------------------------------------------------------------

TEST(SharedAddress, EachConnectionIsServedByWhomTheKernelGivesItTo) {
  for (const std::string transport : {"tcp", "udp"}) {
    for (const auto workload : {Workload::rr, Workload::stream}) {
      CaseSpec spec = case_for(transport, workload, WaitMode::sleep);
      spec.address = transport + "://127.0.0.1:0";
      spec.threads = 3;
      spec.connections = 60;
      if (transport == "udp") {
        spec.rate = 2000;  // of which no socket's queue is ever full
        spec.tmax = 5s;
      }
      SCOPED_TRACE(spec.id());
      ASSERT_TRUE(check_limits(spec));
      const Exchanged run = exchange(spec);
      EXPECT_EQ(run.failures, std::vector<std::string>{});
      EXPECT_GT(run.sent, 0U);
      expect_flawless(run.responder.sequence, run.sent);
      EXPECT_EQ(run.responder.integrity.spurious, 0U);
      EXPECT_GE(run.threads_that_received, 2U) << "one thread in all cases but 1 in 3^59";
    }
  }
}

TEST(SharedAddress, WhatNobodyHeardOfIsLostOnce) {
  CaseSpec spec = case_for("tcp", Workload::stream, WaitMode::sleep);
  spec.address = "tcp://127.0.0.1:0";
  spec.threads = 2;
  spec.connections = 3;
  ConnectionOwners owners(spec.connections);
  Responder first(spec, 0, {}, {.address = {}, .owners = &owners});
  Responder second(spec, 1, {}, {.address = first.thread().local(), .owners = &owners});
  const Instant t0 = now();
  for (Responder* responder : {&first, &second}) {
    responder->thread().start(t0, t0 + kWindow);
    responder->thread().await_started();
    responder->thread().finish({4, 0, 3}, now());
  }
  first.join();
  second.join();
  first.thread().lose_unclaimed();
  SequenceStatistics both = first.thread().recorder()->sequence;
  both.add(second.thread().recorder()->sequence);
  EXPECT_EQ(both.sent, 7U);
  EXPECT_EQ(both.lost, 7U);
}

// --- ends that come early -----------------------------------------------------------------------

TEST(GeneratorThread, StopsWhenToldTo) {
  for (const auto wait : kWaitModes) {
    const CaseSpec spec = case_for("memory", Workload::rr, wait);
    Responder responder(spec);
    GeneratorThread generator(generator_options(spec, responder.thread().local()));
    ASSERT_TRUE(generator.connect(now() + kTimeout));
    const Instant t0 = now();
    std::jthread sender([&] { generator.run(t0, t0 + 1h); });
    generator.stop();
    sender.join();
    EXPECT_EQ(generator.failure(), "");
    const auto& sequence = generator.recorder().sequence;
    EXPECT_EQ(sequence.sent, sequence.received + sequence.lost) << name_of(wait);
  }
}

// The window is planned for a minute: that the test ends shows that it was shortened.
TEST(EndAt, AShortenedWindowBalancesAtBothEnds) {
  for (const auto workload : {Workload::rr, Workload::stream}) {
    for (const std::optional<double> rate : {std::optional<double>(), std::optional(5000.0)}) {
      for (const auto wait : {WaitMode::sleep, WaitMode::spin, WaitMode::block}) {
        CaseSpec spec = case_for("tcp", workload, wait);
        spec.duration = 60s;
        spec.rate = rate;
        SCOPED_TRACE(spec.id());
        const Exchanged run = exchange(spec, {.end_after = 100ms});
        EXPECT_EQ(run.failures, std::vector<std::string>{});
        EXPECT_EQ(run.generator.counts.t1 - run.generator.counts.t0, 100ms);
        const Recorder& receiver = workload == Workload::rr ? run.generator : run.responder;
        EXPECT_GT(run.sent, 0U);
        EXPECT_EQ(receiver.sequence.sent, run.sent);
        EXPECT_EQ(receiver.sequence.sent, receiver.sequence.received + receiver.sequence.lost);
        EXPECT_EQ(receiver.response_time.count(), receiver.sequence.received);
        if (rate) {
          EXPECT_EQ(run.sent + run.unsent, 500U) << "what was due before the end";
        }
        for (const auto& point : receiver.series.points()) EXPECT_LT(point.start, 100ms);
      }
    }
  }
}

TEST(GeneratorThread, NamesTheConnectionThatTheResponderClosed) {
  for (const auto transport : {"memory", "unix-stream"}) {
    for (const auto wait : kWaitModes) {
      const CaseSpec spec = case_for(transport, Workload::rr, wait);
      Responder responder(spec);
      GeneratorThread generator(generator_options(spec, responder.thread().local()));
      ASSERT_TRUE(generator.connect(now() + kTimeout));
      const Instant t0 = now();
      std::jthread sender([&] { generator.run(t0, t0 + 1h); });
      responder.thread().stop();
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
  const auto connected = generator.connect(now() + kTimeout);
  ASSERT_FALSE(connected);
  EXPECT_NE(connected.error().message.find("memory:nobody-listens-here"), std::string::npos)
      << connected.error().message;
}

TEST(ResponderThread, WaitsNoLongerThanItsDeadlineForWhatNeverComes) {
  for (const auto wait : kWaitModes) {
    Responder responder(case_for("memory", Workload::stream, wait));
    const Instant t0 = now();
    responder.thread().start(t0, t0 + kWindow);
    responder.thread().finish({5}, now() + 20ms);
    responder.join();
    ASSERT_NE(responder.thread().recorder(), nullptr);
    const auto& sequence = responder.thread().recorder()->sequence;
    EXPECT_EQ(sequence.sent, 5U);
    EXPECT_EQ(sequence.lost, 5U) << name_of(wait);
  }
}

// --- a hostile peer -----------------------------------------------------------------------------

TEST(ResponderThread, CountsWhatIsNoMessageOfThisRunAndGoesOn) {
  Responder responder(case_for("memory", Workload::rr, WaitMode::sleep));
  RawPeer peer(responder.thread().local());
  const Instant t0 = now() - 1ms;
  responder.thread().start(t0, t0 + 1h);
  ASSERT_TRUE(peer.wait_until_commands_applied());

  const WireHeader good{.flow = kFlows.of(0, Phase::window),
                        .seq = 0,
                        .intended_ns = ns(now()),
                        .measured = true,
                        .echo = true};
  WireHeader foreign = good, mismatched = good, jumped = good;
  foreign.flow = kFlows.of(1, Phase::window);
  foreign.echo = false;
  mismatched.measured = mismatched.echo = false;
  jumped.seq = kSeqMax;
  jumped.echo = false;
  peer.send(std::vector<std::byte>(100, std::byte{'x'}));
  peer.send(std::vector<std::byte>(1, std::byte{0}));
  peer.send(foreign);
  peer.send(mismatched);
  peer.send(jumped);
  peer.send(good);
  ASSERT_TRUE(peer.wait_for_echo());
  responder.thread().finish({1}, now());
  responder.join();

  const Recorder& recorder = *responder.thread().recorder();
  EXPECT_EQ(recorder.integrity.corrupt, 2U);
  EXPECT_EQ(recorder.integrity.spurious, 3U);
  EXPECT_EQ(recorder.sequence.received, 1U);
  EXPECT_EQ(recorder.sequence.lost, 0U);
}

TEST(ResponderThread, AbsurdStampsAreNoOverflow) {
  Responder responder(case_for("memory", Workload::rr, WaitMode::sleep));
  RawPeer peer(responder.thread().local());
  const Instant t0 = now() - 1ms;
  responder.thread().start(t0, t0 + 1h);
  ASSERT_TRUE(peer.wait_until_commands_applied());
  std::uint64_t seq = 0;
  for (const bool measured : {false, true}) {
    for (const auto stamp : {std::int64_t{0}, std::numeric_limits<std::int64_t>::max(),
                             std::numeric_limits<std::int64_t>::min()}) {
      peer.send({.flow = kFlows.of(0, static_cast<Phase>(measured)),
                 .seq = seq++,
                 .intended_ns = stamp,
                 .measured = measured,
                 .echo = true});
      ASSERT_TRUE(peer.wait_for_echo());
    }
  }
  responder.thread().finish({seq}, now());
  responder.join();
  const auto& sequence = responder.thread().recorder()->sequence;
  EXPECT_EQ(sequence.sent, sequence.received + sequence.lost);
}

}  // namespace
}  // namespace sockmark
