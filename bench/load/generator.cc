#include "bench/load/generator.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "base/random.h"
#include "bench/loop/drive.h"
#include "bench/protocol/wire.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Sends of a flow between two looks at what came back; and of all flows, of which each has one
// nevertheless. Without the second, ten thousand flows that fill their buffers one after the other
// take seconds to begin.
constexpr std::size_t kSendsPerTurn = 8;
constexpr std::size_t kSendsOfAll = 512;
// Up to so many descriptors are tried one by one in spin and hybrid; beyond, the poller is cheaper.
constexpr std::size_t kMostTried = 16;
// Notices t1, messages given up and stop requests where no event does.
constexpr Nanoseconds kTick = 10ms;
// Rounds of a blocking loop before the clock is asked whether it is time for the poller.
constexpr int kRoundsPerTurn = 16;
// A connection of the connect workload may need a push that no descriptor announces.
constexpr Nanoseconds kConnectTick = 1ms;

Pace pace_of(const CaseSpec& spec) {
  if (spec.rate) return Pace::scheduled;
  return spec.workload == Workload::stream ? Pace::saturating : Pace::closed;
}

// Answers that wait to be recorded: so many are worth it once the next message is on its way, so
// many are all that there is room for.
constexpr std::size_t kSettled = 12, kMostUnsettled = 64;

// How many flows that are due get their turn before what came back is looked at.
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
  std::unique_ptr<Channel> channel;
  std::optional<Poll> poll;  // dies before the channel
  State state = State::closed;
  Due due = Due::nothing;
  bool in_more = false;              // it is in more_flows_
  Instant awaited = Instant::max();  // of its latest entry in waiting_
};

GeneratorThread::GeneratorThread(Options options)
    : options_(std::move(options)),
      transport_(find_transport(options_.spec.transport)->get()),
      connects_(options_.spec.workload == Workload::connect),
      sends_per_turn_(
          std::clamp(kSendsOfAll / std::max<std::size_t>(options_.connections.size(), 1),
                     std::size_t{1}, kSendsPerTurn)),
      // Whether a schedule is more than this thread can keep is told by how long it waits.
      loop_(options_.spec.rate ? Loop::Idling::measured : Loop::Idling::unmeasured),
      scratch_(options_.spec.size, most_waiting(options_.spec)),
      outbox_(options_.spec.size, batch_of(options_.spec)) {
  const auto& spec = options_.spec;
  for (const auto connection : options_.connections) {
    Session::Options session{.pace = pace_of(spec),
                             .echo = spec.workload != Workload::stream,
                             .depth = spec.depth,
                             .batch = outbox_.batch(),
                             .byte_stream = !transport_.promises().message_boundaries,
                             .size = static_cast<std::uint32_t>(spec.size),
                             .connection = connection,
                             .flows = options_.flows,
                             .tmax = spec.tmax,
                             .schedule = {},
                             .start = {},
                             .offer = &offer_,
                             .unsettled = &unsettled_};
    if (spec.rate) {
      session.schedule = Schedule::Options{.arrivals = spec.arrivals,
                                           .rate = *spec.rate,
                                           .seed = child_seed(options_.seed, connection),
                                           .flow = connection,
                                           .flows = spec.connections};
    }
    flows_.push_back(std::make_unique<Flow>(flows_.size(), session));
  }
  unsettled_.reserve(kMostUnsettled);
  offer_.reserve(std::max<std::size_t>(outbox_.batch(), spec.depth));
  more_flows_.reserve(flows_.size());
  their_turn_.reserve(flows_.size());
  if (options_.fate) {
    injector_.emplace(injection(options_.flows, spec, options_.fate));
  }
}

GeneratorThread::~GeneratorThread() = default;

Result<> GeneratorThread::connect(Instant deadline) {
  if (connects_) return {};
  for (const auto& flow : flows_) {
    auto channel = transport_.connect(options_.address, options_.channel);
    if (!channel) return std::move(channel).error();
    TRY(establish(**channel, deadline));
    if (injector_) {
      channel = injector_->impair(std::move(*channel));
      if (!channel) return std::move(channel).error();
    }
    flow->channel = std::move(*channel);
    flow->state = Flow::State::open;
  }
  socket_options_ = flows_.front()->channel->effective_options();
  return {};
}

void GeneratorThread::run(Instant t0, Instant t1) {
  const CaseSpec& spec = options_.spec;
  recorder_.emplace(t0, t1, spec.warmup);
  t0_ = t0;
  t1_ = t1;
  drain_deadline_ = t1 + 2 * spec.tmax + kTick;
  if (spec.rate) {
    const double share = static_cast<double>(flows_.size()) / static_cast<double>(spec.connections);
    recorder_->sends.emplace(t0, t1, spec.arrivals, 1e9 / (*spec.rate * share));
    // The kernel may delay a timer by so much to wake up less often: 50 us by default.
    ::prctl(PR_SET_TIMERSLACK, 1UL);
  }
  for (const auto& flow : flows_) {
    flow->session_options.start = t0 - spec.warmup;
    flow->session.emplace(flow->session_options, *recorder_);
  }
  std::this_thread::sleep_until(t0 - spec.warmup);
  begin();
  drive(loop_, options_.spec.wait, *this);

  Session::settle(unsettled_);
  ended_ = now();
  observe(ended_);
  recorder_->usage.close();
  alarm_.reset();
  ticker_.reset();
  more_.reset();
  for (const auto& flow : flows_) {
    if (flow->session_options.echo) flow->session->tracker().finish(flow->session->sent());
    flow->poll.reset();
    if (!flow->channel) continue;
    recorder_->receive_drops += flow->channel->receive_drops();
    // So that the responder sees whether the byte stream ends with a whole message.
    if (flow->session_options.byte_stream) flow->channel.reset();
  }
}

void GeneratorThread::begin() {
  more_ = std::make_unique<Idle>(loop_, [this] { send_more(); });
  ticker_ = std::make_unique<Timer>(loop_, [this] { tick(); });
  ticker_->start(0ns, connects_ ? kConnectTick : kTick);
  // Who spins looks at the clock; hybrid has an alarm of its own.
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

// In block mode no poller looks at the descriptor, which libuv would make non-blocking.
void GeneratorThread::watch(Flow& flow) {
  if (options_.spec.wait == WaitMode::block) return;
  flow.poll.emplace(loop_, flow.channel->descriptor(),
                    [this, &flow](short events) { react(flow, events); });
}

void GeneratorThread::set_interest(Flow& flow) {
  if (!flow.poll || flow.state != Flow::State::open) return;
  const Readiness readiness = flow.channel->readiness();
  const bool blocked = flow.due == Flow::Due::blocked;
  flow.poll->want(static_cast<short>(readiness.to_receive | (blocked ? readiness.to_send : 0)));
  if (flow.session_options.pace == Pace::scheduled) {
    await_due(flow);
  } else if (flow.due == Flow::Due::more) {
    more_->start();
    if (!std::exchange(flow.in_more, true)) more_flows_.push_back(&flow);
  }
}

// A flow whose transport refuses waits for that; its schedule goes on without it.
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
    if (flow.due == Flow::Due::more) break;  // its turn was long enough
  }
  set_alarm();
}

void GeneratorThread::set_alarm() {
  if (alarm_) alarm_->set(next_due());
}

void GeneratorThread::observe(Instant now_) {
  recorder_->usage.observe(now_);
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
  more_flows_.swap(their_turn_);
  for (Flow* flow : their_turn_) {
    flow->in_more = false;
    if (flow->state != Flow::State::open || flow->due != Flow::Due::more) continue;
    pump(*flow, now());
    set_interest(*flow);
  }
  their_turn_.clear();
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

// Something came, or was given up: what is due next?
void GeneratorThread::proceed(Flow& flow, Instant now_) {
  if (connects_ && flow.session->idle()) {
    close(flow);
    advance_connection(flow, now_);
    return;
  }
  // What a schedule makes due is sent when it is due, whatever came.
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
    recorder_->usage.observe(latest);
    moved |= !batch.messages.empty();
    for (const auto& message : batch.messages) take(flow, message, batch.arrived);
    if (connects_ && flow.session->idle())
      return moved;  // answered; a close after that is as it should be
    switch (batch.stop) {
      case ReceiveStop::drained:
        return moved;
      case ReceiveStop::more:
        // A copy that may be waiting is told by the poller, or comes with the next answer.
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
    if (arrived < t0_) return;  // whose it was is not known, but when it came
    ++recorder_->integrity.corrupt;
    recorder_->integrity.corrupt_truncated += decoded == Decoded::truncated;
    return;
  }
  flow.session->returned(header, arrived);
}

// Offers what is due until nothing is, the kernel takes no more, or it is time to look at the other
// direction again.
void GeneratorThread::pump(Flow& flow, Instant now_) {
  send_due_of(flow, now_);
  if (unsettled_.size() >= kSettled) Session::settle(unsettled_);
}

void GeneratorThread::send_due_of(Flow& flow, Instant now_) {
  for (std::size_t i = 0; i < sends_per_turn_; ++i) {
    const auto due = flow.session->due(now_);
    flow.due = due.empty() ? Flow::Due::nothing : Flow::Due::more;
    if (due.empty()) return;
    const auto messages = outbox_.encode(due);
    const SendBatch batch = flow.channel->send(messages, scratch_);
    now_ = now();
    flow.session->taken(batch.taken, now_);
    recorder_->usage.observe(now_);
    // After a message that nothing answers, there is nothing to spin for until the next is due.
    moved_ |= batch.taken > 0 && (flow.session_options.echo || !options_.spec.rate);
    switch (batch.stop) {
      case SendStop::all:
        break;
      case SendStop::would_block:
        flow.session->refused(now_);
        flow.due = Flow::Due::blocked;
        return;
      case SendStop::too_large:
        fail(flow, "the transport refuses a message of this size", 0);
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
    flow.channel = std::move(*channel);
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
      return;  // the tick comes back
    case Handshake::failed:
      fail(flow, flow.channel->handshake_error().message, 0);
      return;
  }
  if (!flow.poll) watch(flow);
  if (wanted != 0) {
    flow.poll->want(wanted);
    return;
  }
  flow.state = Flow::State::open;
  pump(flow, now());
  set_interest(flow);
}

void GeneratorThread::close(Flow& flow) {
  flow.poll.reset();
  flow.channel.reset();
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
  done_ = true;  // a run that lost a connection is invalid; the rest of it is not worth waiting for
}

void GeneratorThread::tick() {
  const Instant now_ = now();
  observe(now_);
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
  if (flows_.size() > kMostTried) {
    loop_.run_nowait();
    send_due();
    return moved_;
  }
  for (const auto& flow : flows_) {
    if (flow->state != Flow::State::open) continue;
    // Of a stream nothing comes back but its end, which the poller tells.
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

// Whether it got on: a wait that ended with nothing is long enough.
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

std::uint64_t GeneratorThread::unsent() {
  std::uint64_t count = 0;
  for (const auto& flow : flows_) count += flow->session->unsent();
  return count;
}

}  // namespace sockmark
