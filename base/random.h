// Reproducible random numbers: xoshiro256** (Blackman and Vigna, public domain), seeded by four
// outputs of splitmix64 (docs/definitions/generator.md#random-numbers). The same seed gives the
// same numbers on every machine, which the standard library's distributions do not promise. Not for
// secrets.

#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace sockmark {

class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

// The seed of part `index` (from 0) of something seeded as a whole: output index + 1 of splitmix64,
// whose state advances by a constant.
[[nodiscard]] inline std::uint64_t child_seed(std::uint64_t seed, std::uint64_t index) {
  return SplitMix64(seed + index * 0x9E3779B97F4A7C15).next();
}

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    SplitMix64 source(seed);
    for (auto& word : state_) word = source.next();
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in (0,1], so that a logarithm of it is finite.
  double unit() { return static_cast<double>((next() >> 11) + 1) * 0x1.0p-53; }

  // Uniform in [0,n), without bias (Lemire 2019, multiply and shift with rejection). Must: n > 0.
  std::uint64_t below(std::uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    auto product = static_cast<Wide>(next()) * n;
    if (static_cast<std::uint64_t>(product) < n) {
      const std::uint64_t threshold = -n % n;
      while (static_cast<std::uint64_t>(product) < threshold)
        product = static_cast<Wide>(next()) * n;
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace sockmark
