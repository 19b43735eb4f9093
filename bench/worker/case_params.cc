#include "bench/worker/case_params.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/parse.h"
#include "bench/plan/option_axes.h"
#include "bench/plan/plan_options.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

constexpr const char* kOffload = "UDP_GRO";
constexpr const char* kSaturating = "saturating";  // why a stream has no depth and no schedule

}  // namespace

report::Params params_of(const CaseSpec& spec) {
  report::Params params{.transport = spec.transport,
                        .family = std::string(spec.transport_row().family),
                        .address = Maybe<std::string>::none("default"),
                        .workload = std::string(name_of(spec.workload)),
                        .size_bytes = spec.size,
                        .size_mix = Maybe<std::string>::none(report::kOneSize),
                        .response_size_bytes = Maybe<std::uint64_t>::none(report::kEcho),
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
  if (!spec.resolved_address.empty()) params.resolved_address = spec.resolved_address;
  if (spec.socket.source) params.source = host_text(*spec.socket.source);
  if (!spec.socket.interface_name.empty()) params.interface_name = spec.socket.interface_name;
  if (spec.socket.ports) params.data_ports = text_of(*spec.socket.ports);
  if (spec.generators > 1) params.generators = spec.generators;
  if (spec.mix) {
    params.size_bytes = Maybe<std::uint64_t>::none(report::kSizeMix);
    params.size_mix = text_of(spec.mix);
  }
  if (!spec.answers()) params.response_size_bytes = Maybe<std::uint64_t>::none("one_way");
  if (spec.response) params.response_size_bytes = *spec.response;
  if (spec.responder.request)  // its server decides
    params.response_size_bytes = Maybe<std::uint64_t>::none(report::kNoResponder);
  if (spec.workload == Workload::stream) {
    params.direction = std::string(name_of(spec.direction));
    params.depth = Maybe<std::uint64_t>::none(kSaturating);
    params.rate_per_s = Maybe<double>::none(kSaturating);
    params.arrivals = Maybe<std::string>::none(kSaturating);
  }
  if (spec.rate) {
    params.depth = Maybe<std::uint64_t>::none("open_loop");
    params.rate_per_s = *spec.rate;
    params.arrivals = text_of(spec.arrivals);
  }
  if (spec.messages) params.messages = *spec.messages;
  if (spec.think > Nanoseconds(0)) params.think_ns = ns(spec.think);
  if (spec.ramp) params.ramp_per_s = *spec.ramp;
  if (spec.interval > Nanoseconds(0)) params.interval_ns = ns(spec.interval);
  if (spec.impair) params.impair = text_of(*spec.impair);
  if (spec.pause) {
    params.server_pause =
        report::ServerPause{.every_ns = ns(spec.pause->every), .for_ns = ns(spec.pause->length)};
  }
  if (spec.work > Nanoseconds(0)) params.server_work_ns = ns(spec.work);
  if (spec.arm == Arm::baseline) params.arm = report::Arm::baseline;
  if (spec.arm == Arm::candidate) params.arm = report::Arm::candidate;
  if (spec.pin) params.pin = {spec.pin->generator};
  if (spec.pin && spec.pin->responder != Pin::kNone) params.pin.push_back(spec.pin->responder);
  params.responder = spec.responder.name;
  if (spec.responder.request) params.request = text_of(*spec.responder.request);
  for (const auto& axis : option_axes()) {
    if (auto text = axis.text(spec); !text.empty())
      params.requested_options[axis.name] = std::move(text);
  }
  if (spec.socket.segmentation_offload) params.socket_options[kOffload] = 1;
  return params;
}

namespace {

Result<> check_address(const CaseSpec& spec) {
  const bool resolved = !spec.resolved_address.empty();
  if (spec.address.empty() || (names_a_host(spec.address) && !resolved)) return {};
  const auto address = TRY(parse_address(resolved ? spec.resolved_address : spec.address)
                               .in(resolved ? "params.resolved_address" : "params.address"));
  if (transport_of(address).name == spec.transport) return {};
  return Error{
      fmt::format("params.address: {} is not an address of {}", address.text(), spec.transport)};
}

}  // namespace

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
  CaseSpec spec{
      .transport = params.transport,
      .address = params.address ? *params.address : std::string(),
      .resolved_address = params.resolved_address ? *params.resolved_address : std::string(),
      .workload = *workload,
      .direction = StreamDirection::forward,
      .size = params.size_bytes ? *params.size_bytes : 0,
      .mix = {},
      .response = {},
      .rate = {},
      .arrivals = Arrivals::uniform,
      .depth = params.depth ? *params.depth : 1,
      .connections = params.connections,
      .threads = params.threads,
      .generators = params.generators ? *params.generators : 1,
      .wait = *wait,
      .pin = {},
      .duration = Nanoseconds(params.duration_ns),
      .warmup = Nanoseconds(params.warmup_ns),
      .tmax = Nanoseconds(params.tmax_ns),
      .interval = Nanoseconds(params.interval_ns ? *params.interval_ns : 0),
      .impair = {},
      .pause = {},
      .work = Nanoseconds(params.server_work_ns ? *params.server_work_ns : 0),
      .responder = {},
      .socket = {}};
  if (params.direction) {
    const auto direction = value_named<StreamDirection>(*params.direction);
    if (!direction)
      return Error{fmt::format("params.direction: unknown direction \"{}\"", *params.direction)};
    spec.direction = *direction;
  }
  if (params.rate_per_s) spec.rate = *params.rate_per_s;
  if (params.messages) spec.messages = *params.messages;
  if (params.think_ns) spec.think = Nanoseconds(*params.think_ns);
  if (params.ramp_per_s) spec.ramp = *params.ramp_per_s;
  if (params.arrivals) {
    const auto arrivals = TRY(parse_arrivals(*params.arrivals).in("params.arrivals"));
    spec.arrivals = arrivals;
  }
  if (params.size_mix) {
    auto size = TRY(parse_size_choice(*params.size_mix).in("params.size_mix"));
    spec.size = size.bytes;
    spec.mix = std::move(size.mix);
  }
  if (params.response_size_bytes) spec.response = *params.response_size_bytes;
  if (params.impair) {
    auto impair = TRY(parse_impairment(*params.impair).in("params.impair"));
    spec.impair = impair;
  }
  if (params.server_pause) {
    spec.pause = ServerPause{.every = Nanoseconds(params.server_pause->every_ns),
                             .length = Nanoseconds(params.server_pause->for_ns)};
  }
  TRY(check_address(spec));
  if (params.source) {
    auto source = TRY(parse_host(*params.source).in("params.source"));
    spec.socket.source = source;
  }
  if (params.interface_name) spec.socket.interface_name = *params.interface_name;
  if (params.data_ports) {
    const auto ports = TRY(parse_ports(*params.data_ports).in("params.data_ports"));
    spec.socket.ports = ports;
  }
  if (params.pin.size() > 2) {
    return Error{fmt::format("params.pin: expected at most two CPUs, found {}", params.pin.size())};
  }
  if (!params.pin.empty())
    spec.pin = Pin{.generator = params.pin[0],
                   .responder = params.pin.size() == 2 ? params.pin[1] : Pin::kNone};
  spec.responder =
      TRY(responder_of(responder_name(params), params.request ? &*params.request : nullptr)
              .in("params.responder"));
  const auto offload = params.socket_options.find(kOffload);
  spec.socket.segmentation_offload =
      offload != params.socket_options.end() && offload->second != report::NumberOrWord(0);
  for (const auto& [name, text] : params.requested_options) {
    const std::string place = "params.requested_options." + name;
    const auto* axis = find_option_axis(name);
    if (axis == nullptr) return Error{place + ": unknown option"};
    TRY(axis->set(text, spec).in(place));
  }
  TRY(check_limits(spec));
  return spec;
}

}  // namespace sockmark
