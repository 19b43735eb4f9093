#include "transports/sockets/stream_channel.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/descriptor.h"
#include "transports/sockets/request_stream.h"
#include "transports/sockets/socket.h"
#include "transports/sockets/socket_file.h"
#include "transports/sockets/stream_frames.h"

namespace sockmark {
namespace {

// The kernel limits it to net.core.somaxconn; a connect benchmark needs all of that.
constexpr int kBacklog = 4096;
// Connections of hosts that may not connect, closed in one call: a flood of them cannot block the
// loop.
constexpr int kRefusedPerCall = 64;

// Messages between two ends of a run, or between the generator and an echo server.
class FrameStream {
 public:
  explicit FrameStream(std::size_t frame_max = kMaxStreamMessage) : reader_(frame_max) {}
  [[nodiscard]] SendBatch send(int descriptor, std::span<const Message> messages,
                               Scratch::Buffers& buffers) {
    return writer_.send(descriptor, messages, buffers);
  }
  [[nodiscard]] ReceiveBatch receive(int descriptor, Scratch::Buffers& buffers, ReceiveWait wait) {
    return reader_.receive(descriptor, buffers, wait);
  }

 private:
  FrameWriter writer_;
  FrameReader reader_;
};

// `Stream` is what the bytes are: FrameStream or RequestStream.
template <class Stream>
class StreamChannel final : public Channel {
 public:
  // An accepted connection.
  StreamChannel(Descriptor descriptor, const SocketOptions& options)
      : descriptor_(std::move(descriptor)), quick_ack_(options.quick_ack) {}
  // A connection to be made by handshake().
  StreamChannel(Descriptor descriptor, const SocketOptions& options, const Address& remote,
                Stream stream)
      : descriptor_(std::move(descriptor)),
        stream_(std::move(stream)),
        quick_ack_(options.quick_ack),
        connecting_(std::make_unique<Connecting>()) {
    connecting_->remote = remote;
    connecting_->error = Error{"connect " + remote.text() + ": no answer in time"};
  }

  [[nodiscard]] int descriptor() const override { return descriptor_.get(); }

  [[nodiscard]] Handshake handshake(Instant) override;
  [[nodiscard]] Error handshake_error() const override {
    return connecting_ ? connecting_->error : Error{"connected"};
  }

  [[nodiscard]] SendBatch send(std::span<const Message> messages, Scratch& scratch) override {
    DEBUG_ASSERT(!connecting_);
    return stream_.send(descriptor_.get(), messages, scratch.buffers());
  }
  [[nodiscard]] ReceiveBatch receive(Scratch& scratch, ReceiveWait wait) override {
    DEBUG_ASSERT(!connecting_);
    ReceiveBatch batch = stream_.receive(descriptor_.get(), scratch.buffers(), wait);
    // After its time of arrival was read: the call costs the next message, not this one.
    if (quick_ack_) [[unlikely]]
      set_quick_ack(descriptor_.get(), *quick_ack_);
    return batch;
  }

  [[nodiscard]] std::uint64_t receive_drops() const override { return 0; }
  [[nodiscard]] std::optional<TcpInfo> tcp_info() const override {
    return read_tcp_info(descriptor_.get());
  }
  [[nodiscard]] std::vector<EffectiveOption> effective_options() const override {
    auto options = effective_socket_options(descriptor_.get());
    if (quick_ack_) options.push_back(effective_quick_ack(descriptor_.get()));
    return options;
  }
  void abort_on_close() override { set_drop_on_close(descriptor_.get()); }

 private:
  // Null once established, so that an idle connection costs no address.
  struct Connecting {
    Address remote;
    Error error;
    bool failed = false;
  };

  Handshake fail(Error error) {
    connecting_->error = std::move(error).in("connect " + connecting_->remote.text());
    connecting_->failed = true;
    return Handshake::failed;
  }

  Descriptor descriptor_;
  Stream stream_;
  std::optional<bool> quick_ack_;
  std::unique_ptr<Connecting> connecting_;
};

// A connect() to a port without a listener in this host's ephemeral range can get that port as its
// own and connect to itself (RFC 9293 section 3.5, simultaneous open).
bool connected_to_itself(int descriptor, const Address& remote) {
  if (remote.family() == AF_UNIX) return false;
  // The peer's own name: `remote` may be a wildcard.
  const auto local = local_address(descriptor, remote.scheme);
  const auto peer = remote_address(descriptor, remote.scheme);
  return local && peer && local->text() == peer->text();
}

template <class Stream>
Handshake StreamChannel<Stream>::handshake(Instant) {
  if (!connecting_) return Handshake::established;
  if (connecting_->failed) return Handshake::failed;
  // A second connect(2) returns the outcome: unlike SO_ERROR it distinguishes "not yet" and "done".
  const Address& remote = connecting_->remote;
  if (::connect(descriptor_.get(), remote.get(), remote.length) != 0 && errno != EISCONN) {
    const int error = errno;
    if (error == EINPROGRESS || error == EALREADY || error == EINTR) return Handshake::wants_send;
    // The listener's backlog is full; the kernel does not signal when that changes.
    if (error == EAGAIN && remote.family() == AF_UNIX) return Handshake::wants_retry;
    return fail(Error{connect_problem(error)});
  }
  if (connected_to_itself(descriptor_.get(), remote)) {
    return fail(Error{connect_problem(ECONNREFUSED)});
  }
  if (auto set = set_blocking(descriptor_.get()); !set) return fail(std::move(set).error());
  connecting_.reset();
  return Handshake::established;
}

class StreamListener final : public Listener {
 public:
  StreamListener(Descriptor descriptor, SocketFile file, Address local, ChannelOptions options)
      : descriptor_(std::move(descriptor)),
        file_(std::move(file)),
        local_(std::move(local)),
        options_(std::move(options)) {}

  [[nodiscard]] int descriptor() const override { return descriptor_.get(); }
  [[nodiscard]] const Address& local() const override { return local_; }

  [[nodiscard]] Result<std::unique_ptr<Channel>> accept() override {
    for (int refused = 0; refused < kRefusedPerCall;) {
      Descriptor peer(::accept4(descriptor_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (peer) {
        if (!may_connect(peer.get())) {
          ++refused;
          continue;
        }
        TRY(set_channel_options(peer.get(), options_.socket).in("accept " + local_.text()));
        return std::unique_ptr<Channel>(
            std::make_unique<StreamChannel<FrameStream>>(std::move(peer), options_.socket));
      }
      if (errno == EAGAIN) return std::unique_ptr<Channel>();
      // ECONNABORTED: the peer gave up while it was in the queue.
      if (errno != EINTR && errno != ECONNABORTED) {
        return system_error("accept " + local_.text(), errno);
      }
    }
    return std::unique_ptr<Channel>();
  }

 private:
  [[nodiscard]] bool may_connect(int peer) const {
    if (!options_.only_from) return true;
    const auto remote = remote_address(peer, local_.scheme);
    return remote && same_host(*remote, *options_.only_from);
  }

  Descriptor descriptor_;
  SocketFile file_;
  Address local_;
  ChannelOptions options_;
};

}  // namespace

Result<std::unique_ptr<Listener>> listen_stream(const Address& address,
                                                const ChannelOptions& options) {
  const auto failed = [&](Error error) { return std::move(error).in("listen " + address.text()); };
  if (address.family() == AF_UNIX)
    TRY(refuse_ip_options(options.socket).in("listen " + address.text()));
  auto socket = open_socket(address.family(), SOCK_STREAM, FileMode::non_blocking);
  if (!socket) return failed(std::move(socket).error());
  auto set = set_listener_options(socket->get(), options.socket);
  if (set && options.share_port) set = set_share_port(socket->get());
  if (!set) return failed(std::move(set).error());
  auto file = bind_listener(socket->get(), address, options.socket.ports);
  if (!file) return failed(std::move(file).error());
  if (::listen(socket->get(), kBacklog) != 0) return failed(system_error("listen", errno));
  auto local = local_address(socket->get(), address.scheme);
  if (!local) return failed(std::move(local).error());
  return std::unique_ptr<Listener>(std::make_unique<StreamListener>(
      *std::move(socket), *std::move(file), *std::move(local), options));
}

Result<std::unique_ptr<Channel>> connect_stream(const Address& address,
                                                const ChannelOptions& options) {
  const auto failed = [&](Error error) { return std::move(error).in("connect " + address.text()); };
  if (address.family() == AF_UNIX)
    TRY(refuse_ip_options(options.socket).in("connect " + address.text()));
  auto socket = open_socket(address.family(), SOCK_STREAM, FileMode::non_blocking);
  if (!socket) return failed(std::move(socket).error());
  auto set = set_channel_options(socket->get(), options.socket);
  if (set) set = bind_source(socket->get(), options.socket);
  if (!set) return failed(std::move(set).error());
  std::unique_ptr<Channel> channel;
  if (options.peer.request) {
    channel = std::make_unique<StreamChannel<RequestStream>>(
        *std::move(socket), options.socket, address, RequestStream(options.peer.request));
  } else {
    const std::size_t frame_max = std::min(options.peer.message_max, kMaxStreamMessage);
    channel = std::make_unique<StreamChannel<FrameStream>>(*std::move(socket), options.socket,
                                                           address, FrameStream(frame_max));
  }
  if (channel->handshake(now()) == Handshake::failed) return channel->handshake_error();
  return channel;
}

}  // namespace sockmark
