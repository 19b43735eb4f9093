// Runs a plan, every run in fresh processes with fresh sockets, and returns the report.
//
// Blocking; the calling thread's. SIGINT, SIGTERM and SIGHUP end the window of the run in progress,
// whose result is then a partial run; a second signal gives that run up. Finished runs are kept.
// The caller makes an exit status of the first signal. They stay blocked afterwards, so that
// another signal does not lose the report that the caller is about to write.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "bench/plan/plan.h"
#include "bench/remote/ends.h"
#include "measure/series_reader.h"
#include "reports/model/report.h"

namespace sockmark {

struct RunnerOptions {
  std::string program;  // this binary, for the workers
  // Where the ends are; null: on this machine. Must: lives as long as run_plan().
  const Ends* ends = nullptr;
  // The programs of the arms of a plan with arms (with_arms): versions of sockmark, or scripts that
  // start one.
  std::string baseline = {}, candidate = {};
  // Called before each run.
  struct Progress {
    std::size_t finished = 0, total = 0;  // runs, including those before --resume
    std::size_t measured = 0;             // runs of this process
    const CaseSpec* next = nullptr;
    std::uint64_t repetition = 0, repetitions = 0;
    std::size_t case_index = 0, cases = 0;
    const report::Run* last = nullptr;  // finished by this process; valid during the call
  };
  std::function<void(const Progress&)> progress = [](const Progress&) {};
  // Called about every second from then on, also during runs. Must: returns at once. The runner is
  // not an end of the run, and wakes up for this alone.
  std::function<void()> tick = {};
  // Called about every second during a run, with the figures of the time since the last call.
  // Absent: the ends do not send them.
  std::function<void(const IntervalFigures&)> figures = {};
  // Called for every interval of the series of a run, in order: while the run is in progress, as
  // soon as nothing in it can change any more, and after it for the rest. Must: returns at once.
  // Absent: the ends do not send them.
  struct Interval {
    const CaseSpec* spec = nullptr;
    std::uint64_t repetition = 0;  // from 0
    std::size_t index = 0;         // of the point in the series
    const report::SeriesPoint* point = nullptr;
    Nanoseconds length{0};
    double message_bytes = 0;  // of a message that is counted; of a mix of sizes, the mean
    // Absent if the window is known to another program only (--against).
    std::optional<Instant> ended = {};
  };
  std::function<void(const Interval&)> interval = {};
  // Called after each finished run, the last run of `one`. An error ends the measurement.
  std::function<Result<>(const report::Report& report, const report::Case& one)> finished =
      [](const report::Report&, const report::Case&) -> Result<> { return {}; };
  // Called after each block of an interleaved plan: whether to stop after `blocks` blocks.
  std::function<bool(const report::Report& report, std::uint64_t blocks)> enough =
      [](const report::Report&, std::uint64_t) { return false; };
};

struct RunnerOutcome {
  report::Report report;   // valid after every error and interruption
  int interrupted_by = 0;  // a signal's number
  // One line on the run that was interrupted and is not in the report; empty if there is none.
  std::string given_up = {};
  Result<> kept;  // the error of RunnerOptions::finished, if any
  // Why nothing more was measured: an end elsewhere was lost, or it or a foreign responder could
  // not be reached in the first run. That run is not in the report, so that --resume measures it.
  Result<> reached;
};

// Identifies the file of a program, to notice that it was replaced or rebuilt: "4711 bytes, inode
// 42, changed 1700000000.000000000". Empty if there is no such file.
[[nodiscard]] std::string identity_of(const std::string& program);

// The report of a plan before any run. `supplied`: the options as the user gave them.
[[nodiscard]] report::Report report_of(const Plan& plan,
                                       const std::map<std::string, std::string>& supplied = {});

// Unblocks the signals. A caller that runs several plans calls it from RunnerOptions::progress,
// when the next run handles a signal that arrived in between.
void unblock_signals();

// Measures the runs that `begun` lacks; `begun` is report_of(plan), possibly with finished runs.
[[nodiscard]] RunnerOutcome run_plan(const Plan& plan, report::Report begun,
                                     const RunnerOptions& options);

}  // namespace sockmark
