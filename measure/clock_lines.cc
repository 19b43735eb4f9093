#include "measure/clock_lines.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/assert.h"

namespace sockmark {
namespace {

bool in_range(Instant earlier, Instant later) {
  return ns(earlier) >= 0 && earlier <= later && ns(later) < kCoordinateLimit;
}

// The greatest slope of a line that is below all points of `above`, and whose negative is below
// all points of `below`; none if there is no line.
//
// Newton's method on the gap between the highest line of a slope that `above` allows and the lowest
// that `below` allows. The gap is concave and piecewise linear in the slope, so that no step passes
// the root, and each reaches another piece: there are fewer steps than points.
std::optional<Slope> steepest(const LowerHull& above, const LowerHull& below) {
  Slope slope = ClockConstraints::kSlopeMax;
  for (;;) {
    const Point high = above.support(slope), low = below.support(-slope);
    const Int128 gap = Int128{high.y} + low.y;
    const std::int64_t run = high.x - low.x;
    if (gap * slope.run >= Int128{slope.rise} * run) return slope;
    // With a smaller slope the gap is smaller still.
    if (run <= 0) return std::nullopt;
    const Slope limit = -ClockConstraints::kSlopeMax;
    if (gap * limit.run < Int128{limit.rise} * run) return std::nullopt;
    slope = {static_cast<std::int64_t>(gap), run};
  }
}

}  // namespace

ClockOffset ClockLines::at(Instant at) const {
  ASSERT(in_range(at, at));
  const std::int64_t highest = above_.highest_line_at(ns(at), low_, high_);
  const std::int64_t lowest = -below_.highest_line_at(ns(at), -high_, -low_);
  const std::int64_t middle = std::midpoint(lowest, highest);
  return {Nanoseconds(middle), Nanoseconds(highest - middle) + departure_};
}

Nanoseconds ClockLines::bound(Instant begin, Instant end) const {
  ASSERT(begin <= end);
  return std::max(at(begin).bound, at(end).bound) + Nanoseconds(1);
}

bool ClockConstraints::add(const TimeExchange& exchange) {
  const auto& [t1, t2, t3, t4] = exchange;
  if (!in_range(t1, t4) || !in_range(t2, t3)) return false;
  above_.add({ns(t1), ns(t2 - t1)});
  below_.add({ns(t4), ns(t4 - t3)});
  ++exchanges_;
  const Nanoseconds rtt = (t4 - t1) - (t3 - t2);
  rtt_min_ = std::min(rtt_min_.value_or(rtt), rtt);
  return true;
}

void ClockConstraints::add(Instant at, const ClockOffset& known) {
  ASSERT(known.bound >= Nanoseconds(0));
  above_.add({ns(at), ns(known.value + known.bound)});
  below_.add({ns(at), ns(known.bound - known.value)});
}

std::optional<ClockLines> ClockConstraints::lines(Nanoseconds departure) const {
  if (above_.empty() || below_.empty()) return std::nullopt;
  LowerHull above = above_, below = below_;
  above.raise(ns(departure));
  below.raise(ns(departure));
  const auto high = steepest(above, below), low = steepest(below, above);
  if (!high || !low) return std::nullopt;
  return ClockLines(std::move(above), std::move(below), -*low, *high, departure);
}

ClockPoints ClockConstraints::points(std::size_t points_max) const {
  ASSERT(points_max >= 2);
  const auto few = [&](std::vector<Point> points) {
    while (points.size() > points_max) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < points.size(); i += 2) points[kept++] = points[i];
      points.resize(kept);
    }
    return points;
  };
  return {.above = few(above_.points()),
          .below = few(below_.points()),
          .exchanges = exchanges_,
          .rtt_min = rtt_min_};
}

std::optional<ClockConstraints> ClockConstraints::from(const ClockPoints& points) {
  ClockConstraints constraints;
  const auto add_to = [](LowerHull& hull, const std::vector<Point>& all) {
    for (const Point& point : all) {
      if (point.x < 0 || point.x >= kCoordinateLimit) return false;
      if (point.y <= -kCoordinateLimit || point.y >= kCoordinateLimit) return false;
      hull.add(point);
    }
    return true;
  };
  if (!add_to(constraints.above_, points.above) || !add_to(constraints.below_, points.below))
    return std::nullopt;
  constraints.exchanges_ = points.exchanges;
  constraints.rtt_min_ = points.rtt_min;
  return constraints;
}

bool ClockConstraints::admit_zero() const {
  const auto admits = [](const LowerHull& hull) {
    return hull.empty() || hull.support({0, 1}).y >= 0;
  };
  return admits(above_) && admits(below_);
}

}  // namespace sockmark
