// Reads an untrusted text file line by line in constant memory: for tables that may be larger than
// this machine's memory.
//
// Lines end with \n or \r\n; the last line may lack its end; a leading byte order mark is skipped.
// Blocking; one thread. Errors: one line that begins with "FILE:LINE: ".

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"

namespace sockmark {

class LineInput {
 public:
  // A longer line is an error: no table that is read here has one.
  static constexpr std::size_t kLineBytesMax = 4096;

  // Opens a regular file, or standard input for "-". Rejects a FIFO, because nothing may ever write
  // to it; it can be given as standard input.
  [[nodiscard]] static Result<LineInput> open(const std::string& path);

  // The next line without its end, valid until the next call; false after the last one.
  [[nodiscard]] Result<bool> next(std::string_view& line);

  // Whether the file begins with these bytes. Must: before next().
  [[nodiscard]] Result<bool> begins_with(std::string_view bytes);
  // Whether the first character that is not a space opens a JSON document. Must: before next().
  [[nodiscard]] Result<bool> begins_like_json();
  // The rest of the file. Errors: it is longer than the limit.
  [[nodiscard]] Result<std::string> rest(std::size_t limit_bytes);

  // "FILE:LINE: PROBLEM", where LINE is the one that next() returned last, and "FILE: PROBLEM".
  [[nodiscard]] Error problem_here(std::string_view problem) const;
  [[nodiscard]] Error problem(std::string_view problem) const;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  LineInput(Descriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}
  // Appends the result of one read(2) to the buffer; false at the end of the file.
  [[nodiscard]] Result<bool> fill();
  [[nodiscard]] Result<> skip_byte_order_mark();

  Descriptor file_;
  std::string name_;
  std::string buffer_;  // not yet returned from `at_` on
  std::size_t at_ = 0;
  std::uint64_t line_ = 0;
  bool begun_ = false;
};

}  // namespace sockmark
