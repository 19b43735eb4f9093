#include "bench/cli/table_arguments.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sockmark::cli {
namespace {

TEST(TableArguments, ReadAListOfPercentiles) {
  const auto options = read_table_options("50,p90,99.9,99.9999", true);
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->percentiles, (std::vector<double>{50, 90, 99.9, 99.9999}));
  EXPECT_TRUE(options->bits);
  EXPECT_TRUE(read_table_options(std::nullopt, false)->percentiles.empty());
}

TEST(TableArguments, ErrorsNameTheOptionAndTheValue) {
  const std::string advice = "; write numbers above 0 and below 100, such as 50,99,99.9";
  for (const std::string wrong : {"0", "100", "-1", "fifty", "99.99999", "50%", "nan", "5e1"}) {
    const auto options = read_table_options(wrong, false);
    ASSERT_FALSE(options) << wrong;
    EXPECT_EQ(options.error().message,
              "--percentiles: \"" + wrong + "\" is not a percentile" + advice);
  }
  EXPECT_EQ(read_table_options("99,50", false).error().message,
            "--percentiles 99,50: list them in ascending order");
  EXPECT_EQ(read_table_options("1,2,3,4,5,6,7,8,9,10,11,12,13", false).error().message,
            "--percentiles: at most 12 percentiles fit into a table");
}

}  // namespace
}  // namespace sockmark::cli
