// UDP over IPv4 and IPv6: one class with a family.

#include "transports/backends.h"
#include "transports/sockets/datagram_channel.h"

namespace sockmark {
namespace {

// A datagram's length field includes its own 8 bytes (RFC 768). Over IPv4 the packet's length field
// has the same width and also includes the 20 bytes of the IP header (RFC 791 section 3.1).
constexpr std::size_t kMaxUdp4 = 65535 - 20 - 8;
constexpr std::size_t kMaxUdp6 = 65535 - 8;

class Udp final : public Transport {
 public:
  explicit constexpr Udp(int family) : family_(family) {}

  [[nodiscard]] Promises promises() const override {
    return {.reliable = false,
            .ordered = false,
            .message_boundaries = true,
            .signals_close = false,
            .segments = true,
            .max_message = max_message()};
  }
  [[nodiscard]] Address default_address(std::string_view) const override {
    return loopback_address(Address::Scheme::udp, family_);
  }
  [[nodiscard]] Result<std::unique_ptr<Listener>> listen(
      const Address& address, const ChannelOptions& options) const override {
    return listen_datagram(address, options, max_message());
  }
  [[nodiscard]] Result<std::unique_ptr<Channel>> connect(
      const Address& address, const ChannelOptions& options) const override {
    return connect_datagram(address, options, max_message());
  }

 private:
  [[nodiscard]] std::size_t max_message() const {
    return family_ == AF_INET6 ? kMaxUdp6 : kMaxUdp4;
  }

  int family_;
};

}  // namespace

const Transport& udp_transport() {
  static const Udp transport(AF_INET);
  return transport;
}

const Transport& udp6_transport() {
  static const Udp transport(AF_INET6);
  return transport;
}

}  // namespace sockmark
