// Complete runs in separate processes, for cases that the command line cannot request.

#include "bench/run/runner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "base/temporary_directory.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

// A program in a temporary folder that starts the responder with a CLOCK_MONOTONIC one hour ahead.
class AnotherTime {
 public:
  AnotherTime() {
    program_ = folder_.path() + "/sockmark";
    std::ofstream(program_)
        << "#!/bin/sh\n"
           "case \"$*\" in\n"
           "  *--responder*) exec unshare --time --monotonic 3600 " SOCKMARK_BINARY
           " \"$@\" ;;\n"
           "  *) exec " SOCKMARK_BINARY
           " \"$@\" ;;\n"
           "esac\n";
    ::chmod(program_.c_str(), 0700);
  }
  [[nodiscard]] const std::string& program() const { return program_; }
  [[nodiscard]] static bool possible() {
    return std::system("unshare --time --monotonic 3600 true 2>/dev/null") == 0;
  }

 private:
  TemporaryDirectory folder_;
  std::string program_;
};

TEST(Runner, WithAResponderInAnotherTimeNamespaceThereAreNoOneWayTimes) {
  // A kernel without CONFIG_TIME_NS, or a container that may not unshare.
  if (!AnotherTime::possible()) GTEST_SKIP() << "no time namespaces, or no permission";
  const AnotherTime another;
  CaseSpec spec;
  spec.transport = "udp";
  spec.duration = 300ms;
  spec.warmup = 100ms;
  spec.tmax = 300ms;
  spec.rate = 2000;
  Plan plan{.cases = {spec, spec}, .repetitions = 1};
  plan.cases[1].workload = Workload::stream;

  const auto outcome = run_plan(plan, report_of(plan), {.program = another.program()});
  const auto& echo = outcome.report.cases[0].runs.at(0);
  const auto& stream = outcome.report.cases[1].runs.at(0);
  ASSERT_TRUE(echo.loss) << echo.invalid_reasons.at(0);
  ASSERT_TRUE(stream.loss) << stream.invalid_reasons.at(0);

  EXPECT_EQ(echo.loss->sent, 600U);
  EXPECT_EQ(echo.loss->received, 600U);
  EXPECT_TRUE(echo.latency->response_time);
  EXPECT_LT(*echo.latency->response_time->max_ns, ns(1h)) << "no round trip includes the hour";
  EXPECT_EQ(echo.latency->one_way.reason(), "clock_not_shared");

  EXPECT_EQ(stream.loss->sent, 600U);
  EXPECT_EQ(stream.loss->received, 600U)
      << "delayed by an hour according to the clocks, and not lost";
  EXPECT_GT(stream.throughput->goodput_messages_per_s, 0) << "the window of both ends is the same";
  EXPECT_EQ(stream.latency->one_way.reason(), "clock_not_shared");
  EXPECT_EQ(stream.latency->response_time.reason(), "clock_not_shared");
  EXPECT_FALSE(stream.delay_variation);
}

TEST(Runner, TheMemoryOfAnEndDoesNotIncludeThatOfTheRunner) {
  constexpr std::size_t kRunners = std::size_t{256} << 20;
  const std::vector<char> touched(kRunners, 1);
  CaseSpec spec;
  spec.duration = 50ms;
  spec.warmup = 10ms;
  const Plan plan{.cases = {spec}, .repetitions = 1};
  const auto outcome = run_plan(plan, report_of(plan), {.program = SOCKMARK_BINARY});
  const auto& run = outcome.report.cases[0].runs.at(0);
  ASSERT_TRUE(run.loss) << run.invalid_reasons.at(0);
  EXPECT_LT(run.resources.generator->rss_max_bytes, touched.size());
  EXPECT_LT(run.resources.responder->rss_max_bytes, touched.size());
}

TEST(Runner, BothEndsOnOneMachineShareTheirClock) {
  CaseSpec spec;
  spec.transport = "unix-dgram";
  spec.workload = Workload::stream;
  spec.duration = 100ms;
  spec.warmup = 50ms;
  spec.rate = 1000;
  const Plan plan{.cases = {spec}, .repetitions = 2};
  const auto outcome = run_plan(plan, report_of(plan), {.program = SOCKMARK_BINARY});
  const auto& runs = outcome.report.cases[0].runs;
  ASSERT_EQ(runs.size(), 2U);
  for (const auto& run : runs) {
    ASSERT_TRUE(run.latency) << run.invalid_reasons.at(0);
    EXPECT_EQ(run.latency->one_way->count, 100U);
    EXPECT_GE(*run.latency->one_way->min_ns, 0);
    EXPECT_EQ(run.load->intended_messages, 100U);
  }
  EXPECT_NE(runs[0].load->seed, runs[1].load->seed) << "each repetition has its own schedule";
}

TEST(Runner, TheReceivingEndSendsFiguresOfTheRunInProgress) {
  CaseSpec spec;
  spec.duration = 2500ms;
  spec.warmup = 10ms;
  spec.rate = 1000;
  Plan plan{.cases = {spec, spec}, .repetitions = 1};
  plan.cases[1].workload = Workload::stream;
  std::vector<IntervalFigures> received;
  RunnerOptions options{.program = SOCKMARK_BINARY};
  options.figures = [&](const IntervalFigures& figures) { received.push_back(figures); };
  std::vector<std::size_t> received_before;  // each run
  options.progress = [&](const auto&) { received_before.push_back(received.size()); };
  const auto outcome = run_plan(plan, report_of(plan), options);
  received_before.push_back(received.size());
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& run = outcome.report.cases[i].runs.at(0);
    ASSERT_TRUE(run.throughput) << run.invalid_reasons.at(0);
    ASSERT_GT(received_before[i + 1], received_before[i]);
    Nanoseconds known{0};
    for (auto n = received_before[i]; n < received_before[i + 1]; ++n) {
      const IntervalFigures& figures = received[n];
      EXPECT_EQ(figures.from, known) << "no interval is missing";
      EXPECT_GT(figures.until, figures.from);
      known = figures.until;
      // The series of the report is of the same sub-windows.
      std::uint64_t messages = 0;
      for (const auto& point : run.series) {
        const Nanoseconds start(std::llround(point.t_s * 1e9));
        if (start >= figures.from && start < figures.until) messages += point.messages;
      }
      EXPECT_EQ(figures.messages, messages);
    }
    EXPECT_LE(known, spec.duration);
  }
}

}  // namespace
}  // namespace sockmark
