#include "bench/analysis/read_values.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>

#include "base/text.h"
#include "bench/analysis/table.h"
#include "stats/paired.h"

namespace sockmark {

namespace {

// The limit of the encoding of a histogram.
constexpr auto kMaxValues = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

}  // namespace

Result<Histogram> read_values(LineInput& input, const HistogramParameters& parameters) {
  Histogram histogram(parameters);
  bool empty = true;
  std::string_view line;
  for (;;) {
    const auto any = TRY(input.next(line));
    if (!any) break;
    const std::string_view text = trimmed(line, " \t");
    if (text.empty()) continue;
    const auto end = text.find_first_of(", \t");
    const auto value = number_in<std::int64_t>(text.substr(0, end));
    if (!value || *value < 0) {
      return input.problem_here(fmt::format("expected a whole number from 0 to {}, found {}",
                                            kMaxValues, in_quotes(text.substr(0, end))));
    }
    std::optional<std::uint64_t> count = 1;
    if (end != std::string_view::npos) {
      const std::string_view rest = trimmed(text.substr(end + 1), " \t");
      count = number_in<std::uint64_t>(rest);
      if (!count || *count > kMaxValues) {
        return input.problem_here(
            fmt::format("expected a count from 0 to {} after the value, found {}", kMaxValues,
                        in_quotes(rest)));
      }
    }
    if (*count > kMaxValues - histogram.count()) {
      return input.problem_here(fmt::format("more than {} values", kMaxValues));
    }
    histogram.record(*value, *count);
    empty = empty && *count == 0;
  }
  if (empty) return input.problem("no values; expected one whole number a line");
  return histogram;
}

Result<std::vector<double>> read_log_ratios(LineInput& input) {
  constexpr std::string_view kHeader = "block,a,b";
  std::vector<double> log_ratios;
  std::unordered_map<std::string, std::size_t> rows;  // by block
  std::string_view line;
  for (bool header = true;;) {
    const auto any = TRY(input.next(line));
    if (!any) break;
    if (header) {
      if (line != kHeader) {
        return input.problem_here(
            fmt::format("expected the header {}, found {}", kHeader, in_quotes(line)));
      }
      header = false;
      continue;
    }
    if (line.empty()) continue;
    const auto cells = cells_of<3>(line);
    if (!cells) {
      return input.problem_here(
          fmt::format("expected the three cells {}, found {}", kHeader, in_quotes(line)));
    }
    const auto& [block, a_text, b_text] = *cells;
    if (block.empty() || !rows.try_emplace(std::string(block), rows.size()).second) {
      return input.problem_here(
          fmt::format("block: expected a unique name, found {}", in_quotes(block)));
    }
    const auto a = number_in<double>(a_text);
    const auto b = number_in<double>(b_text);
    for (const auto& [number, name, text] :
         {std::tuple(a, "a", a_text), std::tuple(b, "b", b_text)}) {
      if (!number || *number <= 0) {
        return input.problem_here(
            fmt::format("{}: expected a number above 0, found {}", name, in_quotes(text)));
      }
    }
    if (log_ratios.size() == report::kMaxBlocks) {
      return input.problem_here(fmt::format("more than {} blocks", report::kMaxBlocks));
    }
    // Not ln(b / a): the quotient may overflow.
    log_ratios.push_back(std::log(*b) - std::log(*a));
  }
  if (log_ratios.empty()) {
    return input.problem(
        fmt::format("no blocks; expected the header {} and one row per block", kHeader));
  }
  return log_ratios;
}

}  // namespace sockmark
