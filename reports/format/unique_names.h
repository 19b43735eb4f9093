// Names made unique by a number: "udp", then "udp #2".

#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace sockmark::report {

class UniqueNames {
 public:
  enum class Letters { as_written, ignore_case };

  explicit UniqueNames(std::string separator = " #", Letters letters = Letters::as_written)
      : separator_(std::move(separator)), letters_(letters) {}

  // The name, with the next free number if it is taken.
  [[nodiscard]] std::string unique(const std::string& name) {
    std::string result = name;
    for (int& number = last_[key(name)]; !taken_.insert(key(result)).second;) {
      number = std::max(number + 1, 2);
      result = fmt::format("{}{}{}", name, separator_, number);
    }
    return result;
  }

 private:
  [[nodiscard]] std::string key(std::string name) const {
    if (letters_ == Letters::ignore_case) {
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return name;
  }

  std::string separator_;
  Letters letters_;
  std::set<std::string> taken_;
  std::map<std::string, int> last_;
};

}  // namespace sockmark::report
