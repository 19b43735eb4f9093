#include "machine/cpu_times.h"

#include <unistd.h>

#include <string_view>

#include "machine/machine_files.h"

namespace sockmark {

std::optional<CpuTimes> read_cpu_times(const std::string& root) {
  // "cpu  user nice system idle iowait irq softirq steal guest guest_nice": guests' time is in the
  // users' already.
  constexpr std::size_t kIdle = 4, kIoWait = 5, kSteal = 8, kColumns = 9;
  const auto text = MachineFiles(root).read("/proc/stat");
  if (!text) return std::nullopt;
  const auto words = split(std::string_view(*text).substr(0, text->find('\n')), " ");
  if (words.size() < kColumns || words[0] != "cpu") return std::nullopt;
  CpuTimes times;
  for (std::size_t i = 1; i < kColumns; ++i) {
    const auto ticks = to_integer(words[i]);
    if (!ticks) return std::nullopt;
    times.all += *ticks;
    if (i == kIdle || i == kIoWait) times.idle += *ticks;
    if (i == kSteal) times.stolen = *ticks;
  }
  return times;
}

std::int64_t ns_of_ticks(std::int64_t ticks) {
  return ticks * (1'000'000'000 / ::sysconf(_SC_CLK_TCK));
}

std::optional<double> steal_ratio(const std::optional<CpuTimes>& before,
                                  const std::optional<CpuTimes>& after) {
  // The threshold is one tick in a hundred.
  constexpr std::int64_t kMinTicks = 100;
  if (!before || !after || after->all - before->all < kMinTicks) return std::nullopt;
  return static_cast<double>(after->stolen - before->stolen) /
         static_cast<double>(after->all - before->all);
}

}  // namespace sockmark
