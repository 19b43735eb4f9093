// The description of the machine: the items that decide whether two measurements may be compared.
//
// Each item has a class. Where a `hard` item differs, a comparison is refused; a `soft` one causes
// a warning; `information` is for the reader. No volatile item is hard, so two runs on one
// unchanged machine agree. A value that cannot be read is unknown, never guessed. The workload and
// values that a run itself changes (CPU time, steal) are elsewhere in the report.
//
// Reads files of /proc and /sys below a root (another root for tests), and two values that only the
// running kernel has. Takes a few milliseconds. Any thread; no state.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sockmark {

struct EnvironmentItem {
  enum class Class { hard, soft, information };
  // std::monostate: unknown.
  using Value = std::variant<std::monostate, std::string, std::int64_t, double,
                             std::vector<std::string>, std::vector<std::int64_t>>;

  std::string name;
  Class item_class = Class::information;
  Value value;
};

// The build of this binary; all items are soft.
struct BuildFacts {
  std::string version, git, build_type, compiler, flags, libuv;
};
[[nodiscard]] std::vector<EnvironmentItem> build_items(const BuildFacts& build);

// `root` is put before every path; `interface` is the network interface of the messages;
// if it is empty, what it has is unknown.
[[nodiscard]] std::vector<EnvironmentItem> environment_from_files(const std::string& root,
                                                                  const std::string& interface);

// The queueing disciplines of the interface (a netem there changes the results), and the cost of
// reading the clock.
[[nodiscard]] std::vector<EnvironmentItem> environment_from_kernel(const std::string& interface);

// All three, for this machine.
[[nodiscard]] std::vector<EnvironmentItem> read_environment(const BuildFacts& build,
                                                            const std::string& interface = "lo");

// The origin of this process's CLOCK_MONOTONIC: two processes with the same origin read the same
// clock (RFC 7679, section 3.7). It consists of the boot and the offsets of the time namespace.
[[nodiscard]] std::string clock_identity();
// The part of it that processes of one kernel share.
[[nodiscard]] std::string_view boot_identity(std::string_view clock_identity);

// The affinity and scheduling of the calling thread.
struct Placement {
  std::int64_t pid = 0;
  std::vector<int> affinity;  // CPU numbers, ascending
  std::string scheduler;      // "SCHED_OTHER"; the number if it has no name here
  int nice = 0;
};
[[nodiscard]] Placement read_placement();

// The numbers of a list such as "0-3,8", as in the kernel's CPU masks. Empty if the text is not
// such a list, or names a CPU beyond 65535.
[[nodiscard]] std::vector<std::int64_t> parse_cpu_list(std::string_view text);
// "0-3,8" of ascending numbers.
[[nodiscard]] std::string text_of_cpus(std::span<const int> cpus);

}  // namespace sockmark
