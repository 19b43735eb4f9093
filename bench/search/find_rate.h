// Finds the highest rate that reaches the goals, for every case of a plan: makes the trials of
// rate_search.h, each of them one run of the case in fresh processes, and reports the search.
//
// Blocking; the calling thread's. SIGINT, SIGTERM and SIGHUP end the trial in progress and the
// search, and keep the results so far. They stay blocked afterwards, as after run_plan(). Rates are
// messages/s over all connections of a case.

#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/plan/plan.h"
#include "bench/remote/ends.h"
#include "bench/search/rate_search.h"
#include "reports/model/report.h"

namespace sockmark {

// The cases, the goals and the limits of a search.
struct SearchPlan {
  // The cases are open loops; each trial replaces their rate. Their duration is that of full-length
  // trials. The number of repetitions is not used.
  Plan plan;
  // The same for all cases; goals_of() replaces final_trial and duration_sum.
  std::vector<Goal> goals;
  // Absent: five full-length trials (docs/definitions/rate-search.md#goals).
  std::optional<Nanoseconds> trial_sum;
  Nanoseconds short_trial = std::chrono::seconds(1);
  // Elapsed time for each case: no trial starts that would end later.
  Nanoseconds budget = std::chrono::minutes(5);
  std::optional<double> min_rate;  // absent: kMessagesOfTrial in a short trial
  std::optional<double> max_rate;  // absent: measured, see probe_of()

  // Messages of a short trial: at the default minimum rate, and at least.
  static constexpr double kMessagesOfTrial = 100, kMinMessages = 10;
};

// Errors: a loss goal over a reliable transport, which loses nothing
// (docs/definitions/rate-search.md#goals); connect, which is a closed loop; an empty range of
// rates.
[[nodiscard]] Result<> check_search(const SearchPlan& search);

// The id of a case without its rate: "udp/rr/64B/c1/hybrid".
[[nodiscard]] std::string search_id(CaseSpec spec);

// --- trials -------------------------------------------------------------------------------------

[[nodiscard]] std::vector<Goal> goals_of(const SearchPlan& search, const CaseSpec& spec);
[[nodiscard]] double min_rate_of(const SearchPlan& search, const CaseSpec& spec);

// A trial of a case, as a plan of one run. `seed` varies all random choices between trials,
// including the messages that --impair affects.
[[nodiscard]] Plan trial_plan(const CaseSpec& spec, const SearchTrial& trial, std::uint64_t seed);

// The case without a rate: a saturating stream, or round trips with kProbeDepth outstanding
// messages.
[[nodiscard]] CaseSpec probe_of(const CaseSpec& spec, Nanoseconds duration);
inline constexpr std::uint64_t kProbeDepth = 64;
// The maximum rate of a search after a probe with this goodput: four times as much, to two digits.
// An open loop delivers more than a closed one, as its messages queue and move in batches (over
// UNIX streams twice as much). If the maximum is too high, the trials there fail.
[[nodiscard]] double max_rate_after(double goodput);

// --- results ------------------------------------------------------------------------------------

// The trial in the report. It is valid if the run is, or if the only problem is that a reliable
// transport did not answer in time, the effect of too high a rate there. `p99_ns` includes lost
// messages as infinitely late.
[[nodiscard]] report::Trial trial_section(const SearchTrial& trial, const CaseSpec& spec,
                                          const report::Run& run);

// The trial as input to the search, or nullopt if the trial is inconclusive.
[[nodiscard]] std::optional<TrialResult> result_of(const report::Trial& trial);

// A search without any bound is incomplete: the generator was saturated in every trial. A bound
// that an interrupted search lacks is absent for that reason.
[[nodiscard]] report::RateSearch search_section(const CaseSpec& spec, const GoalResult& result,
                                                const std::vector<report::Trial>& trials,
                                                bool interrupted = false);

// --- the search ---------------------------------------------------------------------------------

struct SearchOptions {
  std::string program;         // this binary, for the workers
  const Ends* ends = nullptr;  // as RunnerOptions::ends
  // Called before each run.
  struct Progress {
    const CaseSpec* spec = nullptr;
    std::size_t case_index = 0, cases = 0;
    std::size_t trial = 0;  // from 1; 0 is the probe for the maximum rate
    SearchTrial next = {};  // unset for the probe
    std::vector<GoalResult> so_far = {};
    Nanoseconds elapsed{0};  // since the beginning of the case
  };
  std::function<void(const Progress&)> progress = [](const Progress&) {};
  std::function<void()> tick = {};  // as RunnerOptions::tick
};

struct SearchOutcome {
  // `searches` has the started cases, goal by goal. `cases` is empty: a trial has a rate, a loss
  // and a p99 in the report, as the histograms of all trials would be megabytes.
  report::Report report;
  int interrupted_by = 0;  // a signal's number
  Result<> reached;        // as RunnerOutcome::reached
};

// `begun` is report_of(search.plan). Must: check_search() returned no error.
[[nodiscard]] SearchOutcome find_rates(const SearchPlan& search, report::Report begun,
                                       const SearchOptions& options);

}  // namespace sockmark
