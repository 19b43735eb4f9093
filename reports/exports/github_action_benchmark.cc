#include "reports/exports/github_action_benchmark.h"

#include <fmt/format.h>

#include "reports/exports/common/case_names.h"
#include "reports/json/json_writer.h"
#include "reports/model/summary.h"

namespace sockmark::report {

std::string to_github_action_benchmark(const Report& report, Better better) {
  JsonWriter out(JsonWriter::Layout::indented);
  const auto member = [&out](const char* key, std::string_view value) {
    out.key(key);
    out.string(value);
  };
  out.begin_list(JsonWriter::Layout::indented);
  const std::vector<std::string> names = case_names(report);
  for (std::size_t c = 0; c < report.cases.size(); ++c) {
    const std::size_t interfered = interfered_runs(report.cases[c]);
    const std::string interference =
        interfered == 0
            ? ""
            : fmt::format(", {} of them with interference: latencies are upper bounds", interfered);
    for (const Metric& metric : metrics()) {
      if (metric.more_is_better != (better == Better::bigger)) continue;
      const Maybe<Statistic> statistic = summarise(report.cases[c], metric);
      if (!statistic) continue;
      out.begin_object();
      member("name", names[c] + ' ' + std::string(metric.name));
      member("unit", name_of(metric.unit));
      out.key("value");
      out.number(statistic->median);
      member("range",
             fmt::format("{} to {}", number_text(statistic->min), number_text(statistic->max)));
      member("extra", fmt::format("median of {} run{}{}", statistic->n,
                                  statistic->n == 1 ? "" : "s", interference));
      out.end_object();
    }
  }
  out.end_list();
  return std::move(out).take() + '\n';
}

}  // namespace sockmark::report
