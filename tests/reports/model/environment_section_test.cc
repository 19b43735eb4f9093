#include "reports/model/environment_section.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sockmark::report {
namespace {

std::vector<EnvironmentItem> items(const std::string& interface, std::int64_t mtu) {
  using enum EnvironmentItem::Class;
  return {{"cpu_model", hard, std::string("A")},
          {"interface", hard, interface},
          {"interface_mtu", hard, mtu},
          {"interface_driver", soft, interface + "-driver"},
          {"load_average", information, std::string("0.1")}};
}

TEST(HardDifference, IsTheFirstItemThatDiffersInEitherDirection) {
  const auto before = environment_section(items("eth0", 1500));
  EXPECT_FALSE(find_hard_difference(before, before));
  auto now = environment_section(items("eth0", 9000));
  auto found = find_hard_difference(before, now);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->item, "interface_mtu");
  EXPECT_EQ(found->before, "1500");
  EXPECT_EQ(found->now, "9000");

  now.hard.erase("cpu_model");
  found = find_hard_difference(before, now);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->item, "cpu_model");
  EXPECT_EQ(found->now, "unknown");
  found = find_hard_difference(now, before);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->before, "unknown");
}

TEST(HardDifference, OfAnotherInterfaceIsNone) {
  const auto before = environment_section(items("lo", 65536));
  auto now = environment_section(items("eth0", 1500));
  EXPECT_FALSE(find_hard_difference(before, now));
  now.hard["cpu_model"] = "\"B\"";
  EXPECT_EQ(find_hard_difference(before, now)->item, "cpu_model");
}

TEST(DescribeInterface, ReplacesItsItemsAlone) {
  const auto path = environment_section(items("eth0", 1500));
  auto described = environment_section(items("lo", 65536));
  described.information["load_average"] = "\"9.9\"";
  described.hard["interface_qdiscs"] = "\"noqueue\"";
  describe_interface(path, described);
  EXPECT_EQ(described.hard, path.hard);
  EXPECT_EQ(described.soft, path.soft);
  EXPECT_EQ(described.hash_hard, path.hash_hard);
  EXPECT_EQ(described.information["load_average"], "\"9.9\"");
}

}  // namespace
}  // namespace sockmark::report
