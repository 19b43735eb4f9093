#include "reports/json/json_writer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/assert.h"
#include "reports/json/load_json.h"

namespace sockmark::report {

void JsonWriter::begin(char bracket, Layout layout) {
  if (!after_key_) next();
  after_key_ = false;
  out_ += bracket;
  open_.push_back({layout});
}

void JsonWriter::end(char bracket) {
  ASSERT(!open_.empty() && !after_key_);
  const Level level = open_.back();
  open_.pop_back();
  if (!level.empty && level.layout == Layout::indented)
    out_.append("\n").append(2 * open_.size(), ' ');
  out_ += bracket;
}

void JsonWriter::next() {
  if (open_.empty()) return;
  Level& level = open_.back();
  if (!level.empty) out_ += ',';
  if (level.layout == Layout::indented) {
    out_.append("\n").append(2 * open_.size(), ' ');
  } else if (!level.empty && layout_ == Layout::indented) {
    out_ += ' ';
  }
  level.empty = false;
}

void JsonWriter::literal(std::string_view token) {
  if (!after_key_) next();
  after_key_ = false;
  out_ += token;
}

void JsonWriter::key(std::string_view name) {
  ASSERT(!open_.empty() && !after_key_);
  string(name);
  out_ += layout_ == Layout::indented ? ": " : ":";
  after_key_ = true;
}

void JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  // Negative zero would come back as the integer 0.
  literal(fmt::format("{}", value == 0 ? 0.0 : value));
}

void JsonWriter::string(std::string_view value) {
  literal(nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void JsonWriter::text(std::string_view value) {
  const auto document = parse_json(value);
  if (!document) return string(value);
  literal(document->root().text());
}

}  // namespace sockmark::report
