// Differentiated services code points (RFC 2474) by name. Pure functions; any thread.

#pragma once

#include <string_view>

#include "base/result.h"

namespace sockmark {

inline constexpr int kDscpMax = 63;

// A number from 0 to 63, or a name in either case: CS0 to CS7, AF11 to AF43, EF, VA, LE, DF.
[[nodiscard]] Result<int> parse_dscp(std::string_view text);

}  // namespace sockmark
