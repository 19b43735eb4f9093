#include "reports/format/html_writer.h"

#include "base/printable.h"

namespace sockmark::report {
namespace {

// Inside a line; every other element begins a line of the source.
bool is_inline(std::string_view tag) {
  return tag == "span" || tag == "strong" || tag == "code" || tag == "bdi" || tag == "abbr";
}

}  // namespace

std::string html_escaped(std::string_view text, std::size_t columns) {
  return with_references(printable(text, columns), "&<>\"'");
}

std::string embedded_json(std::string_view json) {
  std::string result;
  result.reserve(json.size());
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!in_string && blank) continue;
    if (c == '<') {
      result += "\\u003c";
      continue;
    }
    if (c == '"') in_string = !in_string;
    result += c;
    if (in_string && c == '\\' && i + 1 < json.size()) result += json[++i];
  }
  return result;
}

void HtmlWriter::open(std::string_view tag, Attributes attributes) {
  out_.append("<").append(tag);
  for (const auto& [name, value] : attributes) {
    if (value.empty()) continue;
    out_.append(" ").append(name).append("=\"").append(html_escaped(value)).append("\"");
  }
  out_ += '>';
}

void HtmlWriter::close(std::string_view tag) {
  out_.append("</").append(tag).append(is_inline(tag) ? ">" : ">\n");
}

void HtmlWriter::element(std::string_view tag, std::string_view text, Attributes attributes) {
  open(tag, attributes);
  out_ += html_escaped(text);
  close(tag);
}

}  // namespace sockmark::report
