// Which thread of a responder a connection belongs to, where all of them listen at one address: the
// kernel shares the connections out (SO_REUSEPORT), and who hears of one first has it for the run.
//
// Threading: any thread. All that threads of an end share while messages flow; a connection is
// claimed once, and read ever after.

#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace sockmark {

class ConnectionOwners {
 public:
  explicit ConnectionOwners(std::uint64_t connections) : owners_(connections) {}

  // Whether the connection belongs to `thread`, which is so from the first claim on.
  [[nodiscard]] bool claim(std::uint64_t connection, std::uint64_t thread) {
    std::uint32_t owner = owners_[connection].load(std::memory_order_relaxed);
    const auto claimant = static_cast<std::uint32_t>(thread) + 1;
    return owner == claimant ||
           (owner == kNobody && owners_[connection].compare_exchange_strong(
                                    owner, claimant, std::memory_order_relaxed));
  }

  [[nodiscard]] bool unclaimed(std::uint64_t connection) const {
    return owners_[connection].load(std::memory_order_relaxed) == kNobody;
  }

 private:
  static constexpr std::uint32_t kNobody = 0;
  std::vector<std::atomic<std::uint32_t>> owners_;  // one more than the thread's number
};

}  // namespace sockmark
