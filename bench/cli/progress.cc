#include "bench/cli/progress.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "base/printable.h"
#include "bench/cli/cli.h"
#include "reports/format/units.h"
#include "reports/model/metrics.h"

namespace sockmark::cli {

namespace {

// The parts of a line, in their order.
struct Parts {
  std::string position, of_cases, id, of_runs;
  std::string rate, p50;  // of the last run; empty if there is none
  Nanoseconds elapsed{0}, left{0};
};

// "31.2 k/s", "p50 12.3 µs".
void add_result(const report::Run& run, Parts& parts) {
  if (const auto goodput = report::value_of(run, report::metric("goodput_messages_per_s")))
    parts.rate = report::rate_text(*goodput);
  if (const auto p50 = report::value_of(run, report::metric("p50_ns"))) {
    const auto unit = report::unit_for(*p50, report::kTime);
    parts.p50 = "p50 " + report::with_unit(*p50, unit, report::decimals_for(*p50 / unit.size));
  }
}

std::string text_of(const Parts& parts, Nanoseconds since, std::size_t columns) {
  const auto elapsed = clock_text(parts.elapsed + since);
  const auto left = clock_text(std::max(parts.left - since, Nanoseconds(0)));
  const auto times = fmt::format("   {} elapsed, about {} left", elapsed, left);
  const auto times_and = fmt::format("  {} elapsed, {} left  last ", elapsed, left);
  const std::string result =
      parts.rate + (parts.rate.empty() || parts.p50.empty() ? "" : ", ") + parts.p50;
  const std::string last = result.empty() ? "" : "   last run " + result;
  // What is left out first is what is known from elsewhere.
  std::vector<std::string> candidates = {
      parts.position + parts.of_cases + parts.id + parts.of_runs + times + last,
      parts.position + parts.id + parts.of_runs + times + last};
  for (const auto& known : {result, parts.p50}) {
    if (!known.empty()) candidates.push_back(parts.position + parts.id + times_and + known);
  }
  candidates.push_back(parts.position + parts.id + parts.of_runs + times);
  candidates.push_back(parts.position + parts.id + times);
  for (const auto& text : candidates) {
    if (report::columns_of(text) <= columns) return text;
  }
  const auto others = parts.position.size() + times.size();
  constexpr std::size_t kReadable = 4;  // "t..."
  if (columns >= others + kReadable)
    return parts.position + report::printable(parts.id, columns - others) + times;
  return report::printable(parts.position + times, columns);
}

}  // namespace

ProgressLine::Style ProgressLine::style_for(bool wanted) {
  if (!wanted) return Style::none;
  return is_terminal(STDERR_FILENO) ? Style::rewriting : Style::lines;
}

// Errors are ignored: a failed progress line must not end a run.
void ProgressLine::show(Text text) {
  if (style_ == Style::none) return;
  text_ = std::move(text);
  shown_at_ = now();
  if (style_ == Style::rewriting) {
    rewrite();
  } else {
    std::fprintf(stderr, "%s\n", text_(Nanoseconds(0), kAnyColumns).c_str());
  }
}

void ProgressLine::tick() {
  if (style_ != Style::rewriting || !text_) return;
  // The terminal may be stopped (Ctrl-S). The runs, which wait for this process, must not be.
  pollfd terminal{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&terminal, 1, 0) == 1 && (terminal.revents & POLLOUT) != 0) rewrite();
}

// One column stays free: a terminal may begin the next line after a full one.
void ProgressLine::rewrite() {
  const auto columns = static_cast<std::size_t>(std::max(terminal_width(STDERR_FILENO), 4) - 1);
  const auto line = text_(now() - shown_at_, columns);
  std::fputs(("\r\033[K" + line).c_str(), stderr);
}

void ProgressLine::clear() {
  if (style_ == Style::rewriting) std::fputs("\r\033[K", stderr);
  text_ = {};
}

ProgressLine::Text line_of(const RunnerOptions::Progress& progress, Nanoseconds elapsed,
                           Nanoseconds estimate) {
  // The estimate of the plan until the first run is finished.
  const auto total = static_cast<std::int64_t>(progress.total);
  const auto finished = static_cast<std::int64_t>(progress.finished);
  const auto measured = static_cast<std::int64_t>(progress.measured);
  const Nanoseconds left = measured == 0 ? estimate / total * (total - finished) - elapsed
                                         : elapsed / measured * (total - finished);
  const auto digits = fmt::formatted_size("{}", progress.total);
  Parts parts{
      .position = fmt::format("[{:>{}}/{}] ", progress.finished + 1, digits, progress.total),
      .of_cases = fmt::format("case {} of {}: ", progress.case_index + 1, progress.cases),
      .id = report::printable(progress.next->id()),
      .of_runs = fmt::format(", run {} of {}", progress.repetition + 1, progress.repetitions),
      .rate = {},
      .p50 = {},
      .elapsed = elapsed,
      .left = left};
  if (progress.last != nullptr) add_result(*progress.last, parts);
  return [parts](Nanoseconds since, std::size_t columns) { return text_of(parts, since, columns); };
}

}  // namespace sockmark::cli
