#include "machine/machine_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/descriptor.h"
#include "base/text.h"

namespace sockmark {

std::optional<std::string> MachineFiles::bytes(const std::string& path) const {
  constexpr std::size_t kBytesMax = 4U << 20;
  const Descriptor file(::open((root_ + path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return std::nullopt;
  std::string text;
  std::array<char, 16384> part;
  while (text.size() < kBytesMax) {
    const ssize_t count = ::read(file.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;  // some files of /sys open, but read as EINVAL
    if (count == 0) break;
    text.append(part.data(), static_cast<std::size_t>(count));
  }
  return text;
}

std::optional<std::string> MachineFiles::read(const std::string& path) const {
  const auto text = bytes(path);
  if (!text) return std::nullopt;
  return std::string(trimmed(*text));
}

bool MachineFiles::exists(const std::string& path) const {
  return ::access((root_ + path).c_str(), F_OK) == 0;
}

std::vector<std::string> MachineFiles::list(const std::string& path) const {
  std::vector<std::string> names;
  std::error_code problem;
  std::filesystem::directory_iterator entry(root_ + path, problem);
  for (; !problem && entry != std::filesystem::directory_iterator(); entry.increment(problem)) {
    names.push_back(entry->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::optional<std::string> MachineFiles::link_name(const std::string& path) const {
  std::error_code problem;
  const auto target = std::filesystem::read_symlink(root_ + path, problem);
  if (problem) return std::nullopt;
  return target.filename().string();
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto start = text.find_first_not_of(separators);
    if (start == text.npos) return parts;
    text.remove_prefix(start);
    const auto length = std::min(text.size(), text.find_first_of(separators));
    parts.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
}

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace sockmark
