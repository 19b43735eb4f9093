#include "bench/load/connection_owners.h"

#include <gtest/gtest.h>

#include <thread>

namespace sockmark {
namespace {

TEST(ConnectionOwners, TheFirstThreadThatClaimsAConnectionHasIt) {
  ConnectionOwners owners(2);
  EXPECT_TRUE(owners.unclaimed(0));
  EXPECT_TRUE(owners.claim(0, 0));
  EXPECT_FALSE(owners.claim(0, 1));
  EXPECT_TRUE(owners.claim(0, 0)) << "and goes on having it";
  EXPECT_FALSE(owners.unclaimed(0));
  EXPECT_TRUE(owners.unclaimed(1)) << "another connection";
  EXPECT_TRUE(owners.claim(1, 1));
}

TEST(ConnectionOwners, OfThreadsThatClaimAtOnceOneGetsEach) {
  constexpr std::uint64_t kConnections = 10'000;
  ConnectionOwners owners(kConnections);
  std::uint64_t got[2] = {0, 0};
  const auto claim_all = [&](std::uint64_t thread) {
    for (std::uint64_t c = 0; c < kConnections; ++c) {
      if (owners.claim(c, thread)) ++got[thread];
    }
  };
  std::jthread other(claim_all, 1);
  claim_all(0);
  other.join();
  EXPECT_EQ(got[0] + got[1], kConnections);
}

}  // namespace
}  // namespace sockmark
