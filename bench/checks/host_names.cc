#include "bench/checks/host_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "transports/catalogue.h"
#include "transports/resolve.h"

namespace sockmark {

namespace {

// The addresses from which the source of the case can connect.
std::vector<Address> usable(std::vector<Address> addresses, const CaseSpec& spec) {
  const auto& source = spec.socket.source;
  std::erase_if(addresses, [&](const Address& address) {
    return source && source->family() != address.family();
  });
  return addresses;
}

Result<Address> listening_address(const CaseSpec& spec, const std::vector<Address>& addresses) {
  const auto found = std::ranges::find_if(addresses, is_of_this_machine);
  if (found != addresses.end()) return *found;
  const auto name = TRY(parse_host_name(spec.address));
  std::vector<std::string> hosts;
  for (const Address& address : addresses) hosts.push_back(host_text(address));
  if (hosts.empty())
    return Error{fmt::format("{} has no address of the family of --source", name.name)};
  return Error{
      fmt::format("{} has no address of this machine: {}", name.name, fmt::join(hosts, ", "))};
}

// Puts the hosts of the first address's family into the case.
Result<Address> wildcard_for(CaseSpec& spec, const std::vector<Address>& addresses) {
  if (addresses.empty()) return listening_address(spec, addresses).error();
  const Address& first = addresses.front();
  spec.hosts.clear();
  for (const Address& address : addresses) {
    if (address.family() == first.family()) spec.hosts.push_back(host_text(address));
  }
  return with_port(wildcard_of(first.scheme, first.family()), port_of(first));
}

// The server of another program, wherever it is: its first address, and all of that family.
Result<Address> server_address(CaseSpec& spec, const std::vector<Address>& addresses) {
  TRY(wildcard_for(spec, addresses));
  return addresses.front();
}

Result<Address> address_for(CaseSpec& spec, const std::vector<Address>& addresses, bool apart) {
  if (spec.responder.foreign()) return server_address(spec, addresses);
  return apart ? wildcard_for(spec, addresses) : listening_address(spec, addresses);
}

}  // namespace

Result<Plan> resolve_names(Plan plan, const EndsOptions& ends) {
  std::map<std::string, std::vector<Address>> resolved;
  for (CaseSpec& spec : plan.cases) {
    if (!names_a_host(spec.address)) continue;
    if (!resolved.contains(spec.address)) {
      auto addresses = TRY(resolve(spec.address).in("--transport"));
      resolved.emplace(spec.address, std::move(addresses));
    }
    const auto addresses = usable(resolved.at(spec.address), spec);
    const auto address = TRY(address_for(spec, addresses, ends.apart()).in("--transport"));
    spec.transport = transport_of(address).name;
    spec.resolved_address = address.text();
    TRY(check_limits(spec));
  }
  return plan;
}

}  // namespace sockmark
