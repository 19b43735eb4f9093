#include "bench/plan/suite.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "base/temporary_directory.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

Suite suite_of(std::string_view text) {
  auto suite = parse_suite(text, "mine.json", "/somewhere");
  EXPECT_TRUE(suite) << suite.error().message;
  return suite ? *std::move(suite) : Suite{};
}

Plan plan_of(std::string_view text, const OptionTexts& supplied = {}) {
  auto plan = make_plan(suite_of(text), supplied);
  EXPECT_TRUE(plan) << plan.error().message;
  return plan ? *std::move(plan) : Plan{};
}

std::vector<std::string> ids_of_suite(const Plan& plan) {
  std::vector<std::string> ids;
  for (const auto& spec : plan.cases) ids.push_back(spec.id());
  return ids;
}

using Ids = std::vector<std::string>;

// --- content --------------------------------------------------------------------------

TEST(Suite, AMatrixIsEveryCombinationAndRunHoldsForAll) {
  const Plan plan = plan_of(R"({
    "name": "mine",
    "run": {"duration": "250ms", "repetitions": 4, "order": "random", "seed": 9},
    "cases": [{"transport": ["tcp", "udp"], "size": [64, "1k"]},
              {"transport": "unix-stream", "workload": "stream", "duration": "1s"}]})");
  EXPECT_EQ(ids_of_suite(plan), (Ids{"tcp/rr/64B/c1", "udp/rr/64B/c1", "tcp/rr/1024B/c1",
                                     "udp/rr/1024B/c1", "unix-stream/stream/64B/c1"}));
  EXPECT_EQ(plan.repetitions, 4U);
  EXPECT_EQ(plan.order, Order::random);
  EXPECT_EQ(plan.seed, 9U);
  EXPECT_EQ(plan.cases[0].duration, 250ms);
  EXPECT_EQ(plan.cases[4].duration, 1s);
}

TEST(Suite, ExcludesCasesOfWhichEveryNamedValueIsAmongTheGiven) {
  EXPECT_EQ(ids_of_suite(plan_of(R"({"cases": [{
              "transport": ["tcp", "udp"], "workload": ["rr", "stream"], "size": [64, "1k"],
              "exclude": [{"transport": "udp", "workload": "stream"},
                          {"workload": ["rr"], "size": ["1k", "64k"]}]}]})")),
            (Ids{"tcp/rr/64B/c1", "udp/rr/64B/c1", "tcp/stream/64B/c1", "tcp/stream/1024B/c1"}));
}

TEST(Suite, ExcludesWhatCouldNotBeMeasuredAtAll) {
  EXPECT_EQ(ids_of_suite(plan_of(R"({"cases": [{"transport": ["tcp", "udp"], "size": [64, "1M"],
                                         "exclude": [{"transport": "udp", "size": "1M"}]}]})")),
            (Ids{"tcp/rr/64B/c1", "udp/rr/64B/c1", "tcp/rr/1048576B/c1"}));
}

TEST(Suite, OverridesApplyInTheirOrderToTheCasesThatTheySelect) {
  const Plan plan = plan_of(R"({"run": {"duration": "1s", "tmax": "1s"}, "cases": [{
      "transport": ["tcp", "udp"], "size": [64, 128],
      "override": [{"when": {"transport": "udp"}, "set": {"duration": "2s", "tmax": "3s"}},
                   {"when": {"size": 128}, "set": {"duration": "4s"}}]}]})");
  std::vector<std::pair<Nanoseconds, Nanoseconds>> times;
  for (const auto& spec : plan.cases) times.emplace_back(spec.duration, spec.tmax);
  EXPECT_EQ(times, (std::vector<std::pair<Nanoseconds, Nanoseconds>>{
                       {1s, 1s}, {2s, 3s}, {4s, 1s}, {4s, 3s}}));
}

TEST(Suite, ADepthIsForTheRoundTripsOfAMatrix) {
  const char* text = R"({"cases": [{"transport": "TCP", "workload": ["rr", "stream"], "depth": 4,
                                    "exclude": [{"transport": "Tcp", "size": 65}]}]})";
  EXPECT_EQ(ids_of_suite(plan_of(text)), (Ids{"tcp/rr/64B/c1/d4", "tcp/stream/64B/c1"}));
}

TEST(Suite, AnOverrideWithoutWhenIsForAll) {
  EXPECT_EQ(plan_of(R"({"cases": [{"transport": "tcp",
                                   "override": [{"set": {"warmup": "7ms"}}]}]})")
                .cases[0]
                .warmup,
            7ms);
}

TEST(Suite, TheCommandLineTakesPrecedenceOverItAndItsOverrides) {
  const auto* text = R"({"run": {"duration": "1s", "repetitions": 9}, "cases": [{
      "transport": ["tcp", "udp"],
      "override": [{"when": {"transport": "udp"}, "set": {"duration": "2s"}}]}]})";
  const Plan plan = plan_of(text, {{"duration", "10ms"}, {"repetitions", "2"}, {"size", "80"}});
  EXPECT_EQ(ids_of_suite(plan), (Ids{"tcp/rr/80B/c1", "udp/rr/80B/c1"}));
  EXPECT_EQ(plan.repetitions, 2U);
  for (const auto& spec : plan.cases) EXPECT_EQ(spec.duration, 10ms);
}

TEST(Suite, MatricesThatTheCommandLineMakesEqualAreMeasuredOnce) {
  const auto* text = R"({"cases": [{"transport": "tcp", "size": 64},
                                   {"transport": "tcp", "size": 128}]})";
  EXPECT_EQ(plan_of(text).cases.size(), 2U);
  EXPECT_EQ(ids_of_suite(plan_of(text, {{"size", "80"}})), Ids{"tcp/rr/80B/c1"});
}

TEST(Suite, MayHaveCommentsAndAComparison) {
  const Suite suite = suite_of(R"(// mine
    {"cases": [{"transport": ["tcp", "udp"]}], /* which? */
     "compare": {"by": "transport", "baseline": "tcp", "gates": ["p50:1.05", "loss:0.001"]}})");
  EXPECT_EQ(suite.by, "transport");
  EXPECT_EQ(suite.baseline, "tcp");
  EXPECT_EQ(suite.gates, (std::vector<std::string>{"p50:1.05", "loss:0.001"}));
}

TEST(Suite, ARequestFileIsNamedAsSeenFromIt) {
  const TemporaryDirectory home;
  std::filesystem::create_directory(home.path() + "/requests");
  std::ofstream(home.path() + "/requests/ping.json")
      << R"({"request": "PING\r\n", "response": {"until": "\r\n"}})";
  const auto suite = parse_suite(
      R"({"cases": [{"transport": "tcp://127.0.0.1:6379", "size": [64, "1k"],
                     "responder": "requests/ping.json"},
                    {"transport": "tcp", "size": 64}]})",
      "mine.json", home.path());
  ASSERT_TRUE(suite) << suite.error().message;
  const auto plan = make_plan(*suite, {});
  ASSERT_TRUE(plan);
  // The request has a size of its own.
  EXPECT_EQ(ids_of_suite(*plan),
            (std::vector<std::string>{"tcp://127.0.0.1:6379/rr/6B/c1/ping", "tcp/rr/64B/c1"}));
  const auto missing =
      parse_suite(R"({"cases": [{"transport": "tcp://127.0.0.1:6379", "responder": "none.json"}]})",
                  "mine.json", home.path());
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("mine.json: cases[0].responder: "), std::string::npos);
  EXPECT_NE(missing.error().message.find("none.json"), std::string::npos);
}

TEST(Suite, PathsAreInsideItsFolder) {
  EXPECT_EQ(plan_of(R"({"cases": [{"transport": ["unix-stream:sub/a.sock", "unix-dgram:@name"]}]})")
                .cases[0]
                .address,
            "unix-stream:/somewhere/sub/a.sock");
  for (const char* path : {"/tmp/a.sock", "../a.sock", "sub/../../a.sock"}) {
    const auto suite = parse_suite(
        std::string(R"({"cases": [{"transport": ["tcp", "unix-stream:)") + path + R"("]}]})",
        "mine.json", "/somewhere");
    ASSERT_FALSE(suite) << path;
    EXPECT_NE(suite.error().message.find("mine.json: cases[0].transport[1]: "), std::string::npos);
    EXPECT_NE(suite.error().message.find("inside the folder of the suite"), std::string::npos);
  }
}

TEST(Suite, ASymbolicLinkOutOfItsFolderIsRejected) {
  const TemporaryDirectory home, elsewhere;
  std::filesystem::create_directory(home.path() + "/sub");
  std::filesystem::create_directory_symlink(elsewhere.path(), home.path() + "/out");
  std::filesystem::create_directory_symlink("sub", home.path() + "/in");
  const auto suite_at = [&](const std::string& path) {
    return parse_suite(R"({"cases": [{"transport": "unix-stream:)" + path + R"("}]})", "mine.json",
                       home.path());
  };
  for (const char* path : {"out/a.sock", "in/../out/a.sock", "out/deep/a.sock"}) {
    const auto suite = suite_at(path);
    ASSERT_FALSE(suite) << path;
    EXPECT_NE(suite.error().message.find("cases[0].transport: "), std::string::npos);
    EXPECT_NE(suite.error().message.find("inside the folder of the suite"), std::string::npos);
  }
  for (const char* path : {"in/a.sock", "sub/a.sock", "..a.sock", "not/there/a.sock"}) {
    const auto suite = suite_at(path);
    EXPECT_TRUE(suite) << suite.error().message;
  }
  // The folder itself may be reached by one.
  std::filesystem::create_directory_symlink(home.path(), elsewhere.path() + "/home");
  EXPECT_TRUE(parse_suite(R"({"cases": [{"transport": "unix-stream:sub/a.sock"}]})", "mine.json",
                          elsewhere.path() + "/home"));
}

TEST(Suite, APathInTheWorkingFolderIsSpelledOnce) {
  for (const char* directory : {"", "."}) {
    const auto suite = parse_suite(R"({"cases": [{"transport": "unix-stream:./a.sock"}]})",
                                   "mine.json", directory);
    ASSERT_TRUE(suite) << suite.error().message;
    const auto plan = make_plan(*suite, {});
    ASSERT_TRUE(plan);
    EXPECT_EQ((*plan).cases[0].address, "unix-stream:./a.sock");
  }
}

TEST(Suite, SelectsCasesByTheAddressThatTheyWereGiven) {
  EXPECT_EQ(ids_of_suite(plan_of(R"({"cases": [{
              "transport": ["tcp://127.0.0.1:5001", "tcp://127.0.0.1:5002", "udp"],
              "exclude": [{"transport": "tcp://127.0.0.1:5001"}]}]})")),
            (Ids{"tcp://127.0.0.1:5002/rr/64B/c1", "udp/rr/64B/c1"}));
  EXPECT_EQ(ids_of_suite(plan_of(R"({"cases": [{"transport": ["tcp://127.0.0.1:5001", "udp"],
                                         "exclude": [{"transport": "tcp"}]}]})")),
            Ids{"udp/rr/64B/c1"});
}

TEST(Suite, WhatTheCommandLineGivesWrongIsItsOwn) {
  const auto plan =
      make_plan(suite_of(R"({"cases": [{"transport": "tcp", "rate": 100}]})"), {{"rate", "0"}});
  ASSERT_FALSE(plan);
  EXPECT_TRUE(plan.error().message.starts_with("--rate 0: expected")) << plan.error().message;
}

// --- errors -------------------------------------------------------------------------------------

struct Rejected {
  const char *name, *text, *error;
};

class RejectedSuite : public testing::TestWithParam<Rejected> {};

TEST_P(RejectedSuite, InOneLineThatNamesFilePlaceAndProblem) {
  const auto suite = parse_suite(GetParam().text, "mine.json", "");
  ASSERT_FALSE(suite);
  const std::string& message = suite.error().message;
  EXPECT_TRUE(message.starts_with("mine.json: ")) << message;
  EXPECT_NE(message.find(GetParam().error), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Suites, RejectedSuite,
    testing::Values(
        Rejected{"Empty", "", "line 1"}, Rejected{"NoObject", "[]", "expected an object"},
        Rejected{"NoCases", "{}", "cases: "}, Rejected{"EmptyCases", R"({"cases": []})", "cases: "},
        Rejected{"CasesNoList", R"({"cases": {}})", "cases: expected a list"},
        Rejected{"CaseNoObject", R"({"cases": [5]})", "cases[0]: expected an object"},
        Rejected{"UnknownKey", R"({"cases": [{}], "gates": []})", "unknown key \"gates\""},
        Rejected{"MisspeltOption", R"({"cases": [{"transprot": "tcp"}]})",
                 "cases[0]: unknown key \"transprot\"; did you mean \"transport\"?"},
        Rejected{"DuplicateKey", R"({"cases": [{}], "cases": [{}]})", "duplicate key \"cases\""},
        Rejected{"BadValue", R"({"cases": [{"size": [64, "1q"]}]})", "cases[0].size[1]: "},
        Rejected{"NumberWithoutUnit", R"({"run": {"duration": 5}, "cases": [{}]})",
                 "run.duration: "},
        Rejected{"BooleanValue", R"({"cases": [{"size": true}]})",
                 "cases[0].size: expected a string or a number, found boolean"},
        Rejected{"NestedList", R"({"cases": [{"size": [[64]]}]})", "cases[0].size[0]: "},
        Rejected{"EmptyList", R"({"cases": [{"size": []}]})", "cases[0].size: the list is empty"},
        Rejected{"NegativeSize", R"({"cases": [{"size": -64}]})", "cases[0].size: "},
        Rejected{"HugeNumber", R"({"cases": [{"size": 1e400}]})", "number overflow"},
        Rejected{"PlanOptionInACase", R"({"cases": [{"repetitions": 3}]})",
                 "cases[0]: unknown key \"repetitions\""},
        Rejected{"ExcludeByTime", R"({"cases": [{"exclude": [{"duration": "1s"}]}]})",
                 "cases[0].exclude[0]: unknown key \"duration\""},
        Rejected{"ExcludeNothing", R"({"cases": [{"exclude": [{}]}]})", "cases[0].exclude[0]: "},
        Rejected{"ExcludeAll", R"({"cases": [{"transport": "tcp", "exclude": [{"size": 64}]}]})",
                 "every case is excluded"},
        Rejected{"OverrideOfTheMatrix",
                 R"({"cases": [{"override": [{"set": {"transport": "udp"}}]}]})",
                 "cases[0].override[0].set: unknown key \"transport\""},
        Rejected{"OverrideSetsNothing", R"({"cases": [{"override": [{"when": {"size": 64}}]}]})",
                 "cases[0].override[0]: "},
        Rejected{"SameCaseTwice",
                 R"({"cases": [{"transport": "tcp"}, {"transport": ["udp", "tcp"]}]})",
                 "cases[1]: tcp/rr/64B/c1 is also in cases[0]; remove one"},
        Rejected{"BeyondTheTransport", R"({"cases": [{"transport": "udp", "size": "1M"}]})",
                 "udp carries messages of at most"},
        Rejected{"LaterVersion", R"({"$schema": "schema/suite-2.schema.json", "cases": [{}]})",
                 "mine.json: $schema: this version of sockmark reads suite-1, found "
                 "\"suite-2.schema.json\""},
        Rejected{"UnknownTransport", R"({"cases": [{"transport": ["tcp", "upd"]}]})",
                 "cases[0].transport[1]: unknown transport \"upd\"; did you mean \"udp\"?"},
        Rejected{"UnknownTransportInExclude",
                 R"({"cases": [{"transport": ["tcp", "udp"], "exclude": [{"transport": "upd"}]}]})",
                 "cases[0].exclude[0].transport: unknown transport \"upd\""},
        Rejected{"UnknownTransportInWhen",
                 R"({"cases": [{"override": [{"when": {"transport": ["tpc"]},
                                             "set": {"duration": "1s"}}]}]})",
                 "cases[0].override[0].when.transport[0]: unknown transport \"tpc\""},
        Rejected{"RateOfTheMatrix", R"({"cases": [{}, {"transport": "tcp", "rate": [100, 0]}]})",
                 "mine.json: cases[1].rate: 0: expected messages/s"},
        Rejected{"DepthOfAStream",
                 R"({"cases": [{}, {"workload": ["stream", "connect"], "depth": 4}]})",
                 "mine.json: cases[1].depth: only rr has a depth"},
        Rejected{"DirectionOfRoundTrips",
                 R"({"cases": [{"workload": ["rr", "connect"], "direction": "reverse"}]})",
                 "mine.json: cases[0].direction: only a stream has a direction"},
        Rejected{"TimeOfAllCases", R"({"run": {"duration": "0s"}, "cases": [{"size": 80}]})",
                 "mine.json: run.duration: expected a time"},
        Rejected{"TimeOfAnOverride",
                 R"({"run": {"duration": "1s"}, "cases": [{"duration": "2s", "override": [
                     {"set": {"duration": "3s"}}, {"set": {"duration": "0s"}},
                     {"when": {"size": 128}, "set": {"duration": "4s"}}]}]})",
                 "mine.json: cases[0].override[1].set.duration: expected a time"},
        Rejected{"Default", R"({"cases": [{"transport": "tcp", "threads": 2}]})",
                 "mine.json: cases[0].threads: 2: exceeds the number of connections, 1"},
        Rejected{"MoreRunsThanAReportHolds",
                 R"({"run": {"repetitions": 5001}, "cases": [{"transport": ["tcp", "udp"]}]})",
                 "a report holds at most 10000"},
        Rejected{"BadGate", R"({"cases": [{}], "compare": {"by": "size", "gates": ["p51:1.05"]}})",
                 "compare.gates[0]: "},
        Rejected{"CompareByNothing", R"({"cases": [{}], "compare": {}})", "compare: \"by\""},
        Rejected{"Deep", "{\"cases\": [[[[[[[[[[[[]]]]]]]]]]]]}", "levels deep"},
        Rejected{"NotUtf8", "{\"name\": \"\xff\", \"cases\": [{}]}", "line 1"},
        Rejected{"ControlCharacters", "{\"na\\u001b[31mme\": 1, \"cases\": [{}]}", "unknown key"}),
    [](const auto& param) { return std::string(param.param.name); });

// --- files ---------------------------------------------------------------------------

TEST(BuiltinSuites, AreSoundAndNamedAsTheirFiles) {
  std::set<std::string_view> names;
  for (const auto& builtin : builtin_suites()) {
    names.insert(builtin.name);
    auto suite = load_suite(std::string(builtin.name));
    ASSERT_TRUE(suite) << suite.error().message;
    EXPECT_EQ(suite->name, builtin.name);
    EXPECT_NE(suite->summary, "");
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"ci", "full", "quick"}));
}

TEST(BuiltinSuites, TakeAtMostTheTimeInTheirSummaries) {
  for (const auto& [name, limit] : {std::pair{"quick", 60s}, {"ci", 120s}, {"full", 3600s}}) {
    auto suite = load_suite(name);
    ASSERT_TRUE(suite);
    auto plan = make_plan(*suite, {});
    ASSERT_TRUE(plan);
    EXPECT_LT(plan->estimated_time(), limit) << name;
  }
}

TEST(BuiltinSuites, TheTemplateIsASuite) {
  const Suite suite = suite_of(suite_template());
  EXPECT_EQ(suite.name, "mine");
  EXPECT_EQ(suite.by, "transport");
}

TEST(LoadSuite, TakesAFileAndResolvesPathsBesideIt) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/mine.json";
  std::ofstream(path) << R"({"cases": [{"transport": "unix-stream:a.sock"}]})";
  auto suite = load_suite(path);
  ASSERT_TRUE(suite) << suite.error().message;
  auto plan = make_plan(*suite, {});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->cases[0].address, "unix-stream:" + directory.path() + "/a.sock");
}

TEST(LoadSuite, AMisspeltNameIsNoFile) {
  const auto suite = load_suite("qiuck");
  ASSERT_FALSE(suite);
  EXPECT_NE(suite.error().message.find("did you mean \"quick\"?"), std::string::npos);
  EXPECT_FALSE(load_suite("./absent.json"));
}

}  // namespace
}  // namespace sockmark
