// Pairs of numbers (bench/analysis/read_values.h), and the verdict on them. The
// first byte of an input chooses the margin and which way is better.

#include <cmath>
#include <functional>

#include "bench/analysis/analysis_json.h"
#include "bench/analysis/read_values.h"
#include "reports/model/report_json.h"
#include "tests/fuzz/line_input_of.h"

namespace sockmark::fuzz {
namespace {

// More are as well enumerated, but not ten thousand times a minute.
constexpr std::size_t kMostTold = 10;

// The table with its second and third column exchanged. Must: the text was read without error.
std::string exchanged(std::string_view table) {
  std::string result;
  while (!table.empty()) {
    const auto end = std::min(table.find('\n'), table.size());
    std::string_view line = table.substr(0, end);
    table.remove_prefix(std::min(end + 1, table.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto first = line.find(','), second = line.find(',', first + 1);
    if (result.empty() || first == std::string_view::npos) {
      result.append(line).append("\n");
      continue;
    }
    result.append(line.substr(0, first + 1)).append(line.substr(second + 1)).append(",");
    result.append(line.substr(first + 1, second - first - 1)).append("\n");
  }
  return result;
}

}  // namespace
}  // namespace sockmark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  Input input(data, size);
  const std::size_t choice = input.byte();
  auto file = line_input_of(input.text());
  auto ratios = read_log_ratios(file);
  if (!ratios) {
    require_one_line(ratios.error().message);
    return 0;
  }
  require(!ratios->empty(), "there is a block at least");
  for (const double ratio : *ratios) require(std::isfinite(ratio), "the logarithms are finite");

  auto exchanged_file = line_input_of(exchanged(input.text()));
  auto inverse = read_log_ratios(exchanged_file);
  require(inverse && std::ranges::equal(*ratios, *inverse, {}, {}, std::negate<>()),
          "A to B is the inverse of B to A");

  if (ratios->size() > kMostTold) return 0;
  const PairsOptions options{.margin = 1 + static_cast<double>(choice >> 1) / 16,
                             .higher_is_better = (choice & 1) != 0};
  require(static_cast<bool>(report::canonical_json(pairs_json(*ratios, options))),
          "the output is JSON");
  return 0;
}
