#include "reports/exports/hdr/run_histograms.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "reports/exports/common/case_names.h"
#include "reports/exports/common/one_case.h"
#include "reports/exports/common/timestamp.h"
#include "reports/exports/hdr/hgrm.h"
#include "reports/exports/hdr/hlog.h"
#include "reports/model/metrics.h"
#include "reports/model/reverse_stream.h"
#include "reports/model/sections.h"

namespace sockmark::report {
namespace {

// Nothing where the run has no latency.
Result<std::optional<Histogram>> latency_of(const Run& run, const std::string& name) {
  if (!run.latency || !main_latency(*run.latency)) return std::optional<Histogram>();
  auto histogram = histogram_of(*main_latency(*run.latency));
  if (!histogram) {
    return std::move(histogram).error().in(
        fmt::format("{}: run {}: histogram_v2", name, run.index));
  }
  return std::optional<Histogram>(std::move(*histogram));
}

// Injective, so that two cases never share a tag (RFC 3986, section 2.1). The stream to the
// generator, where both ends send, has the same with "/reverse" behind it.
std::string tag_of(std::string_view name) {
  std::string tag;
  for (const char c : name) {
    if (c == ',' || c == ' ' || c == '%') {
      tag += fmt::format("%{:02X}", static_cast<unsigned>(c));
    } else {
      tag += c;
    }
  }
  return tag;
}

}  // namespace

Result<std::string> to_hgrm(const Report& report) {
  const Result<const Case*> one = only_case(report);
  if (!one) return one.error();
  const std::string name = case_names(report).front();
  std::optional<Histogram> merged;
  for (const Run* run : valid_runs(**one)) {
    auto histogram = TRY(latency_of(*run, name));
    if (!histogram) continue;
    if (merged) {
      merged->add(*histogram);
    } else {
      merged = std::move(histogram);
    }
  }
  if (!merged) return Error{name + ": no valid run has a latency"};
  return to_hgrm(*merged);
}

Result<std::string> to_hlog(const Report& report) {
  const auto log_start = started_at(report);
  std::deque<Histogram> histograms;  // stay where they are as their number grows
  std::vector<HlogInterval> intervals;
  const auto add = [&](const Case& one, const std::string& name,
                       const std::string& tag) -> Result<> {
    for (const Run* run : valid_runs(one)) {
      auto histogram = TRY(latency_of(*run, name));
      if (!histogram) continue;
      histograms.push_back(std::move(*histogram));
      const auto start = instant_of(run->started_at);
      intervals.push_back({.tag = tag,
                           .start = start ? *start - *log_start : Nanoseconds(0),
                           .length = Nanoseconds(std::max<std::int64_t>(run->window.measure_ns, 0)),
                           .histogram = &histograms.back()});
    }
    return {};
  };
  const std::vector<std::string> names = case_names(report);
  for (std::size_t c = 0; c < report.cases.size(); ++c) {
    TRY(add(report.cases[c], names[c], tag_of(names[c])));
    if (has_both_streams(report.cases[c]))
      TRY(add(reverse_stream_of(report.cases[c]), names[c], tag_of(names[c]) + "/reverse"));
  }
  std::ranges::stable_sort(intervals, {}, &HlogInterval::start);
  return to_hlog(intervals, {.comment = "Logged by sockmark", .start = log_start});
}

}  // namespace sockmark::report
