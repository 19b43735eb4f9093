// The environment of report.json, from what was read of the machine.
//
// Values become JSON texts, unknown ones null. hash_hard is SHA-256 over the canonical JSON of the
// hard items (keys sorted, no spaces): equal hashes, comparable machines. Besides the machine's
// items the hard class holds what decides the meaning of the numbers: the report's major version
// and the histogram's parameters. Pure functions, any thread.

#pragma once

#include <span>

#include "machine/environment.h"
#include "reports/model/report.h"

namespace sockmark::report {

[[nodiscard]] Environment environment_section(std::span<const EnvironmentItem> items);

[[nodiscard]] Process process_section(const Placement& placement);

}  // namespace sockmark::report
