// The files of /proc, /sys and /dev in which a machine tells of itself, below a root (another root
// for tests), and what it takes to pick their text apart.
//
// A file that is not there, or may not be read, is nothing and no error. Pure but for the reading;
// any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sockmark {

class MachineFiles {
 public:
  explicit MachineFiles(std::string root) : root_(std::move(root)) {}

  // The whole file as it is. Files here are small; what is larger than the cpuinfo of the largest
  // machines is cut.
  [[nodiscard]] std::optional<std::string> bytes(const std::string& path) const;

  // The same without surrounding white space.
  [[nodiscard]] std::optional<std::string> read(const std::string& path) const;

  [[nodiscard]] bool exists(const std::string& path) const;

  // The names in a directory, sorted.
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const;

  // The last part of what a symbolic link names.
  [[nodiscard]] std::optional<std::string> link_name(const std::string& path) const;

 private:
  std::string root_;
};

[[nodiscard]] std::string_view trimmed(std::string_view text);

// The parts between any of the separators; none is empty. They point into `text`.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text,
                                                  std::string_view separators);

// Nothing unless the whole text is a number.
[[nodiscard]] std::optional<std::int64_t> to_integer(std::string_view text);

}  // namespace sockmark
