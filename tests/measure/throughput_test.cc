#include "measure/throughput.h"

#include <gtest/gtest.h>

#include "measure/histogram.h"
#include "tests/measure/vectors.h"

namespace sockmark {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

struct Decomposed {
  Histogram response_time, service_time, generator_lag, send_block;
};

void expect_distribution(const Histogram& histogram, const json& expected) {
  EXPECT_EQ(histogram.max(), test::optional_of<std::int64_t>(expected.at("max_ns")));
  for (const auto& [key, ppm] :
       {std::pair{"p50_ns", kP50}, {"p99_ns", kP99}, {"p99_9_ns", kP99_9}}) {
    if (!expected.contains(key)) continue;
    auto wanted = test::optional_of<std::int64_t>(expected.at(key));
    if (wanted) wanted = histogram.highest_equivalent(*wanted);
    EXPECT_EQ(histogram.percentile(ppm), wanted) << key;
  }
}

TEST(WindowCounts, AgreesWithThePublishedVectors) {
  for (const json& vector :
       test::load_vectors(test::vector_folder() / "throughput/throughput.json")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const json& window = vector.at("input").at("window");
    const json& messages = vector.at("input").at("messages");
    const json& expected = vector.at("expected");
    const Nanoseconds tmax(window.at("tmax_ns").get<std::int64_t>());
    WindowCounts counts(instant_from_ns(window.at("t0_ns")), instant_from_ns(window.at("t1_ns")));
    Decomposed times;

    for (std::size_t i = 0; i < messages.at("t_intended").size(); ++i) {
      MessageTimes t;
      t.intended = instant_from_ns(messages.at("t_intended")[i]);
      t.issue = instant_from_ns(messages.at("t_issue")[i]);
      counts.intended(t.intended);
      counts.issued(t.intended, t.issue);
      const bool in_window = counts.contains(t.intended);
      if (in_window) times.generator_lag.record(ns(t.generator_lag()));
      if (messages.at("t_sent")[i].is_null()) continue;
      t.sent = instant_from_ns(messages.at("t_sent")[i]);
      counts.sent(t.intended, t.sent);
      if (in_window) times.send_block.record(ns(t.send_block()));
      if (messages.at("t_recv")[i].is_null()) continue;
      t.received = instant_from_ns(messages.at("t_recv")[i]);
      if (t.service_time() > tmax) continue;
      counts.received(t.intended);
      counts.delivered(t.received, messages.at("size")[i]);

      ASSERT_EQ(t.response_time(), t.generator_lag() + t.send_block() + t.service_time());
      if (!in_window) continue;
      times.response_time.record(ns(t.response_time()));
      times.service_time.record(ns(t.service_time()));
    }

    EXPECT_EQ(counts.intended_messages, expected.at("intended_messages"));
    EXPECT_EQ(counts.sent_messages, expected.at("sent_messages"));
    EXPECT_EQ(counts.offered_messages, expected.at("offered_messages"));
    EXPECT_EQ(counts.received_messages, expected.at("received_messages"));
    EXPECT_EQ(counts.sent_messages - counts.received_messages, expected.at("lost"));
    EXPECT_EQ(counts.goodput_messages, expected.at("goodput_messages"));
    test::expect_near(counts.intended_rate(), expected.at("intended_rate"), "intended_rate");
    test::expect_near(counts.offered_rate(), expected.at("offered_rate"), "offered_rate");
    test::expect_near(counts.goodput_messages_per_s(), expected.at("goodput_messages_per_s"),
                      "goodput_messages_per_s");
    test::expect_near(counts.goodput_bytes_per_s(), expected.at("goodput_bytes_per_s"),
                      "goodput_bytes_per_s");
    test::expect_near(counts.delivery_ratio(), expected.at("delivery_ratio"), "delivery_ratio");
    test::expect_near(counts.issued_ratio(), expected.at("issued_ratio"), "issued_ratio");
    EXPECT_EQ(counts.backlog_unsteady(), test::optional_of<bool>(expected.at("backlog_unsteady")));
    expect_distribution(times.response_time, expected.at("response_time"));
    expect_distribution(times.service_time, expected.at("service_time"));
    expect_distribution(times.generator_lag, expected.at("generator_lag"));
    EXPECT_EQ(times.send_block.max(),
              test::optional_of<std::int64_t>(expected.at("send_block_max_ns")));
  }
}

TEST(WindowCounts, MergeAddsWhatEachEndSaw) {
  const Instant t0 = instant_from_ns(0), t1 = t0 + 1s;
  WindowCounts generator(t0, t1), responder(t0, t1);
  generator.intended(t0);
  generator.issued(t0, t0);
  generator.sent(t0, t0 + 1ns);
  generator.received(t0);
  responder.delivered(t1 - 1ns, 100);
  responder.delivered(t1, 100);
  generator.add(responder);
  EXPECT_EQ(generator.intended_messages, 1);
  EXPECT_EQ(generator.issued_messages, 1);
  EXPECT_EQ(generator.sent_messages, 1);
  EXPECT_EQ(generator.offered_messages, 1);
  EXPECT_EQ(generator.received_messages, 1);
  EXPECT_EQ(generator.goodput_messages, 1);
  EXPECT_EQ(generator.goodput_bytes, 100);
}

TEST(WindowCounts, MessageIssuedAfterTheWindowWasNotIssuedWithinIt) {
  const Instant t0 = instant_from_ns(0), t1 = t0 + 1s;
  WindowCounts counts(t0, t1);
  counts.intended(t1 - 1ns);
  counts.issued(t1 - 1ns, t1);
  EXPECT_EQ(counts.issued_ratio(), 0.0);
}

}  // namespace
}  // namespace sockmark
