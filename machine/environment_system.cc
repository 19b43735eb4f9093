// What files say about the kernel: release, clock, host name, sysctls.

#include <algorithm>

#include "machine/environment_items.h"

namespace sockmark::environment {
namespace {

using Class = EnvironmentItem::Class;

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
    {"net.core.somaxconn", Class::soft},
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

}  // namespace

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

}  // namespace sockmark::environment
