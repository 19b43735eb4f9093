#include "bench/preflight.h"

#include <fmt/format.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>

#include "bench/limits.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

Result<> check_pin(const Pin& pin) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  for (const int cpu : {pin.generator, pin.responder}) {
    if (cpu < CPU_SETSIZE && CPU_ISSET(static_cast<std::size_t>(cpu), &allowed)) continue;
    return Error{fmt::format("--pin {},{}: this process may not run on CPU {}", pin.generator,
                             pin.responder, cpu)};
  }
  return {};
}

Result<> check_listening(const CaseSpec& spec) {
  std::string directory = "/tmp/sockmark-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr)
    return system_error("make a directory in /tmp", errno);
  Result<> possible;
  {
    auto listener = find_transport(spec.transport)
                        ->get()
                        .listen(address_of(spec, directory), {.socket = spec.socket});
    if (!listener) possible = std::move(listener).error();
  }
  ::rmdir(directory.c_str());
  if (possible) return possible;
  Error error = std::move(possible).error().in("--transport " + spec.transport);
  // The default address is loopback, so it is the family that is missing.
  if (spec.address.empty() && find_transport(spec.transport)->family == "ipv6") {
    error.message += " (IPv6 is not available here)";
  }
  return error;
}

}  // namespace

Result<> check_machine(const Plan& plan) {
  std::uint64_t descriptors = 0;
  std::set<std::pair<std::string, std::string>> listened;
  for (const auto& spec : plan.cases) {
    descriptors = std::max(descriptors, descriptors_needed(spec));
    if (spec.pin) {
      if (auto possible = check_pin(*spec.pin); !possible) return possible;
    }
    if (!listened.emplace(spec.transport, spec.address).second) continue;
    if (auto possible = check_listening(spec); !possible) return possible;
  }
  return raise_descriptor_limit(descriptors);
}

}  // namespace sockmark
