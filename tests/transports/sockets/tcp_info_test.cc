// What a channel knows of its connection.

#include "transports/tcp_info.h"

#include <gtest/gtest.h>

#include "tests/transports/harness.h"

namespace sockmark::testing {
namespace {

constexpr std::size_t kMessages = 20, kSize = 100;

TEST_P(Conformance, OnlyTcpKnowsItsConnection) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair);
  const std::string_view name = GetParam()->name;
  EXPECT_EQ(pair.client->tcp_info().has_value(), name == "tcp" || name == "tcp6");
}

TEST(TcpInfo, CountsTheSegmentsOfAConnection) {
  const TemporaryDirectory directory;
  const auto pair = connect_pair(find_transport("tcp")->get(), directory.path());
  ASSERT_TRUE(pair);
  const auto before = pair.client->tcp_info();
  ASSERT_TRUE(before);
  EXPECT_EQ(before->retransmits, 0U);
  EXPECT_TRUE(before->all_acknowledged);
  Scratch scratch(kSize);
  std::vector<Bytes> messages;
  for (std::size_t i = 0; i < kMessages; ++i) messages.push_back(pattern(kSize, i));
  EXPECT_EQ(transfer(*pair.client, *pair.server, scratch, messages).received.size(), kMessages);
  const auto after = pair.client->tcp_info();
  ASSERT_TRUE(after);
  EXPECT_GT(after->segments_sent, before->segments_sent);
  EXPECT_GT(after->congestion_window, 0U);
  EXPECT_GT(ns(after->rtt), 0);
  EXPECT_TRUE(after->rtt_min);
  EXPECT_LE(*after->rtt_min, after->rtt + std::chrono::seconds(1));
}

TEST(TcpInfo, KnowsThatThePeerHasNotReadEverything) {
  const TemporaryDirectory directory;
  const auto pair = connect_pair(find_transport("tcp")->get(), directory.path());
  ASSERT_TRUE(pair);
  constexpr std::size_t kLarge = 1 << 20;
  Scratch scratch(kLarge);
  const std::vector<Bytes> messages{pattern(kLarge, 1)};
  // Until the buffers of both ends are full.
  while (pair.client->send(views(messages), scratch).stop == SendStop::all) {
  }
  const auto info = pair.client->tcp_info();
  ASSERT_TRUE(info);
  EXPECT_FALSE(info->all_acknowledged);
}

}  // namespace
}  // namespace sockmark::testing
