#include "bench/load/message_batch.h"

#include <gtest/gtest.h>

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

TEST(MessageBatch, EncodesNoMoreThanItsCapacity) {
  MessageBatch batch(64, 2);
  EXPECT_EQ(batch.capacity(), 2U);
  EXPECT_EQ(batch.encode(due_messages(5, 0)).size(), 2U);
  EXPECT_TRUE(batch.encode({}).empty());
}

}  // namespace
}  // namespace sockmark
