#include "bench/load/sender.h"

#include <sys/prctl.h>

#include <algorithm>

#include "base/random.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

// Sends of a flow between two receives; and of all flows together, at least one each. Without the
// second limit, ten thousand flows that fill their buffers one after the other take seconds to
// start.
constexpr std::size_t kSendsPerTurn = 8;
constexpr std::size_t kSendsOfAll = 512;

Pace pace_of(const CaseSpec& spec) {
  if (spec.rate) return Pace::scheduled;
  if (spec.think > Nanoseconds(0)) return Pace::thinking;
  return spec.workload == Workload::stream ? Pace::saturating : Pace::closed;
}

// Pending answers are recorded when there are at least kRecordsPerTurn and the next message is on
// its way; there is room for kPendingRecordsMax.
constexpr std::size_t kRecordsPerTurn = 12, kPendingRecordsMax = 64;

// Due flows that send before the thread receives again.
constexpr int kFlowsPerTurn = 64;

}  // namespace

Sender::Sender(const CaseSpec& spec, std::size_t flows, const char* peer, Loop& loop,
               Scratch& scratch, Failed failed, Open open)
    : spec_(spec),
      echo_(spec.workload != Workload::stream),
      timed_(spec.rate || spec.think > Nanoseconds(0)),
      flows_(flows),
      sends_per_turn_(
          std::clamp(kSendsOfAll / std::max<std::size_t>(flows, 1), std::size_t{1}, kSendsPerTurn)),
      closed_(std::string(peer) + " closed the connection"),
      loop_(loop),
      scratch_(scratch),
      failed_(std::move(failed)),
      open_(std::move(open)),
      message_batch_(spec.message_bytes(), messages_per_send(spec)) {
  pending_records_.reserve(kPendingRecordsMax);
  offer_.reserve(std::max<std::size_t>(message_batch_.capacity(), spec.depth));
  more_flows_.reserve(flows);
  current_flows_.reserve(flows);
}

Session::Options Sender::session_options(std::uint64_t connection, FlowIds flows,
                                         std::uint64_t seed) {
  if (spec_.mix && !sizes_) message_batch_.mix(sizes_.emplace(spec_.mix, seed, flows));
  Session::Options options{
      .pace = pace_of(spec_),
      .echo = echo_,
      .depth = spec_.depth,
      .batch = message_batch_.capacity(),
      .byte_stream = !spec_.transport_row().get().promises().message_boundaries,
      .size = static_cast<std::uint32_t>(spec_.returned_size_max()),
      .sizes = sizes_ ? &*sizes_ : nullptr,
      .sized_answers = spec_.response.has_value(),
      .connection = connection,
      .flows = flows,
      .tmax = spec_.tmax,
      .think = spec_.think,
      // So that they do not all send at once.
      .first_think = Nanoseconds(static_cast<std::int64_t>(static_cast<double>(ns(spec_.think)) *
                                                           static_cast<double>(connection + 1) /
                                                           static_cast<double>(spec_.connections))),
      .schedule = {},
      .start = {},
      .offer = &offer_,
      .pending_records = &pending_records_};
  if (spec_.rate) {
    options.schedule = Schedule::Options{.arrivals = spec_.arrivals,
                                         .rate = *spec_.rate,
                                         .seed = child_seed(seed, connection),
                                         .flow = connection,
                                         .flows = spec_.connections};
  }
  return options;
}

void Sender::begin(Recorder& recorder) {
  recorder_ = &recorder;
  more_ = std::make_unique<Idle>(loop_, [this] { send_more(); });
  if (sizes_) recorder.sizes_sent.resize(sizes_->parts());
  if (!timed_) return;
  if (spec_.rate) {
    const double share = static_cast<double>(flows_) / static_cast<double>(spec_.connections);
    recorder.send_timing.emplace(recorder.counts.t0, recorder.counts.t1, spec_.arrivals,
                                 1e9 / (*spec_.rate * share), recorder.counts.t0 - spec_.warmup);
  }
  // By default the kernel may delay a timer by 50 us, to wake up less often.
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  // In the other modes the thread reads the clock, or drive() has an alarm of its own.
  if (spec_.wait == WaitMode::sleep)
    alarm_ = std::make_unique<Alarm>(loop_, [this] { send_due(); });
}

void Sender::end() {
  alarm_.reset();
  more_.reset();
}

void Sender::set_interest(SendingFlow& flow) {
  if (spec_.wait == WaitMode::block || flow.state != SendingFlow::State::open) return;
  const bool watched = flow.channel.watched();
  if (watched) {
    const Readiness readiness = flow.channel->readiness();
    const bool blocked = flow.due == SendingFlow::Due::blocked;
    flow.channel.want(static_cast<short>(readiness.to_receive | (blocked ? readiness.to_send : 0)));
  }
  if (!flow.session) return;
  if (timed_) await_due(flow);
  // One that is not watched is tried in every turn.
  if (!watched || flow.due != SendingFlow::Due::more || spec_.rate) return;
  more_->start();
  if (!std::exchange(flow.in_more, true)) more_flows_.push_back(&flow);
}

// A flow whose transport refuses waits for the transport, not for its schedule.
void Sender::await_due(SendingFlow& flow) {
  if (flow.due == SendingFlow::Due::blocked) {
    flow.awaited = Instant::max();
    return;
  }
  const Instant next = flow.session->next_due();
  if (next == flow.awaited) return;
  flow.awaited = next;
  if (next != Instant::max()) waiting_.emplace(next, &flow);
}

void Sender::send_due() {
  for (int i = 0; i < kFlowsPerTurn && !waiting_.empty(); ++i) {
    const auto [at, waiting] = waiting_.top();
    SendingFlow& flow = *waiting;
    const bool opens = open_ && flow.state == SendingFlow::State::closed;
    const bool is_void = at != flow.awaited || (flow.state != SendingFlow::State::open && !opens);
    const Instant now_ = now();
    if (!is_void && at > now_) break;
    waiting_.pop();
    if (is_void) continue;
    flow.awaited = Instant::max();
    if (opens) {
      open_(flow, now_);
      continue;
    }
    pump(flow, now_);
    set_interest(flow);
    if (flow.due == SendingFlow::Due::more) break;  // its turn used up the time
  }
  set_alarm();
}

void Sender::set_alarm() {
  if (alarm_) alarm_->set(next_due());
}

void Sender::send_more() {
  more_->stop();
  more_flows_.swap(current_flows_);
  for (SendingFlow* flow : current_flows_) {
    flow->in_more = false;
    if (flow->state != SendingFlow::State::open || flow->due != SendingFlow::Due::more) continue;
    pump(*flow, now());
    set_interest(*flow);
  }
  current_flows_.clear();
}

void Sender::pump(SendingFlow& flow, Instant now_) {
  send_due_of(flow, now_);
  if (pending_records_.size() >= kRecordsPerTurn) record_pending();
}

void Sender::send_due_of(SendingFlow& flow, Instant now_) {
  for (std::size_t i = 0; i < sends_per_turn_; ++i) {
    const auto due = flow.session->due(now_);
    flow.due = due.empty() ? SendingFlow::Due::nothing : SendingFlow::Due::more;
    if (due.empty()) return;
    const auto messages = message_batch_.encode(due);
    const SendBatch batch = flow.channel->send(messages, scratch_);
    now_ = last_sent_ = now();
    flow.session->taken(batch.taken, now_);
    recorder_->counts.sent_by_calls(now_, batch.calls);
    recorder_->observe(now_);
    // After a message without an echo there is nothing to spin for until the next is due.
    moved_ |= batch.taken > 0 && (echo_ || !spec_.rate);
    switch (batch.stop) {
      case SendStop::all:
        break;
      case SendStop::would_block:
        flow.session->refused(now_);
        flow.due = SendingFlow::Due::blocked;
        return;
      case SendStop::too_large:
        failed_(flow,
                spec_.socket.segmentation_offload && messages.size() > 1
                    ? "--gso: the MTU of the path is too small for messages of this size"
                    : "the transport refuses a message of this size",
                0);
        return;
      case SendStop::closed:
        failed_(flow, closed_, 0);
        return;
      case SendStop::failed:
        failed_(flow, "send", batch.error);
        return;
    }
  }
}

void Sender::observe(Instant now_) {
  const WindowCounts& window = recorder_->counts;
  if (!busy_from_ && now_ >= window.t0) busy_from_ = Busy{.at = now_, .idle = loop_.idle()};
  if (!busy_until_ && now_ >= window.t1) busy_until_ = Busy{.at = now_, .idle = loop_.idle()};
}

std::optional<double> Sender::busy() const {
  if (!spec_.rate || spec_.wait != WaitMode::sleep || !busy_until_) return std::nullopt;
  const auto elapsed = static_cast<double>(ns(busy_until_->at - busy_from_->at));
  if (elapsed <= 0) return std::nullopt;
  return 1 - static_cast<double>(ns(busy_until_->idle - busy_from_->idle)) / elapsed;
}

}  // namespace sockmark
