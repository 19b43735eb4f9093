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

// A set of numbers that are mostly consecutive: one bit each, in chunks, so that one wild number
// does not cost the room of all below it.
class NumberSet {
 public:
  // Whether it was not in there.
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

// The order in which one flow's messages were forwarded, judged by RFC 4737. Written apart from the
// meter of the same quantities, so that the two can disagree.
//
// The earliest forwarded number that is larger than a missing one is the number that skipped it. So
// it is enough to know, for each gap, who opened it.
class ForwardedOrder {
 public:
  // False if the number was forwarded before.
  bool forward(std::uint64_t seq, ImpairmentLedger& ledger) {
    if (!seen_.insert(seq)) return false;
    ++position_;
    if (seq < next_) {
      ++ledger.reordered;
      ++ledger.extents[extent(seq)];
      return true;
    }
    if (seq > next_) openers_.emplace(next_, position_);
    if (openers_.size() > Injector::kRememberedGaps) openers_.erase(openers_.begin());
    next_ = seq + 1;
    return true;
  }

 private:
  // RFC 4737, section 4.2.3: i - j for the smallest j with s[j] > s[i]. Zero: forgotten.
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

// A message between its arrival and its being forwarded.
struct Parcel {
  Message bytes;
  std::vector<std::byte> own;  // behind `bytes`, once the message has to outlive its batch
  bool truncated = false;
  std::optional<MessageIdentity> identity;
  Fate fate;  // hold_for counts down
  bool is_copy = false;
  bool kept = false;
  std::uint64_t place = 0;  // in the order in which messages came to be forwarded or held

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

struct Injector::State {
  explicit State(Options options_in) : options(std::move(options_in)) {}

  // An arrival, a copy included, leaves for whoever receives.
  void note_forwarded(const Parcel& parcel) {
    if (!parcel.counted()) return;
    if (parcel.fate.truncate) {
      ++ledger.truncated;
    } else if (parcel.fate.corrupt) {
      ++ledger.corrupted;
    } else if (flows[parcel.identity->flow].forward(parcel.identity->seq, ledger)) {
      ++ledger.forwarded;
    } else {
      ++(parcel.is_copy ? ledger.duplicated : ledger.repeated);
    }
  }

  Options options;
  ImpairmentLedger ledger;
  std::unordered_map<std::uint64_t, ForwardedOrder> flows;
};

namespace {

// A message's way: admit (drop, delay) -> reach (damage, hold) -> pass -> emit. What is delayed
// waits in delayed_, what is to be overtaken in held_, which does not know about delays: so a delay
// that is the same for all changes nothing in the order.
class ImpairedChannel final : public Channel {
 public:
  ImpairedChannel(std::unique_ptr<Channel> inner, Injector::State& injector, Descriptor poller,
                  Descriptor timer)
      : inner_(std::move(inner)),
        injector_(injector),
        poller_(std::move(poller)),
        timer_(std::move(timer)) {}

  // What the poller is to report of the inner descriptor. Zero or an errno; it can fail only where
  // the descriptor is new to the poller.
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
  void let_out_delayed();
  void reach(Parcel parcel);
  void keep(Parcel& parcel);
  void pass(Parcel parcel);
  [[nodiscard]] std::optional<Parcel> take_overtaken();
  void let_go_if_quiet();
  void emit(Parcel parcel);
  void emit_once(const Parcel& parcel);
  void set_timer();

  std::unique_ptr<Channel> inner_;
  Injector::State& injector_;
  Descriptor poller_;
  Descriptor timer_;
  std::uint32_t watched_ = 0;  // poll events of the inner descriptor
  bool send_blocked_ = false;
  std::optional<End> end_;         // of the inner channel
  std::optional<Instant> set_to_;  // what the timer is set to

  Instant at_;                              // of the batch being made
  Instant reached_;                         // when something last came to be forwarded or held
  std::uint64_t places_ = 0;                // given so far
  std::multimap<Instant, Parcel> delayed_;  // by when they are due; equals in order of arrival
  std::vector<Parcel> held_;                // by place
  std::vector<Received> batch_;             // being made; its views go into the Scratch or storage_
  std::vector<std::vector<std::byte>> storage_;
};

SendBatch ImpairedChannel::send(std::span<const Message> messages, Scratch& scratch) {
  const SendBatch batch = inner_->send(messages, scratch);
  for (const Message message : messages.first(batch.taken)) {
    const auto identity = injector_.options.identify(message);
    if (identity && identity->counted) ++injector_.ledger.sent;
  }
  send_blocked_ = batch.stop == SendStop::would_block;
  watch();
  return batch;
}

ReceiveBatch ImpairedChannel::receive(Scratch& scratch, ReceiveWait wait) {
  batch_.clear();
  storage_.clear();
  if (wait == ReceiveWait::block) wait_readable();

  const ReceiveBatch inner = end_ ? ReceiveBatch{.messages = {}, .arrived = now()}
                                  : inner_->receive(scratch, ReceiveWait::no);
  at_ = inner.arrived;
  let_out_delayed();
  for (const Received& message : inner.messages) admit(message);
  if (is_end(inner.stop)) end_ = {inner.stop, inner.error};
  let_go_if_quiet();
  watch();
  set_timer();

  ReceiveBatch batch{.messages = batch_, .arrived = at_, .stop = inner.stop};
  if (end_) {
    batch.stop = delayed_.empty() ? end_->stop : ReceiveStop::drained;
    batch.error = delayed_.empty() ? end_->error : 0;
  }
  return batch;
}

void ImpairedChannel::wait_readable() const {
  constexpr auto kLimit =
      std::chrono::duration_cast<std::chrono::milliseconds>(kBlockingReceiveLimit);
  pollfd readable{.fd = descriptor(), .events = POLLIN, .revents = 0};
  static_cast<void>(::poll(&readable, 1, static_cast<int>(kLimit.count())));
}

void ImpairedChannel::admit(const Received& message) {
  Parcel parcel;
  parcel.bytes = message.bytes;
  parcel.truncated = message.truncated;
  if (!message.truncated) parcel.identity = injector_.options.identify(message.bytes);
  if (parcel.identity) {
    DEBUG_ASSERT(!message.bytes.empty());
    parcel.fate = injector_.options.fate(*parcel.identity);
  }
  const std::uint64_t counts = parcel.counted() ? 1 : 0;
  injector_.ledger.arrived += counts;
  if (parcel.fate.drop) {
    injector_.ledger.dropped += counts;
  } else if (parcel.fate.delay > Nanoseconds(0)) {
    injector_.ledger.delayed += counts;
    keep(parcel);
    delayed_.emplace(at_ + parcel.fate.delay, std::move(parcel));
  } else {
    reach(std::move(parcel));
  }
}

void ImpairedChannel::let_out_delayed() {
  while (!delayed_.empty() && delayed_.begin()->first <= at_) {
    Parcel parcel = std::move(delayed_.extract(delayed_.begin()).mapped());
    if (parcel.is_copy) {
      emit(std::move(parcel));
    } else {
      reach(std::move(parcel));
    }
  }
}

void ImpairedChannel::reach(Parcel parcel) {
  reached_ = at_;
  parcel.place = ++places_;
  if (parcel.fate.corrupt) {
    parcel.copy_bytes();
    parcel.own.back() ^= std::byte{1};
  }
  if (parcel.fate.truncate) parcel.bytes = parcel.bytes.first(parcel.bytes.size() - 1);
  if (parcel.fate.hold_for == 0) {
    pass(std::move(parcel));
    return;
  }
  if (parcel.counted()) ++injector_.ledger.held;
  keep(parcel);
  held_.push_back(std::move(parcel));
}

void ImpairedChannel::keep(Parcel& parcel) {
  parcel.copy_bytes();
  if (!parcel.kept && parcel.counted()) ++injector_.ledger.kept;
  parcel.kept = true;
}

// Forwards the message, and behind it each that was held for just so many.
void ImpairedChannel::pass(Parcel parcel) {
  for (std::optional<Parcel> next = std::move(parcel); next; next = take_overtaken()) {
    const std::uint64_t place = next->place;
    emit(*std::move(next));
    for (Parcel& held : held_) {
      if (held.place < place) --held.fate.hold_for;
    }
  }
}

// In the order of their places, so that none is overtaken once more than it should.
std::optional<Parcel> ImpairedChannel::take_overtaken() {
  const auto found =
      std::ranges::find_if(held_, [](const Parcel& held) { return held.fate.hold_for == 0; });
  if (found == held_.end()) return std::nullopt;
  Parcel parcel = std::move(*found);
  held_.erase(found);
  return parcel;
}

void ImpairedChannel::let_go_if_quiet() {
  const bool nothing_follows = end_ && delayed_.empty();
  const bool quiet = at_ - reached_ >= injector_.options.quiet;
  if (held_.empty() || !(nothing_follows || quiet)) return;
  for (Parcel& held : std::exchange(held_, {})) emit(std::move(held));
}

void ImpairedChannel::emit(Parcel parcel) {
  if (parcel.kept && parcel.counted()) --injector_.ledger.kept;
  emit_once(parcel);
  parcel.is_copy = true;
  parcel.kept = false;
  for (std::uint32_t left = std::exchange(parcel.fate.copies, 0); left > 0; --left) {
    if (parcel.fate.copy_delay == Nanoseconds(0)) {
      emit_once(parcel);
    } else {
      Parcel copy = parcel;
      copy.own.assign(parcel.bytes.begin(), parcel.bytes.end());
      copy.bytes = copy.own;
      delayed_.emplace(at_ + parcel.fate.copy_delay, std::move(copy));
    }
  }
  if (!parcel.own.empty()) storage_.push_back(std::move(parcel.own));
}

void ImpairedChannel::emit_once(const Parcel& parcel) {
  batch_.push_back({.bytes = parcel.bytes, .truncated = parcel.truncated});
  injector_.note_forwarded(parcel);
}

// Setting it anew, or to nothing, also takes back that it has expired.
void ImpairedChannel::set_timer() {
  std::optional<Instant> next;
  if (!delayed_.empty()) next = delayed_.begin()->first;
  if (!held_.empty()) {
    const Instant quiet = reached_ + injector_.options.quiet;
    next = next ? std::min(*next, quiet) : quiet;
  }
  if (next == set_to_) return;
  set_to_ = next;
  itimerspec spec{};
  if (next) {
    const std::int64_t since_boot = ns(*next);
    spec.it_value = {.tv_sec = since_boot / 1'000'000'000, .tv_nsec = since_boot % 1'000'000'000};
  }
  // Fails only for instants that no clock has.
  static_cast<void>(::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr));
}

}  // namespace

void ImpairmentLedger::add(const ImpairmentLedger& other) {
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

Injector::Injector(Options options) : state_(std::make_unique<State>(std::move(options))) {
  ASSERT(state_->options.identify && state_->options.fate);
  ASSERT(state_->options.quiet > Nanoseconds(0));
}
Injector::Injector(Injector&&) noexcept = default;
Injector& Injector::operator=(Injector&&) noexcept = default;
Injector::~Injector() = default;

const ImpairmentLedger& Injector::ledger() const { return state_->ledger; }

Result<std::unique_ptr<Channel>> Injector::impair(std::unique_ptr<Channel> inner) {
  Descriptor poller(::epoll_create1(EPOLL_CLOEXEC));
  if (!poller) return system_error("epoll_create1", errno);
  Descriptor timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return system_error("timerfd_create", errno);
  if (const int error = poll_control(poller.get(), EPOLL_CTL_ADD, timer.get(), EPOLLIN)) {
    return system_error("epoll_ctl", error);
  }
  auto channel = std::make_unique<ImpairedChannel>(std::move(inner), *state_, std::move(poller),
                                                   std::move(timer));
  if (const int error = channel->watch()) return system_error("epoll_ctl", error);
  return std::unique_ptr<Channel>(std::move(channel));
}

}  // namespace sockmark
