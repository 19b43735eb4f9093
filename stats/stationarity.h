// Whether a series of measurements in time order is stationary: a trend (Mann and Kendall), and a
// warm-up at its beginning (MSER-5). Diagnostics: they move no window and drop no value
// (docs/definitions/generator.md#trend, docs/definitions/stopping.md#warm-up-check). Pure functions
// of equally spaced values, all in one unit; every value must be a number.

#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace sockmark::report {

// A rank correlation in [-1, 1], and how often one this far from 0 comes up where there is none.
struct RankCorrelation {
  double coefficient = 0;
  double p = 1;  // two-sided
};

// Kendall's tau-b of the values against time (Mann 1945; Kendall 1975). The p-value is from the
// normal approximation with the variance corrected for ties and without continuity correction,
// close enough from about ten values on. Undefined for fewer than three values and where all are
// equal. Takes time quadratic in their number: for some hundred sub-windows, not for raw samples.
[[nodiscard]] std::optional<RankCorrelation> mann_kendall(std::span<const double> x);

// Where the warm-up of a series ends: the number of values to leave out, a multiple of five, and
// the squared standard error, up to a factor, of the mean of what remains.
struct Truncation {
  std::size_t values = 0;
  double score = 0;
};

// White, "An effective truncation heuristic for bias reduction in simulation output", Simulation
// 69(6), 1997 (MSER-5): with z the k means of five values each, the d <= k/2 that minimises
// sum over i >= d of (z_i - mean)^2 / (k - d)^2, the smallest such d; values after the last whole
// five are not looked at. Undefined for fewer than 15 values, where a single batch could remain,
// whose deviation is always 0.
[[nodiscard]] std::optional<Truncation> mser5_truncation(std::span<const double> x);

}  // namespace sockmark::report
