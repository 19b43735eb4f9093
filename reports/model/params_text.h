// What cases are told apart by, in words: for tables, charts and headlines, so that all call it the
// same. Names of a report are printable (printable.h) and cut. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

// What a case is told from its neighbours by: the transport, or the address that the user named.
// As the report has it, not printable.
[[nodiscard]] const std::string& name_of(const Params& params);

// A stream that is as fast as it can be: its latency is that of a full queue.
[[nodiscard]] bool is_saturating(const Params& params);

// How fast messages are asked for: "10 k/s", "closed loop", "saturating".
[[nodiscard]] std::string pace_text(const Params& params);

// "1.5 ms", of a duration that somebody asked for.
[[nodiscard]] std::string time_text(std::int64_t ns);

// What was done to the case on purpose; nothing where nothing was.
[[nodiscard]] std::optional<std::string> faults_text(const Params& params);  // "drop=0.01"
[[nodiscard]] std::optional<std::string> pause_text(const Params& params);   // "pauses of 5 ms ..."
[[nodiscard]] std::optional<std::string> work_text(const Params& params);    // "1 ms of work"
[[nodiscard]] std::optional<std::string> offload_text(const Params& params);

}  // namespace sockmark::report
