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
#include "bench/run/assemble_run.h"
#include "bench/run/case_run.h"
#include "bench/run/describe_background.h"
#include "bench/run/floor_run.h"
#include "bench/run/option_warnings.h"
#include "bench/run/program_run.h"
#include "bench/run/run_context.h"
#include "bench/worker/build_info.h"
#include "bench/worker/case_params.h"
#include "bench/worker/floor.h"
#include "machine/environment.h"
#include "measure/series.h"
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
  if (spec.address.empty() || spec.responder.foreign()) return;
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

// The options of the plan as a whole; others are in the params of each case.
std::map<std::string, std::string> effective_plan(const Plan& plan) {
  std::map<std::string, std::string> effective = {{"order", std::string(name_of(plan.order))},
                                                  {"repetitions", std::to_string(plan.repetitions)},
                                                  {"seed", std::to_string(plan.seed)},
                                                  {"hold-idle", plan.hold_idle ? "true" : "false"},
                                                  {"cases", std::to_string(plan.cases.size())}};
  if (plan.floor) effective["floor"] = "true";
  if (std::ranges::any_of(plan.cases, &CaseSpec::per_connection))
    effective["per-connection"] = "true";
  return effective;
}

class PlanRun {
 public:
  PlanRun(const Plan& plan, report::Report begun, const RunnerOptions& options)
      : plan_(plan), options_(options), report_(std::move(begun)) {}

  RunnerOutcome run();

 private:
  // By name_of(end), its machine after the run; absent where all ends are on this one.
  using Environments = std::map<std::string, Maybe<report::Environment>>;
  // A run, and what it shows of all runs of its case.
  struct Measured {
    report::Run run;
    std::string failure = {};  // why there is no result
    report::SocketOptionValues socket_options = {}, responder_socket_options = {};
    Maybe<report::Process> generator = {}, responder = {};
    Environments environments = {};
  };
  // The run in progress, and how many intervals of it were shown.
  struct Running {
    const CaseSpec* spec = nullptr;
    std::uint64_t repetition = 0;
    std::size_t intervals_shown = 0;
    std::optional<Instant> t0 = {};
  };
  Measured measure(const CaseSpec& spec, std::uint64_t seed);
  [[nodiscard]] static Environments environments_of(const GeneratorResult& generator,
                                                    const EndResult& responder);
  Measured measure_arm(const CaseSpec& spec, std::uint64_t seed);
  void warn(report::Warning warning);
  void warn_of_clocks(const report::Run& run);
  void warn_of_skew(const CaseSpec& spec, const report::Run& run);
  void warn_of_different_params(const CaseSpec& spec, const report::Case& measured);
  Measured measure_with_floor(const CaseSpec& spec, std::uint64_t seed);
  void run_scheduled(const ScheduledRun& scheduled);
  [[nodiscard]] bool done(const ScheduledRun& scheduled) const;
  [[nodiscard]] RunContext context(const CaseSpec& spec, std::uint64_t seed,
                                   const std::string& program) {
    return {.loop = &loop_,
            .spec = spec,
            .seed = seed,
            .program = program,
            .interrupted = [this] { return interrupted(); },
            .abandoned = [this] { return signals_ > 1; },
            .progress = options_.figures,
            .began = [this](Instant t0) { running_->t0 = t0; },
            .interval = options_.interval ? show_point() : nullptr,
            .ends = options_.ends};
  }
  // Shows a point of the series of the run in progress.
  [[nodiscard]] std::function<void(std::size_t, const report::SeriesPoint&)> show_point() {
    return [this](std::size_t index, const report::SeriesPoint& point) {
      show_interval(index, point, running_->spec->duration);
    };
  }
  void show_interval(std::size_t index, const report::SeriesPoint& point, Nanoseconds window);
  void show_other_intervals(const report::Run& run);
  [[nodiscard]] bool interrupted() const { return interrupted_by_ != 0; }
  [[nodiscard]] bool end_lost(const CaseSpec& spec) const;
  [[nodiscard]] std::string broken_end() const;
  void interrupt(int signal) {
    if (interrupted_by_ == 0) interrupted_by_ = signal;
    ++signals_;
  }
  void give_up(const CaseSpec& spec);
  [[nodiscard]] report::Environment& environment_of(const std::string& name);
  [[nodiscard]] bool has_changed(const Environments& now);
  void describe_path(const Environments& now);

  const Plan& plan_;
  const RunnerOptions& options_;
  const std::string baseline_identity_ = identity_of(options_.baseline);
  const std::string candidate_identity_ = identity_of(options_.candidate);
  report::Report report_;
  Loop loop_;
  std::optional<Running> running_;
  Result<> kept_, reached_;
  int interrupted_by_ = 0, signals_ = 0;
  std::string given_up_;
  bool path_described_ = false;
};

// After a run without a result: whether the next one would fail too.
bool PlanRun::end_lost(const CaseSpec& spec) const {
  const Ends* ends = options_.ends;
  const bool apart = ends != nullptr && ends->apart();
  if (!apart && !spec.responder.foreign()) return false;
  const bool first =
      std::ranges::all_of(report_.cases, [](const auto& one) { return one.runs.empty(); });
  return first || !broken_end().empty();
}

// Why an end elsewhere can be used for no further run; empty if all can.
std::string PlanRun::broken_end() const {
  if (options_.ends == nullptr) return "";
  for (const RemoteEnd* end : options_.ends->elsewhere()) {
    if (!end->broken().empty()) return end->name() + " " + end->broken();
  }
  return "";
}

PlanRun::Measured PlanRun::measure(const CaseSpec& spec, std::uint64_t seed) {
  auto measured = run_case(context(spec, seed, options_.program));
  if (!measured) {
    const std::string failure = std::move(measured).error().message;
    remove_stale_socket_file(spec);
    return {.run = failed_run(spec, failure), .failure = failure};
  }
  const auto& [generator, responder, facts, reached_at, background] = *measured;
  for (auto& end : report_.ends) {
    if (end.role == "responder" && !reached_at.empty()) end.address = reached_at;
  }
  auto run = assemble_run(spec, facts, generator, responder);
  if (background) add_background(*background, run);
  warn_of_clocks(run);
  warn_of_skew(spec, run);
  for (auto& warning : option_warnings(spec, generator.socket_options, responder.socket_options))
    warn(std::move(warning));
  return {.run = std::move(run),
          .socket_options = generator.socket_options,
          .responder_socket_options = responder.socket_options,
          .generator = generator.process,
          .responder = spec.responder.foreign() ? Maybe<report::Process>::none(report::kNoResponder)
                                                : Maybe<report::Process>(responder.process),
          .environments = environments_of(generator, responder)};
}

PlanRun::Environments PlanRun::environments_of(const GeneratorResult& generator,
                                               const EndResult& responder) {
  Environments environments = {{"responder", responder.environment}};
  if (generator.parts.empty()) environments["generator"] = generator.environment;
  for (const auto& part : generator.parts)
    environments[numbered("generator", part.number)] = part.result.environment;
  return environments;
}

PlanRun::Measured PlanRun::measure_arm(const CaseSpec& spec, std::uint64_t seed) {
  const bool is_baseline = spec.arm == Arm::baseline;
  const auto& program = is_baseline ? options_.baseline : options_.candidate;
  if (identity_of(program) != (is_baseline ? baseline_identity_ : candidate_identity_))
    return {.run =
                failed_run(spec, program + ": the file has changed since the measurement began")};
  auto measured = run_program(context(spec, seed, program));
  if (!measured) return {.run = failed_run(spec, std::move(measured).error().message)};
  report_.ends = std::move(measured->ends);
  if (!report_.ends.empty()) report::describe_interface(measured->environment, report_.environment);
  if (is_baseline) {
    report_.baseline_tool = measured->tool;
  } else {
    report_.tool = measured->tool;
  }
  auto& one = measured->cases.front();
  warn_of_different_params(spec, one);
  return {.run = std::move(one.runs.front()),
          .socket_options = std::move(one.params.socket_options),
          .responder_socket_options = std::move(one.params.responder_socket_options),
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
  warn({.code = "arm_params",
        .message = fmt::format("{} measured with other parameters than requested: {}",
                               name_of(spec.arm), fmt::join(differences, "; ")),
        .advice = ""});
}

// Once.
void PlanRun::warn(report::Warning warning) {
  const bool known = std::ranges::any_of(report_.warnings, [&](const auto& earlier) {
    return earlier.code == warning.code && earlier.message == warning.message;
  });
  if (!known) report_.warnings.push_back(std::move(warning));
}

void PlanRun::warn_of_clocks(const report::Run& run) {
  const auto warn_of = [this](const Maybe<report::Clock>& clock, const std::string& generator) {
    if (!clock) return;
    for (auto& warning : clock_warnings(*clock)) {
      if (!generator.empty()) warning.message = generator + ": " + warning.message;
      warn(std::move(warning));
    }
  };
  warn_of(run.clock, "");
  if (!run.generators) return;
  for (const auto& part : run.generators->parts)
    warn_of(part.clock, numbered("generator", part.number));
}

// Generators that begin far apart are another load than one that all begin together. Once a case.
void PlanRun::warn_of_skew(const CaseSpec& spec, const report::Run& run) {
  constexpr Nanoseconds kSkewMax = 5ms;
  constexpr int kShareOfWindow = 100;
  if (!run.generators || !run.generators->skew_ns) return;
  const Nanoseconds skew(*run.generators->skew_ns);
  if (skew <= std::min(kSkewMax, spec.duration / kShareOfWindow)) return;
  const std::string of_case = spec.id() + ": ";
  const bool known = std::ranges::any_of(report_.warnings, [&](const auto& earlier) {
    return earlier.code == "start_skew" && earlier.message.starts_with(of_case);
  });
  if (known) return;
  const auto& last = *std::ranges::max_element(
      run.generators->parts, {}, [](const auto& part) { return *part.began_late_ns; });
  warn({.code = "start_skew",
        .message = fmt::format("{}generator {} on {} began {:.1f} ms after the first one", of_case,
                               last.number, last.host, static_cast<double>(ns(skew)) * 1e-6),
        .advice = "its machine is busy, or has too few processors"});
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

// What the report says of the machine of this end.
report::Environment& PlanRun::environment_of(const std::string& name) {
  const auto end =
      std::ranges::find(report_.ends, name, [](const auto& each) { return name_of(each); });
  return end == report_.ends.end() ? report_.environment : end->environment;
}

// Whether a machine is no longer as the report says.
bool PlanRun::has_changed(const Environments& now) {
  return report::find_hard_difference(report_.environment, environment_here()) ||
         std::ranges::any_of(now, [this](const auto& end) {
           const auto& [name, environment] = end;
           return environment && report::find_hard_difference(environment_of(name), *environment);
         });
}

// The interfaces that lead from one end to the other are known after a run: the report has those of
// the first one.
void PlanRun::describe_path(const Environments& now) {
  if (path_described_) return;
  for (const auto& [name, environment] : now) {
    if (!environment) continue;
    report::describe_interface(*environment, environment_of(name));
    path_described_ = true;
  }
}

void PlanRun::give_up(const CaseSpec& spec) {
  const char* why = signals_ > 1 ? "interrupted twice; what was measured of this run is lost"
                    : spec.arm != Arm::none
                        ? "interrupted; what was measured of a run of --against is lost"
                        : "interrupted before its window began; nothing was measured of this run";
  given_up_ = fmt::format("{}: {}", spec.id(), why);
}

void PlanRun::show_interval(std::size_t index, const report::SeriesPoint& point,
                            Nanoseconds window) {
  if (index != running_->intervals_shown) return;
  ++running_->intervals_shown;
  const CaseSpec& spec = *running_->spec;
  const Nanoseconds begin = Series::start_of(index, spec.duration, spec.interval);
  const Nanoseconds end =
      std::min(window, Series::start_of(index + 1, spec.duration, spec.interval));
  options_.interval({.spec = &spec,
                     .repetition = running_->repetition,
                     .index = index,
                     .point = &point,
                     .length = end - begin,
                     .message_bytes = spec.answers() && spec.response
                                          ? static_cast<double>(*spec.response)
                                          : spec.mean_size(),
                     .ended = running_->t0 ? std::optional(*running_->t0 + end) : std::nullopt});
}

// Those of a run that is over and were not shown while it ran.
void PlanRun::show_other_intervals(const report::Run& run) {
  if (!options_.interval) return;
  while (running_->intervals_shown < run.series.size()) {
    const std::size_t next = running_->intervals_shown;
    show_interval(next, run.series[next], Nanoseconds(run.window.measure_ns));
  }
}

void PlanRun::run_scheduled(const ScheduledRun& scheduled) {
  CaseSpec spec = plan_.cases[scheduled.case_index];
  // The faults differ between blocks and are the same for all cases of a block
  // (docs/definitions/comparing.md#blocks); the first block uses the seed of the user.
  if (spec.impair && scheduled.block > 0)
    spec.impair->seed = child_seed(spec.impair->seed, scheduled.block);
  report::Case& one = report_.cases[scheduled.case_index];
  running_ = Running{.spec = &spec, .repetition = scheduled.block, .intervals_shown = 0};
  const auto started_at = wall_clock_now();
  // The schedule differs between blocks and is the same for all cases of a block.
  const std::uint64_t seed = child_seed(plan_.seed, scheduled.block);
  auto [run, failure, socket_options, responder_socket_options, generator, responder,
        environments] = spec.arm != Arm::none ? measure_arm(spec, seed)
                        : plan_.floor         ? measure_with_floor(spec, seed)
                                              : measure(spec, seed);
  if (interrupted() && !run.throughput) return give_up(spec);
  if (!failure.empty() && end_lost(spec)) {
    reached_ = Error{std::move(failure)};
    return;
  }
  show_other_intervals(run);
  run.index = scheduled.block;
  run.started_at = started_at;
  if (!socket_options.empty()) {
    one.params.socket_options = std::move(socket_options);
    one.params.responder_socket_options = std::move(responder_socket_options);
  }
  if (!report_.generator_process) {
    report_.generator_process = std::move(generator);
    report_.responder_process = std::move(responder);
  }
  // Results from a machine that changed during the run are invalid
  // (docs/definitions/environment.md#fingerprint).
  if (has_changed(environments)) {
    run.valid = false;
    run.invalid_reasons.emplace_back(report::kEnvironmentChanged);
  } else {
    describe_path(environments);
  }
  one.runs.push_back(std::move(run));
  if (report::is_partial(one.params, one.runs.back())) return;
  kept_ = options_.finished(report_, one);
  // One of several generators was lost: the run says so, and the next one would lack it.
  const auto& generators = one.runs.back().generators;
  if (auto broken = broken_end(); generators && !generators->skew_ns && !broken.empty())
    reached_ = Error{std::move(broken)};
}

bool PlanRun::done(const ScheduledRun& scheduled) const {
  const auto& runs = report_.cases[scheduled.case_index].runs;
  return std::any_of(runs.begin(), runs.end(),
                     [&](const auto& run) { return run.index == scheduled.block; });
}

// The ends elsewhere, as the report describes them; of several generators, all.
std::vector<report::End> describe_ends(const Ends* ends, const report::Report& report) {
  std::vector<report::End> described;
  if (ends == nullptr) return described;
  const auto describe = [](const RemoteEnd& end) {
    return report::End{.role = end.role(),
                       .host = end.hello().host,
                       .via = end.command(),
                       .tool = end.host().tool,
                       .environment = end.host().environment};
  };
  const auto& generators = ends->options.generators_via;
  for (std::size_t i = 0; i < generators.size(); ++i) {
    const RemoteEnd* end = ends->generator(i);
    if (end == nullptr && generators.size() == 1) continue;
    described.push_back(end != nullptr ? describe(*end)
                                       : report::End{.role = "generator",
                                                     .host = hello_of({}).host,
                                                     .via = {},
                                                     .tool = report.tool,
                                                     .environment = report.environment});
    if (generators.size() > 1) described.back().number = i + 1;
  }
  if (ends->responder) described.push_back(describe(*ends->responder));
  return described;
}

// A resumed measurement must continue on the machines where it began.
Result<> check_same_machines(const std::vector<report::End>& before,
                             const std::vector<report::End>& now) {
  for (const auto& earlier : before) {
    const auto same =
        std::ranges::find(now, name_of(earlier), [](const auto& end) { return name_of(end); });
    if (same != now.end() && report::find_hard_difference(earlier.environment, same->environment))
      return Error{fmt::format("--resume: the {} is on {}, which differs from {}, where it began",
                               name_of(earlier), same->host, earlier.host)};
  }
  return {};
}

RunnerOutcome PlanRun::run() {
  auto ends = describe_ends(options_.ends, report_);
  reached_ = check_same_machines(report_.ends, ends);
  if (!ends.empty()) report_.ends = std::move(ends);
  const Signal interrupt_signal(loop_, SIGINT, [this] { interrupt(SIGINT); });
  const Signal terminate_signal(loop_, SIGTERM, [this] { interrupt(SIGTERM); });
  const Signal hangup_signal(loop_, SIGHUP, [this] { interrupt(SIGHUP); });

  Timer ticking(loop_, [this] { options_.tick(); });
  if (options_.tick) ticking.start(1s, 1s);

  const auto schedule = plan_.schedule();
  RunnerOptions::Progress progress{
      .total = schedule.size(), .repetitions = plan_.repetitions, .cases = plan_.cases.size()};
  for (const auto& scheduled : schedule) {
    if (interrupted() || !kept_ || !reached_) break;
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
  report_.interrupted = interrupted() || !reached_;
  report::summarise(report_);
  return {.report = std::move(report_),
          .interrupted_by = interrupted_by_,
          .given_up = std::move(given_up_),
          .kept = std::move(kept_),
          .reached = std::move(reached_)};
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
  report.environment = environment_here();
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
