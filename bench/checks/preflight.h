// Checks before the measurement whether this machine can run a plan: listens at the addresses of
// the cases, reads the limits of descriptors and ports, and looks for the CPUs. Leaves no files or
// sockets. The calling thread's; no state.

#pragma once

#include "base/result.h"
#include "bench/plan/plan.h"
#include "bench/remote/ends.h"

namespace sockmark {

// Errors: one line that names the option or the address and the problem: a port in use, an address
// that is not of this machine, no IPv6, the loopback interface down or its MTU too small for --gso,
// too few descriptors or ports (with the limit), socket buffers that the kernel does not grant, no
// directory for a socket file, a missing CPU, no /proc or /dev/null.
// Of an end that `ends` places elsewhere, nothing is checked here.
[[nodiscard]] Result<> check_machine(const Plan& plan, const EndsOptions& ends = {});

// Checks, by what the agents say of their machines, what the plan names there: the CPUs of --pin,
// the addresses at which the responder listens, that of --source. What else an end lacks it reports
// in the first run.
// Errors: one line that names the option or the address, and the end.
[[nodiscard]] Result<> check_elsewhere(const Plan& plan, const Ends& ends);

}  // namespace sockmark
