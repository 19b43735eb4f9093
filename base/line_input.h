// A file of somebody else's, line by line, in constant memory: for tables that may be larger than
// this machine's memory, and are not to be trusted.
//
// Lines end with \n or \r\n; the last may lack its end; a byte order mark in front is skipped.
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
  // A longer line is an error: the tables that are read here have none, and what has is no table.
  static constexpr std::size_t kLongestLine = 4096;

  // A regular file, or standard input for "-". A FIFO is refused rather than waited for, as nobody
  // may ever write to it; it can be given as standard input.
  [[nodiscard]] static Result<LineInput> open(const std::string& path);

  // The next line without its end, valid until the next call; false behind the last one.
  [[nodiscard]] Result<bool> next(std::string_view& line);

  // Whether the first character that is not a space opens a JSON document. Must: before next().
  [[nodiscard]] Result<bool> begins_like_json();
  // All that was not yet read, up to a limit.
  [[nodiscard]] Result<std::string> rest(std::size_t limit_bytes);

  // "FILE:LINE: PROBLEM", of the line that next() returned last, and "FILE: PROBLEM".
  [[nodiscard]] Error problem_here(std::string_view problem) const;
  [[nodiscard]] Error problem(std::string_view problem) const;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  LineInput(Descriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}
  // Appends what one read gives to the buffer; false at the end of the file.
  [[nodiscard]] Result<bool> fill();
  [[nodiscard]] Result<> skip_byte_order_mark();

  Descriptor file_;
  std::string name_;
  std::string buffer_;  // read, and not yet returned from `at_` on
  std::size_t at_ = 0;
  std::uint64_t line_ = 0;
  bool begun_ = false;
};

}  // namespace sockmark
