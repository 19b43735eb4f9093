// Finds what on this machine disturbs measurements: a pure function from facts to findings.
// doctor_facts.h reads the facts. Every threshold is in doctor.cc, with its reason. Any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machine/idle_states.h"
#include "reports/views/doctor_findings.h"

namespace sockmark {

// Whether this process may use --hold-idle (idle_hold.h).
enum class HoldPermission { permitted, denied, absent };

// Empty fields are unknown.
struct DoctorFacts {
  std::vector<std::string> governors;  // without duplicates
  std::optional<std::string> boost;    // "on", "off"
  std::optional<std::string> frequency_driver;
  std::vector<IdleState> idle_states;
  std::optional<std::int64_t> latency_limit_us;  // see read_latency_limit_us()
  bool virtual_machine = false;
  HoldPermission hold = HoldPermission::absent;
  std::vector<std::int64_t> cpus_allowed;
  std::optional<std::vector<std::int64_t>> cpus_isolated;
  std::optional<bool> smt;
  std::optional<std::string> clock_source;
  std::vector<std::string> clock_sources;  // available ones
  std::optional<std::int64_t> clock_read_ns;
  std::optional<double> steal_ratio;  // of the time of all CPUs, between two readings
  std::optional<double> load;         // average over a minute
  std::optional<double> cpu_quota;    // CPUs, the smallest quota of all groups; infinite: no limit
  std::string container = "none";
  std::optional<double> memory_stalled_per_cent;  // over ten seconds
  std::optional<std::string> transparent_hugepages;
  std::optional<std::int64_t> aslr;  // kernel.randomize_va_space
  std::vector<std::string> qdiscs;   // of the loopback interface
  std::optional<std::string> congestion_control;
  std::optional<std::int64_t> rmem_default, rmem_max, wmem_default, wmem_max;  // bytes
  std::optional<std::int64_t> accept_queue;                                    // connections
  std::optional<std::int64_t> unix_queue;                                      // datagrams
  std::optional<std::int64_t> descriptors_soft, descriptors_hard;
};

// One finding for each check, always in the same order.
[[nodiscard]] std::vector<report::DoctorFinding> examine(const DoctorFacts& facts);

}  // namespace sockmark
