#include "bench/checks/doctor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "bench/checks/limits.h"
#include "bench/plan/plan.h"

namespace sockmark {
namespace {

using Status = report::DoctorFinding::Status;

// --- thresholds ---------------------------------------------------------------------------------

// Waking from C1 takes 1 to 2 µs. A round trip over loopback takes ten or so: what is next, C1E
// with 4 to 10, shows in every median.
constexpr std::int64_t kShallowIdleUs = 2;
// Limits: docs/definitions/environment.md#clock-reads-and-steal.
constexpr double kMostSteal = 0.01;
constexpr std::int64_t kMostClockReadNs = 100;
// Each message costs clock reads; these take a device or a system call for one.
constexpr std::string_view kSlowClocks[] = {"hpet", "acpi_pm", "pit", "jiffies", "refined-jiffies"};
// Of every CPU half: a generator and a responder then still find one each on the smallest machine
// that has two. The minute after a measurement is over this too, by the measurement's own load.
constexpr double kMostLoadPerCpu = 0.5;
// Both ends of a run work at the same time.
constexpr std::size_t kLeastCpus = 2;
// One page that is fetched from a disk is a stall of milliseconds.
constexpr double kMostMemoryStalled = 1;  // per cent
// Linux' own default since 2008; what is below was lowered.
constexpr std::int64_t kLeastBufferDefault = 212'992;
// What --sndbuf and --rcvbuf may ask for: room for a burst of thousands of small datagrams, each of
// which is charged with its bookkeeping (768 bytes and up).
constexpr std::int64_t kLeastBufferMax = 1 << 20;
// The largest batch of datagrams (transports/scratch.h): a shorter queue makes the sender wait in
// the middle of one.
constexpr std::int64_t kLeastUnixQueue = 64;
constexpr std::uint64_t kConnectionsWanted = 10'000;

// --- judgements ---------------------------------------------------------------------------------

struct Judgement {
  Status status = Status::unknown;
  std::string found;
  std::string fix = {};  // of a warning
};

Judgement unknown(std::string what) { return {Status::unknown, std::move(what)}; }

Judgement judge(bool fine, std::string found, std::string fix = {}) {
  if (fine) return {Status::ok, std::move(found)};
  return {Status::warn, std::move(found), std::move(fix)};
}

Judgement governor(const DoctorFacts& facts) {
  if (facts.governors.empty()) return unknown("no cpufreq here");
  const bool fine = std::ranges::all_of(
      facts.governors, [](const std::string& name) { return name == "performance"; });
  return judge(fine, fmt::format("{}", fmt::join(facts.governors, ", ")),
               "echo performance | tee /sys/devices/system/cpu/cpufreq/policy*/scaling_governor");
}

Judgement turbo(const DoctorFacts& facts) {
  if (!facts.boost) return unknown("the machine does not tell");
  const bool intel = facts.frequency_driver && facts.frequency_driver->starts_with("intel");
  return judge(*facts.boost == "off", *facts.boost,
               intel ? "echo 1 | tee /sys/devices/system/cpu/intel_pstate/no_turbo"
                     : "echo 0 | tee /sys/devices/system/cpu/cpufreq/boost");
}

// The deepest state that an idle CPU may enter now; nothing where there is none.
const IdleState* deepest(const DoctorFacts& facts) {
  const IdleState* found = nullptr;
  for (const IdleState& state : facts.idle_states) {
    if (!state.enabled) continue;
    if (facts.latency_limit_us && state.latency_us > *facts.latency_limit_us) continue;
    found = &state;
  }
  return found;
}

Judgement idle_states(const DoctorFacts& facts) {
  if (facts.idle_states.empty()) return unknown("no cpuidle here");
  const IdleState* state = deepest(facts);
  if (state == nullptr) return judge(true, "none is allowed");
  // A virtual CPU that rests is taken away, and given back when the hypervisor gets to it: tens of
  // µs, whatever its driver declares. Only polling (latency 0) keeps it.
  const bool taken_away = facts.virtual_machine && state->latency_us > 0;
  const std::string found = fmt::format("down to {} ({} µs{})", state->name, state->latency_us,
                                        taken_away ? ", and the hypervisor's time" : "");
  return judge(state->latency_us <= kShallowIdleUs && !taken_away, found,
               facts.hold == HoldPermission::permitted
                   ? "sockmark run --hold-idle"
                   : "echo 1 | tee /sys/devices/system/cpu/cpu*/cpuidle/state[1-9]*/disable");
}

Judgement hold_idle(const DoctorFacts& facts) {
  switch (facts.hold) {
    case HoldPermission::permitted:
      return judge(true, "--hold-idle is permitted");
    case HoldPermission::refused:
      return judge(idle_states(facts).status == Status::ok, "--hold-idle is not permitted",
                   fmt::format("chmod a+rw {}", kCpuDmaLatency));
    case HoldPermission::absent:
      break;
  }
  return unknown(fmt::format("no {} here", kCpuDmaLatency));
}

Judgement cpus(const DoctorFacts& facts) {
  if (facts.cpus_allowed.empty()) return unknown("the machine does not tell");
  const auto isolated = facts.cpus_isolated.value_or(std::vector<std::int64_t>());
  const auto shared = std::ranges::count_if(facts.cpus_allowed, [&](std::int64_t cpu) {
    return std::ranges::find(isolated, cpu) == isolated.end();
  });
  std::string found = fmt::format("{} to run on", shared);
  if (facts.cpus_isolated)
    found += isolated.empty() ? ", none isolated"
                              : fmt::format(", isolated: {}", fmt::join(isolated, ","));
  std::string fix;
  if (isolated.size() >= kLeastCpus)
    fix = fmt::format("taskset -c {0},{1} sockmark run --pin {0},{1}", isolated[0], isolated[1]);
  return judge(static_cast<std::size_t>(shared) >= kLeastCpus, found, fix);
}

Judgement smt(const DoctorFacts& facts) {
  if (!facts.smt) return unknown("the machine does not tell");
  return judge(!*facts.smt, *facts.smt ? "on" : "off",
               "echo off | tee /sys/devices/system/cpu/smt/control");
}

Judgement clock_source(const DoctorFacts& facts) {
  if (!facts.clock_source) return unknown("the machine does not tell");
  const auto& name = *facts.clock_source;
  std::string found = name;
  if (facts.clock_read_ns) found += fmt::format(", {} ns a read", *facts.clock_read_ns);
  const bool slow = std::ranges::find(kSlowClocks, name) != std::end(kSlowClocks) ||
                    facts.clock_read_ns.value_or(0) > kMostClockReadNs;
  const bool tsc =
      name != "tsc" && std::ranges::find(facts.clock_sources, "tsc") != facts.clock_sources.end();
  return judge(
      !slow, found,
      tsc ? "echo tsc | tee /sys/devices/system/clocksource/clocksource0/current_clocksource" : "");
}

Judgement steal(const DoctorFacts& facts) {
  if (!facts.steal_ratio) return unknown("not seen: no /proc/stat, or too short a look");
  return judge(*facts.steal_ratio <= kMostSteal,
               fmt::format("{:.1f} % of the time", 100 * *facts.steal_ratio));
}

Judgement load(const DoctorFacts& facts) {
  if (!facts.load || facts.cpus_allowed.empty()) return unknown("the machine does not tell");
  const auto number = facts.cpus_allowed.size();
  return judge(*facts.load <= kMostLoadPerCpu * static_cast<double>(number),
               fmt::format("{:.2f} on {} CPU{}", *facts.load, number, number == 1 ? "" : "s"));
}

Judgement cpu_quota(const DoctorFacts& facts) {
  if (!facts.cpu_quota) return unknown("the machine does not tell");
  const bool unlimited = std::isinf(*facts.cpu_quota);
  const std::string where =
      facts.container == "none" ? "" : fmt::format(" (in a container: {})", facts.container);
  return judge(unlimited,
               (unlimited ? "no limit" : fmt::format("{:g} CPUs", *facts.cpu_quota)) + where);
}

Judgement memory_pressure(const DoctorFacts& facts) {
  if (!facts.memory_stalled_per_cent) return unknown("no /proc/pressure here");
  return judge(*facts.memory_stalled_per_cent <= kMostMemoryStalled,
               fmt::format("stalled for {:g} % of the time", *facts.memory_stalled_per_cent));
}

Judgement transparent_hugepages(const DoctorFacts& facts) {
  if (!facts.transparent_hugepages) return unknown("the machine does not tell");
  return judge(*facts.transparent_hugepages != "always", *facts.transparent_hugepages,
               "echo madvise | tee /sys/kernel/mm/transparent_hugepage/enabled");
}

// Not that it is on: every run is made of fresh processes, so repetitions draw other layouts.
Judgement aslr(const DoctorFacts& facts) {
  if (!facts.aslr) return unknown("the machine does not tell");
  return judge(*facts.aslr != 0, *facts.aslr == 0 ? "off" : "on",
               "sysctl -w kernel.randomize_va_space=2");
}

Judgement netem(const DoctorFacts& facts) {
  if (facts.qdiscs.empty()) return unknown("the kernel does not tell");
  return judge(std::ranges::find(facts.qdiscs, "netem") == facts.qdiscs.end(),
               fmt::format("lo has {}", fmt::join(facts.qdiscs, ", ")), "tc qdisc del dev lo root");
}

Judgement congestion_control(const DoctorFacts& facts) {
  if (!facts.congestion_control) return unknown("the machine does not tell");
  return judge(!facts.congestion_control->starts_with("bbr"), *facts.congestion_control,
               "sysctl -w net.ipv4.tcp_congestion_control=cubic");
}

Judgement socket_buffers(const DoctorFacts& facts) {
  struct Limit {
    const char* name;
    std::optional<std::int64_t> bytes;
    std::int64_t least, remedy;
  };
  const Limit limits[] = {
      {"rmem_default", facts.rmem_default, kLeastBufferDefault, kLeastBufferDefault},
      {"rmem_max", facts.rmem_max, kLeastBufferMax, 4 * kLeastBufferMax},
      {"wmem_default", facts.wmem_default, kLeastBufferDefault, kLeastBufferDefault},
      {"wmem_max", facts.wmem_max, kLeastBufferMax, 4 * kLeastBufferMax}};
  std::vector<std::string> found, settings;
  for (const Limit& limit : limits) {
    if (!limit.bytes) return unknown("the machine does not tell");
    found.push_back(fmt::format("{} {}", limit.name, *limit.bytes));
    if (*limit.bytes < limit.least)
      settings.push_back(fmt::format("net.core.{}={}", limit.name, limit.remedy));
  }
  return judge(settings.empty(), fmt::format("{}", fmt::join(found, ", ")),
               fmt::format("sysctl -w {}", fmt::join(settings, " ")));
}

Judgement unix_queue(const DoctorFacts& facts) {
  if (!facts.unix_queue) return unknown("the machine does not tell");
  return judge(*facts.unix_queue >= kLeastUnixQueue, fmt::format("{} datagrams", *facts.unix_queue),
               "sysctl -w net.unix.max_dgram_qlen=512");
}

// The soft limit is raised by whoever needs it (limits.h), so the hard one counts.
Judgement descriptors(const DoctorFacts& facts) {
  if (!facts.descriptors_hard) return unknown("the machine does not tell");
  CaseSpec spec;
  spec.connections = 0;
  const auto hard = static_cast<std::uint64_t>(std::max<std::int64_t>(0, *facts.descriptors_hard));
  const std::uint64_t others = std::min(hard, descriptors_needed(spec));
  spec.connections = kConnectionsWanted;
  std::string found = fmt::format("{}: {} connections on one thread", hard, hard - others);
  if (facts.descriptors_soft)
    found = fmt::format("soft {}, hard {}", *facts.descriptors_soft, found);
  return judge(descriptors_needed(spec) <= hard, found, "ulimit -n 1048576");
}

struct Check {
  const char* code;
  Judgement (*judge)(const DoctorFacts& facts);
  const char* why;
};

// What steadies a machine first, then what is in the way of messages, then what limits how many.
constexpr Check kChecks[] = {
    {"governor", governor, "a clock that follows the load is slow after every pause"},
    {"turbo", turbo, "frequency then depends on heat and on what the neighbours do"},
    {"idle_states", idle_states, "waking an idle CPU is in every latency of whoever sleeps"},
    {"hold_idle", hold_idle, "the one way to keep CPUs awake for the time of a run only"},
    {"cpus", cpus, "generator and responder share a CPU, and wait for each other"},
    {"smt", smt, "two threads of one core slow each other"},
    {"clock_source", clock_source, "every message is timed by reads of it"},
    {"steal", steal, "the hypervisor ran others in the meantime; a quieter host helps"},
    {"load", load, "others compete for the CPUs; or it is of a run a minute ago"},
    {"cpu_quota", cpu_quota, "who has used it up stands still until the next period"},
    {"memory_pressure", memory_pressure, "a page that is waited for is a pause of milliseconds"},
    {"transparent_hugepages", transparent_hugepages,
     "pages are merged, and their user stopped, in the middle of a run"},
    {"aslr", aslr, "all runs have one memory layout, whose luck passes for a difference"},
    {"netem", netem, "it delays or loses messages on purpose"},
    {"congestion_control", congestion_control, "bbr paces, on loopback too, where nothing is full"},
    {"socket_buffers", socket_buffers, "bursts of datagrams are lost, larger buffers refused"},
    {"unix_queue", unix_queue, "a unix-dgram sender waits each time that so few are queued"},
    {"descriptors", descriptors, "fewer than 10000 connections are possible"},
};

}  // namespace

std::vector<report::DoctorFinding> examine(const DoctorFacts& facts) {
  std::vector<report::DoctorFinding> findings;
  for (const Check& check : kChecks) {
    auto [status, found, fix] = check.judge(facts);
    findings.push_back({.code = check.code,
                        .status = status,
                        .found = std::move(found),
                        .why = check.why,
                        .fix = std::move(fix)});
  }
  return findings;
}

}  // namespace sockmark
