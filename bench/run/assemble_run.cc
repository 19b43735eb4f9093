#include "bench/run/assemble_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "bench/load/health.h"
#include "bench/run/describe_tcp.h"
#include "bench/run/run_verdict.h"
#include "measure/throughput.h"
#include "reports/model/sections.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

constexpr const char* kInterrupted = "interrupted";
constexpr const char* kSaturating = "saturating";  // why a stream has no depth and no schedule

// More than one if a call carried several; less if a message took several.
Maybe<double> messages_per_call(const GeneratorResult& generator) {
  if (generator.offered == 0) return Maybe<double>::none(report::kNothingSent);
  if (generator.send_calls == 0) return Maybe<double>::none("no_system_calls");
  return static_cast<double>(generator.offered) / static_cast<double>(generator.send_calls);
}

report::Load load_of(const CaseSpec& spec, std::uint64_t seed, const GeneratorResult& generator,
                     const WindowCounts& counts) {
  const std::uint64_t sent = generator.loss.sent;
  if (spec.rate) {
    const double seconds = std::chrono::duration<double>(spec.duration).count();
    return {.model = report::LoadModel::open,
            .arrival = text_of(spec.arrivals),
            .seed = seed,
            .coordinated_omission = report::CoordinatedOmission::absent,
            .intended_rate = static_cast<double>(sent + generator.unsent) / seconds,
            .offered_rate = counts.offered_rate(),
            .intended_messages = sent + generator.unsent,
            .sent_messages = sent,
            .send_failed = generator.unsent,
            .messages_per_send_call = messages_per_call(generator)};
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
          .send_failed = generator.unsent,
          .messages_per_send_call = messages_per_call(generator)};
}

// Of the requests that were answered, as netperf computes it: a round trip moves both messages.
Maybe<double> request_bytes_of(const CaseSpec& spec, const GeneratorResult& generator,
                               double answered_per_s) {
  if (!spec.answers()) return Maybe<double>::none("one_way");
  if (!spec.response) return Maybe<double>::none(report::kEcho);
  if (!spec.mix) return answered_per_s * static_cast<double>(spec.size);
  return static_cast<double>(generator.request_bytes) /
         std::chrono::duration<double>(spec.duration).count();
}

report::Generator sends_of(const CaseSpec& spec, const GeneratorResult& generator,
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

report::Generator health_of(const CaseSpec& spec, const GeneratorResult& generator,
                            Nanoseconds response) {
  report::Generator result = sends_of(spec, generator, response);
  if (spec.mix) result.size_check = health::judge_sizes(spec.mix, generator.sizes_sent);
  return result;
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
                                        const EndResult& responder, bool one_machine) {
  if (!generator.machine) return generator.machine;
  if (!one_machine && !generator.parts.empty())
    return Maybe<report::MachineTime>::none("several_machines");
  report::MachineTime machine = *generator.machine;
  const std::int64_t ours =
      generator.resources.cpu_ns + (one_machine ? responder.resources.cpu_ns : 0);
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
      .responder_stopped_ns = spec.responder.foreign()
                                  ? Maybe<std::int64_t>::none(report::kNoResponder)
                                  : Maybe<std::int64_t>(responder.stopped_ns),
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

// "1.31 s"
std::string seconds(Nanoseconds time) {
  return fmt::format("{:.7g} s", std::round(static_cast<double>(ns(time)) * 1e-7) * 1e-2);
}

constexpr const char* kClockNotShared = "clock_not_shared";

// The estimate before the run is good enough for no verdict on the warm-up.
void remove_warmup(const std::string& reason, report::Run& run) {
  run.latency->warmup = Maybe<report::Distribution>::none(reason);
  std::erase(run.unsteady_reasons, "warmup");
  if (run.steady) run.steady = run.unsteady_reasons.empty();
}

// Half a round trip is not a one-way delay (docs/definitions/latency.md#one-way-delay).
void remove_one_way_times(bool only_one_way, const std::string& reason, report::Run& run) {
  const auto remove = [&](auto& value) { value = std::decay_t<decltype(value)>::none(reason); };
  remove(run.latency->one_way);
  remove(run.latency->bound_ns);
  if (!only_one_way) return;
  remove(run.latency->response_time);
  remove(run.latency->response_time_loss_as_infinite);
  remove(run.delay_variation);
  for (auto& point : run.series) {
    remove(point.p50_ns);
    remove(point.p99_ns);
    remove(point.max_ns);
  }
  std::erase(run.unsteady_reasons, "trend");
  remove_warmup(reason, run);
}

// For the time from the sending of a message until that of the next one of its connection, on
// average (docs/definitions/clocks.md#judgement). The largest of all clocks.
Maybe<std::int64_t> ipdv_bound_of(const CaseSpec& spec, const std::vector<report::Clock>& clocks,
                                  const report::Run& run) {
  using Bound = Maybe<std::int64_t>;
  if (run.loss->sent == 0) return Bound::none(report::kNothingSent);
  const double spacing = static_cast<double>(run.window.measure_ns) *
                         static_cast<double>(spec.connections) /
                         static_cast<double>(run.loss->sent);
  constexpr double kSpacingMax = 1e18;
  if (spacing > kSpacingMax) return Bound::none(report::kOverflow);
  std::int64_t largest = 0;
  for (const auto& clock : clocks) {
    if (!clock.slope_ppm) return Bound::none(clock.slope_ppm.reason());
    if (!clock.slope_bound_ppm) return Bound::none(clock.slope_bound_ppm.reason());
    largest = std::max(largest, ns(ipdv_bound(*clock.slope_ppm, *clock.slope_bound_ppm,
                                              Nanoseconds(static_cast<std::int64_t>(spacing)))));
  }
  return largest;
}

// The one-way delay of messages of several generators is known as well as that of the worst.
void apply_clocks(const CaseSpec& spec, bool clock_shared, const std::vector<report::Clock>& clocks,
                  report::Run& run) {
  const bool only_one_way = spec.workload == Workload::stream;
  if (clocks.empty()) {
    if (!clock_shared) remove_one_way_times(only_one_way, kClockNotShared, run);
    return;
  }
  std::int64_t bound_ns = 0;
  bool several_clocks = false;
  for (const auto& clock : clocks) {
    if (!clock.bound_ns) {
      run.latency->bound_ns = clock.bound_ns;
      return remove_one_way_times(only_one_way, clock.bound_ns.reason(), run);
    }
    bound_ns = std::max(bound_ns, *clock.bound_ns);
    several_clocks = several_clocks || clock.relation == ClockRelation::two_clocks;
  }
  run.latency->bound_ns = bound_ns;
  if (!only_one_way) return;
  if (several_clocks) remove_warmup(kClockNotShared, run);
  if (run.delay_variation && run.delay_variation->pdv)
    run.delay_variation->pdv->bound_ns = ns(pdv_bound(Nanoseconds(bound_ns)));
  if (run.delay_variation && run.delay_variation->ipdv)
    run.delay_variation->ipdv->bound_ns = ipdv_bound_of(spec, clocks, run);
}

// How far apart the generators began, in the responder's time: each by its own clock, of which the
// offset was known to the bound of that clock.
Maybe<std::int64_t> skew_of(const std::vector<GeneratorResult::Part>& parts) {
  std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = 0;
  for (const auto& part : parts) {
    if (!part.failure.empty()) return Maybe<std::int64_t>::none("lost_generator");
    first = std::min(first, part.result.began_late_ns);
    last = std::max(last, part.result.began_late_ns);
  }
  return last - first;
}

// What only an end of the run could have measured there.
void remove_responder(report::Run& run) {
  const auto remove = [](auto& value) {
    value = std::decay_t<decltype(value)>::none(report::kNoResponder);
  };
  remove(run.latency->one_way);
  if (run.loss->loss_ratio) {
    remove(run.loss->forward_lost);
    remove(run.loss->reverse_lost);
    remove(run.loss->attribution);
  }
  remove(run.resources.responder);
  // The server is one of the other processes, or on another machine.
  remove(run.resources.machine);
  remove(run.listen_queue);
}

// A server that lost a byte of a stream also lost the boundaries of messages: what is missing says
// nothing of how many it dropped.
void remove_loss(report::Run& run) {
  constexpr const char* kStreamBroken = "stream_broken";
  const auto remove = [](auto& value) {
    value = std::decay_t<decltype(value)>::none(kStreamBroken);
  };
  remove(run.loss->loss_ratio);
  remove(run.loss->loss_ratio_ci95);
  remove(run.loss->periods);
  remove(run.loss->distance_histogram);
  remove(run.loss->inter_loss_period_histogram);
  remove(run.loss->noticeable_rate);
}

report::GeneratorPart describe_part(const CaseSpec& spec, const GeneratorResult::Part& part,
                                    bool one_way, Nanoseconds response) {
  report::GeneratorPart described;
  described.number = part.number;
  described.host = part.host;
  described.valid = part.failure.empty();
  if (!part.reached_at.empty()) described.reached_at = part.reached_at;
  if (!part.failure.empty()) {
    const auto absent = [](auto& value) { value = std::decay_t<decltype(value)>::none("lost"); };
    absent(described.sent);
    absent(described.received);
    absent(described.unsent);
    absent(described.generator);
    absent(described.response_time);
    absent(described.resources);
    absent(described.stopped_ns);
    absent(described.began_late_ns);
    absent(described.clock);
    described.invalid_reasons.push_back(part.failure);
    return described;
  }
  const GeneratorResult& result = part.result;
  described.sent = result.loss.sent;
  described.received = one_way ? Maybe<std::uint64_t>::none("one_way") : result.loss.received;
  described.unsent = result.unsent;
  described.generator = health_of(spec, result, response);
  described.response_time =
      one_way ? Maybe<report::Distribution>::none("one_way") : result.latency.response_time;
  described.resources = result.resources;
  described.resources->cpu_ns_per_message =
      one_way ? Maybe<double>::none("one_way")
              : per_message(result.resources.cpu_ns, result.goodput_messages);
  described.stopped_ns = result.stopped_ns;
  described.began_late_ns = result.began_late_ns;
  return described;
}

report::Generators describe_parts(const CaseSpec& spec, const GeneratorResult& generator,
                                  const ResponderResult& responder, bool one_way,
                                  Nanoseconds response) {
  report::Generators generators{.skew_ns = skew_of(generator.parts), .parts = {}};
  for (std::size_t i = 0; i < generator.parts.size(); ++i) {
    auto part = describe_part(spec, generator.parts[i], one_way, response);
    if (i < responder.clocks.size() && generator.parts[i].failure.empty())
      part.clock = responder.clocks[i];
    generators.parts.push_back(std::move(part));
  }
  return generators;
}

}  // namespace

report::Run assemble_run(const CaseSpec& planned, const RunFacts& facts,
                         const GeneratorResult& generator, const ResponderResult& responder) {
  CaseSpec spec = planned;
  // Both have the same window, unless one failed just when the user interrupted the run.
  const auto measured_ns = std::min(generator.measured_ns, responder.measured_ns);
  spec.duration = std::clamp(Nanoseconds(measured_ns), Nanoseconds(1), planned.duration);
  const bool one_way = spec.workload == Workload::stream;
  // The end at which a message arrives last: the responder of a stream, else the generator.
  const EndResult& receiver =
      one_way ? static_cast<const EndResult&>(responder) : static_cast<const EndResult&>(generator);
  const EndResult& other =
      one_way ? static_cast<const EndResult&>(generator) : static_cast<const EndResult&>(responder);

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
  run.throughput = report::Throughput{
      .goodput_messages_per_s = counts.goodput_messages_per_s(),
      .goodput_bytes_per_s = counts.goodput_bytes_per_s(),
      .request_bytes_per_s = request_bytes_of(spec, generator, counts.goodput_messages_per_s()),
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
  run.resources.machine = machine_time(generator, responder, facts.one_machine);
  run.stalls = stalls_of(spec, generator, receiver, responder);
  run.listen_queue = responder.listen_queue;
  run.tcp = describe_tcp(spec, generator, responder, receiver.goodput_messages);
  run.network = report::Network{.generator = generator.network, .responder = responder.network};
  if (spec.transport_row().family != "ipv4" && spec.transport_row().family != "ipv6")
    run.network = Maybe<report::Network>::none(report::kNotApplicable);
  run.fairness = receiver.fairness;
  run.connections = describe_connections(spec, receiver, other);
  if (generator.parts.empty()) {
    if (!responder.clocks.empty()) run.clock = responder.clocks.front();
  } else {
    run.clock = Maybe<report::Clock>::none("several_generators");
    run.generators = describe_parts(spec, generator, responder, one_way, response);
  }
  run.series = receiver.series;
  describe_tcp_course(spec, generator, responder, run.series);

  if (spec.duration < planned.duration) {
    run.steady = Maybe<bool>::none(kInterrupted);
    run.invalid_reasons.push_back(fmt::format("{}: measured {} of {}", kInterrupted,
                                              seconds(spec.duration), seconds(planned.duration)));
  } else {
    judge_steadiness(counts, receiver, run);
  }
  if (spec.responder.foreign()) {
    remove_responder(run);
    const bool stream = !spec.transport_row().get().promises().message_boundaries;
    if (stream && run.integrity->stream_integrity_errors > 0) remove_loss(run);
  } else {
    apply_clocks(spec, facts.clock_shared, responder.clocks, run);
  }
  judge(spec, generator, responder, facts.apart, run);
  find_interference(spec, generator, responder, response, run);
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
  absent(run.tcp);
  absent(run.network);
  absent(run.fairness);
  absent(run.connections);
  absent(run.clock);
  absent(run.generators);
  run.invalid_reasons.push_back(std::move(reason));
  return run;
}

}  // namespace sockmark
