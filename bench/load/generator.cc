#include "bench/load/generator.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "base/random.h"
#include "bench/load/load_limits.h"
#include "bench/load/polled_channel.h"
#include "bench/loop/drive.h"
#include "bench/protocol/wire.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Sends of a flow between two receives; and of all flows together, at least one each. Without the
// second limit, ten thousand flows that fill their buffers one after the other take seconds to
// start.
constexpr std::size_t kSendsPerTurn = 8;
constexpr std::size_t kSendsOfAll = 512;
// Rounds of a blocking loop before it checks whether the poller is due.
constexpr int kRoundsPerTurn = 16;
// A handshake of the connect workload may have to be retried without an event of its descriptor.
constexpr Nanoseconds kConnectTick = 1ms;

Pace pace_of(const CaseSpec& spec) {
  if (spec.rate) return Pace::scheduled;
  return spec.workload == Workload::stream ? Pace::saturating : Pace::closed;
}

// Pending answers are recorded when there are at least kRecordsPerTurn and the next message is on
// its way; there is room for kPendingRecordsMax.
constexpr std::size_t kRecordsPerTurn = 12, kPendingRecordsMax = 64;

// Due flows that send before the thread receives again.
constexpr int kFlowsPerTurn = 64;

}  // namespace

struct GeneratorThread::Flow {
  enum class State : std::uint8_t { closed, connecting, open, failed };
  enum class Due : std::uint8_t {
    nothing,
    more,     // its turn is over, the kernel would take more
    blocked,  // until the channel is ready to send
  };

  Flow(std::size_t place, const Session::Options& options)
      : index(place), session_options(options) {}

  std::size_t index;  // in flows_
  Session::Options session_options;
  std::optional<Session> session;  // from the start of the run, when the window is known
  PolledChannel channel;
  State state = State::closed;
  Due due = Due::nothing;
  bool in_more = false;              // it is in more_flows_
  Instant awaited = Instant::max();  // of its latest entry in waiting_
};

// The EventSource of drive().
struct GeneratorThread::Events {
  GeneratorThread& thread;
  [[nodiscard]] bool done() const { return thread.done_; }
  bool try_all() { return thread.try_all(); }
  [[nodiscard]] Instant next_due() const { return thread.next_due(); }
  bool block_once() { return thread.block_once(); }
};

GeneratorThread::GeneratorThread(Options options)
    : options_(std::move(options)),
      transport_(options_.spec.transport_row().get()),
      connects_(options_.spec.workload == Workload::connect),
      sends_per_turn_(
          std::clamp(kSendsOfAll / std::max<std::size_t>(options_.connections.size(), 1),
                     std::size_t{1}, kSendsPerTurn)),
      // The time that the loop waits shows whether this thread can keep up with its schedule.
      loop_(options_.spec.rate ? Loop::Idling::measured : Loop::Idling::unmeasured),
      scratch_(options_.spec.size, unread_max(options_.spec)),
      message_batch_(options_.spec.size, messages_per_send(options_.spec)) {
  const auto& spec = options_.spec;
  for (const auto connection : options_.connections) {
    Session::Options session{.pace = pace_of(spec),
                             .echo = spec.workload != Workload::stream,
                             .depth = spec.depth,
                             .batch = message_batch_.capacity(),
                             .byte_stream = !transport_.promises().message_boundaries,
                             .size = static_cast<std::uint32_t>(spec.size),
                             .connection = connection,
                             .flows = options_.flows,
                             .tmax = spec.tmax,
                             .schedule = {},
                             .start = {},
                             .offer = &offer_,
                             .pending_records = &pending_records_};
    if (spec.rate) {
      session.schedule = Schedule::Options{.arrivals = spec.arrivals,
                                           .rate = *spec.rate,
                                           .seed = child_seed(options_.seed, connection),
                                           .flow = connection,
                                           .flows = spec.connections};
    }
    flows_.push_back(std::make_unique<Flow>(flows_.size(), session));
  }
  pending_records_.reserve(kPendingRecordsMax);
  offer_.reserve(std::max<std::size_t>(message_batch_.capacity(), spec.depth));
  more_flows_.reserve(flows_.size());
  current_flows_.reserve(flows_.size());
  if (options_.decide_fault) {
    injector_.emplace(injector_options(options_.flows, spec, options_.decide_fault));
  }
}

GeneratorThread::~GeneratorThread() = default;

Result<> GeneratorThread::connect(Instant deadline) {
  ChannelOptions options = options_.channel;
  options.confirm = true;
  if (connects_) {
    // Carries nothing: a responder that cannot be reached is found before the run. The operations
    // of the run do not confirm, which would be another round trip in each.
    const auto channel = TRY(transport_.connect(options_.address, options));
    channel->abort_on_close();
    return establish(*channel, deadline);
  }
  for (const auto& flow : flows_) {
    auto channel = transport_.connect(options_.address, options);
    if (!channel) return std::move(channel).error();
    TRY(establish(**channel, deadline));
    if (injector_) {
      channel = injector_->wrap(std::move(*channel));
      if (!channel) return std::move(channel).error();
    }
    flow->channel.open(std::move(*channel));
    flow->state = Flow::State::open;
  }
  socket_options_ = flows_.front()->channel->effective_options();
  return {};
}

void GeneratorThread::run(Instant t0, Instant t1) {
  const CaseSpec& spec = options_.spec;
  recorder_.emplace(t0, t1, spec.warmup, longest_wait(spec.wait));
  t0_ = t0;
  t1_ = t1;
  drain_deadline_ = t1 + 2 * spec.tmax + kTick;
  if (spec.rate) {
    const double share = static_cast<double>(flows_.size()) / static_cast<double>(spec.connections);
    recorder_->send_timing.emplace(t0, t1, spec.arrivals, 1e9 / (*spec.rate * share));
    // By default the kernel may delay a timer by 50 us, to wake up less often.
    ::prctl(PR_SET_TIMERSLACK, 1UL);
  }
  series_.store(&recorder_->series, std::memory_order_release);
  for (const auto& flow : flows_) {
    flow->session_options.start = t0 - spec.warmup;
    flow->session.emplace(flow->session_options, *recorder_);
  }
  std::this_thread::sleep_until(t0 - spec.warmup);
  began_late_ = std::max(now() - (t0 - spec.warmup), Nanoseconds(0));
  begin();
  Events events{*this};
  drive(loop_, options_.spec.wait, events);

  Session::record_pending(pending_records_);
  apply_end();
  ended_ = now();
  observe(ended_);
  recorder_->usage.close();
  alarm_.reset();
  ticker_.reset();
  more_.reset();
  for (const auto& flow : flows_) {
    if (flow->session_options.echo) flow->session->tracker().finish(flow->session->sent());
    flow->channel.unwatch();
    if (!flow->channel) continue;
    recorder_->receive_drops += flow->channel->receive_drops();
    // Closed, so that the responder sees whether the byte stream ends with a whole message.
    if (flow->session_options.byte_stream) flow->channel.close();
  }
}

void GeneratorThread::begin() {
  more_ = std::make_unique<Idle>(loop_, [this] { send_more(); });
  ticker_ = std::make_unique<Timer>(loop_, [this] { tick(); });
  ticker_->start(0ns, connects_ ? kConnectTick : kTick);
  // In the other modes the thread reads the clock, or drive() has an alarm of its own.
  if (options_.spec.rate && options_.spec.wait == WaitMode::sleep) {
    alarm_ = std::make_unique<Alarm>(loop_, [this] { send_due(); });
  }
  for (const auto& flow : flows_) {
    if (connects_) {
      advance_connection(*flow, now());
    } else {
      watch(*flow);
      pump(*flow, now());
      set_interest(*flow);
    }
  }
  set_alarm();
}

// In block mode the descriptor is not polled: libuv would make it non-blocking.
void GeneratorThread::watch(Flow& flow) {
  if (options_.spec.wait == WaitMode::block) return;
  flow.channel.watch(loop_, [this, &flow](short events) { react(flow, events); });
}

void GeneratorThread::set_interest(Flow& flow) {
  if (!flow.channel.watched() || flow.state != Flow::State::open) return;
  const Readiness readiness = flow.channel->readiness();
  const bool blocked = flow.due == Flow::Due::blocked;
  flow.channel.want(static_cast<short>(readiness.to_receive | (blocked ? readiness.to_send : 0)));
  if (flow.session_options.pace == Pace::scheduled) {
    await_due(flow);
  } else if (flow.due == Flow::Due::more) {
    more_->start();
    if (!std::exchange(flow.in_more, true)) more_flows_.push_back(&flow);
  }
}

// A flow whose transport refuses waits for the transport, not for its schedule.
void GeneratorThread::await_due(Flow& flow) {
  if (flow.due == Flow::Due::blocked) {
    flow.awaited = Instant::max();
    return;
  }
  const Instant next = flow.session->next_due();
  if (next == flow.awaited) return;
  flow.awaited = next;
  if (next != Instant::max()) waiting_.emplace(next, flow.index);
}

void GeneratorThread::send_due() {
  for (int i = 0; i < kFlowsPerTurn && !waiting_.empty(); ++i) {
    const auto [at, index] = waiting_.top();
    Flow& flow = *flows_[index];
    const bool is_void = at != flow.awaited || flow.state != Flow::State::open;
    const Instant now_ = now();
    if (!is_void && at > now_) break;
    waiting_.pop();
    if (is_void) continue;
    flow.awaited = Instant::max();
    pump(flow, now_);
    set_interest(flow);
    if (flow.due == Flow::Due::more) break;  // its turn used up the time
  }
  set_alarm();
}

void GeneratorThread::set_alarm() {
  if (alarm_) alarm_->set(next_due());
}

void GeneratorThread::observe(Instant now_) {
  recorder_->observe(now_);
  if (!busy_from_ && now_ >= t0_) busy_from_ = Busy{.at = now_, .idle = loop_.idle()};
  if (!busy_until_ && now_ >= t1_) busy_until_ = Busy{.at = now_, .idle = loop_.idle()};
}

std::optional<double> GeneratorThread::busy() const {
  if (!options_.spec.rate || options_.spec.wait != WaitMode::sleep || !busy_until_)
    return std::nullopt;
  const auto elapsed = static_cast<double>(ns(busy_until_->at - busy_from_->at));
  if (elapsed <= 0) return std::nullopt;
  return 1 - static_cast<double>(ns(busy_until_->idle - busy_from_->idle)) / elapsed;
}

void GeneratorThread::send_more() {
  more_->stop();
  more_flows_.swap(current_flows_);
  for (Flow* flow : current_flows_) {
    flow->in_more = false;
    if (flow->state != Flow::State::open || flow->due != Flow::Due::more) continue;
    pump(*flow, now());
    set_interest(*flow);
  }
  current_flows_.clear();
}

void GeneratorThread::react(Flow& flow, short events) {
  if (flow.state == Flow::State::connecting) {
    advance_connection(flow, now());
    return;
  }
  if (flow.state != Flow::State::open) return;
  const Readiness readiness = flow.channel->readiness();
  Instant latest{};
  const bool came = (events & readiness.to_receive) != 0 && receive_all(flow, latest);
  moved_ |= came;
  if (flow.state != Flow::State::open || (!came && flow.due == Flow::Due::nothing)) return;
  proceed(flow, latest == Instant{} ? now() : latest);
}

// Sends what is due after an arrival, or after a message was given up.
void GeneratorThread::proceed(Flow& flow, Instant now_) {
  if (connects_ && flow.session->idle()) {
    close(flow);
    advance_connection(flow, now_);
    return;
  }
  // An arrival makes nothing due in a schedule.
  if (flow.session_options.pace == Pace::scheduled && flow.due != Flow::Due::blocked) return;
  pump(flow, now_);
  set_interest(flow);
  set_alarm();
}

bool GeneratorThread::receive_all(Flow& flow, Instant& latest, ReceiveWait wait) {
  bool moved = false;
  for (;; wait = ReceiveWait::no) {
    const ReceiveBatch batch = flow.channel->receive(scratch_, wait);
    latest = batch.arrived;
    recorder_->observe(latest);
    moved |= !batch.messages.empty();
    for (const auto& message : batch.messages) take(flow, message, batch.arrived);
    if (connects_ && flow.session->idle()) return moved;  // answered; the peer may close now
    switch (batch.stop) {
      case ReceiveStop::drained:
        return moved;
      case ReceiveStop::more:
        // A duplicate, if one is waiting, is read after the poller or with the next answer.
        if (flow.session->awaits_nothing()) return moved;
        break;
      case ReceiveStop::closed:
        fail(flow, "the responder closed the connection", 0);
        return moved;
      case ReceiveStop::broken:
        ++recorder_->integrity.stream_integrity_errors;
        fail(flow, "the byte stream broke", 0);
        return moved;
      case ReceiveStop::failed:
        fail(flow, "receive", batch.error);
        return moved;
    }
  }
}

void GeneratorThread::take(Flow& flow, const Received& message, Instant arrived) {
  WireHeader header;
  const Decoded decoded = message.truncated ? Decoded::truncated : decode(message.bytes, header);
  if (decoded != Decoded::intact) {
    if (arrived < t0_) return;  // its flow is unknown, but not its arrival
    ++recorder_->integrity.corrupt;
    recorder_->integrity.corrupt_truncated += decoded == Decoded::truncated;
    return;
  }
  flow.session->returned(header, arrived);
}

// Offers due messages until none is left, the kernel takes no more, or the turn is over.
void GeneratorThread::pump(Flow& flow, Instant now_) {
  send_due_of(flow, now_);
  if (pending_records_.size() >= kRecordsPerTurn) Session::record_pending(pending_records_);
}

void GeneratorThread::send_due_of(Flow& flow, Instant now_) {
  for (std::size_t i = 0; i < sends_per_turn_; ++i) {
    const auto due = flow.session->due(now_);
    flow.due = due.empty() ? Flow::Due::nothing : Flow::Due::more;
    if (due.empty()) return;
    const auto messages = message_batch_.encode(due);
    const SendBatch batch = flow.channel->send(messages, scratch_);
    now_ = now();
    flow.session->taken(batch.taken, now_);
    recorder_->observe(now_);
    // After a message without an echo there is nothing to spin for until the next is due.
    moved_ |= batch.taken > 0 && (flow.session_options.echo || !options_.spec.rate);
    switch (batch.stop) {
      case SendStop::all:
        break;
      case SendStop::would_block:
        flow.session->refused(now_);
        flow.due = Flow::Due::blocked;
        return;
      case SendStop::too_large:
        fail(flow,
             options_.spec.socket.segmentation_offload && messages.size() > 1
                 ? "--gso: the MTU of the path is too small for messages of this size"
                 : "the transport refuses a message of this size",
             0);
        return;
      case SendStop::closed:
        fail(flow, "the responder closed the connection", 0);
        return;
      case SendStop::failed:
        fail(flow, "send", batch.error);
        return;
    }
  }
}

// The connect workload: one operation is connect, one message, its answer, close.
void GeneratorThread::advance_connection(Flow& flow, Instant now_) {
  if (flow.state == Flow::State::closed) {
    if (flow.session->due(now_).empty())
      return;  // past t1; otherwise now_ is the operation's t_intended
    auto channel = transport_.connect(options_.address, options_.channel);
    if (!channel) {
      fail(flow, channel.error().message, 0);
      return;
    }
    flow.channel.open(std::move(*channel));
    flow.channel->abort_on_close();
    if (socket_options_.empty()) socket_options_ = flow.channel->effective_options();
    flow.state = Flow::State::connecting;
  }
  const Readiness readiness = flow.channel->readiness();
  short wanted = 0;
  switch (flow.channel->handshake(now_)) {
    case Handshake::established:
      break;
    case Handshake::wants_receive:
      wanted = readiness.to_receive;
      break;
    case Handshake::wants_send:
      wanted = readiness.to_send;
      break;
    case Handshake::wants_retry:
      return;  // the tick retries
    case Handshake::failed:
      fail(flow, flow.channel->handshake_error().message, 0);
      return;
  }
  if (!flow.channel.watched()) watch(flow);
  if (wanted != 0) {
    flow.channel.want(wanted);
    return;
  }
  flow.state = Flow::State::open;
  pump(flow, now());
  set_interest(flow);
}

void GeneratorThread::close(Flow& flow) {
  flow.channel.close();
  flow.state = Flow::State::closed;
  flow.due = Flow::Due::nothing;
}

void GeneratorThread::fail(Flow& flow, std::string_view what, int error) {
  if (failure_.empty()) {
    failure_ = fmt::format("connection {}: {}", flow.session_options.connection, what);
    if (error != 0) failure_ += ": " + std::generic_category().message(error);
  }
  close(flow);
  flow.state = Flow::State::failed;
  done_ = true;  // a run that lost a connection is invalid: ends at once
}

void GeneratorThread::apply_end() {
  const std::int64_t end_ns = end_ns_.load(std::memory_order_relaxed);
  if (end_ns >= ns(t1_)) return;
  t1_ = instant_from_ns(end_ns);
  recorder_->shorten(t1_);
  drain_deadline_ = t1_ + std::min(2 * options_.spec.tmax + kTick, kInterruptedDrain);
}

void GeneratorThread::tick() {
  const Instant now_ = now();
  observe(now_);
  apply_end();
  if (recorder_->series.finishes(now_)) {
    Session::record_pending(pending_records_);
    recorder_->series.finish_until(now_);
  }
  for (const auto& flow : flows_) {
    const bool made_room = flow->session->expire(now_);
    if (flow->state == Flow::State::connecting) {
      advance_connection(*flow, now_);
    } else if (flow->state == Flow::State::open && made_room) {
      proceed(*flow, now_);
    }
  }
  check_end(now_);
}

void GeneratorThread::check_end(Instant now_) {
  if (stopped_.load(std::memory_order_relaxed)) done_ = true;
  if (now_ < t1_ || done_) return;
  done_ = now_ >= drain_deadline_ ||
          std::all_of(flows_.begin(), flows_.end(),
                      [](const auto& flow) { return flow->session->idle(); });
}

bool GeneratorThread::try_all() {
  moved_ = false;
  if (flows_.size() > kTriedDirectlyMax) {
    loop_.run_nowait();
    send_due();
    return moved_;
  }
  for (const auto& flow : flows_) {
    if (flow->state != Flow::State::open) continue;
    // In a stream only the end of the connection can arrive, which the poller signals.
    react(*flow, static_cast<short>(flow->session_options.echo ? POLLIN | POLLOUT : POLLOUT));
    if (done_) return moved_;
  }
  send_due();
  return moved_;
}

bool GeneratorThread::block_once() {
  Flow& flow = *flows_.front();
  bool moved = true;
  for (int i = 0; i < kRoundsPerTurn && moved && !done_; ++i) {
    if (flow.state != Flow::State::open) return false;
    moved = block_and_pump(flow);
  }
  return true;
}

// Returns whether anything moved; the caller goes to the poller after a wait without an event.
bool GeneratorThread::block_and_pump(Flow& flow) {
  Instant latest{};
  bool moved = flow.due == Flow::Due::more;
  if (flow.due == Flow::Due::more) {
    latest = now();
  } else if (flow.due == Flow::Due::blocked) {
    const Readiness readiness = flow.channel->readiness();
    pollfd entry{flow.channel->descriptor(),
                 static_cast<short>(readiness.to_receive | readiness.to_send), 0};
    ::poll(&entry, 1, static_cast<int>(kBlockingReceiveLimit / 1ms));
    if ((entry.revents & readiness.to_receive) != 0) moved = receive_all(flow, latest);
    if (latest == Instant{}) latest = now();
  } else {
    moved = receive_all(flow, latest, ReceiveWait::block);
  }
  if (flow.state == Flow::State::open) pump(flow, latest);
  return moved;
}

std::vector<std::uint64_t> GeneratorThread::sent() const {
  std::vector<std::uint64_t> counts;
  for (const auto& flow : flows_) counts.push_back(flow->session->sent());
  return counts;
}

std::uint64_t GeneratorThread::unsent() const {
  std::uint64_t count = 0;
  for (const auto& flow : flows_) count += flow->session->unsent();
  return count;
}

}  // namespace sockmark
