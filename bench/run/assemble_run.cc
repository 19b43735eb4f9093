#include "bench/run/assemble_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "bench/load/health.h"
#include "bench/run/describe_tcp.h"
#include "bench/run/measured_way.h"
#include "bench/run/run_verdict.h"
#include "measure/throughput.h"
#include "reports/model/sections.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

constexpr const char* kInterrupted = "interrupted";
constexpr const char* kSaturating = "saturating";  // why a stream has no depth and no schedule

// More than one if a call carried several; less if a message took several.
Maybe<double> messages_per_call(const SentByEnd& sent) {
  if (sent.offered == 0) return Maybe<double>::none(report::kNothingSent);
  if (sent.calls == 0) return Maybe<double>::none("no_system_calls");
  return static_cast<double>(sent.offered) / static_cast<double>(sent.calls);
}

report::Load load_of(const CaseSpec& spec, std::uint64_t seed, const SentByEnd& sent,
                     const WindowCounts& counts) {
  report::Load load{.model = report::LoadModel::closed,
                    .arrival = Maybe<std::string>::none("closed_loop"),
                    .seed = 0,
                    .coordinated_omission = report::CoordinatedOmission::present,
                    .intended_rate = Maybe<double>::none("closed_loop"),
                    .offered_rate = counts.offered_rate(),
                    .intended_messages = sent.messages + sent.unsent,
                    .sent_messages = sent.messages,
                    .send_failed = sent.unsent,
                    .messages_per_send_call = messages_per_call(sent)};
  // The responses determine what a closed loop sends; it has no rate of its own.
  if (!spec.rate) return load;
  const double seconds = std::chrono::duration<double>(spec.duration).count();
  load.model = report::LoadModel::open;
  load.arrival = text_of(spec.arrivals);
  load.seed = seed;
  load.coordinated_omission = report::CoordinatedOmission::absent;
  load.intended_rate = static_cast<double>(load.intended_messages) / seconds;
  return load;
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

report::Generator sends_of(const CaseSpec& spec, const SentByEnd& sent, Nanoseconds response) {
  if (sent.schedule) return health::judge_generator(*sent.schedule, spec.arrivals, response);
  // Lateness against a schedule; a closed loop has none (docs/definitions/generator.md#saturation).
  constexpr const char* kClosed = "closed_loop";
  return {.saturated = Maybe<bool>::none(kClosed),
          .lag_warning = Maybe<bool>::none(kClosed),
          .lag = Maybe<report::Distribution>::none(kClosed),
          .issued_ratio = Maybe<double>::none(kClosed),
          .loop_busy = Maybe<double>::none(kClosed),
          .arrival_check = Maybe<report::ArrivalCheck>::none(kClosed)};
}

report::Generator health_of(const CaseSpec& spec, const SentByEnd& sent, Nanoseconds response) {
  report::Generator result = sends_of(spec, sent, response);
  // A responder that another program plays may have sent other counts.
  if (spec.mix && sent.sizes.size() == spec.mix.parts.size())
    result.size_check = health::judge_sizes(spec.mix, sent.sizes);
  return result;
}

report::InjectedOnWay operator+(report::InjectedOnWay sum, const report::InjectedOnWay& other) {
  sum.dropped += other.dropped;
  sum.duplicated += other.duplicated;
  sum.held += other.held;
  sum.delayed += other.delayed;
  sum.corrupted += other.corrupted;
  sum.truncated += other.truncated;
  return sum;
}

// Faults are injected where messages arrive: those of a stream at its receiver, those of a round
// trip at both ends.
Maybe<report::Impairment> impairment_of(const CaseSpec& spec, const EndResult& generator,
                                        const EndResult& responder, const MeasuredWay& way) {
  if (!spec.impair || !generator.injected || !responder.injected) {
    return Maybe<report::Impairment>::none("none");
  }
  report::InjectedOnWay forward, reverse;
  if (!way.reverse) forward = responder.injected->way;
  if (way.receiver == &generator) reverse = generator.injected->way;
  const report::InjectedOnWay all = forward + reverse;
  report::Impairment result{.seed = spec.impair->seed,
                            .sent = way.sender->injected->sent,
                            .dropped = all.dropped,
                            .duplicated = all.duplicated,
                            .reordered = way.receiver->injected->reordered,
                            .delayed = all.delayed,
                            .held = all.held,
                            .corrupted = all.corrupted,
                            .truncated = all.truncated,
                            .extent_histogram = way.receiver->injected->extent_histogram,
                            .forward = forward,
                            .reverse = Maybe<report::InjectedOnWay>::none("one_way")};
  if (way.receiver == &generator) result.reverse = reverse;
  return result;
}

// Where messages were lost (RFC 7680, section 2.8.3). At the socket of the receiver: at most as
// many as its kernel counted as dropped. That counter includes the warm-up. Late messages were not
// dropped. Nothing is lost at the sender: a message that its kernel does not take waits
// (send_block).
Maybe<report::LossAttribution> attribution_of(const report::ReverseStream& way,
                                              std::uint64_t receive_drops) {
  const std::uint64_t lost = way.loss.lost;
  const std::uint64_t at_socket =
      std::min(unexplained_loss(way.loss, way.impairment), receive_drops);
  return report::LossAttribution{
      .receiver_socket = at_socket, .sender_local = 0, .elsewhere = lost - at_socket};
}

Maybe<report::MachineTime> machine_time(const GeneratorResult& generator,
                                        const EndResult& responder, const RunFacts& facts) {
  if (!generator.machine) return generator.machine;
  if (!facts.one_machine && !generator.parts.empty())
    return Maybe<report::MachineTime>::none("several_machines");
  report::MachineTime machine = *generator.machine;
  const std::int64_t ours = generator.resources.cpu_ns +
                            (facts.one_machine ? responder.resources.cpu_ns : 0) +
                            facts.background_cpu_ns;
  machine.others_ns = std::max<std::int64_t>(machine.others_ns - ours, 0);
  return machine;
}

// Where both ends receive a stream, the silence of the one that waited longer.
report::Stalls stalls_of(const CaseSpec& spec, const std::vector<MeasuredWay>& ways,
                         const GeneratorResult& generator, const EndResult& responder) {
  std::int64_t total_ns = 0, longest_ns = 0;
  for (const auto& way : ways) {
    total_ns = std::max(total_ns, way.receiver->silent_ns);
    longest_ns = std::max(longest_ns, way.receiver->longest_silence_ns);
  }
  report::Stalls stalls{
      .total_ns = total_ns,
      .longest_ns = longest_ns,
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

// The sections of a way whose times the clocks decide. The way of the run's own sections has the
// series and the verdict on steadiness too; else they are null.
struct TimedWay {
  bool reverse;
  report::Latency& latency;
  const report::Loss& loss;
  Maybe<report::DelayVariation>& delay_variation;
  report::Run* run;
};

// The estimate before the run is good enough for no verdict on the warm-up.
void remove_warmup(const std::string& reason, const TimedWay& way) {
  way.latency.warmup = Maybe<report::Distribution>::none(reason);
  if (way.run == nullptr) return;
  std::erase(way.run->unsteady_reasons, "warmup");
  if (way.run->steady) way.run->steady = way.run->unsteady_reasons.empty();
}

void remove_series(const std::string& reason, report::Run& run) {
  for (auto& point : run.series)
    point.p50_ns = point.p99_ns = point.max_ns = Maybe<std::int64_t>::none(reason);
  std::erase(run.unsteady_reasons, "trend");
}

// Half a round trip is not a one-way delay (docs/definitions/latency.md#one-way-delay).
void remove_one_way_times(bool only_one_way, const std::string& reason, const TimedWay& way) {
  const auto remove = [&](auto& value) { value = std::decay_t<decltype(value)>::none(reason); };
  remove(way.latency.one_way);
  remove(way.latency.bound_ns);
  if (!only_one_way) return;
  remove(way.latency.response_time);
  remove(way.latency.response_time_loss_as_infinite);
  remove(way.delay_variation);
  if (way.run != nullptr) remove_series(reason, *way.run);
  remove_warmup(reason, way);
}

// For the time from the sending of a message until that of the next one of its connection, on
// average (docs/definitions/clocks.md#judgement). The largest of all clocks.
Maybe<std::int64_t> ipdv_bound_of(const CaseSpec& spec, const std::vector<report::Clock>& clocks,
                                  const report::Loss& loss) {
  using Bound = Maybe<std::int64_t>;
  if (loss.sent == 0) return Bound::none(report::kNothingSent);
  const double spacing = static_cast<double>(ns(spec.duration)) *
                         static_cast<double>(spec.connections) / static_cast<double>(loss.sent);
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
                  const TimedWay& way) {
  const bool only_one_way = spec.workload == Workload::stream;
  if (clocks.empty()) {
    if (!clock_shared) remove_one_way_times(only_one_way, kClockNotShared, way);
    return;
  }
  std::int64_t bound_ns = 0;
  bool several_clocks = false;
  for (const auto& clock : clocks) {
    if (!clock.bound_ns) {
      way.latency.bound_ns = clock.bound_ns;
      return remove_one_way_times(only_one_way, clock.bound_ns.reason(), way);
    }
    bound_ns = std::max(bound_ns, *clock.bound_ns);
    several_clocks = several_clocks || clock.relation == ClockRelation::two_clocks;
  }
  way.latency.bound_ns = bound_ns;
  if (!only_one_way) return;
  // The medians of sub-windows at the generator are those by the estimate of before the run.
  if (several_clocks && way.reverse && way.run != nullptr) remove_series(kClockNotShared, *way.run);
  if (several_clocks) remove_warmup(kClockNotShared, way);
  auto& variation = way.delay_variation;
  if (variation && variation->pdv) variation->pdv->bound_ns = ns(pdv_bound(Nanoseconds(bound_ns)));
  if (variation && variation->ipdv)
    variation->ipdv->bound_ns = ipdv_bound_of(spec, clocks, way.loss);
}

// How far apart the generators began, in the responder's time: each by its own clock, of which the
// offset was known to the bound of that clock.
Maybe<std::int64_t> skew_of(const std::vector<GeneratorResult::Part>& parts) {
  std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = 0;
  for (const auto& part : parts) {
    if (!part.failure.empty()) return Maybe<std::int64_t>::none("lost_generator");
    first = std::min(first, part.result.sent.began_late_ns);
    last = std::max(last, part.result.sent.began_late_ns);
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
  described.sent = result.sent.messages;
  described.received = one_way ? Maybe<std::uint64_t>::none("one_way") : result.loss.received;
  described.unsent = result.sent.unsent;
  described.generator = health_of(spec, result.sent, response);
  described.response_time =
      one_way ? Maybe<report::Distribution>::none("one_way") : result.latency.response_time;
  described.resources = result.resources;
  described.resources->cpu_ns_per_message =
      one_way ? Maybe<double>::none("one_way")
              : per_message(result.resources.cpu_ns, result.goodput_messages);
  described.stopped_ns = result.stopped_ns;
  described.began_late_ns = result.sent.began_late_ns;
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

WindowCounts counts_of(const CaseSpec& spec, const MeasuredWay& way) {
  WindowCounts counts(Instant{}, Instant{} + spec.duration);
  counts.offered_messages = way.sent->offered;
  counts.sent_messages = way.receiver->loss.sent;
  counts.received_messages = way.receiver->loss.received;
  counts.goodput_messages = way.receiver->goodput_messages;
  counts.goodput_bytes = way.receiver->goodput_bytes;
  return counts;
}

Nanoseconds response_of(const CaseSpec& spec, const MeasuredWay& way) {
  return health::response_bound(way.receiver->latency.response_time, spec.tmax);
}

// The sections of one way, by whichever end measured them.
report::ReverseStream describe_way(const CaseSpec& spec, std::uint64_t seed, const MeasuredWay& way,
                                   const GeneratorResult& generator,
                                   const ResponderResult& responder) {
  const bool one_way = spec.workload == Workload::stream;
  const EndResult& receiver = *way.receiver;
  const WindowCounts counts = counts_of(spec, way);
  report::ReverseStream sections;
  sections.load = load_of(spec, seed, *way.sent, counts);
  sections.generator = health_of(spec, *way.sent, response_of(spec, way));
  sections.throughput = {
      .goodput_messages_per_s = counts.goodput_messages_per_s(),
      .goodput_bytes_per_s = counts.goodput_bytes_per_s(),
      .request_bytes_per_s = request_bytes_of(spec, generator, counts.goodput_messages_per_s()),
      .delivery_ratio = maybe(counts.delivery_ratio(), report::kNothingSent)};
  sections.latency = receiver.latency;
  sections.latency.send_block = way.sender->latency.send_block;
  if (!way.reverse) sections.latency.one_way = responder.one_way;
  sections.loss = receiver.loss;
  if (!one_way && sections.loss.loss_ratio) {
    // RFC 6673: the direction in which a round trip was lost.
    sections.loss.forward_lost = responder.loss.lost;
    sections.loss.reverse_lost =
        responder.loss.received - std::min(responder.loss.received, generator.loss.received);
  }
  sections.impairment = impairment_of(spec, generator, responder, way);
  if (sections.loss.loss_ratio) {
    const std::uint64_t drops = receiver.receive_drops + (one_way ? 0 : responder.receive_drops);
    sections.loss.attribution = attribution_of(sections, drops);
  }
  sections.duplication = receiver.duplication;
  sections.reordering = receiver.reordering;
  sections.delay_variation = receiver.delay_variation;
  sections.integrity = receiver.integrity;
  // Where only one way is measured, what is wrong at either end is wrong on it.
  if (spec.direction != StreamDirection::both)
    sections.integrity += way.receiver == &generator
                              ? static_cast<const EndResult&>(responder).integrity
                              : generator.integrity;
  if (spec.reliable()) sections.integrity.unfinished = sections.loss.lost;
  return sections;
}

// How well the clocks are known of the messages of a way.
const std::vector<report::Clock>& clocks_of(const MeasuredWay& way,
                                            const GeneratorResult& generator,
                                            const ResponderResult& responder) {
  return way.reverse ? generator.clocks : responder.clocks;
}

}  // namespace

report::Run assemble_run(const CaseSpec& planned, const RunFacts& facts,
                         const GeneratorResult& generator, const ResponderResult& responder) {
  CaseSpec spec = planned;
  // Both have the same window, unless one failed just when the user interrupted the run.
  const auto measured_ns = std::min(generator.measured_ns, responder.measured_ns);
  spec.duration = std::clamp(Nanoseconds(measured_ns), Nanoseconds(1), planned.duration);
  const bool one_way = spec.workload == Workload::stream;
  const auto ways = ways_of(spec, generator, responder);
  const MeasuredWay& main = ways.front();
  const EndResult& receiver = *main.receiver;
  const EndResult& other = &receiver == &responder ? static_cast<const EndResult&>(generator)
                                                   : static_cast<const EndResult&>(responder);

  report::Run run;
  run.window = {.warmup_ns = ns(spec.warmup),
                .measure_ns = ns(spec.duration),
                .drain_ns = generator.drain_ns,
                .tmax_ns = ns(spec.tmax),
                .connect_ns = facts.connect_ns};
  auto sections = describe_way(spec, facts.seed, main, generator, responder);
  run.load = std::move(sections.load);
  run.generator = std::move(sections.generator);
  run.throughput = sections.throughput;
  run.latency = std::move(sections.latency);
  run.loss = std::move(sections.loss);
  run.duplication = std::move(sections.duplication);
  run.reordering = std::move(sections.reordering);
  run.delay_variation = std::move(sections.delay_variation);
  run.integrity = sections.integrity;
  run.impairment = std::move(sections.impairment);
  if (ways.size() > 1)
    run.reverse = describe_way(spec, facts.seed, ways.back(), generator, responder);

  std::uint64_t goodput_messages = 0;
  for (const auto& way : ways) goodput_messages += way.receiver->goodput_messages;
  auto generator_cost = generator.resources;
  auto responder_cost = responder.resources;
  generator_cost.cpu_ns_per_message = per_message(generator_cost.cpu_ns, goodput_messages);
  responder_cost.cpu_ns_per_message = per_message(responder_cost.cpu_ns, goodput_messages);
  run.resources = {.generator = generator_cost, .responder = responder_cost};
  run.resources.machine = machine_time(generator, responder, facts);
  run.stalls = stalls_of(spec, ways, generator, responder);
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
    run.generators = describe_parts(spec, generator, responder, one_way, response_of(spec, main));
  }
  run.series = receiver.series;
  describe_tcp_course(spec, generator, responder, run.series);

  const bool interrupted = spec.messages ? facts.stopped && run.loss->sent < *spec.messages
                                         : spec.duration < planned.duration;
  if (interrupted) {
    run.steady = Maybe<bool>::none(kInterrupted);
    run.invalid_reasons.push_back(fmt::format("{}: measured {} of {}", kInterrupted,
                                              seconds(spec.duration), seconds(planned.duration)));
  } else {
    std::vector<WindowCounts> counts;
    for (const auto& way : ways) counts.push_back(counts_of(spec, way));
    judge_steadiness(spec, ways, counts, run);
  }
  for (const auto& way : ways) {
    if (spec.responder.foreign()) break;
    const bool of_run = &way == &main;
    const TimedWay timed{
        .reverse = way.reverse,
        .latency = of_run ? *run.latency : run.reverse->latency,
        .loss = of_run ? *run.loss : run.reverse->loss,
        .delay_variation = of_run ? run.delay_variation : run.reverse->delay_variation,
        .run = of_run ? &run : nullptr};
    apply_clocks(spec, facts.clock_shared, clocks_of(way, generator, responder), timed);
  }
  if (spec.responder.foreign()) {
    remove_responder(run);
    const bool stream = !spec.transport_row().get().promises().message_boundaries;
    if (stream && run.integrity->stream_integrity_errors > 0) remove_loss(run);
  }
  judge(spec, generator, responder, facts.apart, run);
  std::vector<Nanoseconds> responses;
  for (const auto& way : ways) responses.push_back(response_of(spec, way));
  find_interference(spec, generator, responder, responses, run);
  return run;
}

report::Run failed_run(const CaseSpec& spec, std::string reason) {
  report::Run run;
  run.window = {.warmup_ns = ns(spec.warmup),
                .measure_ns = ns(spec.duration),
                .drain_ns = 0,
                .tmax_ns = ns(spec.tmax),
                .connect_ns = Maybe<std::int64_t>::none("run_failed")};
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
  absent(run.reverse);
  absent(run.background);
  run.invalid_reasons.push_back(std::move(reason));
  return run;
}

}  // namespace sockmark
