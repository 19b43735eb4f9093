// Maybe<T>: a value, or the reason why there is none. An undefined quantity is never 0, -1 or NaN.

#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace sockmark {

// JSON: "x": 5, or "x": null with "x_reason": "samples".
template <class T>
class Maybe {
 public:
  Maybe() = default;
  Maybe(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  // What a T is made of without a loss: a text of a string, a value of an OpenEnum.
  template <class From>
  requires std::convertible_to<From, T> &&
      (!std::is_arithmetic_v<std::decay_t<From>> && !std::same_as<std::decay_t<From>, T> &&
       !std::same_as<std::decay_t<From>, Maybe>)
          Maybe(From&& from)  // NOLINT(google-explicit-constructor)
      : value_(std::forward<From>(from)) {}
  [[nodiscard]] static Maybe none(std::string reason) {
    Maybe result;
    result.reason_ = std::move(reason);
    return result;
  }

  explicit operator bool() const { return value_.has_value(); }
  const T& operator*() const { return *value_; }
  const T* operator->() const { return &*value_; }
  T& operator*() { return *value_; }
  T* operator->() { return &*value_; }
  // Why there is no value; "not_measured" by default.
  [[nodiscard]] const std::string& reason() const { return reason_; }
  bool operator==(const Maybe&) const = default;

 private:
  std::optional<T> value_;
  std::string reason_ = "not_measured";
};

template <class T>
[[nodiscard]] Maybe<T> maybe(const std::optional<T>& value, const char* reason) {
  return value ? Maybe<T>(*value) : Maybe<T>::none(reason);
}

// Reasons that any quantity may have.
inline constexpr const char* kNotFinite = "not_finite";      // NaN or infinity: a defect
inline constexpr const char* kNotRecorded = "not_recorded";  // the file read has no such field

}  // namespace sockmark
