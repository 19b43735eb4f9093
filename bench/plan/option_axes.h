// Options of sockets and of system calls, and the load beside a case: each an axis of the matrix, a
// list on the command line and in suites, a part of a case's id, a parameter in the report. A new
// one is one row of the table.
//
// Pure functions; any thread.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bench/plan/plan.h"

namespace sockmark {

struct OptionAxis {
  const char* name;  // as on the command line: "sndbuf"
  // Reads one value: what is set, as `text` returns it or as a user spells it. "default" removes
  // it.
  Result<> (*set)(std::string_view text, CaseSpec& spec);
  // Empty without a value.
  std::string (*text)(const CaseSpec& spec);
  // A value that is not part of the id: it is that of a case without the option.
  std::string_view ordinary = {};
};
[[nodiscard]] std::span<const OptionAxis> option_axes();

// Null if there is none of that name.
[[nodiscard]] const OptionAxis* find_option_axis(std::string_view name);

// A list of values, for PlanOptions::axes.
[[nodiscard]] Result<> read_option_axis(std::string_view name, std::string_view text,
                                        PlanOptions& options);

// The parts of an id, in the order of the table: "/nodelay-off/sndbuf65536". Empty without options.
[[nodiscard]] std::string option_parts(const CaseSpec& spec);

// Error: an option is set that the transport lacks, "--nodelay requires tcp".
[[nodiscard]] Result<> check_transport_has_options(const CaseSpec& spec);

// Error: a value that no kernel takes.
[[nodiscard]] Result<> check_option_values(const CaseSpec& spec);

}  // namespace sockmark
