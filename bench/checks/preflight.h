// Whether this machine can do what a plan asks, found before anything is measured.
//
// Tries it: listens where the cases will listen, reads the limits of descriptors and ports, looks
// for the CPUs. Leaves nothing behind. The caller's thread; no state.

#pragma once

#include "base/result.h"
#include "bench/plan/plan.h"

namespace sockmark {

// Errors: one line that names the option or the address, and the problem: a port in use, an address
// that this machine does not have, no IPv6, too few descriptors or ports (with the limit), an
// absent CPU.
[[nodiscard]] Result<> check_machine(const Plan& plan);

}  // namespace sockmark
