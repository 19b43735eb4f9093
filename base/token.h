// A number that nobody else has but by a chance of one in billions of billions: for names, and for
// what tells a run's peers from strangers. Any thread.

#pragma once

#include <sys/random.h>

#include <cstdint>

namespace sockmark {

[[nodiscard]] inline std::uint64_t random_token() {
  std::uint64_t token = 0;
  // Fails only for a buffer that is no memory of ours.
  static_cast<void>(::getrandom(&token, sizeof token, 0));
  return token;
}

}  // namespace sockmark
