// The time of day of an instant, to the millisecond. Reads the clocks; any thread.

#pragma once

#include <string>

#include "base/clock.h"

namespace sockmark::cli {

// "12:34:56.789", in the time zone of this process.
[[nodiscard]] std::string local_time_of(Instant instant);

// RFC 3339: "2026-11-30T12:34:56.789Z".
[[nodiscard]] std::string utc_of(Instant instant);

}  // namespace sockmark::cli
