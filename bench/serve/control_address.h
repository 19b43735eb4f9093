// Where sockmark serve listens for its clients: TCP, or a UNIX stream socket of this machine.
//
// Pure functions; any thread.

#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "transports/address.h"

namespace sockmark {

inline constexpr std::uint16_t kServePort = 7625;  // "SOCK" on a telephone

// "db2", "db2:7000", "10.0.0.2", "fd00::2", "[fd00::2]:7000" or "unix-stream:/run/bench/s" as the
// address that resolve() takes, of TCP with a port. Errors: the syntax.
[[nodiscard]] Result<std::string> serve_address(const std::string& text);

// "10.0.0.2 port 7625", "unix-stream:/run/bench/s".
[[nodiscard]] std::string control_address_text(const Address& address);

}  // namespace sockmark
