#include "bench/checks/selfcheck.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sockmark {
namespace {

const SelfCheck& check(std::string_view name) {
  return *std::ranges::find(selfchecks(), name, &SelfCheck::name);
}

// A run of 10,000 messages over a path without faults.
report::Run untouched() {
  report::Run run;
  run.valid = true;
  run.load = report::Load{.model = report::LoadModel::open,
                          .arrival = "uniform",
                          .coordinated_omission = report::CoordinatedOmission::absent,
                          .intended_rate = 10'000.0,
                          .offered_rate = 10'000,
                          .messages_per_send_call = {}};
  run.generator = report::Generator();
  run.generator->saturated = false;
  run.latency = report::Latency();
  run.latency->response_time = report::Distribution();
  run.latency->one_way = report::Distribution();
  run.latency->one_way->min_ns = 10'000;
  run.loss = report::Loss();
  run.loss->sent = run.loss->received = 10'000;
  run.loss->attribution = report::LossAttribution();
  run.loss->periods = report::LossPeriods();
  run.duplication = report::Duplication();
  run.duplication->duplicates = std::uint64_t{0};
  run.reordering = report::Reordering();
  run.reordering->reordered = std::uint64_t{0};
  run.reordering->extent_histogram = report::CountsByLength();
  run.integrity = report::Integrity();
  run.stalls = report::Stalls{};
  run.impairment = report::Impairment();
  run.impairment->sent = 10'000;
  return run;
}

void lose(report::Run& run, std::uint64_t count) {
  run.loss->lost += count;
  run.loss->received -= count;
}

TEST(SelfCheck, EveryCaseCanBeRun) {
  for (const auto& one : selfchecks()) {
    const auto possible = check_limits(one.spec);
    EXPECT_TRUE(possible) << one.name << ": " << possible.error().message;
  }
}

TEST(SelfCheck, APathWithoutFaultsIsOffForEveryCheck) {
  for (const auto& one : selfchecks())
    EXPECT_FALSE(judge(one, untouched()).as_injected) << one.name;
}

TEST(SelfCheck, LossMustBeExactExceptForDropsOfAFullSocket) {
  report::Run run = untouched();
  run.impairment->dropped = 100;
  lose(run, 100);
  EXPECT_TRUE(judge(check("loss"), run).as_injected);
  lose(run, 3);
  EXPECT_FALSE(judge(check("loss"), run).as_injected);
  run.loss->attribution->receiver_socket = 3;
  EXPECT_TRUE(judge(check("loss"), run).as_injected);
  run.loss->received += 1;
  EXPECT_FALSE(judge(check("loss"), run).as_injected) << "the ledger does not balance";
}

TEST(SelfCheck, DuplicatesAndOrderMustBeExact) {
  report::Run run = untouched();
  run.impairment->duplicated = 5;
  run.duplication->duplicates = 5;
  EXPECT_TRUE(judge(check("duplicates"), run).as_injected);
  run.duplication->duplicates = 4;
  EXPECT_FALSE(judge(check("duplicates"), run).as_injected);

  run = untouched();
  run.impairment->reordered = 2;
  run.reordering->reordered = 2;
  run.impairment->extent_histogram = {{3, 2}};
  run.reordering->extent_histogram = report::CountsByLength{{3, 2}};
  EXPECT_TRUE(judge(check("reordering"), run).as_injected);
  run.reordering->extent_histogram = report::CountsByLength{{3, 1}, {4, 1}};
  EXPECT_FALSE(judge(check("reordering"), run).as_injected);
}

TEST(SelfCheck, AClosedLoopMustSeeThatItWaitedForWhatWasLost) {
  report::Run run = untouched();
  run.window = {.measure_ns = 1'000'000'000, .tmax_ns = 100'000'000};
  run.impairment->dropped = 9;
  run.stalls->waiting_for_lost_ns = 800'000'000;
  EXPECT_FALSE(judge(check("loss, closed loop"), run).as_injected) << "called steady";
  run.unsteady_reasons = {"stall"};
  EXPECT_TRUE(judge(check("loss, closed loop"), run).as_injected);
  run.stalls->waiting_for_lost_ns = 799'000'000;
  EXPECT_FALSE(judge(check("loss, closed loop"), run).as_injected);
}

TEST(SelfCheck, TheResponderMustBeBlamedAndNotTheGenerator) {
  report::Run run = untouched();
  run.valid = false;
  run.invalid_reasons = {
      "900 messages without an answer within 300 ms: the responder took 1000 "
      "of the 4000 messages/s"};
  EXPECT_TRUE(judge(check("slow responder"), run).as_injected);
  run.generator->saturated = true;
  EXPECT_FALSE(judge(check("slow responder"), run).as_injected);
  run.generator->saturated = false;
  run.invalid_reasons = {"900 messages without an answer within 300 ms"};
  EXPECT_FALSE(judge(check("slow responder"), run).as_injected);
}

TEST(SelfCheck, InterferenceMustBeMarkedAndKeepItsNumbers) {
  report::Run run = untouched();
  run.interference_reasons = {"the generator was late by 4000 µs at p99, limit 2000 µs"};
  EXPECT_FALSE(judge(check("interference"), run).as_injected) << "without a number";
  run.latency->response_time->p50_ns = 5'000'000;
  EXPECT_TRUE(judge(check("interference"), run).as_injected);
  run.valid = false;
  EXPECT_FALSE(judge(check("interference"), run).as_injected);
}

TEST(SelfCheck, DamageIsCorruptionByKindAndLoss) {
  report::Run run = untouched();
  run.impairment->corrupted = 7;
  run.impairment->truncated = 3;
  run.integrity->corrupt = 10;
  run.integrity->corrupt_truncated = 3;
  lose(run, 10);
  EXPECT_TRUE(judge(check("damage"), run).as_injected);
  run.integrity->corrupt_truncated = 4;
  EXPECT_FALSE(judge(check("damage"), run).as_injected);
}

TEST(SelfCheck, ADelayIsNeverShort) {
  report::Run run = untouched();
  run.impairment->delayed = 10'000;
  run.impairment->reordered = 9;
  run.reordering->reordered = 9;
  run.latency->one_way->min_ns = 4'000'000;
  EXPECT_TRUE(judge(check("delay and jitter"), run).as_injected);
  run.latency->one_way->min_ns = 3'999'999;
  EXPECT_FALSE(judge(check("delay and jitter"), run).as_injected);
}

TEST(SelfCheck, AStallMustShowInAnOpenLoopAndHideInAClosedOne) {
  report::Run run = untouched();
  const auto with_p99 = [&run](std::int64_t ms) {
    run.latency->response_time->p99_ns = ms * 1'000'000;
    run.latency->response_time->max_ns = std::int64_t{100'000'000};
  };
  with_p99(90);
  EXPECT_TRUE(judge(check("stall, open loop"), run).as_injected);
  EXPECT_FALSE(judge(check("stall, closed loop"), run).as_injected);
  with_p99(1);
  EXPECT_FALSE(judge(check("stall, open loop"), run).as_injected);
  EXPECT_FALSE(judge(check("stall, closed loop"), run).as_injected) << "not reported as hidden";
  run.load->coordinated_omission = report::CoordinatedOmission::present;
  EXPECT_TRUE(judge(check("stall, closed loop"), run).as_injected);
}

TEST(SelfCheck, ASaturatedRunMustBeInvalid) {
  report::Run run = untouched();
  run.generator->saturated = true;
  EXPECT_FALSE(judge(check("saturation"), run).as_injected);
  run.valid = false;
  EXPECT_TRUE(judge(check("saturation"), run).as_injected);
}

TEST(SelfCheck, AFailedRunHasItsReason) {
  report::Run run;
  run.loss = Maybe<report::Loss>::none("run_failed");
  run.invalid_reasons = {"responder: was killed by signal 9"};
  const auto result = judge(check("loss"), run);
  EXPECT_FALSE(result.as_injected);
  EXPECT_EQ(result.measured, "responder: was killed by signal 9");
}

TEST(SelfCheckTable, CountsChecksThatAreOffAndShowsAnInterruption) {
  const auto& checks = selfchecks();
  std::vector<SelfcheckResult> results(checks.size(),
                                       {.injected = "x", .measured = "y", .as_injected = true});
  const auto good = selfcheck_table(checks, results, false);
  EXPECT_TRUE(good.ends_with("all 15 as injected\n")) << good;
  EXPECT_EQ(std::ranges::count(good, '\n'), 15 + 3);
  results[3].as_injected = false;
  const auto off = selfcheck_table(checks, results, false);
  EXPECT_NE(off.find("  OFF  damage"), std::string::npos) << off;
  EXPECT_TRUE(off.ends_with("1 of 15 off\n")) << off;
  results.resize(2);
  EXPECT_TRUE(selfcheck_table(checks, results, false).ends_with("0 of 15 off, interrupted\n"));
}

}  // namespace
}  // namespace sockmark
