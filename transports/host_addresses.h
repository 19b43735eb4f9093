// The addresses of this machine, and how it would reach another.
//
// Hosts are texts that parse_host() takes: "10.0.0.2", "fd00::2". Any thread; nothing is sent.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "transports/address.h"

namespace sockmark {

// Of interfaces that are up. Not loopback and link-local addresses, which mean something else on
// another machine.
[[nodiscard]] std::vector<std::string> host_addresses();

// Whether an address of TCP or UDP is loopback or link-local.
[[nodiscard]] bool is_local_only(const Address& address);

// The local host that the kernel's routes choose for datagrams to `host`; absent if there is no
// route.
[[nodiscard]] std::optional<std::string> route_source(const Address& host);

// The interface to which the kernel's routes lead for `host`, an internet address: "eth0"; "lo" for
// an address of this machine. Absent if there is no route, or the kernel does not answer.
[[nodiscard]] std::optional<std::string> route_interface(const Address& host);

}  // namespace sockmark
