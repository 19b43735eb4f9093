// How the processors of the machine spent their time, from /proc/stat (proc(5)). In a container
// these are all processors of the host. Any thread; no state.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sockmark {

// Time of all processors since boot, in clock ticks.
struct CpuTimes {
  std::int64_t all = 0, idle = 0, stolen = 0;  // idle: waiting for a disk too
};
// Absent if the file is missing or unknown. `root` is the directory that /proc is in.
[[nodiscard]] std::optional<CpuTimes> read_cpu_times(const std::string& root = "");

[[nodiscard]] std::int64_t ns_of_ticks(std::int64_t ticks);

// The fraction of the time between two readings that the hypervisor gave to other guests. Absent if
// a reading is missing, or if too few ticks passed between them.
[[nodiscard]] std::optional<double> steal_ratio(const std::optional<CpuTimes>& before,
                                                const std::optional<CpuTimes>& after);

}  // namespace sockmark
