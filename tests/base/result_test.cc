#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/assert.h"

namespace sockmark {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return Error{"odd"};
  return value / 2;
}

Result<std::string> text_of_quarter(int value) {
  const int once = TRY(half(value));
  return std::to_string(TRY(half(once).in("half of it")));
}

TEST(Result, TryGivesTheValue) { EXPECT_EQ(*text_of_quarter(12), "3"); }

TEST(Result, TryReturnsTheErrorAndItsContext) {
  EXPECT_EQ(text_of_quarter(3).error().message, "odd");
  EXPECT_EQ(text_of_quarter(6).error().message, "half of it: odd");
}

TEST(Result, TryMovesWhatCannotBeCopied) {
  const auto through = []() -> Result<std::unique_ptr<int>> {
    Result<std::unique_ptr<int>> made(std::make_unique<int>(5));
    return TRY(std::move(made));
  };
  EXPECT_EQ(**through(), 5);
}

TEST(Result, AConstResultGivesConstAccess) {
  const Result<std::string> result(std::string("abc"));
  EXPECT_EQ(result->size(), 3U);
  EXPECT_EQ(*result, "abc");
  static_assert(std::is_same_v<decltype(*result), const std::string&>);
}

TEST(Result, ValueOrReplacesAnError) {
  EXPECT_EQ(half(4).value_or(7), 2);
  EXPECT_EQ(half(5).value_or(7), 7);
}

TEST(ResultDeathTest, MisuseStopsInEveryBuild) {
  EXPECT_DEATH(static_cast<void>(*half(3)), "assertion failed");
  EXPECT_DEATH(static_cast<void>(half(4).error()), "assertion failed");
}

TEST(AssertDeathTest, AFailureNamesFileLineAndCondition) {
  const int sum = 3;
  ASSERT(sum == 3);
  EXPECT_DEATH(ASSERT(sum == 4), "result_test.cc:[0-9]+: assertion failed: sum == 4");
}

}  // namespace
}  // namespace sockmark
