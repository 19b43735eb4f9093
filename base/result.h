// Result<T>: a value, or one line that states what failed and where.
//
// For set-up, files and input, where the caller can only report or give up. The hot path uses
// enums instead (transports/transport.h), misuse is an assert, and no function of ours throws
// (docs/decisions/0003-result-over-exceptions.md).

#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace sockmark {

// One line, no trailing full stop or newline: "connect tcp://127.0.0.1:9: Connection refused".
struct Error {
  std::string message;

  // The same error with its context in front: "CONTEXT: message".
  [[nodiscard]] Error in(std::string_view context) && {
    message.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }
};

// The system's text for an errno value, after the action that failed: "bind /a/b: Permission
// denied".
[[nodiscard]] inline Error system_error(std::string_view action, int error_number) {
  return Error{std::string(action) + ": " + std::generic_category().message(error_number)};
}

template <class T = std::monostate>
class [[nodiscard]] Result {
 public:
  Result() requires std::same_as<T, std::monostate>
  = default;
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return std::holds_alternative<T>(state_); }

  // Must, of all of these: the result holds a value.
  [[nodiscard]] const T& value() const& {
    ASSERT(*this);
    return *std::get_if<T>(&state_);
  }
  [[nodiscard]] T& value() & {
    ASSERT(*this);
    return *std::get_if<T>(&state_);
  }
  T value() && {  // TRY discards it if T is std::monostate
    ASSERT(*this);
    return std::move(*std::get_if<T>(&state_));
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  [[nodiscard]] T value_or(T other) && {
    return *this ? std::move(*this).value() : std::move(other);
  }

  // Must: the result holds an error.
  [[nodiscard]] const Error& error() const& {
    ASSERT(!*this);
    return *std::get_if<Error>(&state_);
  }
  [[nodiscard]] Error error() && {
    ASSERT(!*this);
    return std::move(*std::get_if<Error>(&state_));
  }

  // The same result; an error gets CONTEXT in front.
  [[nodiscard]] Result in(std::string_view context) && {
    if (*this) return std::move(*this);
    return std::move(*this).error().in(context);
  }

 private:
  std::variant<T, Error> state_;
};

// The value of a Result. An error returns from the calling function, whose own type is a Result or
// an Error:
//
//   const auto text = TRY(load_text_file(path).in("--suite"));
//
// A statement expression, which g++ and clang have: a macro that declares the variable itself would
// need its name and type inside the parentheses.
#define TRY(...)                                           \
  __extension__({                                          \
    auto try_result = (__VA_ARGS__);                       \
    if (!try_result) return std::move(try_result).error(); \
    std::move(try_result).value();                         \
  })

}  // namespace sockmark
