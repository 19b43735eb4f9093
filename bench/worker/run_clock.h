// What the two ends of a run found of their clocks, as they send it to one another, and the
// judgement of both (docs/definitions/clocks.md#judgement). Pure functions, any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/maybe.h"
#include "base/result.h"
#include "measure/clock_judgement.h"
#include "measure/clock_lines.h"
#include "reports/json/visit.h"
#include "reports/model/report.h"
#include "reports/model/report_json.h"

namespace sockmark {

// Of each hull. A hull of exchanges that scatter about a line has some tens of points.
inline constexpr std::size_t kClockPointsMax = 1024;

// An offset between two clocks from a peer.
inline constexpr report::Range kOffsetRange{.lowest = 1 - kCoordinateLimit,
                                            .highest = std::uint64_t{kCoordinateLimit} - 1};
inline constexpr report::Range kInstantRange{.lowest = 0,
                                             .highest = std::uint64_t{kCoordinateLimit} - 1};

// What an end found of its own clocks.
struct OwnClocks {
  report::EndClock end;
  // CLOCK_MONOTONIC minus CLOCK_REALTIME when the run began and when it ended: the ends compare
  // theirs if CLOCK_REALTIME is known to be the same at both.
  std::int64_t ahead_begin_ns = 0, ahead_end_ns = 0;
  std::int64_t reading_error_ns = 0;  // of both
};

// What the generator found of its clocks and of the responder's.
struct GeneratorClock {
  OwnClocks own;
  bool same_identity = false;    // as the responder's clock
  Maybe<std::string> path = {};  // of the exchanges; absent: no connection for them
  std::vector<Point> above = {}, below = {};
  std::uint64_t exchanges = 0, before = 0, after = 0;  // of all, and of each round
  Maybe<std::int64_t> rtt_min_ns = {};
  std::int64_t t0_ns = 0, end_ns = 0;  // of the window and its drain, by its clock
};

// The estimate of theta after the round before the run, for the responder to read the instants of
// the generator by. Absent: one clock, or nothing is known.
[[nodiscard]] Maybe<std::int64_t> estimate_theta(const ClockConstraints& constraints,
                                                 std::uint64_t before, bool same_identity,
                                                 Instant at);

struct RunClock {
  ClockJudgement judgement;
  report::Clock section;
};
// `claimed`: how far CLOCK_REALTIME of the ends may be apart, by the user. Errors: the generator's
// figures are out of their range.
[[nodiscard]] Result<RunClock> judge_run(const GeneratorClock& generator,
                                         const OwnClocks& responder,
                                         std::optional<Nanoseconds> claimed);

// The same as found by the other end, for messages to the generator: the clocks exchanged, so that
// what is judged of it is the generator's clock minus the responder's. `theta`: the estimate of
// before the run, or 0 with one clock.
[[nodiscard]] GeneratorClock mirrored(const GeneratorClock& generator, const OwnClocks& responder,
                                      Nanoseconds theta);

// Whether the lines say of an instant of the generator what the estimate says, to within a minute:
// what the peer sent is then no reason for an overflow where delays are moved.
[[nodiscard]] bool estimate_holds(const ClockLines& lines, Nanoseconds estimate, Instant at);

// Replaces the bound by the reason why there is none.
void withdraw_bound(RunClock& clock, const char* reason);

// What a user should know of the clocks of a run.
[[nodiscard]] std::vector<report::Warning> clock_warnings(const report::Clock& clock);

// The series of one-way delays was recorded with `estimate`: moves each point by what theta was in
// the middle of its sub-window. A point whose delays the estimate made negative, which count as 0,
// is null. `t0`, by the generator's clock.
void move_series(std::vector<report::SeriesPoint>& series, const ClockLines& lines,
                 Nanoseconds estimate, Instant t0, Nanoseconds window);

void fields(auto& visit, report::Of<Point> auto& point) {
  visit("x", point.x, kInstantRange);
  visit("y", point.y, kOffsetRange);
}
void fields(auto& visit, report::Of<OwnClocks> auto& own) {
  visit("end", own.end);
  visit("ahead_begin_ns", own.ahead_begin_ns, kOffsetRange);
  visit("ahead_end_ns", own.ahead_end_ns, kOffsetRange);
  visit("reading_error_ns", own.reading_error_ns, kInstantRange);
}
void fields(auto& visit, report::Of<GeneratorClock> auto& clock) {
  visit("own", clock.own);
  visit("same_identity", clock.same_identity);
  visit("path", clock.path);
  visit("above", clock.above);
  visit("below", clock.below);
  visit("exchanges", clock.exchanges);
  visit("before", clock.before);
  visit("after", clock.after);
  visit("rtt_min_ns", clock.rtt_min_ns, kOffsetRange);
  visit("t0_ns", clock.t0_ns, kInstantRange);
  visit("end_ns", clock.end_ns, kInstantRange);
}

}  // namespace sockmark
