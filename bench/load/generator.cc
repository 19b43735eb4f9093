#include "bench/load/generator.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "bench/load/connection_figures.h"
#include "bench/load/introduce.h"
#include "bench/load/load_limits.h"
#include "bench/loop/drive.h"
#include "bench/protocol/wire.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Rounds of a blocking loop before it checks whether the poller is due.
constexpr int kRoundsPerTurn = 16;
// Receives of a flow before others get their turn, of a stream: it may never be drained.
constexpr int kStreamBatchesPerTurn = 16;
// A handshake of the connect workload may have to be retried without an event of its descriptor.
constexpr Nanoseconds kConnectTick = 1ms;

}  // namespace

struct GeneratorThread::Flow : SendingFlow {
  explicit Flow(const Session::Options& options) : session_options(options) {
    connection = options.connection;
  }
  Session::Options session_options;
  std::optional<ConnectionRecord> record;  // of answers, with per_connection
  // Nothing is to be sent and nothing outstanding. A flow of a generator that only receives has no
  // session.
  [[nodiscard]] bool idle() const { return !session || session->idle(); }
};

// The EventSource of drive().
struct GeneratorThread::Events {
  GeneratorThread& thread;
  [[nodiscard]] bool done() const { return thread.done_; }
  bool try_all() { return thread.try_all(); }
  [[nodiscard]] Instant next_due() const { return thread.sender_.next_due(); }
  bool block_once() { return thread.block_once(); }
};

GeneratorThread::GeneratorThread(Options options)
    : options_(std::move(options)),
      transport_(options_.spec.transport_row().get()),
      connects_(options_.spec.workload == Workload::connect),
      by_count_(!options_.messages.empty() && !options_.spec.rate),
      // The time that the loop waits shows whether this thread can keep up with its schedule.
      loop_(options_.spec.rate ? Loop::Idling::measured : Loop::Idling::unmeasured),
      scratch_(std::max<std::size_t>(options_.spec.returned_size_max(), kHeaderBytes),
               datagrams_max(options_.spec), frames_max(options_.spec)),
      sender_(
          options_.spec, options_.connections.size(), "the responder", loop_, scratch_,
          [this](SendingFlow& flow, std::string_view what, int error) { fail(flow, what, error); },
          connects_ ? Sender::Open([this](SendingFlow& flow, Instant at) {
            advance_connection(static_cast<Flow&>(flow), at);
          })
                    : Sender::Open()) {
  for (std::size_t i = 0; i < options_.connections.size(); ++i) {
    auto session = sender_.session_options(options_.connections[i], options_.flows, options_.seed);
    if (!options_.messages.empty()) session.messages = options_.messages[i];
    flows_.push_back(std::make_unique<Flow>(session));
  }
  if (options_.spec.responder_sends()) {
    arrivals_.emplace(options_.spec, options_.flows.of_responder(options_.spec),
                      options_.clock_shared);
  }
  if (options_.decide_fault) {
    injector_.emplace(injector_options(options_.flows, options_.spec, options_.decide_fault));
  }
}

GeneratorThread::~GeneratorThread() = default;

Result<> GeneratorThread::connect(Instant deadline, Ramp* ramp) {
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
    if (ramp != nullptr) ramp->wait(std::exchange(ramp->next, ramp->next + ramp->spacing));
    auto channel = transport_.connect(options_.address, options);
    if (!channel) return std::move(channel).error();
    TRY(establish(**channel, deadline));
    if (arrivals_) {
      TRY(introduce(**channel, scratch_, options_.flows, flow->connection, deadline)
              .in("connect " + options_.address.text()));
    }
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

void GeneratorThread::run(Instant t0, Instant t1, std::optional<Nanoseconds> theta) {
  const CaseSpec& spec = options_.spec;
  recorder_.emplace(t0, t1, spec.interval, spec.warmup, longest_wait(spec.wait));
  if (spec.is_tcp()) tcp_.store(&recorder_->tcp.emplace(spec, t0, t1), std::memory_order_release);
  t0_ = t0;
  t1_ = t1;
  drain_deadline_ = t1 + 2 * spec.tmax + kTick;
  if (spec.responder.request) recorder_->integrity.failed_answers = 0;
  if (spec.generator_sends()) sender_.begin(*recorder_);
  series_.store(&recorder_->series, std::memory_order_release);
  if (arrivals_) {
    std::vector<Nanoseconds> thetas;
    if (theta) thetas.push_back(-*theta);
    arrivals_->begin(*recorder_, std::move(thetas));
    for (const auto connection : options_.connections) arrivals_->track(connection);
  }
  for (const auto& flow : flows_) {
    if (!spec.generator_sends()) break;
    flow->session_options.start = t0 - spec.warmup;
    if (spec.per_connection && flow->session_options.echo)
      flow->session_options.connection_record = &flow->record.emplace();
    flow->session.emplace(flow->session_options, *recorder_);
  }
  std::this_thread::sleep_until(t0 - spec.warmup);
  began_late_ = std::max(now() - (t0 - spec.warmup), Nanoseconds(0));
  begin();
  Events events{*this};
  drive(loop_, options_.spec.wait, events);

  sender_.record_pending();
  if (arrivals_) {
    arrivals_->count();
    for (const auto connection : options_.connections)
      arrivals_->finish(connection, finish_ ? finish_->sent[connection] : kSentUnknown);
  }
  apply_end();
  ended_ = now();
  observe(ended_);
  if (const auto end = completed(); end && recorder_->tcp) {
    recorder_->tcp->shorten(*end);
    look_at_connections(ended_);
  }
  recorder_->usage.close();
  sender_.end();
  ticker_.reset();
  for (const auto& flow : flows_) {
    if (flow->session_options.echo) flow->session->tracker().finish(flow->session->sent());
    flow->channel.unwatch();
    end_connection(*flow);
    describe(*flow);
    if (!flow->channel) continue;
    recorder_->receive_drops += flow->channel->receive_drops();
    // Closed, so that the responder sees whether the byte stream ends with a whole message.
    if (flow->session_options.byte_stream) flow->channel.close();
  }
}

void GeneratorThread::begin() {
  ticker_ = std::make_unique<Timer>(loop_, [this] { tick(); });
  ticker_->start(0ns, connects_ ? kConnectTick : kTick);
  look_at_connections(now());  // without a warm-up the window begins now
  for (const auto& flow : flows_) {
    if (connects_) {
      advance_connection(*flow, now());
    } else {
      watch(*flow);
      if (flow->session) sender_.pump(*flow, now());
      sender_.set_interest(*flow);
    }
  }
  sender_.set_alarm();
}

// In block mode the descriptor is not polled: libuv would make it non-blocking. The poller watches
// the handshakes of `connect`, and connections that are not received from while they are tried.
void GeneratorThread::watch(Flow& flow) {
  if (options_.spec.wait == WaitMode::block) return;
  const bool received_from = !connects_ && (flow.session_options.echo || arrivals_);
  if (received_from && only_tried(options_.spec.wait, flows_.size())) return;
  flow.channel.watch(loop_, [this, &flow](short events) { react(flow, events); });
}

void GeneratorThread::observe(Instant now_) {
  recorder_->observe(now_);
  if (options_.spec.generator_sends()) sender_.observe(now_);
}

void GeneratorThread::look_at_connections(Instant now_) {
  if (!recorder_->tcp || !recorder_->tcp->due(now_)) return;
  TcpTotals open;
  for (const auto& flow : flows_) {
    if (!flow->channel) continue;
    if (const auto info = flow->channel->tcp_info()) open.add(*info);
  }
  recorder_->tcp->sample(now_, open);
}

// What the kernel knows of it is read before it is closed.
void GeneratorThread::end_connection(SendingFlow& flow) {
  if (!recorder_->tcp || connects_ || !flow.channel) return;
  if (const auto info = flow.channel->tcp_info()) recorder_->tcp->ended(*info, flow.connection);
}

void GeneratorThread::describe(const Flow& flow) {
  const std::uint64_t messages = flow.session_options.echo ? flow.session->tracker().received() : 0;
  if (flow.session_options.echo) recorder_->fairness.add(messages);
  if (!options_.spec.per_connection) return;
  recorder_->connections.push_back(describe_connection(
      options_.spec, *recorder_, flow.connection, messages, flow.record ? &*flow.record : nullptr));
}

// Whether the peer has all that was sent. A stream has no answer that would say so, and closes its
// connections: segments that are sent again afterwards would be seen by nobody.
bool GeneratorThread::all_acknowledged() const {
  if (!recorder_->tcp || flows_.front()->session_options.echo) return true;
  return std::ranges::all_of(flows_, [](const auto& flow) {
    if (!flow->channel) return true;
    const auto info = flow->channel->tcp_info();
    return !info || info->all_acknowledged;
  });
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
  received_ |= came;
  if (flow.state != Flow::State::open || (!came && flow.due == Flow::Due::nothing)) return;
  proceed(flow, latest == Instant{} ? now() : latest);
}

// Sends what is due after an arrival, or after a message was given up.
void GeneratorThread::proceed(Flow& flow, Instant now_) {
  if (!flow.session) return;
  if (connects_ && flow.session->idle()) {
    close(flow);
    advance_connection(flow, now_);
    return;
  }
  // An arrival makes nothing due in a schedule.
  if (flow.session_options.pace == Pace::scheduled && flow.due != Flow::Due::blocked) return;
  sender_.pump(flow, now_);
  sender_.set_interest(flow);
  sender_.set_alarm();
}

bool GeneratorThread::receive_all(Flow& flow, Instant& latest, ReceiveWait wait) {
  bool moved = false;
  for (int i = 0; !arrivals_ || i < kStreamBatchesPerTurn; ++i, wait = ReceiveWait::no) {
    const ReceiveBatch batch = flow.channel->receive(scratch_, wait);
    latest = batch.arrived;
    recorder_->observe(latest);
    moved |= !batch.messages.empty();
    for (const auto& message : batch.messages) take(flow, message, batch.arrived);
    if (arrivals_ && arrivals_->full()) arrivals_->count();
    if (connects_ && flow.session->idle()) return moved;  // answered; the peer may close now
    switch (batch.stop) {
      case ReceiveStop::drained:
        return moved;
      case ReceiveStop::more:
        // A duplicate, if one is waiting, is read after the poller or with the next answer.
        if (flow.session && flow.session->awaits_nothing()) return moved;
        break;
      case ReceiveStop::closed:
        fail(flow, "the responder closed the connection", 0);
        return moved;
      case ReceiveStop::broken:
        ++recorder_->integrity.stream_integrity_errors;
        fail(flow, text_of(static_cast<ResponseProblem>(batch.error)), 0);
        return moved;
      case ReceiveStop::failed:
        fail(flow, "receive", batch.error);
        return moved;
    }
  }
  return moved;
}

void GeneratorThread::take(Flow& flow, const Received& message, Instant arrived) {
  last_arrival_ = arrived;
  WireHeader header;
  const Decoded decoded = message.truncated ? Decoded::truncated : decode(message.bytes, header);
  if (decoded != Decoded::intact) {
    if (message.rejected) return take_rejected(flow, message);
    if (arrived < t0_) return;  // its flow is unknown, but not its arrival
    ++recorder_->integrity.corrupt;
    recorder_->integrity.corrupt_truncated += decoded == Decoded::truncated;
    return;
  }
  if (arrivals_) {
    count_arrival(flow, header, message.bytes.size(), arrived);
  } else {
    flow.session->returned(header, arrived);
  }
}

void GeneratorThread::count_arrival(const Flow& flow, const WireHeader& header, std::size_t bytes,
                                    Instant arrived) {
  const FlowIds flows = options_.flows.of_responder(options_.spec);
  if (arrivals_->counts(header) && flows.connection(header.flow) == flow.connection) {
    arrivals_->add(header, bytes, arrived);
  } else if (options_.flows.introduced(header.flow) != flow.connection) {
    // Of an introduction that was sent twice there is a second answer.
    ++recorder_->integrity.spurious;
  }
}

void GeneratorThread::finish(std::vector<std::uint64_t> sent, Instant deadline) {
  const MutexLock lock(mutex_);
  posted_finish_ = Finish{.sent = std::move(sent), .deadline = deadline};
}

void GeneratorThread::take_rejected(Flow& flow, const Received& message) {
  WireHeader header;
  if (decode(message.bytes.first(kHeaderBytes), header) != Decoded::intact) return;
  flow.session->failed(header);
  if (phase_of(header) == Phase::warmup) return;
  auto& failed = recorder_->integrity.failed_answers;
  failed = (failed ? *failed : 0) + 1;
  if (!rejected_.empty()) return;
  const auto answer = message.bytes.subspan(kHeaderBytes);
  rejected_.assign(reinterpret_cast<const char*>(answer.data()), answer.size());
}

// The connect workload: one operation is connect, one message, its answer, close.
void GeneratorThread::advance_connection(Flow& flow, Instant now_) {
  if (flow.state == Flow::State::closed) {
    if (flow.session->due(now_).empty()) {
      // Later, or never: past t1. Otherwise t_intended of the operation is now_, or before.
      sender_.await_due(flow);
      sender_.set_alarm();
      return;
    }
    auto channel = transport_.connect(options_.address, options_.channel);
    if (!channel) {
      fail(flow, channel.error().message, 0);
      return;
    }
    flow.channel.open(std::move(*channel));
    flow.channel->abort_on_close();
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
  if (socket_options_.empty()) socket_options_ = flow.channel->effective_options();
  flow.state = Flow::State::open;
  sender_.pump(flow, now());
  sender_.set_interest(flow);
}

void GeneratorThread::close(SendingFlow& flow) {
  flow.channel.close();
  flow.state = Flow::State::closed;
  flow.due = Flow::Due::nothing;
}

void GeneratorThread::fail(SendingFlow& flow, std::string_view what, int error) {
  if (failure_.empty()) {
    failure_ = fmt::format("connection {}: {}", flow.connection, what);
    if (error != 0) failure_ += ": " + std::generic_category().message(error);
  }
  end_connection(flow);
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

// What is lost of the echoes of a sub-window is known Tmax later. Of a stream only the responder
// knows it.
void GeneratorThread::settle_series(Instant now) {
  if (arrivals_) return arrivals_->settle(now);
  Series& series = recorder_->series;
  const bool reliable = options_.spec.reliable();
  const Instant settled = settled_at(now, reliable, options_.spec.tmax);
  if (!series.settles(settled) || options_.spec.workload == Workload::stream) return;
  if (!reliable) {
    sender_.record_pending();
    for (const auto& flow : flows_) flow->session->tracker().give_up_late(now);
  }
  series.settle_until(settled);
}

void GeneratorThread::tick() {
  const Instant now_ = now();
  observe(now_);
  apply_end();
  look_at_connections(now_);
  if (recorder_->series.finishes(now_)) {
    sender_.record_pending();
    if (arrivals_) arrivals_->count();
    recorder_->series.finish_until(now_);
  }
  settle_series(now_);
  for (const auto& flow : flows_) {
    if (!flow->session) continue;
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
  if (done_) return;
  if (now_ < t1_) {
    if (!by_count_ || !complete()) return;
    drain_deadline_ = std::min(drain_deadline_, now_ + 2 * options_.spec.tmax + kTick);
  }
  done_ = all_sent(now_) && (!arrivals_ || all_arrived(now_));
}

bool GeneratorThread::complete() const {
  return std::ranges::all_of(
      flows_, [](const auto& flow) { return flow->session && flow->session->complete(); });
}

std::optional<Instant> GeneratorThread::completed() const {
  if (!by_count_ || !complete()) return std::nullopt;
  const Instant last = std::max(sender_.last_sent(), last_arrival_);
  return std::clamp(last + 1ns, t0_ + 1ns, t1_);
}

bool GeneratorThread::all_sent(Instant now_) const {
  return now_ >= drain_deadline_ ||
         (std::ranges::all_of(flows_, [](const auto& flow) { return flow->idle(); }) &&
          all_acknowledged());
}

bool GeneratorThread::all_arrived(Instant now_) {
  if (!finish_) {
    const MutexLock lock(mutex_);
    finish_ = posted_finish_;
  }
  if (!finish_) return false;
  arrivals_->count();
  std::uint64_t expected = 0;
  for (const auto connection : options_.connections) expected += finish_->sent[connection];
  return now_ >= finish_->deadline || arrivals_->received() >= expected;
}

bool GeneratorThread::try_all() {
  static_cast<void>(take_moved());
  if (flows_.size() > kTriedDirectlyMax) {
    loop_.run_nowait();
    sender_.send_due();
    return take_moved();
  }
  for (const auto& flow : flows_) {
    if (flow->state != Flow::State::open) continue;
    // Of a stream to the responder only the end of the connection can arrive, which the poller
    // signals.
    const bool receives = flow->session_options.echo || arrivals_;
    react(*flow, static_cast<short>(receives ? POLLIN | POLLOUT : POLLOUT));
    if (done_) return take_moved();
  }
  sender_.send_due();
  return take_moved();
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
  if (flow.state == Flow::State::open && flow.session) sender_.pump(flow, latest);
  return moved;
}

std::vector<std::uint64_t> GeneratorThread::sent() const {
  std::vector<std::uint64_t> counts;
  for (const auto& flow : flows_) counts.push_back(flow->session ? flow->session->sent() : 0);
  return counts;
}

std::uint64_t GeneratorThread::unsent() const {
  std::uint64_t count = 0;
  for (const auto& flow : flows_) count += flow->session ? flow->session->unsent() : 0;
  return count;
}

}  // namespace sockmark
