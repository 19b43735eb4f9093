#include "reports/exports/hdr/hlog.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <iterator>

#include "base/assert.h"
#include "reports/exports/hdr/half_up.h"
#include "reports/format/base64.h"

namespace sockmark::report {

namespace {

std::string seconds(Nanoseconds duration) {
  return half_up(std::chrono::duration<double>(duration).count(), 3);
}

}  // namespace

std::string to_hlog(std::span<const HlogInterval> intervals, const HlogOptions& options) {
  std::string text;
  auto out = std::back_inserter(text);
  if (!options.comment.empty()) fmt::format_to(out, "#[{}]\n", options.comment);
  text += "#[Histogram log format version 1.3]\n";
  if (options.start) {
    const auto since_epoch = options.start->time_since_epoch();
    fmt::format_to(
        out, "#[StartTime: {:.3f} (seconds since epoch), {:%FT%TZ}]\n",
        std::chrono::duration<double>(since_epoch).count(),
        fmt::gmtime(std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count()));
  }
  text += "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",";
  text += "\"Interval_Compressed_Histogram\"\n";
  for (const auto& interval : intervals) {
    ASSERT(interval.histogram != nullptr);
    if (const std::uint64_t overflow = interval.histogram->overflow(); overflow > 0) {
      fmt::format_to(out,
                     "#[Overflow: {} of {} values are above the range of the next histogram; its "
                     "percentiles are too low]\n",
                     overflow, interval.histogram->count());
    }
    if (!interval.tag.empty()) fmt::format_to(out, "Tag={},", interval.tag);
    fmt::format_to(out, "{},{},{},{}\n", seconds(interval.start), seconds(interval.length),
                   half_up(static_cast<double>(interval.histogram->equivalent().max) / 1e6, 3),
                   base64(interval.histogram->encode_v2_compressed()));
  }
  return text;
}

}  // namespace sockmark::report
