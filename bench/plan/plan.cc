#include "bench/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "base/parse.h"
#include "base/random.h"
#include "bench/protocol/wire.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kStartAllowance = 100ms;  // two processes, their sockets, their end

Result<> check_size(const CaseSpec& spec) {
  const std::size_t most = find_transport(spec.transport)->get().promises().max_message;
  if (spec.size < kHeaderBytes) {
    return Error{fmt::format("--size {}: smaller than the message header of {} bytes", spec.size,
                             kHeaderBytes)};
  }
  if (spec.size > most) {
    return Error{fmt::format("--size {}: {} carries messages of at most {} bytes", spec.size,
                             spec.transport, most)};
  }
  return {};
}

Result<> check_range(std::string_view option, std::uint64_t value, std::uint64_t least,
                     std::uint64_t most) {
  if (value >= least && value <= most) return {};
  return Error{fmt::format("{} {}: expected a number from {} to {}", option, value, least, most)};
}

Result<> check_times(const CaseSpec& spec) {
  constexpr Nanoseconds kLongest = 24h;
  if (spec.duration < 1ms || spec.duration > kLongest)
    return Error{"--duration: expected a time from 1ms to 24h"};
  if (spec.warmup < 0ns || spec.warmup > kLongest)
    return Error{"--warmup: expected a time up to 24h"};
  if (spec.tmax < 1ms || spec.tmax > 1min) return Error{"--tmax: expected a time from 1ms to 1m"};
  return {};
}

Result<> check_rate(const CaseSpec& spec) {
  if (!spec.rate) return {};
  if (!(*spec.rate >= kLeastRate && *spec.rate <= kMostRate)) {
    return Error{fmt::format("--rate {}: expected messages/s from 0.001 to 1000M", *spec.rate)};
  }
  if (spec.workload == Workload::connect) {
    return Error{"--rate: connect is a closed loop; leave it out, or measure rr or stream"};
  }
  if (spec.wait == WaitMode::block) {
    return Error{
        "--wait block: a thread that blocks in a receive sends nothing on time; with --rate choose "
        "sleep, hybrid or spin"};
  }
  if (spec.depth != 1) return Error{"--depth: an open loop (--rate) has none"};
  return {};
}

// The kernel says which of the responder's threads a connection goes to.
Result<> check_shared_address(const CaseSpec& spec) {
  const auto refused = [&](std::string_view why) {
    return Error{fmt::format("--threads {}: {} is one address, {}; leave the address to sockmark",
                             spec.threads, spec.address, why)};
  };
  const auto family = find_transport(spec.transport)->family;
  if (family != "ipv4" && family != "ipv6") return refused("and only ports can be shared");
  if (spec.workload == Workload::connect)
    return refused("and of connect each operation would go to another thread");
  if (spec.wait == WaitMode::block)
    return refused("and --wait block needs one connection per thread");
  return {};
}

Result<> check_aids(const CaseSpec& spec) {
  if (spec.impair) {
    if (!find_transport(spec.transport)->get().promises().message_boundaries) {
      return Error{
          fmt::format("--impair: {} is a byte stream, which cannot lose a message; choose "
                      "datagrams (udp, udp6, "
                      "unix-dgram)",
                      spec.transport)};
    }
    if (spec.workload == Workload::connect) {
      return Error{"--impair: connect has one message a connection; choose rr or stream"};
    }
  }
  if (spec.socket.segmentation_offload &&
      !find_transport(spec.transport)->get().promises().segments) {
    return Error{
        fmt::format("--gso: {} has no segmentation offload; choose udp or udp6", spec.transport)};
  }
  if (spec.pause && (spec.pause->every < 1ms || spec.pause->length < 1us ||
                     spec.pause->length >= spec.pause->every)) {
    return Error{"--server-pause: expected EVERY of at least 1ms and a shorter FOR, like 1s,100ms"};
  }
  if (spec.work < 0ns || spec.work > 1s) return Error{"--server-work: expected a time up to 1s"};
  return {};
}

}  // namespace

Result<std::vector<TransportChoice>> expand_transport(const std::string& item) {
  std::vector<TransportChoice> choices;
  if (item == "all") {
    for (const auto& row : catalogue()) {
      if (row.in_all) choices.push_back({std::string(row.name), ""});
    }
    return choices;
  }
  if (item.find(':') != std::string::npos) {
    auto address = TRY(parse_address(item));
    choices.push_back({std::string(transport_of(address).name), address.text()});
    return choices;
  }
  if (find_transport(item) == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& row : catalogue()) names.push_back(row.name);
    names.emplace_back("all");
    return unknown_word("transport", item, names);
  }
  choices.push_back({item, ""});
  return choices;
}

bool CaseSpec::reliable() const {
  return find_transport(transport)->get().promises().reliable && !impair;
}

Result<> check_limits(const CaseSpec& spec) {
  TRY(check_rate(spec));
  TRY(check_aids(spec));
  TRY(check_size(spec));
  TRY(check_times(spec));
  TRY(check_range("--depth", spec.depth, 1, kMostDepth));
  TRY(check_range("--connections", spec.connections, 1, kMostConnections));
  TRY(check_range("--threads", spec.threads, 1, kMostThreads));
  if (spec.threads > spec.connections) {
    return Error{fmt::format("--threads {}: more than the {} connection(s) to share out",
                             spec.threads, spec.connections)};
  }
  if (spec.shares_address()) {
    if (auto fits = check_shared_address(spec); !fits) return fits;
  }
  if (spec.wait == WaitMode::block &&
      (spec.connections != spec.threads || spec.workload == Workload::connect)) {
    return Error{fmt::format(
        "--wait block: a thread can block on one descriptor only: it needs rr or stream with one "
        "connection per thread, found {} with {} connection(s) on {} thread(s)",
        name_of(spec.workload), spec.connections, spec.threads)};
  }
  return {};
}

std::string_view name_of(Workload workload) {
  switch (workload) {
    case Workload::rr:
      return "rr";
    case Workload::stream:
      return "stream";
    case Workload::connect:
      return "connect";
  }
  return "";
}

std::string_view name_of(Order order) {
  switch (order) {
    case Order::interleaved:
      return "interleaved";
    case Order::random:
      return "random";
    case Order::sequential:
      return "sequential";
  }
  return "";
}

std::string_view name_of(Arm arm) {
  switch (arm) {
    case Arm::none:
      return "";
    case Arm::baseline:
      return "baseline";
    case Arm::candidate:
      return "candidate";
  }
  return "";
}

std::string_view summary_of(Workload workload) {
  switch (workload) {
    case Workload::rr:
      return "request and response: every message is echoed, latency is the round trip (open loop "
             "with --rate, closed with --depth)";
    case Workload::stream:
      return "one way, at --rate or as fast as the transport takes messages; the receiver measures "
             "goodput and delay";
    case Workload::connect:
      return "connect, one request and response, close, again; latency of the whole";
  }
  return "";
}

std::string CaseSpec::id() const {
  std::string text = fmt::format("{}/{}/{}B/c{}", address.empty() ? transport : address,
                                 name_of(workload), size, connections);
  if (rate) text += fmt::format("/r{}", *rate);
  if (rate && arrivals != Arrivals::uniform) text += fmt::format("/{}", name_of(arrivals));
  if (depth != 1) text += fmt::format("/d{}", depth);
  if (threads != 1) text += fmt::format("/j{}", threads);
  if (wait != WaitMode::sleep) text += fmt::format("/{}", name_of(wait));
  if (impair) text += "/impaired";
  if (pause) text += "/paused";
  if (work > 0ns) text += "/worked";
  if (socket.segmentation_offload) text += "/gso";
  if (arm != Arm::none) text += fmt::format("@{}", name_of(arm));
  return text;
}

namespace {

// The rates and depths that a workload is measured at; a closed loop has no rate, an open one no
// depth.
struct Pressure {
  std::optional<double> rate;
  std::uint64_t depth = 1;
};

std::vector<Pressure> pressures(const PlanOptions& options, Workload workload) {
  std::vector<Pressure> result;
  for (const double rate : options.rates) result.push_back({.rate = rate});
  if (!result.empty()) {
    // Refused by check_limits rather than left out: who asks for both expects something.
    for (const auto depth : options.depths) {
      if (depth != 1) result.push_back({.rate = options.rates.front(), .depth = depth});
    }
    return result;
  }
  if (workload != Workload::rr) return {{}};
  for (const auto depth : options.depths) result.push_back({.rate = {}, .depth = depth});
  return result;
}

}  // namespace

namespace {

Error too_many_cases() { return Error{fmt::format("more than {} cases", kMostCases)}; }

}  // namespace

Result<std::vector<CaseSpec>> combinations(const PlanOptions& options) {
  // Lists multiply: a short text asks for more than any machine holds.
  double most = static_cast<double>(catalogue().size());
  for (const std::size_t length :
       {options.transports.size(), options.workloads.size(), options.sizes.size(),
        options.connections.size(), options.rates.size() + options.depths.size()}) {
    most *= static_cast<double>(length);
  }
  std::vector<CaseSpec> cases;
  if (most > 100.0 * static_cast<double>(kMostCases)) return too_many_cases();
  CaseSpec spec = options.common;
  const bool one_cpu = spec.pin && spec.pin->generator == spec.pin->responder;
  const auto add_transports = [&]() -> Result<> {
    const bool punctual = spec.rate && !one_cpu;
    spec.wait = options.wait.value_or(punctual ? WaitMode::hybrid : WaitMode::sleep);
    for (const auto& item : options.transports) {
      auto expanded = TRY(expand_transport(item).in("--transport"));
      for (auto& [name, address] : expanded) {
        spec.transport = name;
        spec.address = address;
        cases.push_back(spec);
      }
    }
    return {};
  };
  // Workload and size outermost: cases that a reader compares stand together.
  for (const auto workload : options.workloads) {
    spec.workload = workload;
    for (const auto size : options.sizes) {
      spec.size = size;
      for (const auto connections : options.connections) {
        spec.connections = connections;
        for (const auto& pressure : pressures(options, workload)) {
          spec.rate = pressure.rate;
          spec.depth = pressure.depth;
          if (auto added = add_transports(); !added) return std::move(added).error();
        }
      }
    }
  }
  return cases;
}

Result<Plan> make_plan(std::vector<CaseSpec> cases, const PlanOptions& options) {
  Plan plan{.cases = {},
            .repetitions = options.repetitions,
            .order = options.order,
            .seed = options.seed,
            .hold_idle = options.hold_idle};
  std::set<std::string> known;
  for (auto& spec : cases) {
    TRY(check_limits(spec));
    if (known.insert(spec.id()).second) plan.cases.push_back(std::move(spec));
  }
  if (plan.cases.size() > kMostCases) return too_many_cases();
  if (plan.cases.empty()) return Error{"nothing to measure: every case is excluded"};
  TRY(check_runs(plan));
  return plan;
}

Result<Plan> make_plan(const PlanOptions& options) {
  auto cases = TRY(combinations(options));
  return make_plan(std::move(cases), options);
}

Result<> check_runs(const Plan& plan) {
  std::uint64_t in_a_block = 0;
  for (const auto& spec : plan.cases) in_a_block += spec.impair ? kImpairedRunCounts : 1;
  if (in_a_block <= kMostRuns / std::max<std::uint64_t>(plan.repetitions, 1)) return {};
  return Error{fmt::format(
      "--repetitions {}: of {} case(s); a report holds at most {} runs, or {} over impaired paths",
      plan.repetitions, plan.cases.size(), kMostRuns, kMostRuns / kImpairedRunCounts)};
}

Plan with_arms(const Plan& plan) {
  Plan both = plan;
  both.cases.clear();
  for (CaseSpec spec : plan.cases) {
    for (const auto arm : {Arm::baseline, Arm::candidate}) {
      spec.arm = arm;
      both.cases.push_back(spec);
    }
  }
  return both;
}

namespace {

// Fisher and Yates.
template <class T>
void shuffle(std::vector<T>& items, Random& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

// The cases that run back to back: the two arms of one, or one alone.
std::vector<std::vector<std::size_t>> groups_of(const std::vector<CaseSpec>& cases) {
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].arm == Arm::candidate && !groups.empty()) {
      groups.back().push_back(i);
    } else {
      groups.push_back({i});
    }
  }
  return groups;
}

}  // namespace

std::vector<ScheduledRun> Plan::schedule() const {
  std::vector<ScheduledRun> runs;
  runs.reserve(cases.size() * repetitions);
  Random random(seed);
  if (order == Order::interleaved) {
    auto groups = groups_of(cases);
    for (std::uint64_t block = 0; block < repetitions; ++block) {
      shuffle(groups, random);
      for (auto group : groups) {
        shuffle(group, random);  // of two: a fair coin
        for (const auto index : group) runs.push_back({.case_index = index, .block = block});
      }
    }
    return runs;
  }
  for (std::size_t index = 0; index < cases.size(); ++index) {
    for (std::uint64_t block = 0; block < repetitions; ++block)
      runs.push_back({.case_index = index, .block = block});
  }
  if (order == Order::random) {
    shuffle(runs, random);
    std::vector<std::uint64_t> so_far(cases.size());
    for (auto& run : runs) run.block = so_far[run.case_index]++;
  }
  return runs;
}

Nanoseconds Plan::estimated_time() const {
  Nanoseconds once{0};
  for (const auto& spec : cases) once += spec.warmup + spec.duration + kStartAllowance;
  return once * static_cast<std::int64_t>(repetitions) * (floor ? 2 : 1);
}

Address address_of(const CaseSpec& spec, std::string_view directory) {
  if (spec.address.empty()) return find_transport(spec.transport)->get().default_address(directory);
  return *parse_address(spec.address);
}

}  // namespace sockmark
