#include "bench/plan/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/assert.h"
#include "base/parse.h"
#include "base/random.h"
#include "base/text.h"
#include "bench/plan/message_limit.h"
#include "bench/plan/option_axes.h"
#include "measure/series.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Per run: to start two processes, connect them and end them.
constexpr Nanoseconds kStartAllowance = 100ms;

constexpr std::string_view kNoSharedMemory =
    "shared memory between processes is not measured; memory is between threads of one process";
constexpr std::string_view kUnixSockets = "UNIX sockets are unix-stream and unix-dgram";
constexpr WordHint kTransportHints[] = {
    {"shm", kNoSharedMemory},
    {"shmem", kNoSharedMemory},
    {"sharedmem", kNoSharedMemory},
    {"inproc", kNoSharedMemory},
    {"uds", kUnixSockets},
    {"unix", kUnixSockets},
    {"ipc", kUnixSockets},
    {"local", kUnixSockets},
    {"af_unix", kUnixSockets},
    {"unix-seqpacket", kUnixSockets},
    {"quic", "QUIC is not measured; UDP, which carries it, is udp or udp6"},
};

}  // namespace

Result<std::vector<TransportChoice>> expand_transport(const std::string& text) {
  const bool is_address = text.find(':') != std::string::npos;
  const std::string item = is_address ? text : lowercase(text);
  std::vector<TransportChoice> choices;
  if (item == "all") {
    for (const auto& row : catalogue()) {
      if (row.in_all) choices.push_back({std::string(row.name), ""});
    }
    return choices;
  }
  if (is_address && names_a_host(item)) {
    const auto name = TRY(parse_host_name(item));
    choices.push_back({name.scheme == Address::Scheme::tcp ? "tcp" : "udp", name.text()});
    return choices;
  }
  if (is_address) {
    auto address = TRY(parse_address(item));
    choices.push_back({std::string(transport_of(address).name), address.text()});
    return choices;
  }
  if (find_transport(item) == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& row : catalogue()) names.push_back(row.name);
    names.emplace_back("all");
    const bool time = !item.empty() && item.front() >= '0' && item.front() <= '9' &&
                      item.find_first_not_of("0123456789.smh") == item.npos;
    if (time)
      return Error{fmt::format(
          "unknown transport \"{}\"; -t is the transport, -d the duration, such as -d 10s", text)};
    return unknown_word("transport", text, names, kTransportHints);
  }
  choices.push_back({item, ""});
  return choices;
}

namespace {

// A rate of an open loop, or a depth of a closed one.
struct Pressure {
  std::optional<double> rate;
  std::uint64_t depth = 1;
};

std::vector<std::optional<std::uint64_t>> responses_of(const PlanOptions& options,
                                                       const CaseSpec& spec) {
  if (options.responses.empty() || !spec.answers()) return {std::nullopt};
  return {options.responses.begin(), options.responses.end()};
}

std::vector<Pressure> pressures(const PlanOptions& options, const CaseSpec& spec) {
  std::vector<Pressure> result;
  for (const Rate& rate : options.rates)
    result.push_back({.rate = rate.messages_per_s(spec.mean_size())});
  if (!result.empty()) {
    // --depth with --rate: kept, so that check_limits() rejects it instead of ignoring it here.
    for (const auto depth : options.depths) {
      if (depth != 1) result.push_back({.rate = result.front().rate, .depth = depth});
    }
    return result;
  }
  if (spec.workload != Workload::rr) return {{}};
  for (const auto depth : options.depths) result.push_back({.rate = {}, .depth = depth});
  return result;
}

WaitMode wait_of(const PlanOptions& options, const CaseSpec& spec) {
  const bool one_cpu = spec.pin && spec.pin->generator == spec.pin->responder;
  const bool by_the_clock = spec.rate || spec.think > 0ns;
  return options.wait.value_or(by_the_clock && !one_cpu ? WaitMode::hybrid : WaitMode::sleep);
}

// Every spec with every one of its values: `values(spec)` gives them, `set(spec, value)` applies
// one.
template <class Values, class Set>
std::vector<CaseSpec> product(const std::vector<CaseSpec>& specs, Values values, Set set) {
  std::vector<CaseSpec> result;
  for (const auto& spec : specs) {
    for (const auto& value : values(spec)) set(result.emplace_back(spec), value);
  }
  return result;
}

template <class T, class Set>
std::vector<CaseSpec> product(const std::vector<CaseSpec>& specs, const std::vector<T>& values,
                              Set set) {
  return product(
      specs, [&](const CaseSpec&) -> const std::vector<T>& { return values; }, set);
}

Error too_many_cases() {
  return Error{
      fmt::format("the lists of options make more than {} cases; shorten a list", kMaxCases)};
}

// An upper bound. Lists multiply: a short command line can ask for more than memory holds.
double number_of_combinations(const PlanOptions& options) {
  double number = static_cast<double>(catalogue().size());
  for (const std::size_t length :
       {options.transports.size(), options.workloads.size(), options.sizes.size(),
        std::max<std::size_t>(options.responses.size(), 1), options.connections.size(),
        options.threads.size(), options.rates.size() + options.depths.size(),
        options.directions.size()}) {
    number *= static_cast<double>(length);
  }
  for (const auto& [name, values] : options.axes) number *= static_cast<double>(values.size());
  return number;
}

}  // namespace

Result<std::vector<CaseSpec>> combinations(const PlanOptions& options) {
  if (number_of_combinations(options) > 100.0 * static_cast<double>(kMaxCases))
    return too_many_cases();
  std::vector<TransportChoice> transports;
  for (const auto& item : options.transports) {
    auto choices = TRY(expand_transport(item).in("--transport"));
    std::ranges::move(choices, std::back_inserter(transports));
  }
  // Workload and size are outermost: cases that a reader compares are next to each other.
  std::vector<CaseSpec> specs = {options.common};
  specs = product(specs, options.workloads,
                  [](CaseSpec& spec, Workload value) { spec.workload = value; });
  for (CaseSpec& spec : specs) {
    if (spec.workload == Workload::stream) spec.think = 0ns;  // it waits for no answer
  }
  // Only a stream has a direction: other workloads appear once.
  specs = product(
      specs,
      [&](const CaseSpec& spec) {
        return spec.workload == Workload::stream ? options.directions
                                                 : std::vector{StreamDirection::forward};
      },
      [](CaseSpec& spec, StreamDirection value) { spec.direction = value; });
  const auto& request = options.common.responder.request;
  specs = product(specs, options.sizes, [&](CaseSpec& spec, const SizeChoice& value) {
    spec.size = request ? request->request.size() : value.bytes;
    if (!request) spec.mix = value.mix;
  });
  specs = product(
      specs, [&](const CaseSpec& spec) { return responses_of(options, spec); },
      [](CaseSpec& spec, const auto& value) { spec.response = value; });
  specs = product(specs, options.connections,
                  [](CaseSpec& spec, auto value) { spec.connections = value; });
  for (CaseSpec& spec : specs) {
    if (spec.workload == Workload::connect || spec.connections == 1) spec.ramp.reset();
  }
  specs = product(specs, options.threads, [](CaseSpec& spec, auto value) { spec.threads = value; });
  specs = product(
      specs, [&](const CaseSpec& spec) { return pressures(options, spec); },
      [&](CaseSpec& spec, const Pressure& value) {
        spec.rate = value.rate;
        spec.depth = value.depth;
        spec.wait = wait_of(options, spec);
      });
  specs = product(specs, transports, [](CaseSpec& spec, const TransportChoice& value) {
    spec.transport = value.name;
    spec.address = value.address;
  });
  for (const auto& axis : option_axes()) {
    const auto values = options.axes.find(axis.name);
    if (values == options.axes.end()) continue;
    specs = product(specs, values->second, [&](CaseSpec& spec, const std::string& value) {
      ASSERT(axis.set(value, spec));  // it was read once
    });
  }
  for (CaseSpec& spec : specs) {
    if (spec.messages && !options.duration_given) spec.duration = default_time_limit(spec);
  }
  return specs;
}

namespace {

// Cases of a matrix that cannot be: their transport lacks an option, or a thread a connection.
class LeftOut {
 public:
  void of_transport(const CaseSpec& spec, Error why) {
    auto& transports = note(std::move(why));
    if (std::ranges::count(transports, spec.transport) == 0) transports.push_back(spec.transport);
  }
  void of_any_transport(Error why) { note(std::move(why)); }
  [[nodiscard]] const std::optional<Error>& first() const { return first_; }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const auto& [reason, transports] : by_reason_) {
      const std::string which = transports.empty()
                                    ? "such cases"
                                    : fmt::format("the cases of {}", fmt::join(transports, ", "));
      lines.push_back(fmt::format("{}; {} are left out", reason, which));
    }
    return lines;
  }

 private:
  std::vector<std::string>& note(Error why) {
    if (!first_) first_ = why;
    return by_reason_[why.message];
  }

  std::map<std::string, std::vector<std::string>> by_reason_;
  std::optional<Error> first_;
};

}  // namespace

Result<Plan> make_plan(std::vector<CaseSpec> cases, const PlanOptions& options) {
  Plan plan{.cases = {},
            .repetitions = options.repetitions,
            .order = options.order,
            .seed = options.seed,
            .hold_idle = options.hold_idle};
  std::set<std::string> known;
  LeftOut left_out;
  for (auto& spec : cases) {
    if (auto has = check_transport_has_options(spec); !has) {
      left_out.of_transport(spec, std::move(has).error());
      continue;
    }
    if (auto has = check_has_connections_for_threads(spec); !has) {
      left_out.of_any_transport(std::move(has).error());
      continue;
    }
    TRY(check_limits(spec));
    if (known.insert(spec.id()).second) plan.cases.push_back(std::move(spec));
  }
  if (plan.cases.empty() && left_out.first()) return *left_out.first();
  plan.left_out = left_out.lines();
  if (plan.cases.size() > kMaxCases) return too_many_cases();
  if (plan.cases.empty()) return Error{"no cases to measure: every case is excluded"};
  TRY(check_runs(plan));
  return plan;
}

Result<Plan> make_plan(const PlanOptions& options) {
  auto cases = TRY(combinations(options));
  return make_plan(std::move(cases), options);
}

Result<> check_runs(const Plan& plan) {
  // Each of these groups has as many values as a run.
  constexpr std::uint64_t kConnectionsPerRun = 64;
  constexpr std::size_t kIntervalsPerRun = 100;
  std::uint64_t runs_per_block = 0;
  for (const auto& spec : plan.cases) {
    runs_per_block += spec.impair ? kImpairedRunWeight : 1;
    if (spec.per_connection) runs_per_block += spec.connections / kConnectionsPerRun;
    runs_per_block += Series::sub_windows_of(spec.duration, spec.interval) / kIntervalsPerRun;
  }
  if (runs_per_block <= kMaxRuns / std::max<std::uint64_t>(plan.repetitions, 1)) return {};
  return Error{fmt::format(
      "--repetitions {}: too many runs for {} {}; a report holds at most {}, or {} with --impair, "
      "fewer with --per-connection or hundreds of intervals",
      plan.repetitions, plan.cases.size(), plan.cases.size() == 1 ? "case" : "cases", kMaxRuns,
      kMaxRuns / kImpairedRunWeight)};
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

// Cases that run back to back: the two arms of one case, or one case alone.
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

std::vector<ScheduledRun> sequential_runs(const Plan& plan) {
  std::vector<ScheduledRun> runs;
  for (std::size_t index = 0; index < plan.cases.size(); ++index) {
    for (std::uint64_t block = 0; block < plan.repetitions; ++block)
      runs.push_back({.case_index = index, .block = block});
  }
  return runs;
}

std::vector<ScheduledRun> random_runs(const Plan& plan) {
  auto runs = sequential_runs(plan);
  Random random(plan.seed);
  shuffle(runs, random);
  std::vector<std::uint64_t> blocks(plan.cases.size());
  for (auto& run : runs) run.block = blocks[run.case_index]++;
  return runs;
}

std::vector<ScheduledRun> interleaved_runs(const Plan& plan) {
  std::vector<ScheduledRun> runs;
  Random random(plan.seed);
  auto groups = groups_of(plan.cases);
  const auto add_group = [&](std::vector<std::size_t> group, std::uint64_t block) {
    shuffle(group, random);
    for (const auto index : group) runs.push_back({.case_index = index, .block = block});
  };
  for (std::uint64_t block = 0; block < plan.repetitions; ++block) {
    shuffle(groups, random);
    for (const auto& group : groups) add_group(group, block);
  }
  return runs;
}

}  // namespace

std::vector<ScheduledRun> Plan::schedule() const {
  switch (order) {
    case Order::interleaved:
      return interleaved_runs(*this);
    case Order::random:
      return random_runs(*this);
    case Order::sequential:
      break;
  }
  return sequential_runs(*this);
}

Nanoseconds Plan::estimated_time() const {
  Nanoseconds once{0};
  for (const auto& spec : cases)
    once += spec.ramp_time() + spec.warmup + spec.duration + kStartAllowance;
  return once * static_cast<std::int64_t>(repetitions) * (floor ? 2 : 1);
}

}  // namespace sockmark
