#include "bench/load/responder.h"

#include <poll.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "bench/load/message_batch.h"
#include "bench/loop/drive.h"
#include "bench/protocol/wire.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Looks for the end, and for the edges of the window where no message marks them.
constexpr Nanoseconds kTick = 10ms;
// As at the generator: beyond, the poller is cheaper than trying every descriptor.
constexpr std::size_t kMostTried = 16;
// Batches of one connection before the others get their turn.
constexpr int kBatchesPerTurn = 16;
// So many runs of arrivals are counted at a time, after the echoes were sent back: one alone finds
// cold caches, which the kernel has used since the message before.
constexpr std::size_t kCounted = 12;
// What a socket's queue may still hold at the end: more than a turn where a turn takes one message
// a batch.
constexpr int kLastTurns = 64;
// Accepts before the connections that were closed meanwhile are noticed, and their descriptors
// freed.
constexpr int kAcceptsPerTurn = 16;

}  // namespace

struct ResponderThread::Peer {
  std::unique_ptr<Channel> channel;
  std::optional<Poll> poll;                     // dies before the channel
  std::vector<std::vector<std::byte>> backlog;  // echoes that the kernel did not take, oldest first
  Instant accepted;
  bool known = false;  // has sent a message of this run; until then it may be a stranger
  bool gone = false;
};

ResponderThread::ResponderThread(Options options)
    : options_(std::move(options)),
      transport_(find_transport(options_.spec.transport)->get()),
      one_exchange_(options_.spec.workload == Workload::connect &&
                    !transport_.promises().tells_close),
      most_waiting_(most_waiting(options_.spec)),
      scratch_(options_.spec.size, most_waiting_),
      ordered_(std::make_unique<Async>(loop_, [this] { obey(); })) {
  if (options_.fate) {
    injector_.emplace(injection(options_.flows, options_.spec, options_.fate));
  }
}

ResponderThread::~ResponderThread() = default;

Result<> ResponderThread::listen(const Address& address) {
  auto listener = TRY(transport_.listen(address, options_.channel));
  listener_ = std::move(listener);
  return {};
}

void ResponderThread::start(Instant t0, Instant t1) {
  {
    const std::lock_guard lock(mutex_);
    orders_.recorder.emplace(t0, t1, options_.spec.warmup);
  }
  ordered_->send();
}

void ResponderThread::await_started() {
  std::unique_lock lock(mutex_);
  obeyed_.wait(lock, [this] { return !orders_.recorder || ended_; });
}

void ResponderThread::finish(std::vector<std::uint64_t> sent, Instant deadline) {
  {
    const std::lock_guard lock(mutex_);
    orders_.sent = std::move(sent);
    orders_.deadline = deadline;
  }
  ordered_->send();
}

void ResponderThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    orders_.stop = true;
  }
  ordered_->send();
}

void ResponderThread::obey() {
  const std::lock_guard lock(mutex_);
  if (orders_.stop) done_ = true;
  if (orders_.recorder) {
    recorder_.emplace(std::move(*orders_.recorder));
    orders_.recorder.reset();
    schedule_pauses();
    trackers_.clear();
    trackers_.resize(options_.spec.connections);
    for (std::uint64_t c = 0; options_.owners == nullptr && c < trackers_.size(); ++c) {
      if (claims(c)) track(c);
    }
  }
  if (orders_.sent) {
    sent_ = std::exchange(orders_.sent, std::nullopt);
    deadline_ = orders_.deadline;
  }
  obeyed_.notify_one();
}

bool ResponderThread::claims(std::uint64_t connection) {
  return options_.owners != nullptr ? options_.owners->claim(connection, options_.index)
                                    : connection % options_.spec.threads == options_.index;
}

void ResponderThread::track(std::uint64_t connection) {
  // Of an echo the generator judges the time, and without a common clock nobody can; here counts
  // only whether a message came at all (RFC 6673: where a round trip was lost).
  const bool judges = options_.spec.workload == Workload::stream && options_.clock_shared;
  const Nanoseconds patience = judges ? options_.spec.tmax : 24h;
  trackers_[connection] = std::make_unique<SequenceTracker>(
      SequenceTracker::Options{.tmax = patience}, recorder_->sequence);
}

// Of the connections that are this thread's, or may still turn out to be.
bool ResponderThread::all_came() const {
  std::uint64_t expected = 0;
  for (std::uint64_t c = 0; c < sent_->size(); ++c) {
    const std::uint64_t sent = (*sent_)[c];
    if (trackers_[c]) {
      expected += sent;
    } else if (sent > 0 && options_.owners != nullptr && options_.owners->unclaimed(c)) {
      return false;
    }
  }
  return recorder_->sequence.received >= expected;
}

void ResponderThread::lose_unclaimed() {
  if (!sent_ || options_.owners == nullptr) return;
  for (std::uint64_t c = 0; c < sent_->size(); ++c) {
    if (!options_.owners->unclaimed(c)) continue;
    track(c);
    trackers_[c]->finish((*sent_)[c]);
  }
}

void ResponderThread::run() {
  listener_poll_ =
      std::make_unique<Poll>(loop_, listener_->descriptor(), [this](short) { accept_some(); });
  listener_poll_->want(POLLIN);
  ticker_ = std::make_unique<Timer>(loop_, [this] { check_end(now()); });
  ticker_->start(kTick, kTick);
  if (options_.spec.pause) pause_ = std::make_unique<Alarm>(loop_, [this] { pause(); });
  drive(loop_, options_.spec.wait, *this);

  count_arrivals();
  if (recorder_) {
    recorder_->usage.observe(now());
    recorder_->usage.close();
    for (const auto& peer : peers_) {
      if (!peer->gone) drop(*peer);
    }
  }
  for (std::size_t c = 0; sent_ && c < trackers_.size(); ++c) {
    if (trackers_[c]) trackers_[c]->finish((*sent_)[c]);
  }
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  obeyed_.notify_one();
  ticker_.reset();
  pause_.reset();
  listener_poll_.reset();
  peers_.clear();
}

// Each begins half an `every` after t0 or whole ones before and after that, so that every `every`
// of the window holds one whole pause. Warm-up has them too.
void ResponderThread::schedule_pauses() {
  if (!options_.spec.pause) return;
  const Nanoseconds every = options_.spec.pause->every;
  const Instant t0 = recorder_->counts.t0;
  next_pause_ = t0 - (options_.spec.warmup / every) * every - every / 2;
  while (next_pause_ < now()) next_pause_ += every;
  pause_->set(next_pause_);
}

// Does nothing for as long as was asked: what comes waits in the kernel.
void ResponderThread::pause() {
  if (now() < next_pause_) return;
  const Instant until = now() + options_.spec.pause->length;
  while (now() < until && !told_to_stop()) {
    std::this_thread::sleep_for(std::min<Nanoseconds>(kTick, until - now()));
  }
  while (next_pause_ < now()) next_pause_ += options_.spec.pause->every;
  pause_->set(next_pause_);
}

void ResponderThread::work() const {
  if (options_.spec.work == Nanoseconds(0)) return;
  const Instant until = now() + options_.spec.work;
  while (now() < until) {
  }
}

bool ResponderThread::told_to_stop() {
  const std::lock_guard lock(mutex_);
  return orders_.stop || orders_.sent;
}

void ResponderThread::check_end(Instant now_) {
  if (recorder_) recorder_->usage.observe(now_);
  bury();
  if (!sent_) return;
  count_arrivals();
  if (now_ < deadline_ && !(recorder_ && all_came())) return;
  // The generator's end of a byte stream has come by now: did it end inside a message?
  for (const auto& peer : peers_) {
    for (int i = 0; i < kLastTurns && serve(*peer); ++i) {
    }
  }
  done_ = true;
}

void ResponderThread::accept_some() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    auto channel = listener_->accept();
    if (!channel) {
      if (failure_.empty()) failure_ = channel.error().message;
      return;
    }
    if (*channel == nullptr) return;
    if (injector_) {
      channel = injector_->impair(std::move(*channel));
      if (!channel) {
        if (failure_.empty()) failure_ = channel.error().message;
        return;
      }
    }
    auto& peer = *peers_.emplace_back(std::make_unique<Peer>());
    peer.channel = std::move(*channel);
    peer.accepted = now();
    // Whoever a datagram listener lets in has shown that it knows the run's token.
    peer.known = transport_.promises().message_boundaries;
    watch(peer);
    serve(peer);
  }
}

// In block mode no poller looks at the descriptor, which libuv would make non-blocking.
void ResponderThread::watch(Peer& peer) {
  if (options_.spec.wait == WaitMode::block) return;
  peer.poll.emplace(loop_, peer.channel->descriptor(), [this, &peer](short) { serve(peer); });
  peer.poll->want(peer.channel->readiness().to_receive);
}

// Whether anything moved.
bool ResponderThread::serve(Peer& peer, ReceiveWait wait) {
  if (peer.gone) return false;
  if (!peer.backlog.empty()) {
    const auto waiting = std::exchange(peer.backlog, {});
    if (!send_back(peer, std::vector<Message>(waiting.begin(), waiting.end()))) return true;
  }
  bool moved = false;
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    const ReceiveBatch batch = peer.channel->receive(scratch_, wait);
    moved |= !batch.messages.empty();
    echoes_.clear();
    if (recorder_) recorder_->usage.observe(batch.arrived);
    for (const auto& message : batch.messages) take(peer, message, batch.arrived);
    const bool sent = echoes_.empty() || send_back(peer, echoes_);
    if (runs_.size() >= kCounted) count_arrivals();
    if (!sent) return moved;
    if (one_exchange_ && !echoes_.empty()) {
      drop(peer);
      return moved;
    }
    switch (batch.stop) {
      case ReceiveStop::drained:
        return moved;
      case ReceiveStop::more:
        if (wait == ReceiveWait::no && batch.messages.size() >= most_waiting_) return moved;
        break;
      case ReceiveStop::closed:
        drop(peer);
        return moved;
      case ReceiveStop::broken:
        if (recorder_) {
          ++(peer.known ? recorder_->integrity.stream_integrity_errors
                        : recorder_->integrity.spurious);
        }
        drop(peer);
        return moved;
      case ReceiveStop::failed:
        if (failure_.empty()) failure_ = "receive: " + std::generic_category().message(batch.error);
        drop(peer);
        return moved;
    }
  }
  return moved;
}

void ResponderThread::take(Peer& peer, const Received& message, Instant arrived) {
  WireHeader header;
  const Decoded decoded = message.truncated ? Decoded::truncated : decode(message.bytes, header);
  if (decoded != Decoded::intact) {
    // Whose it was is not known, but when it came.
    if (!recorder_ || arrived < recorder_->counts.t0) return;
    if (peer.known) {
      ++recorder_->integrity.corrupt;
      recorder_->integrity.corrupt_truncated += decoded == Decoded::truncated;
    } else {
      ++recorder_->integrity.spurious;
    }
    return;
  }
  const std::uint64_t connection = options_.flows.connection(header.flow);
  if (connection >= options_.spec.connections ||
      options_.flows.measured(header.flow) != header.measured || !claims(connection)) {
    if (recorder_) ++recorder_->integrity.spurious;
    return;
  }
  peer.known = true;
  work();
  if (header.echo) echoes_.push_back(message.bytes);
  if (!recorder_) return;
  // Of the messages that a stream sent in one call only the number differs.
  if (!runs_.empty() && runs_.back().goes_on_with(header, message.bytes.size(), arrived)) {
    ++runs_.back().count;
  } else {
    runs_.push_back(
        {.first = header, .bytes = message.bytes.size(), .arrived = arrived, .count = 1});
  }
}

void ResponderThread::count_arrivals() {
  for (const auto& run : runs_) count(run);
  runs_.clear();
}

bool ResponderThread::Run::goes_on_with(const WireHeader& next, std::uint64_t bytes_of_next,
                                        Instant arrived_next) const {
  // The flow says whether it is measured: take() has seen to that.
  return arrived_next == arrived && bytes_of_next == bytes && next.seq == first.seq + count &&
         next.flow == first.flow && next.intended_ns == first.intended_ns &&
         next.sent_after_ns == first.sent_after_ns && next.echo == first.echo;
}

void ResponderThread::count(const Run& run) {
  const Instant arrived = run.arrived, intended = intended_of(run.first, arrived);
  const auto connection = options_.flows.connection(run.first.flow);
  if (!trackers_[connection]) track(connection);  // the first of it, where an address is shared
  // Of an echo it is the generator who has the answer in hand.
  const bool one_way = !run.first.echo;
  if (!run.first.measured) {
    if (one_way) recorder_->answered_in_warmup(intended, arrived, run.bytes, run.count);
    return;
  }
  const auto together =
      trackers_[connection]->arrived_together(run.first.seq, run.count, sent_of(run.first, arrived),
                                              arrived, static_cast<std::uint32_t>(run.bytes));
  if (one_way && together.first > 0)
    recorder_->answered(intended, arrived, run.bytes, together.first);
  recorder_->integrity.spurious += together.spurious;
}

// False when not everything could be sent back: the connection is then blocked, or gone.
bool ResponderThread::send_back(Peer& peer, std::span<const Message> messages) {
  const SendBatch batch = peer.channel->send(messages, scratch_);
  const Readiness readiness = peer.channel->readiness();
  switch (batch.stop) {
    case SendStop::all:
      if (peer.poll) peer.poll->want(readiness.to_receive);
      return true;
    case SendStop::would_block:
      for (const auto& message : messages.subspan(batch.taken)) {
        peer.backlog.emplace_back(message.begin(), message.end());
      }
      if (peer.poll) peer.poll->want(readiness.to_send);
      return false;
    case SendStop::closed:
      drop(peer);
      return false;
    case SendStop::too_large:
    case SendStop::failed:
      if (failure_.empty()) failure_ = "send: " + std::generic_category().message(batch.error);
      drop(peer);
      return false;
  }
  return false;
}

// The peer itself stays where it is until nothing on the stack uses it any more.
void ResponderThread::drop(Peer& peer) {
  if (recorder_) recorder_->receive_drops += peer.channel->receive_drops();
  peer.poll.reset();
  peer.channel.reset();
  peer.gone = true;
  buried_ = false;
}

void ResponderThread::bury() {
  if (one_exchange_) {
    // Its message, or the answer to its greeting, was lost.
    for (const auto& peer : peers_) {
      if (!peer->gone && now() - peer->accepted > 2 * options_.spec.tmax) drop(*peer);
    }
  }
  if (buried_) return;
  std::erase_if(peers_, [](const auto& peer) { return peer->gone; });
  buried_ = true;
}

bool ResponderThread::try_all() {
  if (peers_.size() > kMostTried) {
    loop_.run_nowait();
    return false;
  }
  bool moved = false;
  for (const auto& peer : peers_) moved |= serve(*peer);
  return moved;
}

bool ResponderThread::block_once() {
  // The only one there is, or the one that has proved itself among strangers.
  const auto found = std::ranges::find_if(peers_, [this](const auto& peer) {
    return !peer->gone && (peer->known || peers_.size() == 1);
  });
  if (found == peers_.end()) {
    try_all();
    return false;
  }
  Peer& peer = **found;
  if (peer.backlog.empty()) {
    serve(peer, ReceiveWait::block);
  } else {
    const Readiness readiness = peer.channel->readiness();
    pollfd entry{peer.channel->descriptor(), readiness.to_send, 0};
    ::poll(&entry, 1, static_cast<int>(kBlockingReceiveLimit / 1ms));
    serve(peer);
  }
  return true;
}

}  // namespace sockmark
