// A log of sockmark serve: one line for each event on standard error, at most kLogLinesPerSecond a
// second, so that a client fills no disk. What is left out is counted. Refusals and sessions have a
// log each, so that an attacker cannot hide a session. Refusals have a form that fail2ban reads
// (docs/serve.md).
//
//   2026-11-29T23:19:05Z serve: 10.0.0.9 port 51234: authentication failed
//
// Threading: one thread. Must: a text contains nothing that a peer chose.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/clock.h"

namespace sockmark {

inline constexpr int kLogLinesPerSecond = 10;

class EventLog {
 public:
  // `what` the lines are about, for their count: "refusals". `write` takes a line without its end.
  EventLog(std::string what, std::function<void(const std::string&)> write)
      : what_(std::move(what)), write_(std::move(write)) {}

  void add(const std::string& text, Instant now);
  // Writes the count of what was left out once its second is over. At next_flush(), or later.
  void flush(Instant now);
  [[nodiscard]] Instant next_flush() const;

 private:
  std::string what_;
  std::function<void(const std::string&)> write_;
  Instant second_{};  // when the current second of the limit began
  int lines_ = 0;     // in it
  std::uint64_t left_out_ = 0;
};

// Writes lines to standard error, each with the time of day in front.
void write_log_line(const std::string& line);

}  // namespace sockmark
