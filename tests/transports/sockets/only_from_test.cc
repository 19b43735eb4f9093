// Listeners that accept one host only (ChannelOptions::only_from): the loopback network has many.

#include <gtest/gtest.h>
#include <poll.h>

#include <memory>

#include "tests/transports/harness.h"

namespace sockmark::testing {
namespace {

class OnlyFrom : public Conformance {
 protected:
  void SetUp() override {
    ChannelOptions options;
    options.only_from = parse_host("127.0.0.2").value();
    listener_ = transport().listen(transport().default_address(directory_.path()), options).value();
  }
  // A connection from this host, which has said what it says first.
  [[nodiscard]] std::unique_ptr<Channel> connect_from(const char* host) const {
    ChannelOptions options;
    options.socket.source = parse_host(host).value();
    auto channel = transport().connect(listener_->local(), options).value();
    static_cast<void>(channel->handshake(now()));
    return channel;
  }

  std::unique_ptr<Listener> listener_;
};
INSTANTIATE_TEST_SUITE_P(Transports, OnlyFrom,
                         ::testing::Values(find_transport("tcp"), find_transport("udp")), row_name);

TEST_P(OnlyFrom, ThatHostIsAcceptedBesideOthers) {
  const auto foreign = connect_from("127.0.0.3");
  const auto same_machine = connect_from("127.0.0.1");
  const auto peer = connect_from("127.0.0.2");
  ASSERT_TRUE(wait_for(listener_->descriptor(), POLLIN));
  std::unique_ptr<Channel> accepted;
  const Instant deadline = now() + kGuard;
  while (!accepted && now() < deadline) accepted = listener_->accept().value();
  ASSERT_TRUE(accepted);
  EXPECT_FALSE(listener_->accept().value()) << "one of the three";
  EXPECT_TRUE(establish(*peer, deadline));
}

TEST_P(OnlyFrom, AnotherHostGetsNoAnswer) {
  const auto foreign = connect_from("127.0.0.3");
  ASSERT_TRUE(wait_for(listener_->descriptor(), POLLIN));
  EXPECT_FALSE(listener_->accept().value());
  if (!is_datagram()) {
    // Closed: the kernel had accepted it.
    ASSERT_TRUE(establish(*foreign, now() + kGuard));
    Scratch scratch(64);
    ASSERT_TRUE(wait_for(foreign->descriptor(), POLLIN));
    EXPECT_EQ(foreign->receive(scratch).stop, ReceiveStop::closed);
  } else {
    EXPECT_FALSE(wait_for(foreign->descriptor(), POLLIN, std::chrono::milliseconds(100)));
    EXPECT_NE(foreign->handshake(now()), Handshake::established);
  }
}

TEST(SameHost, ComparesTheHostAlone) {
  const auto host = [](const char* text) { return parse_host(text).value(); };
  EXPECT_TRUE(same_host(host("10.0.0.1"), parse_address("udp://10.0.0.1:9").value()));
  EXPECT_FALSE(same_host(host("10.0.0.1"), host("10.0.0.2")));
  EXPECT_TRUE(same_host(host("fd00::1"), host("fd00:0::1")));
  EXPECT_FALSE(same_host(host("fd00::1"), host("fd00::2")));
  EXPECT_FALSE(same_host(host("127.0.0.1"), host("::1")));
  EXPECT_FALSE(
      same_host(parse_address("unix-stream:/a").value(), parse_address("unix-stream:/a").value()));
}

}  // namespace
}  // namespace sockmark::testing
