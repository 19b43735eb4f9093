// Which thread of a responder owns a connection when all threads listen at one address: the kernel
// distributes the connections (SO_REUSEPORT), and the thread that first receives from one owns it
// for the run.
//
// Threading: any thread. This is the only state that the threads of an end share while messages
// flow; each entry is written once.

#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace sockmark {

class ConnectionOwners {
 public:
  explicit ConnectionOwners(std::uint64_t connections) : owners_(connections) {}

  // Returns whether `thread` owns the connection; the first caller becomes the owner.
  [[nodiscard]] bool claim(std::uint64_t connection, std::uint64_t thread) {
    std::uint32_t owner = owners_[connection].load(std::memory_order_relaxed);
    const auto claimant = static_cast<std::uint32_t>(thread) + 1;
    return owner == claimant ||
           (owner == kUnclaimed && owners_[connection].compare_exchange_strong(
                                       owner, claimant, std::memory_order_relaxed));
  }

  [[nodiscard]] bool unclaimed(std::uint64_t connection) const {
    return owners_[connection].load(std::memory_order_relaxed) == kUnclaimed;
  }

 private:
  static constexpr std::uint32_t kUnclaimed = 0;
  std::vector<std::atomic<std::uint32_t>> owners_;  // the thread's number plus one
};

}  // namespace sockmark
