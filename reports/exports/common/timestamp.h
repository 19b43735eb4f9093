// When a run began, as an instant: what the exports make their own kinds of time stamps from. Wall
// clock, UTC, for information only. Pure functions, any thread.

#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "reports/model/report.h"

namespace sockmark::report {

using WallInstant = std::chrono::sys_time<std::chrono::milliseconds>;

// "2024-05-06T07:08:09Z" (RFC 3339, section 5.6), and so with a fraction or an offset. Nothing
// where it is something else, or no instant of the years 1970 to 9999.
[[nodiscard]] std::optional<WallInstant> instant_of(std::string_view text);

// When the first run of the report began; nothing where no run says so.
[[nodiscard]] std::optional<WallInstant> started_at(const Report& report);

}  // namespace sockmark::report
