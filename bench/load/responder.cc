#include "bench/load/responder.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "bench/load/load_limits.h"
#include "bench/load/polled_channel.h"
#include "bench/loop/drive.h"
#include "bench/protocol/wire.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Batches of one connection before the others get their turn.
constexpr int kBatchesPerTurn = 16;
// Turns at the end, for what the queue of a socket may still hold: more than one, because a turn
// may take only one message a batch.
constexpr int kLastTurns = 64;
// Accepts in one turn. After them the poller handles closed connections, which frees their
// descriptors.
constexpr int kAcceptsPerTurn = 16;

}  // namespace

// Open, in the sense of SendingFlow, once it is known which connection it is.
struct ResponderThread::Peer : SendingFlow {
  // Messages whose echoes or answers the kernel did not take, oldest first.
  std::vector<std::vector<std::byte>> backlog;
  Instant accepted;
  std::uint64_t connection = 0;  // of the case, if it is known
  bool known = false;            // has sent a message of this run; until then it may be any process
  bool probe = false;  // looks for the responder (reach.h), and sends no message of the run
  bool closed = false;
};

// The EventSource of drive().
struct ResponderThread::Events {
  ResponderThread& thread;
  [[nodiscard]] bool done() const { return thread.done_; }
  bool try_all() { return thread.try_all(); }
  [[nodiscard]] Instant next_due() const {
    const bool sends = thread.sending_ != ResponderThread::Sending::no;
    return sends ? thread.sender_->next_due() : Instant::max();
  }
  bool block_once() { return thread.block_once(); }
};

ResponderThread::ResponderThread(Options options)
    : options_(std::move(options)),
      transport_(options_.spec.transport_row().get()),
      one_exchange_(options_.spec.workload == Workload::connect &&
                    !transport_.promises().signals_close),
      loop_(options_.spec.responder_sends() && options_.spec.rate ? Loop::Idling::measured
                                                                  : Loop::Idling::unmeasured),
      unread_max_(unread_max(options_.spec)),
      scratch_(options_.spec.size, datagrams_max(options_.spec), frames_max(options_.spec)),
      arrivals_(options_.spec, options_.flows, options_.clock_shared),
      command_posted_(std::make_unique<Async>(loop_, [this] { apply_commands(); })) {
  const auto& response = options_.spec.response;
  if (response) answers_.emplace(*response, messages_per_send(options_.spec, *response));
  const CaseSpec& spec = options_.spec;
  if (spec.responder_sends()) {
    const std::uint64_t share = (spec.connections + spec.threads - 1) / spec.threads;
    sender_.emplace(spec, share, "the generator", loop_, scratch_,
                    [this](SendingFlow& flow, std::string_view what, int error) {
                      fail(static_cast<Peer&>(flow), what, error);
                    });
  }
  if (options_.decide_fault) {
    injector_.emplace(injector_options(options_.flows, options_.spec, options_.decide_fault));
  }
}

ResponderThread::~ResponderThread() = default;

Result<> ResponderThread::listen(const Address& address) {
  auto listener = TRY(transport_.listen(address, options_.channel));
  listener_ = std::move(listener);
  return {};
}

void ResponderThread::start(Instant t0, Instant t1, std::vector<Nanoseconds> thetas) {
  {
    const MutexLock lock(mutex_);
    commands_.window = Window{.t0 = t0, .t1 = t1, .thetas = std::move(thetas)};
    starting_ = true;
  }
  command_posted_->send();
}

void ResponderThread::await_started() {
  const MutexLock lock(mutex_);
  while (starting_ && !ended_) started_or_ended_.wait(mutex_);
}

void ResponderThread::begin_sending() {
  {
    const MutexLock lock(mutex_);
    commands_.send = true;
  }
  command_posted_->send();
}

void ResponderThread::end_at(Instant t1) {
  {
    const MutexLock lock(mutex_);
    commands_.end = t1;
  }
  command_posted_->send();
}

void ResponderThread::finish(std::vector<std::uint64_t> sent, Instant deadline) {
  {
    const MutexLock lock(mutex_);
    commands_.sent = std::move(sent);
    commands_.deadline = deadline;
  }
  command_posted_->send();
}

void ResponderThread::stop() {
  {
    const MutexLock lock(mutex_);
    commands_.stop = true;
  }
  command_posted_->send();
}

void ResponderThread::apply_end(Instant t1) {
  if (!recorder_ || t1 >= recorder_->counts.t1) return;
  recorder_->shorten(t1);
  arrivals_.shorten(t1);
}

// Builds the recorder and up to 100,000 trackers, without the lock.
void ResponderThread::apply_commands() {
  Commands commands;
  {
    const MutexLock lock(mutex_);
    commands = std::exchange(commands_, {});
  }
  if (commands.stop) done_ = true;
  if (commands.window) {
    for (const auto& peer : peers_) {
      if (peer->probe && !peer->closed) drop(*peer);
    }
    recorder_.emplace(commands.window->t0, commands.window->t1, options_.spec.interval,
                      options_.spec.warmup, longest_wait(options_.spec.wait));
    if (options_.spec.is_tcp()) {
      tcp_.store(&recorder_->tcp.emplace(options_.spec, commands.window->t0, commands.window->t1),
                 std::memory_order_release);
    }
    arrivals_.begin(*recorder_, std::move(commands.window->thetas));
    series_.store(&recorder_->series, std::memory_order_release);
    schedule_pauses();
    for (std::uint64_t c = 0; options_.owners == nullptr && c < options_.spec.connections; ++c) {
      if (owns(c)) arrivals_.track(c);
    }
  }
  if (commands.end && recorder_) {
    recorder_->shorten(*commands.end);
    arrivals_.shorten(*commands.end);
    send_deadline_ = *commands.end + std::min(2 * options_.spec.tmax + kTick, kInterruptedDrain);
  }
  if (commands.send && sender_ && recorder_) prepare_sending();
  if (commands.sent) {
    sent_ = std::move(commands.sent);
    deadline_ = commands.deadline;
  }
  {
    const MutexLock lock(mutex_);
    starting_ = commands_.window.has_value();
  }
  started_or_ended_.notify_one();
}

bool ResponderThread::owns(std::uint64_t connection) {
  return options_.owners != nullptr ? options_.owners->claim(connection, options_.index)
                                    : connection % options_.spec.threads == options_.index;
}

// The sessions exist from here on, so that the first messages are not late.
void ResponderThread::prepare_sending() {
  const CaseSpec& spec = options_.spec;
  const WindowCounts& window = recorder_->counts;
  send_deadline_ = std::min(send_deadline_, window.t1 + 2 * spec.tmax + kTick);
  std::vector<std::pair<Peer*, Session::Options>> sessions;
  for (const auto& peer : peers_) {
    if (peer->closed || peer->state != Peer::State::open) continue;
    auto options = sender_->session_options(peer->connection, options_.flows.of_responder(spec),
                                            options_.seed);
    options.start = window.t0 - spec.warmup;
    sessions.emplace_back(peer.get(), options);
  }
  sender_->begin(*recorder_);
  for (const auto& [peer, options] : sessions) peer->session.emplace(options, *recorder_);
  first_send_ = std::make_unique<Alarm>(loop_, [this] { send_first(); });
  first_send_->set(window.t0 - spec.warmup);
}

void ResponderThread::send_first() {
  const Instant start = recorder_->counts.t0 - options_.spec.warmup;
  if (sending_ != Sending::no) return;
  sending_ = Sending::yes;
  began_late_ = std::max(now() - start, Nanoseconds(0));
  for (const auto& peer : peers_) {
    if (!peer->session || peer->closed) continue;
    sender_->pump(*peer, now());
    sender_->set_interest(*peer);
  }
  sender_->set_alarm();
}

// Sends what is due after an event of the connection. Returns whether anything was.
bool ResponderThread::proceed(Peer& peer) {
  if (sending_ != Sending::yes || !peer.session || peer.state != Peer::State::open) return false;
  // An event makes nothing due in a schedule.
  const bool waits =
      options_.spec.rate ? peer.due != Peer::Due::blocked : peer.due == Peer::Due::nothing;
  if (waits) return false;
  sender_->pump(peer, now());
  sender_->set_interest(peer);
  sender_->set_alarm();
  return true;
}

void ResponderThread::check_sent(Instant now_) {
  if (sending_ != Sending::yes || now_ < recorder_->counts.t1) return;
  const bool idle = std::ranges::all_of(peers_, [](const auto& peer) {
    return !peer->session || peer->closed || peer->session->idle();
  });
  if (!idle && now_ < send_deadline_) return;
  end_sending();
  if (options_.all_sent) options_.all_sent();
}

void ResponderThread::end_sending() {
  sending_ = Sending::over;
  sent_messages_.assign(options_.spec.connections, 0);
  for (const auto& peer : peers_) {
    if (!peer->session) continue;
    sent_messages_[peer->connection] = peer->session->sent();
    peer->state = Peer::State::closed;  // what the kernel has not taken by now is not sent
  }
}

std::uint64_t ResponderThread::unsent() const {
  std::uint64_t count = 0;
  for (const auto& peer : peers_) count += peer->session ? peer->session->unsent() : 0;
  return count;
}

// Over the connections that this thread owns or may still claim.
bool ResponderThread::all_arrived() const {
  std::uint64_t expected = 0;
  for (std::uint64_t c = 0; c < sent_->size(); ++c) {
    const std::uint64_t sent = (*sent_)[c];
    if (sent == kSentUnknown) return false;
    if (arrivals_.tracks(c)) {
      expected += sent;
    } else if (sent > 0 && options_.owners != nullptr && options_.owners->unclaimed(c)) {
      return false;
    }
  }
  return arrivals_.received() >= expected;
}

void ResponderThread::lose_unclaimed() {
  if (!sent_ || options_.owners == nullptr) return;
  for (std::uint64_t c = 0; c < sent_->size(); ++c) {
    if (!options_.owners->unclaimed(c)) continue;
    arrivals_.track(c);
    arrivals_.finish(c, (*sent_)[c]);
  }
}

void ResponderThread::run() {
  listener_poll_ =
      std::make_unique<Poll>(loop_, listener_->descriptor(), [this](short) { accept_some(); });
  listener_poll_->want(POLLIN);
  ticker_ = std::make_unique<Timer>(loop_, [this] { check_end(now()); });
  ticker_->start(kTick, kTick);
  if (options_.spec.pause) pause_ = std::make_unique<Alarm>(loop_, [this] { pause(); });
  Events events{*this};
  drive(loop_, options_.spec.wait, events);

  arrivals_.count();
  first_send_.reset();
  if (sending_ == Sending::yes) end_sending();
  if (sender_) sender_->end();
  if (recorder_) {
    recorder_->observe(now());
    recorder_->usage.close();
    for (const auto& peer : peers_) {
      if (!peer->closed) drop(*peer);
    }
  }
  for (std::uint64_t c = 0; recorder_ && sent_ && c < options_.spec.connections; ++c) {
    if (arrivals_.tracks(c)) arrivals_.finish(c, (*sent_)[c]);
  }
  {
    const MutexLock lock(mutex_);
    ended_ = true;
  }
  started_or_ended_.notify_one();
  ticker_.reset();
  pause_.reset();
  listener_poll_.reset();
  std::erase_if(peers_, [](const auto& peer) { return !peer->session; });
}

// A pause begins half a period after t0, and whole periods before and after that, so that each
// period of the window contains one whole pause. Warm-up has pauses too.
void ResponderThread::schedule_pauses() {
  if (!options_.spec.pause) return;
  const Nanoseconds every = options_.spec.pause->every;
  const Instant t0 = recorder_->counts.t0;
  next_pause_ = t0 - (options_.spec.warmup / every) * every - every / 2;
  while (next_pause_ < now()) next_pause_ += every;
  pause_->set(next_pause_);
}

// Does nothing for the length of a pause: arrivals wait in the kernel.
void ResponderThread::pause() {
  if (now() < next_pause_) return;
  const Instant until = now() + options_.spec.pause->length;
  while (now() < until && !stop_requested()) {
    std::this_thread::sleep_for(std::min<Nanoseconds>(kTick, until - now()));
  }
  while (next_pause_ < now()) next_pause_ += options_.spec.pause->every;
  pause_->set(next_pause_);
}

void ResponderThread::work() {
  if (options_.spec.work == Nanoseconds(0)) return;
  const Instant until = now() + options_.spec.work;
  while (now() < until) {
  }
  if (!recorder_) return;
  recorder_->observe(until);  // a batch may keep it busy for a long time
  recorder_->taken_in += recorder_->counts.contains(until);
}

bool ResponderThread::stop_requested() {
  const MutexLock lock(mutex_);
  return done_ || commands_.stop || commands_.sent;
}

void ResponderThread::check_end(Instant now_) {
  if (recorder_) {
    recorder_->observe(now_);
    look_at_connections(now_);
    if (sending_ != Sending::no) sender_->observe(now_);
    check_sent(now_);
    if (recorder_->series.finishes(now_)) {
      arrivals_.count();
      recorder_->series.finish_until(now_);
    }
    arrivals_.settle(now_);
  }
  reap_peers();
  if (!sent_) return;
  arrivals_.count();
  if (now_ < deadline_ && !(recorder_ && all_arrived())) return;
  // By now the end of a byte stream has arrived; serve() records whether it is inside a message.
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
    if (socket_options_.empty()) socket_options_ = (*channel)->effective_options();
    if (injector_) {
      channel = injector_->wrap(std::move(*channel));
      if (!channel) {
        if (failure_.empty()) failure_ = channel.error().message;
        return;
      }
    }
    auto& peer = *peers_.emplace_back(std::make_unique<Peer>());
    peer.channel.open(std::move(*channel));
    peer.accepted = now();
    // A datagram listener accepts only peers that know the run's token.
    peer.known = transport_.promises().message_boundaries;
    watch_newest();
    serve(peer);
  }
}

// In block mode the descriptor is not polled: libuv would make it non-blocking.
void ResponderThread::watch_newest() {
  if (options_.spec.wait == WaitMode::block || only_tried(options_.spec.wait, peers_.size()))
    return;
  // The first that is too many makes the others watched, too.
  const bool all = peers_.size() == kTriedDirectlyMax + 1;
  for (const auto& peer : std::span(peers_).last(all ? peers_.size() : 1)) {
    if (!peer->closed && !peer->channel.watched()) watch(*peer);
  }
}

void ResponderThread::watch(Peer& peer) {
  peer.channel.watch(loop_, [this, &peer](short) {
    serve(peer);
    static_cast<void>(proceed(peer));
  });
  peer.channel.want(peer.channel->readiness().to_receive);
}

// Returns whether anything moved.
bool ResponderThread::serve(Peer& peer, ReceiveWait wait) {
  if (peer.closed) return false;
  if (!peer.backlog.empty()) {
    const auto waiting = std::exchange(peer.backlog, {});
    if (!send_back(peer, std::vector<Message>(waiting.begin(), waiting.end()))) return true;
  }
  bool moved = false;
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    const ReceiveBatch batch = peer.channel->receive(scratch_, wait);
    moved |= !batch.messages.empty();
    echoes_.clear();
    if (recorder_) recorder_->observe(batch.arrived);
    for (const auto& message : batch.messages) take(peer, message, batch.arrived);
    const bool sent = echoes_.empty() || send_back(peer, echoes_);
    if (arrivals_.full()) arrivals_.count();
    if (!sent) return moved;
    if (one_exchange_ && !echoes_.empty()) {
      drop(peer);
      return moved;
    }
    switch (batch.stop) {
      case ReceiveStop::drained:
        return moved;
      case ReceiveStop::more:
        if (wait == ReceiveWait::no && batch.messages.size() >= unread_max_) return moved;
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
    // Its flow is unknown, but not its arrival.
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
  if (header.flow == options_.flows.probe()) {
    peer.probe = true;
    if (header.echo) echoes_.push_back(message.bytes);
    return;
  }
  if (introduce(peer, header)) {
    echoes_.push_back(message.bytes);
    return;
  }
  if (!arrivals_.counts(header) || !owns(connection)) {
    if (recorder_) ++recorder_->integrity.spurious;
    return;
  }
  peer.known = true;
  peer.connection = connection;
  work();
  if (header.echo) echoes_.push_back(message.bytes);
  if (!recorder_) return;
  arrivals_.add(header, message.bytes.size(), arrived);
}

// Whether the message says which connection of the case this is (introduce.h).
bool ResponderThread::introduce(Peer& peer, const WireHeader& header) {
  const std::uint64_t connection = options_.flows.introduced(header.flow);
  if (!sender_ || connection >= options_.spec.connections || !owns(connection)) return false;
  peer.known = true;
  peer.connection = connection;
  peer.state = Peer::State::open;
  return true;
}

// Returns false if not everything could be sent back: the connection is then blocked or closed.
bool ResponderThread::send_back(Peer& peer, std::span<const Message> messages) {
  SendBatch batch;
  do {
    batch = peer.channel->send(answers_ ? answers_->answers_to(messages) : messages, scratch_);
    messages = messages.subspan(batch.taken);
  } while (batch.stop == SendStop::all && !messages.empty());
  const Readiness readiness = peer.channel->readiness();
  switch (batch.stop) {
    case SendStop::all:
      peer.channel.want(readiness.to_receive);
      return true;
    case SendStop::would_block:
      for (const auto& message : messages) {
        peer.backlog.emplace_back(message.begin(), message.end());
      }
      peer.channel.want(readiness.to_send);
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

void ResponderThread::look_at_connections(Instant now_) {
  if (!recorder_->tcp || !recorder_->tcp->due(now_)) return;
  TcpTotals open;
  for (const auto& peer : peers_) {
    if (peer->closed || peer->probe) continue;
    if (const auto info = peer->channel->tcp_info()) open.add(*info);
  }
  recorder_->tcp->sample(now_, open);
}

// What the kernel knows of it is read before it is closed.
void ResponderThread::end_connection(Peer& peer) {
  if (!recorder_->tcp || peer.probe || options_.spec.workload == Workload::connect) return;
  // The generator closes them all right after the window, before the next tick.
  look_at_connections(now());
  const auto info = peer.channel->tcp_info();
  if (!info) return;
  recorder_->tcp->ended(*info, peer.known ? std::optional(peer.connection) : std::nullopt);
}

// Closes the connection. The peer itself is kept until nothing on the stack uses it any more.
void ResponderThread::drop(Peer& peer) {
  if (recorder_) {
    recorder_->receive_drops += peer.channel->receive_drops();
    end_connection(peer);
  }
  // The generator closes first, after its last answer, so that its kernel would hold the port for a
  // minute (TIME_WAIT), and many repetitions at one address run out of ports. A reset ends that,
  // and loses nothing: what it closes is read to its end, or was given up. In `connect` the
  // generator resets the connection itself.
  if (options_.spec.workload != Workload::connect) peer.channel->abort_on_close();
  peer.channel.close();
  peer.closed = true;
  peer.state = Peer::State::closed;
  reaped_ = false;
}

void ResponderThread::fail(Peer& peer, std::string_view what, int error) {
  if (failure_.empty()) {
    failure_ = fmt::format("connection {}: {}", peer.connection, what);
    if (error != 0) failure_ += ": " + std::generic_category().message(error);
  }
  drop(peer);
}

void ResponderThread::reap_peers() {
  if (one_exchange_) {
    // A peer whose message, or the answer to its handshake, was lost.
    for (const auto& peer : peers_) {
      if (!peer->closed && now() - peer->accepted > 2 * options_.spec.tmax) drop(*peer);
    }
  }
  if (reaped_) return;
  std::erase_if(peers_, [](const auto& peer) { return peer->closed && !peer->session; });
  reaped_ = true;
}

bool ResponderThread::try_all() {
  if (peers_.size() > kTriedDirectlyMax) {
    loop_.run_nowait();
    return false;
  }
  bool moved = false;
  for (const auto& peer : peers_) {
    moved |= serve(*peer);
    static_cast<void>(proceed(*peer));
  }
  if (sending_ == Sending::no) return moved;
  sender_->send_due();
  return sender_->take_moved() || moved;
}

// Of a connection on which nothing arrives.
bool ResponderThread::block_in_send(Peer& peer) {
  // Until it begins, and from its end on, the thread waits for commands.
  if (sending_ != Sending::yes) return false;
  if (peer.due == Peer::Due::blocked) {
    pollfd entry{peer.channel->descriptor(), peer.channel->readiness().to_send, 0};
    ::poll(&entry, 1, static_cast<int>(kBlockingReceiveLimit / 1ms));
  }
  sender_->pump(peer, now());
  return peer.due != Peer::Due::nothing;
}

bool ResponderThread::block_once() {
  // The only peer, or the known one among unknown peers.
  const auto found = std::ranges::find_if(peers_, [this](const auto& peer) {
    return !peer->closed && !peer->probe && (peer->known || peers_.size() == 1);
  });
  if (found == peers_.end()) {
    try_all();
    return false;
  }
  Peer& peer = **found;
  if (sender_ && peer.session) return block_in_send(peer);
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
