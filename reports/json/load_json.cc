#include "reports/json/load_json.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/printable.h"

namespace sockmark::report {
namespace {

using nlohmann::json;

// Records how far the parser has read, which its callbacks do not report.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  Cursor operator++(int) { return std::exchange(*this, Cursor(at_ + 1, furthest_)); }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

std::string in_quotes(std::string_view text) { return '"' + printable(text, 40) + '"'; }

// Builds the tree from the parser's events and stops at the first limit. Every event answers
// whether to go on, as nlohmann's SAX interface wants it.
class TreeBuilder {
 public:
  TreeBuilder(json& root, const JsonLimits& limits) : root_(root), limits_(limits) {}

  [[nodiscard]] const std::string& problem() const { return problem_; }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(json::number_integer_t value) { return add(value); }
  bool number_unsigned(json::number_unsigned_t value) { return add(value); }
  bool number_float(json::number_float_t value, const std::string& spelled) {
    if (spelled.size() > limits_.number_chars) {
      return refuse("a number of more than " + std::to_string(limits_.number_chars) +
                    " characters");
    }
    if (!std::isfinite(value)) return refuse("number out of range");
    return add(value);
  }
  bool string(std::string& value) { return fits(value) && add(std::move(value)); }
  bool binary(json::binary_t&) { return refuse("binary value"); }

  bool start_object(std::size_t) { return open(json::object()); }
  bool key(std::string& value) {
    if (!fits(value)) return false;
    const auto [slot, is_new] = open_.back()->get_ref<json::object_t&>().emplace(value, nullptr);
    if (!is_new) return refuse("duplicate key " + in_quotes(value));
    slot_ = &slot->second;
    return true;
  }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(json::array()); }
  bool end_array() { return close(); }

  bool parse_error(std::size_t, const std::string&, const json::exception& exception) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing
    // value - invalid literal; last read: '...'": the place is printed in another form, and the
    // last token may be as long as the file.
    std::string_view text = exception.what();
    if (const auto end = text.find("] "); end != text.npos) text.remove_prefix(end + 2);
    if (text.starts_with("parse error"))
      text.remove_prefix(std::min(text.size(), text.find(": ") + 2));
    return refuse(printable(text.substr(0, text.find("; last read")), 100));
  }

 private:
  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool fits(const std::string& text) {
    if (text.size() <= limits_.string_bytes) return true;
    return refuse("a string of more than " + std::to_string(limits_.string_bytes) + " bytes");
  }

  bool add(json value) { return place(std::move(value)) != nullptr; }

  bool open(json value) {
    if (open_.size() == limits_.depth) {
      return refuse("more than " + std::to_string(limits_.depth) + " levels deep");
    }
    json* placed = place(std::move(value));
    if (placed != nullptr) open_.push_back(placed);
    return placed != nullptr;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  json* place(json value) {
    if (++nodes_ > limits_.nodes) {
      refuse("more than " + std::to_string(limits_.nodes) + " values");
      return nullptr;
    }
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->is_object()) return &(*slot_ = std::move(value));
    return &open_.back()->get_ref<json::array_t&>().emplace_back(std::move(value));
  }

  json& root_;
  const JsonLimits& limits_;
  std::vector<json*> open_;  // a child is never moved while its parent grows: only the last is open
  json* slot_ = nullptr;     // where the value of the key just read goes
  std::size_t nodes_ = 0;
  std::string problem_;
};

Error error_at(std::string_view name, std::string_view text, std::size_t position,
               std::string_view problem) {
  const std::string_view before = text.substr(0, position);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  std::string message;
  if (!name.empty()) message = printable(name) + ": ";
  message += "line " + std::to_string(line) + ", byte " + std::to_string(position) + ": ";
  return Error{message.append(problem)};
}

}  // namespace

Result<JsonDocument> parse_json(std::string_view text, const JsonLimits& limits,
                                std::string_view name) {
  if (text.size() > limits.bytes) {
    return error_at(name, text, limits.bytes,
                    "longer than " + std::to_string(limits.bytes) + " bytes");
  }
  json root;
  TreeBuilder builder(root, limits);
  const char* const end = text.data() + text.size();
  const char* furthest = text.data();
  try {
    if (json::sax_parse(Cursor(text.data(), &furthest), Cursor(end, &furthest), &builder,
                        json::input_format_t::json, true, limits.comments))
      return JsonDocument(std::move(root));
    const auto position = static_cast<std::size_t>(furthest - text.data());
    return error_at(name, text, position, builder.problem());
  } catch (const json::exception& exception) {
    return error_at(name, text, 0, printable(exception.what(), 100));
  } catch (const std::bad_alloc&) {
    return error_at(name, text, 0, "out of memory");
  }
}

Result<std::string> load_text_file(const std::string& path, std::size_t limit_bytes) {
  const std::string shown = printable(path);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!file) return system_error(shown, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error(shown, errno);
  if (!S_ISREG(status.st_mode)) return Error{shown + ": not a regular file"};

  const Error too_long{shown + ": longer than " + std::to_string(limit_bytes) + " bytes"};
  if (std::cmp_greater(status.st_size, limit_bytes)) return too_long;
  // The size is a hint only: files in /proc say 0, and a file may grow while it is read.
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  for (std::size_t length = 0;;) {
    if (length == text.size()) text.resize(std::min(limit_bytes + 1, length + (64U << 10)));
    const ssize_t count = ::read(file.get(), text.data() + length, text.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(shown, errno);
    length += static_cast<std::size_t>(count);
    if (length > limit_bytes) return too_long;
    if (count == 0) {
      text.resize(length);
      return text;
    }
  }
}

Result<JsonDocument> load_json_file(const std::string& path, const JsonLimits& limits) {
  Result<std::string> text = load_text_file(path, limits.bytes);
  if (!text) return std::move(text).error();
  return parse_json(*text, limits, path);
}

bool is_comparison(JsonValue document) {
  const auto schema = document.find("$schema");
  return schema && schema->is_string() && schema->string().ends_with(kComparisonSchema);
}

}  // namespace sockmark::report
