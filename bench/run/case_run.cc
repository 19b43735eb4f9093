#include "bench/run/case_run.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/temporary_directory.h"
#include "base/token.h"
#include "bench/plan/background.h"
#include "bench/plan/message_limit.h"
#include "bench/run/describe_background.h"
#include "bench/run/describe_tcp.h"
#include "bench/run/tcp_intervals.h"
#include "bench/run/worker_process.h"
#include "bench/worker/case_params.h"
#include "bench/worker/control_messages.h"
#include "bench/worker/recording.h"
#include "machine/environment.h"
#include "measure/series.h"
#include "reports/model/sections.h"
#include "transports/catalogue.h"
#include "transports/host_addresses.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// From choosing a window to the beginning of its warm-up, for both ends to receive it. Doubled if
// the responder was not ready in time.
Nanoseconds start_margin(const CaseSpec& spec) {
  constexpr Nanoseconds kMargin = 20ms, kPerGenerator = 5ms;
  const auto more = static_cast<std::int64_t>(spec.generators - 1);
  // In a blocking receive the responder sees no command.
  return kMargin + kPerGenerator * more +
         (spec.wait == WaitMode::block ? kBlockingReceiveLimit : Nanoseconds(0));
}

// From the user's interruption to the end of the window, for both ends to apply it before anything
// later is counted: their threads look about every 10 ms, if they are given a processor.
Nanoseconds stop_margin(const CaseSpec& spec) { return 30ms + start_margin(spec); }

// A greeting takes at most the time of setting up a run to arrive.
constexpr Nanoseconds kGreetingErrorMax = 60s;

// The workers of one run, and the exchange of messages with them.
class RunWorkers {
 public:
  explicit RunWorkers(const RunContext& context) : context_(context) {}

  // In this order. Runs that are started together have one window.
  Result<> set_up(Instant deadline);
  static Result<> start(const std::vector<RunWorkers*>& runs, Instant deadline);
  Result<> await_window();
  [[nodiscard]] Result<CaseRun> finish();

 private:
  template <class M>
  Result<M> await(WorkerPeer& worker, Instant deadline) {
    return workers_->await<M>(worker, deadline, context_.interrupted);
  }
  // A worker, its clock, and the offset of that from the clock of this process.
  struct End {
    WorkerPeer* worker = nullptr;
    std::string clock, host;
    Nanoseconds ahead{0};
  };
  struct Generator {
    End end;
    std::string reached_at, source;
    Maybe<std::int64_t> theta_ns;  // estimate_theta()
    std::string failure;           // why it has no record
    GeneratorRecord record;
  };
  Result<End> meet(WorkerPeer& worker, Instant deadline);
  [[nodiscard]] StartMessage window_for(const End& end) const;
  [[nodiscard]] bool is_receiver(const End& end) const {
    const CaseSpec& spec = context_.spec;
    return (&end == &responder_) == (spec.workload == Workload::stream && spec.generator_sends());
  }
  PrepareMessage with_progress(PrepareMessage prepare, const End& end) const;
  void show_progress(const ProgressMessage& message) const;
  [[nodiscard]] bool has_times() const {
    return clock_shared() || compares_clocks() || context_.spec.workload != Workload::stream;
  }
  void collect_progress();
  void collect(std::size_t receiver, const IntervalsMessage& message);
  void show_intervals();
  [[nodiscard]] bool clock_shared() const {
    return std::ranges::all_of(generators_, [this](const auto& generator) {
      return generator.end.clock == responder_.clock;
    });
  }
  [[nodiscard]] bool compares_clocks() const {
    return std::ranges::any_of(generators_,
                               [](const auto& generator) { return bool(generator.theta_ns); });
  }
  template <class M>
  Result<> send(const End& end, const M& message) {
    return workers_->send(*end.worker, message);
  }
  // Otherwise another program answers, which is no process of the run.
  [[nodiscard]] bool has_responder() const { return responder_.worker != nullptr; }
  [[nodiscard]] bool responder_elsewhere() const {
    return context_.ends != nullptr && context_.ends->responder;
  }
  [[nodiscard]] Result<std::string> listening_address() const;
  [[nodiscard]] PrepareMessage prepare_any() const;
  Result<PrepareMessage> prepare_responder();
  Result<PrepareMessage> set_up_responder(Instant deadline);
  Result<> start_workers(Instant deadline);
  Result<> set_clock(Generator& generator) const;
  Result<> announce(Instant t0, Instant deadline);
  Result<> begin();
  Result<> stop_early();
  // As await(); an interruption ends the window, and what was measured of it is awaited.
  template <class M>
  Result<M> await_until_stop(const End& end, Instant deadline) {
    auto message = workers_->await<M>(*end.worker, deadline,
                                      stopped_ ? context_.abandoned : context_.interrupted);
    if (message || stopped_ || !context_.interrupted()) return message;
    TRY(stop_early());
    stopped_ = true;
    return workers_->await<M>(*end.worker, deadline, context_.abandoned);
  }
  // The generators may wait for all that the responder has sent, and count what is lost of it.
  Result<> pass_on_sent();
  Result<> await_generators();
  [[nodiscard]] std::int64_t longest_measured_ns() const;
  Result<ResponderResult> finish_responder();
  Result<> correct_delays(const ResponderResult& responder);
  [[nodiscard]] Maybe<std::int64_t> claimed_bound() const {
    if (!context_.ends_apart() || !context_.ends->options.clock_bound) return {};
    return ns(*context_.ends->options.clock_bound);
  }
  [[nodiscard]] FinishMessage finish_message() const;
  Result<GeneratorResult> result_of_generators() const;

  const RunContext& context_;
  // Created by the responder if the case needs a socket file; outlives the workers.
  const TemporaryDirectory directory_{TemporaryDirectory::NameOnly{}};
  std::unique_ptr<Workers> workers_;
  End responder_;  // a foreign one has no worker, and stands for this process
  std::vector<Generator> generators_;
  Instant t0_;
  // Of the generator that took longest.
  Maybe<std::int64_t> connect_ns_ = Maybe<std::int64_t>::none(report::kNotApplicable);
  // The intervals that were received: the sum over the receivers, how many each has sent, and how
  // many were shown.
  std::optional<Series> intervals_;
  std::vector<std::size_t> intervals_of_;
  std::size_t intervals_shown_ = 0;
  std::optional<TcpIntervals> tcp_intervals_;  // over TCP; of both ends
  bool stopped_ = false;                       // before the end of its window
};

Result<RunWorkers::End> RunWorkers::meet(WorkerPeer& worker, Instant deadline) {
  auto hello = TRY(workers_->await_greeting(worker, deadline, context_.interrupted));
  End end{.worker = &worker, .clock = hello.clock, .host = hello.host, .ahead = {}};
  if (hello.now_ns >= kCoordinateLimit) return Error{worker.name() + ": its clock is out of range"};
  // Wrong by the transfer time of the greeting: good enough to agree on a window, but not to
  // measure one-way delay.
  if (end.clock != clock_identity())
    end.ahead = Nanoseconds(hello.now_ns) - now().time_since_epoch();
  return end;
}

StartMessage RunWorkers::window_for(const End& end) const {
  const std::int64_t t0 = ns(t0_ + end.ahead);
  StartMessage start{.t0_ns = t0, .t1_ns = t0 + ns(context_.spec.duration), .thetas_ns = {}};
  const bool known = std::ranges::all_of(generators_, [this](const auto& generator) {
    return generator.theta_ns || generator.end.clock == responder_.clock;
  });
  if (&end != &responder_ || !compares_clocks() || !known) return start;
  for (const auto& generator : generators_)
    start.thetas_ns.push_back(generator.theta_ns ? *generator.theta_ns : 0);
  return start;
}

// Where the responder listens; empty: at an address that it chooses.
Result<std::string> RunWorkers::listening_address() const {
  const CaseSpec& spec = context_.spec;
  const bool unix = spec.transport_row().family == "unix";
  if (unix && spec.address.empty() && responder_elsewhere()) return std::string();
  if (!context_.ends_apart() || unix || !spec.address.empty())
    return address_of(spec, directory_.path()).text();
  const Address address = address_of(spec, {});
  const std::string& host = context_.ends->options.listen;
  if (host.empty()) return wildcard_of(address.scheme, address.family()).text();
  return with_host_of(address, TRY(parse_host(host))).text();
}

PrepareMessage RunWorkers::prepare_any() const {
  return {.params = params_of(context_.spec),
          .seed = context_.seed,
          .clock_shared = clock_shared(),
          .token = random_token(),
          .directory = {},
          .addresses = {},
          .apart = context_.ends_apart(),
          .hosts = {},
          .per_connection = context_.spec.per_connection};
}

Result<PrepareMessage> RunWorkers::prepare_responder() {
  const bool needs_directory = context_.spec.needs_socket_file() && !responder_elsewhere();
  if (needs_directory && directory_.path().empty()) return no_temporary_directory("a socket file");
  PrepareMessage prepare = prepare_any();
  if (needs_directory) prepare.directory = directory_.path();
  for (std::uint64_t thread = 0; thread < context_.spec.threads; ++thread) {
    auto address = TRY(listening_address());  // a socket file of its own
    if (!address.empty()) prepare.addresses.push_back(std::move(address));
  }
  for (std::size_t i = 0; prepare.apart && i < generators_.size(); ++i) {
    const RemoteEnd* elsewhere = context_.ends->generator(i);
    for (auto& host : elsewhere != nullptr ? elsewhere->host().addresses : host_addresses()) {
      if (std::ranges::count(prepare.hosts, host) == 0) prepare.hosts.push_back(host);
    }
  }
  return prepare;
}

// The receiver has the figures; of several, the first.
PrepareMessage RunWorkers::with_progress(PrepareMessage prepare, const End& end) const {
  prepare.progress = context_.progress && is_receiver(end) &&
                     (&end == &responder_ || &end == &generators_.front().end);
  prepare.intervals = context_.interval && is_receiver(end);
  prepare.tcp = tcp_intervals_.has_value();
  return prepare;
}

// The receivers send what they measure while they do.
void RunWorkers::collect_progress() {
  const auto receivers = workers_->peers(is_receiver(responder_) ? "responder" : "generator");
  for (WorkerPeer* worker : receivers)
    worker->on_progress([this](const ProgressMessage& message) { show_progress(message); });
  if (!context_.interval) return;
  intervals_.emplace(Instant{}, Instant{} + context_.spec.duration, context_.spec.interval);
  intervals_of_.assign(receivers.size(), 0);
  const auto generators = workers_->peers("generator"), responders = workers_->peers("responder");
  if (TcpIntervals::wanted(context_.spec))
    tcp_intervals_.emplace(context_.spec, generators.size(), !responders.empty());
  for (std::size_t i = 0; i < generators.size(); ++i) {
    generators[i]->on_intervals([this, i](const IntervalsMessage& message) {
      if (tcp_intervals_) tcp_intervals_->add_generator(i, message);
      if (!is_receiver(responder_)) collect(i, message);
      show_intervals();
    });
  }
  for (WorkerPeer* responder : responders) {
    responder->on_intervals([this](const IntervalsMessage& message) {
      if (tcp_intervals_) tcp_intervals_->add_responder(message);
      if (is_receiver(responder_)) collect(0, message);
      show_intervals();
    });
  }
}

// What contradicts itself is left out: all intervals are in the results, which are checked.
void RunWorkers::collect(std::size_t receiver, const IntervalsMessage& message) {
  std::size_t& next = intervals_of_[receiver];
  if (message.first != next || message.parts.size() > intervals_->parts() - next) return;
  for (const auto& part : message.parts) {
    if (!add_part(part, next, *intervals_)) return;
    ++next;
  }
}

// Delays between ends apart are known when their clocks were compared, after the run.
void RunWorkers::show_intervals() {
  const bool known = context_.spec.workload != Workload::stream || !context_.ends_apart();
  const auto delivery =
      context_.spec.reliable() ? report::Delivery::reliable : report::Delivery::best_effort;
  std::size_t settled = *std::ranges::min_element(intervals_of_);
  if (tcp_intervals_) settled = std::min(settled, tcp_intervals_->known());
  for (; intervals_shown_ < settled; ++intervals_shown_) {
    auto point = report::series_point(intervals_->point(intervals_shown_), delivery);
    if (!known)
      point.p50_ns = point.p99_ns = point.max_ns = Maybe<std::int64_t>::none("after_the_run");
    point.tcp = tcp_intervals_ ? tcp_intervals_->figures(intervals_shown_, point.messages)
                               : why_no_tcp_course(context_.spec);
    context_.interval(intervals_shown_, point);
  }
}

void RunWorkers::show_progress(const ProgressMessage& message) const {
  // Each generator has about the same share.
  const bool by_generator = context_.spec.workload != Workload::stream;
  IntervalFigures figures{.from = Nanoseconds(message.from_ns),
                          .until = Nanoseconds(message.until_ns),
                          .messages = message.messages * (by_generator ? generators_.size() : 1),
                          .p50_ns = {}};
  if (message.p50_ns && has_times()) figures.p50_ns = *message.p50_ns;
  context_.progress(figures);
}

Result<> RunWorkers::start_workers(Instant deadline) {
  const CaseSpec& spec = context_.spec;
  const Ends* ends = context_.ends;
  std::vector<Workers::Member> members;
  if (spec.transport_row().family == "memory") {
    members.push_back({.roles = {"responder", "generator"}});
  } else {
    if (!spec.responder.foreign()) {
      members.push_back(
          {.roles = {"responder"}, .end = ends != nullptr ? ends->responder.get() : nullptr});
    }
    for (std::uint64_t i = 0; i < spec.generators; ++i) {
      members.push_back({.roles = {"generator"},
                         .number = spec.generators > 1 ? i + 1 : 0,
                         .end = ends != nullptr ? ends->generator(i) : nullptr});
    }
  }
  auto workers = Workers::start(*context_.loop, context_.program, members);
  if (!workers) return std::move(workers).error();
  workers_ = std::move(*workers);
  if (spec.responder.foreign()) {
    responder_.clock = clock_identity();
  } else {
    responder_ = TRY(meet(workers_->peer("responder"), deadline));
  }
  for (WorkerPeer* worker : workers_->peers("generator"))
    generators_.push_back({TRY(meet(*worker, deadline)), {}, {}, {}, {}, {}});
  return {};
}

// Better than the greetings: the windows of both ends are then the same to some microseconds.
Result<> RunWorkers::set_clock(Generator& generator) const {
  if (!generator.theta_ns) {
    if (generator.end.clock == responder_.clock) generator.end.ahead = responder_.ahead;
    return {};
  }
  const Nanoseconds theta(*generator.theta_ns),
      by_greetings = responder_.ahead - generator.end.ahead;
  if (theta < by_greetings - kGreetingErrorMax || theta > by_greetings + kGreetingErrorMax)
    return Error{generator.end.worker->name() +
                 ": the time exchanges contradict the greetings: a clock was stepped"};
  generator.end.ahead = responder_.ahead - theta;
  return {};
}

// Returns what its generators receive.
Result<PrepareMessage> RunWorkers::set_up_responder(Instant deadline) {
  auto prepare = TRY(prepare_responder());
  TRY(send(responder_, with_progress(prepare, responder_)));
  auto listening = TRY(await<ListeningMessage>(*responder_.worker, deadline));
  for (auto& address : listening.addresses) {
    const auto parsed = TRY(parse_address(address));
    if (!prepare.apart) address = local_target(parsed).text();
  }
  prepare.addresses = listening.addresses;
  prepare.time_address = listening.time_address;
  prepare.hosts = context_.spec.hosts.empty() ? listening.hosts : context_.spec.hosts;
  if (prepare.apart && !context_.ends->options.reach_at.empty())
    prepare.hosts = {context_.ends->options.reach_at};
  return prepare;
}

Result<> RunWorkers::set_up(Instant deadline) {
  TRY(start_workers(deadline));
  collect_progress();
  PrepareMessage prepare = prepare_any();
  if (has_responder()) {
    prepare = TRY(set_up_responder(deadline));
  } else {
    prepare.addresses.assign(context_.spec.threads, address_of(context_.spec, {}).text());
    prepare.hosts = context_.spec.hosts;
  }
  for (auto& generator : generators_) {
    prepare.same_identity = generator.end.clock == responder_.clock;
    TRY(send(generator.end, with_progress(prepare, generator.end)));
    ++prepare.generator;
  }
  for (auto& generator : generators_) {
    auto ready = TRY(await<ReadyMessage>(*generator.end.worker, deadline));
    generator.reached_at = std::move(ready.host);
    generator.source = std::move(ready.source);
    generator.theta_ns = std::move(ready.theta_ns);
    if (ready.connect_ns)
      connect_ns_ = connect_ns_ ? std::max(*connect_ns_, *ready.connect_ns) : *ready.connect_ns;
    TRY(set_clock(generator));
  }
  return {};
}

// The responder first: it knows the window before the first message arrives.
Result<> RunWorkers::announce(Instant t0, Instant deadline) {
  t0_ = t0;
  if (!has_responder()) return {};
  TRY(send(responder_, window_for(responder_)));
  TRY(await<StartedMessage>(*responder_.worker, deadline));
  return {};
}

Result<> RunWorkers::begin() {
  if (context_.spec.responder_sends()) TRY(send(responder_, SendMessage{}));
  if (context_.began) context_.began(t0_);
  for (const auto& generator : generators_) TRY(send(generator.end, window_for(generator.end)));
  return {};
}

Result<> RunWorkers::start(const std::vector<RunWorkers*>& runs, Instant deadline) {
  Nanoseconds margin(0), warmup(0);
  for (const RunWorkers* run : runs) {
    margin += start_margin(run->context_.spec);
    warmup = std::max(warmup, run->context_.spec.warmup);
  }
  for (; now() < deadline; margin *= 2) {
    const Instant warm_from = now() + margin;
    for (RunWorkers* run : runs) TRY(run->announce(warm_from + warmup, deadline));
    if (now() > warm_from) continue;
    for (RunWorkers* run : runs) TRY(run->begin());
    return {};
  }
  return Error{"responder did not start in time"};
}

// Ends the window, unless it ends by itself as soon.
Result<> RunWorkers::stop_early() {
  const Instant at = now();
  if (at < t0_) return Error{"interrupted before its window began"};
  const Instant t1 = at + stop_margin(context_.spec);
  if (t1 >= t0_ + context_.spec.duration) return {};
  const auto stop_of = [&](const End& end) { return StopMessage{.t1_ns = ns(t1 + end.ahead)}; };
  if (has_responder()) TRY(send(responder_, stop_of(responder_)));
  for (const auto& generator : generators_) {
    auto sent = send(generator.end, stop_of(generator.end));
    if (!sent && !generator.end.worker->expendable()) return sent;
  }
  return {};
}

Result<> RunWorkers::pass_on_sent() {
  const CaseSpec& spec = context_.spec;
  if (!spec.responder_sends()) return {};
  // One that has lost a connection ends before the others, with its result.
  for (const auto& generator : generators_) generator.end.worker->make_expendable();
  const Instant deadline = t0_ + spec.duration + 2 * spec.tmax + kOverrunTimeout;
  auto sent = TRY(await_until_stop<AllSentMessage>(responder_, deadline));
  const FinishMessage finish{.sent = std::move(sent.sent)};
  for (const auto& generator : generators_) static_cast<void>(send(generator.end, finish));
  return {};
}

// One of several generators may be lost: what the others measured is kept.
Result<> RunWorkers::await_generators() {
  const Instant deadline = t0_ + context_.spec.duration + 2 * context_.spec.tmax + kOverrunTimeout;
  if (generators_.size() > 1) {
    for (const auto& generator : generators_) generator.end.worker->make_expendable();
  }
  for (auto& generator : generators_) {
    auto result = await_until_stop<GeneratorResultMessage>(generator.end, deadline);
    if (result) {
      generator.record = std::move(result->end);
      continue;
    }
    if (!generator.end.worker->expendable() || context_.abandoned() ||
        (has_responder() && !responder_.worker->end_reason().empty()))
      return std::move(result).error();
    generator.failure = std::move(result).error().message;
  }
  const bool none = std::ranges::none_of(
      generators_, [](const auto& generator) { return generator.failure.empty(); });
  if (none) return Error{generators_.front().failure};
  return {};
}

// What the generator received was recorded by an estimate of the responder's clock.
Result<> RunWorkers::correct_delays(const ResponderResult& responder) {
  const CaseSpec& spec = context_.spec;
  for (auto& generator : generators_) {
    if (!spec.responder_sends() || !generator.record.clock) continue;
    if (!responder.own_clocks) return Error{"responder: it has not read its clocks"};
    TRY(send(generator.end,
             JudgeMessage{.responder = *responder.own_clocks, .clock_bound_ns = claimed_bound()}));
    auto result = TRY(workers_->await<GeneratorResultMessage>(
        *generator.end.worker, now() + kOverrunTimeout, context_.abandoned));
    generator.record = std::move(result.end);
  }
  return {};
}

std::int64_t RunWorkers::longest_measured_ns() const {
  std::int64_t longest = 1;
  for (const auto& generator : generators_) {
    if (generator.failure.empty())
      longest = std::max(longest, generator.record.recording.measured_ns);
  }
  return longest;
}

FinishMessage RunWorkers::finish_message() const {
  FinishMessage finish{.sent = std::vector<std::uint64_t>(context_.spec.connections),
                       .source = generators_.front().source};
  for (std::size_t i = 0; i < generators_.size(); ++i) {
    const GeneratorRecord& record = generators_[i].record;
    if (!generators_[i].failure.empty()) {
      finish.lost_generators.push_back(i);
      continue;
    }
    for (std::size_t c = 0; c < std::min(finish.sent.size(), record.sent.size()); ++c)
      finish.sent[c] += record.sent[c];
  }
  const bool compared = std::ranges::any_of(
      generators_, [](const auto& generator) { return bool(generator.record.clock); });
  for (const auto& generator : generators_) {
    const auto& clock = generator.record.clock;
    if (compared) finish.clocks.push_back(clock ? *clock : GeneratorClock{});
  }
  finish.clock_bound_ns = claimed_bound();
  if (context_.spec.messages) finish.measured_ns = longest_measured_ns();
  return finish;
}

// Of all together, and of each of several.
Result<GeneratorResult> RunWorkers::result_of_generators() const {
  const CaseSpec& spec = context_.spec;
  std::vector<const GeneratorRecord*> records;
  for (const auto& generator : generators_) {
    if (generator.failure.empty()) records.push_back(&generator.record);
  }
  auto all = TRY(describe_generators(spec, records));
  for (std::size_t i = 0; generators_.size() > 1 && i < generators_.size(); ++i) {
    const Generator& generator = generators_[i];
    GeneratorResult::Part part{.number = i + 1,
                               .name = generator.end.worker->name(),
                               .host = generator.end.host,
                               .reached_at = generator.reached_at,
                               .failure = generator.failure,
                               .result = {}};
    if (part.failure.empty())
      part.result =
          TRY(describe_generators(spec, std::vector<const GeneratorRecord*>{&generator.record}));
    all.parts.push_back(std::move(part));
  }
  return all;
}

Result<ResponderResult> RunWorkers::finish_responder() {
  TRY(send(responder_, finish_message()));
  auto result = TRY(workers_->await<ResponderResultMessage>(
      *responder_.worker, now() + context_.spec.tmax + kOverrunTimeout, context_.abandoned));
  return std::move(result.end);
}

Result<> RunWorkers::await_window() {
  TRY(pass_on_sent());
  return await_generators();
}

Result<CaseRun> RunWorkers::finish() {
  ResponderResult responder;
  if (has_responder()) {
    responder = TRY(finish_responder());
    TRY(correct_delays(responder));
  }
  if (context_.spec.messages) {
    // The window ends with the last event at any end.
    const auto measured = has_responder() ? responder.measured_ns : longest_measured_ns();
    for (auto& generator : generators_) generator.record.recording.measured_ns = measured;
  }
  auto generator = TRY(result_of_generators());
  if (!has_responder()) responder.measured_ns = generator.measured_ns;
  return CaseRun{
      .generator = std::move(generator),
      .responder = std::move(responder),
      .facts = {.seed = context_.seed,
                .clock_shared = clock_shared(),
                .apart = context_.ends_apart(),
                .one_machine = std::ranges::all_of(generators_,
                                                   [this](const auto& each) {
                                                     return boot_identity(each.end.clock) ==
                                                            boot_identity(responder_.clock);
                                                   }),
                .stopped = stopped_,
                .connect_ns = connect_ns_},
      .reached_at = generators_.front().reached_at};
}

}  // namespace

namespace {

Result<CaseRun> run_alone(const RunContext& context) {
  RunWorkers run(context);
  const Instant deadline = now() + context.setup_timeout();
  TRY(run.set_up(deadline));
  TRY(RunWorkers::start({&run}, deadline));
  TRY(run.await_window());
  return run.finish();
}

// What nobody watches, at ends of its own.
RunContext background_context(const RunContext& probe) {
  return {.loop = probe.loop,
          .spec = background_of(probe.spec),
          .seed = probe.seed,
          .program = probe.program,
          .interrupted = probe.interrupted,
          .abandoned = probe.abandoned,
          .ends = probe.ends != nullptr ? probe.ends->background.get() : nullptr};
}

Result<CaseRun> run_beside_background(const RunContext& context) {
  constexpr const char* kPlace = "the background";
  const RunContext beside = background_context(context);
  RunWorkers background(beside), probe(context);
  const Instant deadline = now() + context.setup_timeout() + beside.setup_timeout();
  TRY(background.set_up(deadline).in(kPlace));
  TRY(probe.set_up(deadline));
  TRY(RunWorkers::start({&background, &probe}, deadline));
  TRY(probe.await_window());
  TRY(background.await_window().in(kPlace));
  auto measured = TRY(probe.finish());
  auto load = TRY(background.finish().in(kPlace));
  measured.facts.background_cpu_ns =
      load.generator.resources.cpu_ns +
      (measured.facts.one_machine ? load.responder.resources.cpu_ns : 0);
  measured.background = describe_background(beside.spec, load.generator, load.responder);
  return measured;
}

}  // namespace

Result<CaseRun> run_case(const RunContext& context) {
  RunContext exact = context;
  CaseSpec& spec = exact.spec;
  if (spec.messages) {
    spec.duration = message_window(spec, context.seed).length;
    spec.interval = std::min(spec.interval, spec.duration);
  }
  return spec.loaded() ? run_beside_background(exact) : run_alone(exact);
}

}  // namespace sockmark
