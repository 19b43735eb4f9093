#include "bench/cli/progress.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
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

// What a run delivers: "31.2 k/s", "p50 12.3 µs". Empty if it is unknown.
struct Delivered {
  std::string rate, p50;
};

// The parts of a line, in their order.
struct Parts {
  std::string position, of_cases, id, of_runs;
  Delivered by_last_run;
  Nanoseconds elapsed{0}, left{0};
};

Delivered delivered(const std::optional<double>& rate, const std::optional<double>& p50_ns) {
  Delivered result;
  if (rate) result.rate = report::rate_text(*rate);
  if (p50_ns) {
    const auto unit = report::unit_for(*p50_ns, report::kTime);
    result.p50 =
        "p50 " + report::with_unit(*p50_ns, unit, report::decimals_for(*p50_ns / unit.size));
  }
  return result;
}

Delivered delivered(const report::Run& run) {
  const auto value = [&](const char* metric) {
    const auto found = report::value_of(run, report::metric(metric));
    return found ? std::optional<double>(*found) : std::nullopt;
  };
  return delivered(value("goodput_messages_per_s"), value("p50_ns"));
}

Delivered delivered(const IntervalFigures& figures) {
  const double seconds = std::chrono::duration<double>(figures.until - figures.from).count();
  if (seconds <= 0) return {};
  return delivered(static_cast<double>(figures.messages) / seconds, figures.p50_ns);
}

std::string text_of(const Parts& parts, const std::optional<IntervalFigures>& figures,
                    Nanoseconds since, std::size_t columns) {
  const auto elapsed = clock_text(parts.elapsed + since);
  const auto left = clock_text(std::max(parts.left - since, Nanoseconds(0)));
  const auto times = fmt::format("   {} elapsed, about {} left", elapsed, left);
  const auto [rate, p50] = figures ? delivered(*figures) : parts.by_last_run;
  const auto times_and =
      fmt::format("  {} elapsed, {} left  {} ", elapsed, left, figures ? "now" : "last");
  const std::string result = rate + (rate.empty() || p50.empty() ? "" : ", ") + p50;
  const std::string last =
      result.empty() ? "" : fmt::format("   {} {}", figures ? "now" : "last run", result);
  // What is left out first is what is known from elsewhere.
  std::vector<std::string> candidates = {
      parts.position + parts.of_cases + parts.id + parts.of_runs + times + last,
      parts.position + parts.id + parts.of_runs + times + last};
  for (const auto& known : {result, p50}) {
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

void ProgressLine::erase() {
  if (style_ == Style::rewriting) std::fputs("\r\033[K", stderr);
}

void ProgressLine::clear() {
  erase();
  text_ = {};
}

ProgressLine::Text line_of(const RunnerOptions::Progress& progress, Nanoseconds elapsed,
                           Nanoseconds estimate, const std::optional<IntervalFigures>& figures) {
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
      .by_last_run = {},
      .elapsed = elapsed,
      .left = left};
  if (progress.last != nullptr) parts.by_last_run = delivered(*progress.last);
  return [parts, &figures](Nanoseconds since, std::size_t columns) {
    return text_of(parts, figures, since, columns);
  };
}

}  // namespace sockmark::cli
