#include <poll.h>

#include <memory>
#include <vector>

#include "base/result.h"
#include "base/temporary_directory.h"
#include "bench/micro/micro.h"
#include "transports/catalogue.h"
#include "transports/transport.h"

namespace sockmark::micro {
namespace {

constexpr std::size_t kSize = 64;
constexpr auto kTransferTimeout = std::chrono::seconds(10);

struct Pair {
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Channel> client, server;
};

void wait_for(const Channel& channel) {
  pollfd wait{.fd = channel.descriptor(), .events = channel.readiness().to_receive, .revents = 0};
  static_cast<void>(::poll(&wait, 1, 1));
}

// Both ends are in this thread, so neither may block.
Result<Pair> connect_pair(const Transport& transport, const std::string& directory) {
  const ChannelOptions options{.socket = {}, .token = 1};
  Pair pair;
  auto listener = TRY(transport.listen(transport.default_address(directory), options));
  pair.listener = std::move(listener);
  auto client = TRY(transport.connect(pair.listener->local(), options));
  pair.client = std::move(client);
  const Instant deadline = now() + kTransferTimeout;
  for (Handshake state = Handshake::wants_send;;) {
    if (state != Handshake::established) state = pair.client->handshake(now());
    if (pair.server == nullptr) {
      auto server = TRY(pair.listener->accept());
      pair.server = std::move(server);
    }
    if (state == Handshake::established && pair.server != nullptr) return pair;
    if (state == Handshake::failed || now() > deadline) return pair.client->handshake_error();
    if (state == Handshake::wants_receive) wait_for(*pair.client);
  }
}

// The next message, which has been sent; empty if it does not arrive. Tries before it waits: over
// loopback a message has nearly always arrived when send() returns.
std::span<const Received> receive(Channel& channel, Scratch& scratch) {
  for (Instant deadline{};;) {
    const ReceiveBatch batch = channel.receive(scratch);
    const bool over = batch.stop != ReceiveStop::drained && batch.stop != ReceiveStop::more;
    if (!batch.messages.empty() || over) return batch.messages;
    const Instant now_ = now();
    if (deadline == Instant{}) deadline = now_ + kTransferTimeout;
    if (now_ > deadline) return {};
    wait_for(channel);
  }
}

bool send(Channel& channel, Message message, Scratch& scratch) {
  return channel.send(std::span(&message, 1), scratch).taken == 1;
}

// From the client to the server and back, through the channels alone: no poller, no session.
void round_trip(benchmark::State& state, const Transport& transport) {
  const TemporaryDirectory directory;
  auto pair = connect_pair(transport, directory.path());
  if (!pair) return state.SkipWithError(pair.error().message.c_str());
  Scratch scratch(kSize);
  const std::vector<std::byte> bytes(kSize, std::byte{0x5A});
  for (auto _ : state) {
    if (!send(*pair->client, bytes, scratch))
      return state.SkipWithError("the client could not send");
    const auto forward = receive(*pair->server, scratch);
    if (forward.size() != 1) return state.SkipWithError("the message did not arrive");
    if (!send(*pair->server, forward.front().bytes, scratch))
      return state.SkipWithError("the server could not send");
    const auto reverse = receive(*pair->client, scratch);
    if (reverse.size() != 1) return state.SkipWithError("the message did not come back");
    benchmark::DoNotOptimize(reverse.front().bytes.data());
  }
  report_messages(state);
}

}  // namespace

std::vector<Row> transport_rows() {
  std::vector<Row> rows;
  for (const auto& row : catalogue()) {
    rows.push_back({"round-trip/" + std::string(row.name) + "/64B",
                    [&row](benchmark::State& state) { round_trip(state, row.get()); }});
  }
  return rows;
}

}  // namespace sockmark::micro
