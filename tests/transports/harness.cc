#include "tests/transports/harness.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iterator>

#include "base/descriptor.h"

namespace sockmark::testing {
namespace {

std::chrono::milliseconds in_ms(Nanoseconds duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  path_ = (std::filesystem::temp_directory_path() / "sockmark-XXXXXX").string();
  if (::mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "mkdtemp " << path_;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> TemporaryDirectory::entries() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

bool wait_for(int descriptor, short events, std::chrono::milliseconds limit) {
  const Instant deadline = now() + limit;
  for (;;) {
    pollfd wait{.fd = descriptor, .events = events, .revents = 0};
    const auto left = std::max(in_ms(deadline - now()), std::chrono::milliseconds(0));
    const int ready = ::poll(&wait, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready == 0 && now() >= deadline) return false;
  }
}

bool connect_to(const Transport& transport, Pair& pair, const ChannelOptions& options) {
  auto client = transport.connect(pair.listener->local(), options);
  if (!client) {
    ADD_FAILURE() << client.error().message;
    return false;
  }
  pair.client = *std::move(client);
  pair.server.reset();
  const Instant deadline = now() + kGuard;
  bool established = false;
  while (now() < deadline) {
    if (!pair.server) {
      auto server = pair.listener->accept();
      if (!server) {
        ADD_FAILURE() << server.error().message;
        return false;
      }
      pair.server = *std::move(server);
    }
    const Handshake state = pair.client->handshake(now());
    if (state == Handshake::failed) {
      ADD_FAILURE() << pair.client->handshake_error().message;
      return false;
    }
    established = state == Handshake::established;
    if (established && pair.server) return true;
    const int descriptor = pair.server ? pair.client->descriptor() : pair.listener->descriptor();
    const short events = established ? POLLIN : pair.server ? POLLIN | POLLOUT : POLLIN;
    static_cast<void>(wait_for(descriptor, events, std::chrono::milliseconds(1)));
  }
  ADD_FAILURE() << "no connection to " << pair.listener->local().text();
  return false;
}

Pair connect_pair(const Transport& transport, const std::string& directory,
                  const ChannelOptions& options) {
  Pair pair;
  auto listener = transport.listen(transport.default_address(directory), options);
  if (!listener) {
    ADD_FAILURE() << listener.error().message;
    return pair;
  }
  pair.listener = *std::move(listener);
  if (!connect_to(transport, pair, options)) {
    pair.client.reset();
    pair.server.reset();
  }
  return pair;
}

Bytes pattern(std::size_t size, std::uint64_t seed) {
  Bytes bytes(size);
  // A linear congruential step a byte (Knuth's constants): any shift or swap shows.
  std::uint64_t state = seed * 2 + 1;
  for (std::byte& byte : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = std::byte(state >> 56);
  }
  return bytes;
}

std::vector<Message> views(const std::vector<Bytes>& messages) {
  return {messages.begin(), messages.end()};
}

Bytes copy_of(Message message) { return {message.begin(), message.end()}; }

Bytes bytes_of(std::string_view text) { return copy_of(std::as_bytes(std::span(text))); }

Transfer transfer(Channel& from, Channel& to, Scratch& scratch, const std::vector<Bytes>& messages,
                  std::chrono::milliseconds quiet) {
  Transfer result;
  const std::vector<Message> all = views(messages);
  std::size_t taken = 0;
  Instant last_event = now();
  while (now() - last_event < quiet) {
    const SendBatch sent = from.send(std::span(all).subspan(taken), scratch);
    taken += sent.taken;
    result.send_stop = sent.stop;
    result.all_sent = taken == all.size();
    if (sent.stop != SendStop::all && sent.stop != SendStop::would_block) return result;

    const ReceiveBatch batch = to.receive(scratch);
    for (const Received& message : batch.messages) {
      EXPECT_FALSE(message.truncated);
      result.received.push_back(copy_of(message.bytes));
    }
    result.receive_stop = batch.stop;
    if (sent.taken > 0 || !batch.messages.empty()) last_event = now();
    if (result.all_sent && result.received.size() >= all.size()) return result;
    if (batch.stop == ReceiveStop::drained) {
      static_cast<void>(
          wait_for(to.descriptor(), to.readiness().to_receive, std::chrono::milliseconds(1)));
    } else if (batch.stop != ReceiveStop::more) {
      return result;
    }
  }
  return result;
}

ReceiveBatch receive_something(Channel& channel, Scratch& scratch) {
  const Instant deadline = now() + kGuard;
  for (;;) {
    const ReceiveBatch batch = channel.receive(scratch);
    if (!batch.messages.empty() || now() >= deadline) return batch;
    if (batch.stop != ReceiveStop::drained && batch.stop != ReceiveStop::more) return batch;
    static_cast<void>(wait_for(channel.descriptor(), channel.readiness().to_receive,
                               std::chrono::milliseconds(100)));
  }
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

void Conformance::SetUp() {
  if (GetParam()->family != "ipv6") return;
  const Address address = transport().default_address(directory_.path());
  const Descriptor probe(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!probe || ::bind(probe.get(), address.get(), address.length) != 0) {
    // A container may have none; the IPv4 row of the same transport is tested all the same.
    GTEST_SKIP() << "no IPv6 loopback here";
  }
}

std::vector<const CatalogueRow*> all_rows() {
  std::vector<const CatalogueRow*> rows;
  for (const CatalogueRow& row : catalogue()) rows.push_back(&row);
  return rows;
}

std::string row_name(const ::testing::TestParamInfo<const CatalogueRow*>& info) {
  std::string name(info.param->name);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace sockmark::testing
