// The note on connections that found the accept queue of their listener full: why some took 1 s.
// A pure function.

#pragma once

#include <optional>
#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

// Absent if no run has such connections. A terminal may break the line at '\n'.
[[nodiscard]] std::optional<std::string> listen_queue_note(const Report& report);

}  // namespace sockmark::report
