// The loopback interface of this network namespace: messages between two processes of one machine
// pass through it, whichever of the machine's addresses they use.

#pragma once

#include <cstddef>
#include <optional>

namespace sockmark {

struct LoopbackInterface {
  bool up = false;
  std::size_t mtu_bytes = 0;
};

// Absent if there is no interface `lo`. Asks the kernel, not /sys, which may show the interfaces of
// another network namespace. Any thread; no state.
[[nodiscard]] std::optional<LoopbackInterface> read_loopback_interface();

}  // namespace sockmark
