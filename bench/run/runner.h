// Runs a plan: which case when, each in fresh processes with fresh sockets, and the report of it
// all. The only part that starts processes.
//
// Blocking; the calling thread's. SIGINT, SIGTERM and SIGHUP end the run in progress, keep the
// finished ones, and are the caller's to turn into an exit status. They stay blocked afterwards: a
// second one must not lose the report that the caller is about to write.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "bench/plan/plan.h"
#include "reports/model/report.h"

namespace sockmark {

struct RunnerOptions {
  std::string program;  // this binary, for the workers
  // The programs of the arms of a plan that has them (with_arms): each speaks the command line and
  // the report of `sockmark run`.
  std::string baseline = {}, candidate = {};
  // Told before each run.
  struct Progress {
    std::size_t finished = 0, total = 0;  // runs, those of before a --resume too
    std::size_t measured = 0;             // runs since then
    const CaseSpec* next = nullptr;
    std::uint64_t repetition = 0, repetitions = 0;
    std::size_t case_index = 0, cases = 0;
  };
  std::function<void(const Progress&)> progress = [](const Progress&) {};
  // Told after each run, the last one of `one`. An error ends the measurement.
  std::function<Result<>(const report::Report& report, const report::Case& one)> finished =
      [](const report::Report&, const report::Case&) -> Result<> { return {}; };
  // Asked after each block of an interleaved plan, from how many there are: whether that is enough.
  std::function<bool(const report::Report& report, std::uint64_t blocks)> enough =
      [](const report::Report&, std::uint64_t) { return false; };
};

struct RunnerOutcome {
  report::Report report;   // always valid, whatever happened
  int interrupted_by = 0;  // a signal's number
  Result<> kept;           // what `finished` said, if it was an error
};

// What tells a program's file from another of its name, and from itself rebuilt: "4711 bytes, inode
// 42, changed 1700000000.000000000". Empty where there is no such file.
[[nodiscard]] std::string identity_of(const std::string& program);

// The report of a plan before any run. `supplied`: the options as the user gave them.
[[nodiscard]] report::Report report_of(const Plan& plan,
                                       const std::map<std::string, std::string>& supplied = {});

// For whoever runs another plan after one, instead of making a report of it: call it from
// RunnerOptions::progress, when that run is ready for a signal that came meanwhile.
void let_signals_through();

// Measures what `begun`, which is report_of(plan) with or without finished runs, lacks.
[[nodiscard]] RunnerOutcome run_plan(const Plan& plan, report::Report begun,
                                     const RunnerOptions& options);

}  // namespace sockmark
