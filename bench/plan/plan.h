// A plan: the list of cases to measure and the number of repetitions, made from the lists of a
// suite or a command line. Plain data and pure functions; preflight.h checks whether this machine
// can run the plan.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/enum_names.h"
#include "base/result.h"
#include "bench/plan/case_limits.h"
#include "bench/plan/case_spec.h"

namespace sockmark {

enum class Order : std::uint8_t { interleaved, random, sequential };

constexpr auto enum_names(Order) {
  return std::to_array<EnumName<Order>>({{Order::interleaved, "interleaved"},
                                         {Order::random, "random"},
                                         {Order::sequential, "sequential"}});
}

// A rate as the user gives it: of messages, or of the bits of messages, headers of the network not
// included. In a case it is messages/s.
struct Rate {
  double per_s = 0;
  bool bits = false;
  [[nodiscard]] double messages_per_s(double mean_size) const {
    return bits ? per_s / (8 * mean_size) : per_s;
  }
};

// Limits of a plan; runs as check_runs() counts them.
inline constexpr std::size_t kMaxCases = 10'000;
inline constexpr std::uint64_t kMaxRuns = 10'000;
inline constexpr std::uint64_t kImpairedRunWeight = 3;

// The transports of one item of --transport: the rows of `all`, a name, or an address, for which
// both fields are set. Names may be in upper case. A host name is not resolved: until it is, the
// transport is that of IPv4. Errors suggest the nearest name.
struct TransportChoice {
  std::string name, address;
};
[[nodiscard]] Result<std::vector<TransportChoice>> expand_transport(const std::string& text);

// Lists; their combinations are the cases.
struct PlanOptions {
  std::vector<std::string> transports = {"all"};  // names, addresses, or "all"
  std::vector<Workload> workloads = {Workload::rr};
  std::vector<StreamDirection> directions = {StreamDirection::forward};  // of streams
  std::vector<SizeChoice> sizes = {64};
  std::vector<std::uint64_t> responses;  // empty: requests are echoed
  std::vector<Rate> rates;               // empty: a closed loop, or a saturating stream
  std::vector<std::uint64_t> depths = {1};
  std::vector<std::uint64_t> connections = {1};
  std::vector<std::uint64_t> threads = {1};
  // By name (option_axes.h), the values as text; "default" is one.
  std::map<std::string, std::vector<std::string>> axes = {};
  // Absent: sleep in a closed loop, hybrid in an open one and with a think time, where a sleeping
  // thread would send late.
  // Both ends on one CPU: sleep, as a spinning thread keeps the other end from running.
  std::optional<WaitMode> wait;
  bool duration_given = false;  // otherwise that of cases with `messages` is a default of theirs
  CaseSpec common;              // the other fields; `wait` is taken from above
  std::uint64_t repetitions = 3;
  Order order = Order::interleaved;
  std::uint64_t seed = 1;
  bool hold_idle = false;  // keep idle CPUs awake during the runs (idle_hold.h)
};

// One run of a plan.
struct ScheduledRun {
  std::size_t case_index = 0;
  std::uint64_t block = 0;
  bool operator==(const ScheduledRun&) const = default;
};

struct Plan {
  std::vector<CaseSpec> cases;
  std::uint64_t repetitions = 1;
  Order order = Order::interleaved;
  std::uint64_t seed = 1;
  bool hold_idle = false;  // keep idle CPUs awake during the runs (idle_hold.h)
  bool floor = false;      // measure the floor of each case with every run (floor.h)
  // Lines for the user: which cases are left out, because their transports lack an option or they
  // have more threads than connections.
  std::vector<std::string> left_out = {};

  // The runs in their order. Interleaved: blocks; each block runs every case once in shuffled
  // order. The two arms of a case run back to back, in random order
  // (docs/definitions/comparing.md#blocks). Random: all runs shuffled. Sequential: case by case.
  [[nodiscard]] std::vector<ScheduledRun> schedule() const;
  // Warm-ups, windows and an allowance for starting processes; drains are not included.
  [[nodiscard]] Nanoseconds estimated_time() const;
};

// Every combination of the lists. Checks the names of transports only. Depths apply to closed-loop
// rr only, responses and think times to rr and connect, directions to stream, ramps to several
// connections of rr and stream: the other workloads appear once for
// each combination of the other lists.
[[nodiscard]] Result<std::vector<CaseSpec>> combinations(const PlanOptions& options);

// The plan of these cases, without duplicates, and without those whose transport lacks an option
// that is set, unless that is all of them. Errors: as check_limits() and check_runs().
[[nodiscard]] Result<Plan> make_plan(std::vector<CaseSpec> cases, const PlanOptions& options);
[[nodiscard]] Result<Plan> make_plan(const PlanOptions& options);

// The plan with a baseline and a candidate arm of every case, to be measured with two programs. The
// caller checks the number of runs again.
[[nodiscard]] Plan with_arms(const Plan& plan);

// The number of cases times blocks is at most kMaxRuns, so that the report can be read back
// (reports/json/load_json.h, kReportLimits). A run with injected faults counts as
// kImpairedRunWeight runs.
[[nodiscard]] Result<> check_runs(const Plan& plan);

}  // namespace sockmark
