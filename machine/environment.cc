#include "machine/environment.h"

#include <utility>

#include "base/text.h"
#include "machine/environment_items.h"
#include "machine/machine_files.h"

namespace sockmark {

using environment::Items;
using environment::text_value;

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

std::string_view boot_identity(std::string_view clock_identity) {
  constexpr std::size_t kUuid = 36;
  return clock_identity.substr(0, kUuid);
}

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
  constexpr std::int64_t kCpusMax = 65536;
  std::vector<std::int64_t> cpus_found;
  for (const std::string_view part : split(trimmed(text), ",")) {
    const auto dash = part.find('-');
    const auto first = to_integer(part.substr(0, dash));
    const auto last = dash == part.npos ? first : to_integer(part.substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first || *last >= kCpusMax) return {};
    for (std::int64_t cpu = *first; cpu <= *last; ++cpu) cpus_found.push_back(cpu);
  }
  return cpus_found;
}

std::string text_of_cpus(std::span<const int> cpus) {
  std::string text;
  for (std::size_t first = 0, last = 0; first < cpus.size(); first = last + 1) {
    last = first;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(cpus[first]);
    if (last > first) text += '-' + std::to_string(cpus[last]);
  }
  return text;
}

}  // namespace sockmark
