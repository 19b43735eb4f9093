// The addresses of a host name. Uses the network; everything else about addresses is in address.h.

#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "transports/address.h"

namespace sockmark {

// All addresses of "tcp://db2:9000", in the order of the resolver (RFC 6724), of the families that
// this machine has; a numeric address is its own. At least one. Blocks until the resolver answers.
// Errors have the resolver's words.
[[nodiscard]] Result<std::vector<Address>> resolve(std::string_view text);

// Whether a socket of this process can have the host of `address`.
[[nodiscard]] bool is_of_this_machine(const Address& address);

}  // namespace sockmark
