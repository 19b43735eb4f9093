#include "bench/worker/run_limits.h"

#include <gtest/gtest.h>

namespace sockmark {
namespace {

using namespace std::chrono_literals;

RunLimits some_limits() {
  RunLimits limits{.connections = 10,
                   .threads = 2,
                   .message_bytes = 1024,
                   .duration = 60s,
                   .rate = 1000,
                   .bandwidth = {},
                   .peer = parse_host("10.0.0.1").value(),
                   .local = parse_host("10.0.0.2").value()};
  return limits;
}
CaseSpec allowed_case() {
  CaseSpec spec;
  spec.connections = 10;
  spec.threads = 2;
  spec.size = 1024;
  spec.rate = 1000;
  spec.duration = 50s;
  spec.warmup = 8s;
  spec.tmax = 1s;
  return spec;
}

void expect_refused(const CaseSpec& spec, const char* words) {
  const auto checked = check_limits(spec, some_limits());
  ASSERT_FALSE(checked) << words;
  EXPECT_EQ(checked.error().message, words);
}

TEST(RunLimits, EachLimitIsNamedWithWhatWasAskedFor) {
  EXPECT_TRUE(check_limits(allowed_case(), some_limits()));
  auto spec = allowed_case();
  spec.connections = 11;
  expect_refused(spec, "serve refuses connections 11: at most 10");
  spec = allowed_case();
  spec.threads = 3;
  expect_refused(spec, "serve refuses threads 3: at most 2");
  spec = allowed_case();
  spec.size = 1025;
  expect_refused(spec, "serve refuses size 1025 bytes: at most 1024 bytes");
  spec = allowed_case();
  spec.duration += 1s;
  expect_refused(spec,
                 "serve refuses duration 51 s (warm-up 8 s, Tmax 1 s): at most 60 s together");
  spec = allowed_case();
  spec.rate = 1001;
  expect_refused(spec, "serve refuses rate 1001/s: at most 1000/s");
  spec.rate.reset();
  expect_refused(spec, "serve refuses a run without --rate: at most 1000/s");
}

TEST(RunLimits, BandwidthIsOfTheMessages) {
  auto limits = some_limits();
  limits.bandwidth = 8e6;
  auto spec = allowed_case();
  spec.size = 1000;
  EXPECT_TRUE(check_limits(spec, limits));
  spec.size = 1001;
  auto checked = check_limits(spec, limits);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message,
            "serve refuses bandwidth 8008000 bit/s: at most 8000000 bit/s");
  limits.rate.reset();
  spec.rate.reset();
  checked = check_limits(spec, limits);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message, "serve refuses a run without --rate: at most 8000000 bit/s");
}

TEST(RunLimits, HugeTimesDoNotOverflow) {
  auto spec = allowed_case();
  spec.warmup = spec.tmax = spec.duration = Nanoseconds::max();
  EXPECT_FALSE(check_limits(spec, some_limits()));
}

TEST(RunLimits, TheirTextCanBeReadBack) {
  auto limits = some_limits();
  limits.bandwidth = 1.5e9;
  const auto read = parse_run_limits(text_of(limits));
  ASSERT_TRUE(read);
  EXPECT_EQ(text_of(*read), text_of(limits));
  EXPECT_EQ(text_of(parse_run_limits(text_of(RunLimits())).value()), text_of(RunLimits()));
  for (const char* text : {"connections", "connections=", "connections=0", "connections=-1",
                           "connections=1,connections=2", "rate=nan", "more=1", "duration=1s"})
    EXPECT_FALSE(parse_run_limits(text)) << text;
}

TEST(ServedAddresses, AWildcardBecomesTheHostOfTheControlConnection) {
  const auto addresses = served_addresses(
      {parse_address("tcp://0.0.0.0:0").value(), parse_address("tcp://10.0.0.2:9000").value()},
      some_limits());
  ASSERT_TRUE(addresses);
  EXPECT_EQ(addresses->at(0).text(), "tcp://10.0.0.2:0");
  EXPECT_EQ(addresses->at(1).text(), "tcp://10.0.0.2:9000");
}

TEST(ServedAddresses, OfAClientOnThisMachineAreLoopback) {
  RunLimits limits;
  limits.one_machine = true;
  const auto addresses = served_addresses(
      {parse_address("tcp://0.0.0.0:0").value(), parse_address("udp://[::]:0").value()}, limits);
  ASSERT_TRUE(addresses);
  EXPECT_EQ(addresses->at(0).text(), "tcp://127.0.0.1:0");
  EXPECT_EQ(addresses->at(1).text(), "udp://[::1]:0");
  for (const char* text : {"tcp://10.0.0.2:0", "tcp://127.0.0.2:0", "unix-stream:/tmp/x"})
    EXPECT_FALSE(served_addresses({parse_address(text).value()}, limits)) << text;
}

TEST(ServedAddresses, NothingElseIsListenedAt) {
  for (const auto& [text, words] :
       {std::pair("tcp://127.0.0.1:0", "it listens at 10.0.0.2 only"),
        std::pair("udp://[::]:0", "connect to an IPv6 address"),
        std::pair("unix-stream:/tmp/x", "TCP and UDP"), std::pair("memory:x", "TCP and UDP")}) {
    const auto addresses = served_addresses({parse_address(text).value()}, some_limits());
    ASSERT_FALSE(addresses) << text;
    EXPECT_NE(addresses.error().message.find(words), std::string::npos)
        << addresses.error().message;
  }
  EXPECT_FALSE(served_addresses({}, some_limits()));
}

}  // namespace
}  // namespace sockmark
