// The in-process transport: measures the cost of the harness itself, without the kernel while both
// ends are busy. An end that found nothing to do is woken through its eventfd. So an end that spins
// sometimes costs its peer a write(2): receive() cannot know that the caller will not sleep.

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
#include <optional>
#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/mutex.h"
#include "base/thread_annotations.h"
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

// How one end wakes the other. The descriptor is readable from signal() until rearm().
//
// The flag word makes that cheap: the waker reads it, and calls write(2) only if the owner wants to
// be woken and has not been yet. kSignalled is set exactly while a write is pending or unread.
class WakeSignal {
 public:
  static constexpr unsigned kWantsData = 1;
  static constexpr unsigned kWantsSpace = 2;

  explicit WakeSignal(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }

  // For the waker, after it has published the data or the space.
  void signal_if(unsigned reason) {
    if ((flags_.load() & reason) != 0) signal();
  }
  void signal() {
    if ((flags_.fetch_or(kSignalled) & kSignalled) != 0) return;
    const std::uint64_t one = 1;
    static_cast<void>(::write(descriptor_.get(), &one, sizeof one));
  }

  // For the owner, before it may sleep. True if it must check again: nothing signalled what was
  // published before the flags were set.
  [[nodiscard]] bool rearm(unsigned wanted) {
    const unsigned flags = flags_.load();
    if (flags == wanted) return false;
    if ((flags & kSignalled) != 0) {
      std::uint64_t count = 0;
      // The write is pending: the descriptor becomes readable soon.
      if (::read(descriptor_.get(), &count, sizeof count) < 0) return false;
    }
    // signal() does nothing while kSignalled is set, so no signal is lost here; and if it was not
    // set, exchange() returns a signal that arrived since.
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

// The part of a connection that one end owns and the other may use.
struct MemoryEnd {
  explicit MemoryEnd(Descriptor descriptor) : wake(std::move(descriptor)) {}
  WakeSignal wake;
  MemoryRing inbox;
  std::atomic<bool> closed{false};
};

struct Connection {
  Connection(Descriptor client, Descriptor server)
      : ends{MemoryEnd(std::move(client)), MemoryEnd(std::move(server))} {}
  std::array<MemoryEnd, 2> ends;
};

class MemoryChannel final : public Channel {
 public:
  MemoryChannel(std::shared_ptr<Connection> connection, std::size_t mine)
      : connection_(std::move(connection)),
        mine_(connection_->ends[mine]),
        peer_(connection_->ends[1 - mine]) {}
  ~MemoryChannel() override {
    mine_.closed.store(true);
    peer_.wake.signal();
  }

  [[nodiscard]] int descriptor() const override { return mine_.wake.descriptor(); }
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
  MemoryEnd& mine_;
  MemoryEnd& peer_;
  std::optional<std::size_t> blocked_;  // the size of the message that did not fit
};

// Arms the wake signal, or raises it if a receive or, while a send is blocked, a send is possible
// already. Both share the descriptor, so neither call may clear a signal for the other.
void MemoryChannel::before_sleep() {
  const unsigned wanted = WakeSignal::kWantsData | (blocked_ ? WakeSignal::kWantsSpace : 0u);
  if (!mine_.wake.rearm(wanted)) return;
  const bool can_receive = !mine_.inbox.empty() || peer_.closed.load();
  const bool can_send = blocked_ && peer_.inbox.has_room(*blocked_);
  if (can_receive || can_send) mine_.wake.signal();
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
  if (batch.taken > 0) peer_.wake.signal_if(WakeSignal::kWantsData);
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
  // Read before the ring: messages sent before the close are received first.
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
  if (!buffers.received.empty()) peer_.wake.signal_if(WakeSignal::kWantsSpace);
  if (!mine_.inbox.empty()) {
    batch.stop = ReceiveStop::more;
  } else if (peer_closed) {
    batch.stop = ReceiveStop::closed;
  }
  return batch;
}

// The listeners of this process by name, each with the channels that wait for accept(). Any thread.
class Listeners {
 public:
  // Returns the descriptor that is readable while a channel waits; absent if the name is in use.
  [[nodiscard]] std::optional<int> add(const std::string& name, Descriptor ready) {
    const MutexLock lock(mutex_);
    const auto [place, added] = backlogs_.try_emplace(name);
    if (!added) return std::nullopt;
    place->second.ready = std::move(ready);
    return place->second.ready.get();
  }
  void remove(const std::string& name) {
    std::map<std::string, Backlog>::node_type removed;  // destroyed after the lock
    const MutexLock lock(mutex_);
    removed = backlogs_.extract(name);
  }

  // False if nothing listens under the name.
  [[nodiscard]] bool push(const std::string& name, std::unique_ptr<Channel> channel) {
    const MutexLock lock(mutex_);
    const auto place = backlogs_.find(name);
    if (place == backlogs_.end()) return false;
    place->second.waiting.push_back(std::move(channel));
    const std::uint64_t one = 1;
    static_cast<void>(::write(place->second.ready.get(), &one, sizeof one));
    return true;
  }
  // Null if no channel waits. Must: the name was added.
  [[nodiscard]] std::unique_ptr<Channel> pop(const std::string& name) {
    const MutexLock lock(mutex_);
    Backlog& backlog = backlogs_.at(name);
    if (backlog.waiting.empty()) return nullptr;
    auto channel = std::move(backlog.waiting.front());
    backlog.waiting.pop_front();
    if (backlog.waiting.empty()) {
      std::uint64_t count = 0;
      static_cast<void>(::read(backlog.ready.get(), &count, sizeof count));
    }
    return channel;
  }

 private:
  struct Backlog {
    std::deque<std::unique_ptr<Channel>> waiting;
    Descriptor ready;
  };

  Mutex mutex_;
  std::map<std::string, Backlog> backlogs_ GUARDED_BY(mutex_);
};

Listeners& listeners() {
  static Listeners all;
  return all;
}

class MemoryListener final : public Listener {
 public:
  MemoryListener(Address local, int ready) : local_(std::move(local)), ready_(ready) {}
  ~MemoryListener() override { listeners().remove(local_.name); }

  [[nodiscard]] int descriptor() const override { return ready_; }
  [[nodiscard]] const Address& local() const override { return local_; }
  [[nodiscard]] Result<std::unique_ptr<Channel>> accept() override {
    return listeners().pop(local_.name);
  }

 private:
  Address local_;
  int ready_;  // owned by listeners()
};

Result<> refuse_socket_options(const SocketOptions& options) {
  if (options.send_buffer_bytes) return Error{"memory has no SO_SNDBUF; remove --sndbuf"};
  if (options.receive_buffer_bytes) return Error{"memory has no SO_RCVBUF; remove --rcvbuf"};
  return refuse_ip_options(options);
}

class Memory final : public Transport {
 public:
  [[nodiscard]] Promises promises() const override {
    return {.reliable = true,
            .ordered = true,
            .message_boundaries = true,
            .signals_close = true,
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
    const auto descriptor = listeners().add(address.name, *std::move(ready));
    if (!descriptor) return system_error(context(), EADDRINUSE);
    return std::unique_ptr<Listener>(std::make_unique<MemoryListener>(address, *descriptor));
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
    if (!listeners().push(address.name, std::make_unique<MemoryChannel>(connection, 1))) {
      return system_error(context(), ECONNREFUSED);
    }
    return std::unique_ptr<Channel>(std::make_unique<MemoryChannel>(connection, 0));
  }
};

}  // namespace

const Transport& memory_transport() {
  static const Memory transport;
  return transport;
}

}  // namespace sockmark
