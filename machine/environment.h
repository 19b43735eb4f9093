// What the machine says about itself: the items that decide whether two measurements may be
// compared.
//
// Each item has a class: `hard` refuses a comparison where it differs, `soft` warns, `information`
// is for a reader. Nothing volatile is hard, so two runs on one unchanged machine agree. What
// cannot be read is unknown, never guessed. Build identity, workload and what a run itself changes
// (CPU time, steal) are elsewhere in the report.
//
// Reads files of /proc and /sys below a root (another root for tests), and two things that only the
// running kernel tells. Takes a few milliseconds. Any thread; no state.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sockmark {

struct EnvironmentItem {
  enum class Class { hard, soft, information };
  // std::monostate: the machine does not tell.
  using Value = std::variant<std::monostate, std::string, std::int64_t, double,
                             std::vector<std::string>, std::vector<std::int64_t>>;

  std::string name;
  Class item_class = Class::information;
  Value value;
};

// What the build system knows of the binary; all soft.
struct BuildFacts {
  std::string version, git, build_type, compiler, flags, libuv;
};
[[nodiscard]] std::vector<EnvironmentItem> build_items(const BuildFacts& build);

// `root` goes before every path, `interface` is the one that the messages take.
[[nodiscard]] std::vector<EnvironmentItem> environment_from_files(const std::string& root,
                                                                  const std::string& interface);

// The interface's queueing disciplines (a netem there makes other numbers), and what reading the
// clock costs.
[[nodiscard]] std::vector<EnvironmentItem> environment_from_kernel(const std::string& interface);

// All three, for this machine.
[[nodiscard]] std::vector<EnvironmentItem> read_environment(const BuildFacts& build,
                                                            const std::string& interface = "lo");

// What CLOCK_MONOTONIC of this process counts from: two processes that agree read one clock (RFC
// 7679, section 3.7). The boot, and the offsets of the time namespace, which shift it.
[[nodiscard]] std::string clock_identity();

// Where and how the calling thread may run.
struct Placement {
  std::int64_t pid = 0;
  std::vector<int> affinity;  // CPU numbers, ascending
  std::string scheduler;      // "SCHED_OTHER"; the number where it has no name here
  int nice = 0;
};
[[nodiscard]] Placement read_placement();

// "0-3,8" as numbers, the list form of the kernel's CPU masks. Empty where the text is not one, or
// names a CPU beyond 65535.
[[nodiscard]] std::vector<std::int64_t> parse_cpu_list(std::string_view text);

}  // namespace sockmark
