// The states in which an idle CPU may rest, and how deep it may go at the moment.
//
// The deeper one is, the longer waking takes, and whoever waits for a message sleeps: a deep state
// is in every latency. The kernel enters none whose latency is above the lowest that any process
// asks for (Documentation/power/pm_qos_interface.rst), by holding /dev/cpu_dma_latency open.
// Reads files below a root (another one for tests). Any thread.

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
  std::int64_t latency_us = 0;  // of waking, as the driver declares it
  bool enabled = true;
};

// Of the first CPU, shallowest first; the others have the same. Empty: the machine does not tell,
// or its kernel chooses none.
[[nodiscard]] std::vector<IdleState> read_idle_states(const MachineFiles& files);

// The latency that is asked for by whoever asks for the lowest, in µs. Nothing where the device is
// absent or may not be read.
[[nodiscard]] std::optional<std::int64_t> read_latency_limit_us(const MachineFiles& files);

}  // namespace sockmark
