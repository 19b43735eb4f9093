// Decimals rounded as Java's formatter does, which the HdrHistogram formats need: half away from
// zero, by the shortest decimal that identifies the double. C's printf rounds the binary value and
// prints 0.500 for 0.5005, whose double is slightly smaller. Pure function.

#pragma once

#include <string>

namespace sockmark::report {

// "0.501" for 0.5005 and 3 decimals. Requires: value is finite and not negative, decimals >= 1.
[[nodiscard]] std::string half_up(double value, int decimals);

}  // namespace sockmark::report
