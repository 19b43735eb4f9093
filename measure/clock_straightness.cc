#include "measure/clock_straightness.h"

#include <optional>

namespace sockmark {
namespace {

// The height of the strip of this slope that holds all points, times slope.run.
struct Strip {
  Int128 height;
  std::int64_t run;
};

Strip strip(const LowerHull& lower, const LowerHull& upper, Slope slope) {
  const Point bottom = lower.support(slope), top = upper.support(-slope);
  return {-(Int128{top.y} + bottom.y) * slope.run - Int128{slope.rise} * (top.x - bottom.x),
          slope.run};
}

// The height is convex and piecewise linear in the slope, and changes at the slopes of the edges.
void visit_edges(const LowerHull& hull, auto&& visit) {
  for (std::size_t i = 0; i + 1 < hull.points().size(); ++i) visit(hull.edge(i));
}

}  // namespace

void ClockStraightness::add(Instant monotonic, Nanoseconds raw) {
  const std::int64_t difference = ns(raw) - ns(monotonic);
  lower_.add({ns(monotonic), difference});
  upper_.add({ns(monotonic), -difference});
  ++samples_;
}

Nanoseconds ClockStraightness::departure() const {
  if (lower_.empty()) return Nanoseconds(0);
  std::optional<std::int64_t> smallest;
  const auto consider = [&](Slope slope) {
    const Strip found = strip(lower_, upper_, slope);
    const std::int64_t half = divide_up(found.height, Int128{2} * found.run);
    if (!smallest || half < *smallest) smallest = half;
  };
  visit_edges(lower_, consider);
  visit_edges(upper_, [&](Slope slope) { consider(-slope); });
  if (!smallest) consider({0, 1});  // all samples at one instant
  return Nanoseconds(*smallest);
}

}  // namespace sockmark
