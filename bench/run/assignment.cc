#include "bench/run/assignment.h"

#include <unistd.h>

#include <utility>

#include "base/random.h"
#include "base/temporary_directory.h"
#include "bench/checks/limits.h"
#include "machine/environment.h"

namespace sockmark {

FaultDecider Assignment::fault_decider(Direction direction) const {
  if (!spec.impair) return {};
  const auto trip = spec.workload == Workload::stream ? Trip::one_way : Trip::round_trip;
  return [impair = *spec.impair, direction, trip](const MessageIdentity& identity) {
    return decide_fault(impair, identity, direction, trip);
  };
}

Result<Assignment> receive_assignment(ControlChannel& control, const WorkerRole& role,
                                      std::string& directory) {
  control.greeted();  // the runner started this process: large messages from it are accepted
  const HelloMessage hello{.protocol = kControlProtocol,
                           .role = role.name,
                           .pid = ::getpid(),
                           .clock = clock_identity(),
                           .now_ns = ns(now())};
  TRY(send_message(control, hello));
  const auto prepare = TRY(await_message<PrepareMessage>(control, kControlTimeout));
  directory = prepare.directory;
  if (role.listens && !directory.empty()) TRY(make_directory(directory));
  const auto spec = TRY(case_of(prepare.params));
  Assignment assignment{
      .spec = spec,
      .channel = {.socket = spec.socket, .token = prepare.token},
      .flows = {.base = static_cast<std::uint32_t>(SplitMix64(prepare.token).next())},
      .seed = prepare.seed,
      .clock_shared = prepare.clock_shared,
      .addresses = {}};
  for (const auto& text : prepare.addresses)
    assignment.addresses.push_back(TRY(parse_address(text)));
  if (assignment.addresses.size() != spec.threads)
    return Error{"control channel: the number of addresses differs from the number of threads"};
  TRY(raise_descriptor_limit(descriptors_needed(spec)));
  if (spec.pin) TRY(pin_to((*spec.pin).*role.cpu));
  return assignment;
}

}  // namespace sockmark
