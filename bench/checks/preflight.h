// Checks before the measurement whether this machine can run a plan: listens at the addresses of
// the cases, reads the limits of descriptors and ports, and looks for the CPUs. Leaves no files or
// sockets. The calling thread's; no state.

#pragma once

#include "base/result.h"
#include "bench/plan/plan.h"

namespace sockmark {

// Errors: one line that names the option or the address and the problem: a port in use, an address
// that is not of this machine, no IPv6, too few descriptors or ports (with the limit), a missing
// CPU.
[[nodiscard]] Result<> check_machine(const Plan& plan);

}  // namespace sockmark
