#include "measure/series.h"

#include <algorithm>

#include "base/assert.h"

namespace sockmark {

Series::Series(Instant t0, Instant t1, std::size_t sub_windows)
    : t0_(t0),
      length_(t1 - t0),
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

// Whole nanoseconds, so that sub-windows differ by at most one and the last one ends at t1.
Instant Series::start_of(std::size_t part) const {
  const auto length = static_cast<std::uint64_t>(ns(length_));
  return t0_ + Nanoseconds(static_cast<std::int64_t>(Uint128{length} * part / parts_.size()));
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

void Series::add(const Series& other) {
  ASSERT(t0_ == other.t0_ && length_ == other.length_ && parts_.size() == other.parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i)
    add(i, other.parts_[i].messages, other.parts_[i].latency);
  silence_.add(other.silence_);
}

void Series::add(std::size_t part, std::uint64_t messages, const Histogram& latency) {
  parts_[part].messages += messages;
  parts_[part].latency.add(latency);
}

std::vector<Series::Point> Series::points() const {
  std::vector<Point> result;
  result.reserve(parts_.size());
  for (std::size_t i = 0; i < parts_.size() && start_of(i) < t1_; ++i) {
    const Part& part = parts_[i];
    result.push_back({.start = start_of(i) - t0_,
                      .messages = part.messages,
                      .p50_ns = part.latency.percentile(kP50),
                      .p99_ns = part.latency.percentile(kP99),
                      .max_ns = part.latency.max(),
                      .overflow = part.latency.overflow()});
  }
  return result;
}

}  // namespace sockmark
