// UNIX stream sockets: a file, or an abstract name.

#include "transports/backends.h"
#include "transports/sockets/stream_channel.h"
#include "transports/sockets/stream_frames.h"

namespace sockmark {
namespace {

class UnixStream final : public Transport {
 public:
  [[nodiscard]] Promises promises() const override {
    return {.reliable = true,
            .ordered = true,
            .message_boundaries = false,
            .signals_close = true,
            .max_message = kMaxStreamMessage};
  }
  [[nodiscard]] Address default_address(std::string_view directory) const override {
    return fresh_socket_file(Address::Scheme::unix_stream, directory);
  }
  [[nodiscard]] Result<std::unique_ptr<Listener>> listen(
      const Address& address, const ChannelOptions& options) const override {
    return listen_stream(address, options);
  }
  [[nodiscard]] Result<std::unique_ptr<Channel>> connect(
      const Address& address, const ChannelOptions& options) const override {
    return connect_stream(address, options);
  }
};

}  // namespace

const Transport& unix_stream_transport() {
  static const UnixStream transport;
  return transport;
}

}  // namespace sockmark
