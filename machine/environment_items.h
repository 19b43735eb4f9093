// Parts of environment.cc: the items that are read from files, one source file for each group.
//
// Private to machine/. Pure functions of the files; any thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machine/environment.h"
#include "machine/machine_files.h"

namespace sockmark::environment {

using Value = EnvironmentItem::Value;

class Items {
 public:
  void add(EnvironmentItem::Class item_class, std::string name, Value value) {
    items_.push_back({std::move(name), item_class, std::move(value)});
  }
  void hard(std::string name, Value value) {
    add(EnvironmentItem::Class::hard, std::move(name), std::move(value));
  }
  void soft(std::string name, Value value) {
    add(EnvironmentItem::Class::soft, std::move(name), std::move(value));
  }
  void information(std::string name, Value value) {
    add(EnvironmentItem::Class::information, std::move(name), std::move(value));
  }
  [[nodiscard]] std::vector<EnvironmentItem> take() && { return std::move(items_); }

 private:
  std::vector<EnvironmentItem> items_;
};

// `cpuinfo` is the text of /proc/cpuinfo.
void add_kernel(Items& items, const MachineFiles& files);
void add_processor(Items& items, const MachineFiles& files,
                   const std::optional<std::string>& cpuinfo);
// Virtualisation, container and cgroup, the network interface, memory and limits.
void add_surroundings(Items& items, const MachineFiles& files,
                      const std::optional<std::string>& cpuinfo, const std::string& interface);

// --- text -> value. An absent or empty text is an unknown value. --------------------------------

// The parts that split() returns point into the caller's text.
[[nodiscard]] std::string_view view(const std::optional<std::string>& text);
[[nodiscard]] Value text_value(const std::optional<std::string>& text);
// One number, several, or text.
[[nodiscard]] Value number_value(const std::optional<std::string>& text);
[[nodiscard]] Value words_of(const std::optional<std::string>& text, std::string_view separators);
// A machine with two kinds of core has two values of most keys.
[[nodiscard]] Value one_or_list(std::vector<std::string> values);
// The distinct values of one key of /proc/cpuinfo, in the order in which they occur.
[[nodiscard]] std::vector<std::string> distinct(std::string_view cpuinfo, std::string_view key);
// The value of a line such as "VmRSS:   123 kB" of /proc/meminfo and /proc/self/status.
[[nodiscard]] std::optional<std::string> line_of(const std::optional<std::string>& text,
                                                 std::string_view key);

}  // namespace sockmark::environment
