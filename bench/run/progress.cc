#include "bench/run/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/parse.h"

namespace sockmark {

std::string ProgressLine::text(const RunnerOptions::Progress& progress, Nanoseconds elapsed,
                               Nanoseconds estimate) {
  // The estimate of the plan until the first run is finished.
  const auto total = static_cast<std::int64_t>(progress.total);
  const auto finished = static_cast<std::int64_t>(progress.finished);
  const auto measured = static_cast<std::int64_t>(progress.measured);
  const Nanoseconds left = measured == 0 ? estimate / total * (total - finished) - elapsed
                                         : elapsed / measured * (total - finished);
  const auto digits = fmt::formatted_size("{}", progress.total);
  return fmt::format("[{:>{}}/{}] case {} of {}: {}, run {} of {}   {} elapsed, about {} left",
                     progress.finished + 1, digits, progress.total, progress.case_index + 1,
                     progress.cases, progress.next->id(), progress.repetition + 1,
                     progress.repetitions, clock_text(elapsed),
                     clock_text(std::max(left, Nanoseconds(0))));
}

void ProgressLine::show(const RunnerOptions::Progress& progress) {
  if (style_ == Style::none) return;
  const auto line = text(progress, now() - started_, estimate_);
  // Errors are ignored: a failed progress line must not end a run.
  if (style_ == Style::rewriting) {
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

void ProgressLine::clear() {
  if (style_ == Style::rewriting) std::fputs("\r\033[K", stderr);
}

}  // namespace sockmark
