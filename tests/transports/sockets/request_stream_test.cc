#include "transports/sockets/request_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "tests/transports/harness.h"

namespace sockmark::testing {
namespace {

std::shared_ptr<const RequestFormat> ping() {
  RequestFormat format;
  format.request = "PING\r\n";
  format.until = "\r\n";
  format.begins = "+";
  return std::make_shared<const RequestFormat>(format);
}

Bytes message(std::size_t number) { return pattern(kRequestMessageBytes, number); }

// A stream, and the other end of its connection.
struct Connection {
  explicit Connection(std::shared_ptr<const RequestFormat> format = ping())
      : stream(std::move(format)) {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    ours = Descriptor(ends[0]);
    server = Descriptor(ends[1]);
  }
  SendBatch send(std::size_t first, std::size_t count) {
    std::vector<Bytes> bytes;
    for (std::size_t i = 0; i < count; ++i) bytes.push_back(message(first + i));
    const std::vector<Message> messages(bytes.begin(), bytes.end());
    return stream.send(ours.get(), messages, scratch.buffers());
  }
  ReceiveBatch receive() { return stream.receive(ours.get(), scratch.buffers(), ReceiveWait::no); }
  void answer(std::string_view text) {
    EXPECT_EQ(::send(server.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  std::string requests() {
    std::string text(1 << 20, '\0');
    const ssize_t size = ::recv(server.get(), text.data(), text.size(), MSG_DONTWAIT);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }

  Descriptor ours, server;
  RequestStream stream;
  Scratch scratch{kRequestMessageBytes};
};

void expect_message(const Received& received, std::size_t number) {
  EXPECT_FALSE(received.rejected);
  EXPECT_TRUE(std::ranges::equal(received.bytes, message(number)));
}

TEST(RequestStream, ARequestIsSentInPlaceOfAMessageWhichComesBackWithTheResponse) {
  Connection connection;
  EXPECT_EQ(connection.send(1, 2).taken, 2U);
  EXPECT_EQ(connection.requests(), "PING\r\nPING\r\n");
  connection.answer("+PONG\r\n+PO");
  const ReceiveBatch first = connection.receive();
  EXPECT_EQ(first.stop, ReceiveStop::drained);
  ASSERT_EQ(first.messages.size(), 1U);
  expect_message(first.messages[0], 1);
  connection.answer("NG\r\n");
  const ReceiveBatch second = connection.receive();
  ASSERT_EQ(second.messages.size(), 1U);
  expect_message(second.messages[0], 2);
}

TEST(RequestStream, AnErrorIsRejectedAndShown) {
  Connection connection;
  EXPECT_EQ(connection.send(1, 2).taken, 2U);
  connection.answer("-ERR no\r\n+PONG\r\n");
  const ReceiveBatch batch = connection.receive();
  ASSERT_EQ(batch.messages.size(), 2U);
  EXPECT_TRUE(batch.messages[0].rejected);
  const auto bytes = batch.messages[0].bytes;
  EXPECT_TRUE(std::ranges::equal(bytes.first(kRequestMessageBytes), message(1)));
  const std::string_view expected = "-ERR no\r\n";
  EXPECT_TRUE(
      std::ranges::equal(bytes.subspan(kRequestMessageBytes), std::as_bytes(std::span(expected))));
  expect_message(batch.messages[1], 2);
}

TEST(RequestStream, BytesThatNoRequestAskedForBreakTheStream) {
  Connection connection;
  EXPECT_EQ(connection.send(1, 1).taken, 1U);
  connection.answer("+PONG\r\nmore");
  for (int i = 0; i < 2; ++i) {
    const ReceiveBatch batch = connection.receive();
    EXPECT_EQ(batch.stop, ReceiveStop::broken);
    EXPECT_EQ(static_cast<ResponseProblem>(batch.error), ResponseProblem::unasked);
    EXPECT_EQ(batch.messages.size(), i == 0 ? 1U : 0U);
  }
}

TEST(RequestStream, TheEndOfTheConnectionWithinAResponseBreaksTheStream) {
  Connection whole, cut;
  for (Connection* connection : {&whole, &cut}) EXPECT_EQ(connection->send(1, 1).taken, 1U);
  cut.answer("+PO");
  EXPECT_EQ(cut.receive().messages.size(), 0U);
  for (Connection* connection : {&whole, &cut}) {
    // With unread requests it would be a reset.
    EXPECT_EQ(connection->requests(), "PING\r\n");
    connection->server = Descriptor();
  }
  EXPECT_EQ(whole.receive().stop, ReceiveStop::closed);
  const ReceiveBatch batch = cut.receive();
  EXPECT_EQ(batch.stop, ReceiveStop::broken);
  EXPECT_EQ(static_cast<ResponseProblem>(batch.error), ResponseProblem::cut_off);
}

// A full socket takes a part of a request; none is lost or sent twice.
TEST(RequestStream, APartlySentRequestContinues) {
  RequestFormat format = *ping();
  format.request = std::string(70'001, 'x') + "\n";
  Connection connection(std::make_shared<const RequestFormat>(format));
  constexpr std::size_t kRequests = 40;
  std::size_t taken = 0, refused = 0;
  std::string received;
  while (taken < kRequests) {
    const SendBatch batch = connection.send(taken, kRequests - taken);
    taken += batch.taken;
    refused += batch.stop == SendStop::would_block;
    received += connection.requests();
  }
  for (std::string more = connection.requests(); !more.empty(); more = connection.requests())
    received += more;
  EXPECT_GT(refused, 0U);
  EXPECT_EQ(received.size(), kRequests * format.request.size());
  EXPECT_EQ(std::ranges::count(received, '\n'), static_cast<std::ptrdiff_t>(kRequests));
}

}  // namespace
}  // namespace sockmark::testing
