#include "reports/exports/common/case_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/printable.h"
#include "reports/format/unique_names.h"

namespace sockmark::report {

std::vector<std::string> case_names(const Report& report) {
  std::map<std::string, int> occurrences;
  for (const Case& one : report.cases) ++occurrences[printable(one.id)];
  std::vector<std::string> names;
  UniqueNames unique;
  for (const Case& one : report.cases) {
    std::string name = printable(one.id);
    if (occurrences[name] > 1 && one.params.arm)
      name += fmt::format(" ({})", printable(one.params.arm->name()));
    if (name.empty()) name = "unnamed";
    names.push_back(unique.unique(name));
  }
  return names;
}

std::vector<const Run*> valid_runs(const Case& one) {
  std::vector<const Run*> runs;
  for (const Run& run : one.runs) {
    if (run.valid) runs.push_back(&run);
  }
  return runs;
}

std::size_t interfered_runs(const Case& one) {
  return static_cast<std::size_t>(std::ranges::count_if(
      one.runs, [](const Run& run) { return run.valid && !run.interference_reasons.empty(); }));
}

std::string number_text(double value) {
  // Negative zero is zero to everybody who reads it.
  return std::isfinite(value) ? fmt::format("{}", value == 0 ? 0.0 : value) : std::string();
}

}  // namespace sockmark::report
