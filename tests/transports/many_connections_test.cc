#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>

#include "tests/transports/harness.h"

namespace sockmark::testing {
namespace {

class ManyConnections : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, ManyConnections,
                         ::testing::Values(find_transport("tcp"), find_transport("unix-stream"),
                                           find_transport("unix-dgram")),
                         row_name);

TEST_P(ManyConnections, AThousandCarryMessagesAndCostLittleMemory) {
  constexpr std::size_t kConnections = 1000;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  // A process cannot raise its hard limit, and a smaller test would not show what this one does.
  if (limit.rlim_max < 2 * kConnections + 100) GTEST_SKIP() << "too few descriptors allowed";
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);

  Scratch scratch(64);
  auto first = this->pair();
  ASSERT_TRUE(first);
  std::vector<Pair> pairs(kConnections);
  const std::size_t heap_before = ::mallinfo2().uordblks;
  for (Pair& pair : pairs) {
    pair.listener = std::move(first.listener);
    ASSERT_TRUE(connect_to(transport(), pair));
    first.listener = std::move(pair.listener);
  }
  for (std::size_t n = 0; n < kConnections; ++n) {
    const std::vector<Bytes> message{pattern(64, n)};
    ASSERT_EQ(pairs[n].client->send(views(message), scratch).taken, 1u);
  }
  for (std::size_t n = 0; n < kConnections; ++n) {
    const ReceiveBatch batch = receive_something(*pairs[n].server, scratch);
    ASSERT_EQ(batch.messages.size(), 1u);
    ASSERT_EQ(copy_of(batch.messages[0].bytes), pattern(64, n));
  }
  // Zero under a sanitizer, whose allocator does not say.
  const std::size_t heap = ::mallinfo2().uordblks - heap_before;
  EXPECT_LT(heap / (2 * kConnections), 1024u) << "bytes a channel";
  for (Pair& pair : pairs) pair.client->abort_on_close();
}

}  // namespace
}  // namespace sockmark::testing
