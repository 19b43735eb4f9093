#include "bench/cli/commands/run_task.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "bench/checks/host_names.h"
#include "bench/cli/comparison_arguments.h"
#include "bench/plan/suite.h"
#include "bench/remote/push.h"
#include "bench/run/runner.h"
#include "bench/worker/floor.h"
#include "reports/compare/calibration.h"
#include "reports/compare/compare_gates.h"
#include "reports/format/units.h"
#include "reports/model/environment_section.h"
#include "reports/model/reasons.h"
#include "reports/model/report_json.h"
#include "stats/power.h"
#include "stats/sign_flip.h"
#include "stats/stopping_rule.h"

namespace sockmark::cli {

namespace {

// --repetitions with --until-precise, where it is an upper limit
// (docs/definitions/stopping.md#stopping).
constexpr const char* kBlocksUntilPrecise = "40";

// --- the plan -----------------------------------------------------------------------------------

Result<Plan> plan_of(const OptionTexts& texts) {
  PlanOptions options;
  TRY(read_options(texts, options));
  return make_plan(options);
}

// --floor is an error if it applies to no case. If it applies to some, the report gives the reason
// for the others.
Result<> check_floor(const Plan& plan) {
  for (const auto& spec : plan.cases) {
    if (why_no_floor(spec) == nullptr) return {};
  }
  const auto& first = plan.cases.front();
  return Error{fmt::format("--floor applies to no case: {}: {}", first.id(),
                           report::reason_in_words(why_no_floor(first)))};
}

Result<Plan> read_plan(const RunArguments& arguments, const Suite& suite) {
  OptionTexts options = arguments.plan;
  if (arguments.until_precise) options.emplace("repetitions", kBlocksUntilPrecise);
  auto plan = TRY(arguments.suite ? make_plan(suite, options) : plan_of(options));
  TRY(check_applies(options, plan));
  for (auto& line : partly_applied(options, plan)) warn(Error{std::move(line)});
  if (arguments.floor) TRY(check_floor(plan));
  plan.floor = plan.floor || arguments.floor;
  const auto ends = TRY(read_ends(arguments.ends));
  TRY(check_ends(ends, plan));
  TRY(place_generators(ends, plan));
  return resolve_names(std::move(plan), ends);
}

// --- the comparison -----------------------------------------------------------------------------

// The suite counts here, because it can ask for a comparison and set gates.
Result<> check_requirements(const RunArguments& arguments, const Question& question) {
  struct Requirement {
    const char* option;
    bool given;
    bool gates;  // required, besides a comparison
  };
  const Requirement requirements[] = {
      {"--gate", !arguments.gates.empty(), false},
      {"--baseline", arguments.baseline.has_value(), false},
      {"--inconclusive", arguments.inconclusive.has_value(), false},
      {"--budget", arguments.budget.has_value(), false},
      {"--until-precise", arguments.until_precise, true},
      {"--calibration", arguments.calibration.has_value(), true},
  };
  for (const auto& [option, given, gates] : requirements) {
    if (!given) continue;
    if (question.by.empty()) return Error{fmt::format("{} requires --by or --against", option)};
    if (gates && question.options.gates.empty())
      return Error{fmt::format("{} requires --gate", option)};
  }
  return {};
}

Result<std::vector<report::GateSpec>> read_gates(const RunArguments& arguments,
                                                 const Suite& suite) {
  if (arguments.gates == std::vector<std::string>{"none"}) return std::vector<report::GateSpec>{};
  const auto& texts = arguments.gates.empty() ? suite.gates : arguments.gates;
  // Two builds are compared to find regressions.
  if (arguments.against && texts.empty()) return report::default_gates();
  return report::parse_gates(texts);
}

Result<Question> read_question(const RunArguments& arguments, const Suite& suite) {
  Question question;
  question.by = arguments.against ? "arm" : arguments.by.value_or(suite.by);
  question.baseline = arguments.baseline;
  const bool suite_asks = !arguments.by && !arguments.against;
  if (!question.baseline && suite_asks && !suite.baseline.empty())
    question.baseline = suite.baseline;
  auto gates = TRY(read_gates(arguments, suite).in("--gate"));
  question.options.gates = std::move(gates);
  if (arguments.inconclusive) {
    const auto policy = TRY(parse_inconclusive(*arguments.inconclusive));
    question.options.inconclusive = policy;
  }
  question.until_precise = arguments.until_precise;
  TRY(check_requirements(arguments, question));
  if (arguments.budget) {
    const auto budget = TRY(parse_duration(*arguments.budget).in("--budget"));
    question.budget = budget;
  }
  return question;
}

// The programs of --against and --candidate, and a plan in which each case is measured with both.
Result<> add_programs(const RunArguments& arguments, RunTask& task) {
  if (!arguments.against) return {};
  if (task.plan.order != Order::interleaved) return Error{"--against requires --order interleaved"};
  if (arguments.ends.worker_program && *arguments.ends.worker_program != kPush)
    return Error{
        "--worker-program: both programs of --against would start it at the ends; omit it, and "
        "each "
        "starts its own path there, or push"};
  auto baseline = TRY(find_program(*arguments.against).in("--against"));
  auto candidate = TRY(
      (arguments.candidate ? find_program(*arguments.candidate) : own_path()).in("--candidate"));
  task.baseline = std::move(baseline);
  task.candidate = std::move(candidate);
  task.plan = with_arms(task.plan);
  return check_runs(task.plan);
}

// Drops the default gates that runs of this length cannot decide: each would make the whole
// comparison inconclusive.
void drop_default_gates(RunTask& task) {
  std::vector<std::string_view> dropped;
  std::erase_if(task.question.options.gates, [&](const report::GateSpec& gate) {
    const bool drop =
        gate.by_default && std::ranges::any_of(task.plan.cases, [&](const CaseSpec& spec) {
          return too_few_messages(spec, *gate.metric);
        });
    if (drop) dropped.push_back(gate.metric->short_name);
    return drop;
  });
  if (dropped.empty()) return;
  warn(
      Error{fmt::format("no gate on {}: a run has fewer than {:.0f} messages beyond it; increase "
                        "--duration or --rate",
                        fmt::join(dropped, " and "), report::kMinBeyondGate)});
}

// The smallest number of blocks with which the comparison can decide `gates` gates, or without
// gates, has intervals.
std::uint64_t fewest_blocks(const Question& question, std::uint64_t gates) {
  std::uint64_t blocks = 1;
  // Interim looks have a lower alpha, and their number depends on the blocks.
  const auto alpha = [&] {
    return question.until_precise ? report::until_precise(blocks).alpha : report::kAlphaFixed;
  };
  while (blocks < report::min_blocks(std::max<std::uint64_t>(gates, 1), alpha())) ++blocks;
  return blocks;
}

// "an interval", "a verdict over 2 gates".
std::string aim_of(const RunTask& task) {
  if (task.gates == 0) return "an interval";
  return "a verdict over " + report::counted(task.gates, "gate");
}

// Chooses the number of blocks where the user does not. Rejects a given number with which every
// gate would be inconclusive, unless --inconclusive says what to do then.
Result<> choose_blocks(const RunArguments& arguments, const Suite& suite, RunTask& task,
                       std::string_view place_of_gates) {
  std::uint64_t& blocks = task.plan.repetitions;
  const std::uint64_t needed = task.blocks_needed;
  if (task.gates > 0 && needed > report::kMaxBlocksEnumerated) {
    return Error{fmt::format(
        "{}: {} gates are too many to judge together, with any number of blocks; measure fewer "
        "cases, or give fewer gates",
        place_of_gates, task.gates)};
  }
  const bool in_suite = suite.run.contains("repetitions");
  const bool suite_asks = !arguments.by && !arguments.against && arguments.gates.empty();
  const bool given = arguments.plan.contains("repetitions");
  if (given || (in_suite && suite_asks && !arguments.until_precise)) {
    const bool accepted = task.question.options.inconclusive != report::Inconclusive::own;
    if (task.gates == 0 || blocks >= needed || accepted) return {};
    const std::string place = given ? "--repetitions" : *arguments.suite + ": run.repetitions";
    return Error{fmt::format(
        "{} {}: {} takes {} blocks; give -n {} or more, or --inconclusive pass or fail to measure "
        "without a verdict",
        place, blocks, aim_of(task), needed, needed)};
  }
  if (arguments.until_precise || (in_suite && blocks >= needed)) return {};
  // Enough also if a fifth of the blocks, the most that a comparison permits, is excluded.
  const std::uint64_t chosen = (5 * needed + 3) / 4;
  if (in_suite) {
    warn(Error{fmt::format("{}: run.repetitions {}: {} takes {} blocks; measuring {}",
                           *arguments.suite, blocks, aim_of(task), needed, chosen)});
  }
  blocks = chosen;
  return check_runs(task.plan);
}

// Rejects a gate for which this machine is too noisy. Its result would be inconclusive.
Result<> check_calibration(const std::string& file, const RunTask& task,
                           const report::Report& planned,
                           const report::CompareOutcome& comparison) {
  const auto report = TRY(report::load_report(file));
  if (report::find_hard_difference(report.environment, planned.environment)) {
    return Error{file +
                 ": made on another machine, or this machine was changed; run sockmark "
                 "calibrate again"};
  }
  const auto& gates = task.question.options.gates;
  std::vector<const report::Metric*> metrics;
  for (const auto& gate : gates) metrics.push_back(gate.metric);
  const auto calibration = report::calibration_of(report, metrics);
  if (!calibration) return Error(calibration.error()).in(file);
  if (!calibration->invalid.empty())
    return Error{"not a calibration: " + calibration->invalid.front()}.in(file);
  return check_gates({.outcome = comparison,
                      .cases = planned.cases,
                      .gates = gates,
                      .blocks = task.plan.repetitions},
                     *calibration, file);
}

// Drops the suite's comparison, for which the options of the command line leave too few cases.
// Must: compare_cases() failed with `error`.
Result<> drop_suite_comparison(const RunArguments& arguments, Suite suite, const ComparedBy& by,
                               const Error& error, RunTask& task) {
  // An error of the suite itself.
  const auto whole = TRY(make_plan(suite, {}));
  TRY(compare_cases(report_of(whole), by, task.question.options));
  suite.by = suite.baseline = {};
  suite.gates = {};
  auto question = TRY(read_question(arguments, suite));
  task.question = std::move(question);
  warn(Error{error.message + "; with these options nothing is compared"});
  return {};
}

// Finds what would make the comparison fail after the measurement: a parameter that does not vary,
// a baseline that no case has, a gate that no run can decide, too few blocks for the gates.
Result<> check_question(const RunArguments& arguments, const Suite& suite, RunTask& task) {
  if (task.question.by.empty()) return {};
  if (task.plan.repetitions > report::kMaxBlocks) {
    return Error{fmt::format("--repetitions {}: a comparison takes at most {} runs of a case",
                             task.plan.repetitions, report::kMaxBlocks)};
  }
  ComparedBy by{.parameter = task.question.by, .baseline = task.question.baseline};
  const std::string in_suite = arguments.suite.value_or("") + ": compare.";
  const bool suite_asks = !arguments.by && !arguments.against;
  if (suite_asks) by.place_of_parameter = in_suite + "by";
  if (suite_asks && !arguments.baseline) by.place_of_baseline = in_suite + "baseline";
  drop_default_gates(task);
  const auto planned = report_of(task.plan);
  const auto comparison = compare_cases(planned, by, task.question.options);
  if (!comparison) {
    if (!suite_asks || arguments.baseline) return comparison.error();
    return drop_suite_comparison(arguments, suite, by, comparison.error(), task);
  }
  if (task.question.baseline) task.question.baseline = *comparison->baseline_value;
  const bool gates_of_suite = arguments.gates.empty() && !suite.gates.empty();
  const std::string place_of_gates = gates_of_suite ? in_suite + "gates" : "--gate";
  TRY(check_gates_apply(*comparison, task.plan, place_of_gates));
  task.gates = gates_judged(*comparison, task.plan);
  const auto& gates = task.question.options.gates;
  const auto asked = std::ranges::find(gates, false, &report::GateSpec::by_default);
  if (asked != gates.end() && task.gates == 0) {
    return Error{
        fmt::format("{} {}: no compared pair has this metric; transports that lose no "
                    "messages have no loss",
                    place_of_gates, asked->metric->short_name)};
  }
  task.blocks_needed = fewest_blocks(task.question, task.gates);
  TRY(choose_blocks(arguments, suite, task, place_of_gates));
  if (!arguments.calibration) return {};
  return check_calibration(*arguments.calibration, task, planned, *comparison);
}

// A line of --dry-run; empty without a comparison.
std::string describe_comparison(const RunTask& task) {
  const Question& question = task.question;
  if (question.by.empty()) return {};
  const std::string gates = task.gates > 0 ? report::counted(task.gates, "gate") : "no gates";
  std::string line = fmt::format("compared by {}, {}", question.by, gates);
  // Runs of another order form no blocks.
  if (task.plan.order == Order::interleaved) {
    const bool few = task.plan.repetitions < task.blocks_needed;
    line += fmt::format("{}: {} takes {} blocks", few ? ", too few blocks" : "", aim_of(task),
                        task.blocks_needed);
  }
  return line + '\n';
}

}  // namespace

Result<RunTask> make_task(const RunArguments& arguments) {
  const Suite suite = TRY(arguments.suite ? load_suite(*arguments.suite) : Suite{});
  RunTask task;
  auto plan = TRY(read_plan(arguments, suite));
  task.plan = std::move(plan);
  auto ends = TRY(read_ends(arguments.ends));
  task.ends = std::move(ends);
  auto question = TRY(read_question(arguments, suite));
  task.question = std::move(question);
  TRY(add_programs(arguments, task));
  TRY(check_question(arguments, suite, task));
  return task;
}

report::Report begin_report(const RunTask& task, const RunArguments& arguments) {
  auto report = report_of(task.plan, supplied_texts(arguments));
  auto& effective = report.plan_effective;
  if (!task.question.by.empty()) effective["by"] = task.question.by;
  if (task.question.baseline) effective["baseline"] = *task.question.baseline;
  if (!task.baseline.empty()) {
    effective["against"] = task.baseline;
    effective["candidate"] = task.candidate;
    effective["against_file"] = identity_of(task.baseline);
    effective["candidate_file"] = identity_of(task.candidate);
  }
  for (const auto& [option, text] : texts_of(task.ends)) {
    if (option == "launch-timeout") continue;  // of no importance for what is measured
    auto& texts = effective[option];           // several generators: a line each
    texts += (texts.empty() ? "" : "\n") + text;
  }
  std::vector<std::string> gates;
  for (const auto& gate : task.question.options.gates)
    gates.push_back(fmt::format("{}:{}", gate.metric->short_name, gate.margin));
  if (!gates.empty()) effective["gates"] = fmt::format("{}", fmt::join(gates, ","));
  return report;
}

std::string describe(const RunTask& task) {
  const Plan& plan = task.plan;
  // The duration is the limit of a run.
  const bool by_count =
      std::ranges::any_of(plan.cases, [](const auto& spec) { return spec.messages.has_value(); });
  std::string text = fmt::format(
      "{}, {}, {}, {} {}\n{}\ncases\n", report::counted(plan.cases.size(), "case"),
      report::counted(plan.repetitions, "block"),
      report::counted(plan.cases.size() * plan.repetitions, "run"), by_count ? "at most" : "about",
      clock_text(plan.estimated_time()), describe_comparison(task));
  for (std::size_t i = 0; i < plan.cases.size(); ++i)
    text += fmt::format("{:4}  {}\n", i + 1, plan.cases[i].id());
  text += fmt::format("\norder ({}), numbers of cases\n", name_of(plan.order));
  const auto schedule = plan.schedule();
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    const bool first_of_line = i % plan.cases.size() == 0;
    if (first_of_line) text += "  ";
    text += fmt::format("{:>4}", schedule[i].case_index + 1);
    if ((i + 1) % plan.cases.size() == 0) text += '\n';
  }
  return text;
}

}  // namespace sockmark::cli
