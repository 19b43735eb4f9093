#include "transports/host_addresses.h"

#include <gtest/gtest.h>

#include <string>

namespace sockmark {
namespace {

std::optional<std::string> interface_for(const char* host) {
  return route_interface(*parse_host(host));
}

TEST(RouteInterface, LeadsToThisMachineOverLoopback) {
  EXPECT_EQ(interface_for("127.0.0.1"), "lo");
  EXPECT_EQ(interface_for("127.0.0.9"), "lo");
  for (const auto& host : host_addresses()) EXPECT_EQ(interface_for(host.c_str()), "lo") << host;
  // Without IPv6 there is no route.
  EXPECT_EQ(interface_for("::1").value_or("lo"), "lo");
}

TEST(RouteInterface, IsThatOfALinkLocalAddress) {
  const auto host = parse_host("fe80::77%lo");
  ASSERT_TRUE(host);
  EXPECT_EQ(route_interface(*host).value_or("lo"), "lo");
}

TEST(RouteInterface, IsAbsentOfAFile) {
  Address file;
  file.storage.ss_family = AF_UNIX;
  EXPECT_FALSE(route_interface(file));
}

}  // namespace
}  // namespace sockmark
