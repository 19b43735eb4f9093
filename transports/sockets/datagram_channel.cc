#include "transports/sockets/datagram_channel.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/descriptor.h"
#include "base/token.h"
#include "transports/sockets/datagram_destination.h"
#include "transports/sockets/datagram_handshake.h"
#include "transports/sockets/datagrams.h"
#include "transports/sockets/socket.h"
#include "transports/sockets/socket_file.h"

namespace sockmark {
namespace {

// Much longer than a local round trip, and short for a user.
constexpr Nanoseconds kHelloInterval = std::chrono::milliseconds(20);
// Datagrams read in one call, so that a flood of invalid ones cannot block the loop.
constexpr int kHandshakeReads = 64;
// A client whose WELCOME was lost asks again within kHelloInterval; far fewer clients than this can
// be waiting for one.
constexpr std::size_t kWelcomesMax = 1024;

struct Envelope {
  // One byte more than a valid datagram, so that a longer one is recognised.
  std::array<std::byte, kHandshakeBytes + 1> bytes{};
  std::size_t size = 0;
  Address source;
  Address destination;  // of this socket: not a wildcard if set_report_destination() is on

  [[nodiscard]] std::span<const std::byte> datagram() const { return std::span(bytes).first(size); }
};

// Absent on an error, with errno. `local`: the address of the socket. `flags`: of recvmsg(2).
std::optional<Envelope> receive_handshake(int descriptor, const Address& local, int flags = 0) {
  Envelope envelope;
  envelope.source.scheme = local.scheme;
  DestinationControl control;
  iovec bytes{envelope.bytes.data(), envelope.bytes.size()};
  msghdr header{};
  header.msg_name = &envelope.source.storage;
  header.msg_namelen = sizeof envelope.source.storage;
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  ssize_t size = 0;
  do {
    size = ::recvmsg(descriptor, &header, MSG_DONTWAIT | flags);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return std::nullopt;
  envelope.size = static_cast<std::size_t>(size);
  envelope.source.length = header.msg_namelen;
  envelope.destination = destination_of(header, local).value_or(local);
  return envelope;
}

// To the peer of a connected socket. Returns zero or an errno.
int send_confirmation(int descriptor, Confirmation kind, std::uint64_t nonce) {
  const HandshakeDatagram datagram = encode(kind, nonce);
  ssize_t sent = 0;
  do {
    sent = ::send(descriptor, datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

// Returns zero or an errno. With `from`, an internet socket sends from that address.
int send_handshake(int descriptor, const HandshakeDatagram& datagram, const Address& to,
                   const Address* from = nullptr) {
  DestinationControl control;
  iovec bytes{const_cast<std::byte*>(datagram.data()), datagram.size()};
  msghdr header{};
  header.msg_name = const_cast<sockaddr*>(to.get());
  header.msg_namelen = to.length;
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  if (from != nullptr) set_source(header, control, *from);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(descriptor, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

// Binds to an abstract name that the kernel chooses: no file to remove.
Result<> autobind(int descriptor) {
  const sa_family_t family = AF_UNIX;
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&family), sizeof family) == 0) return {};
  return system_error("bind", errno);
}

Segments segments_of(const ChannelOptions& options) {
  return options.socket.segmentation_offload ? Segments::offloaded : Segments::none;
}

class DatagramChannel final : public Channel {
 public:
  DatagramChannel(Descriptor descriptor, std::size_t max_message, Segments segments, Address remote)
      : descriptor_(std::move(descriptor)),
        max_message_(max_message),
        segments_(segments),
        remote_(std::move(remote)) {}

  // For a client: `remote` is the listener until its WELCOME has arrived.
  void begin_handshake(const ChannelOptions& options) {
    greeting_ = std::make_unique<Greeting>();
    greeting_->hello.token = options.token;
    greeting_->error = Error{"connect " + remote_.text() + ": no answer in time"};
    greeting_->hello.nonce = random_token();
    if (options.confirm && remote_.family() != AF_UNIX) nonce_ = greeting_->hello.nonce;
  }
  // For a client of another program, which answers at the address where it listens.
  Result<> connect_to_foreign() {
    if (::connect(descriptor_.get(), remote_.get(), remote_.length) != 0)
      return Error{"connect " + remote_.text() + ": " + connect_problem(errno)};
    TRY(set_report_unreachable(descriptor_.get(), false).in("connect " + remote_.text()));
    remote_ = TRY(remote_address(descriptor_.get(), remote_.scheme).in("connect"));
    return {};
  }
  // For the channel of a listener.
  void answer_confirmations(std::uint64_t nonce) { nonce_ = nonce; }

  [[nodiscard]] int descriptor() const override { return descriptor_.get(); }

  [[nodiscard]] Handshake handshake(Instant now) override;
  [[nodiscard]] Error handshake_error() const override {
    return greeting_ ? greeting_->error : Error{"connected"};
  }

  [[nodiscard]] SendBatch send(std::span<const Message> messages, Scratch& scratch) override {
    DEBUG_ASSERT(!greeting_);
    return send_datagrams(descriptor_.get(), messages, max_message_, scratch.buffers(), segments_);
  }

  [[nodiscard]] ReceiveBatch receive(Scratch& scratch, ReceiveWait wait) override {
    DEBUG_ASSERT(!greeting_);
    auto batch = receive_datagrams(descriptor_.get(), scratch.buffers(), wait,
                                   unknown_senders_queued_ ? &remote_ : nullptr, segments_);
    // The peer sends only after this socket is connected to it: after its first datagram the queue
    // has none of other senders.
    if (batch.stop == ReceiveStop::drained || !batch.messages.empty())
      unknown_senders_queued_ = false;
    if (nonce_) take_confirmations(batch, scratch.buffers().received);
    return batch;
  }

  [[nodiscard]] std::uint64_t receive_drops() const override {
    return dropped_datagrams(descriptor_.get());
  }
  [[nodiscard]] std::vector<EffectiveOption> effective_options() const override {
    return effective_socket_options(descriptor_.get());
  }
  void abort_on_close() override {}

 private:
  struct Greeting {
    Hello hello;
    std::optional<Instant> said;
    Error error;
    bool confirming = false;  // connected to the new socket, which has not answered yet
    bool failed = false;
  };

  Handshake fail(Error error) {
    greeting_->error = std::move(error).in("connect " + remote_.text());
    greeting_->failed = true;
    return Handshake::failed;
  }
  Handshake fail(int error) { return fail(Error{connect_problem(error)}); }
  Handshake say_hello(Instant now);
  Handshake connect_to(const Address& address, Instant now);
  Handshake confirm(Instant now);
  Handshake fail_to_confirm(int error);
  void take_confirmations(ReceiveBatch& batch, std::vector<Received>& received) const;

  Descriptor descriptor_;
  std::size_t max_message_;
  Segments segments_;
  Address remote_;
  std::unique_ptr<Greeting> greeting_;  // null once established
  // Of this connection, if it may receive confirmations. The network may repeat one, or deliver it
  // late.
  std::optional<std::uint64_t> nonce_;
  // Before it was connected, this socket received from anyone; such datagrams may still be queued.
  bool unknown_senders_queued_ = true;
};

Handshake DatagramChannel::handshake(Instant now) {
  if (!greeting_) return Handshake::established;
  if (greeting_->failed) return Handshake::failed;
  if (greeting_->confirming) return confirm(now);
  for (int reads = 0; reads < kHandshakeReads; ++reads) {
    const auto envelope = receive_handshake(descriptor_.get(), remote_);
    if (!envelope) {
      if (errno != EAGAIN) return fail(errno);
      break;
    }
    const auto welcome = decode_welcome(envelope->datagram());
    if (!welcome || welcome->nonce != greeting_->hello.nonce) continue;
    if (const auto address = address_of(welcome->endpoint, remote_))
      return connect_to(*address, now);
  }
  if (!greeting_->said || now - *greeting_->said >= kHelloInterval) return say_hello(now);
  return Handshake::wants_receive;
}

Handshake DatagramChannel::say_hello(Instant now) {
  const int error = send_handshake(descriptor_.get(), encode(greeting_->hello), remote_);
  // An unconnected UNIX socket polls writable even if the listener's queue is full.
  if (error == EAGAIN || error == ENOBUFS) return Handshake::wants_retry;
  if (error != 0) return fail(error);
  greeting_->said = now;
  return Handshake::wants_receive;
}

Handshake DatagramChannel::connect_to(const Address& address, Instant now) {
  if (::connect(descriptor_.get(), address.get(), address.length) != 0) return fail(errno);
  // From now on an ICMP error reaches the socket because it is connected.
  if (auto set = set_report_unreachable(descriptor_.get(), false); !set) {
    return fail(std::move(set).error());
  }
  // As the kernel names it in received datagrams: `address` may be a wildcard.
  auto remote = remote_address(descriptor_.get(), address.scheme);
  if (!remote) return fail(std::move(remote).error());
  const Address listener = std::exchange(remote_, *std::move(remote));
  if (!nonce_) {
    greeting_.reset();
    return Handshake::established;
  }
  greeting_->error =
      Error{listener.text() + " answers, but its new port " + std::to_string(port_of(remote_)) +
            " does not; if a firewall drops what is sent there, --data-ports chooses other ports"};
  greeting_->said.reset();
  greeting_->confirming = true;
  return confirm(now);
}

Handshake DatagramChannel::confirm(Instant now) {
  const auto established = [this] {
    greeting_.reset();
    return Handshake::established;
  };
  for (int reads = 0; reads < kHandshakeReads; ++reads) {
    const auto envelope = receive_handshake(descriptor_.get(), remote_, MSG_PEEK);
    if (!envelope) {
      if (errno != EAGAIN) return fail_to_confirm(errno);
      break;
    }
    const Address& source = envelope->source;
    const bool of_peer = same_endpoint(source.storage, source.length, remote_);
    const bool confirms = of_peer && confirmation_in(envelope->datagram(), *nonce_);
    // The first message of the peer proves as much. It is left for receive().
    if (of_peer && !confirms) return established();
    static_cast<void>(receive_handshake(descriptor_.get(), remote_));
    if (confirms) return established();
  }
  if (greeting_->said && now - *greeting_->said < kHelloInterval) return Handshake::wants_receive;
  const int error = send_confirmation(descriptor_.get(), Confirmation::confirm, *nonce_);
  if (error == EAGAIN || error == ENOBUFS) return Handshake::wants_retry;
  if (error != 0) return fail_to_confirm(error);
  greeting_->said = now;
  return Handshake::wants_receive;
}

// A firewall may also reject, with an ICMP error.
Handshake DatagramChannel::fail_to_confirm(int error) {
  greeting_->error.message += " (" + connect_problem(error) + ")";
  greeting_->failed = true;
  return Handshake::failed;
}

// Answers confirmations and removes them from the messages of `batch`, which are in `received`.
void DatagramChannel::take_confirmations(ReceiveBatch& batch,
                                         std::vector<Received>& received) const {
  const auto is_confirmation = [this](const Received& each) {
    return (each.bytes.size() == kHandshakeBytes || each.truncated) &&
           confirmation_in(each.bytes, *nonce_);
  };
  if (std::ranges::none_of(received, is_confirmation)) return;
  for (const Received& each : received) {
    // A failure is harmless: the client asks again.
    if (is_confirmation(each) && confirmation_in(each.bytes, *nonce_) == Confirmation::confirm)
      static_cast<void>(send_confirmation(descriptor_.get(), Confirmation::confirmed, *nonce_));
  }
  std::erase_if(received, is_confirmation);
  batch.messages = received;
}

class DatagramListener final : public Listener {
 public:
  DatagramListener(Descriptor descriptor, SocketFile file, Address local,
                   const ChannelOptions& options, std::size_t max_message)
      : descriptor_(std::move(descriptor)),
        file_(std::move(file)),
        local_(std::move(local)),
        options_(options),
        max_message_(max_message) {}

  [[nodiscard]] int descriptor() const override { return descriptor_.get(); }
  [[nodiscard]] const Address& local() const override { return local_; }
  [[nodiscard]] Result<std::unique_ptr<Channel>> accept() override;

 private:
  // Null if the client cannot be reached (any more).
  Result<std::unique_ptr<Channel>> welcome(const Hello& hello, const Envelope& envelope);
  void remember(const Welcome& welcome);

  Descriptor descriptor_;
  SocketFile file_;
  Address local_;
  ChannelOptions options_;
  std::size_t max_message_;
  unsigned next_port_ = 0;         // of ChannelOptions::ports
  std::vector<Welcome> welcomes_;  // a ring of the latest kWelcomesMax
  std::size_t oldest_ = 0;
};

Result<std::unique_ptr<Channel>> DatagramListener::accept() {
  for (int reads = 0; reads < kHandshakeReads; ++reads) {
    const auto envelope = receive_handshake(descriptor_.get(), local_);
    if (!envelope) {
      if (errno == EAGAIN) break;
      return system_error("accept " + local_.text(), errno);
    }
    if (options_.only_from && !same_host(envelope->source, *options_.only_from)) continue;
    const auto hello = decode_hello(envelope->datagram());
    if (!hello || hello->token != options_.token) continue;
    const auto known = std::find_if(welcomes_.begin(), welcomes_.end(),
                                    [&](const Welcome& w) { return w.nonce == hello->nonce; });
    if (known != welcomes_.end()) {
      // A failure is harmless: the client asks again.
      static_cast<void>(send_handshake(descriptor_.get(), encode(*known), envelope->source,
                                       &envelope->destination));
      continue;
    }
    auto channel = TRY(welcome(*hello, *envelope).in("accept " + local_.text()));
    if (channel) return channel;
  }
  return std::unique_ptr<Channel>();
}

Result<std::unique_ptr<Channel>> DatagramListener::welcome(const Hello& hello,
                                                           const Envelope& envelope) {
  const Address& client = envelope.source;
  auto socket = TRY(open_socket(local_.family(), SOCK_DGRAM, FileMode::blocking));
  const int descriptor = socket.get();
  auto ready = set_channel_options(descriptor, options_.socket);
  if (ready && local_.family() == AF_UNIX) {
    ready = autobind(descriptor);
  } else if (ready) {
    ready = bind_to_interface(descriptor, options_.socket);
    // The address that the client used, at another port.
    if (ready) {
      ready = bind_address(descriptor, with_port(envelope.destination, 0), options_.socket.ports,
                           next_port_);
    }
  }
  if (!ready) return std::move(ready).error();
  if (::connect(descriptor, client.get(), client.length) != 0) return std::unique_ptr<Channel>();
  const auto local = TRY(local_address(descriptor, local_.scheme));
  next_port_ = port_of(local) + 1U;
  const auto endpoint = endpoint_of(local);
  if (!endpoint) return Error{"the kernel chose a name that does not fit: " + local.text()};

  const Welcome welcome{.nonce = hello.nonce, .endpoint = *endpoint};
  // Without a WELCOME no channel: the client asks again, and must not receive messages before it.
  if (send_handshake(descriptor_.get(), encode(welcome), client, &envelope.destination) != 0) {
    return std::unique_ptr<Channel>();
  }
  remember(welcome);
  auto channel = std::make_unique<DatagramChannel>(std::move(socket), max_message_,
                                                   segments_of(options_), client);
  if (local_.family() != AF_UNIX) channel->answer_confirmations(hello.nonce);
  return std::unique_ptr<Channel>(std::move(channel));
}

void DatagramListener::remember(const Welcome& welcome) {
  if (welcomes_.size() < kWelcomesMax) {
    welcomes_.push_back(welcome);
    return;
  }
  welcomes_[oldest_] = welcome;
  oldest_ = (oldest_ + 1) % kWelcomesMax;
}

}  // namespace

Result<std::unique_ptr<Listener>> listen_datagram(const Address& address,
                                                  const ChannelOptions& options,
                                                  std::size_t max_message) {
  const auto failed = [&](Error error) { return std::move(error).in("listen " + address.text()); };
  const bool unix = address.family() == AF_UNIX;
  TRY((unix ? refuse_ip_options(options.socket) : refuse_tcp_options(options.socket))
          .in("listen " + address.text()));
  auto socket = open_socket(address.family(), SOCK_DGRAM, FileMode::non_blocking);
  if (!socket) return failed(std::move(socket).error());
  auto set = set_listener_options(socket->get(), options.socket);
  if (set && options.share_port) set = set_share_port(socket->get());
  if (set) set = set_report_destination(socket->get());
  if (!set) return failed(std::move(set).error());
  auto file = bind_listener(socket->get(), address, options.socket.ports);
  if (!file) return failed(std::move(file).error());
  auto local = local_address(socket->get(), address.scheme);
  if (!local) return failed(std::move(local).error());
  return std::unique_ptr<Listener>(std::make_unique<DatagramListener>(
      *std::move(socket), *std::move(file), *std::move(local), options, max_message));
}

Result<std::unique_ptr<Channel>> connect_datagram(const Address& address,
                                                  const ChannelOptions& options,
                                                  std::size_t max_message) {
  const auto failed = [&](Error error) { return std::move(error).in("connect " + address.text()); };
  const bool unix = address.family() == AF_UNIX;
  TRY((unix ? refuse_ip_options(options.socket) : refuse_tcp_options(options.socket))
          .in("connect " + address.text()));
  auto socket = open_socket(address.family(), SOCK_DGRAM, FileMode::blocking);
  if (!socket) return failed(std::move(socket).error());
  auto ready = set_channel_options(socket->get(), options.socket);
  if (ready) ready = bind_source(socket->get(), options.socket);
  if (ready) ready = set_report_unreachable(socket->get(), true);
  if (ready && address.family() == AF_UNIX) ready = autobind(socket->get());
  if (!ready) return failed(std::move(ready).error());
  auto channel = std::make_unique<DatagramChannel>(*std::move(socket), max_message,
                                                   segments_of(options), address);
  if (options.peer.foreign) {
    TRY(channel->connect_to_foreign());
    return std::unique_ptr<Channel>(std::move(channel));
  }
  channel->begin_handshake(options);
  if (channel->handshake(now()) == Handshake::failed) return channel->handshake_error();
  return std::unique_ptr<Channel>(std::move(channel));
}

}  // namespace sockmark
