#include "bench/end_result.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/measure/throughput.h"
#include "bench/text_input.h"
#include "reports/sections.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

constexpr const char* kSendBuffer = "SO_SNDBUF";
constexpr const char* kReceiveBuffer = "SO_RCVBUF";
constexpr const char* kNoDelay = "TCP_NODELAY";

template <class Values>
auto by_name(const Values& values, std::string_view name) {
  return std::find_if(std::begin(values), std::end(values),
                      [&](auto value) { return name_of(value) == name; });
}

report::Load load_of(const EndResult& generator, const WindowCounts& counts) {
  // A closed loop's intended load is what its answers let it send; it has no rate of its own.
  const std::uint64_t sent = generator.loss.sent;
  return {.model = "closed",
          .arrival = report::Maybe<std::string>::none("closed_loop"),
          .seed = 0,
          .coordinated_omission = "present",
          .intended_rate = report::Maybe<double>::none("closed_loop"),
          .offered_rate = counts.offered_rate(),
          .intended_messages = sent + generator.unsent,
          .sent_messages = sent,
          .send_failed = generator.unsent};
}

report::Generator generator_health() {
  // Lateness against a schedule; a closed loop has none (definitions 10).
  constexpr const char* kClosed = "closed_loop";
  return {.saturated = report::Maybe<bool>::none(kClosed),
          .lag_warning = report::Maybe<bool>::none(kClosed),
          .lag = report::Maybe<report::Distribution>::none(kClosed),
          .issued_ratio = report::Maybe<double>::none(kClosed),
          .loop_busy = {}};
}

report::Maybe<double> per_message(std::int64_t cpu_ns, std::uint64_t messages) {
  if (messages == 0) return report::Maybe<double>::none(report::kNothingReceived);
  return static_cast<double>(cpu_ns) / static_cast<double>(messages);
}

void judge(const CaseSpec& spec, const EndResult& generator, const EndResult& responder,
           report::Run& run) {
  auto& reasons = run.invalid_reasons;
  for (const auto& reason : generator.invalid_reasons) reasons.push_back("generator: " + reason);
  for (const auto& reason : responder.invalid_reasons) reasons.push_back("responder: " + reason);
  if (run.loss->sent == 0) reasons.emplace_back("nothing was sent within the window");
  if (run.loss->sent > 0 && run.loss->received == 0)
    reasons.emplace_back("nothing that was sent arrived");
  const Promises promises = find_transport(spec.transport)->get().promises();
  if (promises.reliable && run.loss->lost > 0) {
    reasons.push_back(fmt::format("{} message(s) were unanswered {} ms after they were sent",
                                  run.loss->lost, run.loss->tmax_ns / 1'000'000));
  }
  if (run.integrity->stream_integrity_errors > 0) {
    reasons.push_back(
        fmt::format("{} breach(es) of what {} promises: order, or one intact copy of each message",
                    run.integrity->stream_integrity_errors, spec.transport));
  }
  run.valid = reasons.empty();
}

}  // namespace

report::Params params_of(const CaseSpec& spec) {
  report::Params params{.transport = spec.transport,
                        .family = std::string(find_transport(spec.transport)->family),
                        .address = report::Maybe<std::string>::none("default"),
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
  if (spec.workload == Workload::stream)
    params.depth = report::Maybe<std::uint64_t>::none("saturating");
  if (spec.pin) params.pin = {spec.pin->generator, spec.pin->responder};
  if (spec.socket.send_buffer_bytes)
    params.socket_options[kSendBuffer] = *spec.socket.send_buffer_bytes;
  if (spec.socket.receive_buffer_bytes)
    params.socket_options[kReceiveBuffer] = *spec.socket.receive_buffer_bytes;
  if (!spec.socket.tcp_nodelay) params.socket_options[kNoDelay] = 0;
  return params;
}

Result<CaseSpec> case_of(const report::Params& params) {
  if (find_transport(params.transport) == nullptr) {
    return Error{fmt::format("params.transport: unknown transport \"{}\"", params.transport)};
  }
  const auto* workload = by_name(kWorkloads, params.workload);
  if (workload == std::end(kWorkloads)) {
    return Error{fmt::format("params.workload: unknown workload \"{}\"", params.workload)};
  }
  const auto* wait = by_name(kWaitModes, params.wait);
  if (wait == std::end(kWaitModes))
    return Error{fmt::format("params.wait: unknown mode \"{}\"", params.wait)};
  CaseSpec spec{.transport = params.transport,
                .address = params.address ? *params.address : std::string(),
                .workload = *workload,
                .size = params.size_bytes,
                .depth = params.depth ? *params.depth : 1,
                .connections = params.connections,
                .threads = params.threads,
                .wait = *wait,
                .pin = {},
                .duration = Nanoseconds(params.duration_ns),
                .warmup = Nanoseconds(params.warmup_ns),
                .tmax = Nanoseconds(params.tmax_ns),
                .socket = {}};
  if (!spec.address.empty()) {
    auto address = parse_address(spec.address);
    if (!address) return std::move(address).error().in("params.address");
    if (transport_of(*address).name != spec.transport) {
      return Error{
          fmt::format("params.address: {} is no address of {}", address->text(), spec.transport)};
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
  }
  if (auto valid = check_limits(spec); !valid) return std::move(valid).error();
  return spec;
}

report::Run assemble_run(const CaseSpec& spec, const EndResult& generator,
                         const EndResult& responder) {
  const bool one_way = spec.workload == Workload::stream;
  // Who had the messages in hand at the end of their way: the sender of an echo, or the receiver.
  const EndResult& receiver = one_way ? responder : generator;

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
  run.load = load_of(generator, counts);
  run.generator = generator_health();
  const auto delivery_ratio = counts.delivery_ratio();
  run.throughput = report::Throughput{
      .goodput_messages_per_s = counts.goodput_messages_per_s(),
      .goodput_bytes_per_s = counts.goodput_bytes_per_s(),
      .delivery_ratio =
          delivery_ratio ? *delivery_ratio : report::Maybe<double>::none(report::kNothingSent)};
  run.latency = receiver.latency;
  run.latency->send_block = generator.latency.send_block;
  run.loss = receiver.loss;
  if (!one_way && run.loss->loss_ratio) {
    // RFC 6673: where a lost round trip was lost.
    run.loss->forward_lost = responder.loss.lost;
    run.loss->reverse_lost =
        responder.loss.received - std::min(responder.loss.received, generator.loss.received);
  }
  run.duplication = receiver.duplication;
  run.reordering = receiver.reordering;
  run.delay_variation = receiver.delay_variation;
  run.integrity = generator.integrity;
  run.integrity->corrupt += responder.integrity.corrupt;
  run.integrity->corrupt_truncated += responder.integrity.corrupt_truncated;
  run.integrity->spurious += responder.integrity.spurious;
  run.integrity->stream_integrity_errors += responder.integrity.stream_integrity_errors;
  if (find_transport(spec.transport)->get().promises().reliable)
    run.integrity->unfinished = run.loss->lost;

  auto generator_cost = generator.resources;
  auto responder_cost = responder.resources;
  generator_cost.cpu_ns_per_message = per_message(generator_cost.cpu_ns, receiver.goodput_messages);
  responder_cost.cpu_ns_per_message = per_message(responder_cost.cpu_ns, receiver.goodput_messages);
  run.resources = {.generator = generator_cost, .responder = responder_cost};
  run.series = receiver.series;

  const auto backlog = counts.backlog_unsteady();
  // The trend and warm-up checks of a run need an open loop; a growing queue shows in any.
  run.steady =
      backlog ? report::Maybe<bool>(!*backlog) : report::Maybe<bool>::none(report::kNothingSent);
  if (run.steady && !*run.steady) run.unsteady_reasons.emplace_back("backlog");
  judge(spec, generator, responder, run);
  return run;
}

report::Run failed_run(const CaseSpec& spec, std::string reason) {
  report::Run run;
  run.window = {.warmup_ns = ns(spec.warmup),
                .measure_ns = ns(spec.duration),
                .drain_ns = 0,
                .tmax_ns = ns(spec.tmax)};
  const auto absent = [&]<class T>(report::Maybe<T>& section) {
    section = report::Maybe<T>::none("run_failed");
  };
  run.steady = report::Maybe<bool>::none("run_failed");
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
  run.invalid_reasons.push_back(std::move(reason));
  return run;
}

}  // namespace sockmark
