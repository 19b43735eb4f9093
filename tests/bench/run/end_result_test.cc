#include "bench/run/end_result.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "transports/catalogue.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kSeed = 77;

// --- parameters and cases -----------------------------------------------------------------------

void expect_same_case(const CaseSpec& actual, const CaseSpec& expected) {
  EXPECT_EQ(actual.id(), expected.id());
  EXPECT_EQ(actual.transport, expected.transport);
  EXPECT_EQ(actual.address, expected.address);
  EXPECT_EQ(actual.depth, expected.depth);
  EXPECT_EQ(actual.duration, expected.duration);
  EXPECT_EQ(actual.warmup, expected.warmup);
  EXPECT_EQ(actual.tmax, expected.tmax);
  ASSERT_EQ(actual.pin.has_value(), expected.pin.has_value());
  if (actual.pin) {
    EXPECT_EQ(actual.pin->generator, expected.pin->generator);
    EXPECT_EQ(actual.pin->responder, expected.pin->responder);
  }
  EXPECT_EQ(actual.socket.send_buffer_bytes, expected.socket.send_buffer_bytes);
  EXPECT_EQ(actual.socket.receive_buffer_bytes, expected.socket.receive_buffer_bytes);
  EXPECT_EQ(actual.socket.tcp_nodelay, expected.socket.tcp_nodelay);
  EXPECT_EQ(actual.rate, expected.rate);
  EXPECT_EQ(actual.arrivals, expected.arrivals);
  EXPECT_EQ(actual.impair, expected.impair);
  ASSERT_EQ(actual.pause.has_value(), expected.pause.has_value());
  if (actual.pause) {
    EXPECT_EQ(actual.pause->every, expected.pause->every);
    EXPECT_EQ(actual.pause->length, expected.pause->length);
  }
}

void expect_round_trip(const CaseSpec& spec) {
  SCOPED_TRACE(spec.id());
  auto again = case_of(params_of(spec));
  ASSERT_TRUE(again) << again.error().message;
  expect_same_case(*again, spec);
}

TEST(CaseOf, UndoesParamsOfForEveryTransportWorkloadAndWait) {
  for (const auto& row : catalogue()) {
    for (const auto workload : kWorkloads) {
      for (const auto wait : kWaitModes) {
        CaseSpec spec;
        spec.transport = row.name;
        spec.workload = workload;
        spec.wait = wait;
        if (check_limits(spec)) expect_round_trip(spec);
      }
    }
  }
}

TEST(CaseOf, UndoesParamsOfForEveryOtherField) {
  CaseSpec spec;
  spec.transport = "tcp6";
  spec.size = 4096;
  spec.depth = 16;
  spec.connections = 40;
  spec.threads = 4;
  spec.pin = Pin{.generator = 2, .responder = 3};
  spec.duration = 1234567us;
  spec.warmup = 0ns;
  spec.tmax = 1ms;
  spec.socket = {.send_buffer_bytes = 65536, .receive_buffer_bytes = 131072, .tcp_nodelay = false};
  expect_round_trip(spec);
  spec.threads = 1;
  spec.address = "tcp://[::1]:9000";
  spec.socket = {.send_buffer_bytes = {}, .receive_buffer_bytes = 4096, .tcp_nodelay = true};
  expect_round_trip(spec);
}

TEST(CaseOf, UndoesParamsOfForAnOpenLoopOverAnImpairedPath) {
  CaseSpec spec;
  spec.transport = "udp";
  spec.rate = 12345.678;
  spec.arrivals = Arrivals::poisson;
  spec.impair = *parse_impairment("loss=1%,reorder=2%:3,delay=5ms:1ms,seed=9");
  spec.pause = ServerPause{.every = 1s, .length = 100ms};
  for (const auto workload : {Workload::rr, Workload::stream}) {
    spec.workload = workload;
    expect_round_trip(spec);
    EXPECT_EQ(params_of(spec).depth.reason(), "open_loop");
  }
}

TEST(ParamsOf, ASaturatingStreamHasNoDepth) {
  CaseSpec spec;
  spec.workload = Workload::stream;
  const auto params = params_of(spec);
  EXPECT_FALSE(params.depth);
  EXPECT_EQ(params.depth.reason(), "saturating");
  EXPECT_EQ(params.family, "ipv4");
}

TEST(ParamsOf, AnAddressThatSockmarkChoseIsAbsentAsTheDefault) {
  CaseSpec spec;
  EXPECT_FALSE(params_of(spec).address);
  EXPECT_EQ(params_of(spec).address.reason(), "default");
  spec.address = "tcp://127.0.0.1:9000";
  EXPECT_EQ(params_of(spec).address, Maybe<std::string>("tcp://127.0.0.1:9000"));
}

struct Nonsense {
  const char* what;
  std::function<void(report::Params&)> change;
};

TEST(CaseOf, RejectsNonsenseInOneLine) {
  using P = report::Params;
  const Nonsense table[] = {
      {"no transport", [](P& p) { p.transport = ""; }},
      {"an unknown transport", [](P& p) { p.transport = "sctp"; }},
      {"an unknown workload", [](P& p) { p.workload = "flood"; }},
      {"an unknown wait", [](P& p) { p.wait = "nap"; }},
      {"a size below the header", [](P& p) { p.size_bytes = 31; }},
      {"no size", [](P& p) { p.size_bytes = 0; }},
      {"an enormous size", [](P& p) { p.size_bytes = ~std::uint64_t{0}; }},
      {"no depth", [](P& p) { p.depth = 0; }},
      {"an enormous depth", [](P& p) { p.depth = kMaxDepth + 1; }},
      {"no connection", [](P& p) { p.connections = 0; }},
      {"too many connections", [](P& p) { p.connections = kMaxConnections + 1; }},
      {"no thread", [](P& p) { p.threads = 0; }},
      {"more threads than connections", [](P& p) { p.threads = 2; }},
      {"too many threads", [](P& p) { p.threads = p.connections = kMaxThreads + 1; }},
      {"no duration", [](P& p) { p.duration_ns = 0; }},
      {"a negative duration", [](P& p) { p.duration_ns = -1; }},
      {"an endless duration",
       [](P& p) { p.duration_ns = std::numeric_limits<std::int64_t>::max(); }},
      {"a negative warm-up", [](P& p) { p.warmup_ns = -1; }},
      {"no tmax", [](P& p) { p.tmax_ns = 0; }},
      {"an endless tmax", [](P& p) { p.tmax_ns = std::numeric_limits<std::int64_t>::max(); }},
      {"blocking on two connections", [](P& p) { p.wait = "block", p.connections = 2; }},
      {"a rate of nothing", [](P& p) { p.rate_per_s = 0.0; }},
      {"an endless rate", [](P& p) { p.rate_per_s = 1e300; }},
      {"a negative rate", [](P& p) { p.rate_per_s = -1.0; }},
      {"an unknown law", [](P& p) { p.rate_per_s = 1.0, p.arrivals = "regular"; }},
      {"an impairment that is none", [](P& p) { p.impair = "loss=2"; }},
      {"an impaired byte stream", [](P& p) { p.impair = "loss=1%"; }},
      {"a pause that never ends",
       [](P& p) { p.server_pause = report::ServerPause{.every_ns = 5, .for_ns = 5}; }},
      {"an address that is none", [](P& p) { p.address = "nonsense"; }},
      {"another transport's address", [](P& p) { p.address = "udp://127.0.0.1:0"; }},
      {"a pin for one end only", [](P& p) { p.pin = {1}; }},
      {"pins for three ends", [](P& p) {
         p.pin = {1, 2, 3};
       }}};
  for (const auto& row : table) {
    report::Params params = params_of(CaseSpec{});
    row.change(params);
    const auto spec = case_of(params);
    EXPECT_FALSE(spec) << row.what << " was accepted";
    if (spec) continue;
    EXPECT_EQ(spec.error().message.find('\n'), std::string::npos) << row.what;
  }
}

// --- assembling a run --------------------------------------------------------------------

struct Halves {
  CaseSpec spec;
  GeneratorResult generator;
  ResponderResult responder;
};

// A round trip of 100 messages within a window of a second, with nothing amiss.
Halves clean_round_trip(const char* transport) {
  Halves halves;
  halves.spec.transport = transport;
  halves.spec.duration = 1s;
  auto& generator = halves.generator;
  generator.offered = generator.goodput_messages = 100;
  generator.goodput_bytes = 6400;
  generator.loss.sent = generator.loss.received = 100;
  generator.loss.loss_ratio = 0.0;
  generator.loss.tmax_ns = 1'000'000'000;
  generator.drain_ns = 5;
  generator.resources.cpu_ns = 1000;
  generator.latency.delay_kind = report::DelayKind::round_trip;
  halves.responder.loss.sent = halves.responder.loss.received = 100;
  halves.responder.resources.cpu_ns = 2000;
  return halves;
}

report::Run assemble(const Halves& halves) {
  return assemble_run(halves.spec, {.seed = kSeed}, halves.generator, halves.responder);
}

TEST(AssembleRun, TheGeneratorMeasuresARoundTrip) {
  const auto run = assemble(clean_round_trip("udp"));
  EXPECT_TRUE(run.valid) << (run.invalid_reasons.empty() ? "" : run.invalid_reasons.front());
  EXPECT_EQ(run.latency->delay_kind, report::DelayKind::round_trip);
  EXPECT_EQ(run.throughput->goodput_messages_per_s, 100);
  EXPECT_EQ(run.throughput->goodput_bytes_per_s, 6400);
  EXPECT_EQ(run.throughput->delivery_ratio, Maybe<double>(1.0));
  EXPECT_EQ(run.load->sent_messages, 100U);
  EXPECT_EQ(run.load->offered_rate, 100);
  EXPECT_EQ(run.window.drain_ns, 5);
  EXPECT_EQ(run.resources.generator->cpu_ns_per_message, Maybe<double>(10.0));
  EXPECT_EQ(run.resources.responder->cpu_ns_per_message, Maybe<double>(20.0));
  EXPECT_EQ(run.steady, Maybe<bool>(true));
}

TEST(AssembleRun, TheResponderMeasuresAStream) {
  Halves halves = clean_round_trip("tcp");
  halves.spec.workload = Workload::stream;
  halves.responder.latency.delay_kind = report::DelayKind::one_way;
  halves.responder.goodput_messages = 90;
  halves.responder.goodput_bytes = 5760;
  halves.generator.goodput_messages = halves.generator.goodput_bytes = 0;
  halves.generator.loss.received = 0;  // nothing comes back
  halves.generator.latency.send_block = report::Distribution();
  halves.generator.latency.send_block->count = 100;
  const auto run = assemble(halves);
  EXPECT_TRUE(run.valid) << (run.invalid_reasons.empty() ? "" : run.invalid_reasons.front());
  EXPECT_EQ(run.latency->delay_kind, report::DelayKind::one_way);
  EXPECT_EQ(run.latency->send_block->count, 100U) << "which only the sender knows";
  EXPECT_EQ(run.loss->received, 100U);
  EXPECT_EQ(run.throughput->goodput_messages_per_s, 90);
}

// RFC 6673: messages that did not reach the responder were lost forward, the others in reverse.
TEST(AssembleRun, AttributesTheLossOfARoundTripToItsDirections) {
  Halves halves = clean_round_trip("udp");
  halves.generator.loss.received = 80;
  halves.generator.loss.lost = 20;
  halves.generator.loss.loss_ratio = 0.2;
  halves.responder.loss.received = 95;
  halves.responder.loss.lost = 5;
  const auto run = assemble(halves);
  EXPECT_TRUE(run.valid) << "loss is a measurement here";
  EXPECT_EQ(run.loss->forward_lost, Maybe<std::uint64_t>(5));
  EXPECT_EQ(run.loss->reverse_lost, Maybe<std::uint64_t>(15));
  EXPECT_EQ(run.integrity->unfinished, 0U);
}

TEST(AssembleRun, LossOverAReliableTransportIsUnfinishedWorkAndMakesTheRunInvalid) {
  Halves halves = clean_round_trip("tcp");
  halves.generator.loss.received = 99;
  halves.generator.loss.lost = 1;
  halves.generator.loss.loss_ratio = Maybe<double>::none(report::kNotApplicable);
  const auto run = assemble(halves);
  EXPECT_FALSE(run.valid);
  ASSERT_EQ(run.invalid_reasons.size(), 1U);
  EXPECT_EQ(run.invalid_reasons[0], "1 message without an answer within 1000 ms");
  EXPECT_EQ(run.integrity->unfinished, 1U);
  EXPECT_FALSE(run.loss->forward_lost);
}

TEST(AssembleRun, ListsWhyARunIsInvalid) {
  Halves halves = clean_round_trip("tcp");
  halves.generator.invalid_reasons = {"connection 0: receive: Connection reset by peer"};
  halves.responder.invalid_reasons = {"send: Broken pipe"};
  halves.responder.integrity.stream_integrity_errors = 2;
  halves.generator.integrity.stream_integrity_errors = 1;
  const auto run = assemble(halves);
  EXPECT_FALSE(run.valid);
  EXPECT_EQ(run.invalid_reasons,
            (std::vector<std::string>{"generator: connection 0: receive: Connection reset by peer",
                                      "responder: send: Broken pipe",
                                      "3 messages over tcp duplicated, reordered or corrupt"}));
}

TEST(AssembleRun, ARunInWhichNothingMovedIsInvalidAndHasNoRatios) {
  Halves halves = clean_round_trip("udp");
  halves.generator = {};
  halves.responder = {};
  auto run = assemble(halves);
  EXPECT_EQ(run.invalid_reasons, (std::vector<std::string>{"nothing was sent within the window"}));
  EXPECT_FALSE(run.throughput->delivery_ratio);
  EXPECT_FALSE(run.steady);
  EXPECT_FALSE(run.resources.generator->cpu_ns_per_message);

  halves.generator.loss.sent = halves.generator.loss.lost = 10;
  run = assemble(halves);
  EXPECT_EQ(run.invalid_reasons,
            (std::vector<std::string>{"no message of the window arrived in time"}));
}

TEST(AssembleRun, AGrowingQueueIsUnsteady) {
  Halves halves = clean_round_trip("udp");
  halves.generator.goodput_messages = 80;
  const auto run = assemble(halves);
  EXPECT_EQ(run.steady, Maybe<bool>(false));
  EXPECT_EQ(run.unsteady_reasons, (std::vector<std::string>{"backlog"}));
}

// --- an open loop -------------------------------------------------------------------------------

Halves clean_open_loop() {
  Halves halves = clean_round_trip("udp");
  halves.spec.rate = 100;
  halves.spec.arrivals = Arrivals::poisson;
  report::Distribution response;
  response.count = 100;
  response.p99_ns = 1'000'000;
  halves.generator.latency.response_time = response;
  health::SendRecord sends;
  sends.intended = sends.attempted_in_window = 100;
  sends.lag.p99_ns = 5'000;
  halves.generator.sends = sends;
  return halves;
}

TEST(AssembleRun, AnOpenLoopHasAnArrivalProcessAndNoOmission) {
  const auto run = assemble(clean_open_loop());
  EXPECT_TRUE(run.valid);
  EXPECT_EQ(run.load->model, report::LoadModel::open);
  EXPECT_EQ(run.load->arrival, Maybe<std::string>("poisson"));
  EXPECT_EQ(run.load->coordinated_omission, report::CoordinatedOmission::absent);
  EXPECT_EQ(run.load->seed, kSeed);
  EXPECT_EQ(run.load->intended_rate, Maybe<double>(100.0));
  EXPECT_EQ(run.generator->saturated, Maybe<bool>(false));
  const auto closed = assemble(clean_round_trip("udp"));
  EXPECT_EQ(closed.load->coordinated_omission, report::CoordinatedOmission::present);
  EXPECT_EQ(closed.generator->saturated.reason(), "closed_loop");
}

// --- stalls and interference --------------------------------------------------------------------

using Reasons = std::vector<std::string>;

TEST(AssembleRun, AClosedLoopThatWaitedForALostMessageIsUnsteady) {
  Halves halves = clean_round_trip("udp");
  halves.spec.depth = 2;
  halves.generator.waited_for_lost_ns = 1'800'000'000;
  halves.generator.lost_in_warmup = 2;
  const auto run = assemble(halves);
  EXPECT_TRUE(run.valid);
  EXPECT_EQ(run.stalls->waiting_for_lost_ns, Maybe<std::int64_t>(900'000'000)) << "of each place";
  EXPECT_EQ(run.stalls->lost_in_warmup, Maybe<std::uint64_t>(2));
  EXPECT_EQ(run.unsteady_reasons, Reasons{"stall"});
}

TEST(AssembleRun, AWindowWithoutArrivalsForATenthIsUnsteady) {
  Halves halves = clean_round_trip("udp");
  halves.generator.silent_ns = 100'000'000;
  EXPECT_TRUE(*assemble(halves).steady) << "at the limit";
  halves.generator.silent_ns = halves.generator.longest_silence_ns = 100'000'001;
  EXPECT_EQ(assemble(halves).unsteady_reasons, Reasons{"stall"});
  EXPECT_EQ(assemble(halves).stalls->longest_ns, 100'000'001);
}

TEST(AssembleRun, AGeneratorThatDidNotRunMakesAClosedLoopInvalid) {
  Halves halves = clean_round_trip("tcp");
  halves.generator.stopped_ns = 300'000'000;
  auto run = assemble(halves);
  EXPECT_EQ(run.invalid_reasons, Reasons{"the generator did not run for 300 ms of 1000 ms"});
  EXPECT_EQ(run.interference_reasons, Reasons{}) << "invalid runs have their reasons";
  halves.generator.stopped_ns = 30'000'000;
  run = assemble(halves);
  EXPECT_TRUE(run.valid);
  EXPECT_EQ(run.interference_reasons, Reasons{"the generator did not run for 30 ms of 1000 ms"});
}

TEST(AssembleRun, AResponderThatPausesAsItWasToldIsNoInterference) {
  Halves halves = clean_round_trip("tcp");
  halves.responder.stopped_ns = 300'000'000;
  EXPECT_EQ(assemble(halves).interference_reasons,
            Reasons{"the responder did not run for 300 ms of 1000 ms"});
  halves.spec.pause = ServerPause{.every = 1s, .length = 300ms};
  EXPECT_EQ(assemble(halves).interference_reasons, Reasons{});
  EXPECT_EQ(assemble(halves).stalls->responder_stopped_ns, 300'000'000);
}

TEST(AssembleRun, LatenessWithoutSaturationLeavesTheRunValid) {
  Halves halves = clean_open_loop();
  halves.generator.sends->lag.p99_ns = 900'000;
  halves.generator.machine = report::MachineTime{.idle_ns = 0, .others_ns = 1'300'000'000};
  const auto run = assemble(halves);
  EXPECT_TRUE(run.valid);
  EXPECT_EQ(run.generator->saturated, Maybe<bool>(false));
  EXPECT_EQ(run.interference_reasons,
            Reasons{"the generator was late by 900 µs at p99, limit 250 µs, while other processes "
                    "used 1.3 CPUs"});
}

TEST(AssembleRun, TheRemedyIsNotWhatIsOnAlready) {
  Halves halves = clean_open_loop();
  halves.generator.sends->lag.p99_ns = 900'000;
  for (const WaitMode wait : kWaitModes) {
    halves.spec.wait = wait;
    const auto run = assemble(halves);
    ASSERT_EQ(run.interference_reasons.size(), 1U);
    EXPECT_EQ(run.interference_reasons[0].ends_with("; --wait hybrid reduces it"),
              wait == WaitMode::sleep);
  }
}

// The responder needs 300 us for each message: every message of the window waits longer than Tmax.
TEST(AssembleRun, ASlowResponderIsNotTheGeneratorsFault) {
  Halves halves = clean_open_loop();
  halves.spec.transport = "tcp";
  halves.generator.offered = halves.generator.loss.sent = halves.generator.loss.lost = 10'000;
  halves.generator.loss.received = halves.generator.goodput_messages = 0;
  halves.generator.latency.response_time =
      Maybe<report::Distribution>::none(report::kNothingReceived);
  halves.generator.sends->lag.p99_ns = 5'700'000;
  halves.responder.taken_in = 3'100;
  const auto run = assemble(halves);
  EXPECT_EQ(run.generator->saturated, Maybe<bool>(false));
  EXPECT_EQ(run.invalid_reasons,
            Reasons{"no message of the window arrived in time: the responder took 3100 of the "
                    "10000 messages/s"});
}

TEST(AssembleRun, WhatTheEndsUsedIsNotOthersTime) {
  Halves halves = clean_round_trip("udp");
  halves.generator.machine = report::MachineTime{.idle_ns = 7, .others_ns = 10'000};
  EXPECT_EQ(assemble(halves).resources.machine->others_ns, 7'000);
  halves.generator.machine->others_ns = 100;
  EXPECT_EQ(assemble(halves).resources.machine->others_ns, 0) << "clock ticks are coarse";
}

// The messages of the warm-up, which are due first, fill the window too.
TEST(AssembleRun, AnOpenLoopThatNeverReachesItsWindowHasTooHighARate) {
  Halves halves = clean_open_loop();
  halves.spec.rate = 1e9;
  halves.generator.loss = {};
  halves.generator.offered = 500;
  const auto run = assemble(halves);
  ASSERT_FALSE(run.invalid_reasons.empty());
  const double seconds = std::chrono::duration<double>(halves.spec.duration).count();
  EXPECT_EQ(
      run.invalid_reasons.front(),
      fmt::format("rate too high: {:.0f} of 1000000000 messages/s were sent, only those due in "
                  "the warm-up",
                  500 / seconds));
}

TEST(AssembleRun, UnsentMessagesAreIntendedAndNotLost) {
  Halves halves = clean_open_loop();
  halves.generator.unsent = 900;
  halves.generator.sends->intended = 1000;
  const auto run = assemble(halves);
  EXPECT_EQ(run.load->intended_messages, 1000U);
  EXPECT_EQ(run.load->sent_messages, 100U);
  EXPECT_EQ(run.load->send_failed, 900U);
  EXPECT_EQ(run.loss->sent, run.loss->received + run.loss->lost);
  EXPECT_EQ(run.generator->saturated, Maybe<bool>(true));
  EXPECT_FALSE(run.valid);
  EXPECT_EQ(
      run.invalid_reasons,
      (std::vector<std::string>{"rate not reached: 10.0 % of the messages due were attempted"}));
}

TEST(AssembleRun, SeparatesLossAtTheSocketsFromInjectedLoss) {
  Halves halves = clean_round_trip("udp");
  halves.spec.impair = *parse_impairment("loss=1%,seed=5");
  halves.generator.loss.received = 80;
  halves.generator.loss.lost = 20;
  halves.generator.loss.loss_ratio = 0.2;
  InjectedByEnd reverse, forward;
  reverse.sent = 100;
  reverse.way.dropped = 4;
  reverse.way.corrupted = 1;
  forward.way.dropped = 5;
  forward.way.truncated = 2;
  halves.generator.injected = reverse;
  halves.responder.injected = forward;
  halves.generator.receive_drops = 3;
  halves.responder.receive_drops = 2;
  auto run = assemble(halves);
  EXPECT_EQ(run.impairment->dropped, 9U);
  EXPECT_EQ(run.impairment->sent, 100U);
  EXPECT_EQ(run.impairment->seed, 5U);
  EXPECT_EQ(run.impairment->forward.dropped, 5U);
  EXPECT_EQ(run.impairment->reverse->dropped, 4U);
  EXPECT_EQ(run.loss->attribution->receiver_socket, 5U);
  EXPECT_EQ(run.loss->attribution->elsewhere, 15U);
  halves.responder.receive_drops = 2000;  // in the warm-up, mostly
  run = assemble(halves);
  EXPECT_EQ(run.loss->attribution->receiver_socket, 8U) << "at most the loss that was not injected";
  halves.generator.loss.late = 6;
  run = assemble(halves);
  EXPECT_EQ(run.loss->attribution->receiver_socket, 2U) << "late messages were not dropped";
  EXPECT_TRUE(run.valid);
}

TEST(AssembleRun, LossBeyondTheInjectedOneOverAReliableTransportIsADefect) {
  Halves halves = clean_round_trip("unix-dgram");
  halves.spec.impair = *parse_impairment("loss=1%");
  InjectedByEnd end;
  end.way.dropped = 5;
  halves.generator.injected = halves.responder.injected = end;
  halves.generator.loss.received = 90;
  halves.generator.loss.lost = 10;
  halves.generator.loss.loss_ratio = 0.1;
  EXPECT_TRUE(assemble(halves).valid);
  halves.generator.loss.received = 89;
  halves.generator.loss.lost = 11;
  EXPECT_EQ(assemble(halves).invalid_reasons,
            (std::vector<std::string>{
                "1 message lost over unix-dgram in addition to the injected loss"}));
}

// RFC 7679 needs one clock; half a round trip is not a one-way delay.
TEST(AssembleRun, WithoutACommonClockThereAreNoOneWayTimes) {
  Halves halves = clean_round_trip("udp");
  halves.responder.one_way = report::Distribution();
  halves.generator.latency.response_time = report::Distribution();
  const RunFacts apart{.seed = kSeed, .clock_shared = false};
  auto run = assemble_run(halves.spec, apart, halves.generator, halves.responder);
  EXPECT_TRUE(run.latency->response_time) << "a round trip has one clock";
  EXPECT_FALSE(run.latency->one_way);
  EXPECT_EQ(run.latency->one_way.reason(), "clock_not_shared");
  EXPECT_TRUE(run.valid);

  halves.spec.workload = Workload::stream;
  halves.responder.goodput_messages = 100;
  halves.responder.latency.response_time = report::Distribution();
  halves.responder.series.resize(2);
  halves.responder.series[0].p50_ns = 5;
  run = assemble_run(halves.spec, apart, halves.generator, halves.responder);
  EXPECT_EQ(run.latency->response_time.reason(), "clock_not_shared");
  EXPECT_EQ(run.series[0].p50_ns.reason(), "clock_not_shared");
  EXPECT_EQ(run.loss->received, 100U) << "counts need no clock";
}

TEST(FailedRun, HasAReasonAndNoFigures) {
  const auto run = failed_run(CaseSpec{}, "listen tcp://127.0.0.1:80: Permission denied");
  EXPECT_FALSE(run.valid);
  EXPECT_EQ(run.invalid_reasons,
            (std::vector<std::string>{"listen tcp://127.0.0.1:80: Permission denied"}));
  EXPECT_FALSE(run.load || run.throughput || run.latency || run.loss || run.integrity ||
               run.steady);
  EXPECT_EQ(run.loss.reason(), "run_failed");
  EXPECT_EQ(run.window.measure_ns, ns(CaseSpec{}.duration));
}

}  // namespace
}  // namespace sockmark
