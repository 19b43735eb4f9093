#include "measure/throughput.h"

#include <gtest/gtest.h>

#include "tests/measure/vectors.h"

namespace sockmark {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

TEST(WindowCounts, AgreesWithThePublishedVectors) {
  for (const Json& vector :
       test::load_vectors(test::vector_folder() / "throughput/throughput.json")) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const Json& window = vector.at("input").at("window");
    const Json& messages = vector.at("input").at("messages");
    const Json& expected = vector.at("expected");
    const Nanoseconds tmax(window.at("tmax_ns").get<std::int64_t>());
    WindowCounts counts(instant_from_ns(window.at("t0_ns")), instant_from_ns(window.at("t1_ns")));

    for (std::size_t i = 0; i < messages.at("t_intended").size(); ++i) {
      if (messages.at("t_sent")[i].is_null()) continue;
      const Instant intended = instant_from_ns(messages.at("t_intended")[i]);
      const Instant sent = instant_from_ns(messages.at("t_sent")[i]);
      counts.sent(intended, sent);
      if (messages.at("t_recv")[i].is_null()) continue;
      const Instant received = instant_from_ns(messages.at("t_recv")[i]);
      if (received - sent > tmax) continue;
      counts.received(intended);
      counts.delivered(received, messages.at("size")[i]);
    }

    EXPECT_EQ(counts.sent_messages, expected.at("sent_messages"));
    EXPECT_EQ(counts.offered_messages, expected.at("offered_messages"));
    EXPECT_EQ(counts.received_messages, expected.at("received_messages"));
    EXPECT_EQ(counts.sent_messages - counts.received_messages, expected.at("lost"));
    EXPECT_EQ(counts.goodput_messages, expected.at("goodput_messages"));
    test::expect_near(counts.offered_rate(), expected.at("offered_rate"), "offered_rate");
    test::expect_near(counts.goodput_messages_per_s(), expected.at("goodput_messages_per_s"),
                      "goodput_messages_per_s");
    test::expect_near(counts.goodput_bytes_per_s(), expected.at("goodput_bytes_per_s"),
                      "goodput_bytes_per_s");
    test::expect_near(counts.delivery_ratio(), expected.at("delivery_ratio"), "delivery_ratio");
    EXPECT_EQ(counts.backlog_unsteady(), test::optional_of<bool>(expected.at("backlog_unsteady")));
  }
}

TEST(WindowCounts, AddSumsWhatEachEndRecorded) {
  const Instant t0 = instant_from_ns(0), t1 = t0 + 1s;
  WindowCounts generator(t0, t1), responder(t0, t1);
  generator.sent(t0, t0 + 1ns);
  generator.received(t0);
  responder.delivered(t1 - 1ns, 100);
  responder.delivered(t1, 100);
  generator.add(responder);
  EXPECT_EQ(generator.sent_messages, 1);
  EXPECT_EQ(generator.offered_messages, 1);
  EXPECT_EQ(generator.received_messages, 1);
  EXPECT_EQ(generator.goodput_messages, 1);
  EXPECT_EQ(generator.goodput_bytes, 100);
}

}  // namespace
}  // namespace sockmark
