// Lines for a reader that may be slow, stop reading or go away: an open file, a pipe, a terminal.
//
// Nothing waits for the reader: what it does not take yet is kept, up to a limit, and beyond that
// whole lines are dropped and counted. One thread. Must: SIGPIPE is ignored in this process.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace sockmark::cli {

class LineOutput {
 public:
  // Must: `descriptor` outlives this.
  explicit LineOutput(int descriptor) : descriptor_(descriptor) {}
  // Creates the file if there is none. A FIFO is opened when it has a reader, which may take a few
  // seconds. Errors name the file.
  [[nodiscard]] static Result<LineOutput> open(const std::string& file);

  // Removes what is in the file that was opened, if it is a regular one.
  void empty_file();

  // Must: the line ends with '\n'.
  void add(std::string line);
  // Writes what the reader takes at once.
  void flush();
  // Writes the rest, and gives up a reader that takes nothing for `patience`.
  void finish(Nanoseconds patience);

  // Lines that the reader did not get. Those that are kept are not among them.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  // Why the reader gets nothing more, such as "Broken pipe"; empty while it may.
  [[nodiscard]] const std::string& failure() const { return failure_; }

  static constexpr std::size_t kKeptMax = 1 << 20;  // bytes

 private:
  explicit LineOutput(Descriptor own) : own_(std::move(own)), descriptor_(own_.get()) {}
  [[nodiscard]] bool writable(int timeout_ms) const;
  bool write_some();
  void drop_kept();

  Descriptor own_;  // empty: the descriptor is another's
  int descriptor_;
  std::deque<std::string> kept_;
  std::size_t kept_bytes_ = 0, written_of_first_ = 0;
  std::uint64_t dropped_ = 0;
  std::string failure_;
};

}  // namespace sockmark::cli
