#include "reports/exports/common/case_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/printable.h"

namespace sockmark::report {

std::vector<std::string> case_names(const Report& report) {
  std::map<std::string, int> occurrences;
  for (const Case& one : report.cases) ++occurrences[printable(one.id)];
  std::vector<std::string> names;
  std::set<std::string> taken;
  std::map<std::string, int> last_number;
  for (const Case& one : report.cases) {
    std::string name = printable(one.id);
    if (occurrences[name] > 1 && one.params.arm)
      name += fmt::format(" ({})", printable(one.params.arm->name()));
    if (name.empty()) name = "unnamed";
    std::string unique = name;
    for (int& number = last_number[name]; !taken.insert(unique).second;) {
      number = std::max(number + 1, 2);
      unique = fmt::format("{} #{}", name, number);
    }
    names.push_back(std::move(unique));
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

std::string number_text(double value) {
  // Negative zero is zero to everybody who reads it.
  return std::isfinite(value) ? fmt::format("{}", value == 0 ? 0.0 : value) : std::string();
}

}  // namespace sockmark::report
