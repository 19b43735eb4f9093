// UNIX datagram sockets: reliable and ordered on Linux, where a full peer blocks the sender.

#include <sys/socket.h>

#include "transports/backends.h"
#include "transports/sockets/datagram_channel.h"
#include "transports/sockets/socket.h"

namespace sockmark {
namespace {

// The part of SO_SNDBUF that the kernel reserves for itself (unix_dgram_sendmsg).
constexpr std::size_t kKernelReserve = 32;

// The largest datagram that a socket takes with the kernel's default buffer, which is a setting
// (net.core.wmem_default): read once, and zero if there are no UNIX sockets.
std::size_t max_message() {
  static const std::size_t size = [] {
    const auto socket = open_socket(AF_UNIX, SOCK_DGRAM, FileMode::blocking);
    const auto bytes =
        socket ? static_cast<std::size_t>(send_buffer_bytes(socket->get())) : std::size_t{0};
    return bytes > kKernelReserve ? bytes - kKernelReserve : 0;
  }();
  return size;
}

class UnixDgram final : public Transport {
 public:
  [[nodiscard]] Promises promises() const override {
    return {.reliable = true,
            .ordered = true,
            .message_boundaries = true,
            .signals_close = false,
            .max_message = max_message()};
  }
  [[nodiscard]] Address default_address(std::string_view directory) const override {
    return fresh_socket_file(Address::Scheme::unix_dgram, directory);
  }
  [[nodiscard]] Result<std::unique_ptr<Listener>> listen(
      const Address& address, const ChannelOptions& options) const override {
    return listen_datagram(address, options, max_message());
  }
  [[nodiscard]] Result<std::unique_ptr<Channel>> connect(
      const Address& address, const ChannelOptions& options) const override {
    return connect_datagram(address, options, max_message());
  }
};

}  // namespace

const Transport& unix_dgram_transport() {
  static const UnixDgram transport;
  return transport;
}

}  // namespace sockmark
