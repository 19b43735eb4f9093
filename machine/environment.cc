#include "machine/environment.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "machine/idle_states.h"
#include "machine/machine_files.h"

namespace sockmark {
namespace {

using Class = EnvironmentItem::Class;
using Value = EnvironmentItem::Value;

// --- text ---------------------------------------------------------------------------------------

// The text stays the caller's: the parts that split() returns point into it.
std::string_view view(const std::optional<std::string>& text) {
  return text ? std::string_view(*text) : std::string_view();
}

Value text_value(const std::optional<std::string>& text) {
  if (!text || text->empty()) return {};
  return *text;
}

// One number, several, or text: as the file has it.
Value number_value(const std::optional<std::string>& text) {
  if (!text) return {};
  std::vector<std::int64_t> numbers;
  for (const std::string_view part : split(*text, " \t\n")) {
    const auto number = to_integer(part);
    if (!number) return text_value(text);
    numbers.push_back(*number);
  }
  if (numbers.empty()) return {};
  return numbers.size() == 1 ? Value(numbers.front()) : Value(std::move(numbers));
}

// --- the machine --------------------------------------------------------------------------------

// The different values of one key of /proc/cpuinfo, in the order in which they occur.
std::vector<std::string> distinct(std::string_view cpuinfo, std::string_view key) {
  std::vector<std::string> values;
  for (const std::string_view line : split(cpuinfo, "\n")) {
    const auto colon = line.find(':');
    if (colon == line.npos || trimmed(line.substr(0, colon)) != key) continue;
    std::string value(trimmed(line.substr(colon + 1)));
    if (std::ranges::find(values, value) == values.end()) values.push_back(std::move(value));
  }
  return values;
}

// A machine with two kinds of core has two of most things.
Value one_or_list(std::vector<std::string> values) {
  if (values.empty()) return {};
  return values.size() == 1 ? Value(std::move(values.front())) : Value(std::move(values));
}

// Packages and cores that are online, from the pairs that /proc/cpuinfo gives for each CPU.
std::pair<Value, Value> sockets_and_cores(std::string_view cpuinfo) {
  std::set<std::string> sockets, cores;
  std::string socket;
  for (const std::string_view line : split(cpuinfo, "\n")) {
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    const std::string_view key = trimmed(line.substr(0, colon));
    const std::string value(trimmed(line.substr(colon + 1)));
    if (key == "physical id") sockets.insert(socket = value);
    if (key == "core id") cores.insert(socket + '/' + value);
  }
  if (sockets.empty() || cores.empty()) return {};
  return {static_cast<std::int64_t>(sockets.size()), static_cast<std::int64_t>(cores.size())};
}

Value governors(const MachineFiles& files) {
  const std::string policies = "/sys/devices/system/cpu/cpufreq/";
  std::set<std::string> names;
  for (const std::string& policy : files.list(policies)) {
    if (const auto name = files.read(policies + policy + "/scaling_governor")) names.insert(*name);
  }
  return one_or_list({names.begin(), names.end()});
}

Value boost(const MachineFiles& files) {
  if (const auto allowed = files.read("/sys/devices/system/cpu/cpufreq/boost")) {
    return *allowed == "1" ? "on" : "off";
  }
  if (const auto forbidden = files.read("/sys/devices/system/cpu/intel_pstate/no_turbo")) {
    return *forbidden == "0" ? "on" : "off";
  }
  return {};
}

// "L1 Data 32K", of the first CPU.
Value caches(const MachineFiles& files) {
  const std::string directory = "/sys/devices/system/cpu/cpu0/cache/";
  std::vector<std::string> found;
  for (const std::string& index : files.list(directory)) {
    const auto level = files.read(directory + index + "/level");
    const auto type = files.read(directory + index + "/type");
    const auto size = files.read(directory + index + "/size");
    if (level && type && size) found.push_back("L" + *level + ' ' + *type + ' ' + *size);
  }
  if (found.empty()) return {};
  return found;
}

// The signs that systemd-detect-virt looks for, in its names.
Value hypervisor(const MachineFiles& files, const std::optional<std::string>& cpuinfo) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"Amazon EC2", "amazon"},
      {"Google Compute Engine", "google"},
      {"KVM", "kvm"},
      {"OpenStack", "kvm"},
      {"QEMU", "qemu"},
      {"VMware", "vmware"},
      {"VMW", "vmware"},
      {"innotek GmbH", "oracle"},
      {"VirtualBox", "oracle"},
      {"Xen", "xen"},
      {"Bochs", "bochs"},
      {"Parallels", "parallels"},
      {"BHYVE", "bhyve"},
      {"Hyper-V", "microsoft"},
      {"Apple Virtualization", "apple"},
      {"Virtual Machine", "microsoft"}};
  if (const auto type = files.read("/sys/hypervisor/type")) return *type;
  bool told = false;
  for (const char* name :
       {"product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version"}) {
    const auto text = files.read(std::string("/sys/class/dmi/id/") + name);
    told = told || text;
    for (const auto& [sign, kind] : kNames) {
      if (text && text->find(sign) != text->npos) return std::string(kind);
    }
  }
  const auto flags = distinct(view(cpuinfo), "flags");  // x86 only
  if (flags.empty()) return told ? Value("none") : Value();
  const auto words = split(flags.front(), " ");
  return std::ranges::find(words, "hypervisor") != words.end() ? "vm-other" : "none";
}

Value container(const MachineFiles& files) {
  if (const auto name = files.read("/run/systemd/container")) return text_value(name);
  if (files.exists("/run/.containerenv")) return "podman";
  if (files.exists("/.dockerenv")) return "docker";
  // Not looked for: the environment of process 1, which only root may read, so that the answer
  // would depend on who asks.
  return "none";
}

// CPUs that a cgroup v2 limit ("50000 100000") or a v1 pair of files allows; nothing for no limit.
std::optional<double> cpus(std::string_view quota, std::string_view period) {
  const auto q = to_integer(quota), p = to_integer(period);
  if (!q || !p || *q <= 0 || *p <= 0) return std::nullopt;
  return static_cast<double>(*q) / static_cast<double>(*p);
}

// The tightest limit on the way from this process's group to the top, in CPUs, or "max".
Value cgroup_cpu_max(const MachineFiles& files) {
  const auto groups = files.read("/proc/self/cgroup");
  if (!groups) return {};
  bool found = false;
  std::optional<double> tightest;
  const auto consider = [&](std::string_view quota, std::string_view period) {
    found = true;
    const auto limit = cpus(quota, period);
    if (limit && (!tightest || *limit < *tightest)) tightest = limit;
  };
  for (const std::string_view line : split(*groups, "\n")) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const auto names = split(controllers, ",");
    const bool is_v1 = std::ranges::find(names, "cpu") != names.end();
    if (!is_v1 && !controllers.empty()) continue;
    for (std::string path(line.substr(second + 1));; path.resize(path.rfind('/'))) {
      if (path == "/") path.clear();
      if (is_v1) {
        const std::string directory = "/sys/fs/cgroup/cpu" + path;
        const auto quota = files.read(directory + "/cpu.cfs_quota_us");
        const auto period = files.read(directory + "/cpu.cfs_period_us");
        if (quota && period) consider(*quota, *period);
      } else if (const auto text = files.read("/sys/fs/cgroup" + path + "/cpu.max")) {
        const auto parts = split(*text, " ");
        if (parts.size() == 2) consider(parts[0], parts[1]);
      }
      if (path.rfind('/') == path.npos) break;
    }
  }
  // The top of a hierarchy has no such file: an unlimited machine is one where the hierarchy is
  // there.
  if (!found && !files.exists("/sys/fs/cgroup/cgroup.controllers")) return {};
  return tightest ? Value(*tightest) : Value("max");
}

// The one in brackets: "always [madvise] never".
Value chosen(const std::optional<std::string>& text) {
  if (!text) return {};
  const auto open = text->find('['), close = text->find(']');
  if (open == text->npos || close == text->npos || close < open) return text_value(text);
  return text->substr(open + 1, close - open - 1);
}

// "VmRSS:   123 kB" of /proc/meminfo and /proc/self/status: what stands behind the colon.
std::optional<std::string> line_of(const std::optional<std::string>& text, std::string_view key) {
  for (const std::string_view line : split(view(text), "\n")) {
    if (line.starts_with(key) && line.substr(key.size()).starts_with(':')) {
      return std::string(trimmed(line.substr(key.size() + 1)));
    }
  }
  return std::nullopt;
}

// Of "Max open files            1024                 4096                 files", the soft limit or
// the hard one.
Value open_files_limit(const std::optional<std::string>& limits, std::size_t column) {
  constexpr std::string_view kName = "Max open files";
  for (const std::string_view line : split(view(limits), "\n")) {
    if (!line.starts_with(kName)) continue;
    const auto words = split(line.substr(kName.size()), " ");
    if (words.size() > column) return number_value(std::string(words[column]));
  }
  return {};
}

// "C6 133 us", shallowest first.
Value idle_states(const MachineFiles& files) {
  std::vector<std::string> states;
  for (const IdleState& state : read_idle_states(files)) {
    states.push_back(state.name + ' ' + std::to_string(state.latency_us) + " us" +
                     (state.enabled ? "" : ", disabled"));
  }
  if (states.empty()) return {};
  return states;
}

// Of the last ten seconds, how much some task was stalled, in per cent: "some avg10=0.02 avg60=...
// " (Documentation/accounting/psi.rst).
Value stalled(const std::optional<std::string>& pressure) {
  constexpr std::string_view kStart = "some avg10=";
  if (!view(pressure).starts_with(kStart)) return {};
  const auto words = split(view(pressure).substr(kStart.size()), " \n");
  double per_cent = 0;
  if (words.empty()) return {};
  const auto [end, problem] =
      std::from_chars(words[0].data(), words[0].data() + words[0].size(), per_cent);
  if (problem != std::errc{} || end != words[0].data() + words[0].size()) return {};
  return per_cent;
}

Value words_of(const std::optional<std::string>& text, std::string_view separators) {
  std::vector<std::string> words;
  for (const std::string_view word : split(view(text), separators)) words.emplace_back(word);
  if (words.empty()) return {};
  return words;
}

struct SysctlRow {
  const char* name;  // as sysctl(8) spells it
  Class item_class;
};
constexpr SysctlRow kSysctls[] = {
    {"net.ipv4.tcp_congestion_control", Class::hard},
    {"net.core.rmem_default", Class::soft},
    {"net.core.rmem_max", Class::soft},
    {"net.core.wmem_default", Class::soft},
    {"net.core.wmem_max", Class::soft},
    {"net.core.default_qdisc", Class::soft},
    {"net.core.busy_poll", Class::soft},
    {"net.core.busy_read", Class::soft},
    {"net.ipv4.tcp_rmem", Class::soft},
    {"net.ipv4.tcp_wmem", Class::soft},
    {"net.ipv4.tcp_timestamps", Class::soft},
    {"net.ipv4.tcp_sack", Class::soft},
    {"net.unix.max_dgram_qlen", Class::soft},
    {"kernel.randomize_va_space", Class::information},
};

class Items {
 public:
  void add(Class item_class, std::string name, Value value) {
    items_.push_back({std::move(name), item_class, std::move(value)});
  }
  void hard(std::string name, Value value) { add(Class::hard, std::move(name), std::move(value)); }
  void soft(std::string name, Value value) { add(Class::soft, std::move(name), std::move(value)); }
  void information(std::string name, Value value) {
    add(Class::information, std::move(name), std::move(value));
  }
  [[nodiscard]] std::vector<EnvironmentItem> take() && { return std::move(items_); }

 private:
  std::vector<EnvironmentItem> items_;
};

}  // namespace

std::string clock_identity() {
  const MachineFiles files("");
  std::string identity = files.read("/proc/sys/kernel/random/boot_id").value_or("unknown");
  for (const char letter : files.read("/proc/self/timens_offsets").value_or("")) {
    const bool blank = letter == ' ' || letter == '\t' || letter == '\n';
    if (!blank) identity += letter;
    if (blank && identity.back() != ' ') identity += ' ';
  }
  return identity;
}

namespace {

void add_kernel(Items& items, const MachineFiles& files) {
  items.hard("kernel_release", text_value(files.read("/proc/sys/kernel/osrelease")));
  items.soft("kernel_version", text_value(files.read("/proc/sys/kernel/version")));
  items.soft("kernel_cmdline", text_value(files.read("/proc/cmdline")));
  const std::string clocksource = "/sys/devices/system/clocksource/clocksource0/";
  items.hard("clocksource", text_value(files.read(clocksource + "current_clocksource")));
  items.information("clocksources_available",
                    words_of(files.read(clocksource + "available_clocksource"), " "));
  items.information("boot_id", text_value(files.read("/proc/sys/kernel/random/boot_id")));
  items.information("time_namespace_offsets",
                    words_of(files.read("/proc/self/timens_offsets"), "\n"));
  items.information("host_name", text_value(files.read("/proc/sys/kernel/hostname")));
  for (const SysctlRow& row : kSysctls) {
    std::string path = row.name;
    std::ranges::replace(path, '.', '/');
    items.add(row.item_class, row.name, number_value(files.read("/proc/sys/" + path)));
  }
}

void add_processor(Items& items, const MachineFiles& files,
                   const std::optional<std::string>& cpuinfo) {
  const std::string_view text = view(cpuinfo);
  const std::string cpu = "/sys/devices/system/cpu/";
  const auto online = files.read(cpu + "online");
  const auto status = files.read("/proc/self/status");
  const auto [sockets, cores] = sockets_and_cores(text);

  std::vector<std::string> model = distinct(text, "model name");
  if (model.empty()) model = distinct(text, "CPU part");  // ARM has a number only
  items.hard("cpu_model", one_or_list(std::move(model)));
  items.hard("cpus_online",
             online ? Value(static_cast<std::int64_t>(parse_cpu_list(*online).size())) : Value());
  items.hard("cpu_sockets", sockets);
  items.hard("cpu_cores", cores);
  items.hard("cpus_allowed", text_value(line_of(status, "Cpus_allowed_list")));
  items.hard("cpu_governor", governors(files));
  items.soft("cpu_smt", number_value(files.read(cpu + "smt/active")));
  items.soft("cpu_stepping", one_or_list(distinct(text, "stepping")));
  items.soft("cpu_microcode", one_or_list(distinct(text, "microcode")));
  items.soft("cpu_caches", caches(files));
  items.soft("cpu_frequency_driver", text_value(files.read(cpu + "cpu0/cpufreq/scaling_driver")));
  items.soft("cpu_frequency_min_khz",
             number_value(files.read(cpu + "cpu0/cpufreq/scaling_min_freq")));
  items.soft("cpu_frequency_max_khz",
             number_value(files.read(cpu + "cpu0/cpufreq/scaling_max_freq")));
  items.soft("cpu_boost", boost(files));
  items.soft("cpu_idle_driver", text_value(files.read(cpu + "cpuidle/current_driver")));
  items.soft("cpu_idle_states", idle_states(files));
  const auto latency_limit = read_latency_limit_us(files);
  items.soft("cpu_latency_limit_us", latency_limit ? Value(*latency_limit) : Value());
  // The file of a machine that isolates none is empty.
  const auto isolated = files.read(cpu + "isolated");
  items.soft("cpus_isolated", isolated ? Value(isolated->empty() ? "none" : *isolated) : Value());
  items.soft("numa_nodes", text_value(files.read("/sys/devices/system/node/online")));
  for (const std::string& name : files.list(cpu + "vulnerabilities")) {
    items.soft("mitigation_" + name, text_value(files.read(cpu + "vulnerabilities/" + name)));
  }
}

void add_surroundings(Items& items, const MachineFiles& files,
                      const std::optional<std::string>& cpuinfo, const std::string& interface) {
  items.hard("virtualisation", hypervisor(files, cpuinfo));
  items.hard("container", container(files));
  items.hard("cgroup_cpu_max", cgroup_cpu_max(files));
  const std::string device = "/sys/class/net/" + interface;
  items.hard("interface", interface);
  items.hard("interface_mtu", number_value(files.read(device + "/mtu")));
  items.soft("interface_driver", text_value(files.link_name(device + "/device/driver")));

  items.information("irq_default_affinity",
                    text_value(files.read("/proc/irq/default_smp_affinity")));
  items.information("transparent_hugepages",
                    chosen(files.read("/sys/kernel/mm/transparent_hugepage/enabled")));
  const auto limits = files.read("/proc/self/limits");
  items.information("limit_open_files", open_files_limit(limits, 0));
  items.information("limit_open_files_hard", open_files_limit(limits, 1));
  items.information("memory_total", text_value(line_of(files.read("/proc/meminfo"), "MemTotal")));
  items.information("load_average", words_of(files.read("/proc/loadavg"), " "));
  items.information("memory_stalled_per_cent", stalled(files.read("/proc/pressure/memory")));
  items.information("cpu_mhz", one_or_list(distinct(view(cpuinfo), "cpu MHz")));
}

}  // namespace

std::vector<EnvironmentItem> build_items(const BuildFacts& build) {
  Items items;
  items.soft("tool_version", text_value(build.version));
  items.soft("tool_git", text_value(build.git));
  items.soft("build_type", text_value(build.build_type));
  items.soft("compiler", text_value(build.compiler));
  items.soft("compiler_flags", text_value(build.flags));
  items.soft("libuv", text_value(build.libuv));
  return std::move(items).take();
}

std::vector<EnvironmentItem> environment_from_files(const std::string& root,
                                                    const std::string& interface) {
  const MachineFiles files(root);
  const auto cpuinfo = files.read("/proc/cpuinfo");
  Items items;
  add_kernel(items, files);
  add_processor(items, files, cpuinfo);
  add_surroundings(items, files, cpuinfo, interface);
  return std::move(items).take();
}

std::vector<EnvironmentItem> read_environment(const BuildFacts& build,
                                              const std::string& interface) {
  std::vector<EnvironmentItem> items = build_items(build);
  for (auto&& more : {environment_from_files("", interface), environment_from_kernel(interface)}) {
    items.insert(items.end(), more.begin(), more.end());
  }
  return items;
}

std::vector<std::int64_t> parse_cpu_list(std::string_view text) {
  constexpr std::int64_t kMostCpus = 65536;
  std::vector<std::int64_t> cpus_found;
  for (const std::string_view part : split(trimmed(text), ",")) {
    const auto dash = part.find('-');
    const auto first = to_integer(part.substr(0, dash));
    const auto last = dash == part.npos ? first : to_integer(part.substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first || *last >= kMostCpus) return {};
    for (std::int64_t cpu = *first; cpu <= *last; ++cpu) cpus_found.push_back(cpu);
  }
  return cpus_found;
}

}  // namespace sockmark
