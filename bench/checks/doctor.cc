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

// Waking from C1 takes 1 to 2 µs, from C1E 4 to 10 µs. A round trip over loopback takes about 10
// µs, so C1E shows in every median.
constexpr std::int64_t kShallowIdleUs = 2;
// Limits: docs/definitions/environment.md#clock-reads-and-steal.
constexpr double kMaxSteal = 0.01;
constexpr std::int64_t kMaxClockReadNs = 100;
// Every message costs clock reads. Reading these clocks needs a device or a system call.
constexpr std::string_view kSlowClocks[] = {"hpet", "acpi_pm", "pit", "jiffies", "refined-jiffies"};
// Half of each CPU: on the smallest machine, with two CPUs, generator and responder still have one
// each. In the first minute after a measurement the load average includes that measurement.
constexpr double kMaxLoadPerCpu = 0.5;
// Both ends of a run work at the same time.
constexpr std::size_t kMinCpus = 2;
// Reading one page from a disk is a stall of milliseconds.
constexpr double kMaxMemoryStalled = 1;  // per cent
// The default of Linux since 2008.
constexpr std::int64_t kMinBufferDefault = 212'992;
// The limit of --sndbuf and --rcvbuf: room for a burst of more than a thousand small datagrams; the
// kernel charges at least 768 bytes for each.
constexpr std::int64_t kMinBufferMax = 1 << 20;
// What a listener asks for, and the default of Linux since 5.4 (2019).
constexpr std::int64_t kMinAcceptQueue = 4096;
// The largest batch of datagrams (transports/scratch.h). With a shorter queue the sender waits in
// the middle of a batch.
constexpr std::int64_t kMinUnixQueue = 64;
constexpr std::uint64_t kConnectionsWanted = 10'000;

// --- judgements ---------------------------------------------------------------------------------

struct Judgement {
  Status status = Status::unknown;
  std::string found;
  std::string fix = {};  // of a warning
};

Judgement unknown(std::string what) { return {Status::unknown, std::move(what)}; }

Status ok_if(bool condition) { return condition ? Status::ok : Status::warn; }

// The fix applies to a warning only.
Judgement judge(Status status, std::string found, std::string fix = {}) {
  return {status, std::move(found), status == Status::warn ? std::move(fix) : ""};
}

Judgement governor(const DoctorFacts& facts) {
  if (facts.governors.empty()) return unknown("this machine has no cpufreq");
  const bool all_performance = std::ranges::all_of(
      facts.governors, [](const std::string& name) { return name == "performance"; });
  return judge(ok_if(all_performance), fmt::format("{}", fmt::join(facts.governors, ", ")),
               "echo performance | tee /sys/devices/system/cpu/cpufreq/policy*/scaling_governor");
}

Judgement turbo(const DoctorFacts& facts) {
  if (!facts.boost) return unknown("not reported by this machine");
  const bool intel = facts.frequency_driver && facts.frequency_driver->starts_with("intel");
  return judge(ok_if(*facts.boost == "off"), *facts.boost,
               intel ? "echo 1 | tee /sys/devices/system/cpu/intel_pstate/no_turbo"
                     : "echo 0 | tee /sys/devices/system/cpu/cpufreq/boost");
}

// The deepest state that an idle CPU may enter now; null if there is none.
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
  if (state == nullptr) return judge(Status::ok, "none is allowed");
  // The hypervisor takes an idle virtual CPU away and returns it after tens of µs, whatever latency
  // the driver of the guest reports. Only polling (latency 0) prevents that.
  const bool taken_away = facts.virtual_machine && state->latency_us > 0;
  const std::string found = fmt::format("down to {} ({} µs{})", state->name, state->latency_us,
                                        taken_away ? ", plus the time of the hypervisor" : "");
  return judge(ok_if(state->latency_us <= kShallowIdleUs && !taken_away), found,
               facts.hold == HoldPermission::permitted
                   ? "sockmark run --hold-idle"
                   : "echo 1 | tee /sys/devices/system/cpu/cpu*/cpuidle/state[1-9]*/disable");
}

Judgement hold_idle(const DoctorFacts& facts) {
  switch (facts.hold) {
    case HoldPermission::permitted:
      return judge(Status::ok, "--hold-idle is permitted");
    case HoldPermission::denied:
      return judge(ok_if(idle_states(facts).status == Status::ok), "--hold-idle is not permitted",
                   fmt::format("chmod a+rw {}", kCpuDmaLatency));
    case HoldPermission::absent:
      break;
  }
  return unknown(fmt::format("no {} here", kCpuDmaLatency));
}

Judgement cpus(const DoctorFacts& facts) {
  if (facts.cpus_allowed.empty()) return unknown("not reported by this machine");
  const auto isolated = facts.cpus_isolated.value_or(std::vector<std::int64_t>());
  const auto shared = std::ranges::count_if(facts.cpus_allowed, [&](std::int64_t cpu) {
    return std::ranges::find(isolated, cpu) == isolated.end();
  });
  std::string found = fmt::format("{} available", shared);
  if (facts.cpus_isolated)
    found += isolated.empty() ? ", none isolated"
                              : fmt::format(", isolated: {}", fmt::join(isolated, ","));
  std::string fix;
  if (isolated.size() >= kMinCpus)
    fix = fmt::format("taskset -c {0},{1} sockmark run --pin {0},{1}", isolated[0], isolated[1]);
  return judge(ok_if(static_cast<std::size_t>(shared) >= kMinCpus), found, fix);
}

Judgement smt(const DoctorFacts& facts) {
  if (!facts.smt) return unknown("not reported by this machine");
  return judge(ok_if(!*facts.smt), *facts.smt ? "on" : "off",
               "echo off | tee /sys/devices/system/cpu/smt/control");
}

Judgement clock_source(const DoctorFacts& facts) {
  if (!facts.clock_source) return unknown("not reported by this machine");
  const auto& name = *facts.clock_source;
  std::string found = name;
  if (facts.clock_read_ns) found += fmt::format(", {} ns per read", *facts.clock_read_ns);
  const bool slow = std::ranges::find(kSlowClocks, name) != std::end(kSlowClocks) ||
                    facts.clock_read_ns.value_or(0) > kMaxClockReadNs;
  const bool tsc =
      name != "tsc" && std::ranges::find(facts.clock_sources, "tsc") != facts.clock_sources.end();
  return judge(
      ok_if(!slow), found,
      tsc ? "echo tsc | tee /sys/devices/system/clocksource/clocksource0/current_clocksource" : "");
}

Judgement steal(const DoctorFacts& facts) {
  if (!facts.steal_ratio) return unknown("not measured: no /proc/stat, or too few clock ticks");
  return judge(ok_if(*facts.steal_ratio <= kMaxSteal),
               fmt::format("{:.1f} % of the time", 100 * *facts.steal_ratio));
}

Judgement load(const DoctorFacts& facts) {
  if (!facts.load || facts.cpus_allowed.empty()) return unknown("not reported by this machine");
  const auto number = facts.cpus_allowed.size();
  return judge(ok_if(*facts.load <= kMaxLoadPerCpu * static_cast<double>(number)),
               fmt::format("{:.2f} on {} CPU{}", *facts.load, number, number == 1 ? "" : "s"));
}

Judgement cpu_quota(const DoctorFacts& facts) {
  if (!facts.cpu_quota) return unknown("not reported by this machine");
  const bool unlimited = std::isinf(*facts.cpu_quota);
  const std::string where =
      facts.container == "none" ? "" : fmt::format(" (in a container: {})", facts.container);
  return judge(ok_if(unlimited),
               (unlimited ? "no limit" : fmt::format("{:g} CPUs", *facts.cpu_quota)) + where);
}

Judgement memory_pressure(const DoctorFacts& facts) {
  if (!facts.memory_stalled_per_cent) return unknown("no /proc/pressure here");
  return judge(ok_if(*facts.memory_stalled_per_cent <= kMaxMemoryStalled),
               fmt::format("stalled for {:g} % of the time", *facts.memory_stalled_per_cent));
}

Judgement transparent_hugepages(const DoctorFacts& facts) {
  if (!facts.transparent_hugepages) return unknown("not reported by this machine");
  return judge(ok_if(*facts.transparent_hugepages != "always"), *facts.transparent_hugepages,
               "echo madvise | tee /sys/kernel/mm/transparent_hugepage/enabled");
}

// Warns if it is off. On is fine: every run has fresh processes, so repetitions vary the layout.
Judgement aslr(const DoctorFacts& facts) {
  if (!facts.aslr) return unknown("not reported by this machine");
  return judge(ok_if(*facts.aslr != 0), *facts.aslr == 0 ? "off" : "on",
               "sysctl -w kernel.randomize_va_space=2");
}

Judgement netem(const DoctorFacts& facts) {
  if (facts.qdiscs.empty()) return unknown("not reported by this machine");
  return judge(ok_if(std::ranges::find(facts.qdiscs, "netem") == facts.qdiscs.end()),
               fmt::format("lo has {}", fmt::join(facts.qdiscs, ", ")), "tc qdisc del dev lo root");
}

Judgement congestion_control(const DoctorFacts& facts) {
  if (!facts.congestion_control) return unknown("not reported by this machine");
  return judge(ok_if(!facts.congestion_control->starts_with("bbr")), *facts.congestion_control,
               "sysctl -w net.ipv4.tcp_congestion_control=cubic");
}

Judgement socket_buffers(const DoctorFacts& facts) {
  struct Limit {
    const char* name;
    std::optional<std::int64_t> bytes;
    std::int64_t min, recommended;
  };
  const Limit limits[] = {
      {"rmem_default", facts.rmem_default, kMinBufferDefault, kMinBufferDefault},
      {"rmem_max", facts.rmem_max, kMinBufferMax, 4 * kMinBufferMax},
      {"wmem_default", facts.wmem_default, kMinBufferDefault, kMinBufferDefault},
      {"wmem_max", facts.wmem_max, kMinBufferMax, 4 * kMinBufferMax}};
  std::vector<std::string> found, settings;
  for (const Limit& limit : limits) {
    if (!limit.bytes) return unknown("not reported by this machine");
    found.push_back(fmt::format("{} {}", limit.name, *limit.bytes));
    if (*limit.bytes < limit.min)
      settings.push_back(fmt::format("net.core.{}={}", limit.name, limit.recommended));
  }
  return judge(ok_if(settings.empty()), fmt::format("{}", fmt::join(found, ", ")),
               fmt::format("sysctl -w {}", fmt::join(settings, " ")));
}

Judgement accept_queue(const DoctorFacts& facts) {
  if (!facts.accept_queue) return unknown("not reported by this machine");
  return judge(ok_if(*facts.accept_queue >= kMinAcceptQueue),
               fmt::format("{} connections", *facts.accept_queue),
               fmt::format("sysctl -w net.core.somaxconn={}", kMinAcceptQueue));
}

Judgement unix_queue(const DoctorFacts& facts) {
  if (!facts.unix_queue) return unknown("not reported by this machine");
  return judge(ok_if(*facts.unix_queue >= kMinUnixQueue),
               fmt::format("{} datagrams", *facts.unix_queue),
               "sysctl -w net.unix.max_dgram_qlen=512");
}

// Only the hard limit matters: a worker raises its soft limit (limits.h).
Judgement descriptors(const DoctorFacts& facts) {
  if (!facts.descriptors_hard) return unknown("not reported by this machine");
  CaseSpec spec;
  spec.connections = 0;
  const auto hard = static_cast<std::uint64_t>(std::max<std::int64_t>(0, *facts.descriptors_hard));
  const std::uint64_t others = std::min(hard, descriptors_needed(spec));
  spec.connections = kConnectionsWanted;
  std::string found = fmt::format("{}: {} connections on one thread", hard, hard - others);
  if (facts.descriptors_soft)
    found = fmt::format("soft {}, hard {}", *facts.descriptors_soft, found);
  return judge(ok_if(descriptors_needed(spec) <= hard), found, "ulimit -n 1048576");
}

struct Check {
  const char* code;
  Judgement (*judge)(const DoctorFacts& facts);
  const char* why;
};

// First the CPUs and other load, then the path of the messages, then limits.
constexpr Check kChecks[] = {
    {"governor", governor, "the CPU frequency follows the load: it is low after every pause"},
    {"turbo", turbo, "the CPU frequency depends on temperature and on the load of other cores"},
    {"idle_states", idle_states,
     "every latency of a sleeping thread includes the time to wake its CPU"},
    {"hold_idle", hold_idle, "--hold-idle keeps the CPUs awake during runs only"},
    {"cpus", cpus, "generator and responder share a CPU and wait for each other"},
    {"smt", smt, "two threads of one core slow each other"},
    {"clock_source", clock_source, "every message is timed with this clock"},
    {"steal", steal, "the hypervisor ran other guests; use a quieter host"},
    {"load", load, "other processes compete for the CPUs, or a run ended less than a minute ago"},
    {"cpu_quota", cpu_quota, "a process that has used its quota stops until the next period"},
    {"memory_pressure", memory_pressure, "waiting for a page is a pause of milliseconds"},
    {"transparent_hugepages", transparent_hugepages,
     "the kernel merges pages during a run, which stops the process"},
    {"aslr", aslr, "all runs have the same memory layout, whose effect looks like a difference"},
    {"netem", netem, "netem delays or drops messages deliberately"},
    {"congestion_control", congestion_control,
     "bbr limits the rate, on loopback too, where nothing is congested"},
    {"socket_buffers", socket_buffers,
     "bursts of datagrams are lost, and larger buffers are not possible"},
    {"accept_queue", accept_queue,
     "with more --connections, connect waits 1 s for each SYN that is dropped"},
    {"unix_queue", unix_queue, "a unix-dgram sender waits whenever the queue is full"},
    {"descriptors", descriptors, "10000 connections are not possible"},
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
