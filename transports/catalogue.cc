#include "transports/catalogue.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "transports/backends.h"

namespace sockmark {
namespace {

constexpr std::array<CatalogueRow, 7> kRows{{
    {"tcp", "ipv4", "TCP over IPv4, messages framed by their length", true, tcp_transport},
    {"tcp6", "ipv6", "TCP over IPv6, messages framed by their length", true, tcp6_transport},
    {"udp", "ipv4", "UDP over IPv4, one datagram a message", true, udp_transport},
    {"udp6", "ipv6", "UDP over IPv6, one datagram a message", true, udp6_transport},
    {"unix-stream", "unix", "UNIX stream sockets, messages framed by their length", true,
     unix_stream_transport},
    {"unix-dgram", "unix", "UNIX datagram sockets, one datagram a message", true,
     unix_dgram_transport},
    {"memory", "memory", "Two threads of one process, no kernel: what the harness itself costs",
     false, memory_transport},
}};

std::string_view name_of(const Address& address) {
  const bool ipv6 = address.family() == AF_INET6;
  switch (address.scheme) {
    case Address::Scheme::tcp:
      return ipv6 ? "tcp6" : "tcp";
    case Address::Scheme::udp:
      return ipv6 ? "udp6" : "udp";
    case Address::Scheme::unix_stream:
      return "unix-stream";
    case Address::Scheme::unix_dgram:
      return "unix-dgram";
    case Address::Scheme::memory:
      return "memory";
  }
  return {};
}

}  // namespace

std::span<const CatalogueRow> catalogue() { return kRows; }

const CatalogueRow* find_transport(std::string_view name) {
  const auto row = std::find_if(kRows.begin(), kRows.end(),
                                [&](const CatalogueRow& each) { return each.name == name; });
  return row == kRows.end() ? nullptr : &*row;
}

const CatalogueRow& transport_of(const Address& address) {
  const CatalogueRow* row = find_transport(name_of(address));
  ASSERT(row != nullptr);
  return *row;
}

}  // namespace sockmark
