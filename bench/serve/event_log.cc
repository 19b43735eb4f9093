#include "bench/serve/event_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <ctime>

namespace sockmark {

namespace {

constexpr Nanoseconds kSecond = std::chrono::seconds(1);

}  // namespace

void EventLog::add(const std::string& text, Instant now) {
  flush(now);
  if (now - second_ >= kSecond) {
    second_ = now;
    lines_ = 0;
  }
  if (lines_ < kLogLinesPerSecond) {
    ++lines_;
    write_(text);
  } else {
    ++left_out_;
  }
}

void EventLog::flush(Instant now) {
  if (now < next_flush()) return;
  write_(fmt::format("{} more {} within a second", left_out_, what_));
  left_out_ = 0;
}

Instant EventLog::next_flush() const { return left_out_ == 0 ? Instant::max() : second_ + kSecond; }

void write_log_line(const std::string& line) {
  const std::time_t seconds = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  const std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z serve: {}\n", utc.tm_year + 1900,
                  utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, line);
  // A log that cannot be written does not stop the service.
  static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()));
}

}  // namespace sockmark
