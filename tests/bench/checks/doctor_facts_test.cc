#include "bench/checks/doctor_facts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "machine/cpu_times.h"
#include "machine/idle_hold.h"
#include "tests/fake_machine.h"

namespace sockmark {
namespace {

class DoctorFactsOf : public FakeMachine {
 protected:
  [[nodiscard]] DoctorFacts facts() const {
    return read_doctor_facts(environment_from_files(root(), "lo"), root());
  }
  [[nodiscard]] report::DoctorFinding finding(std::string_view code) const {
    for (auto& one : examine(facts())) {
      if (one.code == code) return one;
    }
    ADD_FAILURE() << "no finding " << code;
    return {};
  }
};

constexpr const char* kIdle = "/sys/devices/system/cpu/cpu0/cpuidle/";

TEST_F(DoctorFactsOf, AreUnknownWithoutFiles) {
  for (const auto& one : examine(facts())) {
    EXPECT_EQ(one.status, report::DoctorFinding::Status::unknown) << one.code << ": " << one.found;
  }
}

TEST_F(DoctorFactsOf, AreThoseOfTheFiles) {
  file("/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave\n");
  file("/sys/devices/system/cpu/cpufreq/policy1/scaling_governor", "performance\n");
  file("/sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
  file("/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver", "intel_pstate\n");
  file("/sys/devices/system/cpu/smt/active", "1\n");
  file("/sys/devices/system/cpu/isolated", "1,4\n");
  file("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
  file("/sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet \n");
  file("/proc/self/status", "Name:\tx\nCpus_allowed_list:\t0-1,4\n");
  file("/proc/self/limits", "Limit  Soft  Hard  Units\nMax open files   1024   4096   files\n");
  file("/proc/loadavg", "3.25 1.00 0.50 2/300 12345\n");
  file("/proc/pressure/memory",
       "some avg10=2.50 avg60=0.10 avg300=0.00 total=1\nfull avg10=9.00\n");
  file("/proc/self/cgroup", "0::/run\n");
  file("/sys/fs/cgroup/run/cpu.max", "50000 100000\n");
  file("/proc/sys/net/ipv4/tcp_congestion_control", "bbr\n");
  file("/proc/sys/net/core/rmem_default", "1\n");
  file("/proc/sys/net/core/rmem_max", "2\n");
  file("/proc/sys/net/core/wmem_default", "3\n");
  file("/proc/sys/net/core/wmem_max", "4\n");
  file("/proc/sys/net/core/somaxconn", "8\n");
  file("/proc/sys/net/unix/max_dgram_qlen", "10\n");
  file("/proc/sys/kernel/randomize_va_space", "0\n");
  file("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
  file("/.dockerenv", "");
  const DoctorFacts found = facts();
  EXPECT_EQ(found.governors, (std::vector<std::string>{"performance", "powersave"}));
  EXPECT_EQ(found.boost, "on");
  EXPECT_EQ(found.frequency_driver, "intel_pstate");
  EXPECT_EQ(found.smt, true);
  EXPECT_EQ(found.cpus_isolated, (std::vector<std::int64_t>{1, 4}));
  EXPECT_EQ(found.cpus_allowed, (std::vector<std::int64_t>{0, 1, 4}));
  EXPECT_EQ(found.clock_source, "hpet");
  EXPECT_EQ(found.clock_sources, (std::vector<std::string>{"tsc", "hpet"}));
  EXPECT_EQ(found.descriptors_soft, 1024);
  EXPECT_EQ(found.descriptors_hard, 4096);
  EXPECT_EQ(found.load, 3.25);
  EXPECT_EQ(found.memory_stalled_per_cent, 2.5);
  EXPECT_EQ(found.cpu_quota, 0.5);
  EXPECT_EQ(found.container, "docker");
  EXPECT_EQ(found.congestion_control, "bbr");
  EXPECT_EQ(found.rmem_default, 1);
  EXPECT_EQ(found.rmem_max, 2);
  EXPECT_EQ(found.wmem_default, 3);
  EXPECT_EQ(found.wmem_max, 4);
  EXPECT_EQ(found.accept_queue, 8);
  EXPECT_EQ(found.unix_queue, 10);
  EXPECT_EQ(found.aslr, 0);
  EXPECT_EQ(found.transparent_hugepages, "always");
  // Steal needs two readings; qdiscs and clock are those of the running kernel.
  for (const auto& one : examine(found)) {
    const bool not_here = one.code == "steal" || one.code == "netem" || one.code == "idle_states" ||
                          one.code == "hold_idle";
    EXPECT_EQ(one.status, not_here ? report::DoctorFinding::Status::unknown
                                   : report::DoctorFinding::Status::warn)
        << one.code << ": " << one.found;
  }
}

TEST_F(DoctorFactsOf, NoIsolatedCpuIsNotUnknown) {
  EXPECT_FALSE(facts().cpus_isolated);
  file("/sys/devices/system/cpu/isolated", "\n");
  ASSERT_TRUE(facts().cpus_isolated);
  EXPECT_TRUE(facts().cpus_isolated->empty());
}

TEST_F(DoctorFactsOf, AGroupWithoutLimitIsUnlimited) {
  file("/proc/self/cgroup", "0::/\n");
  file("/sys/fs/cgroup/cgroup.controllers", "cpu\n");
  ASSERT_TRUE(facts().cpu_quota);
  EXPECT_TRUE(std::isinf(*facts().cpu_quota));
}

TEST_F(DoctorFactsOf, IdleStatesAreThoseOfTheFirstCpuByTheirLatency) {
  const auto state = [&](const std::string& name, const char* kind, const char* latency) {
    file(kIdle + name + "/name", kind);
    file(kIdle + name + "/latency", latency);
  };
  state("state10", "C10\n", "890\n");
  state("state2", "C6\n", "133\n");
  state("state0", "POLL\n", "0\n");
  file(std::string(kIdle) + "state10/disable", "1\n");
  file(std::string(kIdle) + "state3/name", "no latency\n");
  file("/dev/cpu_dma_latency", std::string_view("\x00\x94\x35\x77", 4));
  const DoctorFacts found = facts();
  ASSERT_EQ(found.idle_states.size(), 3U);
  EXPECT_EQ(found.idle_states[0].name, "POLL");
  EXPECT_EQ(found.idle_states[1].name, "C6");
  EXPECT_EQ(found.idle_states[1].latency_us, 133);
  EXPECT_TRUE(found.idle_states[1].enabled);
  EXPECT_EQ(found.idle_states[2].name, "C10");
  EXPECT_FALSE(found.idle_states[2].enabled);
  EXPECT_EQ(found.latency_limit_us, 2'000'000'000);
  EXPECT_EQ(found.hold, HoldPermission::permitted);
  EXPECT_EQ(finding("idle_states").status, report::DoctorFinding::Status::warn);
}

// Ten microseconds are a line feed and three zeros.
TEST_F(DoctorFactsOf, ALatencyIsFourBytesAndNoText) {
  file("/dev/cpu_dma_latency", std::string_view("\x0a\x00\x00\x00", 4));
  EXPECT_EQ(facts().latency_limit_us, 10);
  file("/dev/cpu_dma_latency", "10\n");
  EXPECT_FALSE(facts().latency_limit_us);
}

TEST_F(DoctorFactsOf, ADeviceThatCannotBeOpenedIsDeniedOrAbsent) {
  EXPECT_EQ(facts().hold, HoldPermission::absent);
  // Not even root writes to a directory.
  file("/dev/cpu_dma_latency/x", "");
  EXPECT_EQ(facts().hold, HoldPermission::denied);
}

TEST_F(DoctorFactsOf, StealIsAShareOfAllTime) {
  file("/proc/stat", "cpu  100 0 100 800 0 0 0 10 50 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
  const auto before = read_cpu_times(root());
  ASSERT_TRUE(before);
  EXPECT_EQ(before->all, 1010);  // the time of guests is part of the time of users
  EXPECT_EQ(before->stolen, 10);
  EXPECT_EQ(before->idle, 800);
  file("/proc/stat", "cpu  150 0 100 900 0 0 0 60 90 0\n");
  const auto after = read_cpu_times(root());
  ASSERT_TRUE(after);
  EXPECT_EQ(steal_ratio(before, after), 0.25);
}

TEST_F(DoctorFactsOf, StealIsUnknownWithTooFewTicks) {
  EXPECT_FALSE(read_cpu_times(root()));
  for (const char* text :
       {"", "cpu 1 2\n", "intr 1 2 3 4 5 6 7 8 9\n", "cpu 1 2 3 4 x 6 7 8 9\n"}) {
    file("/proc/stat", text);
    EXPECT_FALSE(read_cpu_times(root())) << text;
  }
  const CpuTimes before{.all = 1000, .stolen = 0};
  EXPECT_FALSE(steal_ratio(before, CpuTimes{.all = 1099, .stolen = 1}));
  EXPECT_TRUE(steal_ratio(before, CpuTimes{.all = 1100, .stolen = 1}));
  EXPECT_FALSE(steal_ratio(std::nullopt, before));
  EXPECT_FALSE(steal_ratio(before, std::nullopt));
}

TEST_F(DoctorFactsOf, HoldingWritesNoLatencyAtAll) {
  file("/dev/cpu_dma_latency", std::string_view("\x00\x94\x35\x77", 4));
  {
    const auto hold = IdleHold::begin(root() + kCpuDmaLatency);
    ASSERT_TRUE(hold) << hold.error().message;
    EXPECT_TRUE(*hold);
  }
  EXPECT_EQ(facts().latency_limit_us, 0);
  EXPECT_FALSE(IdleHold());
}

TEST_F(DoctorFactsOf, AFailedHoldNamesDeviceAndReason) {
  const auto hold = IdleHold::begin(root() + kCpuDmaLatency);
  ASSERT_FALSE(hold);
  EXPECT_EQ(hold.error().message,
            "open " + root() + "/dev/cpu_dma_latency: No such file or directory");
}

}  // namespace
}  // namespace sockmark
