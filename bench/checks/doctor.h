// What on this machine disturbs a measurement: from facts to findings.
//
// A pure function; who reads the facts is doctor_facts.h. Every threshold is in doctor.cc, beside
// its reason. Any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machine/idle_states.h"
#include "reports/views/doctor_findings.h"

namespace sockmark {

// Whether --hold-idle would be let (idle_hold.h).
enum class HoldPermission { permitted, refused, absent };

// Empty: the machine does not tell.
struct DoctorFacts {
  std::vector<std::string> governors;  // the different ones
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
  std::vector<std::string> clock_sources;  // that could be chosen
  std::optional<std::int64_t> clock_read_ns;
  std::optional<double> steal_ratio;  // of all CPUs' time, over the look
  std::optional<double> load;         // average over a minute
  std::optional<double> cpu_quota;    // CPUs, of the tightest group; infinite: no limit
  std::string container = "none";
  std::optional<double> memory_stalled_per_cent;  // over ten seconds
  std::optional<std::string> transparent_hugepages;
  std::optional<std::int64_t> aslr;  // kernel.randomize_va_space
  std::vector<std::string> qdiscs;   // of the interface that the messages take
  std::optional<std::string> congestion_control;
  std::optional<std::int64_t> rmem_default, rmem_max, wmem_default, wmem_max;  // bytes
  std::optional<std::int64_t> unix_queue;                                      // datagrams
  std::optional<std::int64_t> descriptors_soft, descriptors_hard;
};

// One finding for each check, always the same ones in the same order.
[[nodiscard]] std::vector<report::DoctorFinding> examine(const DoctorFacts& facts);

}  // namespace sockmark
