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

}  // namespace

CaseBenchmark::CaseBenchmark(CaseSpec spec, std::uint64_t seed, std::string program,
                             Outcome& outcome)
    : spec_(std::move(spec)), seed_(seed), program_(std::move(program)), outcome_(outcome) {}

void CaseBenchmark::run(benchmark::State& state) {
  if (outcome_.interrupted_by != 0) return state.SkipWithError("interrupted");
  Plan plan;
  plan.cases.push_back(spec_);
  plan.seed = child_seed(seed_, repetition_++);
  const auto done =
      run_plan(plan, report_of(plan),
               {.program = program_, .progress = [](const auto&) { unblock_signals(); }});
  if (done.interrupted_by != 0) {
    outcome_.interrupted_by = done.interrupted_by;
    return state.SkipWithError("interrupted");
  }
  const report::Run& run = done.report.cases.front().runs.front();
  std::string problem;
  if (!run.valid) {
    problem = fmt::format("{}", fmt::join(run.invalid_reasons, "; "));
  } else if (!(run.throughput && run.throughput->goodput_messages_per_s > 0)) {
    problem = "no message arrived within the window";
  }
  if (problem.empty()) return report_run(run, state);
  outcome_.any_invalid = true;
  state.SkipWithError(problem.c_str());
}

}  // namespace sockmark::gbench
