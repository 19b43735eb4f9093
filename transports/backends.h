// The backends that catalogue.cc lists. Each is immutable and lives as long as the process.

#pragma once

#include <string_view>

#include "transports/transport.h"

namespace sockmark {

[[nodiscard]] const Transport& tcp_transport();
[[nodiscard]] const Transport& tcp6_transport();
[[nodiscard]] const Transport& udp_transport();
[[nodiscard]] const Transport& udp6_transport();
[[nodiscard]] const Transport& unix_stream_transport();
[[nodiscard]] const Transport& unix_dgram_transport();
[[nodiscard]] const Transport& memory_transport();

// For the backends: loopback with port 0, and an unused socket file in `directory`. An address of
// length 0, on which nothing can listen, if the directory's name leaves no room for a file name.
[[nodiscard]] Address loopback_address(Address::Scheme scheme, int family);
[[nodiscard]] Address fresh_socket_file(Address::Scheme scheme, std::string_view directory);

}  // namespace sockmark
