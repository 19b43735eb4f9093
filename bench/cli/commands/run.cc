// sockmark run: measure, write the report, print the table.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/parse.h"
#include "bench/checks/preflight.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/comparison_arguments.h"
#include "bench/cli/measure_plan.h"
#include "bench/cli/plan_arguments.h"
#include "bench/cli/rate_search_arguments.h"
#include "bench/cli/unfinished.h"
#include "bench/plan/plan.h"
#include "bench/plan/plan_options.h"
#include "bench/plan/suite.h"
#include "bench/run/floor.h"
#include "bench/run/live_comparison.h"
#include "bench/run/runner.h"
#include "reports/compare/calibration.h"
#include "reports/compare/compare.h"
#include "reports/model/reasons.h"
#include "reports/model/report_json.h"
#include "reports/render/compare_text.h"
#include "reports/render/text.h"
#include "stats/sign_flip.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  sockmark run quick\n"
    "  sockmark run mine.json --dry-run\n"
    "  sockmark run -t tcp,unix-stream -w rr,stream -s 64,64k -n 5\n"
    "  sockmark run -t udp -s 1k -c 100 -j 2 --wait spin --pin 0,1\n"
    "  sockmark run -t tcp,udp -r 1k,10k --arrivals poisson --wait hybrid\n"
    "  sockmark run -t udp -w rr,stream -r 20k --impair loss=1%,reorder=2%:3,seed=7\n"
    "  sockmark run -t tcp,unix-stream -n 12 --by transport\n"
    "  sockmark run ci --against ./older/sockmark --gate p50:1.05 --until-precise\n"
    "  sockmark run -t udp --find-rate 'loss<=0.5%,p99<=1ms'\n"
    "\nA LIST (a,b,c) makes a case of every combination. The report goes to report.json, the table "
    "to\n"
    "standard output. A run that is cut short leaves its finished runs in report.json.journal, or\n"
    "when interrupted in report.json; --resume goes on with them. Exit status: 0 fine, 1 a gate\n"
    "failed, 2 bad input, 3 inconclusive, 4 a run was invalid, 5 report not written, 130 "
    "interrupted\n"
    "(finished runs are kept).\n"
    "\n--find-rate searches, for every case, the highest rate at which a goal holds, by short and "
    "then\n"
    "full-length trials (-d). Loss is no goal of a transport that loses nothing: there p99 is. "
    "Exit\n"
    "status 3: a search did not come to its end, 4: a case gave no valid trial "
    "(docs/find-rate.md).\n";

// Blocks at most, where precision decides and nobody says otherwise
// (docs/definitions/stopping.md#stopping).
constexpr const char* kBlocksUntilPrecise = "40";

// What the user gave, as text.
struct Supplied {
  std::optional<std::string> suite;
  OptionTexts options;
  std::optional<std::string> by, baseline, against, candidate, budget, inconclusive, calibration;
  std::vector<std::string> gates;
  SearchTexts search;
  Output output;
  bool floor = false;
  bool until_precise = false, dry_run = false, resume = false, discard = false, no_progress = false;

  [[nodiscard]] bool shows_progress() const { return !output.quiet && !no_progress; }
};

// The whole of what is to be done.
struct Task {
  Plan plan;
  Question question;
  std::string baseline, candidate;  // programs; empty: this one alone
};

Result<Plan> plan_of(const OptionTexts& texts) {
  PlanOptions options;
  TRY(read_options(texts, options));
  return make_plan(options);
}

Result<> read_question(const Supplied& supplied, const Suite& suite, Question& question) {
  question.by = supplied.against ? "arm" : supplied.by.value_or(suite.by);
  if (supplied.baseline) question.baseline = *supplied.baseline;
  if (!question.baseline && !suite.baseline.empty() && !supplied.by && !supplied.against)
    question.baseline = suite.baseline;
  auto gates =
      TRY(report::parse_gates(supplied.gates.empty() ? suite.gates : supplied.gates).in("--gate"));
  question.options.gates = std::move(gates);
  if (supplied.inconclusive) {
    auto policy = TRY(parse_inconclusive(*supplied.inconclusive));
    question.options.inconclusive = policy;
  }
  if (question.by.empty()) {
    const char* stray = !supplied.gates.empty()  ? "--gate"
                        : supplied.baseline      ? "--baseline"
                        : supplied.inconclusive  ? "--inconclusive"
                        : supplied.until_precise ? "--until-precise"
                        : supplied.calibration   ? "--calibration"
                                                 : nullptr;
    if (stray != nullptr)
      return Error{fmt::format("{}: nothing is compared; give --by or --against", stray)};
  }
  // Two builds are compared in order to find what became worse.
  if (supplied.against && question.options.gates.empty())
    question.options.gates = report::default_gates();
  question.until_precise = supplied.until_precise;
  if (question.until_precise && question.options.gates.empty())
    return Error{
        "--until-precise: stops when every gate is precise, and there is none; give --gate"};
  if (supplied.calibration && question.options.gates.empty())
    return Error{"--calibration: is held against the gates, and there is none; give --gate"};
  if (supplied.budget) {
    auto budget = TRY(parse_duration(*supplied.budget).in("--budget"));
    question.budget = budget;
    if (question.by.empty()) return Error{"--budget: nothing is compared; give --by or --against"};
  }
  return {};
}

Result<> read_arms(const Supplied& supplied, Task& task) {
  if (!supplied.against) {
    if (supplied.candidate) return Error{"--candidate: compared with what? Give --against"};
    return {};
  }
  if (supplied.by) return Error{"--by: --against compares by program"};
  if (task.plan.order != Order::interleaved)
    return Error{"--order: two programs are compared block by block; leave it at interleaved"};
  auto baseline = TRY(find_program(*supplied.against).in("--against"));
  auto candidate =
      TRY((supplied.candidate ? find_program(*supplied.candidate) : own_path()).in("--candidate"));
  task.baseline = std::move(baseline);
  task.candidate = std::move(candidate);
  task.plan = with_arms(task.plan);
  return check_runs(task.plan);
}

// A gate that this machine is too noisy for is refused now, and not inconclusive in the end.
Result<> check_calibration(const std::string& file, const Task& task, const report::Report& frame,
                           const report::CompareOutcome& planned) {
  const auto report = TRY(report::load_report(file));
  if (report.environment.hash_hard != frame.environment.hash_hard)
    return Error{file + ": was made on another machine, or this one was changed; calibrate again"};
  const auto& gates = task.question.options.gates;
  std::vector<const report::Metric*> metrics;
  for (const auto& gate : gates) metrics.push_back(gate.metric);
  const auto calibration = report::calibration_of(report, metrics);
  if (!calibration) return Error(calibration.error()).in(file);
  if (!(*calibration).invalid.empty())
    return Error{"no calibration: " + (*calibration).invalid.front()}.in(file);
  return check_gates(planned, frame.cases, gates, task.plan.repetitions, *calibration, file);
}

// Found before anything is measured: a parameter that does not vary, a value that no case has, a
// gate that nothing could decide. A suite's own question may be void of what the command line left
// of its cases; it is then not asked, which is told.
Result<> check_question(const Supplied& supplied, const Suite& suite, Task& task) {
  if (task.question.by.empty()) return {};
  ComparedBy asked{.parameter = task.question.by, .baseline = task.question.baseline};
  const std::string in_suite = supplied.suite.value_or("") + ": compare.";
  const bool of_suite = !supplied.by && !supplied.against;
  if (of_suite) asked.place_of_parameter = in_suite + "by";
  if (of_suite && !supplied.baseline) asked.place_of_baseline = in_suite + "baseline";
  if (task.plan.repetitions > report::kMostBlocks) {
    return Error{fmt::format("--repetitions {}: at most {} runs of a case are compared",
                             task.plan.repetitions, report::kMostBlocks)};
  }
  const auto frame = report_of(task.plan);
  auto possible = compare_cases(frame, asked, task.question.options);
  if (!possible && of_suite && !supplied.baseline) {
    const auto whole = TRY(make_plan(suite, {}));
    TRY(compare_cases(report_of(whole), asked, task.question.options));
    task.question = {};
    Suite without = suite;
    without.by = without.baseline = {};
    without.gates = {};
    TRY(read_question(supplied, without, task.question));
    complain(Error{possible.error().message + "; with these options nothing is compared"}, kFine);
    return {};
  }
  if (!possible) return std::move(possible).error();
  if (task.question.baseline) task.question.baseline = *possible->baseline_value;
  TRY(check_gates_apply(*possible, task.plan, task.question.options,
                        supplied.gates.empty() ? in_suite + "gates" : "--gate"));
  return supplied.calibration ? check_calibration(*supplied.calibration, task, frame, *possible)
                              : Result<>();
}

// A floor of nothing is a mistake; of some cases it is what the report says of each.
Result<> check_floor(const Supplied& supplied, const Plan& plan) {
  if (supplied.against) return Error{"--floor: of which program? Leave out --against"};
  for (const auto& spec : plan.cases) {
    if (why_no_floor(spec) == nullptr) return {};
  }
  const auto& first = plan.cases.front();
  return Error{fmt::format("--floor: no case has one; {}: {}", first.id(),
                           report::reason_in_words(why_no_floor(first)))};
}

Result<Task> task_of(const Supplied& supplied) {
  Task task;
  OptionTexts options = supplied.options;
  if (supplied.until_precise) options.emplace("repetitions", kBlocksUntilPrecise);
  Suite suite;
  if (supplied.suite) {
    auto loaded = TRY(load_suite(*supplied.suite));
    suite = std::move(loaded);
  }
  auto plan = TRY(supplied.suite ? make_plan(suite, options) : plan_of(options));
  task.plan = std::move(plan);
  if (supplied.floor) {
    TRY(check_floor(supplied, task.plan));
    task.plan.floor = true;
  }
  const auto open_loop = [](const CaseSpec& spec) { return spec.rate.has_value(); };
  if (options.contains("arrivals") &&
      std::none_of(task.plan.cases.begin(), task.plan.cases.end(), open_loop))
    return Error{"--arrivals: only an open loop has a law of arrivals; give a --rate"};
  TRY(read_question(supplied, suite, task.question));
  TRY(read_arms(supplied, task));
  TRY(check_question(supplied, suite, task));
  return task;
}

// What --dry-run prints: cases, order, time.
std::string description_of(const Plan& plan) {
  std::string text = fmt::format(
      "{} case(s), {} block(s), {} runs, about {}\n\ncases\n", plan.cases.size(), plan.repetitions,
      plan.cases.size() * plan.repetitions, clock_text(plan.estimated_time()));
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

bool any_invalid(const report::Report& report) {
  for (const auto& one : report.cases) {
    for (const auto& run : one.runs) {
      if (!run.valid) return true;
    }
  }
  return false;
}

OptionTexts supplied_texts(const Supplied& supplied) {
  OptionTexts texts = supplied.options;
  const auto add = [&](const char* name, const std::optional<std::string>& text) {
    if (text) texts[name] = *text;
  };
  add("suite", supplied.suite);
  add("by", supplied.by);
  add("baseline", supplied.baseline);
  add("against", supplied.against);
  add("candidate", supplied.candidate);
  add("budget", supplied.budget);
  add("inconclusive", supplied.inconclusive);
  add("calibration", supplied.calibration);
  if (!supplied.gates.empty()) texts["gate"] = fmt::format("{}", fmt::join(supplied.gates, ","));
  if (supplied.until_precise) texts["until-precise"] = "true";
  if (supplied.floor) texts["floor"] = "true";
  texts.merge(supplied_texts(supplied.search));
  return texts;
}

// The report without runs. What decides whether another measurement is the same is in it.
report::Report frame_of(const Task& task, const Supplied& supplied) {
  auto frame = report_of(task.plan, supplied_texts(supplied));
  if (!task.question.by.empty()) frame.plan_effective["by"] = task.question.by;
  if (task.question.baseline) frame.plan_effective["baseline"] = *task.question.baseline;
  if (!task.baseline.empty()) {
    frame.plan_effective["against"] = task.baseline;
    frame.plan_effective["candidate"] = task.candidate;
    frame.plan_effective["against_file"] = identity_of(task.baseline);
    frame.plan_effective["candidate_file"] = identity_of(task.candidate);
  }
  std::vector<std::string> gates;
  for (const auto& gate : task.question.options.gates)
    gates.push_back(fmt::format("{}:{}", gate.metric->short_name, gate.margin));
  if (!gates.empty()) frame.plan_effective["gates"] = fmt::format("{}", fmt::join(gates, ","));
  return frame;
}

Result<> check_supplied(const Supplied& supplied) {
  if (supplied.resume && supplied.discard)
    return Error{"--discard: what --resume goes on with is not given up"};
  if (supplied.resume && supplied.output.report == "-")
    return Error{"--resume: a report on standard output leaves no journal"};
  if (const auto texts = supplied_texts(supplied.search);
      supplied.search.goals.empty() && !texts.empty()) {
    return Error{fmt::format("--{}: nothing is searched; give --find-rate", texts.begin()->first)};
  }
  return check_output(supplied.output);
}

int search(const Supplied& supplied) {
  const std::pair<const char*, bool> others[] = {
      {"--by", supplied.by.has_value()},
      {"--baseline", supplied.baseline.has_value()},
      {"--against", supplied.against.has_value()},
      {"--candidate", supplied.candidate.has_value()},
      {"--gate", !supplied.gates.empty()},
      {"--until-precise", supplied.until_precise},
      {"--floor", supplied.floor},
      {"--budget", supplied.budget.has_value()},
      {"--inconclusive", supplied.inconclusive.has_value()},
      {"--calibration", supplied.calibration.has_value()},
      {"--resume", supplied.resume},
      {"--discard", supplied.discard}};
  for (const auto& [name, given] : others) {
    if (!given) continue;
    return complain(Error{fmt::format("{}: not with --find-rate, which compares nothing and leaves "
                                      "no runs to go on with",
                                      name)},
                    kBadInput);
  }
  auto read = read_search(supplied.suite, supplied.options, supplied.search);
  if (!read) return complain(read.error(), kBadInput);
  if (supplied.dry_run) return print(search_description(*read));
  return find_rate(*read, supplied_texts(supplied), supplied.output, supplied.shows_progress());
}

int run(const Supplied& supplied) {
  if (auto fits = check_supplied(supplied); !fits) return complain(fits.error(), kBadInput);
  if (!supplied.search.goals.empty()) return search(supplied);
  auto task = task_of(supplied);
  if (!task) return complain(task.error(), kBadInput);
  const Plan& plan = task->plan;
  if (supplied.dry_run) return print(description_of(plan));
  if (auto possible = check_machine(plan); !possible) return complain(possible.error(), kBadInput);
  const auto hold = hold_idle(plan);
  if (!hold) return complain(hold.error(), kBadInput);
  const auto mode = supplied.resume    ? Unfinished::Mode::resume
                    : supplied.discard ? Unfinished::Mode::discard
                                       : Unfinished::Mode::begin;
  Unfinished unfinished;
  if (auto refused = unfinished.open(supplied.output.report, frame_of(*task, supplied), mode))
    return complain(refused->error, refused->status);

  LiveComparison comparison(task->question, plan.repetitions);
  RunnerOptions options;
  options.baseline = task->baseline;
  options.candidate = task->candidate;
  options.finished = [&](const report::Report& so_far, const report::Case& one) {
    return unfinished.append(so_far, one);
  };
  options.enough = [&](const report::Report& so_far, std::uint64_t blocks) {
    return comparison.enough(so_far, blocks);
  };
  auto outcome =
      measure(plan, unfinished.take_begun(), supplied.shows_progress(), std::move(options));

  std::optional<report::CompareOutcome> compared;
  int not_compared = kFine;
  if (comparison.asked()) {
    auto found = comparison.finish(outcome.report, outcome.interrupted_by != 0);
    if (found) {
      compared = *std::move(found);
    } else {
      not_compared = complain(found.error(), kInvalid);
    }
  }
  if (!outcome.kept) complain(outcome.kept.error(), kNotWritten);
  const auto tables = [&](report::TextStyle style) {
    const auto table = report::text_table(outcome.report, style);
    return compared ? table + "\n" + report::comparison_table(*compared, style) : table;
  };
  const Published published = publish(outcome.report, supplied.output, tables);
  if (published.report_written && outcome.kept) unfinished.done();
  if (published.status != kFine) return published.status;
  if (!outcome.kept) return kNotWritten;
  if (not_compared != kFine) return not_compared;
  if (outcome.interrupted_by != 0) return 128 + outcome.interrupted_by;
  if (compared) return compared->exit_status;
  return any_invalid(outcome.report) ? kInvalid : kFine;
}

}  // namespace

Command add_run(CLI::App& app) {
  auto supplied = std::make_shared<Supplied>();
  auto* command = app.add_subcommand("run", "Measure, and write a report");
  command->footer(kExamples);
  const auto add = [&](const char* names, auto& text, const char* description, const char* kind) {
    return command->add_option(names, text, description)->type_name(kind);
  };
  add("SUITE", supplied->suite,
      "A built-in suite (sockmark list suites) or a suite's file; options outrank it", "");
  add_plan_options(*command, {supplied, &supplied->options});
  add("--by", supplied->by, "Compare cases that differ in this parameter: transport, size, ...",
      "PARAM");
  add("--baseline", supplied->baseline, "With --by: the value to compare with (the first)",
      "VALUE");
  add("--against", supplied->against,
      "Compare with another build: measure with both, block by block", "PROGRAM");
  add("--candidate", supplied->candidate, "With --against: the other arm (this program)",
      "PROGRAM");
  add("--gate", supplied->gates, "How much worse may be, p50:1.05; repeatable", "METRIC:MARGIN")
      ->expected(1)
      ->take_all();
  command->add_flag("--until-precise", supplied->until_precise,
                    "Stop when every gate's interval is narrow enough; -n is the most blocks (40)");
  add("--budget", supplied->budget, "Of a comparison: begin no block after this time", "TIME");
  add("--inconclusive", supplied->inconclusive,
      "What an inconclusive gate counts as: own (exit 3), pass, fail (own)", "WORD");
  add("--calibration", supplied->calibration,
      "Refuse gates finer than this machine finds (sockmark calibrate)", "FILE");
  add_search_options(*command, supplied->search);
  command->add_flag("--floor", supplied->floor,
                    "With every run the same exchange by bare system calls, and ours over theirs "
                    "(docs/development/performance.md)");
  command->add_flag("--dry-run", supplied->dry_run,
                    "Print the cases, their order and the time, and measure nothing");
  command->add_flag("--resume", supplied->resume,
                    "Go on with the measurement that was cut short, of the same output");
  command->add_flag("--discard", supplied->discard, "Give up what one left there");
  add("-o,--output", supplied->output.report,
      "Report, written whole or not at all; - is standard output", "FILE");
  command->add_flag("--quiet", supplied->output.quiet, "No table, no progress");
  command->add_flag("--no-progress", supplied->no_progress, "No progress");
  add("--color", supplied->output.colour, "auto, always, never (auto; NO_COLOR is honoured)",
      "WORD");
  return {.app = command, .action = [supplied] { return run(*supplied); }};
}

}  // namespace sockmark::cli
