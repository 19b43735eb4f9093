#include "base/enum_names.h"

#include <gtest/gtest.h>

namespace sockmark::elsewhere {
namespace {

enum class Order { interleaved, random, unnamed };
constexpr auto enum_names(Order) {
  return std::to_array<EnumName<Order>>(
      {{Order::interleaved, "interleaved"}, {Order::random, "random"}});
}

TEST(EnumNames, EachValueHasItsNameAndEachNameItsValue) {
  for (const Order one : values_of<Order>()) {
    EXPECT_EQ(value_named<Order>(name_of(one)), one);
  }
  EXPECT_EQ(name_of(Order::random), "random");
  EXPECT_EQ(names_of<Order>().size(), 2U);
}

TEST(EnumNames, WhatIsNotInTheTableHasNone) {
  EXPECT_EQ(name_of(Order::unnamed), "");
  EXPECT_EQ(value_named<Order>("Random"), std::nullopt);
}

}  // namespace
}  // namespace sockmark::elsewhere
