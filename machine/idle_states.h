// The idle states of a CPU, and the deepest that is allowed at the moment.
//
// The deeper the state, the longer a wake-up takes. A thread that waits for a message sleeps, so
// the wake-up is part of every latency. The kernel enters no state with a latency above the lowest
// that any process has requested through /dev/cpu_dma_latency
// (Documentation/power/pm_qos_interface.rst). Reads files below a root (another one for tests). Any
// thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machine/machine_files.h"

namespace sockmark {

inline constexpr const char* kCpuDmaLatency = "/dev/cpu_dma_latency";

struct IdleState {
  std::string name;             // "C6"
  std::int64_t latency_us = 0;  // of a wake-up, as the driver declares it
  bool enabled = true;
};

// The states of the first CPU, shallowest first; the others have the same. Empty if the machine
// does not report them, or its kernel uses none.
[[nodiscard]] std::vector<IdleState> read_idle_states(const MachineFiles& files);

// The lowest latency that any process has requested, in µs. None if the device is absent or may not
// be read.
[[nodiscard]] std::optional<std::int64_t> read_latency_limit_us(const MachineFiles& files);

}  // namespace sockmark
