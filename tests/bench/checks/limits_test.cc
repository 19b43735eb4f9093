#include "bench/checks/limits.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "base/temporary_directory.h"
#include "machine/environment.h"

namespace sockmark {
namespace {

class DescriptorLimit : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0); }
  void TearDown() override { ::setrlimit(RLIMIT_NOFILE, &before_); }

  static rlim_t soft_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
  }
  void set(rlim_t soft, rlim_t hard) const {
    const rlimit limit{.rlim_cur = soft, .rlim_max = hard};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  }

  rlimit before_{};
};

TEST_F(DescriptorLimit, IsRaisedToTheNeededNumber) {
  set(50, before_.rlim_max);
  ASSERT_TRUE(raise_descriptor_limit(60));
  EXPECT_EQ(soft_limit(), 60U);
}

TEST_F(DescriptorLimit, IsUnchangedIfItSuffices) {
  set(64, before_.rlim_max);
  ASSERT_TRUE(raise_descriptor_limit(64));
  EXPECT_EQ(soft_limit(), 64U);
}

TEST_F(DescriptorLimit, BeyondTheHardLimitTheErrorNamesNumberLimitAndRemedy) {
  const auto raised = raise_descriptor_limit(before_.rlim_max == RLIM_INFINITY
                                                 ? std::numeric_limits<std::uint64_t>::max() - 1
                                                 : before_.rlim_max + 1);
  ASSERT_FALSE(raised);
  if (before_.rlim_max == RLIM_INFINITY) return;  // then the kernel has its own limit
  EXPECT_EQ(raised.error().message,
            "--connections: " + std::to_string(before_.rlim_max + 1) +
                " file descriptors per process are required, but the limit is " +
                std::to_string(before_.rlim_max) + "; raise it with: ulimit -Hn " +
                std::to_string(before_.rlim_max + 1));
  EXPECT_EQ(soft_limit(), before_.rlim_cur);
}

TEST(DescriptorsNeeded, CoversEveryConnectionAndGrowsWithThreads) {
  CaseSpec spec;
  spec.connections = 1000;
  const auto one_thread = descriptors_needed(spec);
  EXPECT_GT(one_thread, 1000U);
  spec.threads = 4;
  EXPECT_GT(descriptors_needed(spec), one_thread);
  spec.threads = 1;
  spec.workload = Workload::connect;
  EXPECT_GE(descriptors_needed(spec), one_thread + 1000)
      << "an old connection may overlap the next";
  spec.workload = Workload::rr;
  spec.transport = "memory";
  EXPECT_GT(descriptors_needed(spec), 2000U) << "one process holds both ends";
}

TEST(PortsNeeded, CountThePortsOfBothEnds) {
  CaseSpec spec;
  spec.connections = 1000;
  EXPECT_EQ(ports_needed(spec), 1002U) << "an even number";
  spec.threads = 4;
  EXPECT_EQ(ports_needed(spec), 254U) << "to each of four listeners";
  spec.address = "tcp://127.0.0.1:9000";
  EXPECT_EQ(ports_needed(spec), 1002U) << "to the shared one";
  spec.address.clear();
  spec.threads = 1;
  spec.transport = "udp6";
  EXPECT_EQ(ports_needed(spec), 2001U) << "a pair each";
  spec.transport = "unix-stream";
  EXPECT_EQ(ports_needed(spec), 0U);
}

TEST(PortsNeeded, MoreThanTheRangeHasIsAnErrorThatNamesNumberRangeAndRemedy) {
  const TemporaryDirectory root;
  const auto folder = root.path() + "/proc/sys/net/ipv4";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/ip_local_port_range") << "40000\t40999\n";
  CaseSpec spec;
  spec.connections = 999;
  EXPECT_TRUE(check_ports(spec, MachineFiles(root.path())));
  spec.connections = 1000;
  const auto checked = check_ports(spec, MachineFiles(root.path()));
  ASSERT_FALSE(checked);
  EXPECT_EQ(
      checked.error().message,
      "--connections 1000: tcp requires 1002 local ports, but the range of 40000 to 40999 has "
      "1000; widen it with: sysctl -w net.ipv4.ip_local_port_range='1024 65535'");
  EXPECT_TRUE(check_ports(spec, MachineFiles("/nowhere"))) << "an unknown range is no error";
}

TEST(PinTo, IsUndone) {
  const auto before = read_placement().affinity;
  ASSERT_TRUE(pin_to(before.back()));
  EXPECT_EQ(read_placement().affinity, std::vector{before.back()});
  unpin(before);
  EXPECT_EQ(read_placement().affinity, before);
}

TEST(PinTo, ACpuThatThereIsNotIsAnErrorWithThoseThatThereAre) {
  const auto pinned = pin_to(4095);
  ASSERT_FALSE(pinned);
  EXPECT_EQ(pinned.error().message, "pin to CPU 4095: Invalid argument; " + usable_cpus());
  EXPECT_TRUE(usable_cpus().ends_with(text_of_cpus(read_placement().affinity)));
}

}  // namespace
}  // namespace sockmark
