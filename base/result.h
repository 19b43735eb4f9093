// Result<T>: a value, or one line that says what failed and where.
//
// For set-up, files and input, where the caller can only report or give up. The hot path uses
// enums instead (transports/transport.h), misuse is an assert, and no function of ours throws
// (docs/decisions/0003-result-over-exceptions.md).

#pragma once

#include <cassert>
#include <concepts>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

namespace sockmark {

// One line, no trailing full stop or newline: "connect tcp://127.0.0.1:9: Connection refused".
struct Error {
  std::string message;

  // The same error with where it happened in front of it: "CONTEXT: message".
  [[nodiscard]] Error in(std::string_view context) && {
    message.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }
};

// The system's words for an errno value, after what was being done: "bind /a/b: Permission denied".
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

  T& operator*() & { return value(); }
  const T& operator*() const& { return const_cast<Result*>(this)->value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }

  // Must: the result holds an error.
  [[nodiscard]] const Error& error() const& { return std::get<Error>(state_); }
  [[nodiscard]] Error error() && { return std::move(std::get<Error>(state_)); }

 private:
  T& value() {
    assert(*this);
    return std::get<T>(state_);
  }
  std::variant<T, Error> state_;
};

}  // namespace sockmark
