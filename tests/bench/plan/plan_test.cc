#include "bench/plan/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "bench/plan/plan_options.h"
#include "reports/json/load_json.h"
#include "reports/model/report_json.h"
#include "tests/reports/sample_report.h"
#include "transports/catalogue.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> ids_of(const Plan& plan) {
  std::vector<std::string> ids;
  for (const auto& spec : plan.cases) ids.push_back(spec.id());
  return ids;
}

Plan plan_of(const PlanOptions& options) {
  auto plan = make_plan(options);
  EXPECT_TRUE(plan) << plan.error().message;
  return plan ? *plan : Plan{};
}

std::string error_of(const PlanOptions& options) {
  auto plan = make_plan(options);
  return plan ? "accepted" : plan.error().message;
}

TEST(MakePlan, CombinesTheListsWithWorkloadAndSizeOutermostAndTransportInnermost) {
  PlanOptions options;
  options.transports = {"tcp", "unix-stream"};
  options.workloads = {Workload::rr, Workload::stream};
  options.sizes = {64, 1024};
  options.connections = {1, 2};
  EXPECT_EQ(
      ids_of(plan_of(options)),
      (std::vector<std::string>{
          "tcp/rr/64B/c1", "unix-stream/rr/64B/c1", "tcp/rr/64B/c2", "unix-stream/rr/64B/c2",
          "tcp/rr/1024B/c1", "unix-stream/rr/1024B/c1", "tcp/rr/1024B/c2",
          "unix-stream/rr/1024B/c2", "tcp/stream/64B/c1", "unix-stream/stream/64B/c1",
          "tcp/stream/64B/c2", "unix-stream/stream/64B/c2", "tcp/stream/1024B/c1",
          "unix-stream/stream/1024B/c1", "tcp/stream/1024B/c2", "unix-stream/stream/1024B/c2"}));
}

TEST(MakePlan, DepthVariesRequestAndResponseOnly) {
  PlanOptions options;
  options.transports = {"tcp"};
  options.workloads = {Workload::rr, Workload::stream, Workload::connect};
  options.depths = {1, 8};
  EXPECT_EQ(ids_of(plan_of(options)),
            (std::vector<std::string>{"tcp/rr/64B/c1", "tcp/rr/64B/c1/d8", "tcp/stream/64B/c1",
                                      "tcp/connect/64B/c1"}));
}

TEST(MakePlan, DirectionVariesStreamsOnly) {
  PlanOptions options;
  options.transports = {"tcp"};
  options.workloads = {Workload::rr, Workload::stream};
  options.directions = {StreamDirection::forward, StreamDirection::reverse, StreamDirection::both};
  EXPECT_EQ(ids_of(plan_of(options)),
            (std::vector<std::string>{"tcp/rr/64B/c1", "tcp/stream/64B/c1",
                                      "tcp/stream/64B/c1/reverse", "tcp/stream/64B/c1/both"}));
}

TEST(MakePlan, ACaseNamedTwiceIsMeasuredOnce) {
  PlanOptions options;
  options.transports = {"udp", "tcp", "udp", "all"};
  options.sizes = {64, 64};
  const auto ids = ids_of(plan_of(options));
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
  EXPECT_EQ(ids.front(), "udp/rr/64B/c1") << "in the order in which they were named first";
}

TEST(MakePlan, AllAreTheTransportsThatCrossAKernel) {
  PlanOptions options;
  options.transports = {"all"};
  std::vector<std::string> expected;
  for (const auto& row : catalogue()) {
    if (row.in_all) expected.push_back(std::string(row.name) + "/rr/64B/c1");
  }
  EXPECT_EQ(ids_of(plan_of(options)), expected);
  EXPECT_EQ(std::count(expected.begin(), expected.end(), "memory/rr/64B/c1"), 0);
}

TEST(MakePlan, AnAddressChoosesItsTransport) {
  PlanOptions options;
  options.transports = {"tcp://127.0.0.1:9000", "tcp://[::1]:0", "unix-dgram:@name", "udp"};
  const auto plan = plan_of(options);
  ASSERT_EQ(plan.cases.size(), 4U);
  EXPECT_EQ(plan.cases[0].transport, "tcp");
  EXPECT_EQ(plan.cases[0].address, "tcp://127.0.0.1:9000");
  EXPECT_EQ(plan.cases[0].id(), "tcp://127.0.0.1:9000/rr/64B/c1");
  EXPECT_EQ(plan.cases[1].transport, "tcp6");
  EXPECT_EQ(plan.cases[2].transport, "unix-dgram");
  EXPECT_EQ(plan.cases[3].address, "") << "the address before it is not this one's";
}

TEST(MakePlan, KeepsTheFieldsThatAreNoLists) {
  PlanOptions options;
  options.common.duration = 7s;
  options.wait = WaitMode::spin;
  options.repetitions = 4;
  options.order = Order::random;
  options.seed = 99;
  const auto plan = plan_of(options);
  for (const auto& spec : plan.cases) {
    EXPECT_EQ(spec.duration, 7s);
    EXPECT_EQ(spec.wait, WaitMode::spin);
  }
  EXPECT_EQ(plan.repetitions, 4U);
  EXPECT_EQ(plan.order, Order::random);
  EXPECT_EQ(plan.seed, 99U);
}

TEST(MakePlan, AnOpenLoopIsPunctualUnlessBothEndsShareOneCpu) {
  PlanOptions options;
  options.transports = {"udp"};
  EXPECT_EQ(make_plan(options)->cases.at(0).wait, WaitMode::sleep);
  options.rates = {{1000}};
  EXPECT_EQ(make_plan(options)->cases.at(0).wait, WaitMode::hybrid);
  EXPECT_EQ(make_plan(options)->cases.at(0).id(), "udp/rr/64B/c1/r1000/hybrid");
  options.common.pin = Pin{.generator = 1, .responder = 1};
  EXPECT_EQ(make_plan(options)->cases.at(0).wait, WaitMode::sleep);
  options.wait = WaitMode::spin;
  EXPECT_EQ(make_plan(options)->cases.at(0).wait, WaitMode::spin);
}

TEST(MakePlan, EveryRateIsACaseAndDepthsAreForClosedLoops) {
  PlanOptions options;
  options.transports = {"udp"};
  options.workloads = {Workload::rr, Workload::stream};
  options.rates = {{1000}, {20'000}};
  auto plan = make_plan(options);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->cases.size(), 4U);
  EXPECT_EQ(plan->cases[1].rate, 20'000);
  options.depths = {4};
  const auto refused = make_plan(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "--depth cannot be combined with --rate: an open loop has no depth");
}

TEST(CaseId, LeavesOutDefaults) {
  CaseSpec spec;
  EXPECT_EQ(spec.id(), "tcp/rr/64B/c1");
  spec.depth = 2;
  spec.connections = 6;
  spec.threads = 3;
  spec.wait = WaitMode::hybrid;
  EXPECT_EQ(spec.id(), "tcp/rr/64B/c6/d2/j3/hybrid");
}

struct Limit {
  const char* message;
  std::function<void(PlanOptions&)> change;
};

TEST(MakePlan, RejectsImpossibleValuesAndNamesTheReason) {
  using O = PlanOptions;
  const Limit table[] = {
      {"--size 31: smaller than the message header of 32 bytes",
       [](O& o) {
         o.sizes = {64, 31};
       }},
      {"--direction both: a thread blocked in a receive cannot send; choose --wait sleep, hybrid "
       "or "
       "spin",
       [](O& o) {
         o.workloads = {Workload::stream}, o.directions = {StreamDirection::both},
         o.wait = WaitMode::block;
       }},
      {"--direction reverse: the responder sends to one generator; remove --generator-via and "
       "--generators",
       [](O& o) {
         o.workloads = {Workload::stream}, o.directions = {StreamDirection::reverse},
         o.connections = {2}, o.common.generators = 2;
       }},
      {"--direction reverse: --server-work has no effect where the responder receives nothing",
       [](O& o) {
         o.workloads = {Workload::stream}, o.directions = {StreamDirection::reverse},
         o.common.work = 5us;
       }},
      {"--depth 0: expected a number from 1 to 65536", [](O& o) { o.depths = {0}; }},
      {"--depth 65537: expected a number from 1 to 65536", [](O& o) { o.depths = {65537}; }},
      {"--connections 0: expected a number from 1 to 100000", [](O& o) { o.connections = {0}; }},
      {"--connections 100001: expected a number from 1 to 100000",
       [](O& o) { o.connections = {100001}; }},
      {"--threads 0: expected a number from 1 to 256", [](O& o) { o.threads = {0}; }},
      {"--threads 257: expected a number from 1 to 256", [](O& o) { o.threads = {257}; }},
      {"--threads 2: exceeds the number of connections, 1", [](O& o) { o.threads = {2}; }},
      {"--threads 2: cannot share unix-stream:@name: only a port can be shared by threads, of tcp, "
       "tcp6, udp or udp6; give a "
       "transport without an address",
       [](O& o) { o.transports = {"unix-stream:@name"}, o.connections = {2}, o.threads = {2}; }},
      {"--threads 2: cannot share tcp://127.0.0.1:1: each operation of connect would reach another "
       "thread; give a transport without an address",
       [](O& o) {
         o.transports = {"tcp://127.0.0.1:1"}, o.workloads = {Workload::connect};
         o.connections = {2}, o.threads = {2};
       }},
      {"--threads 2: cannot share tcp://127.0.0.1:1: --wait block requires one connection per "
       "thread; "
       "give a transport without an address",
       [](O& o) {
         o.transports = {"tcp://127.0.0.1:1"}, o.wait = WaitMode::block;
         o.connections = {2}, o.threads = {2};
       }},
      {"--duration: expected a time from 1ms to 24h", [](O& o) { o.common.duration = 1ms - 1ns; }},
      {"--duration: expected a time from 1ms to 24h", [](O& o) { o.common.duration = 24h + 1ns; }},
      {"--warmup: expected a time of at most 24h", [](O& o) { o.common.warmup = -1ns; }},
      {"--tmax: expected a time from 1ms to 1m", [](O& o) { o.common.tmax = 0ns; }},
      {"--rate 0.1: no message is due in the window: one is due every 10 s from the start of the "
       "warm-up, and the window is from 1s to 10s; increase --rate or --duration",
       [](O& o) { o.rates = {{0.1}}, o.common.warmup = 1s, o.common.duration = 9s; }},
      {"--rate 4: 0.8 messages are expected in a window of 200ms, fewer than one; increase --rate "
       "or --duration",
       [](O& o) {
         o.rates = {{4}}, o.common.duration = 200ms, o.common.arrivals = Arrivals::poisson;
       }},
      {"--tmax: expected a time from 1ms to 1m", [](O& o) { o.common.tmax = 61s; }},
      {"--interval: expected a time of at least 1ms", [](O& o) { o.common.interval = 1us; }},
      {"--interval 6s: exceeds the duration of a run, 5s", [](O& o) { o.common.interval = 6s; }},
      {"--interval 1ms: a run of 5s has at most 3600 intervals; give at least 2ms",
       [](O& o) { o.common.interval = 1ms; }},
      {"--interval 2ms: a run of 5s has at most 2048 intervals with 4 threads; give at least 3ms",
       [](O& o) { o.common.interval = 2ms, o.connections = {4}, o.threads = {4}; }},
      {"--wait block: requires rr or stream with one connection per thread, got rr, --connections "
       "2, "
       "--threads 1",
       [](O& o) { o.wait = WaitMode::block, o.connections = {2}; }},
      {"--wait block: requires rr or stream with one connection per thread, got connect, "
       "--connections 1, --threads 1",
       [](O& o) { o.wait = WaitMode::block, o.workloads = {Workload::connect}; }},
      {"--transport: unknown transport \"tpc\"; did you mean \"tcp\"?",
       [](O& o) { o.transports = {"tpc"}; }}};
  for (const auto& row : table) {
    PlanOptions options;
    options.transports = {"tcp"};
    row.change(options);
    EXPECT_EQ(error_of(options), row.message);
  }
}

TEST(MakePlan, ARateInBitsDependsOnTheSize) {
  PlanOptions options;
  options.transports = {"tcp"};
  options.sizes = {1000, 500};
  ASSERT_TRUE(read_options({{"rate", "8Mbit,100"}}, options));
  const auto plan = make_plan(options);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->cases.size(), 4U);
  EXPECT_EQ(plan->cases[0].id(), "tcp/rr/1000B/c1/r1000/hybrid");
  EXPECT_EQ(plan->cases[1].rate, 100);
  EXPECT_EQ(plan->cases[2].rate, 2000);
  EXPECT_EQ(plan->cases[3].rate, 100);
}

TEST(MakePlan, OneMessageInTheWindowIsEnough) {
  PlanOptions options;
  options.transports = {"tcp"};
  options.rates = {{0.1}};
  options.common.warmup = 1s;
  options.common.duration = 9s + 1ns;
  EXPECT_EQ(error_of(options), "accepted");
}

TEST(MakePlan, AMessageLargerThanTheTransportCarriesIsRejectedByName) {
  for (const auto& row : catalogue()) {
    const std::size_t max = row.get().promises().max_message;
    PlanOptions options;
    options.transports = {std::string(row.name)};
    options.sizes = {max};
    EXPECT_EQ(error_of(options), "accepted") << row.name;
    options.sizes = {max + 1};
    EXPECT_EQ(error_of(options), "--size " + std::to_string(max + 1) + ": " +
                                     std::string(row.name) + " carries messages of at most " +
                                     std::to_string(max) + " bytes");
  }
}

TEST(MakePlan, ABadAddressIsAnErrorOfTheTransportOption) {
  PlanOptions options;
  options.transports = {"tcp://127.1:80"};
  EXPECT_TRUE(error_of(options).starts_with("--transport: address \"tcp://127.1:80\": "))
      << error_of(options);
}

TEST(MakePlan, RejectsTooManyCombinations) {
  PlanOptions options;
  options.sizes.assign(5000, 64);
  options.connections.assign(5000, 1);
  EXPECT_EQ(error_of(options), "the lists of options make more than 10000 cases; shorten a list");
  options.connections = {1};
  options.depths.clear();
  for (std::uint64_t depth = 1; depth <= 2000; ++depth) options.depths.push_back(depth);
  options.sizes = {64, 65, 66, 67, 68, 69};
  options.transports = {"tcp"};
  EXPECT_EQ(error_of(options), "the lists of options make more than 10000 cases; shorten a list");
}

// --- order --------------------------------------------------------------------------------------

Plan numbered_plan(Order order, std::uint64_t seed) {
  return {.cases = std::vector<CaseSpec>(7), .repetitions = 5, .order = order, .seed = seed};
}

std::vector<std::size_t> cases_of(const std::vector<ScheduledRun>& runs) {
  std::vector<std::size_t> cases;
  for (const auto& run : runs) cases.push_back(run.case_index);
  return cases;
}

TEST(Schedule, InterleavedRunsEveryCaseOnceInABlockInAnOrderShuffledAnew) {
  const auto runs = numbered_plan(Order::interleaved, 1).schedule();
  ASSERT_EQ(runs.size(), 35U);
  std::set<std::vector<std::size_t>> orders;
  for (std::uint64_t block = 0; block < 5; ++block) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < 7; ++i) {
      EXPECT_EQ(runs[block * 7 + i].block, block);
      order.push_back(runs[block * 7 + i].case_index);
    }
    orders.insert(order);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6}));
  }
  EXPECT_EQ(orders.size(), 5U);
}

TEST(Schedule, TheSeedRepeatsIt) {
  for (const auto order : values_of<Order>()) {
    EXPECT_EQ(numbered_plan(order, 1).schedule(), numbered_plan(order, 1).schedule());
    if (order == Order::sequential) continue;
    EXPECT_NE(numbered_plan(order, 1).schedule(), numbered_plan(order, 2).schedule());
  }
}

// A change of the order of a seed would break measurements that are resumed.
TEST(Schedule, MatchesExistingJournals) {
  const auto runs = numbered_plan(Order::interleaved, 42).schedule();
  EXPECT_EQ(cases_of({runs.begin(), runs.begin() + 14}),
            (std::vector<std::size_t>{6, 1, 5, 4, 3, 2, 0, 1, 6, 3, 5, 4, 0, 2}));
}

TEST(Schedule, RandomDrawsAmongAllRunsAndNumbersThoseOfACaseInTheirOrder) {
  const auto runs = numbered_plan(Order::random, 1).schedule();
  ASSERT_EQ(runs.size(), 35U);
  std::vector<std::uint64_t> next(7);
  for (const auto& run : runs) EXPECT_EQ(run.block, next[run.case_index]++);
  EXPECT_EQ(next, std::vector<std::uint64_t>(7, 5));
  // Blocks would hold each case once.
  std::set<std::size_t> first_seven;
  for (std::size_t i = 0; i < 7; ++i) first_seven.insert(runs[i].case_index);
  EXPECT_LT(first_seven.size(), 7U);
}

TEST(Schedule, SequentialFinishesACaseBeforeTheNext) {
  const auto runs = numbered_plan(Order::sequential, 1).schedule();
  ASSERT_EQ(runs.size(), 35U);
  for (std::size_t i = 0; i < runs.size(); ++i)
    EXPECT_EQ(runs[i], (ScheduledRun{.case_index = i / 5, .block = i % 5}));
}

TEST(Schedule, TheArmsOfACaseStayBackToBackInRandomOrder) {
  Plan plan = numbered_plan(Order::interleaved, 3);
  plan.repetitions = 400;
  const Plan arms = with_arms(plan);
  ASSERT_EQ(arms.cases.size(), 14U);
  EXPECT_EQ(arms.cases[0].id(), "tcp/rr/64B/c1@baseline");
  EXPECT_EQ(arms.cases[1].id(), "tcp/rr/64B/c1@candidate");
  const auto runs = arms.schedule();
  ASSERT_EQ(runs.size(), 14U * 400);
  std::size_t baseline_first = 0;
  for (std::size_t i = 0; i < runs.size(); i += 2) {
    EXPECT_EQ(runs[i].case_index / 2, runs[i + 1].case_index / 2);
    EXPECT_NE(runs[i].case_index, runs[i + 1].case_index);
    EXPECT_EQ(runs[i].block, runs[i + 1].block);
    baseline_first += runs[i].case_index % 2 == 0;
  }
  // 2800 fair coins: five standard deviations are 132.
  EXPECT_NEAR(static_cast<double>(baseline_first), 1400, 132);
}

TEST(MakePlan, RejectsMoreRunsThanAReportCanBeReadBackWith) {
  PlanOptions options;
  options.transports = {"tcp", "udp"};
  options.repetitions = kMaxRuns / 2;
  const Plan most = plan_of(options);
  EXPECT_TRUE(check_runs(most));
  EXPECT_FALSE(check_runs(with_arms(most)));
  options.repetitions += 1;
  EXPECT_TRUE(error_of(options).starts_with("--repetitions 5001: too many runs for 2 cases; "))
      << error_of(options);
  options.transports = {"udp"};
  EXPECT_EQ(error_of(options), "accepted");
  options.common.impair = ImpairmentSpec{};
  EXPECT_NE(error_of(options), "accepted");
}

TEST(MakePlan, TheLargestReportCanBeReadBack) {
  const report::Report full = report::full_report();
  const report::Run& run = full.cases.at(0).runs.at(0);
  const std::string text = report::to_json_text(run);
  // Of every value but the elements of lists one key, and each but the last is followed by a comma.
  const auto values = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), ',') +
                                                 std::count(text.begin(), text.end(), ':'));
  EXPECT_GT(values, 200U);
  EXPECT_LT(values * kMaxRuns / 2, report::kReportLimits.nodes);
  EXPECT_LT(text.size() * kMaxRuns, report::kReportLimits.bytes);
}

TEST(EstimatedTime, CoversWarmUpAndWindowOfEveryRun) {
  Plan plan = numbered_plan(Order::interleaved, 1);
  EXPECT_GE(plan.estimated_time(), 35 * (plan.cases[0].warmup + plan.cases[0].duration));
  plan.cases.clear();
  EXPECT_EQ(plan.estimated_time(), 0ns);
}

// --- names and suites ---------------------------------------------------------------------------

template <class Values>
void expect_distinct_names(const Values& values) {
  std::set<std::string_view> names;
  for (const auto value : values) names.insert(name_of(value));
  EXPECT_EQ(names.size(), std::size(values));
  EXPECT_EQ(names.count(""), 0U);
}

TEST(Names, AreThereAndDistinct) {
  expect_distinct_names(kWorkloads);
  expect_distinct_names(kWaitModes);
  expect_distinct_names(values_of<Order>());
  for (const auto workload : kWorkloads) EXPECT_NE(summary_of(workload), "");
}

TEST(AddressOf, IsTheUsersOrTheTransportsDefaultInTheDirectory) {
  CaseSpec spec;
  EXPECT_EQ(address_of(spec, "/tmp/x").text(), "tcp://127.0.0.1:0");
  spec.address = "tcp://127.0.0.1:9000";
  EXPECT_EQ(address_of(spec, "/tmp/x").text(), "tcp://127.0.0.1:9000");
  CaseSpec in_directory;
  in_directory.transport = "unix-stream";
  EXPECT_TRUE(address_of(in_directory, "/tmp/x").path().starts_with("/tmp/x/"));
}

}  // namespace
}  // namespace sockmark
