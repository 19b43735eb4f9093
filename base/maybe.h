// Maybe<T>: a value, or the reason why there is none. An undefined quantity is never 0, -1 or NaN.

#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <utility>

namespace sockmark {

// A value, or why there is none. JSON: "x": 5, or "x": null with "x_reason": "samples".
template <class T>
class Maybe {
 public:
  Maybe() = default;
  Maybe(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Maybe(const char* text)                       // NOLINT(google-explicit-constructor)
      requires std::same_as<T, std::string> : value_(text) {}
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
  // Why there is no value; "not_measured" when nobody said.
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
