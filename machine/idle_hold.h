// Keeps the idle CPUs of this machine out of idle states for its lifetime (--hold-idle).
//
// Holds /dev/cpu_dma_latency open with a latency of 0 µs written to it, so that idle CPUs poll
// (Documentation/power/pm_qos_interface.rst). Closing it ends that; the kernel closes it when the
// process ends in any way. Children do not inherit it. Costs power; needs permission to write the
// device. Any thread.

#pragma once

#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "machine/idle_states.h"

namespace sockmark {

class IdleHold {
 public:
  IdleHold() = default;  // holds nothing

  // Errors name the device and the system's reason.
  [[nodiscard]] static Result<IdleHold> begin(const std::string& device = kCpuDmaLatency);

  explicit operator bool() const { return static_cast<bool>(device_); }

 private:
  explicit IdleHold(Descriptor device) : device_(std::move(device)) {}
  Descriptor device_;
};

}  // namespace sockmark
