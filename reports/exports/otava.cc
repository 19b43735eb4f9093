#include "reports/exports/otava.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "reports/exports/common/case_names.h"
#include "reports/exports/common/one_case.h"
#include "reports/exports/common/timestamp.h"
#include "reports/exports/csv.h"
#include "reports/model/summary.h"

namespace sockmark::report {

Result<std::string> to_otava(const Report& report, std::string_view branch) {
  const Result<const Case*> one = only_case(report);
  if (!one) return one.error();
  const auto started = started_at(report);
  if (!started) return Error{"no run says when it began"};
  const auto since_epoch =
      std::chrono::duration_cast<std::chrono::seconds>(started->time_since_epoch()).count();
  std::vector<std::string> header = {"time", "commit", "branch"};
  std::vector<std::string> row = {
      fmt::format("{:%Y-%m-%d %H:%M:%S} +0000", fmt::gmtime(since_epoch)),
      csv_text(report.tool.git), csv_text(branch)};
  for (const Metric& metric : metrics()) {
    header.emplace_back(metric.name);
    const Maybe<Statistic> statistic = summarise(**one, metric);
    row.push_back(statistic ? number_text(statistic->median) : std::string());
  }
  return csv_line(header) + csv_line(row);
}

}  // namespace sockmark::report
