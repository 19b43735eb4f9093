// Reads what the doctor examines (doctor.h), most of it from the environment of a report.
//
// Files are those below a root, another one for tests. Opens /dev/cpu_dma_latency to see whether it
// may be, and changes nothing. Any thread; no state.

#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "bench/checks/doctor.h"
#include "machine/environment.h"
#include "machine/machine_files.h"

namespace sockmark {

// All but steal, which takes two looks.
[[nodiscard]] DoctorFacts read_doctor_facts(std::span<const EnvironmentItem> environment,
                                            const std::string& root = "");

// Time of all CPUs since the boot, in ticks (proc(5), /proc/stat).
struct CpuTimes {
  std::int64_t all = 0, stolen = 0;
};
[[nodiscard]] std::optional<CpuTimes> read_cpu_times(const std::string& root = "");

// The part of the time between two looks that the hypervisor gave to others. Nothing where a look
// is missing, or lies so close to the other that one tick more or less would decide.
[[nodiscard]] std::optional<double> steal_ratio(const std::optional<CpuTimes>& before,
                                                const std::optional<CpuTimes>& after);

}  // namespace sockmark
