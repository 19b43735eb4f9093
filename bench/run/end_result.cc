#include "bench/run/end_result.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/parse.h"
#include "measure/throughput.h"
#include "reports/model/sections.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

constexpr const char* kSendBuffer = "SO_SNDBUF";
constexpr const char* kReceiveBuffer = "SO_RCVBUF";
constexpr const char* kNoDelay = "TCP_NODELAY";
constexpr const char* kOffload = "UDP_GRO";
constexpr const char* kSaturating = "saturating";  // why a stream has no depth and no schedule

report::Load load_of(const CaseSpec& spec, std::uint64_t seed, const GeneratorResult& generator,
                     const WindowCounts& counts) {
  const std::uint64_t sent = generator.loss.sent;
  if (spec.rate) {
    const double seconds = std::chrono::duration<double>(spec.duration).count();
    return {.model = report::LoadModel::open,
            .arrival = std::string(name_of(spec.arrivals)),
            .seed = seed,
            .coordinated_omission = report::CoordinatedOmission::absent,
            .intended_rate = static_cast<double>(sent + generator.unsent) / seconds,
            .offered_rate = counts.offered_rate(),
            .intended_messages = sent + generator.unsent,
            .sent_messages = sent,
            .send_failed = generator.unsent};
  }
  // The responses determine what a closed loop sends; it has no rate of its own.
  return {.model = report::LoadModel::closed,
          .arrival = Maybe<std::string>::none("closed_loop"),
          .seed = 0,
          .coordinated_omission = report::CoordinatedOmission::present,
          .intended_rate = Maybe<double>::none("closed_loop"),
          .offered_rate = counts.offered_rate(),
          .intended_messages = sent + generator.unsent,
          .sent_messages = sent,
          .send_failed = generator.unsent};
}

report::Generator health_of(const CaseSpec& spec, const GeneratorResult& generator,
                            Nanoseconds response) {
  if (generator.sends) {
    return health::judge_generator(*generator.sends, spec.arrivals, response);
  }
  // Lateness against a schedule; a closed loop has none (docs/definitions/generator.md#saturation).
  constexpr const char* kClosed = "closed_loop";
  return {.saturated = Maybe<bool>::none(kClosed),
          .lag_warning = Maybe<bool>::none(kClosed),
          .lag = Maybe<report::Distribution>::none(kClosed),
          .issued_ratio = Maybe<double>::none(kClosed),
          .loop_busy = Maybe<double>::none(kClosed),
          .arrival_check = Maybe<report::ArrivalCheck>::none(kClosed)};
}

Maybe<report::Impairment> impairment_of(const CaseSpec& spec, const EndResult& generator,
                                        const EndResult& receiver, const EndResult& responder) {
  if (!spec.impair || !generator.injected || !responder.injected) {
    return Maybe<report::Impairment>::none("none");
  }
  const auto& forward = responder.injected->way;
  const auto& reverse = generator.injected->way;
  report::Impairment result{.seed = spec.impair->seed,
                            .sent = generator.injected->sent,
                            .dropped = forward.dropped + reverse.dropped,
                            .duplicated = forward.duplicated + reverse.duplicated,
                            .reordered = receiver.injected->reordered,
                            .delayed = forward.delayed + reverse.delayed,
                            .held = forward.held + reverse.held,
                            .corrupted = forward.corrupted + reverse.corrupted,
                            .truncated = forward.truncated + reverse.truncated,
                            .extent_histogram = receiver.injected->extent_histogram,
                            .forward = forward,
                            .reverse = Maybe<report::InjectedOnWay>::none("one_way")};
  if (spec.workload != Workload::stream) result.reverse = reverse;
  return result;
}

// Lost messages that were neither dropped by the injector nor late.
std::uint64_t unexplained_loss(const report::Run& run) {
  std::uint64_t explained = run.loss->late;
  if (run.impairment) {
    explained += run.impairment->dropped + run.impairment->corrupted + run.impairment->truncated;
  }
  return run.loss->lost - std::min(run.loss->lost, explained);
}

// Where messages were lost (RFC 7680, section 2.8.3). At the socket of the receiver: at most as
// many as its kernel counted as dropped. That counter includes the warm-up. Late messages were not
// dropped. Nothing is lost at the sender: a message that its kernel does not take waits
// (send_block).
Maybe<report::LossAttribution> attribution_of(const report::Run& run, std::uint64_t receive_drops) {
  const std::uint64_t lost = run.loss->lost;
  const std::uint64_t at_socket = std::min(unexplained_loss(run), receive_drops);
  return report::LossAttribution{
      .receiver_socket = at_socket, .sender_local = 0, .elsewhere = lost - at_socket};
}

Maybe<report::MachineTime> machine_time(const GeneratorResult& generator,
                                        const EndResult& responder) {
  if (!generator.machine) return generator.machine;
  report::MachineTime machine = *generator.machine;
  const std::int64_t ours = generator.resources.cpu_ns + responder.resources.cpu_ns;
  machine.others_ns = std::max<std::int64_t>(machine.others_ns - ours, 0);
  return machine;
}

report::Stalls stalls_of(const CaseSpec& spec, const GeneratorResult& generator,
                         const EndResult& receiver, const EndResult& responder) {
  report::Stalls stalls{
      .total_ns = receiver.silent_ns,
      .longest_ns = receiver.longest_silence_ns,
      .waiting_for_lost_ns = Maybe<std::int64_t>::none(spec.rate ? "open_loop" : kSaturating),
      .generator_stopped_ns = generator.stopped_ns,
      .responder_stopped_ns = responder.stopped_ns,
      .lost_in_warmup = Maybe<std::uint64_t>::none("one_way")};
  if (spec.workload == Workload::stream) return stalls;
  stalls.lost_in_warmup = generator.lost_in_warmup;
  if (!spec.rate) {
    stalls.waiting_for_lost_ns =
        generator.waited_for_lost_ns / static_cast<std::int64_t>(spec.depth * spec.connections);
  }
  return stalls;
}

Maybe<double> per_message(std::int64_t cpu_ns, std::uint64_t messages) {
  if (messages == 0) return Maybe<double>::none(report::kNothingReceived);
  return static_cast<double>(cpu_ns) / static_cast<double>(messages);
}

std::string messages(std::uint64_t count) {
  return fmt::format("{} message{}", count, count == 1 ? "" : "s");
}

std::string milliseconds(std::int64_t value) { return fmt::format("{} ms", value / 1'000'000); }

// ": the responder took 3100 of the 10000 messages/s" where it did not keep up with what it was
// sent.
std::string slow_responder(const ResponderResult& responder, const report::Run& run) {
  constexpr double kKeptUp = 0.95;
  const double taken =
      static_cast<double>(responder.taken_in) * 1e9 / static_cast<double>(run.window.measure_ns);
  const double offered = run.load->offered_rate;
  if (taken <= 0 || taken >= kKeptUp * offered) return "";
  return fmt::format(": the responder took {:.0f} of the {:.0f} messages/s", taken, offered);
}

// ", while other processes used 1.3 CPUs": what explains that an end did not run.
std::string competition(const report::Run& run) {
  constexpr double kNoticeable = 0.1;  // processors
  const auto& machine = run.resources.machine;
  if (!machine) return "";
  const double others =
      static_cast<double>(machine->others_ns) / static_cast<double>(run.window.measure_ns);
  return others < kNoticeable ? ""
                              : fmt::format(", while other processes used {:.1f} CPUs", others);
}

// What else had an effect on the run.
void find_interference(const CaseSpec& spec, const GeneratorResult& generator, Nanoseconds response,
                       report::Run& run) {
  auto& reasons = run.interference_reasons;
  const std::string others = competition(run);
  if (generator.sends) {
    if (const auto late = health::lateness(*generator.sends, response); !late.empty()) {
      // Beside other processes it would not help.
      const bool sleeps = spec.wait == WaitMode::sleep && others.empty();
      reasons.push_back(fmt::format("the generator was {}{}{}", late, others,
                                    sleeps ? "; --wait hybrid reduces it" : ""));
    }
  }
  const auto stopped = [&](const char* end, std::int64_t stopped_ns) {
    if (health::judge_stop(Nanoseconds(stopped_ns), spec.duration) == health::Stopped::no) return;
    reasons.push_back(fmt::format("the {} did not run for {} of {}{}", end,
                                  milliseconds(stopped_ns), milliseconds(ns(spec.duration)),
                                  others));
  };
  // Otherwise it is a reason why the run is invalid.
  const Nanoseconds by_generator(run.stalls->generator_stopped_ns);
  if (health::judge_stop(by_generator, spec.duration) != health::Stopped::invalid)
    stopped("generator", ns(by_generator));
  if (!spec.pause && spec.work == Nanoseconds(0))
    stopped("responder", run.stalls->responder_stopped_ns);
}

// An open loop sends every message, in order: one that is far too slow sends those of the warm-up
// throughout the window.
std::string nothing_sent(const CaseSpec& spec, const report::Load& load) {
  if (!spec.rate || load.offered_rate == 0) return "nothing was sent within the window";
  return fmt::format(
      "rate too high: {:.0f} of {:.0f} messages/s were sent, only those due in the warm-up",
      load.offered_rate, *spec.rate);
}

void judge(const CaseSpec& spec, const GeneratorResult& generator, const ResponderResult& responder,
           report::Run& run) {
  auto& reasons = run.invalid_reasons;
  for (const auto& reason : generator.invalid_reasons) reasons.push_back("generator: " + reason);
  for (const auto& reason : responder.invalid_reasons) reasons.push_back("responder: " + reason);
  if (run.loss->sent == 0) reasons.push_back(nothing_sent(spec, *run.load));
  if (run.loss->sent > 0 && run.loss->received == 0) {
    reasons.push_back("no message of the window arrived in time" + slow_responder(responder, run));
  } else if (spec.reliable() && run.loss->lost > 0) {
    reasons.push_back(fmt::format("{} without an answer within {}{}", messages(run.loss->lost),
                                  milliseconds(run.loss->tmax_ns), slow_responder(responder, run)));
  }
  const bool reliable = spec.transport_row().get().promises().reliable;
  if (const auto unexplained = unexplained_loss(run); spec.impair && reliable && unexplained > 0) {
    reasons.push_back(fmt::format("{} lost over {} in addition to the injected loss",
                                  messages(unexplained), spec.transport));
  }
  if (run.integrity->stream_integrity_errors > 0) {
    reasons.push_back(fmt::format("{} over {} duplicated, reordered or corrupt",
                                  messages(run.integrity->stream_integrity_errors),
                                  spec.transport));
  }
  if (generator.sends) {
    for (auto& reason : health::saturation(*generator.sends)) reasons.push_back(std::move(reason));
  }
  const Nanoseconds stopped(run.stalls->generator_stopped_ns);
  if (health::judge_stop(stopped, spec.duration) == health::Stopped::invalid) {
    reasons.push_back(fmt::format("the generator did not run for {} of {}{}",
                                  milliseconds(ns(stopped)), milliseconds(ns(spec.duration)),
                                  competition(run)));
  }
  run.valid = reasons.empty();
}

// Half a round trip is not a one-way delay (docs/definitions/latency.md#one-way-delay).
void remove_one_way_times(bool only_one_way, report::Run& run) {
  const auto remove = [](auto& value) {
    value = std::decay_t<decltype(value)>::none("clock_not_shared");
  };
  remove(run.latency->one_way);
  if (!only_one_way) return;
  remove(run.latency->response_time);
  remove(run.latency->response_time_loss_as_infinite);
  remove(run.latency->warmup);
  remove(run.delay_variation);
  for (auto& point : run.series) {
    remove(point.p50_ns);
    remove(point.p99_ns);
    remove(point.max_ns);
  }
  std::erase(run.unsteady_reasons, "trend");
  std::erase(run.unsteady_reasons, "warmup");
  run.steady = run.unsteady_reasons.empty();
}

void judge_steadiness(const WindowCounts& counts, const EndResult& receiver, report::Run& run) {
  const auto backlog = counts.backlog_unsteady();
  if (!backlog) {
    run.steady = Maybe<bool>::none(report::kNothingSent);
    return;
  }
  if (*backlog) run.unsteady_reasons.emplace_back("backlog");
  if (health::trend(run.series).value_or(false)) run.unsteady_reasons.emplace_back("trend");
  if (receiver.warmed_up && !*receiver.warmed_up) run.unsteady_reasons.emplace_back("warmup");
  const auto& waiting = run.stalls->waiting_for_lost_ns;
  const auto stalled = std::max(run.stalls->total_ns, waiting ? *waiting : 0);
  if (stalled >= ns(health::kStallMin) &&
      static_cast<double>(stalled) >
          health::kStallShare * static_cast<double>(run.window.measure_ns))
    run.unsteady_reasons.emplace_back("stall");
  run.steady = run.unsteady_reasons.empty();
}

}  // namespace

report::Params params_of(const CaseSpec& spec) {
  report::Params params{.transport = spec.transport,
                        .family = std::string(spec.transport_row().family),
                        .address = Maybe<std::string>::none("default"),
                        .workload = std::string(name_of(spec.workload)),
                        .size_bytes = spec.size,
                        .depth = spec.depth,
                        .connections = spec.connections,
                        .threads = spec.threads,
                        .wait = std::string(name_of(spec.wait)),
                        .pin = {},
                        .duration_ns = ns(spec.duration),
                        .warmup_ns = ns(spec.warmup),
                        .tmax_ns = ns(spec.tmax),
                        .socket_options = {}};
  if (!spec.address.empty()) params.address = spec.address;
  if (spec.workload == Workload::stream) {
    params.depth = Maybe<std::uint64_t>::none(kSaturating);
    params.rate_per_s = Maybe<double>::none(kSaturating);
    params.arrivals = Maybe<std::string>::none(kSaturating);
  }
  if (spec.rate) {
    params.depth = Maybe<std::uint64_t>::none("open_loop");
    params.rate_per_s = *spec.rate;
    params.arrivals = std::string(name_of(spec.arrivals));
  }
  if (spec.impair) params.impair = text_of(*spec.impair);
  if (spec.pause) {
    params.server_pause =
        report::ServerPause{.every_ns = ns(spec.pause->every), .for_ns = ns(spec.pause->length)};
  }
  if (spec.work > Nanoseconds(0)) params.server_work_ns = ns(spec.work);
  if (spec.arm == Arm::baseline) params.arm = report::Arm::baseline;
  if (spec.arm == Arm::candidate) params.arm = report::Arm::candidate;
  if (spec.pin) params.pin = {spec.pin->generator, spec.pin->responder};
  if (spec.socket.send_buffer_bytes)
    params.socket_options[kSendBuffer] = *spec.socket.send_buffer_bytes;
  if (spec.socket.receive_buffer_bytes)
    params.socket_options[kReceiveBuffer] = *spec.socket.receive_buffer_bytes;
  if (!spec.socket.tcp_nodelay) params.socket_options[kNoDelay] = 0;
  if (spec.socket.segmentation_offload) params.socket_options[kOffload] = 1;
  return params;
}

Result<CaseSpec> case_of(const report::Params& params) {
  if (find_transport(params.transport) == nullptr) {
    return Error{fmt::format("params.transport: unknown transport \"{}\"", params.transport)};
  }
  const auto workload = value_named<Workload>(params.workload);
  if (!workload) {
    return Error{fmt::format("params.workload: unknown workload \"{}\"", params.workload)};
  }
  const auto wait = value_named<WaitMode>(params.wait);
  if (!wait) return Error{fmt::format("params.wait: unknown mode \"{}\"", params.wait)};
  CaseSpec spec{.transport = params.transport,
                .address = params.address ? *params.address : std::string(),
                .workload = *workload,
                .size = params.size_bytes,
                .rate = {},
                .arrivals = Arrivals::uniform,
                .depth = params.depth ? *params.depth : 1,
                .connections = params.connections,
                .threads = params.threads,
                .wait = *wait,
                .pin = {},
                .duration = Nanoseconds(params.duration_ns),
                .warmup = Nanoseconds(params.warmup_ns),
                .tmax = Nanoseconds(params.tmax_ns),
                .impair = {},
                .pause = {},
                .work = Nanoseconds(params.server_work_ns ? *params.server_work_ns : 0),
                .socket = {}};
  if (params.rate_per_s) spec.rate = *params.rate_per_s;
  if (params.arrivals) {
    const auto arrivals = value_named<Arrivals>(*params.arrivals);
    if (!arrivals) {
      return Error{fmt::format("params.arrivals: unknown process \"{}\"", *params.arrivals)};
    }
    spec.arrivals = *arrivals;
  }
  if (params.impair) {
    auto impair = TRY(parse_impairment(*params.impair).in("params.impair"));
    spec.impair = impair;
  }
  if (params.server_pause) {
    spec.pause = ServerPause{.every = Nanoseconds(params.server_pause->every_ns),
                             .length = Nanoseconds(params.server_pause->for_ns)};
  }
  if (!spec.address.empty()) {
    auto address = TRY(parse_address(spec.address).in("params.address"));
    if (transport_of(address).name != spec.transport) {
      return Error{fmt::format("params.address: {} is not an address of {}", address.text(),
                               spec.transport)};
    }
  }
  if (!params.pin.empty() && params.pin.size() != 2) {
    return Error{fmt::format("params.pin: expected two CPUs or none, found {}", params.pin.size())};
  }
  if (params.pin.size() == 2)
    spec.pin = Pin{.generator = params.pin[0], .responder = params.pin[1]};
  for (const auto& [name, value] : params.socket_options) {
    const int bytes = static_cast<int>(std::clamp<std::int64_t>(value, 0, 1 << 30));
    if (name == kSendBuffer) spec.socket.send_buffer_bytes = bytes;
    if (name == kReceiveBuffer) spec.socket.receive_buffer_bytes = bytes;
    if (name == kNoDelay) spec.socket.tcp_nodelay = value != 0;
    if (name == kOffload) spec.socket.segmentation_offload = value != 0;
  }
  TRY(check_limits(spec));
  return spec;
}

report::Run assemble_run(const CaseSpec& spec, const RunFacts& facts,
                         const GeneratorResult& generator, const ResponderResult& responder) {
  const bool one_way = spec.workload == Workload::stream;
  // The end at which a message arrives last: the responder of a stream, else the generator.
  const EndResult& receiver =
      one_way ? static_cast<const EndResult&>(responder) : static_cast<const EndResult&>(generator);

  WindowCounts counts(Instant{}, Instant{} + spec.duration);
  counts.offered_messages = generator.offered;
  counts.sent_messages = receiver.loss.sent;
  counts.received_messages = receiver.loss.received;
  counts.goodput_messages = receiver.goodput_messages;
  counts.goodput_bytes = receiver.goodput_bytes;

  report::Run run;
  run.window = {.warmup_ns = ns(spec.warmup),
                .measure_ns = ns(spec.duration),
                .drain_ns = generator.drain_ns,
                .tmax_ns = ns(spec.tmax)};
  run.load = load_of(spec, facts.seed, generator, counts);
  const Nanoseconds response = health::response_bound(receiver.latency.response_time, spec.tmax);
  run.generator = health_of(spec, generator, response);
  run.throughput =
      report::Throughput{.goodput_messages_per_s = counts.goodput_messages_per_s(),
                         .goodput_bytes_per_s = counts.goodput_bytes_per_s(),
                         .delivery_ratio = maybe(counts.delivery_ratio(), report::kNothingSent)};
  run.latency = receiver.latency;
  run.latency->send_block = generator.latency.send_block;
  run.latency->one_way = responder.one_way;
  run.loss = receiver.loss;
  if (!one_way && run.loss->loss_ratio) {
    // RFC 6673: the direction in which a round trip was lost.
    run.loss->forward_lost = responder.loss.lost;
    run.loss->reverse_lost =
        responder.loss.received - std::min(responder.loss.received, generator.loss.received);
  }
  run.impairment = impairment_of(spec, generator, receiver, responder);
  if (run.loss->loss_ratio) {
    const std::uint64_t drops = responder.receive_drops + (one_way ? 0 : generator.receive_drops);
    run.loss->attribution = attribution_of(run, drops);
  }
  run.duplication = receiver.duplication;
  run.reordering = receiver.reordering;
  run.delay_variation = receiver.delay_variation;
  run.integrity = generator.integrity;
  run.integrity->corrupt += responder.integrity.corrupt;
  run.integrity->corrupt_truncated += responder.integrity.corrupt_truncated;
  run.integrity->spurious += responder.integrity.spurious;
  run.integrity->stream_integrity_errors += responder.integrity.stream_integrity_errors;
  if (spec.reliable()) run.integrity->unfinished = run.loss->lost;

  auto generator_cost = generator.resources;
  auto responder_cost = responder.resources;
  generator_cost.cpu_ns_per_message = per_message(generator_cost.cpu_ns, receiver.goodput_messages);
  responder_cost.cpu_ns_per_message = per_message(responder_cost.cpu_ns, receiver.goodput_messages);
  run.resources = {.generator = generator_cost, .responder = responder_cost};
  run.resources.machine = machine_time(generator, responder);
  run.stalls = stalls_of(spec, generator, receiver, responder);
  run.listen_queue = responder.listen_queue;
  run.series = receiver.series;

  judge_steadiness(counts, receiver, run);
  if (!facts.clock_shared) remove_one_way_times(one_way, run);
  judge(spec, generator, responder, run);
  find_interference(spec, generator, response, run);
  return run;
}

report::Run failed_run(const CaseSpec& spec, std::string reason) {
  report::Run run;
  run.window = {.warmup_ns = ns(spec.warmup),
                .measure_ns = ns(spec.duration),
                .drain_ns = 0,
                .tmax_ns = ns(spec.tmax)};
  const auto absent = [&]<class T>(Maybe<T>& section) { section = Maybe<T>::none("run_failed"); };
  run.steady = Maybe<bool>::none("run_failed");
  absent(run.load);
  absent(run.generator);
  absent(run.throughput);
  absent(run.latency);
  absent(run.loss);
  absent(run.duplication);
  absent(run.reordering);
  absent(run.delay_variation);
  absent(run.integrity);
  absent(run.resources.generator);
  absent(run.resources.responder);
  absent(run.resources.machine);
  absent(run.stalls);
  absent(run.listen_queue);
  run.invalid_reasons.push_back(std::move(reason));
  return run;
}

}  // namespace sockmark
