#include "bench/plan/plan_options.h"

#include <gtest/gtest.h>

#include <set>

#include "bench/plan/dscp.h"
#include "bench/worker/case_params.h"
#include "reports/model/report_json.h"
#include "transports/catalogue.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

TEST(PlanOptions, HaveUniqueNamesAndLetters) {
  std::set<std::string_view> names, letters;
  std::size_t lettered = 0;
  for (const auto& option : plan_options()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_EQ(find_plan_option(option.name), &option);
    if (*option.letters == '\0') continue;
    ++lettered;
    letters.insert(option.letters);
  }
  EXPECT_EQ(letters.size(), lettered);
  EXPECT_EQ(find_plan_option("speed"), nullptr);
}

TEST(PlanOptions, IpOptionsAreReadForTcpAndUdpAndRefusedElsewhere) {
  const OptionTexts given = {{"source", "127.0.0.9"},
                             {"interface", "eth0"},
                             {"dscp", "ef"},
                             {"data-ports", "40000-40009"}};
  for (const auto& [name, text] : given) {
    for (const auto& row : catalogue()) {
      SCOPED_TRACE(name + " " + std::string(row.name));
      PlanOptions options;
      ASSERT_TRUE(read_options({{"transport", std::string(row.name)}, {name, text}}, options));
      const auto plan = make_plan(options);
      if (row.family != "ipv4" && row.family != "ipv6") {
        ASSERT_FALSE(plan);
        EXPECT_EQ(plan.error().message, "--" + name + " requires tcp or udp");
      } else if (row.family == "ipv6" && name == "source") {
        ASSERT_FALSE(plan);
        EXPECT_TRUE(plan.error().message.starts_with("--source 127.0.0.9: "));
      } else {
        ASSERT_TRUE(plan) << plan.error().message;
        const auto& spec = plan->cases.at(0);
        const auto again = case_of(params_of(spec));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(texts_of(*again), texts_of(spec));
        EXPECT_EQ(again->id(), spec.id());
        EXPECT_EQ(texts_of(spec).count(name), 1U);
        EXPECT_EQ(spec.id().ends_with("/dscp46"), name == "dscp") << spec.id();
      }
    }
  }
}

TEST(PlanOptions, IpOptionsThatCannotBeRightAreRefused) {
  const struct {
    const char *name, *text, *problem;
  } cases[] = {
      {"source", "db2", "not a numeric address"},
      {"source", "10.0.0.1:80", "not a numeric"},
      {"interface", "", "1 to 15 characters"},
      {"interface", "a-name-of-16-byt", "1 to 15 characters"},
      {"dscp", "64", "0 to 63"},
      {"dscp", "AF44", "0 to 63 or a name"},
      {"dscp", "-1", "0 to 63"},
      {"data-ports", "40000", "FIRST-LAST"},
      {"data-ports", "0-10", "FIRST-LAST"},
      {"data-ports", "10-9", "FIRST-LAST"},
      {"data-ports", "1-65536", "FIRST-LAST"},
      {"data-ports", "1-2-3", "FIRST-LAST"},
  };
  for (const auto& [name, text, problem] : cases) {
    PlanOptions options;
    const auto read = read_options({{name, text}}, options);
    ASSERT_FALSE(read) << name << " " << text;
    EXPECT_TRUE(read.error().message.starts_with(std::string("--") + name + ": "));
    EXPECT_NE(read.error().message.find(problem), std::string::npos) << read.error().message;
  }
}

TEST(PlanOptions, ADscpHasTheNameOfTheRegistry) {
  for (const auto& [text, value] : {std::pair{"EF", 46},
                                    {"af41", 34},
                                    {"CS1", 8},
                                    {"LE", 1},
                                    {"CS7", 56},
                                    {"DF", 0},
                                    {"0", 0},
                                    {"63", 63}}) {
    const auto dscp = parse_dscp(text);
    ASSERT_TRUE(dscp) << text;
    EXPECT_EQ(*dscp, value) << text;
  }
}

TEST(PlanOptions, ARangeWithFewerPortsThanConnectionsIsRefused) {
  const auto made = [](const char* transport, const char* connections, const char* ports) {
    PlanOptions options;
    EXPECT_TRUE(read_options(
        {{"transport", transport}, {"connections", connections}, {"data-ports", ports}}, options));
    return make_plan(options);
  };
  // A listener, and over UDP a socket for each connection.
  EXPECT_TRUE(made("tcp", "10", "9000-9000"));
  EXPECT_TRUE(made("udp", "10", "9000-9010"));
  EXPECT_TRUE(made("udp://127.0.0.1:9999", "10", "9000-9009"));
  EXPECT_TRUE(made("udp://db2:9999", "10", "9000-9009"));
  const auto refused = made("udp", "10", "9000-9009");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "--data-ports 9000-9009: udp with --connections 10 and --threads 1 needs 11 ports");
}

TEST(PlanOptions, ANameIsKeptUntilItIsResolved) {
  PlanOptions options;
  ASSERT_TRUE(read_options({{"transport", "tcp://db2:9000,udp://db2"}}, options));
  const auto plan = make_plan(options);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->cases.at(0).id(), "tcp://db2:9000/rr/64B/c1");
  EXPECT_EQ(plan->cases.at(1).address, "udp://db2:0");
  auto resolved = plan->cases.at(0);
  resolved.transport = "tcp6";
  resolved.resolved_address = "tcp://[::1]:9000";
  EXPECT_EQ(resolved.id(), plan->cases.at(0).id());
  EXPECT_EQ(address_of(resolved, "").text(), "tcp://[::1]:9000");
  const auto again = case_of(params_of(resolved));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->resolved_address, resolved.resolved_address);
  resolved.transport = "tcp";
  EXPECT_FALSE(case_of(params_of(resolved)));
}

TEST(PlanOptions, ErrorsNameTheOption) {
  PlanOptions options;
  const auto read = read_options({{"size", "64,1q"}}, options);
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().message.starts_with("--size: ")) << read.error().message;
}

TEST(PlanOptions, ShapesThatCannotBeRightAreRefused) {
  const struct {
    OptionTexts texts;
    const char* problem;
  } cases[] = {
      {{{"response", "31"}}, "--response 31: smaller than the message header of 32 bytes"},
      {{{"transport", "udp"}, {"response", "65508"}},
       "--response 65508: udp carries messages of at most 65507 bytes"},
      {{{"size", "imix"}, {"transport", "udp"}, {"gso", "true"}},
       "--size imix: a packet of --gso has messages of one size; omit --gso"},
      {{{"size", "16x1+64x1"}}, "--size 16x1+64x1: smaller than the message header of 32 bytes"},
      {{{"size", "64x1+65508x1"}, {"transport", "udp"}},
       "--size 64x1+65508x1: udp carries messages of at most 65507 bytes"},
      {{{"rate", "1k"}, {"arrivals", "onoff:4s,2s"}},
       "--arrivals onoff:4s,2s: one cycle is longer than the window of 5s; increase --duration, or "
       "shorten the periods"},
      {{{"rate", "100M"}, {"arrivals", "onoff:1ms,99ms"}},
       "--arrivals onoff:1ms,99ms: --rate 1e+08 requires 1e+10 messages/s in the ON periods; at "
       "most 1e+09"},
      {{{"rate", "2"}, {"arrivals", "burst:16"}},
       "--rate 2: 0.62 bursts are expected in a window of 5s, fewer than one; increase --rate or "
       "--duration"},
      {{{"messages", "2"}, {"connections", "3"}},
       "--messages 2: fewer than one for each of --connections 3"},
      {{{"messages", "2"}, {"workload", "stream"}, {"direction", "reverse"}},
       "--messages 2: counts what the generator sends; with --direction reverse use --duration"},
      {{{"messages", "10000001"}, {"rate", "1M"}, {"arrivals", "poisson"}},
       "--messages 10000001: at most 10000000 with --arrivals poisson"},
      {{{"think", "20ms"}, {"rate", "10"}},
       "--think 20ms: an open loop waits for no answer; remove --think or --rate"},
      {{{"think", "20ms"}, {"wait", "block"}},
       "--think 20ms: a thread blocked in a receive cannot send on time; choose --wait sleep, "
       "hybrid or spin"},
      {{{"think", "6s"}}, "--think 6s: exceeds the duration of a run, 5s"},
      {{{"think", "999ns"}}, "--think: expected a time of at least 1us"},
      {{{"ramp", "0"}, {"connections", "2"}}, "--ramp 0: expected connections/s from 0.001 to 1M"},
      {{{"ramp", "2M"}, {"connections", "2"}},
       "--ramp 2000000: expected connections/s from 0.001 to 1M"},
      {{{"ramp", "0.1/s"}, {"connections", "100"}},
       "--ramp 0.1: 100 connections take 1000 s; at most 600s"},
  };
  for (const auto& [texts, problem] : cases) {
    PlanOptions options;
    options.transports = {"tcp"};
    ASSERT_TRUE(read_options(texts, options)) << problem;
    const auto plan = make_plan(options);
    ASSERT_FALSE(plan) << problem;
    EXPECT_EQ(plan.error().message, problem);
  }
}

TEST(PlanOptions, AResponseIsAnAxisOfWorkloadsWithAnswers) {
  PlanOptions options;
  const OptionTexts texts{
      {"transport", "tcp"}, {"workload", "rr,stream"}, {"size", "64,imix"}, {"response", "64,16k"}};
  ASSERT_TRUE(read_options(texts, options));
  auto plan = make_plan(options);
  ASSERT_TRUE(plan) << plan.error().message;
  std::vector<std::string> ids;
  for (const auto& spec : plan->cases) ids.push_back(spec.id());
  EXPECT_EQ(ids,
            (std::vector<std::string>{"tcp/rr/64B/c1/response64B", "tcp/rr/64B/c1/response16384B",
                                      "tcp/rr/imix/c1/response64B", "tcp/rr/imix/c1/response16384B",
                                      "tcp/stream/64B/c1", "tcp/stream/imix/c1"}));
  EXPECT_TRUE(check_applies(texts, *plan));
  EXPECT_EQ(partly_applied(texts, *plan),
            std::vector<std::string>{
                "--response 64,16k applies to rr and connect; the cases of stream are without it"});
  options.workloads = {Workload::stream};
  plan = make_plan(options);
  ASSERT_TRUE(plan);
  EXPECT_EQ(check_applies(texts, *plan).error().message,
            "--response 64,16k requires rr or connect: stream has no answers");
}

// --- a case as options, and back ----------------------------------------------------------------

std::string text_of(const CaseSpec& spec) { return report::to_json_text(params_of(spec)); }

void expect_round_trip(const CaseSpec& spec) {
  SCOPED_TRACE(spec.id());
  PlanOptions options;
  const auto read = read_options(texts_of(spec), options);
  ASSERT_TRUE(read) << read.error().message;
  const auto plan = make_plan(options);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ((*plan).cases.size(), 1U);
  const CaseSpec& again = (*plan).cases.front();
  EXPECT_EQ(text_of(again), text_of(spec));
  EXPECT_EQ(again.socket.send_buffer_bytes, spec.socket.send_buffer_bytes);
  EXPECT_EQ(again.socket.receive_buffer_bytes, spec.socket.receive_buffer_bytes);
}

TEST(ReadOptions, ARateOfBitsIsNoRateOfMessages) {
  PlanOptions options;
  ASSERT_TRUE(read_options({{"rate", "1.5Gbit,10k"}}, options));
  ASSERT_EQ(options.rates.size(), 2U);
  EXPECT_EQ(options.rates[0].per_s, 1.5e9);
  EXPECT_TRUE(options.rates[0].bits);
  EXPECT_EQ(options.rates[0].messages_per_s(1250), 150'000);
  EXPECT_FALSE(options.rates[1].bits);
  for (const auto& [text, message] :
       {std::pair{"Mbit",
                  "--rate: \"Mbit\" is not a rate; write bits/s like 800kbit, 100Mbit or "
                  "1Gbit"},
        std::pair{"10mbit",
                  "--rate: \"10mbit\" is not a rate; write bits/s like 800kbit, 100Mbit "
                  "or 1Gbit"}}) {
    const auto read = read_options({{"rate", text}}, options);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().message, message);
  }
}

TEST(TextsOf, MakeExactlyThatCase) {
  for (const auto& row : catalogue()) {
    for (const auto workload : kWorkloads) {
      for (const auto wait : kWaitModes) {
        CaseSpec spec;
        spec.transport = row.name;
        spec.workload = workload;
        spec.wait = wait;
        if (check_limits(spec)) expect_round_trip(spec);
        if (workload == Workload::stream) spec.direction = StreamDirection::reverse;
        if (check_limits(spec)) expect_round_trip(spec);
        spec.rate = 12345.678;
        spec.arrivals = Arrivals::poisson;
        if (check_limits(spec)) expect_round_trip(spec);
      }
    }
  }
}

TEST(TextsOf, KeepEveryField) {
  CaseSpec spec;
  spec.transport = "udp";
  spec.address = "udp://127.0.0.1:9000";
  spec.size = 1400;
  spec.depth = 7;
  spec.connections = 3;
  spec.wait = WaitMode::spin;
  spec.pin = Pin{.generator = 0, .responder = 1};
  spec.duration = 1500ms;
  spec.warmup = 0ms;
  spec.tmax = 123456789ns;
  spec.interval = 250ms;
  spec.impair = ImpairmentSpec{.loss = 0.015, .reorder = 0.02, .reorder_distance = 3, .seed = 9};
  spec.pause = ServerPause{.every = 1s, .length = 100ms};
  spec.work = 5us;
  spec.socket.send_buffer_bytes = 4096;
  spec.socket.receive_buffer_bytes = 8192;
  expect_round_trip(spec);
  spec.address.clear();
  spec.threads = 3;
  expect_round_trip(spec);
  spec.mix = parse_size_choice("64x2+1400x1")->mix;
  spec.response = 100;
  expect_round_trip(spec);
  spec.depth = 1;
  spec.rate = 1000;
  for (const auto& law : {ArrivalLaw::bursts(3), ArrivalLaw::on_off(10ms, 20ms)}) {
    spec.arrivals = law;
    expect_round_trip(spec);
  }
  spec.messages = 1000;
  spec.ramp = 2.5;
  expect_round_trip(spec);
  spec.rate.reset();
  spec.arrivals = {};
  spec.think = 1500us;
  expect_round_trip(spec);
}

TEST(PlanOptions, NumbersOfMessagesThatCannotBeRightAreRefused) {
  for (const auto& [name, text] :
       OptionTexts{{"messages", "0"}, {"think", "0"}, {"ramp", "fast"}}) {
    PlanOptions options;
    const auto read = read_options({{name, text}}, options);
    ASSERT_FALSE(read) << name;
    EXPECT_TRUE(read.error().message.starts_with("--" + name + ": ")) << read.error().message;
  }
  for (const auto* text : {"-1", "ten", "1.5", "1000000000001"}) {
    PlanOptions options;
    EXPECT_FALSE(read_options({{"messages", text}}, options)) << text;
  }
  for (const auto* text : {"-1ms", "20", "soon"}) {
    PlanOptions options;
    EXPECT_FALSE(read_options({{"think", text}}, options)) << text;
  }
}

TEST(PlanOptions, ThinkTimeAndRampAreOfThoseCasesThatHaveThem) {
  const OptionTexts texts{{"transport", "tcp"},
                          {"workload", "rr,stream,connect"},
                          {"connections", "1,4"},
                          {"think", "20ms"},
                          {"ramp", "500/s"}};
  PlanOptions options;
  ASSERT_TRUE(read_options(texts, options));
  const auto plan = make_plan(options);
  ASSERT_TRUE(plan) << plan.error().message;
  std::vector<std::string> ids;
  for (const auto& spec : (*plan).cases) ids.push_back(spec.id());
  EXPECT_EQ(ids,
            (std::vector<std::string>{
                "tcp/rr/64B/c1/think20ms/hybrid", "tcp/rr/64B/c4/think20ms/ramp500/hybrid",
                "tcp/stream/64B/c1", "tcp/stream/64B/c4/ramp500",
                "tcp/connect/64B/c1/think20ms/hybrid", "tcp/connect/64B/c4/think20ms/hybrid"}));
  EXPECT_TRUE(check_applies(texts, *plan));
  EXPECT_EQ(partly_applied(texts, *plan).size(), 2U);
  EXPECT_EQ((*plan).cases[1].ramp_time(), 8ms);
}

TEST(PlanOptions, ADurationIsTheLimitOfANumberOfMessages) {
  const struct {
    OptionTexts texts;
    Nanoseconds duration;
  } cases[] = {{{{"messages", "100"}}, 1min},
               {{{"messages", "100"}, {"duration", "2s"}}, 2s},
               {{{"messages", "100"}, {"rate", "1k"}}, 101ms}};
  for (const auto& [texts, duration] : cases) {
    PlanOptions options;
    options.transports = {"tcp"};
    ASSERT_TRUE(read_options(texts, options));
    const auto plan = make_plan(options);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ((*plan).cases.front().duration, duration);
    EXPECT_NE((*plan).cases.front().id().find("/n100"), std::string::npos);
  }
}

TEST(TextsOf, KeepAForeignResponder) {
  CaseSpec spec;
  spec.transport = "tcp";
  spec.address = "tcp://127.0.0.1:7";
  spec.pin = Pin{.generator = 2, .responder = Pin::kNone};
  spec.responder = *read_responder("echo");
  expect_round_trip(spec);
  EXPECT_EQ(texts_of(spec).at("responder"), "echo");
}

}  // namespace
}  // namespace sockmark
