#include "bench/load/message_batch.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace sockmark {
namespace {

std::vector<Session::Due> due_messages(std::size_t count, std::uint64_t first_seq) {
  std::vector<Session::Due> due(count);
  for (std::size_t i = 0; i < count; ++i) {
    due[i].header = {.flow = 8,
                     .seq = first_seq + i,
                     .intended_ns = 1'000 + static_cast<std::int64_t>(i),
                     .measured = true,
                     .echo = true};
  }
  return due;
}

std::vector<std::vector<std::byte>> copies(std::span<const Message> messages) {
  std::vector<std::vector<std::byte>> result;
  for (const auto& message : messages) result.emplace_back(message.begin(), message.end());
  return result;
}

TEST(MessageBatch, WhatItEncodesIsIntactAndInOrder) {
  for (const std::size_t size : {kHeaderBytes, kHeaderBytes + 1, std::size_t{1000}}) {
    MessageBatch batch(size, 4);
    const auto messages = batch.encode(due_messages(4, 20));
    ASSERT_EQ(messages.size(), 4U);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      ASSERT_EQ(messages[i].size(), size);
      WireHeader header;
      ASSERT_EQ(decode(messages[i], header), Decoded::intact);
      EXPECT_EQ(header.seq, 20 + i);
      EXPECT_EQ(header.intended_ns, 1'000 + static_cast<std::int64_t>(i));
      EXPECT_TRUE(header.measured && header.echo);
    }
  }
}

// SendBatch: after would_block the same message is offered again, byte for byte.
TEST(MessageBatch, EncodingTheSameAgainGivesTheSameBytes) {
  MessageBatch batch(100, 3);
  const auto due = due_messages(3, 5);
  const auto first = copies(batch.encode(due));
  EXPECT_EQ(copies(batch.encode(due)), first);
  // The first was taken, the other two move up.
  const auto rest = copies(batch.encode(std::span(due).subspan(1)));
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0], first[1]);
  EXPECT_EQ(rest[1], first[2]);
  static_cast<void>(batch.encode(due_messages(3, 77)));
  EXPECT_EQ(copies(batch.encode(due)), first);
}

TEST(MessageBatch, AMessageOfAMixHasTheSizeThatItsNumberDraws) {
  const auto mix = parse_size_choice("64x1+100x1+999x1")->mix;
  const MessageSizes sizes(mix, 5, {.base = 8});
  MessageBatch batch(mix.largest(), 30);
  batch.mix(sizes);
  const auto due = due_messages(30, 20);
  const auto messages = batch.encode(due);
  const auto first = copies(messages);
  std::set<std::size_t> seen;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    EXPECT_EQ(messages[i].size(), sizes.bytes_of(sizes.part_of(8, 20 + i)));
    WireHeader header;
    EXPECT_EQ(decode(messages[i], header), Decoded::intact);
    EXPECT_EQ(header.seq, 20 + i);
    seen.insert(messages[i].size());
  }
  EXPECT_EQ(seen, (std::set<std::size_t>{64, 100, 999}));
  const auto rest = copies(batch.encode(std::span(due).subspan(7)));
  EXPECT_EQ(rest.front(), first[7]) << "offered again, byte for byte";
}

TEST(MessageBatch, AnAnswerOfAnotherSizeHasTheHeaderOfItsRequest) {
  MessageBatch requests(100, 4);
  for (const std::size_t size : {kHeaderBytes, std::size_t{64}, std::size_t{5000}}) {
    MessageBatch answers(size, 3);
    const auto answered = answers.answers_to(requests.encode(due_messages(4, 20)));
    ASSERT_EQ(answered.size(), 3U) << "its capacity";
    for (std::size_t i = 0; i < answered.size(); ++i) {
      ASSERT_EQ(answered[i].size(), size);
      WireHeader header;
      ASSERT_EQ(decode(answered[i], header), Decoded::intact);
      EXPECT_EQ(header.seq, 20 + i);
      EXPECT_EQ(header.flow, 8U);
      EXPECT_EQ(header.intended_ns, 1'000 + static_cast<std::int64_t>(i));
      EXPECT_TRUE(header.measured && header.echo);
    }
    auto damaged = copies(answered).front();
    damaged.back() ^= std::byte{1};
    WireHeader header;
    EXPECT_EQ(decode(damaged, header), Decoded::corrupt) << "its checksum covers all of it";
  }
}

TEST(MessageBatch, EncodesNoMoreThanItsCapacity) {
  MessageBatch batch(64, 2);
  EXPECT_EQ(batch.capacity(), 2U);
  EXPECT_EQ(batch.encode(due_messages(5, 0)).size(), 2U);
  EXPECT_TRUE(batch.encode({}).empty());
}

}  // namespace
}  // namespace sockmark
