// 64 random bits: for names that do not collide, and as the secret by which the two ends of a run
// recognise each other. Any thread.

#pragma once

#include <sys/random.h>

#include <cstdint>

namespace sockmark {

[[nodiscard]] inline std::uint64_t random_token() {
  std::uint64_t token = 0;
  // Fails only for an invalid buffer.
  static_cast<void>(::getrandom(&token, sizeof token, 0));
  return token;
}

}  // namespace sockmark
