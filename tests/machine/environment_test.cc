#include "machine/environment.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "machine/environment_items.h"
#include "reports/model/environment_section.h"
#include "reports/model/report_json.h"
#include "tests/fake_machine.h"

namespace sockmark {
namespace {

using Class = EnvironmentItem::Class;
using Value = EnvironmentItem::Value;

class EnvironmentOfFiles : public FakeMachine {
 protected:
  void server() {
    std::string cpuinfo;
    for (int cpu = 0; cpu < 4; ++cpu) {
      cpuinfo += "processor\t: " + std::to_string(cpu) +
                 "\nmodel name\t: Example CPU 3000\nstepping\t: 7\nmicrocode\t: 0x5003\n"
                 "physical id\t: " +
                 std::to_string(cpu / 2) + "\ncore id\t\t: 0\nflags\t\t: fpu sse\n\n";
    }
    file("/proc/cpuinfo", cpuinfo);
    file("/proc/sys/kernel/osrelease", "6.1.0-example\n");
    file("/sys/devices/system/cpu/online", "0-3\n");
    file("/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "performance\n");
    file("/sys/devices/system/cpu/cpufreq/policy1/scaling_governor", "performance\n");
    file("/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
    file("/sys/devices/system/cpu/vulnerabilities/meltdown", "Mitigation: PTI\n");
    file("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    file("/proc/self/status", "Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3\n");
    file("/proc/self/cgroup", "0::/user/run\n");
    file("/sys/fs/cgroup/cgroup.controllers", "cpu\n");
    file("/sys/fs/cgroup/user/cpu.max", "150000 100000\n");
    file("/sys/fs/cgroup/user/run/cpu.max", "max 100000\n");
    file("/sys/devices/system/cpu/cpu0/cpuidle/state1/name", "C6\n");
    file("/sys/devices/system/cpu/cpu0/cpuidle/state1/latency", "133\n");
    file("/sys/devices/system/cpu/cpu0/cpuidle/state1/disable", "1\n");
    file("/sys/devices/system/cpu/isolated", "\n");
    file("/dev/cpu_dma_latency", std::string_view("\x0a\0\0\0", 4));
    file("/proc/pressure/memory", "some avg10=0.25 avg60=0.00 avg300=0.00 total=1\n");
    file("/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
    file("/proc/sys/net/ipv4/tcp_congestion_control", "cubic\n");
    file("/proc/sys/net/core/rmem_max", "212992\n");
    file("/proc/sys/net/core/somaxconn", "4096\n");
    file("/sys/class/net/lo/mtu", "65536\n");
    file("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    file("/proc/self/limits",
         "Limit  Soft  Hard  Units\nMax open files            1024   4096   files\n");
    file("/sys/class/dmi/id/product_name", "Example Server\n");
  }

  std::map<std::string, EnvironmentItem> read() {
    std::map<std::string, EnvironmentItem> items;
    for (EnvironmentItem& item : environment_from_files(root(), "lo")) {
      EXPECT_TRUE(items.emplace(item.name, item).second) << item.name << " occurs twice";
    }
    return items;
  }
  Value value(const std::string& name) {
    const auto items = read();
    const auto found = items.find(name);
    return found == items.end() ? Value("no such item") : found->second.value;
  }
};

TEST_F(EnvironmentOfFiles, TellsWhatItsFilesSay) {
  server();
  auto items = read();
  const std::pair<const char*, Value> expected[] = {
      {"kernel_release", "6.1.0-example"},
      {"cpu_model", "Example CPU 3000"},
      {"cpus_online", std::int64_t{4}},
      {"cpu_sockets", std::int64_t{2}},
      {"cpu_cores", std::int64_t{2}},
      {"cpus_allowed", "0-3"},
      {"cpu_governor", "performance"},
      {"cpu_boost", "off"},
      {"cpu_stepping", "7"},
      {"mitigation_meltdown", "Mitigation: PTI"},
      {"clocksource", "tsc"},
      {"cgroup_cpu_max", 1.5},
      {"net.ipv4.tcp_rmem", std::vector<std::int64_t>{4096, 131072, 6291456}},
      {"net.ipv4.tcp_congestion_control", "cubic"},
      {"net.core.rmem_max", std::int64_t{212992}},
      {"net.core.somaxconn", std::int64_t{4096}},
      {"interface", "lo"},
      {"interface_mtu", std::int64_t{65536}},
      {"transparent_hugepages", "madvise"},
      {"limit_open_files", std::int64_t{1024}},
      {"limit_open_files_hard", std::int64_t{4096}},
      {"cpu_idle_states", std::vector<std::string>{"C6 133 us, disabled"}},
      {"cpu_latency_limit_us", std::int64_t{10}},
      {"cpus_isolated", "none"},
      {"memory_stalled_per_cent", 0.25},
      {"virtualisation", "none"},
  };
  for (const auto& [name, expected_value] : expected) {
    ASSERT_TRUE(items.contains(name)) << name;
    EXPECT_EQ(items[name].value, expected_value) << name;
  }
}

TEST_F(EnvironmentOfFiles, WhatCannotBeReadIsUnknown) {
  for (const auto& [name, item] : read()) {
    if (name == "interface" || name == "container") continue;  // given; no sign of one
    EXPECT_EQ(item.value, Value()) << name;
  }
}

TEST_F(EnvironmentOfFiles, FilesThatMakeNoSenseDoNotHurt) {
  server();
  const std::string noise("\xFF\0:::\n-,9999999999999999999-1\n:\n", 31);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root())) {
    if (entry.is_regular_file()) std::ofstream(entry.path(), std::ios::binary) << noise;
  }
  const auto items = read();
  EXPECT_EQ(items.at("cpus_online").value, Value(std::int64_t{0}));
  EXPECT_EQ(items.at("limit_open_files").value, Value());
  const report::Environment section =
      report::environment_section(environment_from_files(root(), "lo"));
  EXPECT_EQ(section.hash_hard.size(), 64U);
}

TEST_F(EnvironmentOfFiles, VirtualMachinesAndContainersAreTold) {
  server();
  file("/sys/class/dmi/id/product_name", "KVM\n");
  EXPECT_EQ(value("virtualisation"), Value("kvm"));
  file("/sys/class/dmi/id/product_name", "unheard of\n");
  file("/proc/cpuinfo", "processor: 0\nflags: fpu hypervisor\n");
  EXPECT_EQ(value("virtualisation"), Value("vm-other"));
  file("/sys/hypervisor/type", "xen\n");
  EXPECT_EQ(value("virtualisation"), Value("xen"));
  EXPECT_EQ(value("container"), Value("none"));
  file("/.dockerenv", "");
  EXPECT_EQ(value("container"), Value("docker"));
}

TEST_F(EnvironmentOfFiles, CgroupLimitOfTheFirstVersionAndNoLimit) {
  file("/proc/self/cgroup", "4:cpu,cpuacct:/job\n0::/\n");
  file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(value("cgroup_cpu_max"), Value("max"));
  file("/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "50000\n");
  file("/sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(value("cgroup_cpu_max"), Value(0.5));
}

TEST_F(EnvironmentOfFiles, MixedGovernorsAndCoresAreLists) {
  server();
  file("/sys/devices/system/cpu/cpufreq/policy1/scaling_governor", "powersave\n");
  EXPECT_EQ(value("cpu_governor"), Value(std::vector<std::string>{"performance", "powersave"}));
  file("/proc/cpuinfo", "processor: 0\nmodel name: Big\n\nprocessor: 1\nmodel name: Little\n");
  EXPECT_EQ(value("cpu_model"), Value(std::vector<std::string>{"Big", "Little"}));
}

TEST_F(EnvironmentOfFiles, HashFollowsTheHardItemsAndNoOthers) {
  server();
  const auto hash = [&] {
    return report::environment_section(environment_from_files(root(), "lo")).hash_hard;
  };
  const std::string before = hash();
  file("/proc/loadavg", "9.00 8.00 7.00 1/2 3\n");
  file("/proc/sys/net/core/rmem_max", "4\n");
  EXPECT_EQ(hash(), before);
  file("/proc/sys/net/ipv4/tcp_congestion_control", "bbr\n");
  EXPECT_NE(hash(), before);
}

TEST(EnvironmentSection, HashIsSha256OfTheCanonicalHardItems) {
  const std::vector<EnvironmentItem> items = {
      {"b", Class::hard, std::int64_t{2}}, {"a", Class::hard, "x"}, {"c", Class::soft, Value()}};
  const report::Environment section = report::environment_section(items);
  EXPECT_EQ(section.hard.at("a"), "\"x\"");
  EXPECT_EQ(section.soft.at("c"), "null");
  // printf '{"a":"x","b":2,"histogram_parameters":[1,3600000000000,3],"report_major_version":1}' |
  // sha256sum
  EXPECT_EQ(section.hash_hard, "8a38c63a490edf38aab4b276f81ffa326e51c7dda47c22e61710c87024e2dcc3");
}

TEST(Environment, HardItemsOfThisMachineAreTheSameTwice) {
  const BuildFacts build{
      .version = "1", .git = "2", .build_type = "3", .compiler = "4", .flags = "5", .libuv = ""};
  const report::Environment first = report::environment_section(read_environment(build));
  const report::Environment second = report::environment_section(read_environment(build));
  EXPECT_EQ(first.hard, second.hard);
  EXPECT_EQ(first.hash_hard, second.hash_hard);
  EXPECT_EQ(first.soft.at("compiler_flags"), "\"5\"");
  EXPECT_EQ(first.soft.at("libuv"), "null");
  EXPECT_NE(first.hard.at("kernel_release"), "null");
  EXPECT_NE(first.hard.at("cpus_online"), "null");
  EXPECT_NE(first.hard.at("interface_mtu"), "null");
}

TEST(Environment, ClockCostIsMeasured) {
  for (const EnvironmentItem& item : environment_from_kernel("lo")) {
    if (item.name != "clock_read_ns") continue;
    EXPECT_GE(std::get<std::int64_t>(item.value), 0);
    return;
  }
  FAIL() << "no clock_read_ns";
}

TEST(Environment, UnknownInterfaceHasNoQueueingDisciplines) {
  const auto items = environment_from_kernel("no-such-if");
  EXPECT_EQ(items.front().name, "interface_qdiscs");
  EXPECT_EQ(items.front().value, Value());
}

TEST(Environment, PlacementIsThisProcess) {
  const Placement placement = read_placement();
  EXPECT_EQ(placement.pid, ::getpid());
  EXPECT_FALSE(placement.affinity.empty());
  EXPECT_TRUE(placement.scheduler.starts_with("SCHED_"));
  const report::Process process = report::process_section(placement);
  EXPECT_EQ(process.pid, placement.pid);
  EXPECT_EQ(process.affinity, placement.affinity);
}

TEST(Environment, NumbersThatJsonReadersWouldRoundAreText) {
  using environment::number_value;
  using environment::Value;
  EXPECT_EQ(number_value("9007199254740991"), Value(std::int64_t{9'007'199'254'740'991}));
  EXPECT_EQ(number_value("9007199254740992"), Value(std::string("9007199254740992")));
  EXPECT_EQ(number_value("18446744073709551615"), Value(std::string("18446744073709551615")));
}

TEST(Environment, CpuListsAreRead) {
  EXPECT_EQ(parse_cpu_list("0-2,5\n"), (std::vector<std::int64_t>{0, 1, 2, 5}));
  EXPECT_TRUE(parse_cpu_list("").empty());
  EXPECT_TRUE(parse_cpu_list("x").empty());
  EXPECT_TRUE(parse_cpu_list("3-1").empty());
  EXPECT_EQ(text_of_cpus(std::vector{0, 1, 2, 5, 7, 8}), "0-2,5,7-8");
  EXPECT_EQ(text_of_cpus(std::vector{3}), "3");
  EXPECT_EQ(text_of_cpus({}), "");
  EXPECT_TRUE(parse_cpu_list("0-99999999999").empty());
}

}  // namespace
}  // namespace sockmark
