#include "reports/compare/gates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sockmark::report {
namespace {

constexpr const char* kDefaultGates[] = {"p50", "p99", "goodput", "loss"};
// More is a typing error.
constexpr double kLargestRatio = 1000, kLargestDifference = 1;
// Nearer to 1 the logarithm has hardly a digit left.
constexpr double kSmallestRatio = 1 + 1e-9, kSmallestDifference = 1e-12;
constexpr double kPerUnit = 1e12;  // digits of a margin in per cent

Result<double> parse_margin(std::string_view text, const Metric& metric) {
  const bool percent = text.ends_with('%');
  double margin = 0;
  const char* end = text.data() + text.size() - (percent ? 1 : 0);
  const auto [rest, error] = std::from_chars(text.data(), end, margin);
  // 5% of a ratio is 1.05, and of a difference 0.05. Rounded, so that 7% is the 1.07 of a user.
  if (percent)
    margin = std::round(((metric.may_be_zero ? 0 : 1) + margin / 100) * kPerUnit) / kPerUnit;
  const double smallest = metric.may_be_zero ? kSmallestDifference : kSmallestRatio;
  const double largest = metric.may_be_zero ? kLargestDifference : kLargestRatio;
  if (error == std::errc() && rest == end && margin >= smallest && margin <= largest) return margin;
  if (metric.may_be_zero) {
    return Error{fmt::format(
        "\"{}\" is not a margin of {}: expected a difference above 0 and at most {}, such as {}",
        text, metric.short_name, largest, metric.default_margin)};
  }
  return Error{
      fmt::format("\"{}\" is not a margin of {}: expected a ratio above 1 and at most {}, such as "
                  "{}, or an excess "
                  "in per cent, such as 5%",
                  text, metric.short_name, largest, metric.default_margin)};
}

}  // namespace

double GateSpec::bound() const { return metric->may_be_zero ? margin : std::log(margin); }

std::vector<GateSpec> default_gates() {
  std::vector<GateSpec> gates;
  for (const char* name : kDefaultGates) {
    const Metric* metric = find_metric(name);
    gates.push_back({.metric = metric, .margin = metric->default_margin, .by_default = true});
  }
  return gates;
}

Result<const Metric*> parse_metric(std::string_view name) {
  if (const Metric* found = find_metric(name)) return found;
  std::vector<std::string_view> names;
  for (const Metric& metric : metrics()) names.emplace_back(metric.short_name);
  return Error{fmt::format("unknown metric \"{}\"; there are {}", name, fmt::join(names, ", "))};
}

Result<GateSpec> parse_gate(std::string_view text) {
  const auto colon = text.find(':');
  const auto metric = TRY(parse_metric(text.substr(0, colon)));
  GateSpec gate{.metric = metric, .margin = metric->default_margin};
  if (colon == std::string_view::npos) return gate;
  const auto margin = TRY(parse_margin(text.substr(colon + 1), *metric));
  gate.margin = margin;
  return gate;
}

Result<std::vector<GateSpec>> parse_gates(std::span<const std::string> texts) {
  std::vector<GateSpec> gates;
  for (const std::string& text : texts) {
    auto gate = TRY(parse_gate(text));
    if (std::ranges::find(gates, gate.metric, &GateSpec::metric) != gates.end())
      return Error{fmt::format("two gates for {}", gate.metric->short_name)};
    gates.push_back(gate);
  }
  return gates;
}

}  // namespace sockmark::report
