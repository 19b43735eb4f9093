// The start of a run as an instant, from which exports make their own time stamps. Wall clock, UTC,
// for information only. Pure functions, any thread.

#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "reports/model/report.h"

namespace sockmark::report {

using WallInstant = std::chrono::sys_time<std::chrono::milliseconds>;

// From "2024-05-06T07:08:09Z" (RFC 3339, section 5.6), also with a fraction or an offset; nullopt
// for another text or an instant before 1970.
[[nodiscard]] std::optional<WallInstant> instant_of(std::string_view text);

// The start of the earliest run; nullopt if no run has one.
[[nodiscard]] std::optional<WallInstant> started_at(const Report& report);

}  // namespace sockmark::report
