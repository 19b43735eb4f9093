#include "bench/worker/data_path.h"

#include "bench/worker/build_info.h"
#include "transports/host_addresses.h"

namespace sockmark {

std::string source_towards(const Address& peer, const CaseSpec& spec) {
  if (!is_internet(peer)) return {};
  if (spec.socket.source) return host_text(*spec.socket.source);
  return route_source(peer).value_or("");
}

report::Environment environment_towards(const Address& peer, const CaseSpec& spec) {
  if (!is_internet(peer)) return environment_here();
  if (!spec.socket.interface_name.empty()) return environment_here(spec.socket.interface_name);
  return environment_here(route_interface(peer).value_or(""));
}

}  // namespace sockmark
