// Writes JSON text: single values, and whole structs through fields().
//
// The text is valid JSON (RFC 8259) for any input: a double that is not finite becomes null with
// the sibling reason "not_finite", bytes that are not UTF-8 become U+FFFD. There is no tree,
// because report.json keeps the order of fields().
//
// Errors: none; misuse (a key outside an object) fails an ASSERT. One thread at a time.

#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/assert.h"
#include "reports/json/visit.h"

namespace sockmark::report {

class JsonWriter {
 public:
  enum class Layout {
    one_line,
    indented
  };  // indented: two spaces; lists of scalars stay on a line
  explicit JsonWriter(Layout layout) : layout_(layout) {}

  void begin_object() { begin('{', layout_); }
  void end_object() { end('}'); }
  void begin_list(Layout layout) { begin('[', layout_ == Layout::one_line ? layout_ : layout); }
  void end_list() { end(']'); }
  void key(std::string_view name);

  void null() { literal("null"); }
  void boolean(bool value) { literal(value ? "true" : "false"); }
  void integer(std::int64_t value) { literal(std::to_string(value)); }
  void whole(std::uint64_t value) { literal(std::to_string(value)); }
  void number(double value);  // shortest text that reads back the same; null unless finite
  void string(std::string_view value);
  // Embeds a JSON text as a value; a text that is not JSON becomes a string.
  void text(std::string_view json);

  // Must: every object and list is ended.
  [[nodiscard]] std::string take() && {
    ASSERT(open_.empty());
    return std::move(out_);
  }

 private:
  struct Level {
    Layout layout;
    bool empty = true;
  };
  void begin(char bracket, Layout layout);
  void end(char bracket);
  void literal(std::string_view token);
  void next();  // the comma and the line break in front of a key or a list element

  Layout layout_;
  std::string out_;
  std::vector<Level> open_;
  bool after_key_ = false;
};

template <class T>
inline constexpr bool kIsMaybe = false;
template <class T>
inline constexpr bool kIsMaybe<Maybe<T>> = true;
template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<std::vector<T>> = true;
template <class T, std::size_t N>
inline constexpr bool kIsList<std::array<T, N>> = true;
template <class T>
inline constexpr bool kIsMap = false;
template <class K, class V>
inline constexpr bool kIsMap<std::map<K, V>> = true;
template <class T>
inline constexpr bool kIsOpenEnum = false;
template <class E>
inline constexpr bool kIsOpenEnum<OpenEnum<E>> = true;
template <class T>
inline constexpr bool kIsVariant = false;
template <class... T>
inline constexpr bool kIsVariant<std::variant<T...>> = true;
template <class T>
inline constexpr bool kIsJsonTexts = false;
template <class M>
inline constexpr bool kIsJsonTexts<JsonTexts<M>> = true;
template <class T>
inline constexpr bool kIsWholeText = false;
template <class W>
inline constexpr bool kIsWholeText<WholeText<W>> = true;

[[nodiscard]] inline bool is_finite(double value) { return std::isfinite(value); }
[[nodiscard]] inline bool is_finite(const std::array<double, 2>& values) {
  return std::isfinite(values[0]) && std::isfinite(values[1]);
}
[[nodiscard]] inline bool is_finite(const std::map<std::string, double>& values) {
  for (const auto& [name, value] : values) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}
[[nodiscard]] bool is_finite(const auto&) { return true; }

template <class T>
void write_json(JsonWriter& out, const T& value);

// The visitor of fields() that writes an object's members.
class FieldWriter {
 public:
  explicit FieldWriter(JsonWriter& out) : out_(out) {}

  void operator()(std::string_view name, const auto& list, AddedLater) { (*this)(name, list); }

  template <class T>
  void operator()(std::string_view name, const T& value, Range = {}) {
    if constexpr (kIsMaybe<T>) {
      if (value) {
        (*this)(name, *value);
      } else {
        absent(name, value.reason());
      }
    } else if (is_finite(value)) {
      out_.key(name);
      write_json(out_, value);
    } else {
      absent(name, kNotFinite);
    }
  }

  template <class T>
  void constant(std::string_view name, const T& value) {
    out_.key(name);
    if constexpr (std::convertible_to<T, std::string_view>) {
      out_.string(value);
    } else {
      write_json(out_, value);
    }
  }

 private:
  void absent(std::string_view name, std::string_view reason) {
    out_.key(name);
    out_.null();
    out_.key(std::string(name) + "_reason");
    out_.string(reason);
  }

  JsonWriter& out_;
};

template <class T>
void write_json(JsonWriter& out, const T& value) {
  if constexpr (std::same_as<T, bool>) {
    out.boolean(value);
  } else if constexpr (std::signed_integral<T>) {
    out.integer(value);
  } else if constexpr (std::unsigned_integral<T>) {
    out.whole(value);
  } else if constexpr (std::floating_point<T>) {
    out.number(value);
  } else if constexpr (std::same_as<T, std::string>) {
    out.string(value);
  } else if constexpr (NamedEnum<T>) {
    out.string(sockmark::name_of(value));
  } else if constexpr (kIsOpenEnum<T>) {
    out.string(value.name());
  } else if constexpr (kIsList<T>) {
    using Layout = JsonWriter::Layout;
    out.begin_list(std::is_arithmetic_v<typename T::value_type> ? Layout::one_line
                                                                : Layout::indented);
    for (const auto& element : value) write_json(out, element);
    out.end_list();
  } else if constexpr (kIsMap<T>) {
    out.begin_object();
    for (const auto& [name, element] : value) {
      if constexpr (std::integral<typename T::key_type>) {
        out.key(std::to_string(name));
      } else {
        out.key(name);
      }
      write_json(out, element);
    }
    out.end_object();
  } else if constexpr (kIsWholeText<T>) {
    out.string(std::to_string(value.whole));
  } else if constexpr (kIsVariant<T>) {
    std::visit([&out](const auto& content) { write_json(out, content); }, value);
  } else if constexpr (kIsJsonTexts<T>) {
    out.begin_object();
    for (const auto& [name, text] : value.texts) {
      out.key(name);
      out.text(text);
    }
    out.end_object();
  } else {
    out.begin_object();
    FieldWriter visit(out);
    fields(visit, value);
    out.end_object();
  }
}

}  // namespace sockmark::report
