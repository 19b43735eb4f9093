#include "bench/plan/case_spec.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "base/parse.h"
#include "bench/plan/option_axes.h"
#include "bench/protocol/wire.h"
#include "transports/catalogue.h"

namespace sockmark {

using namespace std::chrono_literals;

const CatalogueRow& CaseSpec::transport_row() const {
  const CatalogueRow* row = find_transport(transport);
  ASSERT(row != nullptr);
  return *row;
}

bool CaseSpec::needs_socket_file() const {
  return address.empty() && transport_row().family == "unix";
}

double CaseSpec::mean_size() const { return mix ? mix.mean_bytes() : static_cast<double>(size); }

bool CaseSpec::is_tcp() const {
  const CatalogueRow& row = transport_row();
  return (row.family == "ipv4" || row.family == "ipv6") && !row.get().promises().message_boundaries;
}

bool CaseSpec::reliable() const {
  return transport_row().get().promises().reliable && !impair &&
         responder.kind != ResponderChoice::Kind::echo;
}

Nanoseconds CaseSpec::ramp_time() const {
  if (!ramp) return 0ns;
  return Nanoseconds(static_cast<std::int64_t>(1e9 * static_cast<double>(connections) / *ramp));
}

std::uint64_t CaseSpec::message_bytes() const { return responder.request ? kHeaderBytes : size; }

std::string_view summary_of(Workload workload) {
  switch (workload) {
    case Workload::rr:
      return "request and response: every message is echoed, or answered with --response bytes; "
             "latency is "
             "the round trip (open loop with --rate, closed loop with --depth)";
    case Workload::stream:
      return "one way, at --rate or as fast as the transport takes messages; the receiver measures "
             "goodput and delay (--direction: which end sends)";
    case Workload::connect:
      return "connect, one request and response, close, repeat; latency of the whole operation";
  }
  return "";
}

std::string CaseSpec::id() const {
  std::string text =
      fmt::format("{}/{}/{}/c{}", address.empty() ? transport : address, name_of(workload),
                  mix ? sockmark::name_of(mix) : fmt::format("{}B", size), connections);
  if (response) text += fmt::format("/response{}B", *response);
  if (rate) text += fmt::format("/r{}", *rate);
  if (rate && arrivals != Arrivals::uniform) text += fmt::format("/{}", text_of(arrivals));
  if (depth != 1) text += fmt::format("/d{}", depth);
  if (messages) text += fmt::format("/n{}", *messages);
  if (think > 0ns) text += "/think" + text_of_time(think);
  if (ramp) text += fmt::format("/ramp{}", *ramp);
  if (direction != StreamDirection::forward) text += fmt::format("/{}", name_of(direction));
  if (threads != 1) text += fmt::format("/j{}", threads);
  if (generators != 1) text += fmt::format("/g{}", generators);
  if (wait != WaitMode::sleep) text += fmt::format("/{}", name_of(wait));
  if (impair) text += "/impaired";
  if (pause) text += "/paused";
  if (work > 0ns) text += "/worked";
  if (socket.segmentation_offload) text += "/gso";
  text += option_parts(*this);
  if (responder.foreign()) text += "/" + responder.name;
  if (arm != Arm::none) text += fmt::format("@{}", name_of(arm));
  return text;
}

Address address_of(const CaseSpec& spec, std::string_view directory) {
  if (spec.address.empty()) return spec.transport_row().get().default_address(directory);
  return *parse_address(spec.resolved_address.empty() ? spec.address : spec.resolved_address);
}

}  // namespace sockmark
