// The in-process transport: what the harness itself costs, with no kernel in between while both
// sides are busy. A side that found nothing to do is woken through its eventfd, so one that spins
// makes its peer pay for a write(2) now and then: a receive() cannot know that the caller will not
// sleep.

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/descriptor.h"
#include "transports/backends.h"
#include "transports/memory_ring.h"
#include "transports/scratch.h"

namespace sockmark {
namespace {

Result<Descriptor> open_eventfd() {
  Descriptor descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!descriptor) return system_error("eventfd", errno);
  return descriptor;
}

// How one side is woken by the other. It stays readable from signal() until settle().
//
// The flag word makes that cheap: the waker reads it, and only a side that wants to be woken, and
// is not yet, costs a write(2). kSignalled is set exactly while one write is made or on its way.
class Alarm {
 public:
  static constexpr unsigned kWantsData = 1;
  static constexpr unsigned kWantsSpace = 2;

  explicit Alarm(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }

  // The waker's: after what it tells of was published.
  void signal_if(unsigned reason) {
    if ((flags_.load() & reason) != 0) signal();
  }
  void signal() {
    if ((flags_.fetch_or(kSignalled) & kSignalled) != 0) return;
    const std::uint64_t one = 1;
    static_cast<void>(::write(descriptor_.get(), &one, sizeof one));
  }

  // The owner's, before it may sleep. True if it must look again: what was published before the
  // flags were set was told to nobody.
  [[nodiscard]] bool settle(unsigned wanted) {
    const unsigned flags = flags_.load();
    if (flags == wanted) return false;
    if ((flags & kSignalled) != 0) {
      std::uint64_t count = 0;
      // On its way: the descriptor is about to be readable.
      if (::read(descriptor_.get(), &count, sizeof count) < 0) return false;
    }
    // Nobody sets kSignalled while it is set, so there is no signal here to be lost; and if it was
    // not set, exchange() returns the one that came since.
    const unsigned before = flags_.exchange(wanted);
    if ((flags & kSignalled) == 0 && (before & kSignalled) != 0) flags_.fetch_or(kSignalled);
    return true;
  }

 private:
  static constexpr unsigned kSignalled = 4;

  Descriptor descriptor_;
  // Set from the start: an owner that polls before its first receive() is woken too.
  alignas(64) std::atomic<unsigned> flags_{kWantsData};
};

// What one side owns and the other may touch.
struct Side {
  explicit Side(Descriptor descriptor) : alarm(std::move(descriptor)) {}
  Alarm alarm;
  MemoryRing inbox;
  std::atomic<bool> closed{false};
};

struct Connection {
  Connection(Descriptor client, Descriptor server)
      : sides{Side(std::move(client)), Side(std::move(server))} {}
  std::array<Side, 2> sides;
};

class MemoryChannel final : public Channel {
 public:
  MemoryChannel(std::shared_ptr<Connection> connection, std::size_t mine)
      : connection_(std::move(connection)),
        mine_(connection_->sides[mine]),
        peer_(connection_->sides[1 - mine]) {}
  ~MemoryChannel() override {
    mine_.closed.store(true);
    peer_.alarm.signal();
  }

  [[nodiscard]] int descriptor() const override { return mine_.alarm.descriptor(); }
  [[nodiscard]] Readiness readiness() const override {
    return {.to_receive = POLLIN, .to_send = POLLIN};
  }
  [[nodiscard]] Handshake handshake(Instant) override { return Handshake::established; }
  [[nodiscard]] Error handshake_error() const override { return Error{"connected"}; }

  [[nodiscard]] SendBatch send(std::span<const Message> messages, Scratch&) override;
  [[nodiscard]] ReceiveBatch receive(Scratch& scratch, ReceiveWait wait) override;

  [[nodiscard]] std::uint64_t receive_drops() const override { return 0; }
  [[nodiscard]] std::vector<EffectiveOption> effective_options() const override { return {}; }
  void abort_on_close() override {}

 private:
  void before_sleep();
  [[nodiscard]] ReceiveBatch take(Scratch::Buffers& buffers);

  std::shared_ptr<Connection> connection_;
  Side& mine_;
  Side& peer_;
  std::optional<std::size_t> blocked_;  // the size of the message that found no room
};

// Leaves the alarm quiet and set, or ringing if there is something to do already: for receiving or,
// while a send is blocked, for sending. Both have the same descriptor, so neither call may quieten
// what the other one is waiting for.
void MemoryChannel::before_sleep() {
  const unsigned wanted = Alarm::kWantsData | (blocked_ ? Alarm::kWantsSpace : 0u);
  if (!mine_.alarm.settle(wanted)) return;
  const bool can_receive = !mine_.inbox.empty() || peer_.closed.load();
  const bool can_send = blocked_ && peer_.inbox.has_room(*blocked_);
  if (can_receive || can_send) mine_.alarm.signal();
}

SendBatch MemoryChannel::send(std::span<const Message> messages, Scratch&) {
  SendBatch batch;
  blocked_.reset();
  for (const Message message : messages) {
    if (peer_.closed.load()) {
      batch.stop = SendStop::closed;
    } else if (message.size() > MemoryRing::kMaxMessage) {
      batch.stop = SendStop::too_large;
    } else if (!peer_.inbox.push(message)) {
      batch.stop = SendStop::would_block;
      blocked_ = message.size();
    } else {
      ++batch.taken;
      continue;
    }
    break;
  }
  if (batch.taken > 0) peer_.alarm.signal_if(Alarm::kWantsData);
  if (blocked_) before_sleep();
  return batch;
}

ReceiveBatch MemoryChannel::receive(Scratch& scratch, ReceiveWait wait) {
  ReceiveBatch batch = take(scratch.buffers());
  if (batch.stop == ReceiveStop::drained && batch.messages.empty() && wait == ReceiveWait::block) {
    before_sleep();
    pollfd readable{.fd = descriptor(), .events = POLLIN, .revents = 0};
    constexpr auto kLimit =
        std::chrono::duration_cast<std::chrono::milliseconds>(kBlockingReceiveLimit);
    static_cast<void>(::poll(&readable, 1, static_cast<int>(kLimit.count())));
    batch = take(scratch.buffers());
  }
  if (batch.stop == ReceiveStop::drained) before_sleep();
  return batch;
}

ReceiveBatch MemoryChannel::take(Scratch::Buffers& buffers) {
  buffers.received.clear();
  ReceiveBatch batch;
  // Before the ring is looked at: what was sent before the close is read first.
  const bool peer_closed = peer_.closed.load();
  std::span<std::byte> room = buffers.storage();
  std::optional<std::size_t> next;
  while ((next = mine_.inbox.next_size())) {
    // Only a message larger than the whole storage is cut.
    if (*next > room.size() && !buffers.received.empty()) break;
    static_cast<void>(mine_.inbox.pop(room));
    const std::size_t kept = std::min(*next, room.size());
    buffers.received.push_back({.bytes = room.first(kept), .truncated = kept < *next});
    room = room.subspan(kept);
    if (buffers.received.size() == buffers.received.capacity()) break;
  }
  batch.arrived = now();
  batch.messages = buffers.received;
  if (!buffers.received.empty()) peer_.alarm.signal_if(Alarm::kWantsSpace);
  if (!mine_.inbox.empty()) {
    batch.stop = ReceiveStop::more;
  } else if (peer_closed) {
    batch.stop = ReceiveStop::closed;
  }
  return batch;
}

struct Backlog {
  std::deque<std::unique_ptr<Channel>> incoming;
  Descriptor ready;  // readable while somebody is incoming
};

// Who listens under which name in this process, because a connect knows its listener by name only.
// The mutex guards the map and every backlog in it.
struct Names {
  std::mutex mutex;
  std::map<std::string, Backlog*> listeners;
};

Names& names() {
  static Names table;
  return table;
}

class MemoryListener final : public Listener {
 public:
  MemoryListener(Address local, std::unique_ptr<Backlog> backlog)
      : local_(std::move(local)), backlog_(std::move(backlog)) {}
  ~MemoryListener() override {
    const std::lock_guard lock(names().mutex);
    names().listeners.erase(local_.name);
  }

  [[nodiscard]] int descriptor() const override { return backlog_->ready.get(); }
  [[nodiscard]] const Address& local() const override { return local_; }

  [[nodiscard]] Result<std::unique_ptr<Channel>> accept() override {
    const std::lock_guard lock(names().mutex);
    std::unique_ptr<Channel> channel;
    if (backlog_->incoming.empty()) return channel;
    channel = std::move(backlog_->incoming.front());
    backlog_->incoming.pop_front();
    if (backlog_->incoming.empty()) {
      std::uint64_t count = 0;
      static_cast<void>(::read(backlog_->ready.get(), &count, sizeof count));
    }
    return channel;
  }

 private:
  Address local_;
  std::unique_ptr<Backlog> backlog_;
};

Result<> refuse_socket_options(const SocketOptions& options) {
  if (options.send_buffer_bytes) return Error{"there is no SO_SNDBUF to set"};
  if (options.receive_buffer_bytes) return Error{"there is no SO_RCVBUF to set"};
  return {};
}

class Memory final : public Transport {
 public:
  [[nodiscard]] Promises promises() const override {
    return {.reliable = true,
            .ordered = true,
            .message_boundaries = true,
            .tells_close = true,
            .max_message = MemoryRing::kMaxMessage};
  }

  [[nodiscard]] Address default_address(std::string_view) const override {
    static std::atomic<unsigned> count{0};
    Address address;
    address.scheme = Address::Scheme::memory;
    address.name = "default-" + std::to_string(count.fetch_add(1));
    return address;
  }

  [[nodiscard]] Result<std::unique_ptr<Listener>> listen(
      const Address& address, const ChannelOptions& options) const override {
    const auto context = [&] { return "listen " + address.text(); };
    if (options.share_port) return system_error(context(), EOPNOTSUPP);
    if (auto known = refuse_socket_options(options.socket); !known) {
      return std::move(known).error().in(context());
    }
    auto ready = open_eventfd();
    if (!ready) return std::move(ready).error().in(context());
    auto backlog = std::make_unique<Backlog>();
    backlog->ready = *std::move(ready);
    {
      const std::lock_guard lock(names().mutex);
      const bool added = names().listeners.emplace(address.name, backlog.get()).second;
      if (!added) return system_error(context(), EADDRINUSE);
    }
    return std::unique_ptr<Listener>(std::make_unique<MemoryListener>(address, std::move(backlog)));
  }

  [[nodiscard]] Result<std::unique_ptr<Channel>> connect(
      const Address& address, const ChannelOptions& options) const override {
    const auto context = [&] { return "connect " + address.text(); };
    if (auto known = refuse_socket_options(options.socket); !known) {
      return std::move(known).error().in(context());
    }
    auto client = open_eventfd();
    if (!client) return std::move(client).error().in(context());
    auto server = open_eventfd();
    if (!server) return std::move(server).error().in(context());
    const auto connection = std::make_shared<Connection>(*std::move(client), *std::move(server));
    const std::lock_guard lock(names().mutex);
    const auto listener = names().listeners.find(address.name);
    if (listener == names().listeners.end()) return system_error(context(), ECONNREFUSED);
    Backlog& backlog = *listener->second;
    backlog.incoming.push_back(std::make_unique<MemoryChannel>(connection, 1));
    const std::uint64_t one = 1;
    static_cast<void>(::write(backlog.ready.get(), &one, sizeof one));
    return std::unique_ptr<Channel>(std::make_unique<MemoryChannel>(connection, 0));
  }
};

}  // namespace

const Transport& memory_transport() {
  static const Memory transport;
  return transport;
}

}  // namespace sockmark
