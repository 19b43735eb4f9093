// What the transport tests share: a directory that goes away, connected pairs, and waits that end.
//
// Every wait has a guard, kGuard, which only a hang reaches; a wait that hits it fails the test
// through the value that it returns.

#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "transports/catalogue.h"
#include "transports/transport.h"

namespace sockmark::testing {

inline constexpr std::chrono::seconds kGuard(20);

using Bytes = std::vector<std::byte>;

// Made under the system's directory for temporary files, mode 0700; removed with what is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::vector<std::string> entries() const;

 private:
  std::string path_;
};

struct Pair {
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Channel> client;
  std::unique_ptr<Channel> server;
  explicit operator bool() const { return client && server; }
};

// Moves both sides of a connection to `established` in one thread. Adds a failure if that fails.
[[nodiscard]] Pair connect_pair(const Transport& transport, const std::string& directory,
                                const ChannelOptions& options = {});
// A further connection to a listener.
[[nodiscard]] bool connect_to(const Transport& transport, Pair& pair,
                              const ChannelOptions& options = {});

// Polls until one of `events` is there. False when `limit` has passed.
[[nodiscard]] bool wait_for(int descriptor, short events, std::chrono::milliseconds limit = kGuard);

// `size` bytes that depend on `seed` and on their place.
[[nodiscard]] Bytes pattern(std::size_t size, std::uint64_t seed);

[[nodiscard]] std::vector<Message> views(const std::vector<Bytes>& messages);

[[nodiscard]] Bytes copy_of(Message message);
[[nodiscard]] Bytes bytes_of(std::string_view text);

// Sends and receives in turns until everything was sent and `expected` messages have come, the
// receiver has nothing for `quiet` once everything was sent, or the receiver stops.
struct Transfer {
  std::vector<Bytes> received;
  bool all_sent = false;
  SendStop send_stop = SendStop::all;
  ReceiveStop receive_stop = ReceiveStop::drained;
};
[[nodiscard]] Transfer transfer(Channel& from, Channel& to, Scratch& scratch,
                                const std::vector<Bytes>& messages,
                                std::chrono::milliseconds quiet = kGuard);

// Receives, waiting in poll, until a batch has messages or a stop other than drained.
[[nodiscard]] ReceiveBatch receive_something(Channel& channel, Scratch& scratch);

[[nodiscard]] std::size_t open_descriptors();

// The conformance suite's parameter and its name: one instance a catalogue row.
[[nodiscard]] std::vector<const CatalogueRow*> all_rows();
[[nodiscard]] std::string row_name(const ::testing::TestParamInfo<const CatalogueRow*>& info);

class Conformance : public ::testing::TestWithParam<const CatalogueRow*> {
 protected:
  // A host without IPv6 cannot test it, and says so.
  void SetUp() override;

  [[nodiscard]] const Transport& transport() const { return GetParam()->get(); }
  [[nodiscard]] Promises promises() const { return transport().promises(); }
  [[nodiscard]] bool is_datagram() const {
    const std::string_view name = GetParam()->name;
    return name.starts_with("udp") || name == "unix-dgram";
  }
  [[nodiscard]] bool has_sockets() const { return GetParam()->family != "memory"; }
  [[nodiscard]] Pair pair(const ChannelOptions& options = {}) const {
    return connect_pair(transport(), directory_.path(), options);
  }
  // How long an unreliable transport may stay silent before its messages count as lost. Nothing is
  // asserted about it.
  [[nodiscard]] std::chrono::milliseconds quiet() const {
    return promises().reliable ? std::chrono::milliseconds(kGuard) : std::chrono::milliseconds(200);
  }

  TemporaryDirectory directory_;
};

}  // namespace sockmark::testing
