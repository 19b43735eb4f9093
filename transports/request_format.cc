#include "transports/request_format.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace sockmark {
namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The number of a header line "Name: 123" (RFC 9112, section 5).
std::optional<std::size_t> number_of_header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find('\n'); at != head.npos; at = head.find('\n', at + 1)) {
    std::string_view line = head.substr(at + 1, head.find('\n', at + 1) - at - 1);
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        !same_letters(line.substr(0, name.size()), name))
      continue;
    line.remove_prefix(std::min(line.find_first_not_of(" \t", name.size() + 1), line.size()));
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc() || number > kResponseBytesMax) return std::nullopt;
    return number;
  }
  return std::nullopt;
}

}  // namespace

std::string_view text_of(ResponseProblem problem) {
  switch (problem) {
    case ResponseProblem::unasked:
      return "the server sent bytes that no request asked for: the responses are not as the "
             "request file describes them";
    case ResponseProblem::too_long:
      return "a response is longer than \"max_bytes\" of the request file";
    case ResponseProblem::no_length:
      return "a response has no valid \"length_header\"";
    case ResponseProblem::cut_off:
      return "the server closed the connection within a response";
    case ResponseProblem::none:
      break;
  }
  return "the byte stream broke";
}

ResponseScanner::ResponseScanner(const RequestFormat& format)
    : format_(&format),
      kept_max_(std::max(
          {kShownBytes, format.begins.size(), format.length.offset + format.length.bytes})) {
  next();
}

void ResponseScanner::next() {
  head_.clear();
  taken_ = 0;
  total_.reset();
  if (format_->bytes > 0) total_ = format_->bytes;
}

void ResponseScanner::keep(std::span<const std::byte> bytes) {
  taken_ += bytes.size();
  // Where a delimiter is searched for, it may be split between two reads, and a header is read.
  const bool all = !total_ && !format_->until.empty();
  const std::size_t room = all ? bytes.size() : kept_max_ - std::min(kept_max_, head_.size());
  head_.append(text_of(bytes.first(std::min(room, bytes.size()))));
  if (taken_ > format_->bytes_max) problem_ = ResponseProblem::too_long;
}

void ResponseScanner::set_total(std::size_t total) {
  if (total > format_->bytes_max) {
    problem_ = ResponseProblem::too_long;
  } else {
    total_ = std::max(total, taken_);
  }
}

std::size_t ResponseScanner::take(std::span<const std::byte> bytes) {
  if (!total_) return format_->until.empty() ? take_length(bytes) : take_until(bytes);
  const auto some = bytes.first(std::min(bytes.size(), *total_ - taken_));
  keep(some);
  return some.size();
}

std::size_t ResponseScanner::take_until(std::span<const std::byte> bytes) {
  const std::string& delimiter = format_->until;
  // It may have begun in what was read before.
  const std::size_t before = std::min(head_.size(), delimiter.size() - 1);
  std::size_t end = std::string::npos;
  if (before > 0) {
    std::string joint = head_.substr(head_.size() - before);
    joint += text_of(bytes.first(std::min(bytes.size(), delimiter.size() - 1)));
    const std::size_t found = joint.find(delimiter);
    if (found != joint.npos) end = found + delimiter.size() - before;
  }
  if (end == std::string::npos) {
    const std::size_t found = text_of(bytes).find(delimiter);
    if (found != std::string::npos) end = found + delimiter.size();
  }
  const auto some = bytes.first(std::min(end, bytes.size()));
  keep(some);
  if (end == std::string::npos || problem_ != ResponseProblem::none) return some.size();
  if (format_->length_header.empty()) {
    total_ = taken_;
    return some.size();
  }
  const auto number = number_of_header(head_, format_->length_header);
  if (!number) {
    problem_ = ResponseProblem::no_length;
  } else {
    set_total(taken_ + *number);
  }
  return some.size();
}

std::size_t ResponseScanner::take_length(std::span<const std::byte> bytes) {
  const RequestFormat::LengthField& field = format_->length;
  const std::size_t needed = field.offset + field.bytes;
  const auto some = bytes.first(std::min(bytes.size(), needed - taken_));
  keep(some);
  if (taken_ < needed) return some.size();
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < field.bytes; ++i) {
    const std::size_t at = field.little_endian ? field.bytes - 1 - i : i;
    value = value << 8 | static_cast<unsigned char>(head_[field.offset + at]);
  }
  // A sum that would overflow is too long as well.
  set_total(static_cast<std::size_t>(std::min<std::uint64_t>(value, kResponseBytesMax + 1)) +
            field.add);
  return some.size();
}

}  // namespace sockmark
