// What the tests of histograms share.

#pragma once

#include <gtest/gtest.h>

#include "measure/histogram.h"

namespace sockmark {

// Equal in everything that can be asked of them.
inline void expect_same(const Histogram& a, const Histogram& b) {
  EXPECT_EQ(a.count(), b.count());
  EXPECT_EQ(a.overflow(), b.overflow());
  EXPECT_EQ(a.min(), b.min());
  EXPECT_EQ(a.max(), b.max());
  EXPECT_TRUE(a.sum() == b.sum());
  EXPECT_TRUE(a.encode_v2() == b.encode_v2());  // too long to print
}

}  // namespace sockmark
