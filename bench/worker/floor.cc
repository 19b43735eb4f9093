#include "bench/worker/floor.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/enum_names.h"
#include "bench/checks/limits.h"
#include "bench/load/message_batch.h"
#include "measure/histogram.h"
#include "reports/model/sections.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Both ends are on this machine and do nothing else.
constexpr Nanoseconds kConnectTimeout = 5s;
constexpr Nanoseconds kMessageTimeout = 5s;
// Bytes and datagrams of one receive call of a stream.
constexpr std::size_t kReceiveBytes = 256 * 1024;
constexpr std::size_t kReceiveDatagrams = 16;

enum class Waiting { blocking, epoll, spinning };
constexpr auto enum_names(Waiting) {
  return std::to_array<EnumName<Waiting>>({{Waiting::blocking, "blocking"},
                                           {Waiting::epoll, "epoll"},
                                           {Waiting::spinning, "spinning"}});
}

// How the kernel delivers: whole datagrams, or bytes as they arrive.
enum class Delivery { datagrams, bytes };

Waiting waiting_of(const CaseSpec& spec) {
  if (spec.wait == WaitMode::spin) return Waiting::spinning;
  const bool sleeps = spec.workload == Workload::rr && spec.wait != WaitMode::block;
  return sleeps ? Waiting::epoll : Waiting::blocking;
}

Delivery delivery_of(const CaseSpec& spec) {
  const bool datagrams = spec.transport_row().get().promises().message_boundaries;
  return datagrams ? Delivery::datagrams : Delivery::bytes;
}

// The two ends of one connection.
struct Pair {
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Channel> generator, responder;
};

Result<Pair> connect_pair(const CaseSpec& spec, const ChannelOptions& options,
                          const Address& address) {
  const Transport& transport = spec.transport_row().get();
  Pair pair;
  auto listener = TRY(transport.listen(address, options));
  pair.listener = std::move(listener);
  auto channel = TRY(transport.connect(local_target(pair.listener->local()), options));
  pair.generator = std::move(channel);
  const Instant deadline = now() + kConnectTimeout;
  while (!pair.responder) {
    auto accepted = TRY(pair.listener->accept());
    pair.responder = std::move(accepted);
    static_cast<void>(pair.generator->handshake(now()));
    if (now() > deadline) return Error{"floor: connection timed out"};
  }
  TRY(establish(*pair.generator, deadline));
  return pair;
}

// The descriptor of one end, and how it waits.
class Bare {
 public:
  [[nodiscard]] static Result<Bare> open(int descriptor, const CaseSpec& spec) {
    Bare end(descriptor, waiting_of(spec), delivery_of(spec));
    if (waiting_of(spec) != Waiting::epoll) return end;
    // Checked: without a poller receive() would spin, and the floor would be of another loop.
    end.poller_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
    if (!end.poller_) return system_error("floor: epoll_create1", errno);
    epoll_event wanted{.events = EPOLLIN, .data = {}};
    if (::epoll_ctl(end.poller_.get(), EPOLL_CTL_ADD, descriptor, &wanted) != 0)
      return system_error("floor: epoll_ctl", errno);
    return end;
  }

  // One message. False if the other end is gone, or if nothing arrived for kMessageTimeout.
  bool receive(std::vector<std::byte>& message) {
    std::size_t have = 0;
    for (std::uint64_t idle = 0;;) {
      if (poller_) {
        epoll_event event;
        ::epoll_wait(poller_.get(), &event, 1, static_cast<int>(kMessageTimeout / 1ms));
      }
      const ssize_t got = ::recv(descriptor_, message.data() + have, message.size() - have, flags_);
      if (got > 0) {
        have += static_cast<std::size_t>(got);
        if (delivery_ == Delivery::datagrams || have == message.size()) return true;
      } else if (got == 0 || (errno != EAGAIN && errno != EINTR) || !may_wait(++idle)) {
        return false;
      }
    }
  }

  bool send(const std::vector<std::byte>& message) {
    std::size_t sent = 0;
    while (sent < message.size()) {
      // In a round trip the kernel has room for a message once the other end has read the last one.
      const ssize_t taken =
          ::send(descriptor_, message.data() + sent, message.size() - sent, MSG_NOSIGNAL);
      if (taken < 0 && errno != EINTR && errno != EAGAIN) return false;
      sent += taken < 0 ? 0 : static_cast<std::size_t>(taken);
    }
    return true;
  }

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] int flags() const { return flags_; }

 private:
  Bare(int descriptor, Waiting waiting, Delivery delivery)
      : descriptor_(descriptor),
        flags_(waiting == Waiting::blocking ? 0 : MSG_DONTWAIT),
        waiting_(waiting),
        delivery_(delivery) {}

  // Whether to receive again after `idle` calls without a message. A spinning receive reads the
  // clock only once in 1024 calls.
  bool may_wait(std::uint64_t idle) {
    if (idle == 1) idle_from_ = now();
    if (waiting_ == Waiting::spinning && idle % 1024 != 0) return true;
    return now() - idle_from_ < kMessageTimeout;
  }

  int descriptor_;
  int flags_;
  Waiting waiting_;
  Delivery delivery_;
  Descriptor poller_;
  Instant idle_from_;
};

// Memory shared by the two processes.
struct Shared {
  std::atomic<std::uint64_t> messages{0};  // of a stream, received in the window
};

struct Window {
  Instant t0, t1;
};

[[noreturn]] void answer(Bare end, const CaseSpec& spec) {
  std::vector<std::byte> request(spec.size), response(spec.returned_size_max());
  auto& returned = spec.response ? response : request;
  while (end.receive(request) && end.send(returned)) {
  }
  ::_exit(0);
}

// The buffers of a batch of datagrams, or of a byte stream.
class BatchCalls {
 public:
  BatchCalls(std::size_t size, std::size_t messages, std::size_t bytes)
      : bytes_(std::max(bytes, size * messages)), headers_(messages), parts_(messages) {
    for (std::size_t i = 0; i < messages; ++i) {
      parts_[i] = {bytes_.data() + i * size, size};
      headers_[i].msg_hdr.msg_iov = &parts_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
    }
  }
  std::vector<std::byte>& bytes() { return bytes_; }
  mmsghdr* headers() { return headers_.data(); }
  [[nodiscard]] unsigned messages() const { return static_cast<unsigned>(headers_.size()); }

 private:
  std::vector<std::byte> bytes_;
  std::vector<mmsghdr> headers_;
  std::vector<iovec> parts_;
};

[[noreturn]] void receive_stream(const Bare& end, const CaseSpec& spec, const Window& window,
                                 Shared& shared) {
  const bool datagrams = delivery_of(spec) == Delivery::datagrams;
  BatchCalls calls(spec.size, datagrams ? kReceiveDatagrams : 1, datagrams ? 0 : kReceiveBytes);
  const int wait_for_one = end.flags() == 0 ? MSG_WAITFORONE : MSG_DONTWAIT;
  std::uint64_t bytes = 0, messages = 0;
  for (;;) {
    const ssize_t got =
        datagrams
            ? ::recvmmsg(end.descriptor(), calls.headers(), calls.messages(), wait_for_one, nullptr)
            : ::recv(end.descriptor(), calls.bytes().data(), calls.bytes().size(), end.flags());
    if (got == 0) ::_exit(0);
    if (got < 0) continue;  // the parent kills this process at the end
    const Instant arrived = now();
    if (arrived < window.t0 || arrived >= window.t1) continue;
    bytes += static_cast<std::size_t>(got);
    messages = datagrams ? messages + static_cast<std::size_t>(got) : bytes / spec.size;
    shared.messages.store(messages, std::memory_order_relaxed);
  }
}

// A child process that is killed when this object or this process ends.
class Child {
 public:
  template <class Body>
  explicit Child(Body body) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    body();
  }
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  explicit operator bool() const { return pid_ > 0; }

 private:
  pid_t pid_;
};

Result<report::Floor> exchange(Bare end, const CaseSpec& spec, const Window& window) {
  Histogram round_trips;
  std::vector<std::byte> request(spec.size), response(spec.returned_size_max());
  Instant before = now();
  while (before < window.t1) {
    if (!end.send(request) || !end.receive(response)) return Error{"floor: no answer"};
    const Instant after = now();
    if (before >= window.t0 && after < window.t1) round_trips.record(ns(after - before));
    before = after;
  }
  if (round_trips.count() == 0) return Error{"floor: no round trip began and ended in the window"};
  const double seconds = std::chrono::duration<double>(spec.duration).count();
  return report::Floor{.messages_per_s = static_cast<double>(round_trips.count()) / seconds,
                       .round_trip = report::distribution(round_trips)};
}

Result<report::Floor> send_stream(const Bare& end, const CaseSpec& spec, const Window& window,
                                  const Shared& shared) {
  const bool datagrams = delivery_of(spec) == Delivery::datagrams;
  BatchCalls calls(spec.size, messages_per_send(spec), 0);
  const int flags = end.flags() | MSG_NOSIGNAL;
  std::size_t at = 0;  // of a byte stream: the first byte of the buffer that is not sent yet
  for (std::uint64_t call = 0; now() < window.t1; ++call) {
    const auto& bytes = calls.bytes();
    const ssize_t sent =
        datagrams ? ::sendmmsg(end.descriptor(), calls.headers(), calls.messages(), flags)
                  : ::send(end.descriptor(), bytes.data() + at, bytes.size() - at, flags);
    if (sent < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
      return system_error("floor: send", errno);
    if (sent > 0 && !datagrams) at = (at + static_cast<std::size_t>(sent)) % bytes.size();
  }
  const double seconds = std::chrono::duration<double>(spec.duration).count();
  return report::Floor{.messages_per_s = static_cast<double>(shared.messages.load()) / seconds,
                       .round_trip = Maybe<report::Distribution>::none("one_way")};
}

}  // namespace

const char* why_no_floor(const CaseSpec& spec) {
  if (spec.transport_row().family == "memory") return "no_system_calls";
  if (spec.responder.foreign()) return report::kNoResponder;
  if (spec.workload == Workload::connect) return "connect";
  if (spec.direction == StreamDirection::both) return "both_directions";
  if (spec.rate) return "open_loop";
  if (spec.connections != 1) return "connections";
  if (spec.mix) return report::kSizeMix;
  if (spec.workload == Workload::rr && spec.depth != 1) return "depth";
  if (spec.impair) return "impaired";
  if (spec.socket.segmentation_offload) return "segmentation_offload";
  if (spec.batch) return "batch";
  if (spec.loaded()) return "background";
  if (spec.socket.quick_ack) return "quickack";
  if (spec.pause || spec.work > Nanoseconds(0)) return "server_aid";
  return nullptr;
}

Result<report::Floor> measure_floor(const CaseSpec& spec, const ChannelOptions& options,
                                    const Address& address) {
  auto pair = TRY(connect_pair(spec, options, address));
  auto generator = TRY(Bare::open(pair.generator->descriptor(), spec));
  std::optional<Bare> responder = TRY(Bare::open(pair.responder->descriptor(), spec));

  void* const memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return system_error("floor: mmap", errno);
  const auto unmap = [](Shared* shared) { ::munmap(shared, sizeof(Shared)); };
  const std::unique_ptr<Shared, decltype(unmap)> shared(new (memory) Shared, unmap);

  const Instant from = now();
  const Window window{.t0 = from + spec.warmup, .t1 = from + spec.warmup + spec.duration};
  const bool one_way = spec.workload == Workload::stream;
  const Child child([&] {
    if (spec.pin && !pin_to(spec.pin->responder)) ::_exit(1);
    if (one_way) receive_stream(*responder, spec, window, *shared);
    answer(*std::move(responder), spec);
  });
  if (!child) return system_error("floor: fork", errno);
  responder.reset();
  pair.responder.reset();
  if (spec.pin) TRY(pin_to(spec.pin->generator));
  auto floor = TRY(one_way ? send_stream(generator, spec, window, *shared)
                           : exchange(std::move(generator), spec, window));
  floor.loop = name_of(waiting_of(spec));
  return floor;
}

}  // namespace sockmark
