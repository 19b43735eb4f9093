#include "bench/run/assemble_run.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "bench/worker/case_params.h"
#include "transports/catalogue.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kSeed = 77;

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
  generator.measured_ns = halves.responder.measured_ns = ns(halves.spec.duration);
  generator.sent.offered = generator.goodput_messages = 100;
  generator.goodput_bytes = 6400;
  generator.sent.messages = generator.loss.sent = generator.loss.received = 100;
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

template <class T>
void expect_no_responder(const Maybe<T>& value) {
  ASSERT_FALSE(value);
  EXPECT_EQ(value.reason(), report::kNoResponder);
}

// What a server that is not sockmark did is known as far as the generator sees it.
TEST(AssembleRun, OfAForeignResponderTheGeneratorAloneKnows) {
  Halves halves = clean_round_trip("tcp");
  halves.spec.responder = *read_responder("echo");
  halves.generator.loss.received = 80;
  halves.generator.loss.lost = 20;
  halves.generator.loss.loss_ratio = 0.2;
  halves.generator.machine = report::MachineTime{.idle_ns = 1, .others_ns = 2};
  halves.responder = {};
  halves.responder.measured_ns = halves.generator.measured_ns;
  const auto run = assemble(halves);
  EXPECT_TRUE(run.valid) << "an echo server may lose what TCP delivered";
  EXPECT_EQ(run.loss->loss_ratio, Maybe<double>(0.2));
  expect_no_responder(run.loss->forward_lost);
  expect_no_responder(run.loss->reverse_lost);
  expect_no_responder(run.loss->attribution);
  expect_no_responder(run.latency->one_way);
  expect_no_responder(run.resources.responder);
  expect_no_responder(run.resources.machine);
  expect_no_responder(run.listen_queue);
  expect_no_responder(run.stalls->responder_stopped_ns);
  EXPECT_EQ(run.resources.generator->cpu_ns, 1000);
}

TEST(AssembleRun, AServerThatChangesAStreamHasNoLoss) {
  Halves halves = clean_round_trip("tcp");
  halves.spec.responder = *read_responder("echo");
  halves.responder = {};
  halves.responder.measured_ns = halves.generator.measured_ns;
  halves.generator.integrity.stream_integrity_errors = 1;
  const auto run = assemble(halves);
  EXPECT_FALSE(run.valid);
  ASSERT_FALSE(run.loss->loss_ratio);
  EXPECT_EQ(run.loss->loss_ratio.reason(), "stream_broken");
}

// Error answers are in the reasons of the generator, and are not called unanswered as well.
TEST(AssembleRun, AFailedAnswerIsNotUnanswered) {
  Halves halves = clean_round_trip("tcp");
  halves.spec.responder = {.kind = ResponderChoice::Kind::request,
                           .name = "ping",
                           .file = {},
                           .request = std::make_shared<const RequestFormat>()};
  halves.responder = {};
  halves.responder.measured_ns = halves.generator.measured_ns;
  halves.generator.loss.received = 90;
  halves.generator.loss.lost = 10;
  halves.generator.loss.loss_ratio = Maybe<double>::none(report::kNotApplicable);
  halves.generator.integrity.failed_answers = 10;
  EXPECT_TRUE(assemble(halves).valid);
  halves.generator.integrity.failed_answers = 9;
  const auto run = assemble(halves);
  ASSERT_EQ(run.invalid_reasons.size(), 1U);
  EXPECT_EQ(run.invalid_reasons[0], "1 message without an answer within 1000 ms");
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

TEST(AssembleRun, AGeneratorThatBeganAfterTheWindowDidNotOfferTheLoad) {
  Halves halves = clean_round_trip("udp");
  halves.generator.sent.began_late_ns = ns(halves.spec.warmup + halves.spec.duration / 200);
  EXPECT_TRUE(assemble(halves).valid) << "a late wake-up";
  halves.generator.sent.began_late_ns = ns(halves.spec.warmup + 120ms);
  const auto run = assemble(halves);
  EXPECT_EQ(run.invalid_reasons,
            std::vector<std::string>{"the generator began 120 ms after the window"});
}

TEST(AssembleRun, AnInterruptedRunHasTheRatesOfTheTimeThatWasMeasured) {
  Halves halves = clean_round_trip("tcp");
  halves.spec.duration = 10s;
  halves.generator.measured_ns = halves.responder.measured_ns = 1'250'000'000;
  halves.generator.loss.received = 98;
  halves.generator.loss.lost = 2;
  const auto run = assemble(halves);
  EXPECT_FALSE(run.valid);
  EXPECT_EQ(run.invalid_reasons, std::vector<std::string>{"interrupted: measured 1.25 s of 10 s"})
      << "the drain was too short to say more of what was not answered";
  EXPECT_EQ(run.steady.reason(), "interrupted");
  EXPECT_EQ(run.window.measure_ns, 1'250'000'000);
  EXPECT_EQ(run.throughput->goodput_messages_per_s, 80);
  EXPECT_EQ(run.load->offered_rate, 80);
  EXPECT_EQ(run.loss->sent, run.loss->received + run.loss->lost);
  EXPECT_TRUE(report::is_partial(params_of(halves.spec), run));
  EXPECT_FALSE(report::is_partial(params_of(halves.spec), failed_run(halves.spec, "killed")));
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
  halves.generator.measured_ns = halves.responder.measured_ns = ns(halves.spec.duration);
  auto run = assemble(halves);
  EXPECT_EQ(run.invalid_reasons, (std::vector<std::string>{"nothing was sent within the window"}));
  EXPECT_FALSE(run.throughput->delivery_ratio);
  EXPECT_FALSE(run.steady);
  EXPECT_FALSE(run.resources.generator->cpu_ns_per_message);
  halves.generator.machine =
      report::MachineTime{.idle_ns = 5, .others_ns = 2 * ns(halves.spec.duration)};
  EXPECT_EQ(assemble(halves).invalid_reasons,
            std::vector<std::string>{
                "nothing was sent within the window, while other processes used 2.0 CPUs"});
  halves.generator.machine = {};

  halves.generator.sent.messages = halves.generator.loss.sent = halves.generator.loss.lost = 10;
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
  halves.generator.sent.schedule = sends;
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
  EXPECT_EQ(
      run.invalid_reasons,
      Reasons{"the generator did not run for 300 ms of 1000 ms; sockmark doctor lists sources of "
              "noise"});
  EXPECT_EQ(run.interference_reasons, Reasons{}) << "invalid runs have their reasons";
  halves.generator.stopped_ns = 30'000'000;
  run = assemble(halves);
  EXPECT_TRUE(run.valid);
  EXPECT_EQ(
      run.interference_reasons,
      Reasons{"the generator did not run for 30 ms of 1000 ms; sockmark doctor lists sources of "
              "noise"});
}

TEST(AssembleRun, AResponderThatPausesAsItWasToldIsNoInterference) {
  Halves halves = clean_round_trip("tcp");
  halves.responder.stopped_ns = 300'000'000;
  EXPECT_EQ(
      assemble(halves).interference_reasons,
      Reasons{"the responder did not run for 300 ms of 1000 ms; sockmark doctor lists sources of "
              "noise"});
  halves.spec.pause = ServerPause{.every = 1s, .length = 300ms};
  EXPECT_EQ(assemble(halves).interference_reasons, Reasons{});
  EXPECT_EQ(assemble(halves).stalls->responder_stopped_ns, Maybe<std::int64_t>(300'000'000));
}

TEST(AssembleRun, LatenessWithoutSaturationLeavesTheRunValid) {
  Halves halves = clean_open_loop();
  halves.generator.sent.schedule->lag.p99_ns = 900'000;
  halves.generator.machine = report::MachineTime{.idle_ns = 0, .others_ns = 1'300'000'000};
  const auto run = assemble(halves);
  EXPECT_TRUE(run.valid);
  EXPECT_EQ(run.generator->saturated, Maybe<bool>(false));
  EXPECT_EQ(run.interference_reasons,
            Reasons{"the generator was late by 900 µs at p99, limit 250 µs, while other processes "
                    "used 1.3 CPUs; stop them, or measure when the machine is less busy"});
}

TEST(AssembleRun, TheRemedyOfLatenessIsNotWhatIsOnAlready) {
  Halves halves = clean_open_loop();
  halves.generator.sent.schedule->lag.p99_ns = 900'000;
  constexpr const char* kDoctor = "; sockmark doctor lists sources of noise";
  const std::pair<WaitMode, const char*> remedies[] = {
      {WaitMode::sleep, "; --wait hybrid reduces it"},
      {WaitMode::hybrid, "; --wait spin reduces it"},
      {WaitMode::spin, kDoctor},
      {WaitMode::block, kDoctor}};
  for (const auto& [wait, remedy] : remedies) {
    halves.spec.wait = wait;
    const auto run = assemble(halves);
    ASSERT_EQ(run.interference_reasons.size(), 1U);
    EXPECT_TRUE(run.interference_reasons[0].ends_with(remedy)) << run.interference_reasons[0];
  }
}

TEST(AssembleRun, TheRemedyOfSaturationIsNotWhatIsOnAlready) {
  Halves halves = clean_open_loop();
  halves.generator.sent.schedule->loop_busy = 0.99;
  const auto reasons = [&] { return assemble(halves).invalid_reasons; };
  EXPECT_EQ(reasons(),
            Reasons{"generator saturated: its loop was busy 99 % of the time; lower --rate"});
  halves.spec.connections = 4;
  EXPECT_EQ(reasons(), Reasons{"generator saturated: its loop was busy 99 % of the time; lower "
                               "--rate, or use more --threads"});
  halves.spec.threads = 4;
  EXPECT_EQ(reasons(),
            Reasons{"generator saturated: its loop was busy 99 % of the time; lower --rate"});
  halves.generator.machine = report::MachineTime{.idle_ns = 0, .others_ns = 1'300'000'000};
  EXPECT_EQ(reasons(), Reasons{"generator saturated: its loop was busy 99 % of the time, while "
                               "other processes used 1.3 CPUs; stop them, or lower --rate"});
}

// The responder needs 300 us for each message: every message of the window waits longer than Tmax.
TEST(AssembleRun, ASlowResponderIsNotTheGeneratorsFault) {
  Halves halves = clean_open_loop();
  halves.spec.transport = "tcp";
  halves.generator.sent.offered = halves.generator.sent.messages = halves.generator.loss.sent =
      halves.generator.loss.lost = 10'000;
  halves.generator.loss.received = halves.generator.goodput_messages = 0;
  halves.generator.latency.response_time =
      Maybe<report::Distribution>::none(report::kNothingReceived);
  halves.generator.sent.schedule->lag.p99_ns = 5'700'000;
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
  halves.generator.sent.messages = 0;
  halves.generator.sent.offered = 500;
  const auto run = assemble(halves);
  ASSERT_FALSE(run.invalid_reasons.empty());
  const double seconds = std::chrono::duration<double>(halves.spec.duration).count();
  EXPECT_EQ(
      run.invalid_reasons.front(),
      fmt::format("rate too high: {:.0f} of 1000000000 messages/s were sent, only those due in "
                  "the warm-up; lower --rate",
                  500 / seconds));
}

TEST(AssembleRun, UnsentMessagesAreIntendedAndNotLost) {
  Halves halves = clean_open_loop();
  halves.generator.sent.unsent = 900;
  halves.generator.sent.schedule->intended = 1000;
  const auto run = assemble(halves);
  EXPECT_EQ(run.load->intended_messages, 1000U);
  EXPECT_EQ(run.load->sent_messages, 100U);
  EXPECT_EQ(run.load->send_failed, 900U);
  EXPECT_EQ(run.loss->sent, run.loss->received + run.loss->lost);
  EXPECT_EQ(run.generator->saturated, Maybe<bool>(true));
  EXPECT_FALSE(run.valid);
  EXPECT_EQ(run.invalid_reasons,
            (std::vector<std::string>{
                "rate not reached: 10.0 % of the messages due were attempted in time; "
                "lower --rate"}));
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

TEST(AssembleRun, BetweenTwoClocksOneWayTimesHaveABound) {
  Halves halves = clean_round_trip("udp");
  halves.spec.workload = Workload::stream;
  halves.responder.goodput_messages = 100;
  halves.responder.one_way = report::Distribution();
  halves.responder.latency.response_time = report::Distribution();
  halves.responder.delay_variation.pdv = report::Pdv();
  halves.responder.delay_variation.ipdv = report::Ipdv();
  halves.responder.clocks = {report::Clock{.relation = ClockRelation::two_clocks,
                                           .slope_ppm = -20.0,
                                           .slope_bound_ppm = 6.0,
                                           .bound_ns = 16'000}};
  const RunFacts apart{.seed = kSeed, .clock_shared = false};
  auto run = assemble_run(halves.spec, apart, halves.generator, halves.responder);
  EXPECT_EQ(*run.clock->bound_ns, 16'000);
  EXPECT_EQ(*run.latency->bound_ns, 16'000);
  EXPECT_TRUE(run.latency->one_way);
  EXPECT_TRUE(run.latency->response_time);
  EXPECT_EQ(*run.delay_variation->pdv->bound_ns, 32'000);
  const std::int64_t spacing =
      run.window.measure_ns * static_cast<std::int64_t>(halves.spec.connections) / 100;
  EXPECT_EQ(*run.delay_variation->ipdv->bound_ns, spacing * 26 / 1'000'000);
  EXPECT_EQ(run.latency->warmup.reason(), "clock_not_shared");

  // A peer that contradicts itself.
  halves.responder.clocks[0].slope_ppm = Maybe<double>::none("clock_exchanges");
  run = assemble_run(halves.spec, apart, halves.generator, halves.responder);
  EXPECT_EQ(run.delay_variation->ipdv->bound_ns.reason(), "clock_exchanges");

  halves.responder.clocks[0].bound_ns = Maybe<std::int64_t>::none("clock_exchanges");
  run = assemble_run(halves.spec, apart, halves.generator, halves.responder);
  for (const auto* reason : {&run.latency->one_way.reason(), &run.latency->response_time.reason(),
                             &run.latency->bound_ns.reason(), &run.delay_variation.reason()})
    EXPECT_EQ(*reason, "clock_exchanges");
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

// --- several generators -------------------------------------------------------------------------

report::Distribution distribution_of(std::uint64_t count) {
  report::Distribution distribution;
  distribution.count = count;
  return distribution;
}

// 100 messages in each direction within a window of a second, with nothing amiss.
Halves clean_streams(StreamDirection direction, const char* transport = "udp") {
  Halves halves = clean_round_trip(transport);
  halves.spec.workload = Workload::stream;
  halves.spec.direction = direction;
  halves.responder.goodput_messages = 100;
  halves.responder.goodput_bytes = 6400;
  halves.responder.loss = halves.generator.loss;
  for (EndResult* end :
       {static_cast<EndResult*>(&halves.generator), static_cast<EndResult*>(&halves.responder)}) {
    end->latency.delay_kind = report::DelayKind::one_way;
    end->latency.response_time = distribution_of(100);
  }
  halves.generator.latency.send_block = distribution_of(1);
  halves.responder.latency.send_block = distribution_of(2);
  halves.responder.one_way = distribution_of(3);
  halves.generator.latency.one_way = distribution_of(4);
  if (halves.spec.responder_sends()) halves.responder.sent = halves.generator.sent;
  return halves;
}

TEST(Directions, TheGeneratorMeasuresTheStreamToIt) {
  Halves halves = clean_streams(StreamDirection::reverse);
  halves.generator.loss.received = halves.generator.goodput_messages = 70;
  halves.generator.loss.lost = 30;
  halves.responder.loss = {};
  halves.generator.receive_drops = 10;
  halves.responder.sent->unsent = 7;
  const auto run = assemble(halves);
  EXPECT_TRUE(run.valid) << (run.invalid_reasons.empty() ? "" : run.invalid_reasons.front());
  EXPECT_EQ(run.throughput->goodput_messages_per_s, 70);
  EXPECT_EQ(run.load->sent_messages, 100U);
  EXPECT_EQ(run.load->send_failed, 7U);
  EXPECT_EQ(run.loss->sent, run.loss->received + run.loss->lost);
  EXPECT_EQ(run.loss->attribution->receiver_socket, 10U);
  EXPECT_EQ(run.latency->send_block->count, 2U) << "of the responder, which sends";
  EXPECT_EQ(run.latency->one_way->count, 4U);
  EXPECT_EQ(run.reverse.reason(), report::kNotApplicable);
}

TEST(Directions, BothHaveSectionsOfTheirOwn) {
  Halves halves = clean_streams(StreamDirection::both);
  halves.spec.impair = *parse_impairment("loss=1%,seed=5");
  halves.generator.loss.received = 80;
  halves.generator.loss.lost = 20;
  halves.responder.loss.received = 95;
  halves.responder.loss.lost = 5;
  InjectedByEnd generator, responder;  // each counts what arrives at it, and what it sends
  generator.sent = 101;
  generator.way.dropped = 20;
  responder.sent = 102;
  responder.way.dropped = 5;
  halves.generator.injected = generator;
  halves.responder.injected = responder;
  halves.generator.integrity.spurious = 1;
  halves.responder.integrity.spurious = 2;
  const auto run = assemble(halves);
  EXPECT_TRUE(run.valid) << (run.invalid_reasons.empty() ? "" : run.invalid_reasons.front());
  ASSERT_TRUE(run.reverse);
  EXPECT_EQ(run.loss->lost, 5U);
  EXPECT_EQ(run.reverse->loss.lost, 20U);
  EXPECT_EQ(run.impairment->sent, 101U);
  EXPECT_EQ(run.impairment->dropped, 5U);
  EXPECT_EQ(run.impairment->forward.dropped, 5U);
  EXPECT_EQ(run.impairment->reverse.reason(), "one_way");
  EXPECT_EQ(run.reverse->impairment->sent, 102U);
  EXPECT_EQ(run.reverse->impairment->dropped, 20U);
  EXPECT_EQ(run.reverse->impairment->forward.dropped, 0U);
  EXPECT_EQ(run.reverse->impairment->reverse->dropped, 20U);
  EXPECT_EQ(run.integrity->spurious, 2U);
  EXPECT_EQ(run.reverse->integrity.spurious, 1U);
  EXPECT_EQ(run.latency->send_block->count, 1U);
  EXPECT_EQ(run.reverse->latency.send_block->count, 2U);
  EXPECT_EQ(run.resources.generator->cpu_ns_per_message, Maybe<double>(5.0))
      << "of the messages of both";
}

TEST(Directions, ReasonsNameTheirs) {
  Halves halves = clean_streams(StreamDirection::both, "tcp");
  halves.generator.loss.received = 98;
  halves.generator.loss.lost = 2;
  EXPECT_EQ(assemble(halves).invalid_reasons,
            Reasons{"reverse: 2 messages without an answer within 1000 ms"});
  halves = clean_streams(StreamDirection::both);
  halves.spec.rate = 100;
  health::SendRecord sends;
  sends.intended = 100;
  sends.attempted_in_window = 10;
  halves.responder.sent->schedule = sends;
  EXPECT_EQ(
      assemble(halves).invalid_reasons,
      Reasons{"the responder: rate not reached: 10.0 % of the messages due were attempted in time; "
              "lower --rate"});
  halves = clean_streams(StreamDirection::reverse);
  halves.responder.sent->messages = 0;
  halves.generator.loss = {};
  EXPECT_EQ(assemble(halves).invalid_reasons, Reasons{"nothing was sent within the window"});
}

TEST(Directions, AStreamBetweenClocksOfWhichNothingIsKnownHasNoDelays) {
  Halves halves = clean_streams(StreamDirection::both);
  const auto run = assemble_run(halves.spec, {.seed = kSeed, .clock_shared = false},
                                halves.generator, halves.responder);
  EXPECT_EQ(run.latency->one_way.reason(), "clock_not_shared");
  EXPECT_EQ(run.reverse->latency.one_way.reason(), "clock_not_shared");
  EXPECT_EQ(run.reverse->latency.response_time.reason(), "clock_not_shared");
  EXPECT_EQ(run.reverse->loss.sent, 100U);
}

// Two generators, each with half of the messages of clean_round_trip().
Halves two_generators(const char* transport = "udp") {
  Halves halves = clean_round_trip(transport);
  halves.spec.connections = halves.spec.generators = 2;
  for (std::uint64_t number = 1; number <= 2; ++number) {
    GeneratorResult half = halves.generator;
    half.sent.messages = half.loss.sent = half.loss.received = half.goodput_messages = 50;
    half.sent.began_late_ns = static_cast<std::int64_t>(number) * 1000;
    halves.generator.parts.push_back({.number = number,
                                      .name = fmt::format("generator {} on blue", number),
                                      .host = "blue",
                                      .reached_at = "10.0.0.2",
                                      .failure = {},
                                      .result = half});
  }
  return halves;
}

TEST(SeveralGenerators, EachHasItsPartOfTheRun) {
  const auto run = assemble(two_generators());
  EXPECT_TRUE(run.valid) << (run.invalid_reasons.empty() ? "" : run.invalid_reasons.front());
  ASSERT_TRUE(run.generators);
  EXPECT_EQ(run.generators->skew_ns, Maybe<std::int64_t>(1000));
  ASSERT_EQ(run.generators->parts.size(), 2U);
  const report::GeneratorPart& second = run.generators->parts[1];
  EXPECT_TRUE(second.valid);
  EXPECT_EQ(second.number, 2U);
  EXPECT_EQ(second.sent, Maybe<std::uint64_t>(50));
  EXPECT_EQ(second.received, Maybe<std::uint64_t>(50));
  EXPECT_EQ(second.reached_at, Maybe<std::string>("10.0.0.2"));
  EXPECT_EQ(run.clock.reason(), "several_generators");
  EXPECT_EQ(assemble(clean_round_trip("udp")).generators.reason(), report::kOneGenerator);
}

TEST(SeveralGenerators, TheOneThatFailsItsLoadIsNamed) {
  Halves halves = two_generators();
  halves.generator.parts[1].result.stopped_ns = ns(600ms);
  const auto run = assemble(halves);
  EXPECT_FALSE(run.valid);
  ASSERT_EQ(run.invalid_reasons.size(), 1U);
  EXPECT_TRUE(
      run.invalid_reasons[0].starts_with("generator 2 on blue did not run for 600 ms of 1000 ms"))
      << run.invalid_reasons[0];
  EXPECT_TRUE(run.generators->parts[0].valid);
  EXPECT_FALSE(run.generators->parts[1].valid);
}

TEST(SeveralGenerators, TheOneWhoseMessagesHaveNoAnswerIsNamed) {
  Halves halves = two_generators("tcp");
  for (auto* loss : {&halves.generator.loss, &halves.generator.parts[1].result.loss}) {
    loss->received -= 3;
    loss->lost = 3;
    loss->loss_ratio = Maybe<double>::none(report::kNotApplicable);
  }
  const auto run = assemble(halves);
  ASSERT_EQ(run.invalid_reasons.size(), 1U);
  EXPECT_EQ(run.invalid_reasons[0],
            "3 messages without an answer within 1000 ms (3 of generator 2)");
}

TEST(SeveralGenerators, OneThatIsLostLeavesTheOthers) {
  Halves halves = two_generators();
  halves.generator.parts[0].failure = "generator 1 on blue was killed by signal 9 (Killed)";
  halves.generator.parts[0].result = {};
  const auto run = assemble(halves);
  EXPECT_FALSE(run.valid);
  ASSERT_EQ(run.invalid_reasons, std::vector<std::string>{halves.generator.parts[0].failure});
  EXPECT_EQ(run.generators->skew_ns.reason(), "lost_generator");
  EXPECT_EQ(run.generators->parts[0].sent.reason(), "lost");
  EXPECT_EQ(run.generators->parts[1].sent, Maybe<std::uint64_t>(50));
}

TEST(SeveralGenerators, ASilentPathOfOneIsFound) {
  Halves halves = two_generators();
  halves.generator.parts[1].result.longest_silence_ns = ns(halves.spec.tmax * 2);
  const RunFacts apart{.seed = kSeed, .apart = true};
  const auto run = assemble_run(halves.spec, apart, halves.generator, halves.responder);
  ASSERT_EQ(run.invalid_reasons.size(), 1U);
  EXPECT_EQ(run.invalid_reasons[0],
            "path_silent: nothing arrived at generator 2 on blue for 2000 ms, longer than Tmax");
  EXPECT_FALSE(run.generators->parts[1].valid);
}

TEST(SeveralGenerators, OfOneWayMessagesTheBoundIsThatOfTheWorstClock) {
  Halves halves = two_generators();
  halves.spec.workload = Workload::stream;
  halves.responder.latency.delay_kind = report::DelayKind::one_way;
  halves.responder.latency.response_time = report::Distribution();
  const auto clock = [](std::int64_t bound_ns) {
    return report::Clock{.relation = ClockRelation::two_clocks, .bound_ns = bound_ns};
  };
  halves.responder.clocks = {clock(5'000), clock(9'000)};
  const RunFacts apart{.seed = kSeed, .clock_shared = false};
  auto run = assemble_run(halves.spec, apart, halves.generator, halves.responder);
  EXPECT_EQ(run.latency->bound_ns, Maybe<std::int64_t>(9'000));
  EXPECT_EQ(run.generators->parts[0].clock->bound_ns, Maybe<std::int64_t>(5'000));

  halves.responder.clocks[0].bound_ns = Maybe<std::int64_t>::none("clock_exchanges");
  run = assemble_run(halves.spec, apart, halves.generator, halves.responder);
  EXPECT_EQ(run.latency->response_time.reason(), "clock_exchanges");
}

TEST(SeveralGenerators, OnSeveralMachinesThereIsNoTimeOfOne) {
  Halves halves = two_generators();
  halves.generator.machine = report::MachineTime{.idle_ns = 5, .others_ns = 10'000};
  EXPECT_EQ(assemble(halves).resources.machine->others_ns, 7'000) << "without that of the ends";
  const RunFacts apart{.seed = kSeed, .one_machine = false};
  const auto run = assemble_run(halves.spec, apart, halves.generator, halves.responder);
  EXPECT_EQ(run.resources.machine.reason(), "several_machines");
}

}  // namespace
}  // namespace sockmark
