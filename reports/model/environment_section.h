// The environment of report.json, from what was read of the machine.
//
// Values become JSON texts, unknown ones null. hash_hard is SHA-256 over the canonical JSON of the
// hard items (keys sorted, no spaces): equal hashes, comparable machines. Besides the machine's
// items the hard class holds what decides the meaning of the numbers: the report's major version
// and the histogram's parameters. Pure functions, any thread.

#pragma once

#include <optional>
#include <span>
#include <string>

#include "machine/environment.h"
#include "reports/model/report.h"

namespace sockmark::report {

[[nodiscard]] Environment environment_section(std::span<const EnvironmentItem> items);

// A hard item that two descriptions of one machine should share and do not. Items of the network
// interface count only if both describe the same one.
struct HardDifference {
  std::string item, before, now;
};
[[nodiscard]] std::optional<HardDifference> find_hard_difference(const Environment& before,
                                                                 const Environment& now);

// Replaces the items of the network interface by those of another description of the machine.
void describe_interface(const Environment& of, Environment& in);

[[nodiscard]] Process process_section(const Placement& placement);

}  // namespace sockmark::report
