// A confidence interval, both ends inside.

#pragma once

namespace sockmark::report {

struct Interval {
  double low = 0, high = 0;
  bool operator==(const Interval&) const = default;
};

}  // namespace sockmark::report
