#include "bench/load/time_exchange.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace sockmark {
namespace {

using namespace std::chrono_literals;

Address loopback() { return *parse_address("udp://127.0.0.1:0"); }

// A server that answers until it is destroyed.
class Answering {
 public:
  explicit Answering(const ChannelOptions& options)
      : server_(*TimeServer::listen(loopback(), options)), thread_([this] { run(); }) {}
  ~Answering() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] const Address& address() const { return server_.local(); }

 private:
  void run() {
    std::vector<pollfd> entries;
    while (!stop_) {
      entries.clear();
      server_.watch(entries);
      ::poll(entries.data(), entries.size(), 10);
      server_.serve();
    }
  }
  TimeServer server_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

TEST(TimeExchange, ARoundOnOneMachineAdmitsOneClock) {
  const ChannelOptions options{.socket = {}, .token = 42};
  const Answering server(options);
  auto client = TimeClient::connect(server.address(), options, now() + 5s);
  ASSERT_TRUE(client) << client.error().message;
  ClockConstraints constraints;
  const std::uint64_t answered = client->round(constraints);
  EXPECT_GE(answered, 20U);
  EXPECT_LE(answered, kTimeExchangesOfRound);
  EXPECT_EQ(constraints.exchanges(), answered);
  EXPECT_TRUE(constraints.admit_zero());
  EXPECT_GE(*constraints.rtt_min(), 0ns);
}

TEST(TimeExchange, APeerWithoutTheTokenGetsNoReply) {
  const Answering server({.socket = {}, .token = 42});
  EXPECT_FALSE(TimeClient::connect(server.address(), {.socket = {}, .token = 43}, now() + 200ms));
}

TEST(TimeExchange, ARoundWithoutAnAnswerEnds) {
  const ChannelOptions options{.socket = {}, .token = 42};
  std::optional<Answering> server(std::in_place, options);
  auto client = TimeClient::connect(server->address(), options, now() + 5s);
  ASSERT_TRUE(client);
  server.reset();
  ClockConstraints constraints;
  EXPECT_EQ(client->round(constraints), 0U);
  EXPECT_EQ(constraints.exchanges(), 0U);
}

}  // namespace
}  // namespace sockmark
