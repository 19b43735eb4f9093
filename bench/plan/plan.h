// What is going to be measured, as values: a list of cases and how often, made from a suite's or
// the command line's lists. No I/O here; whether this machine can do it is preflight.h.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/loop/wait_mode.h"
#include "bench/plan/impairment.h"
#include "bench/plan/schedule.h"
#include "transports/transport.h"

namespace sockmark {

enum class Workload : std::uint8_t {
  rr,       // request and response: the responder sends every message back
  stream,   // one way, at a rate or as fast as the transport takes it; the receiver measures
  connect,  // connect, one request and response, close; again
};

enum class Order : std::uint8_t { interleaved, random, sequential };

// Which of two programs under comparison measures (docs/definitions/comparing.md).
enum class Arm : std::uint8_t { none, baseline, candidate };

// The words of the command line and the report for each of them.
[[nodiscard]] std::string_view name_of(Workload workload);
[[nodiscard]] std::string_view name_of(Order order);
[[nodiscard]] std::string_view name_of(Arm arm);  // Arm::none has none
inline constexpr Workload kWorkloads[] = {Workload::rr, Workload::stream, Workload::connect};
inline constexpr Order kOrders[] = {Order::interleaved, Order::random, Order::sequential};
[[nodiscard]] std::string_view summary_of(Workload workload);

struct Pin {
  int generator = 0, responder = 0;  // CPU numbers
};

// The responder stalls for `length` at every `every`: a test aid.
struct ServerPause {
  Nanoseconds every{0}, length{0};
};

// One combination: what both ends of a run are told.
struct CaseSpec {
  Arm arm = Arm::none;
  std::string transport = "tcp";  // a name in the catalogue
  std::string address;            // as the user named it; empty: Transport::default_address
  Workload workload = Workload::rr;
  std::uint64_t size = 64;     // bytes, header included
  std::optional<double> rate;  // open loop: messages/s over all connections (rr, stream)
  Arrivals arrivals = Arrivals::uniform;
  std::uint64_t depth = 1;  // closed loop: messages outstanding per connection (rr)
  std::uint64_t connections = 1;
  std::uint64_t threads = 1;
  WaitMode wait = WaitMode::sleep;
  std::optional<Pin> pin;
  Nanoseconds duration = std::chrono::seconds(5);
  Nanoseconds warmup = std::chrono::seconds(1);
  Nanoseconds tmax = std::chrono::seconds(1);
  std::optional<ImpairmentSpec> impair;
  std::optional<ServerPause> pause;
  Nanoseconds work{0};  // that the responder's processor is busy with each message: a test aid
  SocketOptions socket;

  // What whoever sends is promised: an impaired transport promises nothing.
  [[nodiscard]] bool reliable() const;
  // The responder's threads listen at the one address that the user named.
  [[nodiscard]] bool shares_address() const { return !address.empty() && threads > 1; }

  // Unique within a plan and stable over versions: "tcp/rr/64B/c1". Parts that stand at their
  // defaults (depth 1, one thread, sleep) are left out. An arm is at the end: "...@baseline".
  [[nodiscard]] std::string id() const;
};

// What no case may exceed, wherever it comes from (a command line, a suite, a peer).
inline constexpr std::uint64_t kMostConnections = 100'000;
inline constexpr std::uint64_t kMostThreads = 256;
inline constexpr std::uint64_t kMostDepth = 65'536;
inline constexpr std::size_t kMostCases = 10'000;            // of a plan
inline constexpr std::uint64_t kMostRuns = 10'000;           // of a plan, see check_runs()
inline constexpr std::uint64_t kImpairedRunCounts = 3;       // as so many
inline constexpr double kMostRate = 1e9, kLeastRate = 1e-3;  // messages/s

// Errors begin with the option, and name the value and the limit: "--rate 0: ...".
[[nodiscard]] Result<> check_limits(const CaseSpec& spec);

// What one item of --transport stands for: the rows of `all`, a name, or an address, in which case
// both are set. Errors name the nearest word.
struct TransportChoice {
  std::string name, address;
};
[[nodiscard]] Result<std::vector<TransportChoice>> expand_transport(const std::string& item);

// Lists, whose combinations are the cases.
struct PlanOptions {
  std::vector<std::string> transports = {"all"};  // names, addresses, or "all"
  std::vector<Workload> workloads = {Workload::rr};
  std::vector<std::uint64_t> sizes = {64};
  std::vector<double> rates;  // empty: a closed loop, or a saturating stream
  std::vector<std::uint64_t> depths = {1};
  std::vector<std::uint64_t> connections = {1};
  // Absent: sleep, but in an open loop hybrid, which is on time where a sleeper is not. Where both
  // ends share one CPU, sleep: a thread that spins there keeps the other from answering.
  std::optional<WaitMode> wait;
  CaseSpec common;  // the fields that are no lists; its wait is set from the one above
  std::uint64_t repetitions = 3;
  Order order = Order::interleaved;
  std::uint64_t seed = 1;
  bool hold_idle = false;  // keep idle CPUs awake meanwhile (idle_hold.h)
};

// One run of a plan: of which case, and in which block.
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
  bool hold_idle = false;  // keep idle CPUs awake meanwhile (idle_hold.h)
  bool floor = false;      // with every run, the same by bare system calls (floor.h)

  // The order of the runs. Interleaved: blocks, in each of which every case runs once in an order
  // drawn by lot; the two arms of a case stay back to back, in an order decided by a coin
  // (docs/definitions/comparing.md#blocks). Random: one draw over all runs. Sequential: case by
  // case.
  [[nodiscard]] std::vector<ScheduledRun> schedule() const;
  // Warm-ups, windows and an allowance for starting processes; what a drain takes is not known.
  [[nodiscard]] Nanoseconds estimated_time() const;
};

// Every combination of the lists, unchecked but for the words. Depth varies only a closed rr;
// stream and connect appear once per combination of the others.
[[nodiscard]] Result<std::vector<CaseSpec>> combinations(const PlanOptions& options);

// The cases within their limits, each once. Errors name the option, the value and the limit:
// "--size 16: smaller than the message header of 32 bytes".
[[nodiscard]] Result<Plan> make_plan(std::vector<CaseSpec> cases, const PlanOptions& options);
[[nodiscard]] Result<Plan> make_plan(const PlanOptions& options);

// The plan with two arms of every case, to be measured with two programs. To be checked again.
[[nodiscard]] Plan with_arms(const Plan& plan);

// Cases times blocks: what is measured is to be read back (reports/json/load_json.h,
// kReportLimits).
[[nodiscard]] Result<> check_runs(const Plan& plan);

// Where a case listens: its own address, or its transport's default beneath `directory`.
[[nodiscard]] Address address_of(const CaseSpec& spec, std::string_view directory);

}  // namespace sockmark
