#include "bench/cli/table_arguments.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <vector>

#include "base/parse.h"

namespace sockmark::cli {

namespace {

constexpr std::size_t kPercentilesMax = 12, kDecimalsMax = 4;

// "50", "p99.9": per cent with at most four decimals.
Result<double> parse_percentile(std::string_view text) {
  std::string_view number = text;
  if (number.starts_with('p')) number.remove_prefix(1);
  double value = 0;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), value,
                                             std::chars_format::fixed);
  const auto point = number.find('.');
  const bool too_fine = point != number.npos && number.size() - point - 1 > kDecimalsMax;
  if (failed != std::errc{} || end != number.data() + number.size() || too_fine ||
      !(value > 0 && value < 100)) {
    return Error{fmt::format(
        "\"{}\" is not a percentile; write numbers above 0 and below 100, such as 50,99,99.9",
        text)};
  }
  return value;
}

}  // namespace

void add_table_options(Command& command, std::optional<std::string>& percentiles, bool& bits) {
  command.text("--percentiles", "LIST", percentiles,
               "Percentiles of latency in the table, such as 50,90,99.9 (50 and 99, and 99.9 where "
               "the sample carries it)");
  command.flag("--bits", bits, "Throughput in bits/s");
}

Result<report::TableOptions> read_table_options(const std::optional<std::string>& percentiles,
                                                bool bits) {
  report::TableOptions options{.percentiles = {}, .bits = bits};
  if (!percentiles) return options;
  const std::string option = "--percentiles";
  const auto items = TRY(split_list(*percentiles).in(option));
  if (items.size() > kPercentilesMax)
    return Error{
        fmt::format("{}: at most {} percentiles fit into a table", option, kPercentilesMax)};
  for (const auto& item : items) {
    const auto percentile = TRY(parse_percentile(item).in(option));
    if (!options.percentiles.empty() && percentile <= options.percentiles.back())
      return Error{fmt::format("{} {}: list them in ascending order", option, *percentiles)};
    options.percentiles.push_back(percentile);
  }
  return options;
}

}  // namespace sockmark::cli
