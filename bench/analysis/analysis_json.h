// What `sockmark analyze` says of values and of pairs, as JSON. Pure functions. Names:
// docs/analyze.md.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "measure/histogram.h"

namespace sockmark {

[[nodiscard]] std::string tell_values(const Histogram& histogram);

struct PairsOptions {
  std::optional<double> margin;   // how much worse B may be, as a ratio of at least 1
  bool higher_is_better = false;  // then less is worse
  std::uint64_t seed = 1;         // of what is drawn by lot
};

// Must: 1 to report::kMaxBlocks values.
[[nodiscard]] std::string tell_pairs(std::span<const double> log_ratios,
                                     const PairsOptions& options);

}  // namespace sockmark
