// A protocol of requests and responses, of which the harness knows two things: a request, and where
// its response ends. docs/other-servers.md describes them; bench/plan/request_file.h reads them.
//
// Values and pure functions; a ResponseScanner belongs to one thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sockmark {

inline constexpr std::size_t kResponseBytesMax = std::size_t{16} << 20;

struct RequestFormat {
  std::string request;  // bytes; not empty

  // Exactly one of the three is set.
  std::size_t bytes = 0;  // the response has this length
  std::string until;      // it ends with these bytes
  struct LengthField {
    std::size_t offset = 0, bytes = 0;  // within the response; 1 to 8 bytes, 0: none
    bool little_endian = false;
    std::size_t add = 0;  // the value and this make the length of the whole response
  };
  LengthField length;

  // With `until`: a header line, such as Content-Length, with the number of bytes that follow.
  std::string length_header;
  std::string begins;  // of a response that is none of an error; empty: any
  std::size_t bytes_max = std::size_t{1} << 20;  // a longer response breaks the stream
};

// What made the bytes of a server something else than responses. The values are in
// ReceiveBatch::error of a stream that broke.
enum class ResponseProblem : int { none = 0, unasked, too_long, no_length, cut_off };
[[nodiscard]] std::string_view text_of(ResponseProblem problem);

// Finds the end of one response after the other.
class ResponseScanner {
 public:
  // Must: `format` outlives the scanner.
  explicit ResponseScanner(const RequestFormat& format);

  // Takes bytes of the response from the front, and returns how many: all, unless the response is
  // complete or there is a problem. Must: neither is.
  std::size_t take(std::span<const std::byte> bytes);
  [[nodiscard]] bool complete() const { return total_ && taken_ == *total_; }
  [[nodiscard]] ResponseProblem problem() const { return problem_; }
  // Whether a response has begun and is not complete.
  [[nodiscard]] bool inside() const { return taken_ > 0 && !complete(); }

  // Of a complete response.
  [[nodiscard]] std::size_t size() const { return taken_; }
  [[nodiscard]] bool is_expected() const { return head().starts_with(format_->begins); }
  // The beginning of the response, at least kShownBytes of it if it is so long.
  [[nodiscard]] std::string_view head() const { return head_; }
  // The next response begins.
  void next();

  static constexpr std::size_t kShownBytes = 48;

 private:
  std::size_t take_until(std::span<const std::byte> bytes);
  std::size_t take_length(std::span<const std::byte> bytes);
  void keep(std::span<const std::byte> bytes);
  void set_total(std::size_t total);

  const RequestFormat* format_;
  std::size_t kept_max_;  // bytes of a response that are kept in head_
  std::string head_;
  std::size_t taken_ = 0;
  std::optional<std::size_t> total_;  // once it is known
  ResponseProblem problem_ = ResponseProblem::none;
};

}  // namespace sockmark
