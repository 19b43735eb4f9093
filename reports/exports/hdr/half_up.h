// Decimals as Java's formatter rounds them, which the formats of HdrHistogram are written with:
// half away from zero, judged by the shortest decimal that names the double. C's printf judges by
// the binary value, and makes 0.500 of the 0.5005 that lies just below it. Pure function.

#pragma once

#include <string>

namespace sockmark::report {

// "0.501" of 0.5005 and 3 decimals. Must: value is finite and not negative, decimals >= 1.
[[nodiscard]] std::string half_up(double value, int decimals);

}  // namespace sockmark::report
