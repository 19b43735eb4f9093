#include "bench/plan/plan_options.h"

#include <gtest/gtest.h>

#include <set>

#include "bench/run/end_result.h"
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

TEST(PlanOptions, ErrorsNameTheOption) {
  PlanOptions options;
  const auto read = read_options({{"size", "64,1q"}}, options);
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().message.starts_with("--size: ")) << read.error().message;
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

TEST(TextsOf, MakeExactlyThatCase) {
  for (const auto& row : catalogue()) {
    for (const auto workload : kWorkloads) {
      for (const auto wait : kWaitModes) {
        CaseSpec spec;
        spec.transport = row.name;
        spec.workload = workload;
        spec.wait = wait;
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
  spec.impair = ImpairmentSpec{.loss = 0.015, .reorder = 0.02, .reorder_distance = 3, .seed = 9};
  spec.pause = ServerPause{.every = 1s, .length = 100ms};
  spec.work = 5us;
  spec.socket.send_buffer_bytes = 4096;
  spec.socket.receive_buffer_bytes = 8192;
  expect_round_trip(spec);
  spec.address.clear();
  spec.threads = 3;
  expect_round_trip(spec);
}

}  // namespace
}  // namespace sockmark
