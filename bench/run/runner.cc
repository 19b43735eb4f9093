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
#include "base/temporary_directory.h"
#include "base/token.h"
#include "bench/loop/loop.h"
#include "bench/plan/plan_options.h"
#include "bench/run/build_info.h"
#include "bench/run/control_messages.h"
#include "bench/run/end_result.h"
#include "bench/run/floor.h"
#include "bench/run/worker_process.h"
#include "machine/environment.h"
#include "reports/compare/compare_params.h"
#include "reports/model/environment_section.h"
#include "reports/model/report_json.h"
#include "reports/model/summary.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Starting two processes takes milliseconds, connecting some tens of microseconds a connection.
constexpr Nanoseconds kSetUpPatience = 10s;
constexpr Nanoseconds kSetUpPerConnection = 1ms;
// Between choosing a window and the beginning of its warm-up, for the responder to get ready: it
// may be blocked in a receive, and then looks at its orders after kBlockingReceiveLimit.
constexpr Nanoseconds kStartMargin = 100ms;
// What an end may take beyond the time that the plan gives it.
constexpr Nanoseconds kEndPatience = 5s;

std::string wall_clock_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

// One run: two workers and their conversation.
class SingleRun {
 public:
  SingleRun(Loop& loop, const CaseSpec& spec, std::uint64_t seed, const std::string& program,
            const std::function<bool()>& interrupted)
      : loop_(loop), spec_(spec), seed_(seed), program_(program), interrupted_(interrupted) {}

  struct Ends {
    EndResult generator, responder;
    RunFacts facts;
  };
  [[nodiscard]] Result<Ends> measure();

 private:
  template <class M>
  Result<M> await(Worker& worker, Instant deadline) {
    return workers_->await<M>(worker, deadline, interrupted_);
  }
  // Which clock a worker reads, and what it shows when ours shows zero.
  struct End {
    std::string clock;
    Nanoseconds ahead{0};
  };
  Result<End> meet(Worker& worker, Instant deadline);
  [[nodiscard]] StartMessage window_for(const End& end) const;
  [[nodiscard]] bool clock_shared() const { return generator_.clock == responder_.clock; }
  template <class M>
  Result<> tell(Worker& worker, const M& message) {
    return send_message(worker.channel(), message).in(worker.role());
  }
  Result<PrepareMessage> prepare_responder();
  Result<> set_up(Instant deadline);
  Result<> start(Instant deadline);

  Loop& loop_;
  const CaseSpec& spec_;
  const std::uint64_t seed_;
  const std::string& program_;
  const std::function<bool()>& interrupted_;
  // The responder makes it. Outlives the workers.
  const TemporaryDirectory directory_{TemporaryDirectory::ToBeMade{}};
  std::unique_ptr<Workers> workers_;
  End generator_, responder_;
  Instant t0_;
};

Result<SingleRun::End> SingleRun::meet(Worker& worker, Instant deadline) {
  auto hello = TRY(workers_->await_greeting(worker, deadline, interrupted_));
  End end{.clock = hello.clock, .ahead = {}};
  // Right but for the time that the greeting was under way: good enough to agree on a window, not
  // to measure one way.
  if (end.clock != clock_identity())
    end.ahead = Nanoseconds(hello.now_ns) - now().time_since_epoch();
  return end;
}

StartMessage SingleRun::window_for(const End& end) const {
  const std::int64_t t0 = ns(t0_ + end.ahead);
  return {.t0_ns = t0, .t1_ns = t0 + ns(spec_.duration)};
}

Result<PrepareMessage> SingleRun::prepare_responder() {
  if (directory_.path().empty()) return Error{"no directory for socket files can be made in /tmp"};
  PrepareMessage prepare{.params = params_of(spec_),
                         .seed = seed_,
                         .clock_shared = clock_shared(),
                         .token = random_token(),
                         .directory = directory_.path(),
                         .addresses = {}};
  for (std::uint64_t thread = 0; thread < spec_.threads; ++thread) {
    prepare.addresses.push_back(address_of(spec_, directory_.path()).text());
  }
  return prepare;
}

Result<> SingleRun::set_up(Instant deadline) {
  using Processes = std::vector<Workers::Roles>;
  const bool one_process = find_transport(spec_.transport)->family == "memory";
  auto workers = Workers::start(loop_, program_,
                                one_process ? Processes{{"responder", "generator"}}
                                            : Processes{{"responder"}, {"generator"}});
  if (!workers) return std::move(workers).error();
  workers_ = std::move(*workers);
  auto responder = TRY(meet(workers_->playing("responder"), deadline));
  responder_ = std::move(responder);
  auto generator = TRY(meet(workers_->playing("generator"), deadline));
  generator_ = std::move(generator);
  auto prepare = TRY(prepare_responder());
  TRY(tell(workers_->playing("responder"), prepare));
  auto listening = TRY(await<ListeningMessage>(workers_->playing("responder"), deadline));
  prepare.addresses = listening.addresses;
  TRY(tell(workers_->playing("generator"), prepare));
  TRY(await<ReadyMessage>(workers_->playing("generator"), deadline));
  return {};
}

Result<> SingleRun::start(Instant deadline) {
  for (auto margin = kStartMargin; now() < deadline; margin *= 2) {
    const Instant warm_from = now() + margin;
    t0_ = warm_from + spec_.warmup;
    // The responder first: no message of the window may find it without one.
    TRY(tell(workers_->playing("responder"), window_for(responder_)));
    TRY(await<StartedMessage>(workers_->playing("responder"), deadline));
    if (now() <= warm_from) return tell(workers_->playing("generator"), window_for(generator_));
  }
  return Error{"responder did not start in time"};
}

Result<SingleRun::Ends> SingleRun::measure() {
  const Instant set_up_by =
      now() + kSetUpPatience + kSetUpPerConnection * static_cast<std::int64_t>(spec_.connections);
  TRY(set_up(set_up_by));
  TRY(start(set_up_by));

  const Instant generator_by = t0_ + spec_.duration + 2 * spec_.tmax + kEndPatience;
  auto generator = TRY(await<ResultMessage>(workers_->playing("generator"), generator_by));
  const FinishMessage finish{.sent = generator.end.sent};
  TRY(tell(workers_->playing("responder"), finish));
  auto responder =
      TRY(await<ResultMessage>(workers_->playing("responder"), now() + spec_.tmax + kEndPatience));
  return Ends{.generator = std::move(generator.end),
              .responder = std::move(responder.end),
              .facts = {.seed = seed_, .clock_shared = clock_shared()}};
}

// A responder that was killed leaves the socket file that the user named (its own are in a
// directory that goes anyway). Listening replaces a stale file, and ends by removing it; what is
// not ours stays.
void remove_stale_socket_file(const CaseSpec& spec) {
  if (spec.address.empty()) return;
  const auto replaced = find_transport(spec.transport)->get().listen(address_of(spec, {}), {});
  static_cast<void>(replaced);
}

sigset_t interrupting() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

// From here on a second signal waits: the report is about to be written, which takes milliseconds.
void hold_signals() {
  const sigset_t signals = interrupting();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

report::Environment fingerprint() {
  return report::environment_section(read_environment(build_facts()));
}

// What the cases share; the rest is in each case's params.
std::map<std::string, std::string> effective_plan(const Plan& plan) {
  std::map<std::string, std::string> effective = {{"order", std::string(name_of(plan.order))},
                                                  {"repetitions", std::to_string(plan.repetitions)},
                                                  {"seed", std::to_string(plan.seed)},
                                                  {"hold-idle", plan.hold_idle ? "true" : "false"},
                                                  {"cases", std::to_string(plan.cases.size())}};
  if (plan.floor) effective["floor"] = "true";
  return effective;
}

// One run of an arm: another program measures, on its own and in its own way, and leaves a report.
class ProgramRun {
 public:
  ProgramRun(Loop& loop, const CaseSpec& spec, std::uint64_t seed, const std::string& program,
             const std::function<bool()>& interrupted)
      : loop_(loop), spec_(spec), seed_(seed), program_(program), interrupted_(interrupted) {}

  // A report of one case with one run.
  [[nodiscard]] Result<report::Report> measure();

 private:
  [[nodiscard]] std::vector<std::string> command_line(const std::string& output) const;
  [[nodiscard]] Result<> await_exit(Process& process);

  Loop& loop_;
  const CaseSpec& spec_;
  const std::uint64_t seed_;
  const std::string& program_;
  const std::function<bool()>& interrupted_;
  std::int64_t status_ = 0;
  int signal_ = 0;
};

std::vector<std::string> ProgramRun::command_line(const std::string& output) const {
  std::vector<std::string> arguments = {program_, "run", "--quiet", "--output", output};
  OptionTexts texts = texts_of(spec_);
  texts["repetitions"] = "1";
  texts["seed"] = std::to_string(seed_);
  for (const auto& [name, text] : texts) {
    arguments.push_back("--" + name);
    const bool flag = *find_plan_option(name)->kind == '\0';
    if (!flag) arguments.push_back(text);
  }
  return arguments;
}

Result<> ProgramRun::await_exit(Process& process) {
  const Instant deadline = now() + spec_.warmup + spec_.duration + 2 * spec_.tmax + kSetUpPatience +
                           2 * kEndPatience +
                           kSetUpPerConnection * static_cast<std::int64_t>(spec_.connections);
  Timer alarm(loop_, [] {});
  alarm.start(deadline - now());
  while (process.running() && now() < deadline && !interrupted_()) loop_.run_once();
  if (!process.running()) return {};
  // It ends its own workers when it is asked to; killed, they find its end of the channel closed.
  process.kill(SIGTERM);
  alarm.start(kEndPatience);
  const Instant killed_by = now() + kEndPatience;
  while (process.running() && now() < killed_by) loop_.run_once();
  process.kill(SIGKILL);
  while (process.running()) loop_.run_once();
  return Error{interrupted_() ? "interrupted" : program_ + ": did not end in time"};
}

Result<report::Report> ProgramRun::measure() {
  const TemporaryDirectory directory;
  if (directory.path().empty()) return Error{"no directory for a report can be made in /tmp"};
  const std::string output = directory.path() + "/report.json";
  auto process = Process::spawn(
      loop_, {.file = program_, .arguments = command_line(output), .inherited = {}},
      [this](std::int64_t status, int signal) { status_ = status, signal_ = signal; });
  if (!process) return std::move(process).error();
  TRY(await_exit(**process));
  // 4 tells of an invalid run, which the report describes.
  if (signal_ != 0) return Error{fmt::format("{}: killed by signal {}", program_, signal_)};
  if (status_ != 0 && status_ != 4)
    return Error{fmt::format("{}: exit status {}", program_, status_)};
  auto report = TRY(report::load_report(output).in(program_));
  if (report.cases.size() != 1 || report.cases.front().runs.size() != 1)
    return Error{program_ + ": its report is not of one run"};
  return report;
}

// The floor of a case: one worker, and its child.
class FloorRun {
 public:
  FloorRun(Loop& loop, const CaseSpec& spec, const std::string& program,
           const std::function<bool()>& interrupted)
      : loop_(loop), spec_(spec), program_(program), interrupted_(interrupted) {}
  [[nodiscard]] Result<report::Floor> measure();

 private:
  Loop& loop_;
  const CaseSpec& spec_;
  const std::string& program_;
  const std::function<bool()>& interrupted_;
};

Result<report::Floor> FloorRun::measure() {
  const TemporaryDirectory directory{TemporaryDirectory::ToBeMade{}};  // outlives the worker
  if (directory.path().empty()) return Error{"no directory for socket files can be made in /tmp"};
  const std::vector<std::string> addresses(spec_.threads,
                                           address_of(spec_, directory.path()).text());
  auto workers = Workers::start(loop_, program_, {{"floor"}});
  if (!workers) return std::move(workers).error();
  Worker& worker = (*workers)->playing("floor");
  auto hello = TRY((*workers)->await_greeting(worker, now() + kSetUpPatience, interrupted_));
  TRY(send_message(worker.channel(), PrepareMessage{.params = params_of(spec_),
                                                    .token = random_token(),
                                                    .directory = directory.path(),
                                                    .addresses = addresses}));
  const Instant by = now() + spec_.warmup + spec_.duration + kSetUpPatience + kEndPatience;
  auto measured = TRY((*workers)->await<FloorMessage>(worker, by, interrupted_));
  return std::move(measured.floor);
}

class PlanRun {
 public:
  PlanRun(const Plan& plan, report::Report begun, const RunnerOptions& options)
      : plan_(plan), options_(options), report_(std::move(begun)) {}

  RunnerOutcome run();

 private:
  // What a run gave: it, and what it tells of all runs of its case.
  struct Measured {
    report::Run run;
    std::map<std::string, std::int64_t> socket_options = {};
    Maybe<report::Process> generator = {}, responder = {};
  };
  Measured measure_ourselves(const CaseSpec& spec, std::uint64_t seed);
  Measured measure_arm(const CaseSpec& spec, std::uint64_t seed);
  void warn_of_other_params(const CaseSpec& spec, const report::Case& measured);
  Measured measure_with_floor(const CaseSpec& spec, std::uint64_t seed);
  void run_case(const ScheduledRun& scheduled);
  [[nodiscard]] bool done(const ScheduledRun& scheduled) const;
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
  std::function<bool()> interrupted_ = [this] { return interrupted_by_ != 0; };
};

PlanRun::Measured PlanRun::measure_ourselves(const CaseSpec& spec, std::uint64_t seed) {
  auto ends = SingleRun(loop_, spec, seed, options_.program, interrupted_).measure();
  if (!ends) {
    remove_stale_socket_file(spec);
    return {.run = failed_run(spec, std::move(ends).error().message)};
  }
  return {.run = assemble_run(spec, ends->facts, ends->generator, ends->responder),
          .socket_options = ends->generator.socket_options,
          .generator = ends->generator.process,
          .responder = ends->responder.process};
}

PlanRun::Measured PlanRun::measure_arm(const CaseSpec& spec, std::uint64_t seed) {
  const bool is_baseline = spec.arm == Arm::baseline;
  const auto& program = is_baseline ? options_.baseline : options_.candidate;
  if (identity_of(program) != (is_baseline ? baseline_identity_ : candidate_identity_))
    return {.run = failed_run(spec, program + ": another file than at the beginning")};
  auto theirs = ProgramRun(loop_, spec, seed, program, interrupted_).measure();
  if (!theirs) return {.run = failed_run(spec, std::move(theirs).error().message)};
  if (is_baseline) {
    report_.baseline_tool = theirs->tool;
  } else {
    report_.tool = theirs->tool;
  }
  auto& one = theirs->cases.front();
  warn_of_other_params(spec, one);
  return {.run = std::move(one.runs.front()),
          .socket_options = std::move(one.params.socket_options),
          .generator = std::move(theirs->generator_process),
          .responder = std::move(theirs->responder_process)};
}

// A program that measures something else than it was asked for is told, not refused: a script that
// adds an option to the command line is how one build is compared under two settings.
void PlanRun::warn_of_other_params(const CaseSpec& spec, const report::Case& measured) {
  report::Case asked{.id = {}, .params = params_of(spec), .runs = {}, .summary = {}};
  report::Case made{.id = {}, .params = measured.params, .runs = {}, .summary = {}};
  made.params.arm = asked.params.arm;
  for (report::Case* one : {&asked, &made}) one->params.socket_options.clear();
  const auto differences = report::differing_fields(nullptr, asked, made);
  if (differences.empty()) return;
  const report::Warning warning{
      .code = "arm_params",
      .message = fmt::format("{} measured something else than it was asked for: {}",
                             name_of(spec.arm), fmt::join(differences, "; ")),
      .advice = ""};
  const bool told = std::ranges::any_of(report_.warnings, [&](const auto& earlier) {
    return earlier.code == warning.code && earlier.message == warning.message;
  });
  if (!told) report_.warnings.push_back(warning);
}

// Back to back, in an order decided by a coin, as two arms are.
PlanRun::Measured PlanRun::measure_with_floor(const CaseSpec& spec, std::uint64_t seed) {
  using Floor = Maybe<report::Floor>;
  const auto measure_floor = [&] {
    if (const char* reason = why_no_floor(spec)) return Floor::none(reason);
    auto floor = FloorRun(loop_, spec, options_.program, interrupted_).measure();
    remove_stale_socket_file(spec);
    return floor ? Floor(*std::move(floor)) : Floor::none(floor.error().message);
  };
  const bool floor_first = SplitMix64(seed).next() % 2 == 0;
  Floor floor = floor_first ? measure_floor() : Floor();
  Measured measured = measure_ourselves(spec, seed);
  measured.run.floor = floor_first ? std::move(floor) : measure_floor();
  return measured;
}

void PlanRun::run_case(const ScheduledRun& scheduled) {
  CaseSpec spec = plan_.cases[scheduled.case_index];
  // Each block suffers faults of its own, the same for all cases
  // (docs/definitions/comparing.md#blocks); the first has those of the seed that was asked for.
  if (spec.impair && scheduled.block > 0)
    spec.impair->seed = child_seed(spec.impair->seed, scheduled.block);
  report::Case& one = report_.cases[scheduled.case_index];
  const auto started_at = wall_clock_now();
  // Each block has a schedule of its own, the same for all cases.
  const std::uint64_t seed = child_seed(plan_.seed, scheduled.block);
  auto [run, socket_options, generator, responder] = spec.arm != Arm::none ? measure_arm(spec, seed)
                                                     : plan_.floor ? measure_with_floor(spec, seed)
                                                                   : measure_ourselves(spec, seed);
  if (interrupted_()) return;
  run.index = scheduled.block;
  run.started_at = started_at;
  if (!socket_options.empty()) one.params.socket_options = std::move(socket_options);
  if (!report_.generator_process) {
    report_.generator_process = std::move(generator);
    report_.responder_process = std::move(responder);
  }
  // A machine that changed under a run makes its figures nobody's
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

  const auto schedule = plan_.schedule();
  RunnerOptions::Progress progress{
      .total = schedule.size(), .repetitions = plan_.repetitions, .cases = plan_.cases.size()};
  for (const auto& scheduled : schedule) {
    if (interrupted_() || !kept_) break;
    if (!done(scheduled)) {
      progress.next = &plan_.cases[scheduled.case_index];
      progress.case_index = scheduled.case_index;
      progress.repetition = scheduled.block;
      options_.progress(progress);
      run_case(scheduled);
      ++progress.measured;
      loop_.run_nowait();  // a signal that came between two waits
    }
    ++progress.finished;
    const bool whole_block = progress.finished % plan_.cases.size() == 0;
    if (plan_.order == Order::interleaved && whole_block && !interrupted_() &&
        options_.enough(report_, scheduled.block + 1)) {
      break;
    }
  }
  hold_signals();
  report_.interrupted = interrupted_();
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

void let_signals_through() {
  const sigset_t signals = interrupting();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

RunnerOutcome run_plan(const Plan& plan, report::Report begun, const RunnerOptions& options) {
  return PlanRun(plan, std::move(begun), options).run();
}

}  // namespace sockmark
