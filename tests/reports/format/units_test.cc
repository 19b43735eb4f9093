#include "reports/format/units.h"

#include <gtest/gtest.h>

namespace sockmark::report {
namespace {

TEST(WithUnit, HasAtMostFourDigits) {
  constexpr Unit kMicroseconds = kTime[1];
  EXPECT_EQ(with_unit(9'370, kMicroseconds, 2), "9.37 µs");
  EXPECT_EQ(with_unit(99'600, kMicroseconds, 2), "99.60 µs");
  EXPECT_EQ(with_unit(187'123, kMicroseconds, 2), "187.1 µs");
  EXPECT_EQ(with_unit(2'236'400, kMicroseconds, 2), "2236 µs");
  EXPECT_EQ(with_unit(999'960, kMicroseconds, 1), "1000 µs");
  EXPECT_EQ(with_unit(500, kMicroseconds, 3), "0.500 µs");
}

TEST(Fitted, IsInTheUnitOfTheValue) {
  EXPECT_EQ(fitted(12'345, kTime), "12.3 µs");
  EXPECT_EQ(fitted(161'000'000, kTime), "161 ms");
  EXPECT_EQ(fitted(9.41e8, kBits), "941 Mbit");
  EXPECT_EQ(fitted(1.234e10, kBits), "12.3 Gbit");
  EXPECT_EQ(fitted(0, kBytes), "0 B");
}

TEST(IsTooLong, CountsTheDigitsBeforeThePoint) {
  EXPECT_FALSE(is_too_long(9'999'400, kTime[1]));
  EXPECT_TRUE(is_too_long(9'999'500, kTime[1])) << "it would be rounded to five";
}

}  // namespace
}  // namespace sockmark::report
