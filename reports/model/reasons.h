// Why there is no value, in words: a table shows a dash, and beneath it this. Pure function.

#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sockmark::report {

// Of comparisons; those of report.h are more.
inline constexpr const char* kTooFewBlocks = "too_few_blocks";  // for this level or figure
inline constexpr const char* kTooFewRuns = "too_few_runs";  // the same, where nothing pairs them
inline constexpr const char* kTooManyBlocks = "too_many_blocks";  // for an exact figure
inline constexpr const char* kUnpaired = "unpaired";  // a figure of blocks, which there are not
inline constexpr const char* kNoRun = "no_run";       // that is not excluded
inline constexpr const char* kNotPositive = "not_positive";      // so that no ratio is defined
inline constexpr const char* kOutOfRange = "out_of_range";       // of what can be computed with
inline constexpr const char* kNoSpread = "no_spread";            // every block alike
inline constexpr const char* kNothingVaries = "nothing_varies";  // between cases, that is compared
inline constexpr const char* kTooMuchToCompare = "too_much_to_compare";  // in passing

// "too_few_blocks" as "too few blocks of runs"; a reason that nobody knows as it is, fit for a
// terminal and cut.
[[nodiscard]] std::string reason_in_words(std::string_view reason);

// Why a run was not steady: "trend" as "trend (the p50 rose or fell)"; another as it is.
[[nodiscard]] std::string unsteady_in_words(std::string_view reason);

// Sentences that differ in their quantities alone, "late by 9 ms" and "late by 12 ms", counted as
// one: which came first, how many there are, and how many spellings. The most frequent first.
struct AlikeReasons {
  std::string first;
  std::size_t count = 0;
  std::set<std::string> spellings = {};
};
[[nodiscard]] std::vector<AlikeReasons> alike_reasons(std::span<const std::string> reasons);

// "late by 9 ms (and 2 more with other figures)"
[[nodiscard]] std::string in_words(const AlikeReasons& alike);

}  // namespace sockmark::report
