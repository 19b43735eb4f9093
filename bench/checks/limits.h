// The resources of a process that runs one end of a case: file descriptors, local ports, a CPU.

#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "bench/plan/plan.h"
#include "machine/machine_files.h"

namespace sockmark {

// An upper bound for a process that runs one end of the case (both ends with memory).
[[nodiscard]] std::uint64_t descriptors_needed(const CaseSpec& spec);

// Raises the soft limit if needed. Errors name the number, the limit and the fix.
[[nodiscard]] Result<> raise_descriptor_limit(std::uint64_t needed);

// The local ports that both ends of the case need on one machine, without those of other programs;
// 0 for a transport without ports.
[[nodiscard]] std::uint64_t ports_needed(const CaseSpec& spec);

// Checks the range of local ports of the kernel. Errors name the number, the range and the fix.
// No error if the range is unknown.
[[nodiscard]] Result<> check_ports(const CaseSpec& spec, const MachineFiles& files);

// Pins the calling thread, and threads that it starts later, to this CPU.
[[nodiscard]] Result<> pin_to(int cpu);
// Undoes it: `cpus` are read_placement().affinity of before.
void unpin(std::span<const int> cpus);
// "this process may run on CPUs 0-3": what an error of a CPU ends with.
[[nodiscard]] std::string usable_cpus();

}  // namespace sockmark
