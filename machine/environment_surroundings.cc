// What files say about the surroundings of this process: virtualisation, container and cgroup, the
// network interface, memory and limits.

#include <algorithm>
#include <charconv>
#include <utility>

#include "machine/environment_items.h"

namespace sockmark::environment {
namespace {

// The DMI strings that systemd-detect-virt tests, with its names of the hypervisors.
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
  bool readable = false;
  for (const char* name :
       {"product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version"}) {
    const auto text = files.read(std::string("/sys/class/dmi/id/") + name);
    readable = readable || text;
    for (const auto& [sign, kind] : kNames) {
      if (text && text->find(sign) != text->npos) return std::string(kind);
    }
  }
  const auto flags = distinct(view(cpuinfo), "flags");  // x86 only
  if (flags.empty()) return readable ? Value("none") : Value();
  const auto words = split(flags.front(), " ");
  return std::ranges::find(words, "hypervisor") != words.end() ? "vm-other" : "none";
}

Value container(const MachineFiles& files) {
  if (const auto name = files.read("/run/systemd/container")) return text_value(name);
  if (files.exists("/run/.containerenv")) return "podman";
  if (files.exists("/.dockerenv")) return "docker";
  // The environment of process 1 is not used: only root may read it, so the result would depend on
  // the user.
  return "none";
}

// The number of CPUs that a cgroup v2 limit ("50000 100000") or a pair of v1 files allows; none if
// there is no limit.
std::optional<double> cpus(std::string_view quota, std::string_view period) {
  const auto q = to_integer(quota), p = to_integer(period);
  if (!q || !p || *q <= 0 || *p <= 0) return std::nullopt;
  return static_cast<double>(*q) / static_cast<double>(*p);
}

// The lowest limit from this process's group up to the root, in CPUs, or "max".
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
  // The root of a hierarchy has no such file: without a limit, "max" requires that there is a
  // hierarchy.
  if (!found && !files.exists("/sys/fs/cgroup/cgroup.controllers")) return {};
  return tightest ? Value(*tightest) : Value("max");
}

// The word in brackets: "always [madvise] never".
Value chosen(const std::optional<std::string>& text) {
  if (!text) return {};
  const auto open = text->find('['), close = text->find(']');
  if (open == text->npos || close == text->npos || close < open) return text_value(text);
  return text->substr(open + 1, close - open - 1);
}

// The soft or the hard limit in
// "Max open files            1024                 4096                 files".
Value open_files_limit(const std::optional<std::string>& limits, std::size_t column) {
  constexpr std::string_view kName = "Max open files";
  for (const std::string_view line : split(view(limits), "\n")) {
    if (!line.starts_with(kName)) continue;
    const auto words = split(line.substr(kName.size()), " ");
    if (words.size() > column) return number_value(std::string(words[column]));
  }
  return {};
}

// The share of the last ten seconds in which some task was stalled, in per cent: "some avg10=0.02
// avg60=..." (Documentation/accounting/psi.rst).
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

}  // namespace

void add_surroundings(Items& items, const MachineFiles& files,
                      const std::optional<std::string>& cpuinfo, const std::string& interface) {
  items.hard("virtualisation", hypervisor(files, cpuinfo));
  items.hard("container", container(files));
  items.hard("cgroup_cpu_max", cgroup_cpu_max(files));
  const std::string device = "/sys/class/net/" + interface;
  items.hard("interface", text_value(interface));
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

}  // namespace sockmark::environment
