// How evenly something is spread over connections: Jain's index of fairness, (sum x)^2 / (n sum
// x^2) (docs/definitions/fairness.md). 1 if all have the same, 1/n if one has everything.
//
// Fixed memory. One thread at a time; merge with add().

#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace sockmark {

struct Fairness {
  std::uint64_t connections = 0;
  std::uint64_t sum = 0;
  double sum_of_squares = 0;  // exact up to 2^53
  std::uint64_t min = std::numeric_limits<std::uint64_t>::max(), max = 0;

  // The share of one connection.
  void add(std::uint64_t share) {
    const auto x = static_cast<double>(share);
    add(Fairness{
        .connections = 1, .sum = share, .sum_of_squares = x * x, .min = share, .max = share});
  }
  // Other connections.
  void add(const Fairness& other) {
    connections += other.connections;
    sum += other.sum;
    sum_of_squares += other.sum_of_squares;
    min = std::min(min, other.min);
    max = std::max(max, other.max);
  }

  // Undefined if nobody has anything.
  [[nodiscard]] std::optional<double> jain_index() const {
    if (sum == 0) return std::nullopt;
    const auto total = static_cast<double>(sum);
    // At most 1 but for rounding.
    return std::min(total * total / (static_cast<double>(connections) * sum_of_squares), 1.0);
  }
};

}  // namespace sockmark
