// The table of throughput and latency over the size of a buffer: cases that differ only in --sndbuf
// or only in --rcvbuf.

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "reports/chart_data/tables.h"
#include "reports/model/metrics.h"
#include "reports/model/params_text.h"
#include "reports/model/summary.h"

namespace sockmark::report {
namespace {

constexpr std::uint64_t kBufferBytesMax = std::uint64_t{1} << 53;

// Empty: the system's default.
using BufferSize = std::optional<std::uint64_t>;

struct BufferStep {
  BufferSize bytes;
  const ChartSubject* subject;
};

BufferSize buffer_of(const ChartSubject& subject, std::string_view option) {
  const Params& params = subject.one->params;
  if (!is_requested(params, option)) return {};
  const auto bytes = parse_count(requested_text(params, option), 0, kBufferBytesMax);
  return bytes ? BufferSize(*bytes) : BufferSize();
}

// By size, the default last: it is a size that the system chooses and changes.
bool is_before(const BufferStep& one, const BufferStep& other) {
  if (one.bytes && other.bytes) return *one.bytes < *other.bytes;
  return one.bytes && !other.bytes;
}

// Of one option: the cases of each place, in the order in which places occur.
std::vector<std::vector<BufferStep>> sweeps_of(const ChartSubjects& subjects, std::size_t option) {
  std::vector<std::vector<BufferStep>> sweeps;
  std::map<std::pair<std::string, std::string>, std::size_t> at;
  for (const ChartSubject& subject : subjects.cases) {
    const ChartPlace& place = subject.along_buffers[option];
    if (place.group.empty()) continue;
    const auto [found, added] = at.emplace(std::pair(place.group, place.series), sweeps.size());
    if (added) sweeps.emplace_back();
    sweeps[found->second].push_back({buffer_of(subject, kBufferOptions[option]), &subject});
  }
  for (auto& sweep : sweeps) std::ranges::stable_sort(sweep, is_before);
  std::erase_if(sweeps, [](const std::vector<BufferStep>& sweep) {
    return sweep.front().bytes == sweep.back().bytes;
  });
  return sweeps;
}

// The sizes of all sweeps of an option, so that lines of one chart have one axis.
std::vector<BufferSize> sizes_of(const std::vector<std::vector<BufferStep>>& sweeps) {
  std::set<std::uint64_t> known;
  bool has_default = false;
  for (const auto& sweep : sweeps) {
    for (const BufferStep& step : sweep) {
      if (step.bytes) known.insert(*step.bytes);
      has_default |= !step.bytes;
    }
  }
  std::vector<BufferSize> sizes(known.begin(), known.end());
  if (has_default) sizes.emplace_back();
  return sizes;
}

}  // namespace

ChartTable buffers_table(const ChartSubjects& subjects) {
  constexpr const char* kUnit = "bytes/s";
  ChartTable table = chart_table("buffers", {{"option", "Option", ""},
                                             {"label", "Buffer", ""},
                                             {"buffer_bytes", "Size", "bytes"},
                                             {"place", "Place on the axis", ""},
                                             {"goodput_bytes_per_s", "Goodput", kUnit},
                                             {"low_bytes_per_s", "Lowest run", kUnit},
                                             {"high_bytes_per_s", "Highest run", kUnit},
                                             kRunsColumn,
                                             {"p50_ns", "p50", "ns"},
                                             {"p99_ns", "p99", "ns"},
                                             kReasonColumn});
  for (std::size_t option = 0; option < kBufferOptions.size(); ++option) {
    const auto sweeps = sweeps_of(subjects, option);
    const auto sizes = sizes_of(sweeps);
    for (const auto& sweep : sweeps) {
      for (const BufferStep& step : sweep) {
        const Case& one = *step.subject->one;
        ChartRow goodput = statistic_cells(summarise(one, metric("goodput_bytes_per_s")));
        const auto latency = [&one](const char* name) {
          const auto statistic = summarise(one, metric(name));
          return statistic ? cell(statistic->median) : ChartCell();
        };
        goodput.insert(goodput.end() - 1, {latency("p50_ns"), latency("p99_ns")});
        const auto place = std::ranges::find(sizes, step.bytes) - sizes.begin();
        add_row(table, step.subject->along_buffers[option], step.subject->name,
                ChartRow{cell(kBufferOptions[option]),
                         cell(option_text(one.params, kBufferOptions[option])),
                         step.bytes ? cell(*step.bytes) : ChartCell(),
                         cell(static_cast<std::int64_t>(place))} +
                    goodput);
      }
    }
  }
  if (table.rows.empty() && !subjects.cases.empty())
    table.why_empty = "No two cases differ only in the size of a buffer.";
  return table;
}

}  // namespace sockmark::report
