#include "bench/protocol/control.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sockmark {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr Nanoseconds kHangGuard = 20s;

std::string header(char type, std::string length) {
  return "SMK1"s + type + "\0\0\0"s + std::move(length);
}

// The error that the decoder ends with after `bytes`; empty if it does not.
std::string refusal(std::string_view bytes, bool greeted = false) {
  ControlDecoder decoder;
  if (greeted) decoder.greeted();
  decoder.feed(bytes);
  for (;;) {
    auto frame = decoder.next();
    if (!frame) return frame.error().message;
    if (!*frame) return {};
  }
}

TEST(ControlFrame, LooksAsTheHeaderCommentSays) {
  EXPECT_EQ(encode_frame(ControlType::start, "{}"), "SMK1\x05\0\0\0\0\0\0\x02{}\n"s);
  const std::string frame = encode_frame(ControlType::result, std::string(0x010203, 'x'));
  EXPECT_EQ(frame.substr(0, kControlFrameHeaderBytes), "SMK1\x08\0\0\0\0\x01\x02\x03"s);
  EXPECT_EQ(frame.size(), kControlFrameHeaderBytes + 0x010203 + 1);
}

TEST(ControlDecoder, RequiresTheNewlineAfterAMessage) {
  std::string bytes = encode_frame(ControlType::ready, "{}");
  bytes.back() = ' ';
  EXPECT_EQ(refusal(bytes), "control channel: a message does not end with a newline");
}

// The output of a shell's start-up file, in all pieces in which it may arrive.
TEST(ControlDecoder, SkipsTextBeforeTheGreetingIfAsked) {
  const std::string noise = "Welcome to db2\nlast login: SMK1 SMK1\x01\0"s;
  const std::string bytes =
      noise + encode_frame(ControlType::hello, "{}") + encode_frame(ControlType::ready, "{}");
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    ControlDecoder decoder;
    decoder.skip_noise();
    std::vector<ControlType> types;
    for (std::size_t i = 0; i < bytes.size(); i += piece) {
      decoder.feed(std::string_view(bytes).substr(i, piece));
      for (;;) {
        auto frame = decoder.next();
        ASSERT_TRUE(frame) << frame.error().message;
        if (!*frame) break;
        types.push_back((*frame)->type);
      }
    }
    EXPECT_EQ(types, (std::vector{ControlType::hello, ControlType::ready})) << piece;
    EXPECT_EQ(decoder.first_noise(), "Welcome to db2") << piece;
  }
}

TEST(ControlDecoder, SkipsNothingAfterTheGreetingAndNotWithoutEnd) {
  ControlDecoder decoder;
  decoder.skip_noise();
  decoder.feed(encode_frame(ControlType::hello, "{}"));
  ASSERT_TRUE(*decoder.next());
  EXPECT_EQ(decoder.first_noise(), "");
  decoder.feed("[1,0]<stdout>:");
  EXPECT_FALSE(decoder.next());

  ControlDecoder endless;
  endless.skip_noise();
  endless.feed(std::string(kControlNoiseLimit, 'y'));
  EXPECT_TRUE(endless.next());
  endless.feed(std::string(8, 'y'));
  EXPECT_FALSE(endless.next());
  EXPECT_EQ(endless.first_noise().size(), kControlNoiseColumns);
}

TEST(ControlDecoder, GivesAFrameWithItsLastByteAndNotBefore) {
  const std::string bytes = encode_frame(ControlType::hello, "{\"a\": 1}");
  ControlDecoder decoder;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto frame = decoder.next();
    ASSERT_TRUE(frame) << frame.error().message;
    ASSERT_FALSE(*frame) << "after " << i << " bytes";
    EXPECT_EQ(decoder.partial(), i > 0);
    decoder.feed(std::string_view(bytes).substr(i, 1));
  }
  auto frame = decoder.next();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->type, ControlType::hello);
  EXPECT_EQ((*frame)->body, "{\"a\": 1}");
  EXPECT_FALSE(decoder.partial());
}

TEST(ControlDecoder, GivesFramesThatCameTogetherOneByOne) {
  ControlDecoder decoder;
  decoder.feed(encode_frame(ControlType::ready, "") + encode_frame(ControlType::failed, "{}") +
               "SMK");
  auto first = decoder.next();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->type, ControlType::ready);
  EXPECT_EQ((*first)->body, "");
  auto second = decoder.next();
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->type, ControlType::failed);
  auto third = decoder.next();
  ASSERT_TRUE(third);
  EXPECT_FALSE(*third);
  EXPECT_TRUE(decoder.partial());
}

TEST(ControlDecoder, BeforeTheGreetingOnlyAShortBodyIsTaken) {
  EXPECT_EQ(refusal(encode_frame(ControlType::hello, std::string(kControlGreetingLimit, 'x'))), "");
  EXPECT_EQ(refusal(encode_frame(ControlType::hello, std::string(kControlGreetingLimit + 1, 'x'))),
            "control channel: message of 1025 bytes exceeds the limit of 1024");
  EXPECT_EQ(
      refusal(encode_frame(ControlType::hello, std::string(kControlGreetingLimit + 1, 'x')), true),
      "");
}

// On the header alone: nothing of such a body is ever stored.
TEST(ControlDecoder, ABodyBeyondTheLimitIsRefusedBeforeItComes) {
  EXPECT_EQ(refusal(header(8, "\x01\0\0\0"s), true), "");
  EXPECT_EQ(refusal(header(8, "\x01\0\0\x01"s), true),
            "control channel: message of 16777217 bytes exceeds the limit of 16777216");
  EXPECT_EQ(refusal(header(8, "\xFF\xFF\xFF\xFF"), true),
            "control channel: message of 4294967295 bytes exceeds the limit of 16777216");
}

TEST(ControlDecoder, RefusesTypesThatThereAreNot) {
  for (const int type : {0, 22, 128, 255}) {
    EXPECT_EQ(refusal(header(static_cast<char>(type), "\0\0\0\0"s)),
              "control channel: unknown message type " + std::to_string(type));
  }
}

TEST(ControlDecoder, RefusesAnotherProtocolAtItsFirstWrongByte) {
  EXPECT_EQ(refusal("G"), "control channel: not a sockmark control stream");
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), "control channel: not a sockmark control stream");
  EXPECT_EQ(refusal("SMK"), "");
  EXPECT_EQ(refusal("SMK2"), "control channel: not a sockmark control stream");
  EXPECT_EQ(refusal(encode_frame(ControlType::ready, "{}") + "x"),
            "control channel: not a sockmark control stream");
}

TEST(ControlDecoder, RefusesReservedBytesThatAreNotZero) {
  for (const std::size_t offset : {std::size_t{5}, std::size_t{6}, std::size_t{7}}) {
    std::string bytes = encode_frame(ControlType::ready, "{}");
    bytes[offset] = '\1';
    EXPECT_EQ(refusal(bytes), "control channel: reserved bytes are not zero") << offset;
  }
}

class ControlChannelTest : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    auto pair = control_pair();
    ASSERT_TRUE(pair) << pair.error().message;
    ours_.emplace(std::move(pair->ours));
    theirs_ = std::move(pair->theirs);
  }
  void write_raw(std::string_view bytes) const {
    ASSERT_EQ(::send(theirs_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  std::optional<ControlChannel> ours_;
  Descriptor theirs_;
};

TEST_F(ControlChannelTest, CarriesMessagesBothWays) {
  ControlChannel theirs(std::move(theirs_));
  ASSERT_TRUE(ours_->send(ControlType::prepare, "{}"));
  ASSERT_TRUE(ours_->send(ControlType::start, "[1]"));
  ASSERT_TRUE(theirs.send(ControlType::hello, ""));
  auto first = theirs.receive(now() + kHangGuard);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->type, ControlType::prepare);
  auto second = theirs.receive(now() + kHangGuard);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->body, "[1]");
  auto answer = ours_->receive(now() + kHangGuard);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->type, ControlType::hello);
}

TEST_F(ControlChannelTest, CarriesABodyLargerThanAnySocketBuffer) {
  ControlChannel theirs(std::move(theirs_));
  theirs.greeted();
  std::string body(kControlBodyLimit, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 3);
  std::jthread sender([&] { EXPECT_TRUE(ours_->send(ControlType::result, body)); });
  auto frame = theirs.receive(now() + kHangGuard);
  sender.join();
  ASSERT_TRUE(frame) << frame.error().message;
  EXPECT_TRUE(frame->body == body);
}

TEST_F(ControlChannelTest, PollAnswersWithNothingWhileNothingOrHalfAMessageIsThere) {
  auto nothing = ours_->poll();
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(*nothing);
  const std::string bytes = encode_frame(ControlType::ready, "{}");
  write_raw(std::string_view(bytes).substr(0, 7));
  auto half = ours_->poll();
  ASSERT_TRUE(half);
  EXPECT_FALSE(*half);
  write_raw(std::string_view(bytes).substr(7));
  auto whole = ours_->poll();
  ASSERT_TRUE(whole && *whole);
  EXPECT_EQ((*whole)->type, ControlType::ready);
}

TEST_F(ControlChannelTest, ReceiveGivesUpAtItsDeadline) {
  for (const auto timeout : {Nanoseconds(-1s), Nanoseconds(0), Nanoseconds(5ms)}) {
    auto frame = ours_->receive(now() + timeout);
    ASSERT_FALSE(frame);
    EXPECT_EQ(frame.error().message, "control channel: timed out waiting for the peer");
  }
}

TEST_F(ControlChannelTest, WhatIsThereAlreadyIsReceivedAfterTheDeadlineToo) {
  write_raw(encode_frame(ControlType::ready, "{}"));
  EXPECT_TRUE(ours_->receive(now() - 1s));
}

TEST_F(ControlChannelTest, TellsAnEndBetweenMessagesFromOneInsideAMessage) {
  write_raw(encode_frame(ControlType::ready, "{}"));
  theirs_.reset();
  EXPECT_TRUE(ours_->receive(now() + kHangGuard)) << "the last message comes before the end";
  auto end = ours_->receive(now() + kHangGuard);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().message, "control channel: the peer closed the channel");

  for (const std::size_t length :
       {std::size_t{1}, std::size_t{11}, std::size_t{12}, std::size_t{13}, std::size_t{14}}) {
    SetUp();
    write_raw(encode_frame(ControlType::ready, "{}").substr(0, length));
    theirs_.reset();
    end = ours_->receive(now() + kHangGuard);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().message, "control channel: the peer closed the channel inside a message")
        << length;
  }
}

TEST_F(ControlChannelTest, SendingToAClosedPeerIsAnErrorAndNoSignal) {
  theirs_.reset();
  const auto sent = ours_->send(ControlType::finish, "{}");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().message, "control channel: send finish: Broken pipe");
}

// A frame that was sent in part is finished by the next one, so that the stream stays intact.
TEST_F(ControlChannelTest, AnOfferToAFullChannelIsDroppedAndDamagesNothing) {
  const std::string body(10'000, 'x');
  constexpr int kOffers = 1000;
  for (int i = 0; i < kOffers; ++i) ASSERT_TRUE(ours_->offer(ControlType::progress, body));
  ControlChannel theirs(std::move(theirs_));
  theirs.greeted();
  std::jthread sender([&] { EXPECT_TRUE(ours_->send(ControlType::finish, "{}")); });
  int arrived = 0;
  for (;;) {
    auto frame = theirs.receive(now() + kHangGuard);
    ASSERT_TRUE(frame) << frame.error().message;
    if (frame->type == ControlType::finish) break;
    EXPECT_EQ(frame->type, ControlType::progress);
    EXPECT_EQ(frame->body, body);
    ++arrived;
  }
  EXPECT_GT(arrived, 0);
  EXPECT_LT(arrived, kOffers);
}

TEST_F(ControlChannelTest, WaitReturnsNothingIfNothingArrives) {
  auto nothing = ours_->wait(now() + 5ms);
  ASSERT_TRUE(nothing) << nothing.error().message;
  EXPECT_FALSE(*nothing);
  write_raw(encode_frame(ControlType::ready, "{}"));
  auto frame = ours_->wait(now() + kHangGuard);
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->type, ControlType::ready);
}

TEST_F(ControlChannelTest, RefusesAStrangersBytes) {
  write_raw("SSH-2.0-OpenSSH\r\n");
  auto frame = ours_->receive(now() + kHangGuard);
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().message, "control channel: not a sockmark control stream");
}

}  // namespace
}  // namespace sockmark
