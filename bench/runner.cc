#include "bench/runner.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <csignal>
#include <ctime>
#include <memory>
#include <optional>
#include <random>

#include "base/random.h"
#include "bench/build_info.h"
#include "bench/control_messages.h"
#include "bench/end_result.h"
#include "bench/loop/loop.h"
#include "bench/measure/environment.h"
#include "bench/temporary_directory.h"
#include "bench/worker_process.h"
#include "reports/environment_section.h"
#include "reports/summary.h"
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

std::uint64_t random_token() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

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
    auto told = send_message(worker.channel(), message);
    if (!told) return std::move(told).error().in(worker.role());
    return {};
  }
  Result<PrepareMessage> prepare_responder();
  Result<> set_up(Instant deadline);
  Result<> start(Instant deadline);

  Loop& loop_;
  const CaseSpec& spec_;
  const std::uint64_t seed_;
  const std::string& program_;
  const std::function<bool()>& interrupted_;
  TemporaryDirectory directory_;  // outlives the workers
  std::unique_ptr<Workers> workers_;
  End generator_, responder_;
  Instant t0_;
};

Result<SingleRun::End> SingleRun::meet(Worker& worker, Instant deadline) {
  auto hello = await<HelloMessage>(worker, deadline);
  if (!hello) return std::move(hello).error();
  if (hello->protocol != kControlProtocol) {
    return Error{fmt::format("{} speaks control protocol {}, this is {}", worker.role(),
                             hello->protocol, kControlProtocol)};
  }
  worker.greeted();
  End end{.clock = hello->clock, .ahead = {}};
  // Right but for the time that the greeting was under way: good enough to agree on a window, not
  // to measure one way.
  if (end.clock != clock_identity())
    end.ahead = Nanoseconds(hello->now_ns) - now().time_since_epoch();
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
  auto workers =
      Workers::start(loop_, program_, find_transport(spec_.transport)->family == "memory");
  if (!workers) return std::move(workers).error();
  workers_ = std::move(*workers);
  auto responder = meet(workers_->responder(), deadline);
  if (!responder) return std::move(responder).error();
  responder_ = *std::move(responder);
  auto generator = meet(workers_->generator(), deadline);
  if (!generator) return std::move(generator).error();
  generator_ = *std::move(generator);
  auto prepare = prepare_responder();
  if (!prepare) return std::move(prepare).error();
  if (auto told = tell(workers_->responder(), *prepare); !told) return told;
  auto listening = await<ListeningMessage>(workers_->responder(), deadline);
  if (!listening) return std::move(listening).error();
  prepare->addresses = listening->addresses;
  if (auto told = tell(workers_->generator(), *prepare); !told) return told;
  auto ready = await<ReadyMessage>(workers_->generator(), deadline);
  if (!ready) return std::move(ready).error();
  return {};
}

Result<> SingleRun::start(Instant deadline) {
  for (auto margin = kStartMargin; now() < deadline; margin *= 2) {
    const Instant warm_from = now() + margin;
    t0_ = warm_from + spec_.warmup;
    // The responder first: no message of the window may find it without one.
    if (auto told = tell(workers_->responder(), window_for(responder_)); !told) return told;
    auto started = await<StartedMessage>(workers_->responder(), deadline);
    if (!started) return std::move(started).error();
    if (now() <= warm_from) return tell(workers_->generator(), window_for(generator_));
  }
  return Error{"responder did not start in time"};
}

Result<SingleRun::Ends> SingleRun::measure() {
  const Instant set_up_by =
      now() + kSetUpPatience + kSetUpPerConnection * static_cast<std::int64_t>(spec_.connections);
  if (auto done = set_up(set_up_by); !done) return std::move(done).error();
  if (auto done = start(set_up_by); !done) return std::move(done).error();

  const Instant generator_by = t0_ + spec_.duration + 2 * spec_.tmax + kEndPatience;
  auto generator = await<ResultMessage>(workers_->generator(), generator_by);
  if (!generator) return std::move(generator).error();
  const FinishMessage finish{.sent = generator->end.sent};
  if (auto told = tell(workers_->responder(), finish); !told) return std::move(told).error();
  auto responder = await<ResultMessage>(workers_->responder(), now() + spec_.tmax + kEndPatience);
  if (!responder) return std::move(responder).error();
  return Ends{.generator = std::move(generator->end),
              .responder = std::move(responder->end),
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

// From here on a second signal waits: the report is about to be written, which takes milliseconds.
void hold_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

report::Environment fingerprint() {
  return report::environment_section(read_environment(build_facts()));
}

// What the cases share; the rest is in each case's params.
std::map<std::string, std::string> effective_plan(const Plan& plan) {
  return {{"order", std::string(name_of(plan.order))},
          {"repetitions", std::to_string(plan.repetitions)},
          {"seed", std::to_string(plan.seed)},
          {"cases", std::to_string(plan.cases.size())}};
}

class PlanRun {
 public:
  PlanRun(const Plan& plan, const RunnerOptions& options) : plan_(plan), options_(options) {}

  RunnerOutcome run();

 private:
  void run_case(std::size_t index);
  void interrupt(int signal) {
    if (interrupted_by_ == 0) interrupted_by_ = signal;
  }

  const Plan& plan_;
  const RunnerOptions& options_;
  report::Report report_;
  Loop loop_;
  int interrupted_by_ = 0;
  std::function<bool()> interrupted_ = [this] { return interrupted_by_ != 0; };
};

void PlanRun::run_case(std::size_t index) {
  const CaseSpec& spec = plan_.cases[index];
  report::Case& one = report_.cases[index];
  const auto started_at = wall_clock_now();
  // Each repetition has a schedule of its own, the same for all cases.
  const std::uint64_t seed = child_seed(plan_.seed, one.runs.size());
  auto ends = SingleRun(loop_, spec, seed, options_.program, interrupted_).measure();
  if (!ends) remove_stale_socket_file(spec);
  if (interrupted_()) return;
  report::Run run = ends ? assemble_run(spec, ends->facts, ends->generator, ends->responder)
                         : failed_run(spec, std::move(ends).error().message);
  run.index = one.runs.size();
  run.started_at = started_at;
  if (ends) {
    if (one.runs.empty() || one.params.socket_options.empty()) {
      one.params.socket_options = ends->generator.socket_options;
    }
    if (!report_.generator_process) {
      report_.generator_process = ends->generator.process;
      report_.responder_process = ends->responder.process;
    }
  }
  // A machine that changed under a run makes its figures nobody's (definitions 14).
  if (fingerprint().hash_hard != report_.environment.hash_hard) {
    run.valid = false;
    run.invalid_reasons.emplace_back("the environment changed while it was measured");
  }
  one.runs.push_back(std::move(run));
}

RunnerOutcome PlanRun::run() {
  const Signal interrupt_signal(loop_, SIGINT, [this] { interrupt(SIGINT); });
  const Signal terminate_signal(loop_, SIGTERM, [this] { interrupt(SIGTERM); });
  const Signal hangup_signal(loop_, SIGHUP, [this] { interrupt(SIGHUP); });

  report_.tool = build_info();
  report_.environment = fingerprint();
  report_.plan_effective = effective_plan(plan_);
  for (const auto& spec : plan_.cases) {
    report_.cases.push_back(
        {.id = spec.id(), .params = params_of(spec), .runs = {}, .summary = {}});
  }
  const auto schedule = plan_.schedule();
  RunnerOptions::Progress progress{
      .total = schedule.size(), .repetitions = plan_.repetitions, .cases = plan_.cases.size()};
  for (const auto index : schedule) {
    if (interrupted_()) break;
    progress.next = &plan_.cases[index];
    progress.case_index = index;
    progress.repetition = report_.cases[index].runs.size();
    options_.progress(progress);
    run_case(index);
    ++progress.finished;
    loop_.run_nowait();  // a signal that came between two waits
  }
  hold_signals();
  report_.interrupted = interrupted_();
  report::summarise(report_);
  return {.report = std::move(report_), .interrupted_by = interrupted_by_};
}

}  // namespace

RunnerOutcome run_plan(const Plan& plan, const RunnerOptions& options) {
  return PlanRun(plan, options).run();
}

}  // namespace sockmark
