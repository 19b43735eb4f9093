#include "bench/run/runner.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <memory>
#include <optional>

#include "base/random.h"
#include "bench/loop/loop.h"
#include "bench/run/build_info.h"
#include "bench/run/case_run.h"
#include "bench/run/end_result.h"
#include "bench/run/floor.h"
#include "bench/run/floor_run.h"
#include "bench/run/program_run.h"
#include "bench/run/run_context.h"
#include "machine/environment.h"
#include "reports/compare/compare_params.h"
#include "reports/model/environment_section.h"
#include "reports/model/summary.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

std::string wall_clock_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

// A killed responder leaves the socket file of an address that the user named; others are in a
// directory that is removed. Listening there replaces a stale file, and removes it at the end.
// Other files are not touched.
void remove_stale_socket_file(const CaseSpec& spec) {
  if (spec.address.empty()) return;
  const auto replaced = spec.transport_row().get().listen(address_of(spec, {}), {});
  static_cast<void>(replaced);
}

sigset_t interrupt_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

// Blocks further signals: the caller is about to write the report, which takes milliseconds.
void block_signals() {
  const sigset_t signals = interrupt_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

report::Environment fingerprint() {
  return report::environment_section(read_environment(build_facts()));
}

// The options of the plan as a whole; others are in the params of each case.
std::map<std::string, std::string> effective_plan(const Plan& plan) {
  std::map<std::string, std::string> effective = {{"order", std::string(name_of(plan.order))},
                                                  {"repetitions", std::to_string(plan.repetitions)},
                                                  {"seed", std::to_string(plan.seed)},
                                                  {"hold-idle", plan.hold_idle ? "true" : "false"},
                                                  {"cases", std::to_string(plan.cases.size())}};
  if (plan.floor) effective["floor"] = "true";
  return effective;
}

class PlanRun {
 public:
  PlanRun(const Plan& plan, report::Report begun, const RunnerOptions& options)
      : plan_(plan), options_(options), report_(std::move(begun)) {}

  RunnerOutcome run();

 private:
  // A run, and what it shows of all runs of its case.
  struct Measured {
    report::Run run;
    std::map<std::string, std::int64_t> socket_options = {};
    Maybe<report::Process> generator = {}, responder = {};
  };
  Measured measure(const CaseSpec& spec, std::uint64_t seed);
  Measured measure_arm(const CaseSpec& spec, std::uint64_t seed);
  void warn_of_different_params(const CaseSpec& spec, const report::Case& measured);
  Measured measure_with_floor(const CaseSpec& spec, std::uint64_t seed);
  void run_scheduled(const ScheduledRun& scheduled);
  [[nodiscard]] bool done(const ScheduledRun& scheduled) const;
  [[nodiscard]] RunContext context(const CaseSpec& spec, std::uint64_t seed,
                                   const std::string& program) {
    return {.loop = &loop_, .spec = spec, .seed = seed, .program = program, .interrupted = [this] {
              return interrupted();
            }};
  }
  [[nodiscard]] bool interrupted() const { return interrupted_by_ != 0; }
  void interrupt(int signal) {
    if (interrupted_by_ == 0) interrupted_by_ = signal;
  }

  const Plan& plan_;
  const RunnerOptions& options_;
  const std::string baseline_identity_ = identity_of(options_.baseline);
  const std::string candidate_identity_ = identity_of(options_.candidate);
  report::Report report_;
  Loop loop_;
  Result<> kept_;
  int interrupted_by_ = 0;
};

PlanRun::Measured PlanRun::measure(const CaseSpec& spec, std::uint64_t seed) {
  auto measured = run_case(context(spec, seed, options_.program));
  if (!measured) {
    remove_stale_socket_file(spec);
    return {.run = failed_run(spec, std::move(measured).error().message)};
  }
  const auto& [generator, responder, facts] = *measured;
  return {.run = assemble_run(spec, facts, generator, responder),
          .socket_options = generator.socket_options,
          .generator = generator.process,
          .responder = responder.process};
}

PlanRun::Measured PlanRun::measure_arm(const CaseSpec& spec, std::uint64_t seed) {
  const bool is_baseline = spec.arm == Arm::baseline;
  const auto& program = is_baseline ? options_.baseline : options_.candidate;
  if (identity_of(program) != (is_baseline ? baseline_identity_ : candidate_identity_))
    return {.run =
                failed_run(spec, program + ": the file has changed since the measurement began")};
  auto measured = run_program(context(spec, seed, program));
  if (!measured) return {.run = failed_run(spec, std::move(measured).error().message)};
  if (is_baseline) {
    report_.baseline_tool = measured->tool;
  } else {
    report_.tool = measured->tool;
  }
  auto& one = measured->cases.front();
  warn_of_different_params(spec, one);
  return {.run = std::move(one.runs.front()),
          .socket_options = std::move(one.params.socket_options),
          .generator = std::move(measured->generator_process),
          .responder = std::move(measured->responder_process)};
}

// A program that measures with other parameters than requested gets a warning, not an error: a
// script that adds an option to the command line is how one build is compared under two settings.
void PlanRun::warn_of_different_params(const CaseSpec& spec, const report::Case& measured) {
  report::Case requested{.id = {}, .params = params_of(spec), .runs = {}, .summary = {}};
  report::Case actual{.id = {}, .params = measured.params, .runs = {}, .summary = {}};
  actual.params.arm = requested.params.arm;
  for (report::Case* one : {&requested, &actual}) one->params.socket_options.clear();
  const auto differences = report::differing_fields(nullptr, requested, actual);
  if (differences.empty()) return;
  const report::Warning warning{
      .code = "arm_params",
      .message = fmt::format("{} measured with other parameters than requested: {}",
                             name_of(spec.arm), fmt::join(differences, "; ")),
      .advice = ""};
  const bool known = std::ranges::any_of(report_.warnings, [&](const auto& earlier) {
    return earlier.code == warning.code && earlier.message == warning.message;
  });
  if (!known) report_.warnings.push_back(warning);
}

// Back to back in random order, as two arms are.
PlanRun::Measured PlanRun::measure_with_floor(const CaseSpec& spec, std::uint64_t seed) {
  using Floor = Maybe<report::Floor>;
  const auto measure_floor = [&] {
    if (const char* reason = why_no_floor(spec)) return Floor::none(reason);
    auto floor = run_floor_worker(context(spec, seed, options_.program));
    remove_stale_socket_file(spec);
    return floor ? Floor(*std::move(floor)) : Floor::none(floor.error().message);
  };
  const bool floor_first = SplitMix64(seed).next() % 2 == 0;
  Floor floor = floor_first ? measure_floor() : Floor();
  Measured measured = measure(spec, seed);
  measured.run.floor = floor_first ? std::move(floor) : measure_floor();
  return measured;
}

void PlanRun::run_scheduled(const ScheduledRun& scheduled) {
  CaseSpec spec = plan_.cases[scheduled.case_index];
  // The faults differ between blocks and are the same for all cases of a block
  // (docs/definitions/comparing.md#blocks); the first block uses the seed of the user.
  if (spec.impair && scheduled.block > 0)
    spec.impair->seed = child_seed(spec.impair->seed, scheduled.block);
  report::Case& one = report_.cases[scheduled.case_index];
  const auto started_at = wall_clock_now();
  // The schedule differs between blocks and is the same for all cases of a block.
  const std::uint64_t seed = child_seed(plan_.seed, scheduled.block);
  auto [run, socket_options, generator, responder] = spec.arm != Arm::none ? measure_arm(spec, seed)
                                                     : plan_.floor ? measure_with_floor(spec, seed)
                                                                   : measure(spec, seed);
  if (interrupted()) return;
  run.index = scheduled.block;
  run.started_at = started_at;
  if (!socket_options.empty()) one.params.socket_options = std::move(socket_options);
  if (!report_.generator_process) {
    report_.generator_process = std::move(generator);
    report_.responder_process = std::move(responder);
  }
  // Results from a machine that changed during the run are invalid
  // (docs/definitions/environment.md#fingerprint).
  if (fingerprint().hash_hard != report_.environment.hash_hard) {
    run.valid = false;
    run.invalid_reasons.emplace_back(report::kEnvironmentChanged);
  }
  one.runs.push_back(std::move(run));
  kept_ = options_.finished(report_, one);
}

bool PlanRun::done(const ScheduledRun& scheduled) const {
  const auto& runs = report_.cases[scheduled.case_index].runs;
  return std::any_of(runs.begin(), runs.end(),
                     [&](const auto& run) { return run.index == scheduled.block; });
}

RunnerOutcome PlanRun::run() {
  const Signal interrupt_signal(loop_, SIGINT, [this] { interrupt(SIGINT); });
  const Signal terminate_signal(loop_, SIGTERM, [this] { interrupt(SIGTERM); });
  const Signal hangup_signal(loop_, SIGHUP, [this] { interrupt(SIGHUP); });

  Timer ticking(loop_, [this] { options_.tick(); });
  if (options_.tick) ticking.start(1s, 1s);

  const auto schedule = plan_.schedule();
  RunnerOptions::Progress progress{
      .total = schedule.size(), .repetitions = plan_.repetitions, .cases = plan_.cases.size()};
  for (const auto& scheduled : schedule) {
    if (interrupted() || !kept_) break;
    if (!done(scheduled)) {
      progress.next = &plan_.cases[scheduled.case_index];
      progress.case_index = scheduled.case_index;
      progress.repetition = scheduled.block;
      options_.progress(progress);
      run_scheduled(scheduled);
      ++progress.measured;
      const auto& runs = report_.cases[scheduled.case_index].runs;
      progress.last = runs.empty() ? nullptr : &runs.back();
      loop_.run_nowait();  // a signal between two waits
    }
    ++progress.finished;
    const bool whole_block = progress.finished % plan_.cases.size() == 0;
    if (plan_.order == Order::interleaved && whole_block && !interrupted() &&
        options_.enough(report_, scheduled.block + 1)) {
      break;
    }
  }
  block_signals();
  report_.interrupted = interrupted();
  report::summarise(report_);
  return {
      .report = std::move(report_), .interrupted_by = interrupted_by_, .kept = std::move(kept_)};
}

}  // namespace

std::string identity_of(const std::string& program) {
  struct stat file {};
  if (::stat(program.c_str(), &file) != 0) return "";
  return fmt::format("{} bytes, inode {}, changed {}.{:09}", file.st_size, file.st_ino,
                     file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
}

report::Report report_of(const Plan& plan, const std::map<std::string, std::string>& supplied) {
  report::Report report;
  report.tool = build_info();
  report.environment = fingerprint();
  report.plan_supplied = supplied;
  report.plan_effective = effective_plan(plan);
  for (const auto& spec : plan.cases) {
    report.cases.push_back({.id = spec.id(), .params = params_of(spec), .runs = {}, .summary = {}});
  }
  return report;
}

void unblock_signals() {
  const sigset_t signals = interrupt_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

RunnerOutcome run_plan(const Plan& plan, report::Report begun, const RunnerOptions& options) {
  return PlanRun(plan, std::move(begun), options).run();
}

}  // namespace sockmark
