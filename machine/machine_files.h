// The files of /proc, /sys and /dev that describe a machine, below a root (another root for tests),
// and functions that parse their text.
//
// A file that does not exist, or may not be read, gives no value and is not an error. No state; any
// thread.

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

  // The whole file. Files here are small: one larger than the cpuinfo of the largest machines is
  // cut.
  [[nodiscard]] std::optional<std::string> bytes(const std::string& path) const;

  // The same without surrounding white space.
  [[nodiscard]] std::optional<std::string> read(const std::string& path) const;

  [[nodiscard]] bool exists(const std::string& path) const;

  // The names in a directory, sorted.
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const;

  // The last component of the target of a symbolic link.
  [[nodiscard]] std::optional<std::string> link_name(const std::string& path) const;

 private:
  std::string root_;
};

// The non-empty parts between any of the separators. They point into `text`.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text,
                                                  std::string_view separators);

// Nothing unless the whole text is a number.
[[nodiscard]] std::optional<std::int64_t> to_integer(std::string_view text);

}  // namespace sockmark
