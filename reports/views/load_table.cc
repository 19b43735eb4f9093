#include "reports/views/load_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "base/printable.h"
#include "reports/compare/compare_params.h"
#include "reports/format/units.h"
#include "reports/model/metrics.h"
#include "reports/model/params_text.h"
#include "reports/model/summary.h"

namespace sockmark::report {

namespace {

constexpr std::string_view kOption = "background";
constexpr std::size_t kIdColumns = 120;

// The same for cases that differ in their load at most.
std::string probe_of(const Params& params) {
  std::string texts;
  for (const Parameter& parameter : parameters()) {
    if (parameter.name != kOption) texts += parameter.text(params) + '\n';
  }
  return texts;
}

std::optional<double> value_of(const Case* one, const ValueOfRun& value) {
  if (one == nullptr) return std::nullopt;
  const auto statistic = summarise(*one, value, RunsOf::measured);
  return statistic ? std::optional(statistic->median) : std::nullopt;
}

Maybe<double> rpm_of(const Run& run) {
  return run.latency ? run.latency->responsiveness_rpm : Maybe<double>();
}

ValueOfRun carried(Maybe<BackgroundStream> Background::*stream, double factor) {
  return [stream, factor](const Run& run) {
    const auto* of = run.background ? &((*run.background).*stream) : nullptr;
    return of != nullptr && *of ? Maybe<double>((*of)->goodput_bytes_per_s * factor)
                                : Maybe<double>();
  };
}

std::string shown(std::optional<double> value, std::span<const Unit> units) {
  return value ? fitted(*value, units) : "-";
}

std::string ratio(std::optional<double> loaded, std::optional<double> idle) {
  if (!loaded || !idle || *idle <= 0) return "-";
  const double times = *loaded / *idle;
  return fmt::format("{:.{}f}", times, times < 10 ? 2 : times < 100 ? 1 : 0);
}

LoadRow row_of(const LoadGroup& group, const Case& one, const Case* idle, bool bits) {
  const ValueOfRun p50 = metric("p50_ns").of, p99 = metric("p99_ns").of;
  const double factor = bits ? 8 : 1;
  const std::span<const Unit> units = bits ? std::span<const Unit>(kBits) : kBytes;
  const Case* const base = &one == idle ? nullptr : idle;
  return {
      .id = group.id,
      .cells = {load_text(one.params), shown(value_of(&one, p50), kTime),
                ratio(value_of(&one, p50), value_of(base, p50)), shown(value_of(&one, p99), kTime),
                ratio(value_of(&one, p99), value_of(base, p99)),
                shown(value_of(&one, rpm_of), kCount),
                shown(value_of(&one, carried(&Background::forward, factor)), units),
                shown(value_of(&one, carried(&Background::reverse, factor)), units)}};
}

}  // namespace

std::vector<LoadGroup> load_groups(const Report& report) {
  std::vector<LoadGroup> groups;
  // A report of thousands of cases without a load has nothing to group.
  if (std::ranges::none_of(report.cases, [](const Case& one) { return has_load(one.params); }))
    return groups;
  std::map<std::string, std::size_t> places;  // in `groups`
  for (const Case& one : report.cases) {
    const auto [place, is_new] = places.try_emplace(probe_of(one.params), groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].cases.push_back(&one);
  }
  std::erase_if(groups, [](const LoadGroup& group) {
    return std::ranges::all_of(group.cases, [](const Case* one) { return !has_load(one->params); });
  });
  for (LoadGroup& group : groups) {
    std::ranges::stable_sort(group.cases, {},
                             [](const Case* one) { return load_phase(one->params); });
    const Case& first = *group.cases.front();
    std::string id = first.id;
    const auto load = id.find("/background-");
    if (load != id.npos)
      id.erase(load, std::min(id.find_first_of("/@", load + 1), id.size()) - load);
    group.id = printable(id, kIdColumns);
  }
  return groups;
}

LoadRows load_rows(const Report& report, bool bits) {
  LoadRows table{.headers = {"load", "p50", "× idle", "p99", "× idle", "round trips/min",
                             bits ? "forward bits/s" : "forward bytes/s",
                             bits ? "reverse bits/s" : "reverse bytes/s"},
                 .rows = {}};
  for (const LoadGroup& group : load_groups(report)) {
    const Case& first = *group.cases.front();
    const Case* const idle = has_load(first.params) ? nullptr : &first;
    for (const Case* one : group.cases) table.rows.push_back(row_of(group, *one, idle, bits));
  }
  return table;
}

}  // namespace sockmark::report
