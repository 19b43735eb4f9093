// The offset between the clocks of two ends, from two-way time transfer: all straight lines that no
// exchange contradicts (docs/definitions/clocks.md#lines). No delay is estimated and no path is
// assumed to be symmetric; a delay is only known not to be negative.
//
// theta(t) is the responder's clock minus the generator's at the generator's instant t. All
// arithmetic is in integers and exact, whatever the offset. One thread at a time; copies are
// independent. Nothing here runs once a message.

#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "measure/convex_hull.h"

namespace sockmark {

// A request and its reply. t1 (sent) and t4 (received) are read from the generator's clock, t2
// (received) and t3 (sent) from the responder's.
struct TimeExchange {
  Instant t1, t2, t3, t4;
};

// theta at an instant of the generator's clock, known to +- bound.
struct ClockOffset {
  Nanoseconds value{0}, bound{0};
  bool operator==(const ClockOffset&) const = default;
};

// The set of lines, which is not empty.
class ClockLines {
 public:
  // The middle between the highest and the lowest line at `at`, and half their distance, rounded
  // up. Must: 0 <= at < 2^62 ns.
  [[nodiscard]] ClockOffset at(Instant at) const;
  // No bound within [begin,end] is larger: the distance of the highest and the lowest line is
  // convex in time, so it is largest at one end; 1 ns is for rounding. Must: begin <= end.
  [[nodiscard]] Nanoseconds bound(Instant begin, Instant end) const;

  [[nodiscard]] Slope slope_low() const { return low_; }
  [[nodiscard]] Slope slope_high() const { return high_; }
  // The middle of both, and half their distance, in parts per million.
  [[nodiscard]] double slope_ppm() const { return (high_.value() + low_.value()) / 2 * 1e6; }
  [[nodiscard]] double slope_bound_ppm() const { return (high_.value() - low_.value()) / 2 * 1e6; }

 private:
  friend class ClockConstraints;
  ClockLines(LowerHull above, LowerHull below, Slope low, Slope high, Nanoseconds departure)
      : above_(std::move(above)),
        below_(std::move(below)),
        low_(low),
        high_(high),
        departure_(departure) {}

  LowerHull above_, below_;
  Slope low_, high_;
  Nanoseconds departure_;
};

// What one end sends to the other of its constraints.
struct ClockPoints {
  std::vector<Point> above, below;  // theta(x) <= y; -theta(x) <= y
  std::uint64_t exchanges = 0;
  std::optional<Nanoseconds> rtt_min = {};
};

// What is known of theta: collects exchanges, and bounds that are known in advance.
class ClockConstraints {
 public:
  // Clocks that differ by more have stopped, stepped or been mistaken for one another.
  static constexpr Slope kSlopeMax{1, 1000};  // 1000 ppm

  // In any order. Returns false, and ignores the exchange, unless 0 <= t1 <= t4 < 2^62 ns and
  // 0 <= t2 <= t3 < 2^62 ns: a peer sent t2 and t3. (A time namespace may shift its clock to 2^62
  // ns, or 146 years, at most.)
  [[nodiscard]] bool add(const TimeExchange& exchange);

  // theta(at) is known otherwise, as by clocks that PTP disciplines. Two of them, at the ends of a
  // window, hold a line within the window too.
  // Must: 0 <= at < 2^62 ns, 0 <= bound, |value| + bound < 2^62 ns.
  void add(Instant at, const ClockOffset& known);

  // All lines with |slope| <= kSlopeMax that contradict no constraint. None if there is no such
  // line, or no constraint on one side.
  //
  // `departure`: by how much theta may depart from a straight line. Then each constraint holds for
  // the line to within it, and theta is as far from the line: both widen the bound.
  // Must: 0 <= departure < 2^61 ns.
  [[nodiscard]] std::optional<ClockLines> lines(Nanoseconds departure = Nanoseconds(0)) const;

  // Whether theta = 0 at all times contradicts no constraint.
  [[nodiscard]] bool admit_zero() const;

  [[nodiscard]] std::uint64_t exchanges() const { return exchanges_; }
  // Smallest (t4 - t1) - (t3 - t2); none without an exchange. Below zero if a clock stepped.
  [[nodiscard]] std::optional<Nanoseconds> rtt_min() const { return rtt_min_; }

  // The points of both hulls, at most `points_max` of each: of more, every other one is left out
  // until they are few enough, which can only widen the bound. Must: points_max >= 2.
  [[nodiscard]] ClockPoints points(std::size_t points_max) const;
  // The way back. None if a point is not one that points() gives: the peer may be hostile.
  [[nodiscard]] static std::optional<ClockConstraints> from(const ClockPoints& points);

 private:
  LowerHull above_;  // theta(x) <= y
  LowerHull below_;  // -theta(x) <= y
  std::uint64_t exchanges_ = 0;
  std::optional<Nanoseconds> rtt_min_;
};

}  // namespace sockmark
