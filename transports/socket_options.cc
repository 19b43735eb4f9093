#include "transports/socket_options.h"

namespace sockmark {

std::string_view ip_option(const SocketOptions& options) {
  if (options.source) return "--source";
  if (!options.interface_name.empty()) return "--interface";
  if (options.dscp) return "--dscp";
  if (options.ports) return "--data-ports";
  return {};
}

Result<> refuse_ip_options(const SocketOptions& options) {
  const std::string_view option = ip_option(options);
  if (option.empty()) return {};
  return Error{std::string(option) + " requires tcp or udp"};
}

}  // namespace sockmark
