#include "bench/plan/option_axes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "bench/plan/plan_options.h"
#include "bench/plan/suite.h"
#include "bench/worker/case_params.h"
#include "reports/model/params_text.h"

namespace sockmark {
namespace {

using Ids = std::vector<std::string>;

Result<Plan> plan_of(const OptionTexts& texts) {
  PlanOptions options;
  if (auto read = read_options(texts, options); !read) return std::move(read).error();
  return make_plan(options);
}
Ids ids_of(const Result<Plan>& plan) {
  EXPECT_TRUE(plan) << plan.error().message;
  Ids ids;
  for (const auto& spec : plan ? plan->cases : std::vector<CaseSpec>()) ids.push_back(spec.id());
  return ids;
}

TEST(OptionAxes, AreTheCaseOptionsOfReports) {
  std::vector<std::string_view> names;
  for (const auto& axis : option_axes()) names.emplace_back(axis.name);
  EXPECT_TRUE(std::ranges::equal(names, report::kCaseOptions));
}

TEST(OptionAxes, EveryCombinationIsACaseAndDefaultsAreNotInItsId) {
  EXPECT_EQ(ids_of(plan_of({{"transport", "tcp"}, {"nodelay", "on,off"}, {"depth", "1,2"}})),
            (Ids{"tcp/rr/64B/c1", "tcp/rr/64B/c1/nodelay-off", "tcp/rr/64B/c1/d2",
                 "tcp/rr/64B/c1/d2/nodelay-off"}));
  EXPECT_EQ(ids_of(plan_of({{"transport", "tcp"},
                            {"congestion", "reno,default"},
                            {"sndbuf", "64k,default"},
                            {"batch", "max"}})),
            (Ids{"tcp/rr/64B/c1/congestion-reno/sndbuf65536", "tcp/rr/64B/c1/congestion-reno",
                 "tcp/rr/64B/c1/sndbuf65536", "tcp/rr/64B/c1"}));
  EXPECT_EQ(ids_of(plan_of({{"transport", "udp"}, {"dscp", "EF,0"}, {"busy-poll", "50"}})),
            (Ids{"udp/rr/64B/c1/busy-poll50/dscp46", "udp/rr/64B/c1/busy-poll50/dscp0"}));
  EXPECT_EQ(ids_of(plan_of({{"transport", "tcp"}, {"threads", "1,2"}, {"connections", "2"}})),
            (Ids{"tcp/rr/64B/c2", "tcp/rr/64B/c2/j2"}));
}

TEST(OptionAxes, AValueReachesTheSocketAndSurvivesTheReport) {
  const auto plan = plan_of({{"transport", "tcp6"},
                             {"nodelay", "off"},
                             {"congestion", "bbr"},
                             {"sndbuf", "64k"},
                             {"rcvbuf", "128k"},
                             {"quickack", "off"},
                             {"mss", "536"},
                             {"busy-poll", "0"},
                             {"dscp", "CS1"},
                             {"batch", "7"}});
  ASSERT_TRUE(plan) << plan.error().message;
  const CaseSpec& spec = plan->cases.at(0);
  const auto again = case_of(params_of(spec));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->id(), spec.id());
  const SocketOptions& socket = again->socket;
  EXPECT_EQ(socket.tcp_nodelay, false);
  EXPECT_EQ(socket.congestion, "bbr");
  EXPECT_EQ(socket.send_buffer_bytes, 65536);
  EXPECT_EQ(socket.receive_buffer_bytes, 131072);
  EXPECT_EQ(socket.quick_ack, false);
  EXPECT_EQ(socket.segment_bytes_max, 536);
  EXPECT_EQ(socket.busy_poll_us, 0);
  EXPECT_EQ(socket.dscp, 8);
  EXPECT_EQ(again->batch, 7U);
  const auto from_texts = plan_of(texts_of(spec));
  EXPECT_EQ(ids_of(from_texts), Ids{spec.id()});
}

TEST(OptionAxes, WhatCannotBeRightIsRefused) {
  const struct {
    const char *name, *text, *problem;
  } cases[] = {
      {"nodelay", "yes", "expected on or off"},
      {"quickack", "1", "expected on or off"},
      {"congestion", "a b", "1 to 15 letters"},
      {"congestion", "sixteen-letters-", "1 to 15"},
      {"sndbuf", "0", "expected 1 to 1024M"},
      {"rcvbuf", "2G", "expected 1 to 1024M"},
      {"mss", "87", "88 to 32767"},
      {"mss", "32768", "88 to 32767"},
      {"busy-poll", "1000001", "0 to 1000000"},
      {"busy-poll", "-1", "0 to 1000000"},
      {"batch", "0", "1 to 65536"},
      {"batch", "all", "1 to 65536"},
      {"threads", "0", "1 to 256"},
      {"dscp", "64", "0 to 63"},
      {"nodelay", "on,,off", "empty"},
  };
  for (const auto& [name, text, problem] : cases) {
    PlanOptions options;
    const auto read = read_options({{name, text}}, options);
    ASSERT_FALSE(read) << name << " " << text;
    EXPECT_TRUE(read.error().message.starts_with(std::string("--") + name + ": "));
    EXPECT_NE(read.error().message.find(problem), std::string::npos) << read.error().message;
  }
}

TEST(OptionAxes, APeerCannotAskForMore) {
  CaseSpec spec;
  auto params = params_of(spec);
  params.requested_options = {{"mss", "1"}};
  EXPECT_FALSE(case_of(params));
  params.requested_options = {{"mtu", "1500"}};
  const auto unknown = case_of(params);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "params.requested_options.mtu: unknown option");
  params.requested_options = {{"nodelay", "off"}};
  params.transport = "udp";
  EXPECT_FALSE(case_of(params));
}

TEST(OptionAxes, ATransportWithoutTheOptionIsRefusedAloneAndLeftOutAmongOthers) {
  const struct {
    const char *name, *value, *lacking, *reason;
  } cases[] = {
      {"nodelay", "on,off", "unix-stream", "--nodelay requires tcp"},
      {"congestion", "reno", "udp", "--congestion requires tcp"},
      {"quickack", "off", "udp6", "--quickack requires tcp"},
      {"mss", "1000", "unix-dgram", "--mss requires tcp"},
      {"busy-poll", "1", "unix-dgram", "--busy-poll requires tcp or udp"},
      {"dscp", "1", "unix-stream", "--dscp requires tcp or udp"},
      {"sndbuf", "64k", "memory", "--sndbuf: memory has no socket buffers"},
      {"batch", "1", "memory", "--batch: memory makes no system calls"},
  };
  for (const auto& [name, value, lacking, reason] : cases) {
    SCOPED_TRACE(name);
    const auto alone = plan_of({{"transport", lacking}, {name, value}});
    ASSERT_FALSE(alone);
    EXPECT_EQ(alone.error().message, reason);
    const auto among = plan_of({{"transport", std::string("tcp,") + lacking}, {name, value}});
    ASSERT_TRUE(among) << among.error().message;
    for (const auto& spec : among->cases) EXPECT_EQ(spec.transport, "tcp");
    EXPECT_EQ(partly_applied({}, *among),
              (std::vector<std::string>{std::string(reason) + "; the cases of " + lacking +
                                        " are left out"}));
  }
}

TEST(OptionAxes, ACaseWithTheDefaultStays) {
  const auto plan = plan_of({{"transport", "tcp,memory"}, {"sndbuf", "64k,default"}});
  EXPECT_EQ(ids_of(plan), (Ids{"tcp/rr/64B/c1/sndbuf65536", "tcp/rr/64B/c1", "memory/rr/64B/c1"}));
}

TEST(OptionAxes, ListsThatMultiplyBeyondMemoryAreRefused) {
  std::string many = "1";
  for (int i = 2; i < 300; ++i) many += "," + std::to_string(i);
  const auto plan = plan_of({{"batch", many}, {"busy-poll", many}, {"depth", many}});
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().message.find("more than 10000 cases"), std::string::npos);
}

// --- suites -------------------------------------------------------------------------------------

Ids ids_of_suite(const char* text, const OptionTexts& supplied = {}) {
  const auto suite = parse_suite(text, "mine.json", "");
  EXPECT_TRUE(suite) << suite.error().message;
  return suite ? ids_of(make_plan(*suite, supplied)) : Ids();
}

TEST(OptionAxesOfSuites, AreListsThatCanBeExcludedAndOverridden) {
  EXPECT_EQ(ids_of_suite(R"({"cases": [{"transport": "tcp", "sndbuf": ["64k", "default"],
                             "nodelay": ["on", "off"],
                             "exclude": [{"sndbuf": "65536", "nodelay": "off"}]}]})"),
            (Ids{"tcp/rr/64B/c1/sndbuf65536", "tcp/rr/64B/c1", "tcp/rr/64B/c1/nodelay-off"}));
  EXPECT_EQ(ids_of_suite(R"({"run": {"nodelay": ["on", "off"]},
                             "cases": [{"transport": ["tcp", "tcp6"],
                             "override": [{"when": {"transport": "tcp6"},
                                           "set": {"nodelay": "off"}}]}]})"),
            (Ids{"tcp/rr/64B/c1", "tcp/rr/64B/c1/nodelay-off", "tcp6/rr/64B/c1/nodelay-off"}));
  EXPECT_EQ(ids_of_suite(R"({"cases": [{"transport": "tcp", "connections": [1, 4],
                             "override": [{"when": {"connections": 4}, "set": {"threads": 2}}]}]})"),
            (Ids{"tcp/rr/64B/c1", "tcp/rr/64B/c4/j2"}));
  EXPECT_EQ(ids_of_suite(R"({"cases": [{"transport": ["tcp", "udp"], "nodelay": "off"}]})",
                         {{"nodelay", "on"}}),
            Ids{"tcp/rr/64B/c1"});
}

TEST(OptionAxesOfSuites, AnOverrideHasOneValue) {
  const auto suite = parse_suite(
      R"({"cases": [{"transport": "tcp", "override": [{"set": {"sndbuf": ["64k", "1M"]}}]}]})",
      "mine.json", "");
  ASSERT_FALSE(suite);
  EXPECT_EQ(suite.error().message,
            "mine.json: cases[0].override[0].set.sndbuf: an override has one value, not a list");
}

TEST(OptionAxesOfSuites, AWrongValueIsNamedWithItsPlace) {
  const auto suite = parse_suite(R"({"cases": [{"transport": "tcp", "nodelay": ["on", "maybe"]}]})",
                                 "mine.json", "");
  ASSERT_FALSE(suite);
  EXPECT_EQ(suite.error().message, "mine.json: cases[0].nodelay[1]: \"maybe\": expected on or off");
}

}  // namespace
}  // namespace sockmark
