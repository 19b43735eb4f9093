#include "bench/checks/doctor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

namespace sockmark {
namespace {

using report::DoctorFinding;
using Status = DoctorFinding::Status;

// A machine on which every fact is known and no check warns.
DoctorFacts quiet_machine() {
  DoctorFacts facts;
  facts.governors = {"performance"};
  facts.boost = "off";
  facts.frequency_driver = "acpi-cpufreq";
  facts.idle_states = {{.name = "POLL", .latency_us = 0}, {.name = "C1", .latency_us = 2}};
  facts.latency_limit_us = 2'000'000'000;
  facts.hold = HoldPermission::permitted;
  facts.cpus_allowed = {0, 1, 2, 3};
  facts.cpus_isolated = std::vector<std::int64_t>{};
  facts.smt = false;
  facts.clock_source = "tsc";
  facts.clock_sources = {"tsc", "hpet"};
  facts.clock_read_ns = 28;
  facts.steal_ratio = 0;
  facts.load = 0.1;
  facts.cpu_quota = std::numeric_limits<double>::infinity();
  facts.memory_stalled_per_cent = 0;
  facts.transparent_hugepages = "madvise";
  facts.aslr = 2;
  facts.qdiscs = {"noqueue"};
  facts.congestion_control = "cubic";
  facts.rmem_default = facts.wmem_default = 212'992;
  facts.rmem_max = facts.wmem_max = 4 << 20;
  facts.accept_queue = 4096;
  facts.unix_queue = 512;
  facts.descriptors_soft = 1024;
  facts.descriptors_hard = 1 << 20;
  return facts;
}

DoctorFinding finding(const DoctorFacts& facts, std::string_view code) {
  for (auto& one : examine(facts)) {
    if (one.code == code) return one;
  }
  ADD_FAILURE() << "no finding " << code;
  return {};
}

TEST(Doctor, AQuietMachineIsOkInEverything) {
  for (const DoctorFinding& one : examine(quiet_machine())) {
    EXPECT_EQ(one.status, Status::ok) << one.code << ": " << one.found;
    EXPECT_FALSE(one.found.empty()) << one.code;
    EXPECT_FALSE(one.why.empty()) << one.code;
    EXPECT_EQ(one.fix, "") << one.code;
  }
}

TEST(Doctor, AMachineWithoutFactsIsUnknownInEverything) {
  const auto findings = examine(DoctorFacts());
  EXPECT_EQ(findings.size(), examine(quiet_machine()).size());
  std::set<std::string> codes;
  for (const DoctorFinding& one : findings) {
    EXPECT_TRUE(codes.insert(one.code).second) << one.code << " occurs twice";
    EXPECT_EQ(one.status, Status::unknown) << one.code << ": " << one.found;
    EXPECT_FALSE(one.found.empty()) << one.code;
    EXPECT_EQ(one.fix, "") << one.code;
  }
}

struct Disturbance {
  const char* code;
  void (*add)(DoctorFacts& facts);
  const char* found;  // a part of the text
  const char* fix;
};

constexpr Disturbance kDisturbances[] = {
    {"governor",
     [](DoctorFacts& f) {
       f.governors = {"performance", "powersave"};
     },
     "performance, powersave",
     "echo performance | tee /sys/devices/system/cpu/cpufreq/policy*/scaling_governor"},
    {"turbo", [](DoctorFacts& f) { f.boost = "on"; }, "on",
     "echo 0 | tee /sys/devices/system/cpu/cpufreq/boost"},
    {"turbo",
     [](DoctorFacts& f) {
       f.boost = "on";
       f.frequency_driver = "intel_pstate";
     },
     "on", "echo 1 | tee /sys/devices/system/cpu/intel_pstate/no_turbo"},
    {"idle_states",
     [](DoctorFacts& f) { f.idle_states.push_back({.name = "C6", .latency_us = 133}); },
     "down to C6 (133 µs)", "sockmark run --hold-idle"},
    {"idle_states",
     [](DoctorFacts& f) {
       f.idle_states.push_back({.name = "C1E", .latency_us = 3});
       f.hold = HoldPermission::denied;
     },
     "down to C1E (3 µs)", "echo 1 | tee /sys/devices/system/cpu/cpu*/cpuidle/state[1-9]*/disable"},
    // A virtual CPU takes longer to return than its driver reports.
    {"idle_states", [](DoctorFacts& f) { f.virtual_machine = true; }, "the time of the hypervisor",
     "sockmark run --hold-idle"},
    {"hold_idle",
     [](DoctorFacts& f) {
       f.idle_states.push_back({.name = "C6", .latency_us = 133});
       f.hold = HoldPermission::denied;
     },
     "not permitted", "chmod a+rw /dev/cpu_dma_latency"},
    {"cpus", [](DoctorFacts& f) { f.cpus_allowed = {3}; }, "1 available, none isolated", ""},
    {"cpus",
     [](DoctorFacts& f) {
       f.cpus_allowed = {0};
       f.cpus_isolated = {{2, 3}};
     },
     "1 available, isolated: 2,3", "taskset -c 2,3 sockmark run --pin 2,3"},
    // Isolated CPUs run only threads that are pinned to them.
    {"cpus",
     [](DoctorFacts& f) {
       f.cpus_isolated = {{1, 2, 3}};
     },
     "1 available", "taskset -c 1,2 sockmark run --pin 1,2"},
    {"smt", [](DoctorFacts& f) { f.smt = true; }, "on",
     "echo off | tee /sys/devices/system/cpu/smt/control"},
    {"clock_source", [](DoctorFacts& f) { f.clock_source = "hpet"; }, "hpet, 28 ns per read",
     "echo tsc | tee /sys/devices/system/clocksource/clocksource0/current_clocksource"},
    {"clock_source",
     [](DoctorFacts& f) {
       f.clock_source = "acpi_pm";
       f.clock_sources = {"acpi_pm"};
     },
     "acpi_pm", ""},
    {"clock_source", [](DoctorFacts& f) { f.clock_read_ns = 101; }, "tsc, 101 ns per read", ""},
    {"steal", [](DoctorFacts& f) { f.steal_ratio = 0.032; }, "3.2 % of the time", ""},
    {"load", [](DoctorFacts& f) { f.load = 2.01; }, "2.01 on 4 CPUs", ""},
    {"cpu_quota", [](DoctorFacts& f) { f.cpu_quota = 1.5; }, "1.5 CPUs", ""},
    {"memory_pressure", [](DoctorFacts& f) { f.memory_stalled_per_cent = 1.1; }, "1.1 %", ""},
    {"transparent_hugepages", [](DoctorFacts& f) { f.transparent_hugepages = "always"; }, "always",
     "echo madvise | tee /sys/kernel/mm/transparent_hugepage/enabled"},
    {"aslr", [](DoctorFacts& f) { f.aslr = 0; }, "off", "sysctl -w kernel.randomize_va_space=2"},
    {"netem",
     [](DoctorFacts& f) {
       f.qdiscs = {"netem", "noqueue"};
     },
     "lo has netem, noqueue", "tc qdisc del dev lo root"},
    {"congestion_control", [](DoctorFacts& f) { f.congestion_control = "bbr"; }, "bbr",
     "sysctl -w net.ipv4.tcp_congestion_control=cubic"},
    {"socket_buffers", [](DoctorFacts& f) { f.rmem_max = 212'992; }, "rmem_max 212992",
     "sysctl -w net.core.rmem_max=4194304"},
    {"socket_buffers",
     [](DoctorFacts& f) {
       f.wmem_max = (1 << 20) - 1;
       f.wmem_default = 100'000;
     },
     "wmem_default 100000, wmem_max 1048575",
     "sysctl -w net.core.wmem_default=212992 net.core.wmem_max=4194304"},
    {"accept_queue", [](DoctorFacts& f) { f.accept_queue = 128; }, "128 connections",
     "sysctl -w net.core.somaxconn=4096"},
    {"unix_queue", [](DoctorFacts& f) { f.unix_queue = 10; }, "10 datagrams",
     "sysctl -w net.unix.max_dgram_qlen=512"},
    {"descriptors", [](DoctorFacts& f) { f.descriptors_hard = 4096; }, "soft 1024, hard 4096: 40",
     "ulimit -n 1048576"},
};

TEST(Doctor, EachDisturbanceIsFoundWithItsFix) {
  std::set<std::string> disturbed;
  for (const Disturbance& disturbance : kDisturbances) {
    DoctorFacts facts = quiet_machine();
    disturbance.add(facts);
    const DoctorFinding one = finding(facts, disturbance.code);
    SCOPED_TRACE(one.code + ": " + one.found);
    EXPECT_EQ(one.status, Status::warn);
    EXPECT_NE(one.found.find(disturbance.found), std::string::npos);
    EXPECT_EQ(one.fix, disturbance.fix);
    disturbed.insert(one.code);
  }
  // Every check can warn.
  for (const DoctorFinding& one : examine(quiet_machine()))
    EXPECT_TRUE(disturbed.contains(one.code)) << one.code;
}

TEST(Doctor, ADisturbanceDoesNotAffectOtherFindings) {
  for (const Disturbance& disturbance : kDisturbances) {
    DoctorFacts facts = quiet_machine();
    disturbance.add(facts);
    for (const DoctorFinding& one : examine(facts)) {
      // hold_idle warns only if idle_states does.
      const bool pair =
          one.code == "idle_states" && std::string_view("hold_idle") == disturbance.code;
      const bool other_pair =
          one.code == "hold_idle" && std::string_view("idle_states") == disturbance.code;
      const bool load = one.code == "load" && std::string_view("cpus") == disturbance.code;
      if (one.code == disturbance.code || pair || other_pair || load) continue;
      EXPECT_EQ(one.status, Status::ok) << disturbance.code << " made " << one.code << " warn";
    }
  }
}

TEST(Doctor, StatesThatMayNotBeEnteredDoNotCount) {
  DoctorFacts facts = quiet_machine();
  facts.idle_states.push_back({.name = "C6", .latency_us = 133, .enabled = false});
  EXPECT_EQ(finding(facts, "idle_states").status, Status::ok);
  facts.idle_states.back().enabled = true;
  EXPECT_EQ(finding(facts, "idle_states").status, Status::warn);
  facts.latency_limit_us = 132;
  EXPECT_EQ(finding(facts, "idle_states").status, Status::ok);
  facts.latency_limit_us.reset();  // unreadable: no process is known to hold it
  EXPECT_EQ(finding(facts, "idle_states").status, Status::warn);
}

TEST(Doctor, HeldAtZeroAVirtualMachineIsQuietToo) {
  DoctorFacts facts = quiet_machine();
  facts.virtual_machine = true;
  EXPECT_EQ(finding(facts, "idle_states").status, Status::warn);
  facts.latency_limit_us = 0;
  EXPECT_EQ(finding(facts, "idle_states").status, Status::ok);
  EXPECT_NE(finding(facts, "idle_states").found.find("POLL"), std::string::npos);
}

TEST(Doctor, DeniedHoldIdleIsNoWarningIfItIsNotNeeded) {
  DoctorFacts facts = quiet_machine();
  facts.hold = HoldPermission::denied;
  const DoctorFinding one = finding(facts, "hold_idle");
  EXPECT_EQ(one.status, Status::ok);
  EXPECT_NE(one.found.find("not permitted"), std::string::npos);
}

TEST(Doctor, ThresholdsThemselvesAreOk) {
  DoctorFacts facts = quiet_machine();
  facts.steal_ratio = 0.01;
  facts.clock_read_ns = 100;
  facts.load = 2;
  facts.memory_stalled_per_cent = 1;
  facts.rmem_max = facts.wmem_max = 1 << 20;
  facts.unix_queue = 64;
  facts.descriptors_hard = 10'048;
  for (const DoctorFinding& one : examine(facts)) EXPECT_EQ(one.status, Status::ok) << one.code;
}

TEST(Doctor, AContainerIsNamedWithItsQuota) {
  DoctorFacts facts = quiet_machine();
  facts.container = "docker";
  EXPECT_EQ(finding(facts, "cpu_quota").found, "no limit (in a container: docker)");
}

}  // namespace
}  // namespace sockmark
