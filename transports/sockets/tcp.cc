// TCP over IPv4 and IPv6: one class with a family.

#include "transports/backends.h"
#include "transports/sockets/stream_channel.h"
#include "transports/sockets/stream_frames.h"

namespace sockmark {
namespace {

class Tcp final : public Transport {
 public:
  explicit constexpr Tcp(int family) : family_(family) {}

  [[nodiscard]] Promises promises() const override {
    return {.reliable = true,
            .ordered = true,
            .message_boundaries = false,
            .signals_close = true,
            .max_message = kMaxStreamMessage};
  }
  [[nodiscard]] Address default_address(std::string_view) const override {
    return loopback_address(Address::Scheme::tcp, family_);
  }
  [[nodiscard]] Result<std::unique_ptr<Listener>> listen(
      const Address& address, const ChannelOptions& options) const override {
    return listen_stream(address, options);
  }
  [[nodiscard]] Result<std::unique_ptr<Channel>> connect(
      const Address& address, const ChannelOptions& options) const override {
    return connect_stream(address, options);
  }

 private:
  int family_;
};

}  // namespace

const Transport& tcp_transport() {
  static const Tcp transport(AF_INET);
  return transport;
}

const Transport& tcp6_transport() {
  static const Tcp transport(AF_INET6);
  return transport;
}

}  // namespace sockmark
