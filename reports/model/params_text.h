// The parameters that distinguish cases, as words for tables, charts and headlines. Names from a
// report are made printable (printable.h) and cut. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

// The transport, or the address that the user gave. As in the report, not printable.
[[nodiscard]] const std::string& name_of(const Params& params);

// A stream without a rate. Its latency is that of a full queue.
[[nodiscard]] bool is_saturating(const Params& params);

// "10 k/s", "closed loop", "saturating".
[[nodiscard]] std::string pace_text(const Params& params);

// "64 B", or a mix: "64x7+576x4+1500x1".
[[nodiscard]] std::string sizes_text(const Params& params);
// The size of the answers; empty if requests come back.
[[nodiscard]] std::optional<std::string> response_text(const Params& params);

// "1.5 ms".
[[nodiscard]] std::string time_text(std::int64_t ns);

// Faults and work that the user injected; empty if none.
[[nodiscard]] std::optional<std::string> faults_text(const Params& params);  // "drop=0.01"
[[nodiscard]] std::optional<std::string> pause_text(const Params& params);   // "pauses of 5 ms ..."
[[nodiscard]] std::optional<std::string> work_text(const Params& params);    // "1 ms of work"
[[nodiscard]] std::optional<std::string> offload_text(const Params& params);

}  // namespace sockmark::report
