#include "reports/exports/formats.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "reports/chart_data/charts_json.h"
#include "reports/exports/bencher.h"
#include "reports/exports/common/case_names.h"
#include "reports/exports/csv.h"
#include "reports/exports/github_action_benchmark.h"
#include "reports/exports/google_benchmark.h"
#include "reports/exports/hdr/run_histograms.h"
#include "reports/exports/junit.h"
#include "reports/exports/openmetrics.h"
#include "reports/exports/otava.h"

namespace sockmark::report {
namespace {

// A function of the report alone, as a row of the table wants it.
template <auto Function>
Result<std::string> of_report(const Report& report, const ExportOptions&) {
  return Function(report);
}

template <Better B>
Result<std::string> github_action(const Report& report, const ExportOptions&) {
  return to_github_action_benchmark(report, B);
}

Result<std::string> otava(const Report& report, const ExportOptions& options) {
  return to_otava(report, options.branch);
}

constexpr auto kJunit = static_cast<std::string (*)(const Report&)>(to_junit);
constexpr auto kCharts = static_cast<std::string (*)(const Report&)>(to_charts);
constexpr auto kHgrm = static_cast<Result<std::string> (*)(const Report&)>(to_hgrm);
constexpr auto kHlog = static_cast<Result<std::string> (*)(const Report&)>(to_hlog);

constexpr std::array kFormats = {
    Format{"csv", "one row per run, for spreadsheets and data frames", of_report<to_csv>},
    Format{"charts", "what charts are drawn from: tables of percentiles, over time, ...",
           of_report<kCharts>, nullptr, to_charts},
    Format{"google-benchmark", "Google Benchmark's JSON, for its compare.py: runs and medians",
           of_report<to_google_benchmark>},
    Format{"google-benchmark-medians", "the same with medians only, for services",
           of_report<to_google_benchmark_medians>},
    Format{"github-action-benchmark", "customSmallerIsBetter: latency, CPU, loss",
           github_action<Better::smaller>},
    Format{"github-action-benchmark-smaller", "the same, by its full name",
           github_action<Better::smaller>},
    Format{"github-action-benchmark-bigger", "customBiggerIsBetter: goodput",
           github_action<Better::bigger>},
    Format{"bencher", "Bencher Metric Format (BMF), medians", of_report<to_bencher>},
    Format{"junit", "JUnit XML: one testcase per gate", of_report<kJunit>, to_junit},
    Format{"hgrm", "HdrHistogram percentiles of one case, runs merged", of_report<kHgrm>},
    Format{"hlog", "HdrHistogram log: one tagged line per case and run", of_report<kHlog>},
    Format{"openmetrics", "OpenMetrics text, medians", of_report<to_openmetrics>},
    Format{"prometheus", "Prometheus text for a textfile collector, medians",
           of_report<to_prometheus>},
    Format{"otava", "a row of Apache Otava's CSV, medians of one case", otava},
};

}  // namespace

std::span<const Format> formats() { return kFormats; }

const Format* find_format(std::string_view name) {
  const auto* found = std::ranges::find(kFormats, name, &Format::name);
  return found == kFormats.end() ? nullptr : found;
}

bool has_case(const Report& report, std::string_view name) {
  return std::ranges::find(report.cases, name, &Case::id) != report.cases.end() ||
         std::ranges::count(case_names(report), name) > 0;
}

Report with_cases(Report report, std::span<const std::string> wanted) {
  const std::vector<std::string> names = case_names(report);
  const auto chosen = [&](std::size_t c) {
    return std::ranges::any_of(wanted, [&](const std::string& name) {
      return name == report.cases[c].id || name == names[c];
    });
  };
  std::vector<Case> kept;
  for (std::size_t c = 0; c < report.cases.size(); ++c) {
    if (chosen(c)) kept.push_back(std::move(report.cases[c]));
  }
  report.cases = std::move(kept);
  std::erase_if(report.comparisons, [&report](const Comparison& one) {
    return std::ranges::none_of(report.cases, [&one](const Case& each) {
      return each.id == one.baseline || each.id == one.candidate;
    });
  });
  return report;
}

}  // namespace sockmark::report
