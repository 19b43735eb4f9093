#include "transports/sockets/stream_frames.h"

#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/descriptor.h"
#include "tests/transports/harness.h"

namespace sockmark::testing {
namespace {

struct Ends {
  Descriptor ours;    // the frames' end
  Descriptor theirs;  // the raw end
};

Ends stream_pair() {
  std::array<int, 2> ends{-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

void put(const Descriptor& to, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ASSERT_GT(sent, 0);
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

Bytes take(const Descriptor& from, std::size_t most) {
  Bytes bytes(most);
  const ssize_t size = ::recv(from.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return bytes;
}

// The wire format, written down a second time.
Bytes framed(const std::vector<Bytes>& messages) {
  Bytes stream;
  for (const Bytes& message : messages) {
    for (const unsigned shift : {24u, 16u, 8u, 0u}) {
      stream.push_back(std::byte(message.size() >> shift));
    }
    stream.insert(stream.end(), message.begin(), message.end());
  }
  return stream;
}

std::vector<Bytes> some_messages() {
  std::vector<Bytes> messages;
  for (const std::size_t size : {3u, 0u, 1u, 40u, 0u, 0u, 7u, 100u}) {
    messages.push_back(pattern(size, messages.size()));
  }
  return messages;
}

// One read, appended. The views are copied only afterwards, as a caller would use them.
ReceiveStop read_once(FrameReader& reader, const Descriptor& from, Scratch& scratch,
                      std::vector<Bytes>& messages) {
  const ReceiveBatch batch = reader.receive(from.get(), scratch.buffers(), ReceiveWait::no);
  for (const Received& message : batch.messages) messages.push_back(copy_of(message.bytes));
  return batch.stop;
}

TEST(FrameReader, FramesSurviveEverySplitIntoThreeReads) {
  const std::vector<Bytes> messages = some_messages();
  const Bytes stream = framed(messages);
  const std::span<const std::byte> bytes(stream);
  Scratch scratch(100);
  const Ends ends = stream_pair();
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    for (std::size_t second = first; second <= bytes.size(); second += 3) {
      FrameReader reader;
      std::vector<Bytes> received;
      for (const auto part :
           {bytes.first(first), bytes.subspan(first, second - first), bytes.subspan(second)}) {
        put(ends.theirs, part);
        EXPECT_EQ(read_once(reader, ends.ours, scratch, received), ReceiveStop::drained);
      }
      ASSERT_EQ(received, messages) << "split at " << first << " and " << second;
    }
  }
}

TEST(FrameReader, FramesSurviveReadsOfOneByte) {
  const std::vector<Bytes> messages = some_messages();
  Scratch scratch(100);
  const Ends ends = stream_pair();
  FrameReader reader;
  std::vector<Bytes> received;
  for (const std::byte byte : framed(messages)) {
    put(ends.theirs, {&byte, 1});
    EXPECT_EQ(read_once(reader, ends.ours, scratch, received), ReceiveStop::drained);
  }
  EXPECT_EQ(received, messages);
}

TEST(FrameReader, AReadThatFillsItsRoomSaysMore) {
  Scratch scratch(1000);
  const Ends ends = stream_pair();
  const std::size_t room = scratch.buffers().storage().size();
  const int enough = static_cast<int>(2 * room);
  ASSERT_EQ(::setsockopt(ends.theirs.get(), SOL_SOCKET, SO_SNDBUF, &enough, sizeof enough), 0);
  const std::vector<Bytes> messages((room / 1004) + 10, pattern(1000, 1));
  put(ends.theirs, framed(messages));
  FrameReader reader;
  std::vector<Bytes> received;
  EXPECT_EQ(read_once(reader, ends.ours, scratch, received), ReceiveStop::more);
  EXPECT_EQ(received.size(), room / 1004);
  EXPECT_EQ(read_once(reader, ends.ours, scratch, received), ReceiveStop::drained);
  EXPECT_EQ(received, messages);
}

TEST(FrameReader, OfEqualFramesThatWaitNoneIsSplit) {
  const Bytes stream = framed(std::vector<Bytes>(400, pattern(1000, 1)));
  const std::size_t frame = stream.size() / 400;
  Scratch scratch(1000);
  ASSERT_NE(scratch.buffers().storage().size() % frame, 0U);
  const Ends ends = stream_pair();
  const int room = 2 * static_cast<int>(stream.size());
  ASSERT_EQ(::setsockopt(ends.theirs.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
  FrameReader reader;
  std::vector<Bytes> received;
  std::size_t already = 0;
  // The first read does not know yet what is coming: it is given what splits its last frame.
  for (const std::size_t upto : {frame + 10, stream.size()}) {
    put(ends.theirs, std::span(stream).subspan(already, upto - already));
    already = upto;
    do {
      read_once(reader, ends.ours, scratch, received);
      int waiting = 0;
      ASSERT_EQ(::ioctl(ends.ours.get(), FIONREAD, &waiting), 0);
      if (received.size() > 1) {
        EXPECT_EQ(static_cast<std::size_t>(waiting) % frame, 0U);
      }
    } while (received.size() * frame + frame <= already);
  }
  EXPECT_EQ(received.size(), 400U);
}

TEST(FrameReader, AReadReturnsAtMostTheLimitOfMessagesAlsoAfterASplitOne) {
  for (const std::size_t limit : {1U, 2U, 5U}) {
    Scratch scratch(100, Scratch::kNoLimit, limit);
    const Ends ends = stream_pair();
    FrameReader reader;
    const std::vector<Bytes> messages(40, pattern(100, 1));
    const Bytes bytes = framed(messages);
    std::vector<Bytes> received;
    std::size_t at = 0;
    // Pieces that end between messages, in prefixes and in bodies.
    for (const std::size_t upto : {104U, 150U, 418U, 1000U, 2083U, 4160U}) {
      put(ends.theirs, std::span(bytes).subspan(at, upto - at));
      at = upto;
      for (;;) {
        const std::size_t before = received.size();
        const ReceiveStop stop = read_once(reader, ends.ours, scratch, received);
        EXPECT_LE(received.size() - before, limit);
        if (stop != ReceiveStop::more) break;
      }
    }
    EXPECT_EQ(received, messages);
  }
}

TEST(FrameReader, APeerOfManyTinyFramesIsReadWhole) {
  // It announced large messages, so there is room for the views of few.
  Scratch scratch(std::size_t{1} << 20);
  const Ends ends = stream_pair();
  FrameReader reader;
  std::vector<Bytes> received;
  const std::vector<Bytes> messages(10'000);
  put(ends.theirs, framed(messages));
  EXPECT_EQ(read_once(reader, ends.ours, scratch, received), ReceiveStop::drained);
  EXPECT_EQ(received, messages);
}

TEST(FrameReader, AMessageLargerThanTheScratchExpectsIsPutTogether) {
  Scratch scratch(10);
  const Ends ends = stream_pair();
  FrameReader reader;
  const std::vector<Bytes> messages{pattern(1'000'000, 1), pattern(10, 2), pattern(700'000, 3)};
  const Bytes stream = framed(messages);
  std::vector<Bytes> received;
  for (std::size_t at = 0; at < stream.size(); at += 50'000) {
    put(ends.theirs,
        std::span(stream).subspan(at, std::min<std::size_t>(50'000, stream.size() - at)));
    EXPECT_EQ(read_once(reader, ends.ours, scratch, received), ReceiveStop::drained);
  }
  EXPECT_EQ(received, messages);
}

TEST(FrameReader, ALengthOverTheLimitIsBrokenForGood) {
  Scratch scratch(100);
  const Ends ends = stream_pair();
  FrameReader reader;
  Bytes stream = framed({pattern(5, 1)});
  const std::size_t over = kMaxStreamMessage + 1;
  for (const unsigned shift : {24u, 16u, 8u, 0u}) stream.push_back(std::byte(over >> shift));
  put(ends.theirs, stream);
  std::vector<Bytes> received;
  EXPECT_EQ(read_once(reader, ends.ours, scratch, received), ReceiveStop::broken);
  EXPECT_EQ(received, std::vector<Bytes>{pattern(5, 1)}) << "what came before it is good";
  put(ends.theirs, framed({pattern(5, 2)}));
  EXPECT_EQ(read_once(reader, ends.ours, scratch, received), ReceiveStop::broken);
  EXPECT_EQ(received.size(), 1u);
}

TEST(FrameReader, TheEndIsCleanOnlyBetweenFrames) {
  const Bytes stream = framed({pattern(6, 1), pattern(6, 2)});
  Scratch scratch(100);
  for (std::size_t size = 0; size <= stream.size(); ++size) {
    Ends ends = stream_pair();
    FrameReader reader;
    put(ends.theirs, std::span(stream).first(size));
    ends.theirs.reset();
    std::vector<Bytes> received;
    ReceiveStop stop = ReceiveStop::drained;
    for (int reads = 0; stop == ReceiveStop::drained && reads < 3; ++reads) {
      stop = read_once(reader, ends.ours, scratch, received);
    }
    EXPECT_EQ(stop, size % 10 == 0 ? ReceiveStop::closed : ReceiveStop::broken) << size;
    EXPECT_EQ(received.size(), size / 10);
  }
}

TEST(FrameWriter, WritesLengthThenBytesWhateverTheSizes) {
  // On both sides of the size from which a message is not copied any more.
  std::vector<Bytes> messages = some_messages();
  messages.push_back(pattern(5000, 9));
  messages.push_back(pattern(2, 10));
  messages.push_back(pattern(4096, 11));
  messages.push_back(pattern(4097, 12));
  Scratch scratch(5000);
  const Ends ends = stream_pair();
  FrameWriter writer;
  const SendBatch sent = writer.send(ends.ours.get(), views(messages), scratch.buffers());
  EXPECT_EQ(sent.taken, messages.size());
  EXPECT_EQ(sent.stop, SendStop::all);
  EXPECT_EQ(take(ends.theirs, 100'000), framed(messages));
}

TEST(FrameWriter, MoreMessagesThanOneCallCarriesAllGoOut) {
  Scratch scratch(10);
  const Ends ends = stream_pair();
  FrameWriter writer;
  std::vector<Bytes> small;
  for (std::size_t n = 0; n < 10'000; ++n) small.push_back(pattern(3, n));
  const std::vector<Message> offered = views(small);
  Bytes stream;
  std::size_t taken = 0;
  const Instant deadline = now() + kGuard;
  while (taken < offered.size() && now() < deadline) {
    taken +=
        writer.send(ends.ours.get(), std::span(offered).subspan(taken), scratch.buffers()).taken;
    const Bytes part = take(ends.theirs, 1'000'000);
    stream.insert(stream.end(), part.begin(), part.end());
  }
  EXPECT_EQ(stream, framed(small));
}

TEST(FrameWriter, AMessageThatWentOutInPartIsContinuedWhereItStopped) {
  Scratch scratch(20'000);
  std::vector<Bytes> messages;
  for (std::size_t n = 0; n < 200; ++n) messages.push_back(pattern(n * n % 20'000, n));
  const std::vector<Message> offered = views(messages);
  const Bytes expected = framed(messages);
  // TCP, whose sends stop at any byte; the steps of reading move where.
  for (const std::size_t step : {1'000u, 2'311u, 70'001u}) {
    TemporaryDirectory directory;
    const Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int tiny = 4'000;
    auto address = *parse_address("tcp://127.0.0.1:0");
    ASSERT_EQ(::setsockopt(listener.get(), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof tiny), 0);
    ASSERT_EQ(::bind(listener.get(), address.get(), address.length), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address.storage),
                            &address.length),
              0);
    const Descriptor ours(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::setsockopt(ours.get(), SOL_SOCKET, SO_SNDBUF, &tiny, sizeof tiny), 0);
    ASSERT_EQ(::connect(ours.get(), address.get(), address.length), 0);
    const Descriptor theirs(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));

    FrameWriter writer;
    Bytes stream;
    std::size_t taken = 0;
    std::size_t blocked = 0;
    const Instant deadline = now() + kGuard;
    while (stream.size() < expected.size() && now() < deadline) {
      const SendBatch sent =
          writer.send(ours.get(), std::span(offered).subspan(taken), scratch.buffers());
      ASSERT_TRUE(sent.stop == SendStop::all || sent.stop == SendStop::would_block);
      taken += sent.taken;
      if (sent.stop == SendStop::would_block) ++blocked;
      static_cast<void>(wait_for(theirs.get(), POLLIN, std::chrono::milliseconds(100)));
      const Bytes part = take(theirs, step);
      stream.insert(stream.end(), part.begin(), part.end());
    }
    EXPECT_TRUE(stream == expected) << "reading by " << step;
    EXPECT_EQ(taken, messages.size());
    EXPECT_GT(blocked, 0u);
  }
}

// An echo server that lost a byte: the next length is none of the run.
TEST(FrameReader, AMessageLongerThanThoseOfTheRunBreaksTheStream) {
  for (const std::size_t limit : {100u, 99u}) {
    Ends ends = stream_pair();
    Scratch scratch(200);
    FrameReader reader(limit);
    put(ends.theirs, framed({pattern(40, 1), pattern(100, 2)}));
    const ReceiveBatch batch = reader.receive(ends.ours.get(), scratch.buffers(), ReceiveWait::no);
    EXPECT_EQ(batch.messages.size(), limit == 100 ? 2U : 1U);
    EXPECT_EQ(batch.stop == ReceiveStop::broken, limit < 100);
  }
}

}  // namespace
}  // namespace sockmark::testing
