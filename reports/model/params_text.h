// The parameters that distinguish cases, as words for tables, charts and headlines. Names from a
// report are made printable (printable.h) and cut. Pure functions, any thread.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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
[[nodiscard]] std::optional<std::string> faults_text(const Params& params);   // "drop=0.01"
[[nodiscard]] std::optional<std::string> foreign_text(const Params& params);  // "echo"
[[nodiscard]] std::optional<std::string> pause_text(const Params& params);  // "pauses of 5 ms ..."
[[nodiscard]] std::optional<std::string> work_text(const Params& params);   // "1 ms of work"
[[nodiscard]] std::optional<std::string> offload_text(const Params& params);

[[nodiscard]] std::string value_text(const NumberOrWord& value);

// The options of sockets and of system calls that a case may have, and the load beside it, by their
// names on the command line (Params::requested_options), in the order in which they are shown.
inline constexpr auto kCaseOptions =
    std::to_array<std::string_view>({"nodelay", "congestion", "sndbuf", "rcvbuf", "quickack", "mss",
                                     "busy-poll", "dscp", "batch", "background"});

// The value of one of them as in the report: "65536"; without a request "on" of nodelay, "max" of
// batch, "none" of background, else "default".
[[nodiscard]] std::string requested_text(const Params& params, std::string_view option);
// The same for readers: "64 KiB".
[[nodiscard]] std::string option_text(const Params& params, std::string_view option);
[[nodiscard]] bool is_requested(const Params& params, std::string_view option);

// The load beside a case (docs/background-load.md): "idle", "4 × tcp, forward".
[[nodiscard]] bool has_load(const Params& params);
[[nodiscard]] std::string load_text(const Params& params);
// The order of the phases of a test of a line: 0 idle, 1 forward, 2 reverse, 3 both.
[[nodiscard]] std::size_t load_phase(const Params& params);

}  // namespace sockmark::report
