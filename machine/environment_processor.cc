// What files say about the processor.

#include <set>
#include <utility>

#include "base/text.h"
#include "machine/environment_items.h"
#include "machine/idle_states.h"

namespace sockmark::environment {
namespace {

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

}  // namespace

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

}  // namespace sockmark::environment
