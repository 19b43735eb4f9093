#include "measure/series.h"

#include <algorithm>

#include "base/assert.h"

namespace sockmark {

Series::Series(Instant t0, Instant t1, std::size_t sub_windows)
    : Series(t0, t1, Nanoseconds(0), sub_windows) {}

Series::Series(Instant t0, Instant t1, Nanoseconds interval)
    : Series(t0, t1, interval, sub_windows_of(t1 - t0, interval)) {}

Series::Series(Instant t0, Instant t1, Nanoseconds interval, std::size_t sub_windows)
    : t0_(t0),
      length_(t1 - t0),
      interval_(interval),
      t1_(t1),
      parts_(sub_windows),
      silence_(t0, t1),
      begin_(t0),
      end_(t0) {
  ASSERT(sub_windows > 0);
  ASSERT(t1 - t0 >= Nanoseconds(sub_windows));
  part_begin_ = start_of(0);
  part_end_ = next_finished_ = start_of(1);
}

std::size_t Series::sub_windows_of(Nanoseconds window, Nanoseconds interval) {
  if (interval == Nanoseconds(0)) return kSubWindows;
  return static_cast<std::size_t>((window - Nanoseconds(1)) / interval) + 1;
}

namespace {

// Whole nanoseconds, so that equal sub-windows differ by at most one and the last one ends with the
// window.
Nanoseconds offset(std::size_t part, std::size_t parts, Nanoseconds window, Nanoseconds interval) {
  if (interval > Nanoseconds(0))
    return std::min(interval * static_cast<std::int64_t>(part), window);
  const auto length = static_cast<std::uint64_t>(ns(window));
  return Nanoseconds(static_cast<std::int64_t>(Uint128{length} * part / parts));
}

}  // namespace

Nanoseconds Series::start_of(std::size_t part, Nanoseconds window, Nanoseconds interval) {
  return offset(part, kSubWindows, window, interval);
}

Instant Series::start_of(std::size_t part) const {
  return t0_ + offset(part, parts_.size(), length_, interval_);
}

bool Series::move_to(Instant t) {
  if (t < t0_ || t >= t1_) return false;
  while (t < part_begin_) {
    part_end_ = part_begin_;
    part_begin_ = start_of(--current_);
  }
  while (t >= part_end_) {
    part_begin_ = part_end_;
    part_end_ = start_of(++current_ + 1);
  }
  const auto heard = silence_.arrived(t);
  begin_ = std::max(part_begin_, heard.begin);
  end_ = std::min({part_end_, heard.end, t1_});
  return true;
}

void Series::lose(Instant found, std::uint64_t messages) {
  std::size_t part = settled_;
  while (part + 1 < parts_.size() && start_of(part + 1) <= found) ++part;
  parts_[part].lost += messages;
}

void Series::shorten(Instant t1) {
  t1_ = t1;
  end_ = std::min(end_, t1);
  silence_.shorten(t1);
}

void Series::finish_until(Instant now) {
  std::size_t finished = finished_;
  while (finished < parts_.size() && start_of(finished + 1) <= now) ++finished;
  next_finished_ = finished < parts_.size() ? start_of(finished + 1) : Instant::max();
  std::atomic_ref(finished_).store(finished, std::memory_order_release);
}

void Series::settle_until(Instant until) {
  std::size_t settled = settled_;
  const std::size_t most = std::min<std::size_t>(finished_, parts_.size() - 1);
  while (settled < most && start_of(settled + 1) <= until) ++settled;
  std::atomic_ref(settled_).store(settled, std::memory_order_release);
}

void Series::add(const Series& other) {
  ASSERT(t0_ == other.t0_ && length_ == other.length_ && parts_.size() == other.parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i)
    add(i, other.parts_[i].messages, other.parts_[i].latency, other.parts_[i].lost);
  silence_.add(other.silence_);
}

void Series::add(std::size_t part, std::uint64_t messages, const Histogram& latency,
                 std::uint64_t lost) {
  parts_[part].messages += messages;
  parts_[part].latency.add(latency);
  parts_[part].lost += lost;
}

std::vector<Series::Point> Series::points() const {
  std::vector<Point> result;
  result.reserve(parts_.size());
  std::size_t i = 0;
  for (; i < parts_.size() && start_of(i) < t1_; ++i) result.push_back(point(i));
  for (; i < parts_.size(); ++i) result.back().lost += parts_[i].lost;
  return result;
}

Series::Point Series::point(std::size_t part) const {
  const Part& one = parts_[part];
  return {.start = start_of(part) - t0_,
          .messages = one.messages,
          .p50_ns = one.latency.percentile(kP50),
          .p99_ns = one.latency.percentile(kP99),
          .max_ns = one.latency.max(),
          .overflow = one.latency.overflow(),
          .lost = one.lost};
}

}  // namespace sockmark
