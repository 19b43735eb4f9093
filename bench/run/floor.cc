#include "bench/run/floor.h"

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
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "bench/checks/limits.h"
#include "bench/load/message_batch.h"
#include "measure/histogram.h"
#include "reports/model/sections.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Both ends are on this machine, and at work on nothing else.
constexpr Nanoseconds kPatience = 5s;
// What a receive call of a stream asks for.
constexpr std::size_t kReceiveBytes = 256 * 1024;
constexpr std::size_t kReceiveDatagrams = 16;

enum class Waiting { blocking, epoll, spinning };

Waiting waiting_of(const CaseSpec& spec) {
  if (spec.wait == WaitMode::spin) return Waiting::spinning;
  const bool sleeps = spec.workload == Workload::rr && spec.wait != WaitMode::block;
  return sleeps ? Waiting::epoll : Waiting::blocking;
}

const char* name_of(Waiting waiting) {
  switch (waiting) {
    case Waiting::blocking:
      return "blocking";
    case Waiting::epoll:
      return "epoll";
    case Waiting::spinning:
      return "spinning";
  }
  return "";
}

// The two ends of one connection.
struct Pair {
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Channel> generator, responder;
};

Result<Pair> connect_pair(const CaseSpec& spec, const ChannelOptions& options,
                          const Address& address) {
  const Transport& transport = find_transport(spec.transport)->get();
  Pair pair;
  auto listener = TRY(transport.listen(address, options));
  pair.listener = std::move(listener);
  auto channel = TRY(transport.connect(pair.listener->local(), options));
  pair.generator = std::move(channel);
  const Instant deadline = now() + kPatience;
  while (!pair.responder) {
    auto accepted = TRY(pair.listener->accept());
    pair.responder = std::move(accepted);
    static_cast<void>(pair.generator->handshake(now()));
    if (now() > deadline) return Error{"the floor: its two ends did not meet"};
  }
  TRY(establish(*pair.generator, deadline));
  return pair;
}

// One end's descriptor and its way of waiting.
class Bare {
 public:
  Bare(int descriptor, Waiting waiting, bool datagrams)
      : descriptor_(descriptor),
        flags_(waiting == Waiting::blocking ? 0 : MSG_DONTWAIT),
        datagrams_(datagrams) {
    if (waiting != Waiting::epoll) return;
    poller_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
    epoll_event wanted{.events = EPOLLIN, .data = {}};
    ::epoll_ctl(poller_.get(), EPOLL_CTL_ADD, descriptor, &wanted);
  }

  // One message. False where the other end is gone, or nothing came for kPatience.
  bool receive(std::vector<std::byte>& message) {
    std::size_t have = 0;
    for (std::uint64_t idle = 0;;) {
      if (poller_) {
        epoll_event event;
        ::epoll_wait(poller_.get(), &event, 1, static_cast<int>(kPatience / 1ms));
      }
      const ssize_t got = ::recv(descriptor_, message.data() + have, message.size() - have, flags_);
      if (got > 0) {
        have += static_cast<std::size_t>(got);
        if (datagrams_ || have == message.size()) return true;
      } else if (got == 0 || (errno != EAGAIN && errno != EINTR) || !is_patient(++idle)) {
        return false;
      }
    }
  }

  bool send(const std::vector<std::byte>& message) {
    std::size_t sent = 0;
    while (sent < message.size()) {
      // Of a round trip the kernel takes a message at once, or waits for the other end to read.
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
  // A blocking receive comes back empty from time to time, a spinning one all the time.
  bool is_patient(std::uint64_t idle) {
    if (idle == 1) idle_from_ = now();
    return idle % 1024 != 0 || now() - idle_from_ < kPatience;
  }

  int descriptor_;
  int flags_;
  bool datagrams_;
  Descriptor poller_;
  Instant idle_from_;
};

// What the two processes share.
struct Shared {
  std::atomic<std::uint64_t> messages{0};  // of a stream, that arrived in the window
};

struct Window {
  Instant t0, t1;
};

[[noreturn]] void answer(Bare end, std::size_t size) {
  std::vector<std::byte> message(size);
  while (end.receive(message) && end.send(message)) {
  }
  ::_exit(0);
}

// Datagrams by the batch, or a byte stream as it comes.
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

[[noreturn]] void take_stream(const Bare& end, const CaseSpec& spec, bool datagrams,
                              const Window& window, Shared& shared) {
  BatchCalls calls(spec.size, datagrams ? kReceiveDatagrams : 1, datagrams ? 0 : kReceiveBytes);
  const int wait_for_one = end.flags() == 0 ? MSG_WAITFORONE : MSG_DONTWAIT;
  std::uint64_t bytes = 0, messages = 0;
  for (;;) {
    const ssize_t got =
        datagrams
            ? ::recvmmsg(end.descriptor(), calls.headers(), calls.messages(), wait_for_one, nullptr)
            : ::recv(end.descriptor(), calls.bytes().data(), calls.bytes().size(), end.flags());
    if (got == 0) ::_exit(0);
    if (got < 0) continue;  // killed when it is over
    const Instant arrived = now();
    if (arrived < window.t0 || arrived >= window.t1) continue;
    bytes += static_cast<std::size_t>(got);
    messages = datagrams ? messages + static_cast<std::size_t>(got) : bytes / spec.size;
    shared.messages.store(messages, std::memory_order_relaxed);
  }
}

// A child process that ends with this one, or before.
class Child {
 public:
  template <class Play>
  explicit Child(Play play) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    play();
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

Result<report::Floor> ask(Bare end, const CaseSpec& spec, const Window& window) {
  Histogram round_trips;
  std::vector<std::byte> message(spec.size);
  Instant before = now();
  while (before < window.t1) {
    if (!end.send(message) || !end.receive(message)) return Error{"the floor: no answer came"};
    const Instant after = now();
    if (before >= window.t0 && after < window.t1) round_trips.record(ns(after - before));
    before = after;
  }
  const double seconds = std::chrono::duration<double>(spec.duration).count();
  return report::Floor{.messages_per_s = static_cast<double>(round_trips.count()) / seconds,
                       .round_trip = report::distribution(round_trips)};
}

Result<report::Floor> send_stream(const Bare& end, const CaseSpec& spec, bool datagrams,
                                  const Window& window, const Shared& shared) {
  BatchCalls calls(spec.size, messages_per_send(spec), 0);
  const int flags = end.flags() | MSG_NOSIGNAL;
  std::size_t at = 0;  // in what a byte stream has not taken yet
  for (std::uint64_t call = 0; now() < window.t1; ++call) {
    const auto& bytes = calls.bytes();
    const ssize_t sent =
        datagrams ? ::sendmmsg(end.descriptor(), calls.headers(), calls.messages(), flags)
                  : ::send(end.descriptor(), bytes.data() + at, bytes.size() - at, flags);
    if (sent < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
      return system_error("the floor: send", errno);
    if (sent > 0 && !datagrams) at = (at + static_cast<std::size_t>(sent)) % bytes.size();
  }
  const double seconds = std::chrono::duration<double>(spec.duration).count();
  return report::Floor{.messages_per_s = static_cast<double>(shared.messages.load()) / seconds,
                       .round_trip = Maybe<report::Distribution>::none("one_way")};
}

}  // namespace

const char* why_no_floor(const CaseSpec& spec) {
  if (find_transport(spec.transport)->family == "memory") return "no_system_calls";
  if (spec.workload == Workload::connect) return "connect";
  if (spec.rate) return "open_loop";
  if (spec.connections != 1) return "connections";
  if (spec.workload == Workload::rr && spec.depth != 1) return "depth";
  if (spec.impair) return "impaired";
  if (spec.socket.segmentation_offload) return "segmentation_offload";
  if (spec.pause || spec.work > Nanoseconds(0)) return "server_aid";
  return nullptr;
}

Result<report::Floor> measure_floor(const CaseSpec& spec, const ChannelOptions& options,
                                    const Address& address) {
  auto pair = TRY(connect_pair(spec, options, address));
  const bool datagrams = find_transport(spec.transport)->get().promises().message_boundaries;
  const Waiting waiting = waiting_of(spec);

  void* const memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return system_error("the floor: mmap", errno);
  const auto unmap = [](Shared* shared) { ::munmap(shared, sizeof(Shared)); };
  const std::unique_ptr<Shared, decltype(unmap)> shared(new (memory) Shared, unmap);

  const Instant from = now();
  const Window window{.t0 = from + spec.warmup, .t1 = from + spec.warmup + spec.duration};
  const bool one_way = spec.workload == Workload::stream;
  const Child responder([&] {
    if (spec.pin && !pin_to(spec.pin->responder)) ::_exit(1);
    Bare end(pair.responder->descriptor(), waiting, datagrams);
    if (one_way) take_stream(end, spec, datagrams, window, *shared);
    answer(std::move(end), spec.size);
  });
  if (!responder) return system_error("the floor: fork", errno);
  pair.responder.reset();
  if (spec.pin) {
    if (auto pinned = pin_to(spec.pin->generator); !pinned) return std::move(pinned).error();
  }
  Bare end(pair.generator->descriptor(), waiting, datagrams);
  auto floor = one_way ? send_stream(end, spec, datagrams, window, *shared)
                       : ask(std::move(end), spec, window);
  if (floor) floor->loop = name_of(waiting);
  return floor;
}

}  // namespace sockmark
