#include "machine/idle_states.h"

#include <algorithm>
#include <cstring>

namespace sockmark {

std::vector<IdleState> read_idle_states(const MachineFiles& files) {
  const std::string directory = "/sys/devices/system/cpu/cpu0/cpuidle/";
  std::vector<IdleState> states;
  for (const std::string& entry : files.list(directory)) {
    const auto name = files.read(directory + entry + "/name");
    const auto latency = files.read(directory + entry + "/latency");
    const auto latency_us = to_integer(latency.value_or(""));
    if (!name || !latency_us) continue;
    states.push_back({.name = *name,
                      .latency_us = *latency_us,
                      .enabled = files.read(directory + entry + "/disable").value_or("0") == "0"});
  }
  std::ranges::stable_sort(states, {}, &IdleState::latency_us);
  return states;
}

std::optional<std::int64_t> read_latency_limit_us(const MachineFiles& files) {
  const auto bytes = files.bytes(kCpuDmaLatency);
  std::int32_t limit = 0;
  if (!bytes || bytes->size() != sizeof limit) return std::nullopt;
  std::memcpy(&limit, bytes->data(), sizeof limit);
  return limit;
}

}  // namespace sockmark
