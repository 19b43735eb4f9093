// A value of an enum that later versions may extend. A name that this version does not know is
// kept as it was read, so that a file can be read, shown and written again unchanged.
//
//   OpenEnum<Limit> limit = Limit::path;    limit == Limit::path    limit.name() == "path"
//
// A value type, any thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/enum_names.h"

namespace sockmark {

template <NamedEnum E>
class OpenEnum {
 public:
  OpenEnum() = default;                                   // no name; equal to no value of E
  OpenEnum(E value) : name_(sockmark::name_of(value)) {}  // NOLINT(google-explicit-constructor)
  explicit OpenEnum(std::string name) : name_(std::move(name)) {}

  // Not printable: a file may hold any text.
  [[nodiscard]] const std::string& name() const { return name_; }
  // Empty for a name that this version does not know.
  [[nodiscard]] std::optional<E> value() const { return value_named<E>(name_); }
  bool operator==(const OpenEnum&) const = default;

 private:
  std::string name_;
};

}  // namespace sockmark
