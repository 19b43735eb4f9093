// What a process that plays an end may have: descriptors, as many as its case needs, and a
// processor of its own.

#pragma once

#include <cstdint>

#include "base/result.h"
#include "bench/plan.h"

namespace sockmark {

// An upper bound for one process that plays one end of the case (both, for the memory transport).
[[nodiscard]] std::uint64_t descriptors_needed(const CaseSpec& spec);

// Raises the soft limit as far as needed and permitted. The error names the number, the limit and
// the remedy.
[[nodiscard]] Result<> raise_descriptor_limit(std::uint64_t needed);

// The calling thread, and those that it starts later, run on this CPU only.
[[nodiscard]] Result<> pin_to(int cpu);

}  // namespace sockmark
