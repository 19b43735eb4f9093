#include "reports/exports/common/one_case.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "reports/exports/common/case_names.h"

namespace sockmark::report {

Result<const Case*> only_case(const Report& report) {
  constexpr std::size_t kNamesMax = 8;
  if (report.cases.size() == 1) return &report.cases.front();
  if (report.cases.empty()) return Error{"the report has no case"};
  std::vector<std::string> names = case_names(report);
  if (names.size() > kNamesMax) {
    names.resize(kNamesMax);
    names.emplace_back("...");
  }
  return Error{fmt::format("takes one case, and the report has {}; choose it with --case: {}",
                           report.cases.size(), fmt::join(names, ", "))};
}

}  // namespace sockmark::report
