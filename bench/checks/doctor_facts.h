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

}  // namespace sockmark
