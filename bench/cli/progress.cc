#include "bench/cli/progress.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/parse.h"
#include "base/printable.h"
#include "bench/cli/cli.h"
#include "reports/format/units.h"
#include "reports/model/metrics.h"

namespace sockmark::cli {

namespace {

// "last run 31.2 k/s, p50 12.3 µs"; empty for none, and for a run without either.
std::string result_of(const report::Run* run) {
  if (run == nullptr) return "";
  std::string text;
  if (const auto goodput = report::value_of(*run, report::metric("goodput_messages_per_s")))
    text = report::rate_text(*goodput);
  if (const auto p50 = report::value_of(*run, report::metric("p50_ns"))) {
    const auto unit = report::unit_for(*p50, report::kTime);
    text += fmt::format("{}p50 {}", text.empty() ? "" : ", ",
                        report::with_unit(*p50, unit, report::decimals_for(*p50 / unit.size)));
  }
  return text.empty() ? "" : "   last run " + text;
}

// The parts of a line, in their order.
struct Parts {
  std::string position, of_cases, id, of_runs, result;
  Nanoseconds elapsed{0}, left{0};
};

std::string text_of(const Parts& parts, Nanoseconds since, std::size_t columns) {
  const auto times = fmt::format("   {} elapsed, about {} left", clock_text(parts.elapsed + since),
                                 clock_text(std::max(parts.left - since, Nanoseconds(0))));
  // What is left out first is what is known from elsewhere.
  const std::string candidates[] = {
      parts.position + parts.of_cases + parts.id + parts.of_runs + times + parts.result,
      parts.position + parts.id + parts.of_runs + times + parts.result,
      parts.position + parts.id + times + parts.result,
      parts.position + parts.id + times,
  };
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
  const Parts parts{
      .position = fmt::format("[{:>{}}/{}] ", progress.finished + 1, digits, progress.total),
      .of_cases = fmt::format("case {} of {}: ", progress.case_index + 1, progress.cases),
      .id = report::printable(progress.next->id()),
      .of_runs = fmt::format(", run {} of {}", progress.repetition + 1, progress.repetitions),
      .result = result_of(progress.last),
      .elapsed = elapsed,
      .left = left};
  return [parts](Nanoseconds since, std::size_t columns) { return text_of(parts, since, columns); };
}

}  // namespace sockmark::cli
