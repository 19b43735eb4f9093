#include "transports/fault_injection.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/descriptor.h"

namespace sockmark {
namespace {

static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT);

// A set of mostly consecutive numbers: one bit each, in chunks, so that one very large number does
// not need memory for all numbers below it.
class NumberSet {
 public:
  // Returns whether the number was new.
  bool insert(std::uint64_t number) {
    std::uint64_t& word = chunks_[number / kChunk][number % kChunk / 64];
    const std::uint64_t bit = std::uint64_t{1} << (number % 64);
    const bool added = (word & bit) == 0;
    word |= bit;
    return added;
  }

 private:
  static constexpr std::uint64_t kChunk = 1024;
  std::unordered_map<std::uint64_t, std::array<std::uint64_t, kChunk / 64>> chunks_;
};

// Reordering among the forwarded messages of one flow (RFC 4737). Independent of the meter's code
// for the same quantities, so that tests can compare the two.
//
// The earliest forwarded number that is larger than a missing one is the number that skipped it. So
// it is enough to store, for each gap, the position of the message that opened it.
class ForwardedOrder {
 public:
  // Returns false if the number was forwarded before.
  bool forward(std::uint64_t seq, FaultLedger& ledger) {
    if (!seen_.insert(seq)) return false;
    ++position_;
    if (seq < next_) {
      ++ledger.reordered;
      ++ledger.extents[extent(seq)];
      return true;
    }
    if (seq > next_) openers_.emplace(next_, position_);
    if (openers_.size() > FaultInjector::kRememberedGaps) openers_.erase(openers_.begin());
    next_ = seq + 1;
    return true;
  }

 private:
  // RFC 4737, section 4.2.3: i - j for the smallest j with s[j] > s[i]. Zero: unknown.
  [[nodiscard]] std::uint64_t extent(std::uint64_t seq) const {
    const auto beyond = openers_.upper_bound(seq);
    return beyond == openers_.begin() ? 0 : position_ - std::prev(beyond)->second;
  }

  NumberSet seen_;
  std::uint64_t position_ = 0;  // of the latest, from 1
  std::uint64_t next_ = 0;      // NextExp of section 3.3
  // The first number of each gap, and the position of the message that skipped it.
  std::map<std::uint64_t, std::uint64_t> openers_;
};

// A message that has arrived and is not yet forwarded.
struct PendingMessage {
  Message bytes;
  std::vector<std::byte> own;  // the memory of `bytes`, if the message must outlive its batch
  bool truncated = false;
  std::optional<MessageIdentity> identity;
  FaultDecision decision;  // hold_for counts down
  bool is_copy = false;
  bool kept = false;
  std::uint64_t place = 0;  // in the order in which messages were forwarded or held

  [[nodiscard]] bool counted() const { return identity && identity->counted; }
  void copy_bytes() {
    if (!own.empty()) return;
    own.assign(bytes.begin(), bytes.end());
    bytes = own;
  }
};

bool is_end(ReceiveStop stop) {
  return stop == ReceiveStop::closed || stop == ReceiveStop::broken || stop == ReceiveStop::failed;
}

// Zero or an errno.
int poll_control(int poller, int operation, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  return ::epoll_ctl(poller, operation, descriptor, &event) == 0 ? 0 : errno;
}

}  // namespace

struct FaultInjector::State {
  explicit State(Options options_in) : options(std::move(options_in)) {}

  // A message, or a copy of one, is handed to the receiver.
  void note_forwarded(const PendingMessage& pending) {
    if (!pending.counted()) return;
    if (pending.decision.truncate) {
      ++ledger.truncated;
    } else if (pending.decision.corrupt) {
      ++ledger.corrupted;
    } else if (flows[pending.identity->flow].forward(pending.identity->seq, ledger)) {
      ++ledger.forwarded;
    } else {
      ++(pending.is_copy ? ledger.duplicated : ledger.repeated);
    }
  }

  Options options;
  FaultLedger ledger;
  std::unordered_map<std::uint64_t, ForwardedOrder> flows;
};

namespace {

// The stages of a message: admit (drop, delay) -> arrive (damage, hold) -> pass -> emit. Delayed
// messages wait in delayed_, messages to be overtaken in held_. Holding does not depend on delays,
// so a constant delay does not change the order.
class FaultChannel final : public Channel {
 public:
  FaultChannel(std::unique_ptr<Channel> inner, FaultInjector::State& injector, Descriptor poller,
               Descriptor timer)
      : inner_(std::move(inner)),
        injector_(injector),
        poller_(std::move(poller)),
        timer_(std::move(timer)) {}

  // Updates the events of the inner descriptor that the poller reports. Returns zero or an errno;
  // can fail only when the descriptor is added to the poller.
  int watch() {
    const Readiness readiness = inner_->readiness();
    const auto events = static_cast<std::uint32_t>((end_ ? 0 : readiness.to_receive) |
                                                   (send_blocked_ ? readiness.to_send : 0));
    if (events == watched_) return 0;
    const int operation = watched_ == 0 ? EPOLL_CTL_ADD
                          : events == 0 ? EPOLL_CTL_DEL
                                        : EPOLL_CTL_MOD;
    watched_ = events;
    return poll_control(poller_.get(), operation, inner_->descriptor(), events);
  }

  [[nodiscard]] int descriptor() const override { return poller_.get(); }
  [[nodiscard]] Readiness readiness() const override {
    return {.to_receive = POLLIN, .to_send = POLLIN};
  }

  [[nodiscard]] Handshake handshake(Instant now) override {
    const Handshake state = inner_->handshake(now);
    send_blocked_ = state == Handshake::wants_send;
    watch();
    return state;
  }
  [[nodiscard]] Error handshake_error() const override { return inner_->handshake_error(); }

  [[nodiscard]] SendBatch send(std::span<const Message> messages, Scratch& scratch) override;
  [[nodiscard]] ReceiveBatch receive(Scratch& scratch, ReceiveWait wait) override;

  [[nodiscard]] std::uint64_t receive_drops() const override { return inner_->receive_drops(); }
  [[nodiscard]] std::optional<TcpInfo> tcp_info() const override { return inner_->tcp_info(); }
  [[nodiscard]] std::vector<EffectiveOption> effective_options() const override {
    return inner_->effective_options();
  }
  void abort_on_close() override { inner_->abort_on_close(); }

 private:
  struct End {
    ReceiveStop stop;
    int error;
  };

  void wait_readable() const;
  void admit(const Received& message);
  void release_delayed();
  void arrive(PendingMessage pending);
  void keep(PendingMessage& pending);
  void pass(PendingMessage pending);
  [[nodiscard]] std::optional<PendingMessage> take_overtaken();
  void release_held_if_quiet();
  void emit(PendingMessage pending);
  void emit_once(const PendingMessage& pending);
  void set_timer();

  std::unique_ptr<Channel> inner_;
  FaultInjector::State& injector_;
  Descriptor poller_;
  Descriptor timer_;
  std::uint32_t watched_ = 0;  // poll events of the inner descriptor
  bool send_blocked_ = false;
  std::optional<End> end_;         // of the inner channel
  std::optional<Instant> set_to_;  // the timer's expiry

  Instant at_;                // of the batch being made
  Instant last_arrival_;      // when something last came to be forwarded or held
  std::uint64_t places_ = 0;  // given so far
  std::multimap<Instant, PendingMessage>
      delayed_;                       // by when they are due; equals in order of arrival
  std::vector<PendingMessage> held_;  // by place
  std::vector<Received> batch_;       // being made; its views go into the Scratch or storage_
  std::vector<std::vector<std::byte>> storage_;
};

SendBatch FaultChannel::send(std::span<const Message> messages, Scratch& scratch) {
  const SendBatch batch = inner_->send(messages, scratch);
  for (const Message message : messages.first(batch.taken)) {
    const auto identity = injector_.options.identify(message);
    if (identity && identity->counted) ++injector_.ledger.sent;
  }
  send_blocked_ = batch.stop == SendStop::would_block;
  watch();
  return batch;
}

ReceiveBatch FaultChannel::receive(Scratch& scratch, ReceiveWait wait) {
  batch_.clear();
  storage_.clear();
  if (wait == ReceiveWait::block) wait_readable();

  const ReceiveBatch inner = end_ ? ReceiveBatch{.messages = {}, .arrived = now()}
                                  : inner_->receive(scratch, ReceiveWait::no);
  at_ = inner.arrived;
  release_delayed();
  for (const Received& message : inner.messages) admit(message);
  if (is_end(inner.stop)) end_ = {inner.stop, inner.error};
  release_held_if_quiet();
  watch();
  set_timer();

  ReceiveBatch batch{.messages = batch_, .arrived = at_, .stop = inner.stop};
  if (end_) {
    batch.stop = delayed_.empty() ? end_->stop : ReceiveStop::drained;
    batch.error = delayed_.empty() ? end_->error : 0;
  }
  return batch;
}

void FaultChannel::wait_readable() const {
  constexpr auto kLimit =
      std::chrono::duration_cast<std::chrono::milliseconds>(kBlockingReceiveLimit);
  pollfd readable{.fd = descriptor(), .events = POLLIN, .revents = 0};
  static_cast<void>(::poll(&readable, 1, static_cast<int>(kLimit.count())));
}

void FaultChannel::admit(const Received& message) {
  PendingMessage pending;
  pending.bytes = message.bytes;
  pending.truncated = message.truncated;
  if (!message.truncated) pending.identity = injector_.options.identify(message.bytes);
  if (pending.identity) {
    DEBUG_ASSERT(!message.bytes.empty());
    pending.decision = injector_.options.decide(*pending.identity);
  }
  const std::uint64_t counts = pending.counted() ? 1 : 0;
  injector_.ledger.arrived += counts;
  if (pending.decision.drop) {
    injector_.ledger.dropped += counts;
  } else if (pending.decision.delay > Nanoseconds(0)) {
    injector_.ledger.delayed += counts;
    keep(pending);
    delayed_.emplace(at_ + pending.decision.delay, std::move(pending));
  } else {
    arrive(std::move(pending));
  }
}

void FaultChannel::release_delayed() {
  while (!delayed_.empty() && delayed_.begin()->first <= at_) {
    PendingMessage pending = std::move(delayed_.extract(delayed_.begin()).mapped());
    if (pending.is_copy) {
      emit(std::move(pending));
    } else {
      arrive(std::move(pending));
    }
  }
}

void FaultChannel::arrive(PendingMessage pending) {
  last_arrival_ = at_;
  pending.place = ++places_;
  if (pending.decision.corrupt) {
    pending.copy_bytes();
    pending.own.back() ^= std::byte{1};
  }
  if (pending.decision.truncate) pending.bytes = pending.bytes.first(pending.bytes.size() - 1);
  if (pending.decision.hold_for == 0) {
    pass(std::move(pending));
    return;
  }
  if (pending.counted()) ++injector_.ledger.held;
  keep(pending);
  held_.push_back(std::move(pending));
}

void FaultChannel::keep(PendingMessage& pending) {
  pending.copy_bytes();
  if (!pending.kept && pending.counted()) ++injector_.ledger.kept;
  pending.kept = true;
}

// Forwards the message, and after it each held message whose count has reached zero.
void FaultChannel::pass(PendingMessage pending) {
  for (std::optional<PendingMessage> next = std::move(pending); next; next = take_overtaken()) {
    const std::uint64_t place = next->place;
    emit(*std::move(next));
    for (PendingMessage& held : held_) {
      if (held.place < place) --held.decision.hold_for;
    }
  }
}

// In the order of their places, so that none is overtaken once too often.
std::optional<PendingMessage> FaultChannel::take_overtaken() {
  const auto found = std::ranges::find_if(
      held_, [](const PendingMessage& held) { return held.decision.hold_for == 0; });
  if (found == held_.end()) return std::nullopt;
  PendingMessage pending = std::move(*found);
  held_.erase(found);
  return pending;
}

void FaultChannel::release_held_if_quiet() {
  const bool nothing_follows = end_ && delayed_.empty();
  const bool quiet = at_ - last_arrival_ >= injector_.options.quiet;
  if (held_.empty() || !(nothing_follows || quiet)) return;
  for (PendingMessage& held : std::exchange(held_, {})) emit(std::move(held));
}

void FaultChannel::emit(PendingMessage pending) {
  if (pending.kept && pending.counted()) --injector_.ledger.kept;
  emit_once(pending);
  pending.is_copy = true;
  pending.kept = false;
  for (std::uint32_t left = std::exchange(pending.decision.copies, 0); left > 0; --left) {
    if (pending.decision.copy_delay == Nanoseconds(0)) {
      emit_once(pending);
    } else {
      PendingMessage copy = pending;
      copy.own.assign(pending.bytes.begin(), pending.bytes.end());
      copy.bytes = copy.own;
      delayed_.emplace(at_ + pending.decision.copy_delay, std::move(copy));
    }
  }
  if (!pending.own.empty()) storage_.push_back(std::move(pending.own));
}

void FaultChannel::emit_once(const PendingMessage& pending) {
  batch_.push_back({.bytes = pending.bytes, .truncated = pending.truncated});
  injector_.note_forwarded(pending);
}

// Setting the timer again, or disarming it, also clears its readable state.
void FaultChannel::set_timer() {
  std::optional<Instant> next;
  if (!delayed_.empty()) next = delayed_.begin()->first;
  if (!held_.empty()) {
    const Instant quiet = last_arrival_ + injector_.options.quiet;
    next = next ? std::min(*next, quiet) : quiet;
  }
  if (next == set_to_) return;
  set_to_ = next;
  itimerspec spec{};
  if (next) {
    const std::int64_t since_boot = ns(*next);
    spec.it_value = {.tv_sec = since_boot / 1'000'000'000, .tv_nsec = since_boot % 1'000'000'000};
  }
  // Fails only for an invalid time.
  static_cast<void>(::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr));
}

}  // namespace

void FaultLedger::add(const FaultLedger& other) {
  sent += other.sent;
  arrived += other.arrived;
  dropped += other.dropped;
  delayed += other.delayed;
  held += other.held;
  corrupted += other.corrupted;
  truncated += other.truncated;
  duplicated += other.duplicated;
  repeated += other.repeated;
  kept += other.kept;
  forwarded += other.forwarded;
  reordered += other.reordered;
  for (const auto& [extent, count] : other.extents) extents[extent] += count;
}

FaultInjector::FaultInjector(Options options)
    : state_(std::make_unique<State>(std::move(options))) {
  ASSERT(state_->options.identify && state_->options.decide);
  ASSERT(state_->options.quiet > Nanoseconds(0));
}
FaultInjector::FaultInjector(FaultInjector&&) noexcept = default;
FaultInjector& FaultInjector::operator=(FaultInjector&&) noexcept = default;
FaultInjector::~FaultInjector() = default;

const FaultLedger& FaultInjector::ledger() const { return state_->ledger; }

Result<std::unique_ptr<Channel>> FaultInjector::wrap(std::unique_ptr<Channel> inner) {
  Descriptor poller(::epoll_create1(EPOLL_CLOEXEC));
  if (!poller) return system_error("epoll_create1", errno);
  Descriptor timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return system_error("timerfd_create", errno);
  if (const int error = poll_control(poller.get(), EPOLL_CTL_ADD, timer.get(), EPOLLIN)) {
    return system_error("epoll_ctl", error);
  }
  auto channel = std::make_unique<FaultChannel>(std::move(inner), *state_, std::move(poller),
                                                std::move(timer));
  if (const int error = channel->watch()) return system_error("epoll_ctl", error);
  return std::unique_ptr<Channel>(std::move(channel));
}

}  // namespace sockmark
