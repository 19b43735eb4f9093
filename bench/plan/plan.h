// A plan: the list of cases to measure and the number of repetitions, made from the lists of a
// suite or a command line. Plain data and pure functions; preflight.h checks whether this machine
// can run the plan.

#pragma once

#include <algorithm>
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
#include "bench/loop/wait_mode.h"
#include "bench/plan/impairment.h"
#include "bench/plan/request_file.h"
#include "bench/plan/schedule.h"
#include "bench/plan/size_mix.h"
#include "transports/socket_options.h"

namespace sockmark {

struct Address;
struct CatalogueRow;

enum class Workload : std::uint8_t {
  rr,       // request and response: the responder sends every message back
  stream,   // one way, at a rate or as fast as the transport takes it; the receiver measures
  connect,  // connect, one request and response, close; again
};

// Which end sends a stream. The generator connects and the responder listens in any case.
enum class StreamDirection : std::uint8_t {
  forward,  // the generator, to the responder
  reverse,  // the responder, to the generator
  both,     // both at the same time, over the same connections
};

enum class Order : std::uint8_t { interleaved, random, sequential };

// Which of two programs under comparison measures (docs/definitions/comparing.md).
enum class Arm : std::uint8_t { none, baseline, candidate };

// The names of the command line and the report.
constexpr auto enum_names(Workload) {
  return std::to_array<EnumName<Workload>>(
      {{Workload::rr, "rr"}, {Workload::stream, "stream"}, {Workload::connect, "connect"}});
}
constexpr auto enum_names(StreamDirection) {
  return std::to_array<EnumName<StreamDirection>>({{StreamDirection::forward, "forward"},
                                                   {StreamDirection::reverse, "reverse"},
                                                   {StreamDirection::both, "both"}});
}
constexpr auto enum_names(Order) {
  return std::to_array<EnumName<Order>>({{Order::interleaved, "interleaved"},
                                         {Order::random, "random"},
                                         {Order::sequential, "sequential"}});
}
constexpr auto enum_names(Arm) {  // Arm::none has no name
  return std::to_array<EnumName<Arm>>({{Arm::baseline, "baseline"}, {Arm::candidate, "candidate"}});
}
inline constexpr auto kWorkloads = values_of<Workload>();
[[nodiscard]] std::string_view summary_of(Workload workload);

struct Pin {
  static constexpr int kNone = -1;
  int generator = 0, responder = 0;  // CPU numbers; kNone: the responder is not of the run
};

// Test aid: the responder stalls for `length` once every `every`.
struct ServerPause {
  Nanoseconds every{0}, length{0};
};

// One case: the parameters of a run, the same for both ends.
struct CaseSpec {
  Arm arm = Arm::none;
  std::string transport = "tcp";  // a name in the catalogue
  std::string address;            // as the user spelled it; empty: Transport::default_address
  std::string resolved_address;   // numeric, if the host of `address` is a name (host_names.h)
  // Of that name, if an end is elsewhere: where the generator may reach the responder.
  std::vector<std::string> hosts = {};
  Workload workload = Workload::rr;
  StreamDirection direction = StreamDirection::forward;  // stream
  std::uint64_t size = 64;  // bytes, header included; of a mix, the largest
  SizeMix mix = {};         // empty: all messages have one size
  // rr, connect: the size of the answer; absent: the responder sends the request back.
  std::optional<std::uint64_t> response = {};
  // Open loop: messages/s over all connections (rr, stream); of a stream, in each direction.
  std::optional<double> rate;
  ArrivalLaw arrivals = {};
  std::uint64_t depth = 1;  // closed loop: messages outstanding per connection (rr)
  std::uint64_t connections = 1;
  std::uint64_t threads = 1;     // of each end
  std::uint64_t generators = 1;  // processes; each has every n-th of the connections
  WaitMode wait = WaitMode::sleep;
  std::optional<Pin> pin;
  Nanoseconds duration = std::chrono::seconds(5);
  Nanoseconds warmup = std::chrono::seconds(1);
  Nanoseconds tmax = std::chrono::seconds(1);
  // Of the series of a run: the length of its sub-windows. 0: a twentieth of `duration`.
  Nanoseconds interval{0};
  std::optional<ImpairmentSpec> impair;
  std::optional<ServerPause> pause;
  Nanoseconds work{0};          // test aid: CPU time that the responder spends on each message
  bool per_connection = false;  // report the figures of each connection; no part of the case's id
  // Another program that answers at `address`: the run has a generator only.
  ResponderChoice responder = {};
  SocketOptions socket;
  std::optional<std::uint64_t> batch = {};  // messages that one system call may carry, at most

  // Must: `transport` is a name in the catalogue, as check_limits() requires.
  [[nodiscard]] const CatalogueRow& transport_row() const;
  [[nodiscard]] bool is_tcp() const;
  // It listens at a socket file that the runner names; otherwise at the user's address, a port, or
  // a name without a file.
  [[nodiscard]] bool needs_socket_file() const;
  // Whether the sender may rely on delivery: the transport is reliable, no faults are injected, and
  // no echo server may lose or repeat messages that the transport has delivered.
  [[nodiscard]] bool reliable() const;
  [[nodiscard]] bool answers() const { return workload != Workload::stream; }
  // Of the messages that the generator sends, in bytes.
  [[nodiscard]] double mean_size() const;
  // Of the answers, or of the messages of a stream; and of any message of the run.
  [[nodiscard]] std::uint64_t returned_size_max() const { return response.value_or(size); }
  [[nodiscard]] std::uint64_t message_size_max() const {
    return std::max(size, returned_size_max());
  }
  // Bytes of a message between the session and the channel: with a request file, which is sent
  // instead, only its header.
  [[nodiscard]] std::uint64_t message_bytes() const;
  // Whether the threads of the responder listen at one address, the one that the user named.
  [[nodiscard]] bool shares_address() const {
    return !address.empty() && threads > 1 && !responder.foreign();
  }

  [[nodiscard]] bool generator_sends() const { return direction != StreamDirection::reverse; }
  // Messages of its own, not answers.
  [[nodiscard]] bool responder_sends() const { return direction != StreamDirection::forward; }

  // Connection c belongs to thread c % threads of either end, and to this generator, from 0.
  [[nodiscard]] std::uint64_t generator_of(std::uint64_t connection) const {
    return connection / threads % generators;
  }

  // Unique within a plan and stable over versions: "tcp/rr/64B/c1". Parts at their defaults (depth
  // 1, one thread, sleep) are left out. The arm is the last part: "...@baseline".
  [[nodiscard]] std::string id() const;
};

// A rate as the user gives it: of messages, or of the bits of messages, headers of the network not
// included. In a case it is messages/s.
struct Rate {
  double per_s = 0;
  bool bits = false;
  [[nodiscard]] double messages_per_s(double mean_size) const {
    return bits ? per_s / (8 * mean_size) : per_s;
  }
};

// Limits of every case, whether from a command line, a suite or a peer.
inline constexpr std::uint64_t kMaxConnections = 100'000;
inline constexpr std::uint64_t kMaxConnectionsReported = 1024;  // with per_connection
inline constexpr std::uint64_t kMaxThreads = 256;
inline constexpr std::uint64_t kMaxGenerators = 128;
inline constexpr std::uint64_t kMaxDepth = 65'536;
inline constexpr std::uint64_t kMaxBatch = 65'536;
inline constexpr double kMinRate = 1e-3, kMaxRate = 1e9;  // messages/s
// Sub-windows of the series of a run: what one message carries. Each takes 35 KiB in every thread.
inline constexpr std::uint64_t kMaxIntervals = 3600, kMaxIntervalsOfThreads = 8192;
// Limits of a plan; runs as check_runs() counts them.
inline constexpr std::size_t kMaxCases = 10'000;
inline constexpr std::uint64_t kMaxRuns = 10'000;
inline constexpr std::uint64_t kImpairedRunWeight = 3;

// Must: `spec.transport` is a name in the catalogue. Errors begin with the option, and name the
// value and the limit: "--rate 0: ...".
[[nodiscard]] Result<> check_limits(const CaseSpec& spec);

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
  // Absent: sleep in a closed loop, hybrid in an open one, where a sleeping thread would send late.
  // Both ends on one CPU: sleep, as a spinning thread keeps the other end from running.
  std::optional<WaitMode> wait;
  CaseSpec common;  // the other fields; `wait` is taken from above
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
  // Lines for the user: which cases are left out, because their transports lack an option.
  std::vector<std::string> left_out = {};

  // The runs in their order. Interleaved: blocks; each block runs every case once in shuffled
  // order. The two arms of a case run back to back, in random order
  // (docs/definitions/comparing.md#blocks). Random: all runs shuffled. Sequential: case by case.
  [[nodiscard]] std::vector<ScheduledRun> schedule() const;
  // Warm-ups, windows and an allowance for starting processes; drains are not included.
  [[nodiscard]] Nanoseconds estimated_time() const;
};

// Every combination of the lists. Checks the names of transports only. Depths apply to closed-loop
// rr only, responses to rr and connect, directions to stream: the other workloads appear once for
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

// The address at which a case listens: its own, or the default of its transport below `directory`.
// Must: a name is resolved.
[[nodiscard]] Address address_of(const CaseSpec& spec, std::string_view directory);

}  // namespace sockmark
