// The progress of a measurement on standard error: one line that is rewritten on a terminal, where
// it fits the width and its time advances; a line for each run elsewhere (a CI log); or nothing.
//
// One thread. tick() never waits; show() waits for a terminal that is stopped.

#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "bench/run/runner.h"

namespace sockmark::cli {

// No limit to the columns of a line.
inline constexpr std::size_t kAnyColumns = ~std::size_t{0};

class ProgressLine {
 public:
  enum class Style { none, lines, rewriting };
  // The line, `since` after it was first shown, for at most this number of columns.
  using Text = std::function<std::string(Nanoseconds since, std::size_t columns)>;

  explicit ProgressLine(Style style) : style_(style) {}
  // none if it is not wanted; rewriting on a terminal that has escape sequences.
  [[nodiscard]] static Style style_for(bool wanted);

  [[nodiscard]] bool is_rewritten() const { return style_ == Style::rewriting; }
  void show(Text text);
  // Rewrites the line with the time that has passed since. No effect in another style.
  void tick();
  // Erases the line on a terminal, for the output that follows; clear() for good.
  void erase();
  void clear();

 private:
  void rewrite();

  Style style_;
  Text text_;
  Instant shown_at_;
};

// The line of a plan, before a run: "[ 3/18] case 5 of 6: udp/rr/64B/c1, run 2 of 3   0:07 elapsed,
// about 0:38 left   last run 31.2 k/s, p50 12.3 µs". Once there are `figures` of the run in
// progress, they are at the end: "now 31.2 k/s, p50 12.3 µs". With few columns, parts are left out,
// and the name of the case is cut. `elapsed` and `estimate` are of the whole plan. The text uses
// nothing that `progress` points to. Must: `figures` outlives it.
[[nodiscard]] ProgressLine::Text line_of(const RunnerOptions::Progress& progress,
                                         Nanoseconds elapsed, Nanoseconds estimate,
                                         const std::optional<IntervalFigures>& figures);

}  // namespace sockmark::cli
