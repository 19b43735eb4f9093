// Checks before the measurement whether this machine can run a plan: listens at the addresses of
// the cases, reads the limits of descriptors and ports, and looks for the CPUs. Leaves no files or
// sockets. The calling thread's; no state.

#pragma once

#include "base/result.h"
#include "bench/plan/plan.h"

namespace sockmark {

// Errors: one line that names the option or the address and the problem: a port in use, an address
// that is not of this machine, no IPv6, the loopback interface down or its MTU too small for --gso,
// too few descriptors or ports (with the limit), socket buffers that the kernel does not grant, no
// directory for a socket file, a missing CPU, no /proc or /dev/null.
[[nodiscard]] Result<> check_machine(const Plan& plan);

}  // namespace sockmark
