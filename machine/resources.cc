#include "machine/resources.h"

#include <sys/resource.h>

#include <algorithm>

#include "machine/machine_files.h"

namespace sockmark {

namespace {

std::int64_t to_ns(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1'000;
}

}  // namespace

Usage& Usage::operator+=(const Usage& other) {
  user_ns += other.user_ns;
  system_ns += other.system_ns;
  voluntary_switches += other.voluntary_switches;
  involuntary_switches += other.involuntary_switches;
  return *this;
}

Usage Usage::operator-(const Usage& earlier) const {
  return {.user_ns = user_ns - earlier.user_ns,
          .system_ns = system_ns - earlier.system_ns,
          .voluntary_switches = voluntary_switches - earlier.voluntary_switches,
          .involuntary_switches = involuntary_switches - earlier.involuntary_switches};
}

Usage thread_usage() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return {.user_ns = to_ns(usage.ru_utime),
          .system_ns = to_ns(usage.ru_stime),
          .voluntary_switches = static_cast<std::uint64_t>(usage.ru_nvcsw),
          .involuntary_switches = static_cast<std::uint64_t>(usage.ru_nivcsw)};
}

std::uint64_t peak_resident_bytes() {
  const auto status = MachineFiles("").bytes("/proc/self/status").value_or("");
  const auto words = split(status, " \t\n");
  const auto label = std::ranges::find(words, "VmHWM:");
  if (words.end() - label > 1) {
    if (const auto kib = to_integer(label[1])) return static_cast<std::uint64_t>(*kib) * 1024;
  }
  // The fallback if there is no such file. Not used first: after fork and exec it includes the peak
  // of the parent.
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

void UsageBetween::mark(Instant now) {
  const Usage current = thread_usage();
  if (!open_) {
    at_first_ = current;
    open_ = true;
    next_ = last_;
    if (now < last_) return;
  }
  used_ = current - at_first_;
  next_ = Instant::max();
}

void UsageBetween::close() {
  if (open_ && next_ != Instant::max()) mark(last_);
}

}  // namespace sockmark
