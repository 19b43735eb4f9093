#include "bench/cli/wall_clock.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>

namespace sockmark::cli {

namespace {

std::chrono::sys_time<std::chrono::milliseconds> time_of(Instant instant) {
  return std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::system_clock::now() +
      std::chrono::duration_cast<std::chrono::system_clock::duration>(instant - now()));
}

std::string formatted(Instant instant, std::tm (*calendar)(std::time_t), const char* format) {
  const auto time = time_of(instant);
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format(fmt::runtime(format), calendar(std::chrono::system_clock::to_time_t(whole)),
                     (time - whole).count());
}

}  // namespace

std::string local_time_of(Instant instant) {
  return formatted(instant, fmt::localtime, "{:%H:%M:%S}.{:03}");
}

std::string utc_of(Instant instant) {
  return formatted(instant, fmt::gmtime, "{:%Y-%m-%dT%H:%M:%S}.{:03}Z");
}

}  // namespace sockmark::cli
