#include "bench/worker/case_params.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "transports/catalogue.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

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
  EXPECT_EQ(actual.batch, expected.batch);
  EXPECT_EQ(actual.rate, expected.rate);
  EXPECT_EQ(actual.arrivals, expected.arrivals);
  EXPECT_EQ(actual.mix, expected.mix);
  EXPECT_EQ(actual.response, expected.response);
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

// The generator may be where the request file is not.
TEST(CaseOf, HasTheContentOfARequestFile) {
  RequestFormat format = *parse_request(
      R"({"request_hex": "00ff", "response": {"until": "\r\n", "begins": "+"}})", "ping.json");
  CaseSpec spec;
  spec.transport = "tcp";
  spec.address = "tcp://127.0.0.1:6379";
  spec.size = 2;
  spec.pin = Pin{.generator = 1, .responder = Pin::kNone};
  spec.responder = {.kind = ResponderChoice::Kind::request,
                    .name = "ping",
                    .file = "./ping.json",
                    .request = std::make_shared<const RequestFormat>(format)};
  expect_round_trip(spec);
  const auto again = case_of(params_of(spec));
  ASSERT_TRUE(again);
  ASSERT_TRUE(again->responder.request);
  EXPECT_EQ(text_of(*again->responder.request), text_of(format));
  EXPECT_EQ(again->message_bytes(), 32U);
  report::Params params = params_of(spec);
  params.request = Maybe<std::string>::none("none");
  EXPECT_FALSE(case_of(params)) << "a name without a request";
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
  spec.batch = 3;
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

TEST(CaseOf, UndoesParamsOfForMixesResponsesAndLawsOfArrival) {
  CaseSpec spec;
  spec.mix = parse_size_choice("64x7+576x4+1500x1")->mix;
  spec.size = 1500;
  spec.response = 16'384;
  spec.rate = 1000;
  for (const auto& law : {ArrivalLaw::bursts(16), ArrivalLaw::on_off(100ms, 900ms)}) {
    spec.arrivals = law;
    expect_round_trip(spec);
  }
  EXPECT_EQ(params_of(spec).size_bytes.reason(), "size_mix");
  EXPECT_EQ(params_of(spec).size_mix, Maybe<std::string>("64x7+576x4+1500x1"));
  EXPECT_EQ(spec.id(), "tcp/rr/imix/c1/response16384B/r1000/onoff:100ms,900ms");
  spec.mix = {};
  spec.response.reset();
  EXPECT_EQ(params_of(spec).response_size_bytes.reason(), "echo");
  spec.workload = Workload::stream;
  EXPECT_EQ(params_of(spec).response_size_bytes.reason(), "one_way");
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

}  // namespace
}  // namespace sockmark
