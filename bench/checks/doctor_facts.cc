#include "bench/checks/doctor_facts.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/descriptor.h"

namespace sockmark {
namespace {

// The items of an environment by name and type. An item of another type counts as unknown.
class Items {
 public:
  explicit Items(std::span<const EnvironmentItem> items) : items_(items) {}

  template <class T>
  [[nodiscard]] std::optional<T> get(std::string_view name) const {
    const auto found = std::ranges::find(items_, name, &EnvironmentItem::name);
    if (found == items_.end()) return std::nullopt;
    const T* value = std::get_if<T>(&found->value);
    return value == nullptr ? std::nullopt : std::optional<T>(*value);
  }
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const {
    return get<std::string>(name);
  }
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const {
    return get<std::int64_t>(name);
  }
  // The words of a list, or the one word of a text.
  [[nodiscard]] std::vector<std::string> words(std::string_view name) const {
    if (auto one = text(name)) return {*std::move(one)};
    return get<std::vector<std::string>>(name).value_or(std::vector<std::string>());
  }

 private:
  std::span<const EnvironmentItem> items_;
};

std::optional<double> load_of(const Items& items) {
  const auto words = items.words("load_average");
  if (words.empty()) return std::nullopt;
  const std::string& first = words.front();
  double load = 0;
  const auto [end, problem] = std::from_chars(first.data(), first.data() + first.size(), load);
  if (problem != std::errc{} || end != first.data() + first.size()) return std::nullopt;
  return load;
}

std::optional<double> quota_of(const Items& items) {
  if (items.text("cgroup_cpu_max") == "max") return std::numeric_limits<double>::infinity();
  return items.get<double>("cgroup_cpu_max");
}

std::optional<std::vector<std::int64_t>> isolated_of(const Items& items) {
  const auto text = items.text("cpus_isolated");
  if (!text) return std::nullopt;
  return parse_cpu_list(*text == "none" ? "" : *text);
}

HoldPermission hold_permission(const std::string& root) {
  const Descriptor device(::open((root + kCpuDmaLatency).c_str(), O_WRONLY | O_CLOEXEC));
  if (device) return HoldPermission::permitted;
  const bool absent = errno == ENOENT || errno == ENODEV || errno == ENXIO || errno == ENOTDIR;
  return absent ? HoldPermission::absent : HoldPermission::denied;
}

}  // namespace

DoctorFacts read_doctor_facts(std::span<const EnvironmentItem> environment,
                              const std::string& root) {
  const Items items(environment);
  DoctorFacts facts;
  facts.governors = items.words("cpu_governor");
  facts.boost = items.text("cpu_boost");
  facts.frequency_driver = items.text("cpu_frequency_driver");
  facts.idle_states = read_idle_states(MachineFiles(root));
  facts.latency_limit_us = items.number("cpu_latency_limit_us");
  facts.virtual_machine = items.text("virtualisation").value_or("none") != "none";
  facts.hold = hold_permission(root);
  facts.cpus_allowed = parse_cpu_list(items.text("cpus_allowed").value_or(""));
  facts.cpus_isolated = isolated_of(items);
  if (const auto active = items.number("cpu_smt")) facts.smt = *active != 0;
  facts.clock_source = items.text("clocksource");
  facts.clock_sources = items.words("clocksources_available");
  facts.clock_read_ns = items.number("clock_read_ns");
  facts.load = load_of(items);
  facts.cpu_quota = quota_of(items);
  facts.container = items.text("container").value_or("none");
  facts.memory_stalled_per_cent = items.get<double>("memory_stalled_per_cent");
  facts.transparent_hugepages = items.text("transparent_hugepages");
  facts.aslr = items.number("kernel.randomize_va_space");
  facts.qdiscs = items.words("interface_qdiscs");
  facts.congestion_control = items.text("net.ipv4.tcp_congestion_control");
  facts.rmem_default = items.number("net.core.rmem_default");
  facts.rmem_max = items.number("net.core.rmem_max");
  facts.wmem_default = items.number("net.core.wmem_default");
  facts.wmem_max = items.number("net.core.wmem_max");
  facts.accept_queue = items.number("net.core.somaxconn");
  facts.unix_queue = items.number("net.unix.max_dgram_qlen");
  facts.descriptors_soft = items.number("limit_open_files");
  facts.descriptors_hard = items.number("limit_open_files_hard");
  return facts;
}

}  // namespace sockmark
