#include "bench/cli/comparison_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "reports/compare/compare_gates.h"
#include "reports/compare/compare_params.h"
#include "reports/compare/gates.h"
#include "reports/model/metrics.h"

namespace sockmark::cli {

namespace {

constexpr std::string_view kLossRatio = "loss_ratio";

// A size or a rate as a report has it: 65536 for "64k".
std::string plain_value(const report::Parameter& parameter, const std::string& value) {
  const std::string_view option = parameter.option;
  if (option == "size" || option == "sndbuf" || option == "rcvbuf") {
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

// The cases of a plan. Must: at() is asked for the id of one of them.
class SpecsById {
 public:
  explicit SpecsById(const Plan& plan) {
    for (const auto& spec : plan.cases) specs_.emplace(spec.id(), &spec);
  }
  [[nodiscard]] const CaseSpec& at(const std::string& id) const { return *specs_.at(id); }

 private:
  std::map<std::string, const CaseSpec*> specs_;
};

double messages_due(const CaseSpec& spec) {
  return *spec.rate * std::chrono::duration<double>(spec.duration).count();
}

// Whether the runs of a case can decide a gate on this metric.
Result<> check_percentile(const CaseSpec& spec, const report::Metric& metric) {
  if (report::is_tail(metric) && !spec.rate) {
    const bool connect = spec.workload == Workload::connect;
    return Error{fmt::format(
        "{} is a closed loop, which does not send during a stall, so that its tail is incomplete; "
        "{}",
        spec.id(), connect ? "gate p50" : "give --rate, or gate p50")};
  }
  if (too_few_messages(spec, metric)) {
    return Error{fmt::format(
        "a gate requires {:.0f} messages beyond {} in a run, and a run of {} has about {:.3g}; "
        "increase --duration or --rate",
        report::kMinBeyondGate, metric.short_name, spec.id(),
        messages_due(spec) * *metric.share_beyond)};
  }
  return {};
}

// The value to compare with, of a parameter that varies between the `cases`.
Result<std::string> baseline_value(std::span<const report::Case> cases,
                                   std::span<const report::Case> baselines,
                                   const ComparedBy& question) {
  const auto parameter =
      TRY(report::choose_parameter(cases, question.parameter).in(question.place_of_parameter));
  auto wanted = question.baseline;
  if (wanted) wanted = plain_value(*parameter, *wanted);
  return report::choose_baseline(baselines, *parameter, wanted).in(question.place_of_baseline);
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

Result<> check_stray_gate(const std::vector<std::string>& gates, const std::string& argument) {
  const bool is_gate = argument.find(':') != argument.npos && report::parse_gate(argument);
  if (gates.empty() || !is_gate) return {};
  return Error{fmt::format("{} is a gate; give each gate its own option: --gate {} --gate {}",
                           argument, gates.back(), argument)};
}

Result<report::CompareOutcome> compare_cases(const report::Report& report,
                                             const ComparedBy& question,
                                             const report::CompareOptions& options) {
  const auto value = TRY(baseline_value(report.cases, report.cases, question));
  return report::compare_by(report, question.parameter, value, options)
      .in(question.place_of_parameter);
}

Result<report::CompareOutcome> compare_cases(const report::Report& baseline,
                                             const report::Report& candidate,
                                             const ComparedBy& question,
                                             const report::CompareOptions& options) {
  std::vector<report::Case> both = baseline.cases;
  both.insert(both.end(), candidate.cases.begin(), candidate.cases.end());
  const auto value = TRY(baseline_value(both, baseline.cases, question));
  return report::compare_reports_by(baseline, candidate, question.parameter, value, options)
      .in(question.place_of_parameter);
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
                           std::string_view place) {
  if (plan.order != Order::interleaved && planned.gates.total() > 0) {
    return Error{fmt::format(
        "{}: runs of --order {} are not paired, so that no gate can be decided; give --order "
        "interleaved, or no gates",
        place, name_of(plan.order))};
  }
  const SpecsById specs(plan);
  for (const auto& one : planned.comparisons) {
    if (!one.gate) continue;
    const auto& metric = report::metric(one.metric);
    const CaseSpec &baseline = specs.at(one.baseline), &candidate = specs.at(one.candidate);
    if (one.metric == kLossRatio && baseline.reliable() != candidate.reliable()) {
      return baseline.reliable() ? cannot_decide(place, one.baseline, one.candidate)
                                 : cannot_decide(place, one.candidate, one.baseline);
    }
    for (const CaseSpec* spec : {&baseline, &candidate}) {
      if (auto decides = check_percentile(*spec, metric); !decides)
        return Error(decides.error()).in(fmt::format("{}: {}", place, metric.short_name));
    }
  }
  return {};
}

bool too_few_messages(const CaseSpec& spec, const report::Metric& metric) {
  // A maximum has nothing beyond it in a sample of any size.
  if (!spec.rate || !metric.share_beyond || *metric.share_beyond == 0) return false;
  return messages_due(spec) * *metric.share_beyond < report::kMinBeyondGate;
}

std::size_t gates_judged(const report::CompareOutcome& planned, const Plan& plan) {
  const SpecsById specs(plan);
  return static_cast<std::size_t>(std::ranges::count_if(planned.comparisons, [&](const auto& one) {
    if (!one.gate) return false;
    return one.metric != kLossRatio || !specs.at(one.baseline).reliable() ||
           !specs.at(one.candidate).reliable();
  }));
}

}  // namespace sockmark::cli
