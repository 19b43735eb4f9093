#include "bench/worker/assignment.h"

#include <limits>
#include <utility>

#include "base/random.h"
#include "base/temporary_directory.h"
#include "bench/checks/limits.h"
#include "bench/worker/build_info.h"
#include "bench/worker/case_params.h"
#include "machine/environment.h"
#include "transports/catalogue.h"

namespace sockmark {

FaultDecider Assignment::fault_decider(Direction direction) const {
  if (!spec.impair) return {};
  const auto trip = spec.workload == Workload::stream ? Trip::one_way : Trip::round_trip;
  return [impair = *spec.impair, direction, trip](const MessageIdentity& identity) {
    return decide_fault(impair, identity, direction, trip);
  };
}

namespace {

// Whether a client of sockmark serve on this machine leaves the paths of its UNIX sockets to this
// end, as it must.
bool leaves_paths(const PrepareMessage& prepare, const CaseSpec& spec, const RunLimits& limits) {
  return limits.one_machine && prepare.addresses.empty() && spec.address.empty() &&
         spec.transport_row().family == "unix";
}

}  // namespace

Result<Assignment> receive_assignment(ControlChannel& control, const WorkerRole& role,
                                      std::string& directory, const RunLimits* limits) {
  control.greeted();  // the runner started this process: large messages from it are accepted
  TRY(send_message(control, hello_of(role.name)));
  const auto prepare = TRY(await_message<PrepareMessage>(control, kControlTimeout));
  auto spec = TRY(case_of(prepare.params));
  spec.per_connection = prepare.per_connection;
  TRY(check_limits(spec));
  if (limits != nullptr) TRY(check_limits(spec, *limits));
  if (spec.responder.foreign() && role.listens)
    return Error{"control channel: a foreign responder is not started"};
  if (prepare.generator >= spec.generators)
    return Error{"control channel: the number of the generator exceeds that of generators"};
  if (limits == nullptr && !prepare.directory.empty()) directory = prepare.directory;
  const bool any_address = limits == nullptr || leaves_paths(prepare, spec, *limits);
  if (role.listens && any_address && spec.needs_socket_file()) {
    if (directory.empty()) return no_temporary_directory("a socket file");
    TRY(make_directory(directory));
  }
  Assignment assignment{
      .spec = spec,
      .channel = {.socket = spec.socket, .token = prepare.token},
      .flows = {.base = static_cast<std::uint32_t>(SplitMix64(prepare.token).next())},
      .seed = prepare.seed,
      .clock_shared = prepare.clock_shared,
      .same_identity = prepare.same_identity,
      .generator = prepare.generator,
      .progress = prepare.progress,
      .intervals = prepare.intervals,
      .tcp = prepare.tcp,
      .addresses = {},
      .apart = prepare.apart,
      .hosts = prepare.hosts,
      .time_address = prepare.time_address};
  for (const auto& text : prepare.addresses)
    assignment.addresses.push_back(TRY(parse_address(text)));
  while (prepare.addresses.empty() && assignment.addresses.size() < spec.threads)
    assignment.addresses.push_back(address_of(spec, directory));
  if (assignment.addresses.size() != spec.threads)
    return Error{"control channel: the number of addresses differs from the number of threads"};
  if (!any_address) {
    assignment.addresses = TRY(served_addresses(std::move(assignment.addresses), *limits));
    assignment.channel.only_from =
        limits->one_machine ? assignment.addresses.front() : limits->peer;
  }
  assignment.channel.peer = {.foreign = spec.responder.foreign(),
                             .request = spec.responder.request,
                             .message_max = spec.responder.foreign()
                                                ? spec.size
                                                : std::numeric_limits<std::size_t>::max()};
  TRY(raise_descriptor_limit(descriptors_needed(spec)));
  assignment.cpus = read_placement().affinity;
  if (spec.pin) TRY(pin_to((*spec.pin).*role.cpu));
  return assignment;
}

}  // namespace sockmark
