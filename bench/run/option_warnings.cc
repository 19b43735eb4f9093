#include "bench/run/option_warnings.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace sockmark {

namespace {

// Of the segment size, which the kernel reports without the options of the TCP header.
constexpr std::int64_t kTcpOptionsMax = 40;

struct Requested {
  const char* option;
  const char* name;  // of the socket API
  std::optional<int> value;
  // What the kernel reports if it granted the request.
  std::int64_t least, most;
  const char* advice;
};

std::vector<Requested> requested(const SocketOptions& socket) {
  // The kernel doubles the requested size of a buffer (socket(7)).
  const std::int64_t sent = std::int64_t{2} * socket.send_buffer_bytes.value_or(0),
                     received = std::int64_t{2} * socket.receive_buffer_bytes.value_or(0),
                     segment = socket.segment_bytes_max.value_or(0);
  return {{"--sndbuf", "SO_SNDBUF", socket.send_buffer_bytes, sent, sent,
           "the limit there is net.core.wmem_max"},
          {"--rcvbuf", "SO_RCVBUF", socket.receive_buffer_bytes, received, received,
           "the limit there is net.core.rmem_max"},
          {"--mss", "TCP_MAXSEG", socket.segment_bytes_max, segment - kTcpOptionsMax, segment,
           "the path allows no more"}};
}

}  // namespace

std::vector<report::Warning> option_warnings(const CaseSpec& spec,
                                             const report::SocketOptionValues& generator,
                                             const report::SocketOptionValues& responder) {
  std::vector<report::Warning> warnings;
  for (const auto& [option, name, value, least, most, advice] : requested(spec.socket)) {
    if (!value) continue;
    for (const auto& [end, values] :
         {std::pair("generator", &generator), std::pair("responder", &responder)}) {
      const auto found = values->find(name);
      if (found == values->end()) continue;
      const auto* number = std::get_if<std::int64_t>(&found->second);
      if (number == nullptr || (*number >= least && *number <= most)) continue;
      warnings.push_back({.code = "socket_option",
                          .message = fmt::format("{}: {} {}: {} of the {} is {}", spec.id(), option,
                                                 *value, name, end, *number),
                          .advice = advice});
    }
  }
  return warnings;
}

}  // namespace sockmark
