// HTML, written piece by piece: every text that is not markup of our own goes through
// html_escaped() or embedded_json() and no other way. Pure values.

#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sockmark::report {

// The text, escaped for use between tags and in quoted attributes: one line, printable
// (printable.h), cut to `columns`, with & < > " ' as references.
inline constexpr std::size_t kHtmlColumns = 4000;
[[nodiscard]] std::string html_escaped(std::string_view text, std::size_t columns = kHtmlColumns);

// A JSON text for use in a script element: "<" as \u003c, so that neither an end tag nor a
// comment can begin in it, and without the white space between its tokens. Must: valid JSON.
[[nodiscard]] std::string embedded_json(std::string_view json);

class HtmlWriter {
 public:
  using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // <tag name="value">. Values are escaped; one that is empty is left out, but for that of an
  // attribute which has none: {"hidden", "hidden"}.
  void open(std::string_view tag, Attributes attributes = {});
  void close(std::string_view tag);
  void text(std::string_view text, std::size_t columns = kHtmlColumns) {
    out_ += html_escaped(text, columns);
  }
  // An element with a text in it, on a line of its own.
  void element(std::string_view tag, std::string_view text, Attributes attributes = {});
  // Markup that is ours. Must: no part of it is from a report.
  void markup(std::string_view ours) { out_ += ours; }

  [[nodiscard]] std::string take() && { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace sockmark::report
