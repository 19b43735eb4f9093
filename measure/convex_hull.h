// The lower convex hull of points in the plane, in exact integers. Clocks are compared with it: a
// line is below all points if it is below the points of the hull
// (docs/definitions/clocks.md#lines).
//
// One thread at a time. Copies are independent. 16 bytes a point of the hull, allocated as it
// grows; the hull of n points that scatter about a line has O(log n) points, and n at the worst,
// where they lie on a convex curve. Coordinates have no unit here; clocks use nanoseconds.

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sockmark {

__extension__ using Int128 = __int128;

// Of coordinates: |x| and |y| are less. The product of any two differences fits in 127 bits.
inline constexpr std::int64_t kCoordinateLimit = std::int64_t{1} << 62;

struct Point {
  std::int64_t x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

// rise / run. Must: run > 0.
struct Slope {
  std::int64_t rise = 0, run = 1;

  Slope operator-() const { return {-rise, run}; }
  friend std::strong_ordering operator<=>(const Slope& a, const Slope& b) {
    return Int128{a.rise} * b.run <=> Int128{b.rise} * a.run;
  }
  friend bool operator==(const Slope& a, const Slope& b) { return (a <=> b) == 0; }
  [[nodiscard]] double value() const {
    return static_cast<double>(rise) / static_cast<double>(run);
  }
};

class LowerHull {
 public:
  // In any order of x. O(log n) and the points to move; O(1) at the right end.
  // Must: x >= 0, and both within kCoordinateLimit.
  void add(Point point);
  // Moves all points up. Must: 0 <= by < kCoordinateLimit / 2, once.
  void raise(std::int64_t by);

  // Ascending in x; the slopes between neighbours ascend strictly.
  [[nodiscard]] const std::vector<Point>& points() const { return points_; }
  [[nodiscard]] bool empty() const { return points_.empty(); }
  // From point `index` to the next.
  [[nodiscard]] Slope edge(std::size_t index) const;

  // A point that a line of this slope touches from below: y - slope * x is smallest. O(log n).
  // Must: not empty.
  [[nodiscard]] Point support(Slope slope) const;

  // The greatest value at x of the lines with slopes within [low,high] that are below all points,
  // rounded up. Must: not empty; low <= high; |slopes| <= 1.
  [[nodiscard]] std::int64_t highest_line_at(std::int64_t x, Slope low, Slope high) const;

 private:
  std::vector<Point> points_;
};

// dividend / divisor, rounded up. Must: divisor > 0.
[[nodiscard]] constexpr std::int64_t divide_up(Int128 dividend, Int128 divisor) {
  const Int128 quotient = dividend / divisor;
  return static_cast<std::int64_t>(quotient + (quotient * divisor < dividend ? 1 : 0));
}

}  // namespace sockmark
