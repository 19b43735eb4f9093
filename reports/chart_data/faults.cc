// The tables of loss, duplication and reordering (RFC 7680, 5560, 4737).

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "reports/chart_data/tables.h"
#include "reports/model/reasons.h"
#include "reports/model/summary.h"

namespace sockmark::report {
namespace {

template <class Section>
Maybe<double> ratio_of(const Maybe<Section>& section, const Maybe<double> Section::*ratio) {
  return section ? (*section).*ratio : Maybe<double>::none(section.reason());
}

constexpr RunFigure kKinds[] = {
    {"lost", [](const Run& run) { return ratio_of(run.loss, &Loss::loss_ratio); }},
    {"duplicated",
     [](const Run& run) { return ratio_of(run.duplication, &Duplication::duplication_fraction); }},
    {"reordered",
     [](const Run& run) { return ratio_of(run.reordering, &Reordering::reordered_ratio); }},
};

// A bin for each small extent (TCP takes an extent of three for a loss), then one for each power of
// two.
struct Bin {
  std::uint64_t lowest = 0, highest = 0;
};
Bin bin_of(std::uint64_t extent) {
  constexpr std::uint64_t kSingle = 16;
  if (extent <= kSingle) return {extent, extent};
  const std::uint64_t lowest = std::bit_floor(extent - 1) + 1;  // 17 to 32: 16 + 1
  constexpr std::uint64_t kTop = std::uint64_t{1} << 63;
  const std::uint64_t highest =
      lowest > kTop ? std::numeric_limits<std::uint64_t>::max() : (lowest - 1) * 2;
  return {lowest, highest};
}

Maybe<CountsByLength> extents_of(const Case& one) {
  CountsByLength sum;
  bool any = false;
  for (const Run& run : one.runs) {
    if (!run.valid) continue;
    if (!run.reordering) return Maybe<CountsByLength>::none(run.reordering.reason());
    const auto& extents = run.reordering->extent_histogram;
    if (!extents) return Maybe<CountsByLength>::none(extents.reason());
    for (const auto& [extent, count] : *extents) {
      std::uint64_t& total = sum[bin_of(extent).lowest];
      total += std::min(count, std::numeric_limits<std::uint64_t>::max() - total);
    }
    any = true;
  }
  if (!any) return Maybe<CountsByLength>::none(kNoValidRun);
  return sum;
}

}  // namespace

ChartTable faults_table(const ChartSubjects& subjects) {
  ChartTable table = chart_table("faults", {{"kind", "What happened", ""},
                                            {"ratio", "Share of messages", "ratio"},
                                            {"low_ratio", "Lowest run", "ratio"},
                                            {"high_ratio", "Highest run", "ratio"},
                                            kRunsColumn,
                                            kReasonColumn});
  add_run_figures(table, subjects, kKinds);
  return table;
}

ChartTable extents_table(const ChartSubjects& subjects) {
  ChartTable table = chart_table("extents", {{"extent", "Reordering extent", "messages"},
                                             {"extent_to", "Up to", "messages"},
                                             {"label", "Reordering extent", "messages"},
                                             {"messages", "Reordered messages", "messages"},
                                             {"share", "Share of the reordered", "ratio"},
                                             kReasonColumn});
  for (const ChartSubject& subject : subjects.cases) {
    const auto nothing = [&](std::string reason) {
      add_row(table, subject,
              {ChartCell(), ChartCell(), ChartCell(), ChartCell(), ChartCell(), std::move(reason)});
    };
    const Maybe<CountsByLength> extents = extents_of(*subject.one);
    if (!extents) {
      nothing(reason_in_words(extents.reason()));
      continue;
    }
    double all = 0;
    for (const auto& [extent, count] : *extents) all += static_cast<double>(count);
    if (all == 0) nothing("nothing was reordered");
    for (const auto& [extent, count] : *extents) {
      if (count == 0) continue;
      const Bin bin = bin_of(extent);
      const std::string label = bin.lowest == bin.highest
                                    ? fmt::format("{}", bin.lowest)
                                    : fmt::format("{}-{}", bin.lowest, bin.highest);
      add_row(table, subject,
              {cell(bin.lowest), cell(bin.highest), cell(label), cell(count),
               cell(static_cast<double>(count) / all), ChartCell()});
    }
  }
  return table;
}

}  // namespace sockmark::report
