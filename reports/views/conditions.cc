#include "reports/views/conditions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/units.h"
#include "reports/model/params_text.h"
#include "reports/views/repeat_command.h"

namespace sockmark::report {
namespace {

// What all cases have in common.
template <class Of>
auto common_to_all(const Report& report, Of of) {
  std::optional<decltype(of(report.cases.front()))> value = of(report.cases.front());
  for (const Case& one : report.cases) {
    if (of(one) != *value) return decltype(value)();
  }
  return value;
}

// "closed loop", "10 k/s poisson"; of several workloads, that of each.
std::vector<std::string> paces_of(const Report& report) {
  std::vector<std::string> paces;
  for (const Case& one : report.cases) {
    std::string pace = pace_text(one.params);
    if (one.params.arrivals && *one.params.arrivals != "uniform")
      pace += ' ' + printable(*one.params.arrivals, kWordColumns);
    if (std::ranges::find(paces, pace) == paces.end()) paces.push_back(std::move(pace));
  }
  return paces;
}

std::string runs_text(const Report& report) {
  std::size_t runs = 0;
  for (const Case& one : report.cases) runs = std::max(runs, one.runs.size());
  std::string text = counted(runs, "run");
  const auto duration =
      common_to_all(report, [](const Case& one) { return one.params.duration_ns; });
  const auto warmup = common_to_all(report, [](const Case& one) { return one.params.warmup_ns; });
  const auto messages = common_to_all(
      report, [](const Case& one) { return one.params.messages ? *one.params.messages : 0; });
  if (messages && *messages > 0) {
    text += " of " + counted(*messages, "message");
  } else if (duration && *duration > 0) {
    text += " of " + time_text(*duration);
  }
  if (warmup && *warmup > 0) text += fmt::format(" after {} of warm-up", time_text(*warmup));
  return text;
}

// The options that were given, but for those that the line or the table says anyway.
std::string options_text(const Report& report) {
  constexpr std::string_view kSaid[] = {"suite",       "transport", "workload", "size",
                                        "rate",        "arrivals",  "depth",    "connections",
                                        "threads",     "duration",  "warmup",   "repetitions",
                                        "percentiles", "bits",      "messages"};
  std::string text;
  const auto suite = report.plan_supplied.find("suite");
  if (suite != report.plan_supplied.end()) text += " suite " + shell_quoted(suite->second);
  for (const auto& [name, value] : report.plan_supplied) {
    if (std::ranges::find(kSaid, name) == std::end(kSaid)) text += option_words(name, value);
  }
  return text;
}

}  // namespace

std::string conditions_of(const Report& report) {
  if (report.cases.empty()) return "";
  std::vector<std::string> parts = {runs_text(report)};
  if (const auto paces = paces_of(report); paces.size() <= 2)
    parts.push_back(fmt::format("{}", fmt::join(paces, " or ")));
  const auto add_count = [&](auto of, std::string_view thing) {
    if (const auto count = common_to_all(report, of)) parts.push_back(counted(*count, thing));
  };
  add_count([](const Case& one) { return one.params.connections; }, "connection");
  add_count([](const Case& one) { return one.params.threads; }, "thread");
  const auto depth = common_to_all(
      report, [](const Case& one) { return one.params.depth ? *one.params.depth : 1; });
  if (depth && *depth > 1) parts.push_back(fmt::format("{} outstanding", *depth));
  std::string text = fmt::format("{}", fmt::join(parts, ", "));
  if (const auto options = options_text(report); !options.empty()) text += ';' + options;
  return printable(text);
}

}  // namespace sockmark::report
