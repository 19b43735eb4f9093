// What a process that plays an end may have: descriptors and local ports, as many as its case
// needs, and a processor of its own.

#pragma once

#include <cstdint>

#include "base/result.h"
#include "bench/plan/plan.h"
#include "machine/machine_files.h"

namespace sockmark {

// An upper bound for one process that plays one end of the case (both, for the memory transport).
[[nodiscard]] std::uint64_t descriptors_needed(const CaseSpec& spec);

// Raises the soft limit as far as needed and permitted. The error names the number, the limit and
// the remedy.
[[nodiscard]] Result<> raise_descriptor_limit(std::uint64_t needed);

// Local ports, chosen by the kernel from its range, that both ends of the case need on one machine;
// 0 where a transport has none. Those that other programs use come on top.
[[nodiscard]] std::uint64_t ports_needed(const CaseSpec& spec);

// The error names the number, the range and the remedy. Where the range is not known nothing is
// wrong with it.
[[nodiscard]] Result<> check_ports(const CaseSpec& spec, const MachineFiles& files);

// The calling thread, and those that it starts later, run on this CPU only.
[[nodiscard]] Result<> pin_to(int cpu);

}  // namespace sockmark
