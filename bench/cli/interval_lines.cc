#include "bench/cli/interval_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <string_view>

#include "base/printable.h"
#include "bench/cli/wall_clock.h"
#include "reports/format/units.h"

namespace sockmark::cli {

namespace {

constexpr std::size_t kCaseColumns = 48;  // at most
// Of the other columns: the widest text that is usual.
constexpr std::size_t kTime = 12, kInterval = 11, kMessages = 10, kRate = 9, kLatency = 8,
                      kLost = 6, kRetransmits = 6;

std::string padding(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, report::columns_of(text)), ' ');
}
std::string left(std::string_view text, std::size_t width) {
  return std::string(text) + padding(text, width);
}
std::string right(std::string_view text, std::size_t width) {
  return padding(text, width) + std::string(text);
}

std::string latency(const Maybe<std::int64_t>& value) {
  return value ? report::fitted(static_cast<double>(*value), report::kTime) : "-";
}

// "0.25", "1".
std::string seconds(double value) {
  std::string text = fmt::format("{:.3f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

IntervalLines::IntervalLines(const Plan& plan, bool bits)
    : case_width_(std::string_view("case").size()),
      run_width_(std::max(fmt::formatted_size("{0}/{0}", plan.repetitions),
                          std::string_view("run").size())),
      repetitions_(plan.repetitions),
      bits_(bits) {
  for (const auto& spec : plan.cases) {
    case_width_ =
        std::max(case_width_, report::columns_of(report::printable(spec.id(), kCaseColumns)));
    has_tcp_ |= spec.is_tcp();
  }
}

std::string IntervalLines::header() const {
  return fmt::format("{}  {}  {}  {}  {}  {}  {}  {}  {}  {}{}\n", left("time", kTime),
                     left("case", case_width_), left("run", run_width_),
                     right("interval", kInterval), right("messages", kMessages),
                     right(bits_ ? "bits/s" : "bytes/s", kRate), right("p50", kLatency),
                     right("p99", kLatency), right("max", kLatency), right("lost", kLost),
                     has_tcp_ ? "  " + right("retr", kRetransmits) : "");
}

std::string IntervalLines::line(const RunnerOptions::Interval& interval) const {
  const report::SeriesPoint& point = *interval.point;
  const double length_s = std::chrono::duration<double>(interval.length).count();
  const double bytes_per_s =
      static_cast<double>(point.messages) * interval.message_bytes / std::max(length_s, 1e-9);
  const auto rate = bits_ ? report::fitted(8 * bytes_per_s, report::kBits)
                          : report::fitted(bytes_per_s, report::kBytes);
  const auto count = [](const Maybe<std::uint64_t>& value) {
    return value ? std::to_string(*value) : "-";
  };
  const auto retransmits = point.tcp ? count(point.tcp->retransmits) : "-";
  return fmt::format(
      "{}  {}  {}  {}  {}  {}  {}  {}  {}  {}{}\n",
      left(interval.ended ? local_time_of(*interval.ended) : "-", kTime),
      left(report::printable(interval.spec->id(), kCaseColumns), case_width_),
      left(fmt::format("{}/{}", interval.repetition + 1, repetitions_), run_width_),
      right(fmt::format("{}-{} s", seconds(point.t_s), seconds(point.t_s + length_s)), kInterval),
      right(std::to_string(point.messages), kMessages), right(rate, kRate),
      right(latency(point.p50_ns), kLatency), right(latency(point.p99_ns), kLatency),
      right(latency(point.max_ns), kLatency), right(count(point.lost), kLost),
      has_tcp_ ? "  " + right(retransmits, kRetransmits) : "");
}

}  // namespace sockmark::cli
