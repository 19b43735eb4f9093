#include "bench/worker/floor.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <string>

namespace sockmark {
namespace {

using namespace std::chrono_literals;

// Limits this process to a number of descriptors beyond those that are open.
class FewDescriptors {
 public:
  explicit FewDescriptors(unsigned more) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int free = ::dup(0);
    ::close(free);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(free) + more;
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
};

Result<report::Floor> floor_with(unsigned descriptors) {
  CaseSpec spec;  // a round trip over tcp that sleeps in epoll_wait
  spec.duration = 10ms;
  spec.warmup = 0ns;
  const FewDescriptors few(descriptors);
  return measure_floor(spec, {}, address_of(spec, ""));
}

TEST(MeasureFloor, WithoutAPollerIsAnError) {
  // UndefinedBehaviorSanitizer reads an object through a pipe to check its type, and without
  // descriptors it can make none.
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer takes a process without descriptors for one with a wrong object";
#endif
  // The sockets of both ends take the first descriptors, then a poller of each end takes one.
  std::set<std::string> errors;
  for (unsigned descriptors = 0; descriptors < 64; ++descriptors) {
    const auto floor = floor_with(descriptors);
    if (floor) break;
    errors.insert(floor.error().message);
  }
  EXPECT_TRUE(errors.contains("floor: epoll_create1: Too many open files"));
}

}  // namespace
}  // namespace sockmark
