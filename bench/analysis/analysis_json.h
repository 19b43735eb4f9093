// The output of `sockmark analyze` for values and for pairs, as JSON. Pure functions.
// docs/analyze.md describes the fields.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "measure/histogram.h"

namespace sockmark {

[[nodiscard]] std::string values_json(const Histogram& histogram);

struct PairsOptions {
  std::optional<double> margin;   // how much worse B may be, as a ratio of at least 1
  bool higher_is_better = false;  // a lower value is worse
  std::uint64_t seed = 1;         // of random samples, with many blocks
};

// Must: 1 to report::kMaxBlocks values.
[[nodiscard]] std::string pairs_json(std::span<const double> log_ratios,
                                     const PairsOptions& options);

}  // namespace sockmark
