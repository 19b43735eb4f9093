// Reasons why a value is absent, as words of a report and as sentences below a table. Pure
// functions, any thread.

#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sockmark::report {

// Reasons in comparisons. Others: report.h.
inline constexpr const char* kTooFewBlocks = "too_few_blocks";  // blocks, for this level or figure
inline constexpr const char* kTooFewRuns = "too_few_runs";      // runs of an unpaired comparison
inline constexpr const char* kTooManyBlocks = "too_many_blocks";  // blocks, for an exact figure
inline constexpr const char* kUnpaired = "unpaired";              // the figure needs blocks
inline constexpr const char* kNoRun = "no_run";                   // every run is excluded
inline constexpr const char* kNotPositive = "not_positive";       // no ratio is defined
inline constexpr const char* kOutOfRange = "out_of_range";        // values that would overflow
inline constexpr const char* kNoSpread = "no_spread";             // all blocks are equal
inline constexpr const char* kNothingVaries = "nothing_varies";   // no cases to compare
inline constexpr const char* kTooMuchToCompare =
    "too_much_to_compare";  // takes too long by default

// "too_few_blocks" as "too few blocks of runs". An unknown reason is returned printable and cut.
[[nodiscard]] std::string reason_in_words(std::string_view reason);

// Why a run was not steady: "trend" as "trend (the p50 rose or fell)"; an unknown reason unchanged.
[[nodiscard]] std::string unsteady_in_words(std::string_view reason);

// Sentences that differ only in their quantities, "late by 9 ms" and "late by 12 ms", form a group:
// its first sentence, its size and its distinct sentences. The largest group comes first.
struct AlikeReasons {
  std::string first;
  std::size_t count = 0;
  std::set<std::string> spellings = {};
};
[[nodiscard]] std::vector<AlikeReasons> alike_reasons(std::span<const std::string> reasons);

// "late by 9 ms (and 2 similar reasons with other values)"
[[nodiscard]] std::string in_words(const AlikeReasons& alike);

}  // namespace sockmark::report
