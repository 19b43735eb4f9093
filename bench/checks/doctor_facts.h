// Reads the facts that the doctor examines (doctor.h), most of them from the environment of a
// report.
//
// Files are below a root directory, which tests replace. Opens /dev/cpu_dma_latency to test the
// permission, and changes nothing. Any thread; no state.

#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "bench/checks/doctor.h"
#include "machine/environment.h"
#include "machine/machine_files.h"

namespace sockmark {

// All facts except steal, which needs two readings.
[[nodiscard]] DoctorFacts read_doctor_facts(std::span<const EnvironmentItem> environment,
                                            const std::string& root = "");

// Time of all CPUs since boot, in clock ticks (proc(5), /proc/stat).
struct CpuTimes {
  std::int64_t all = 0, stolen = 0;
};
[[nodiscard]] std::optional<CpuTimes> read_cpu_times(const std::string& root = "");

// The fraction of the time between two readings that the hypervisor gave to other guests. Absent if
// a reading is missing, or if too few ticks passed between them.
[[nodiscard]] std::optional<double> steal_ratio(const std::optional<CpuTimes>& before,
                                                const std::optional<CpuTimes>& after);

}  // namespace sockmark
