#include "bench/limits.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <limits>
#include <string>

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

TEST_F(DescriptorLimit, IsRaisedAsFarAsNeeded) {
  set(50, before_.rlim_max);
  ASSERT_TRUE(raise_descriptor_limit(60));
  EXPECT_EQ(soft_limit(), 60U);
}

TEST_F(DescriptorLimit, IsLeftAloneWhereItSuffices) {
  set(64, before_.rlim_max);
  ASSERT_TRUE(raise_descriptor_limit(64));
  EXPECT_EQ(soft_limit(), 64U);
}

TEST_F(DescriptorLimit, BeyondTheHardLimitTheErrorNamesNumberLimitAndRemedy) {
  const auto raised = raise_descriptor_limit(before_.rlim_max == RLIM_INFINITY
                                                 ? std::numeric_limits<std::uint64_t>::max() - 1
                                                 : before_.rlim_max + 1);
  ASSERT_FALSE(raised);
  if (before_.rlim_max == RLIM_INFINITY) return;  // then the kernel's own limit refuses
  EXPECT_EQ(raised.error().message,
            "--connections: needs " + std::to_string(before_.rlim_max + 1) +
                " file descriptors per process, the limit is " + std::to_string(before_.rlim_max) +
                " (raise it with: ulimit -Hn " + std::to_string(before_.rlim_max + 1) + ")");
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

}  // namespace
}  // namespace sockmark
