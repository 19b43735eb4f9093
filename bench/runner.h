// Runs a plan: which case when, each in fresh processes with fresh sockets, and the report of it
// all. The only part that starts processes.
//
// Blocking; the calling thread's. SIGINT, SIGTERM and SIGHUP end the run in progress, keep the
// finished ones, and are the caller's to turn into an exit status. They stay blocked afterwards: a
// second one must not lose the report that the caller is about to write.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.h"
#include "bench/plan.h"
#include "reports/report.h"

namespace sockmark {

struct RunnerOptions {
  std::string program;  // this binary, for the workers
  // Told before each run.
  struct Progress {
    std::size_t finished = 0, total = 0;
    const CaseSpec* next = nullptr;
    std::uint64_t repetition = 0, repetitions = 0;
    std::size_t case_index = 0, cases = 0;
  };
  std::function<void(const Progress&)> progress = [](const Progress&) {};
};

struct RunnerOutcome {
  report::Report report;   // always valid, whatever happened
  int interrupted_by = 0;  // a signal's number
};

[[nodiscard]] RunnerOutcome run_plan(const Plan& plan, const RunnerOptions& options);

}  // namespace sockmark
