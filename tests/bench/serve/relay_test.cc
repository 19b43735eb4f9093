// Two relays, joined by a socket pair: what goes in at one end comes out at the other.

#include "bench/serve/relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "bench/serve/sealed_stream.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

struct RelayPipe {
  Descriptor reading, writing;
};
RelayPipe make_relay_pipe() {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}
std::pair<Descriptor, Descriptor> make_connection() {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

SecretKey relay_key(std::uint8_t byte) {
  SecretKey key;
  key.data()[0] = byte;
  return key;
}

void write_text(const Descriptor& to, const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const auto taken = ::write(to.get(), text.data() + sent, text.size() - sent);
    if (taken <= 0) return;
    sent += static_cast<std::size_t>(taken);
  }
}
std::string read_to_end(const Descriptor& from) {
  std::string text;
  char bytes[65536];
  for (ssize_t got = 0; (got = ::read(from.get(), bytes, sizeof bytes)) > 0;)
    text.append(bytes, static_cast<std::size_t>(got));
  return text;
}

// A relay in a thread of its own, between two pipes and a connection.
class RunningRelay {
 public:
  RunningRelay(Descriptor connection, std::uint8_t sending, std::uint8_t receiving,
               Nanoseconds silence_limit = Nanoseconds::max(), int lifeline = -1,
               Instant deadline = Instant::max()) {
    auto into = make_relay_pipe();
    auto out_of = make_relay_pipe();
    input = std::move(into.writing);
    output = std::move(out_of.reading);
    RelayOptions options{.connection = std::move(connection),
                         .input = std::move(into.reading),
                         .output = std::move(out_of.writing),
                         .lifeline = lifeline,
                         .received = {},
                         .silence_limit = silence_limit,
                         .deadline = deadline};
    result = std::async(
        std::launch::async, [options = std::move(options), sending, receiving]() mutable {
          return relay(std::move(options), relay_key(sending), relay_key(receiving));
        });
  }

  Descriptor input, output;
  std::future<Result<>> result;
};

class RelayTest : public ::testing::Test {
 protected:
  void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }
};

TEST_F(RelayTest, BothDirectionsPassEverythingAndEndInOrder) {
  auto [near, far] = make_connection();
  RunningRelay client(std::move(near), 1, 2), server(std::move(far), 2, 1);
  const std::string there(5 << 20, 'a'), back(3 << 20, 'b');
  std::thread writer([&] {
    write_text(client.input, there);
    client.input.reset();
  });
  std::thread other_writer([&] {
    write_text(server.input, back);
    server.input.reset();
  });
  auto received = std::async(std::launch::async, [&] { return read_to_end(server.output); });
  EXPECT_EQ(read_to_end(client.output), back);
  EXPECT_EQ(received.get(), there);
  writer.join();
  other_writer.join();
  EXPECT_TRUE(client.result.get());
  EXPECT_TRUE(server.result.get());
}

TEST_F(RelayTest, AConnectionThatEndsWithoutItsLastRecordIsLost) {
  auto [near, far] = make_connection();
  RunningRelay client(std::move(near), 1, 2);
  Sealer sealer(relay_key(2));
  const auto record = sealer.seal("before");
  ASSERT_EQ(::write(far.get(), record.data(), record.size()), static_cast<ssize_t>(record.size()));
  far.reset();
  EXPECT_EQ(read_to_end(client.output), "before");
  const auto ended = client.result.get();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().message, "connection lost: closed by the peer");
}

TEST_F(RelayTest, AForgedRecordEndsIt) {
  auto [near, far] = make_connection();
  RunningRelay client(std::move(near), 1, 2);
  Sealer sealer(relay_key(9));
  const auto record = sealer.seal("forged");
  ASSERT_EQ(::write(far.get(), record.data(), record.size()), static_cast<ssize_t>(record.size()));
  const auto ended = client.result.get();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().message, "invalid sealed record");
  EXPECT_EQ(read_to_end(client.output), "");
}

TEST_F(RelayTest, BytesThatAreNoWholeRecordAreSilence) {
  auto [near, far] = make_connection();
  RunningRelay client(std::move(near), 1, 2, 50ms);
  Sealer sealer(relay_key(2));
  const auto record = sealer.seal("never whole");
  ASSERT_EQ(::write(far.get(), record.data(), 30), 30);
  const auto ended = client.result.get();
  ASSERT_FALSE(ended);
  EXPECT_TRUE(ended.error().message.starts_with("silent for ")) << ended.error().message;
}

TEST_F(RelayTest, TheLifelineAndTheDeadlineEndIt) {
  auto [near, far] = make_connection();
  auto [ours, theirs] = make_connection();
  RunningRelay session(std::move(near), 1, 2, Nanoseconds::max(), theirs.get());
  ours.reset();
  EXPECT_EQ(session.result.get().error().message, "the server ends");
  auto [left, right] = make_connection();
  RunningRelay other(std::move(left), 1, 2, Nanoseconds::max(), -1, now() + 10ms);
  EXPECT_EQ(other.result.get().error().message, "the longest time of a session has passed");
}

TEST_F(RelayTest, AReaderThatStallsStopsTheSender) {
  auto [near, far] = make_connection();
  RunningRelay client(std::move(near), 1, 2);
  // Nobody reads `far`: the relay, the pipe and the kernel's buffers fill, and no more is taken.
  ::fcntl(client.input.get(), F_SETFL, O_NONBLOCK);
  const std::string block(4096, 'x');
  std::size_t taken = 0;
  const Instant deadline = now() + 20s;
  for (int full = 0; full < 50 && now() < deadline;) {
    const auto sent = ::write(client.input.get(), block.data(), block.size());
    if (sent > 0) {
      taken += static_cast<std::size_t>(sent);
      full = 0;
    } else {
      ++full;
      std::this_thread::sleep_for(2ms);  // between two looks
    }
  }
  int queued = 0;
  ASSERT_EQ(::ioctl(far.get(), FIONREAD, &queued), 0);
  // What is not in the socket is in the pipe (64 KiB) and in the relay (a record).
  EXPECT_LE(taken, static_cast<std::size_t>(queued) + (64 << 10) + 2 * kRecordBytesMax);
  EXPECT_GT(taken, kRecordBytesMax);
  far.reset();
  EXPECT_FALSE(client.result.get());
}

TEST_F(RelayTest, APeerThatSendsAndTakesNothingDoesNotOutliveTheReader) {
  auto [near, far] = make_connection();
  RunningRelay session(std::move(near), 1, 2, 60s);
  ::fcntl(session.input.get(), F_SETFL, O_NONBLOCK);
  const std::string block(4096, 'x');
  const Instant guard = now() + 60s;
  Sealer sealer(relay_key(2));
  session.output.reset();
  while (session.result.wait_for(1ms) != std::future_status::ready && now() < guard) {
    while (::write(session.input.get(), block.data(), block.size()) > 0) continue;
    write_text(far, sealer.seal("still here"));
  }
  ASSERT_LT(now(), guard);
  EXPECT_EQ(session.result.get().error().message, "the peer did not end the connection");
}

}  // namespace
}  // namespace sockmark
