#include "bench/run/worker.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/random.h"
#include "base/temporary_directory.h"
#include "bench/checks/limits.h"
#include "bench/load/generator.h"
#include "bench/load/responder.h"
#include "bench/plan/fault_decision.h"
#include "bench/run/control_messages.h"
#include "bench/run/floor.h"
#include "machine/environment.h"
#include "reports/model/environment_section.h"
#include "reports/model/sections.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// A conversation with a runner that lives takes milliseconds between two messages, but for the run.
constexpr Nanoseconds kPatience = 30s;
constexpr Nanoseconds kAfterlife = 24h;

// The runner is gone: nobody will read a result or remove the socket files.
[[noreturn]] void end_at_once(const std::string& directory) {
  remove_directory(directory);
  ::_exit(1);
}

// What the runner told this end: who plays with whom, and at what.
struct Part {
  CaseSpec spec;
  ChannelOptions channel;
  FlowIds flows;
  std::uint64_t seed = 1;
  bool clock_shared = true;
  std::vector<Address> addresses;  // one for each thread

  // What an impaired run does to messages on one way; absent where it is not impaired.
  [[nodiscard]] FaultDecider fault_decider(Direction direction) const {
    if (!spec.impair) return {};
    const auto trip = spec.workload == Workload::stream ? Trip::one_way : Trip::round_trip;
    return [impair = *spec.impair, direction, trip](const MessageIdentity& identity) {
      return decide_fault(impair, identity, direction, trip);
    };
  }
};

template <class M>
Result<M> await(ControlChannel& control, Nanoseconds patience) {
  auto frame = TRY(control.receive(now() + patience));
  return as_message<M>(frame);
}

struct Role {
  const char* name;
  int Pin::*cpu;
  bool listens;
};
constexpr Role kGenerator{"generator", &Pin::generator, false};
constexpr Role kResponder{"responder", &Pin::responder, true};
constexpr Role kFloor{"floor", &Pin::generator, true};

// Introduces this end, hears what it is to do, and makes the thread and the process fit for it.
// `directory` is set as soon as it is known, for whoever has to clean up; who listens makes it.
Result<Part> take_part(ControlChannel& control, const Role& role, std::string& directory) {
  control.greeted();  // this end was started by the runner, and trusts it with its memory
  const HelloMessage hello{.protocol = kControlProtocol,
                           .role = role.name,
                           .pid = ::getpid(),
                           .clock = clock_identity(),
                           .now_ns = ns(now())};
  TRY(send_message(control, hello));
  auto told = TRY(await<PrepareMessage>(control, kPatience));
  directory = told.directory;
  if (role.listens && !directory.empty()) {
    if (auto made = make_directory(directory); !made) return std::move(made).error();
  }
  auto spec = TRY(case_of(told.params));
  Part part{.spec = spec,
            .channel = {.socket = spec.socket, .token = told.token},
            .flows = {.base = static_cast<std::uint32_t>(SplitMix64(told.token).next())},
            .seed = told.seed,
            .clock_shared = told.clock_shared,
            .addresses = {}};
  for (const auto& text : told.addresses) {
    auto address = TRY(parse_address(text));
    part.addresses.push_back(address);
  }
  if (part.addresses.size() != part.spec.threads) {
    return Error{"control channel: not one address for each thread"};
  }
  TRY(raise_descriptor_limit(descriptors_needed(part.spec)));
  if (part.spec.pin) {
    if (auto pinned = pin_to((*part.spec.pin).*role.cpu); !pinned) return std::move(pinned).error();
  }
  return part;
}

health::SendRecord describe_sends(const SendTiming& sends, std::uint64_t intended,
                                  std::optional<double> busy) {
  const auto samples = sends.samples();
  return {.intended = intended,
          .attempted_in_window = sends.attempted_in_window(),
          .lag = report::distribution(sends.lag()),
          .lag_p50_at_first_ns = sends.lag_at_first().percentile(kP50).value_or(0),
          .lag_p50_at_last_ns = sends.lag_at_last().percentile(kP50).value_or(0),
          .largest_deviation_ns = ns(sends.largest_deviation()),
          .samples = samples.taken,
          .samples_rejected = samples.rejected,
          .loop_busy = maybe(busy, "spins")};
}

// Of all threads of an end; absent where nothing was impaired.
template <class Threads>
Maybe<InjectedByEnd> describe_injected(const Threads& threads) {
  FaultLedger all;
  for (const auto& thread : threads) {
    if (thread->fault_ledger() == nullptr) return Maybe<InjectedByEnd>::none("none");
    all.add(*thread->fault_ledger());
  }
  return InjectedByEnd{.way = {.dropped = all.dropped,
                               .duplicated = all.duplicated,
                               .held = all.held,
                               .delayed = all.delayed,
                               .corrupted = all.corrupted,
                               .truncated = all.truncated},
                       .sent = all.sent,
                       .reordered = all.reordered,
                       .extent_histogram = all.extents};
}

// What both ends say of themselves, from their merged recorder.
EndResult describe_end(const CaseSpec& spec, const Recorder& all, const report::Process& process) {
  const auto delivery =
      spec.reliable() ? report::Delivery::reliable : report::Delivery::best_effort;
  const bool one_way = spec.workload == Workload::stream;
  const auto kind = one_way ? report::DelayKind::one_way : report::DelayKind::round_trip;
  const Usage usage = all.merged_usage;
  EndResult end{.process = process,
                .resources = {.pid = process.pid,
                              .cpu_ns = usage.user_ns + usage.system_ns,
                              .user_ns = usage.user_ns,
                              .system_ns = usage.system_ns,
                              .cpu_ns_per_message = {},
                              .voluntary_ctx_switches = usage.voluntary_switches,
                              .involuntary_ctx_switches = usage.involuntary_switches,
                              .rss_max_bytes = peak_resident_bytes()},
                .invalid_reasons = {},
                .socket_options = {},
                .sent = {},
                .offered = all.counts.offered_messages,
                .unsent = 0,
                .goodput_messages = all.counts.goodput_messages,
                .goodput_bytes = all.counts.goodput_bytes,
                .drain_ns = 0,
                .receive_drops = all.receive_drops,
                .settled = maybe(all.warmup_check.warmed_up(), "too_short"),
                .sends = {},
                .injected = {},
                .latency = {.delay_kind = kind,
                            .response_time = report::distribution(all.response_time),
                            .response_time_loss_as_infinite =
                                report::loss_as_infinite(all.response_time, all.sequence.lost),
                            .service_time = report::distribution(all.sequence.delay.delay),
                            .send_block = report::distribution(all.send_block),
                            .one_way = {},
                            .warmup = report::distribution(all.warmup)},
                .loss = report::loss_section(all.sequence, spec.tmax, delivery),
                .duplication = report::duplication_section(all.sequence, delivery),
                .reordering = report::reordering_section(all.sequence, delivery),
                .delay_variation = report::delay_variation_section(all.sequence.delay, kind),
                .integrity = all.integrity,
                .series = report::series_section(all.series)};
  if (one_way) {
    // t_sent is the sender's knowledge; the message carries the instant right before the send call.
    end.latency.service_time = Maybe<report::Distribution>::none("one_way");
  }
  if (delivery == report::Delivery::reliable) {
    // What may be measured elsewhere is a breach of promise here.
    end.integrity.stream_integrity_errors +=
        all.sequence.duplicates + all.sequence.reordering.reordered + all.integrity.corrupt;
  }
  return end;
}

// Waits for `finished` to become readable; the runner's end is the end.
void wait_for_threads(ControlChannel& control, int finished, const std::string& directory) {
  for (;;) {
    pollfd entries[2] = {{finished, POLLIN, 0}, {control.descriptor(), POLLIN, 0}};
    if (::poll(entries, 2, -1) < 0 && errno != EINTR) return;
    if ((entries[0].revents & POLLIN) != 0) return;
    // Nothing is said to a generator at work: whatever comes is the end of the channel or worse.
    if (entries[1].revents != 0) end_at_once(directory);
  }
}

Result<> generate(ControlChannel& control, std::string& directory) {
  auto part = TRY(take_part(control, kGenerator, directory));
  const CaseSpec& spec = part.spec;

  std::vector<std::unique_ptr<GeneratorThread>> generators;
  const Instant connect_deadline = now() + kPatience / 2;
  for (std::uint64_t index = 0; index < spec.threads; ++index) {
    GeneratorThread::Options options{.spec = spec,
                                     .channel = part.channel,
                                     .flows = part.flows,
                                     .address = part.addresses[index],
                                     .connections = {},
                                     .seed = part.seed,
                                     .decide_fault = part.fault_decider(Direction::reverse)};
    for (auto c = index; c < spec.connections; c += spec.threads) options.connections.push_back(c);
    auto& generator =
        *generators.emplace_back(std::make_unique<GeneratorThread>(std::move(options)));
    if (auto connected = generator.connect(connect_deadline); !connected) return connected;
  }
  TRY(send_message(control, ReadyMessage{}));
  auto window = TRY(await<StartMessage>(control, kPatience));
  const Instant t0 = instant_from_ns(window.t0_ns), t1 = instant_from_ns(window.t1_ns);
  if (t1 - t0 != spec.duration)
    return Error{"control channel: the window is not as long as the case"};

  const Descriptor finished(::eventfd(0, EFD_CLOEXEC));
  std::atomic<std::size_t> running = generators.size();
  std::vector<std::thread> threads;
  for (const auto& generator : generators) {
    threads.emplace_back([&] {
      generator->run(t0, t1);
      if (--running == 0) ::eventfd_write(finished.get(), 1);
    });
  }
  wait_for_threads(control, finished.get(), directory);
  for (auto& thread : threads) thread.join();

  Recorder all(t0, t1);
  std::vector<std::uint64_t> sent(spec.connections);
  std::uint64_t unsent = 0, sent_total = 0;
  std::optional<double> busy;  // of the busiest thread
  Instant ended = t1;
  std::vector<std::string> reasons;
  for (std::size_t index = 0; index < generators.size(); ++index) {
    auto& generator = *generators[index];
    all.add(generator.recorder());
    if (const auto its = generator.busy()) busy = std::max(*its, busy.value_or(0));
    unsent += generator.unsent();
    ended = std::max(ended, generator.ended());
    const auto counts = generator.sent();
    for (std::size_t i = 0; i < counts.size(); ++i) {
      sent[index + i * spec.threads] = counts[i];
      sent_total += counts[i];
    }
    if (!generator.failure().empty()) reasons.push_back(generator.failure());
  }
  ResultMessage result{.end = describe_end(spec, all, report::process_section(read_placement()))};
  result.end.loss.sent = sent_total;  // of a stream the generator counts nothing else
  result.end.sent = std::move(sent);
  result.end.unsent = unsent;
  if (all.send_timing)
    result.end.sends = describe_sends(*all.send_timing, sent_total + unsent, busy);
  result.end.injected = describe_injected(generators);
  result.end.drain_ns = ns(ended - t1);
  result.end.invalid_reasons = std::move(reasons);
  for (const auto& option : generators.front()->socket_options()) {
    result.end.socket_options[option.name] = option.value;
  }
  return send_message(control, result);
}

Result<> respond(ControlChannel& control, std::string& directory) {
  auto part = TRY(take_part(control, kResponder, directory));
  const CaseSpec& spec = part.spec;

  std::vector<std::unique_ptr<ResponderThread>> responders;
  ConnectionOwners owners(spec.connections);
  ChannelOptions channel = part.channel;
  channel.share_port = spec.shares_address();
  ListeningMessage listening;
  for (std::uint64_t index = 0; index < spec.threads; ++index) {
    auto& responder = *responders.emplace_back(std::make_unique<ResponderThread>(
        ResponderThread::Options{.spec = spec,
                                 .channel = channel,
                                 .flows = part.flows,
                                 .index = index,
                                 .owners = spec.shares_address() ? &owners : nullptr,
                                 .clock_shared = part.clock_shared,
                                 .decide_fault = part.fault_decider(Direction::forward)}));
    // Whoever named port 0 means the port that the first thread is given.
    const Address& address =
        spec.shares_address() && index > 0 ? responders.front()->local() : part.addresses[index];
    TRY(responder.listen(address));
    listening.addresses.push_back(responder.local().text());
  }
  std::vector<std::thread> threads;
  const auto stop_threads = [&] {
    for (const auto& responder : responders) responder->stop();
    for (auto& thread : threads) thread.join();
  };
  for (const auto& responder : responders) threads.emplace_back([&] { responder->run(); });

  const auto converse = [&]() -> Result<StartMessage> {
    TRY(send_message(control, listening));
    auto window = await<StartMessage>(control, kPatience);
    if (!window) return window;
    auto frame = Result<ControlFrame>(Error{});
    do {  // a start that came too late for its window is followed by another
      if (window->t1_ns - window->t0_ns != ns(spec.duration)) {
        return Error{"control channel: the window is not as long as the case"};
      }
      for (const auto& responder : responders) {
        responder->start(instant_from_ns(window->t0_ns), instant_from_ns(window->t1_ns));
      }
      for (const auto& responder : responders) responder->await_started();
      TRY(send_message(control, StartedMessage{}));
      frame = control.receive(now() + kAfterlife);
      if (!frame) return std::move(frame).error();
      if (frame->type == ControlType::start) {
        window = as_message<StartMessage>(*frame);
        if (!window) return window;
      }
    } while (frame->type == ControlType::start);
    auto finish = TRY(as_message<FinishMessage>(*frame));
    if (finish.sent.size() != spec.connections)
      return Error{"control channel: not one count for each connection"};
    // After a round trip the generator has waited already; one way, what is under way may still
    // come.
    const Instant deadline = now() + (spec.workload == Workload::stream ? spec.tmax : 0ns);
    for (const auto& responder : responders) responder->finish(finish.sent, deadline);
    return window;
  };
  auto window = converse();
  if (!window) {
    stop_threads();
    return std::move(window).error();
  }
  for (auto& thread : threads) thread.join();

  Recorder all(instant_from_ns(window->t0_ns), instant_from_ns(window->t1_ns));
  std::vector<std::string> reasons;
  responders.front()->lose_unclaimed();
  for (const auto& responder : responders) {
    if (responder->recorder() != nullptr) all.add(*responder->recorder());
    if (!responder->failure().empty()) reasons.push_back(responder->failure());
  }
  ResultMessage result{.end = describe_end(spec, all, report::process_section(read_placement()))};
  // Of what is echoed too: how long the way there took.
  result.end.latency.one_way = report::distribution(all.sequence.delay.delay);
  result.end.injected = describe_injected(responders);
  result.end.invalid_reasons = std::move(reasons);
  return send_message(control, result);
}

// Both ends of the case by bare system calls.
Result<> find_floor(ControlChannel& control, std::string& directory) {
  auto part = TRY(take_part(control, kFloor, directory));
  if (const char* reason = why_no_floor(part.spec))
    return Error{fmt::format("the floor: {}", reason)};
  auto floor = TRY(measure_floor(part.spec, part.channel, part.addresses.front()));
  return send_message(control, FloorMessage{.floor = std::move(floor)});
}

// All is told; the runner closes the channel when it has it.
void wait_for_goodbye(ControlChannel& control) {
  static_cast<void>(control.receive(now() + kPatience));
}

bool play(ControlChannel& control, Result<> (*role)(ControlChannel&, std::string&)) {
  std::string directory;
  auto played = role(control, directory);
  // Either the runner is gone, and this fails too, or it is waiting for exactly this line.
  if (!played && !send_message(control, FailedMessage{.message = played.error().message}))
    end_at_once(directory);
  wait_for_goodbye(control);
  remove_directory(directory);  // a runner that was killed by now says goodbye just so
  return static_cast<bool>(played);
}

}  // namespace

bool play_generator(ControlChannel& control) { return play(control, generate); }
bool play_responder(ControlChannel& control) { return play(control, respond); }
bool play_floor(ControlChannel& control) { return play(control, find_floor); }

}  // namespace sockmark
