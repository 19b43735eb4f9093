#include "bench/gbench/case_benchmark.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <utility>

#include "base/random.h"
#include "bench/run/runner.h"
#include "reports/model/metrics.h"

namespace sockmark::gbench {
namespace {

void report_run(const report::Run& run, benchmark::State& state) {
  const auto& throughput = *run.throughput;
  const double window_s = static_cast<double>(run.window.measure_ns) / 1e9;
  const double messages = std::round(throughput.goodput_messages_per_s * window_s);
  while (state.KeepRunning()) state.SetIterationTime(window_s / messages);

  state.counters[kMessages] = messages;
  for (const char* name : {"p50_ns", "p99_ns", "loss_ratio", "cpu_ns_per_message"}) {
    // An undefined value has no counter: the library has no null.
    if (const auto value = report::value_of(run, report::metric(name)))
      state.counters[name] = *value;
  }
  state.counters["items_per_second"] = throughput.goodput_messages_per_s;
  state.counters["bytes_per_second"] = throughput.goodput_bytes_per_s;
  if (run.steady && !*run.steady)
    state.SetLabel(fmt::format("unsteady: {}", fmt::join(run.unsteady_reasons, ", ")));
}

// Why a run has no figures; empty if it has.
std::string problem_of(const report::Run& run) {
  if (!run.valid) return fmt::format("{}", fmt::join(run.invalid_reasons, "; "));
  if (!(run.throughput && run.throughput->goodput_messages_per_s > 0))
    return "no message arrived within the window";
  return "";
}

// Begun first: the library requires the same number of iterations of all repetitions.
void skip(benchmark::State& state, const std::string& reason) {
  static_cast<void>(state.KeepRunning());
  state.SkipWithError(reason.c_str());
}

}  // namespace

CaseBenchmark::CaseBenchmark(CaseSpec spec, std::uint64_t seed, std::uint64_t repetitions,
                             std::string program, Outcome& outcome)
    : spec_(std::move(spec)),
      seed_(seed),
      repetitions_(repetitions),
      program_(std::move(program)),
      outcome_(outcome) {}

report::Run CaseBenchmark::measure() {
  Plan plan;
  plan.cases.push_back(spec_);
  plan.seed = child_seed(seed_, measured_++);
  auto done = run_plan(plan, report_of(plan),
                       {.program = program_, .progress = [](const auto&) { unblock_signals(); }});
  outcome_.interrupted_by = done.interrupted_by;
  auto& runs = done.report.cases.front().runs;
  return runs.empty() ? report::Run{} : std::move(runs.front());
}

void CaseBenchmark::run(benchmark::State& state) {
  while (outcome_.interrupted_by == 0 && measured_ < repetitions_) {
    const report::Run run = measure();
    if (outcome_.interrupted_by != 0) break;
    std::string problem = problem_of(run);
    if (problem.empty()) return report_run(run, state);
    outcome_.any_invalid = true;
    problems_.push_back(std::move(problem));
  }
  if (problems_.empty()) return skip(state, "interrupted");
  skip(state, problems_.back());
  problems_.pop_back();
}

}  // namespace sockmark::gbench
