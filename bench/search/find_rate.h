// The highest rate at which goals hold, for every case of a plan: makes the trials that
// rate_search.h asks for, each of them one run of the case in fresh processes, and tells the search
// as the report has it.
//
// Blocking; the calling thread's. SIGINT, SIGTERM and SIGHUP end the trial in progress and the
// search, keep what was found, and stay blocked afterwards, as run_plan() leaves them. Rates are
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
#include "bench/search/rate_search.h"
#include "reports/model/report.h"

namespace sockmark {

// What is searched for, and how far.
struct SearchPlan {
  // The cases have a rate, which makes them open loops; each trial puts its own in its place. Their
  // durations are those of full-length trials. A trial is never repeated as a run of a case is.
  Plan plan;
  // Of each case; full length and sum of trials are replaced, see goals_of().
  std::vector<Goal> goals;
  // Absent: five full-length trials (docs/definitions/rate-search.md#goals).
  std::optional<Nanoseconds> trial_sum;
  Nanoseconds short_trial = std::chrono::seconds(1);
  // Of each case, by the clock on the wall: no trial is begun that would end later.
  Nanoseconds budget = std::chrono::minutes(5);
  std::optional<double> min_rate;  // absent: kMessagesOfTrial in a short trial
  std::optional<double> max_rate;  // absent: measured, see probe_of()

  // So few say little of a loss, and fewer than kLeastMessages nothing at all.
  static constexpr double kMessagesOfTrial = 100, kLeastMessages = 10;
};

// Errors: one line, why this cannot be searched. Loss over a reliable transport, which has none
// (docs/definitions/rate-search.md#goals); connect, which has no open loop; bounds that leave
// nothing to search.
[[nodiscard]] Result<> check_search(const SearchPlan& search);

// The id of a case without its rate: "udp/rr/64B/c1/hybrid".
[[nodiscard]] std::string search_id(CaseSpec spec);

// --- what is tried ------------------------------------------------------------------------------

[[nodiscard]] std::vector<Goal> goals_of(const SearchPlan& search, const CaseSpec& spec);
[[nodiscard]] double min_rate_of(const SearchPlan& search, const CaseSpec& spec);

// A trial of a case, as a plan of one run. What is drawn by lot differs from trial to trial, also
// which messages --impair picks.
[[nodiscard]] Plan trial_plan(const CaseSpec& spec, const Trial& trial, std::uint64_t seed);

// The case without pace: a saturating stream, or a round trip with kProbeDepth messages under way.
[[nodiscard]] CaseSpec probe_of(const CaseSpec& spec, Nanoseconds duration);
inline constexpr std::uint64_t kProbeDepth = 64;
// The rate to search up to when the probe had this goodput: four times as much, to two digits. A
// closed loop waits for its answers, so that an open one, whose messages pile up and move in
// batches, gets more through (over UNIX streams twice as much). Where it does not, the trial there
// says that it is too much.
[[nodiscard]] double max_rate_after(double goodput);

// --- what it showed -----------------------------------------------------------------------------

// Valid, if the run is or there is nothing else wrong with it than that a reliable transport did
// not answer in time, which is what too high a rate does there. `p99_ns` is that of all messages
// sent, lost ones as infinitely late.
[[nodiscard]] report::Trial trial_section(const Trial& trial, const CaseSpec& spec,
                                          const report::Run& run);

// What the search is to make of it; nothing when it says nothing.
[[nodiscard]] std::optional<TrialResult> result_of(const report::Trial& trial);

// Without any bound it is not complete: the generator was saturated wherever it was tried.
[[nodiscard]] report::RateSearch search_section(const CaseSpec& spec, const GoalResult& result,
                                                const std::vector<report::Trial>& trials);

// --- the search ---------------------------------------------------------------------------------

struct SearchOptions {
  std::string program;  // this binary, for the workers
  // Told before each run.
  struct Progress {
    const CaseSpec* spec = nullptr;
    std::size_t case_index = 0, cases = 0;
    std::size_t trial = 0;  // from 1 on; 0 is the probe for the highest rate
    Trial next = {};        // not of the probe
    std::vector<GoalResult> so_far = {};
    Nanoseconds elapsed{0};  // since the beginning of the case
  };
  std::function<void(const Progress&)> progress = [](const Progress&) {};
};

struct SearchOutcome {
  // `searches` has the cases that were begun, goal by goal. `cases` is empty: a trial is told by
  // its rate, its loss and its p99, and the histograms of all would be megabytes.
  report::Report report;
  int interrupted_by = 0;  // a signal's number
};

// `begun` is report_of(search.plan). Must: check_search() had nothing to say.
[[nodiscard]] SearchOutcome find_rates(const SearchPlan& search, report::Report begun,
                                       const SearchOptions& options);

}  // namespace sockmark
