#include "bench/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

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

std::string refusal(const PlanOptions& options) {
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
  options.rates = {1000};
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
  options.rates = {1000, 20'000};
  auto plan = make_plan(options);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->cases.size(), 4U);
  EXPECT_EQ(plan->cases[1].rate, 20'000);
  options.depths = {4};
  const auto refused = make_plan(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "--depth: an open loop (--rate) has none");
}

TEST(CaseId, LeavesOutWhatStandsAtItsDefault) {
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

TEST(MakePlan, RefusesWhatCannotBeAndSaysWhy) {
  using O = PlanOptions;
  const Limit table[] = {
      {"--size 31: smaller than the message header of 32 bytes",
       [](O& o) {
         o.sizes = {64, 31};
       }},
      {"--depth 0: expected a number from 1 to 65536", [](O& o) { o.depths = {0}; }},
      {"--depth 65537: expected a number from 1 to 65536", [](O& o) { o.depths = {65537}; }},
      {"--connections 0: expected a number from 1 to 100000", [](O& o) { o.connections = {0}; }},
      {"--connections 100001: expected a number from 1 to 100000",
       [](O& o) { o.connections = {100001}; }},
      {"--threads 0: expected a number from 1 to 256", [](O& o) { o.common.threads = 0; }},
      {"--threads 257: expected a number from 1 to 256", [](O& o) { o.common.threads = 257; }},
      {"--threads 2: more than the 1 connection(s) to share out",
       [](O& o) { o.common.threads = 2; }},
      {"--threads 2: each thread listens, and tcp://127.0.0.1:1 is one address; leave the address "
       "to sockmark",
       [](O& o) {
         o.transports = {"tcp://127.0.0.1:1"}, o.connections = {2}, o.common.threads = 2;
       }},
      {"--duration: expected a time from 1ms to 24h", [](O& o) { o.common.duration = 1ms - 1ns; }},
      {"--duration: expected a time from 1ms to 24h", [](O& o) { o.common.duration = 24h + 1ns; }},
      {"--warmup: expected a time up to 24h", [](O& o) { o.common.warmup = -1ns; }},
      {"--tmax: expected a time from 1ms to 1m", [](O& o) { o.common.tmax = 0ns; }},
      {"--tmax: expected a time from 1ms to 1m", [](O& o) { o.common.tmax = 61s; }},
      {"--wait block: a thread can block on one descriptor only: it needs rr or stream with one "
       "connection per "
       "thread, found rr with 2 connection(s) on 1 thread(s)",
       [](O& o) { o.wait = WaitMode::block, o.connections = {2}; }},
      {"--wait block: a thread can block on one descriptor only: it needs rr or stream with one "
       "connection per "
       "thread, found connect with 1 connection(s) on 1 thread(s)",
       [](O& o) { o.wait = WaitMode::block, o.workloads = {Workload::connect}; }},
      {"--transport: unknown transport \"tpc\"; did you mean \"tcp\"?",
       [](O& o) { o.transports = {"tpc"}; }}};
  for (const auto& row : table) {
    PlanOptions options;
    options.transports = {"tcp"};
    row.change(options);
    EXPECT_EQ(refusal(options), row.message);
  }
}

TEST(MakePlan, AMessageLargerThanTheTransportCarriesIsRefusedByName) {
  for (const auto& row : catalogue()) {
    const std::size_t most = row.get().promises().max_message;
    PlanOptions options;
    options.transports = {std::string(row.name)};
    options.sizes = {most};
    EXPECT_EQ(refusal(options), "accepted") << row.name;
    options.sizes = {most + 1};
    EXPECT_EQ(refusal(options), "--size " + std::to_string(most + 1) + ": " +
                                    std::string(row.name) + " carries messages of at most " +
                                    std::to_string(most) + " bytes");
  }
}

TEST(MakePlan, ABadAddressIsAnErrorOfTheTransportOption) {
  PlanOptions options;
  options.transports = {"tcp://localhost:80"};
  EXPECT_TRUE(refusal(options).starts_with("--transport: address \"tcp://localhost:80\": "))
      << refusal(options);
}

// --- order --------------------------------------------------------------------------------------

Plan numbered_plan(Order order, std::uint64_t seed) {
  return {.cases = std::vector<CaseSpec>(7), .repetitions = 5, .order = order, .seed = seed};
}

// Each block of seven runs, sorted.
void expect_every_block_whole(const std::vector<std::size_t>& runs) {
  ASSERT_EQ(runs.size(), 35U);
  for (auto block = runs.begin(); block != runs.end(); block += 7) {
    std::vector<std::size_t> sorted(block, block + 7);
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6}));
  }
}

TEST(Schedule, InterleavedRepeatsTheWholeList) {
  const auto runs = numbered_plan(Order::interleaved, 1).schedule();
  expect_every_block_whole(runs);
  for (std::size_t i = 0; i < runs.size(); ++i) EXPECT_EQ(runs[i], i % 7);
}

TEST(Schedule, RandomShufflesEveryBlockAnewAndTheSeedRepeatsIt) {
  const auto runs = numbered_plan(Order::random, 1).schedule();
  expect_every_block_whole(runs);
  std::set<std::vector<std::size_t>> blocks;
  for (auto block = runs.begin(); block != runs.end(); block += 7) blocks.emplace(block, block + 7);
  EXPECT_EQ(blocks.size(), 5U);
  EXPECT_EQ(numbered_plan(Order::random, 1).schedule(), runs);
  EXPECT_NE(numbered_plan(Order::random, 2).schedule(), runs);
}

TEST(Schedule, SequentialFinishesACaseBeforeTheNext) {
  const auto runs = numbered_plan(Order::sequential, 1).schedule();
  ASSERT_EQ(runs.size(), 35U);
  for (std::size_t i = 0; i < runs.size(); ++i) EXPECT_EQ(runs[i], i / 5);
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
  expect_distinct_names(kOrders);
  for (const auto workload : kWorkloads) EXPECT_NE(summary_of(workload), "");
}

TEST(BuiltinSuites, CanBePlanned) {
  std::set<std::string_view> names;
  for (const auto& suite : builtin_suites()) {
    names.insert(suite.name);
    EXPECT_FALSE(plan_of(suite.options()).cases.empty()) << suite.name;
  }
  EXPECT_EQ(names.size(), builtin_suites().size());
  EXPECT_EQ(names.count("quick"), 1U);
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
