#include "transports/socket_options.h"

#include <string_view>

namespace sockmark {

namespace {

// Of the options that are set, as the command line spells them; empty if there is none.
std::string_view ip_option(const SocketOptions& options) {
  if (options.source) return "--source";
  if (!options.interface_name.empty()) return "--interface";
  if (options.dscp) return "--dscp";
  if (options.ports) return "--data-ports";
  if (options.busy_poll_us) return "--busy-poll";
  return {};
}

std::string_view tcp_option(const SocketOptions& options) {
  if (options.tcp_nodelay) return "--nodelay";
  if (!options.congestion.empty()) return "--congestion";
  if (options.quick_ack) return "--quickack";
  if (options.segment_bytes_max) return "--mss";
  return {};
}

}  // namespace

Result<> refuse_tcp_options(const SocketOptions& options) {
  const std::string_view option = tcp_option(options);
  if (option.empty()) return {};
  return Error{std::string(option) + " requires tcp"};
}

Result<> refuse_ip_options(const SocketOptions& options) {
  const std::string_view option = ip_option(options);
  if (option.empty()) return refuse_tcp_options(options);
  return Error{std::string(option) + " requires tcp or udp"};
}

}  // namespace sockmark
