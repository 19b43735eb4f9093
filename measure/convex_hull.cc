#include "measure/convex_hull.h"

#include <algorithm>

#include "base/assert.h"

namespace sockmark {
namespace {

bool within_limits(Point point) {
  return point.x >= 0 && point.x < kCoordinateLimit && point.y > -kCoordinateLimit &&
         point.y < kCoordinateLimit;
}

// Whether `middle` is below the line from `left` to `right`.
bool is_below(Point left, Point middle, Point right) {
  return Int128{middle.y - left.y} * (right.x - left.x) <
         Int128{right.y - left.y} * (middle.x - left.x);
}

}  // namespace

void LowerHull::add(Point point) {
  ASSERT(within_limits(point));
  auto right = std::lower_bound(points_.begin(), points_.end(), point.x,
                                [](Point at, std::int64_t x) { return at.x < x; });
  if (right != points_.end() && right->x == point.x) {
    if (right->y <= point.y) return;
    right = points_.erase(right);
  } else if (right != points_.begin() && right != points_.end() &&
             !is_below(right[-1], point, *right)) {
    return;
  }
  auto left = right;
  while (left - points_.begin() >= 2 && !is_below(left[-2], left[-1], point)) --left;
  while (points_.end() - right >= 2 && !is_below(point, right[0], right[1])) ++right;
  points_.insert(points_.erase(left, right), point);
}

void LowerHull::raise(std::int64_t by) {
  ASSERT(by >= 0 && by < kCoordinateLimit / 2);
  for (Point& point : points_) point.y += by;
}

Slope LowerHull::edge(std::size_t index) const {
  ASSERT(index + 1 < points_.size());
  const Point left = points_[index], right = points_[index + 1];
  return {right.y - left.y, right.x - left.x};
}

Point LowerHull::support(Slope slope) const {
  ASSERT(!empty());
  std::size_t first = 0, last = points_.size() - 1;
  while (first < last) {
    const std::size_t middle = first + (last - first) / 2;
    if (edge(middle) < slope) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return points_[first];
}

std::int64_t LowerHull::highest_line_at(std::int64_t x, Slope low, Slope high) const {
  ASSERT(!empty());
  // The value at x of the highest line of a slope is concave in the slope. Without limits it is
  // greatest at the slope of the edge over x; outside the hull it grows without end.
  const auto right = std::lower_bound(points_.begin(), points_.end(), x,
                                      [](Point at, std::int64_t value) { return at.x < value; });
  Slope slope = right == points_.end() ? high : low;
  if (right != points_.begin() && right != points_.end()) {
    slope = std::clamp(edge(static_cast<std::size_t>(right - points_.begin()) - 1), low, high);
  }
  const Point touched = support(slope);
  return touched.y + divide_up(Int128{slope.rise} * (x - touched.x), slope.run);
}

}  // namespace sockmark
