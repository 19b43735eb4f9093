// A parsed JSON document and views of the values in it, without the parser's header.
//
// A JsonDocument owns a tree; load_json.h makes it from text. A JsonValue is a view of one value,
// as cheap to copy as a pointer, valid as long as the document. Each function says which kind of
// value it takes; another kind is misuse. Immutable but for make_list(), any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sockmark::report {

class JsonValue {
 public:
  explicit JsonValue(const nlohmann::json& value) : value_(&value) {}

  [[nodiscard]] bool is_null() const;
  [[nodiscard]] bool is_boolean() const;
  [[nodiscard]] bool is_number() const;
  [[nodiscard]] bool is_string() const;
  [[nodiscard]] bool is_list() const;
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] std::string_view kind()
      const;  // "null", "boolean", "number", "string", "array", ...

  [[nodiscard]] bool boolean() const;                         // of a boolean
  [[nodiscard]] double number() const;                        // of a number
  [[nodiscard]] std::optional<std::int64_t> integer() const;  // of any value, if it is one and fits
  [[nodiscard]] std::optional<std::uint64_t> whole() const;   // the same, not negative
  [[nodiscard]] const std::string& string() const;            // of a string

  // Elements of a list, or members of an object.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] JsonValue operator[](std::size_t index) const;              // of a list
  [[nodiscard]] std::optional<JsonValue> find(std::string_view key) const;  // of any; empty if none
  struct Member;
  [[nodiscard]] std::vector<Member> members() const;  // of an object, in the order of the keys

  // The value as JSON text on one line, keys in order; bytes that are no UTF-8 as U+FFFD.
  [[nodiscard]] std::string text() const;

 private:
  const nlohmann::json* value_;
};

struct JsonValue::Member {
  const std::string& key;
  JsonValue value;
};

class JsonDocument {
 public:
  explicit JsonDocument(nlohmann::json tree);
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  [[nodiscard]] const nlohmann::json& tree() const { return *tree_; }
  [[nodiscard]] JsonValue root() const { return JsonValue(*tree_); }

  // Puts the number at these keys into a list of one. False if there is no number.
  bool make_list(std::initializer_list<std::string_view> keys);

 private:
  std::unique_ptr<nlohmann::json> tree_;
};

}  // namespace sockmark::report
