#include "bench/cli/comparison_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "reports/compare/compare_params.h"
#include "reports/model/metrics.h"

namespace sockmark::cli {

namespace {

constexpr std::string_view kLossRatio = "loss_ratio";

// A size or a rate as a report has it: 65536 for "64k".
std::string plain_value(const report::Parameter& parameter, const std::string& value) {
  const std::string_view option = parameter.option;
  if (option == "size") {
    if (const auto size = parse_size(value)) return fmt::format("{}", *size);
  }
  if (option == "rate") {
    if (const auto rate = parse_rate(value)) return fmt::format("{}", *rate);
  }
  return value;
}

Error cannot_decide(std::string_view place, std::string_view reliable, std::string_view other) {
  return Error{fmt::format(
      "{}: loss: the transport of {} does not lose messages, so {} cannot be compared with it",
      place, reliable, other)};
}

}  // namespace

Result<report::Inconclusive> parse_inconclusive(std::string_view text) {
  using report::Inconclusive;
  std::vector<std::string_view> names;
  for (const auto policy : {Inconclusive::own, Inconclusive::pass, Inconclusive::fail}) {
    if (name_of(policy) == text) return policy;
    names.push_back(name_of(policy));
  }
  return unknown_word("policy", text, names).in("--inconclusive");
}

Result<report::CompareOutcome> compare_cases(const report::Report& report,
                                             const ComparedBy& question,
                                             const report::CompareOptions& options) {
  const auto parameter = report::choose_parameter(report.cases, question.parameter);
  if (!parameter) return Error(parameter.error()).in(question.place_of_parameter);
  auto baseline = question.baseline;
  if (baseline) baseline = plain_value(**parameter, *baseline);
  const auto value = report::choose_baseline(report.cases, **parameter, baseline);
  if (!value) return Error(value.error()).in(question.place_of_baseline);
  auto outcome = TRY(report::compare_by(report, question.parameter, *value, options)
                         .in(question.place_of_parameter));
  return outcome;
}

Result<> check_gates_apply(const report::CompareOutcome& outcome, std::string_view place) {
  for (const auto& one : outcome.comparisons) {
    if (!one.gate || one.metric != kLossRatio) continue;
    const auto ruled_out = [](const Maybe<double>& median) {
      return !median && median.reason() == report::kNotApplicable;
    };
    if (ruled_out(one.baseline_median)) return cannot_decide(place, one.baseline, one.candidate);
    if (ruled_out(one.candidate_median)) return cannot_decide(place, one.candidate, one.baseline);
  }
  return {};
}

Result<> check_gates_apply(const report::CompareOutcome& planned, const Plan& plan,
                           const report::CompareOptions& options, std::string_view place) {
  const auto loss = std::find_if(options.gates.begin(), options.gates.end(), [](const auto& gate) {
    return gate.metric->name == kLossRatio && !gate.by_default;
  });
  if (loss == options.gates.end()) return {};
  const auto reliable = [&](const std::string& id) {
    return std::any_of(plan.cases.begin(), plan.cases.end(),
                       [&](const CaseSpec& spec) { return spec.id() == id && spec.reliable(); });
  };
  for (const auto& one : planned.comparisons) {
    const bool baseline = reliable(one.baseline), candidate = reliable(one.candidate);
    if (baseline == candidate) continue;
    return baseline ? cannot_decide(place, one.baseline, one.candidate)
                    : cannot_decide(place, one.candidate, one.baseline);
  }
  return {};
}

}  // namespace sockmark::cli
