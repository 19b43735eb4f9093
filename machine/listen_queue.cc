#include "machine/listen_queue.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace sockmark {
namespace {

// Two lines have the prefix: the names, and their values in the same order.
std::optional<std::uint64_t> counter(const std::vector<std::string_view>& names,
                                     const std::vector<std::string_view>& values,
                                     std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end() || names.size() != values.size()) return std::nullopt;
  const auto value = to_integer(values[static_cast<std::size_t>(found - names.begin())]);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

}  // namespace

std::optional<ListenCounters> read_listen_counters(const MachineFiles& files) {
  const auto text = files.read("/proc/self/net/netstat");
  if (!text) return std::nullopt;
  std::vector<std::vector<std::string_view>> rows;
  for (const std::string_view line : split(*text, "\n")) {
    if (line.starts_with("TcpExt:")) rows.push_back(split(line, " "));
  }
  if (rows.size() != 2) return std::nullopt;
  const auto overflows = counter(rows[0], rows[1], "ListenOverflows");
  const auto drops = counter(rows[0], rows[1], "ListenDrops");
  if (!overflows || !drops) return std::nullopt;
  return ListenCounters{.overflows = *overflows, .drops = *drops};
}

}  // namespace sockmark
