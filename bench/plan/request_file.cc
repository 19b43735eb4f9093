#include "bench/plan/request_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "base/printable.h"
#include "reports/json/json_writer.h"
#include "reports/json/load_json.h"

namespace sockmark {

namespace {

using report::JsonValue;

constexpr std::size_t kNameMax = 40, kRequestMax = 16U << 10, kDelimiterMax = 256;
constexpr std::size_t kOffsetMax = 4096, kLengthBytesMax = 8;
constexpr report::JsonLimits kLimits{
    .bytes = 1U << 18, .depth = 4, .nodes = 100, .string_bytes = 1U << 16, .comments = true};

Error problem_at(std::string_view place, std::string_view problem) {
  return Error{fmt::format("{}: {}", place, problem)};
}

Result<> check_keys(JsonValue object, const std::string& place,
                    std::span<const std::string_view> known) {
  if (!object.is_object())
    return Error{fmt::format("{}expected an object, found {}", place.empty() ? "" : place + ": ",
                             object.kind())};
  for (const auto& [key, value] : object.members()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    Error error = unknown_word("key", report::printable(key), known);
    return place.empty() ? error : std::move(error).in(place);
  }
  return {};
}

// "50494e47", of one byte or more.
std::optional<std::string> bytes_of_hex(std::string_view text) {
  std::string bytes;
  const auto digit = [](char c) -> int {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto found = kDigits.find(lower);
    return found == kDigits.npos ? -1 : static_cast<int>(found);
  };
  if (text.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

// Of "NAME", as text, or of "NAME_hex". Empty if the object has neither.
Result<std::string> read_bytes(JsonValue object, const std::string& name, const std::string& place,
                               std::size_t max) {
  const auto text = object.find(name), hex = object.find(name + "_hex");
  if (text && hex) return problem_at(place + name, fmt::format("excludes \"{}_hex\"", name));
  if (!text && !hex) return std::string();
  const std::string where = place + name + (hex ? "_hex" : "");
  const JsonValue value = text ? *text : *hex;
  if (!value.is_string())
    return problem_at(where, fmt::format("expected a string, found {}", value.kind()));
  const auto bytes = hex ? bytes_of_hex(value.string()) : value.string();
  if (!bytes) return problem_at(where, "expected pairs of hexadecimal digits, such as \"0d0a\"");
  if (bytes->empty() || bytes->size() > max)
    return problem_at(where, fmt::format("expected 1 to {} bytes, found {}", max, bytes->size()));
  return *bytes;
}

Result<std::size_t> read_number(JsonValue object, const std::string& name, const std::string& place,
                                std::size_t min, std::size_t max, std::size_t absent) {
  const auto value = object.find(name);
  if (!value) return absent;
  const auto number = value->whole();
  if (number && *number >= min && *number <= max) return static_cast<std::size_t>(*number);
  return problem_at(place + name, fmt::format("expected a number from {} to {}", min, max));
}

Result<> read_length(JsonValue object, RequestFormat& format) {
  constexpr std::array<std::string_view, 4> kKeys = {"offset", "bytes", "byte_order", "add"};
  const std::string place = "response.length.";
  TRY(check_keys(object, "response.length", kKeys));
  auto& length = format.length;
  length.offset = TRY(read_number(object, "offset", place, 0, kOffsetMax, 0));
  length.bytes = TRY(read_number(object, "bytes", place, 1, kLengthBytesMax, 0));
  if (length.bytes == 0) return problem_at("response.length", "\"bytes\" is missing");
  length.add =
      TRY(read_number(object, "add", place, 0, kResponseBytesMax, length.offset + length.bytes));
  if (const auto order = object.find("byte_order")) {
    if (!order->is_string() || (order->string() != "big" && order->string() != "little"))
      return problem_at(place + "byte_order", "expected \"big\" or \"little\"");
    length.little_endian = order->string() == "little";
  }
  return {};
}

Result<> read_response(JsonValue object, RequestFormat& format) {
  constexpr std::array<std::string_view, 8> kKeys = {"bytes",      "until",         "until_hex",
                                                     "length",     "length_header", "begins",
                                                     "begins_hex", "max_bytes"};
  const std::string place = "response.";
  TRY(check_keys(object, "response", kKeys));
  format.bytes = TRY(read_number(object, "bytes", place, 1, kResponseBytesMax, 0));
  format.until = TRY(read_bytes(object, "until", place, kDelimiterMax));
  if (const auto length = object.find("length")) TRY(read_length(*length, format));
  const int ends = (format.bytes > 0 ? 1 : 0) + (format.until.empty() ? 0 : 1) +
                   (format.length.bytes > 0 ? 1 : 0);
  if (ends != 1)
    return problem_at("response",
                      "expected one of \"bytes\", \"until\" and \"length\": where it ends");
  format.length_header = TRY(read_bytes(object, "length_header", place, kDelimiterMax));
  if (!format.length_header.empty() && format.until.empty())
    return problem_at("response.length_header", "requires \"until\", the end of the header");
  format.begins = TRY(read_bytes(object, "begins", place, kDelimiterMax));
  format.bytes_max =
      TRY(read_number(object, "max_bytes", place, 1, kResponseBytesMax, format.bytes_max));
  if (format.bytes > format.bytes_max) format.bytes_max = format.bytes;
  return {};
}

Result<RequestFormat> read_request(JsonValue root) {
  constexpr std::array<std::string_view, 4> kKeys = {"$schema", "request", "request_hex",
                                                     "response"};
  TRY(check_keys(root, "", kKeys));
  RequestFormat format;
  format.request = TRY(read_bytes(root, "request", "", kRequestMax));
  if (format.request.empty()) return Error{"\"request\" is missing: the bytes to send"};
  const auto response = root.find("response");
  if (!response) return Error{"\"response\" is missing: where the response ends"};
  TRY(read_response(*response, format));
  return format;
}

bool is_plain(std::string_view bytes) {
  return std::ranges::all_of(
      bytes, [](char c) { return (c >= ' ' && c <= '~') || c == '\r' || c == '\n' || c == '\t'; });
}

void write_bytes(report::JsonWriter& writer, std::string_view name, std::string_view bytes) {
  if (bytes.empty()) return;
  if (is_plain(bytes)) {
    writer.key(name);
    writer.string(bytes);
    return;
  }
  std::string hex;
  for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  writer.key(std::string(name) + "_hex");
  writer.string(hex);
}

void write_number(report::JsonWriter& writer, std::string_view name, std::size_t value) {
  writer.key(name);
  writer.whole(value);
}

// The name is part of the ids of cases.
Result<std::string> name_of_file(const std::string& path) {
  const std::string name = std::filesystem::path(path).stem().string();
  const bool plain =
      !name.empty() && name.size() <= kNameMax && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
      });
  if (plain && name != "sockmark" && name != "echo") return name;
  return Error{fmt::format(
      "{}: the name of a request file appears in reports: 1 to {} letters, digits and \"-_.\", and "
      "neither sockmark nor echo; rename it",
      report::printable(path), kNameMax)};
}

ResponderChoice of_request(std::string name, std::string file, RequestFormat format) {
  return {.kind = ResponderChoice::Kind::request,
          .name = std::move(name),
          .file = std::move(file),
          .request = std::make_shared<const RequestFormat>(std::move(format))};
}

}  // namespace

Result<ResponderChoice> read_responder(const std::string& text) {
  if (text == "sockmark") return ResponderChoice{};
  if (text == "echo") return ResponderChoice{.kind = ResponderChoice::Kind::echo, .name = text};
  if (text.find_first_of("./") == text.npos) {
    constexpr std::array<std::string_view, 2> kWords = {"sockmark", "echo"};
    Error error = unknown_word("responder", text, kWords);
    if (!error.message.ends_with('?'))
      error.message += "; a request file is named with '.' or '/', as in ./ping.json";
    return error;
  }
  auto name = TRY(name_of_file(text));
  const auto content = TRY(report::load_text_file(text, kLimits.bytes));
  auto format = TRY(parse_request(content, text));
  return of_request(std::move(name), text, std::move(format));
}

Result<RequestFormat> parse_request(std::string_view text, std::string_view origin) {
  const auto root = TRY(report::parse_json(text, kLimits, origin));
  auto format = read_request(root.root());
  if (!format) return std::move(format).error().in(report::printable(origin));
  return format;
}

std::string text_of(const RequestFormat& format) {
  report::JsonWriter writer(report::JsonWriter::Layout::one_line);
  writer.begin_object();
  write_bytes(writer, "request", format.request);
  writer.key("response");
  writer.begin_object();
  if (format.bytes > 0) write_number(writer, "bytes", format.bytes);
  write_bytes(writer, "until", format.until);
  if (format.length.bytes > 0) {
    writer.key("length");
    writer.begin_object();
    write_number(writer, "offset", format.length.offset);
    write_number(writer, "bytes", format.length.bytes);
    writer.key("byte_order");
    writer.string(format.length.little_endian ? "little" : "big");
    write_number(writer, "add", format.length.add);
    writer.end_object();
  }
  write_bytes(writer, "length_header", format.length_header);
  write_bytes(writer, "begins", format.begins);
  write_number(writer, "max_bytes", format.bytes_max);
  writer.end_object();
  writer.end_object();
  return std::move(writer).take();
}

Result<ResponderChoice> responder_of(const std::string& name, const std::string* request) {
  if (request == nullptr) {
    if (name == "sockmark" || name == "echo") return read_responder(name);
    return Error{fmt::format("\"{}\" without a request", report::printable(name, 40))};
  }
  auto format = TRY(parse_request(*request, "request"));
  return of_request(name, "", std::move(format));
}

}  // namespace sockmark
