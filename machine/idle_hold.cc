#include "machine/idle_hold.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace sockmark {

Result<IdleHold> IdleHold::begin(const std::string& device) {
  Descriptor descriptor(::open(device.c_str(), O_WRONLY | O_CLOEXEC));
  if (!descriptor) return system_error("open " + device, errno);
  const std::int32_t latency_us = 0;
  const ssize_t written = ::write(descriptor.get(), &latency_us, sizeof latency_us);
  if (written < 0) return system_error("write to " + device, errno);
  if (written != sizeof latency_us) return Error{"write to " + device + ": cut short"};
  return IdleHold(std::move(descriptor));
}

}  // namespace sockmark
