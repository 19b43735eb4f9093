#include "bench/plan/schedule.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace sockmark {

namespace {

// Later than the end of any run. At a very low rate a spacing may exceed the range of a clock.
constexpr double kNever = 0x1.0p62;

}  // namespace

Schedule::Schedule(const Options& options)
    : options_(options),
      mean_spacing_ns_(1e9 * static_cast<double>(options.flows) / options.rate),
      random_(options.seed) {
  ASSERT(options.rate > 0 && options.flow < options.flows);
  advance();
}

// Offsets are kept as double and rounded on use, so that rounding errors do not accumulate.
Nanoseconds Schedule::rounded(double offset_ns) {
  return Nanoseconds(static_cast<std::int64_t>(std::floor(std::fmin(offset_ns, kNever) + 0.5)));
}

Nanoseconds Schedule::uniform_due(std::uint64_t index) const {
  const std::uint64_t turn = index * options_.flows + options_.flow + 1;
  return rounded(static_cast<double>(turn) * 1e9 / options_.rate);
}

void Schedule::advance() {
  if (options_.arrivals.process == Arrivals::uniform) {
    due_ = uniform_due(index_++);
  } else if (options_.arrivals.process == Arrivals::poisson) {
    offset_ns_ += -std::log(random_.unit()) * mean_spacing_ns_;
    due_ = rounded(offset_ns_);
  } else if (options_.arrivals.process == Arrivals::burst) {
    advance_bursts();
  } else {
    advance_on_off();
  }
}

// A burst has N messages, so that bursts are N times as far apart as messages would be.
void Schedule::advance_bursts() {
  if (--left_in_burst_ > 0) return;
  left_in_burst_ = options_.arrivals.burst;
  offset_ns_ +=
      -std::log(random_.unit()) * mean_spacing_ns_ * static_cast<double>(options_.arrivals.burst);
  due_ = rounded(offset_ns_);
}

// A Poisson process in the time of ON periods, at the rate that makes the mean over all time the
// one asked for.
void Schedule::advance_on_off() {
  const ArrivalLaw& law = options_.arrivals;
  const double share = static_cast<double>(ns(law.on)) / static_cast<double>(ns(law.on + law.off));
  offset_ns_ += -std::log(random_.unit()) * mean_spacing_ns_ * share;
  due_ = rounded(law.offset_ns(offset_ns_));
}

std::uint64_t Schedule::count_until(Nanoseconds end) {
  if (due_ >= end) return 0;
  return options_.arrivals.process == Arrivals::uniform ? count_uniform_until(end)
                                                        : count_random_until(end);
}

std::uint64_t Schedule::count_uniform_until(Nanoseconds end) {
  const std::uint64_t current = index_ - 1;
  auto first_beyond = static_cast<std::uint64_t>(static_cast<double>(ns(end)) / mean_spacing_ns_);
  first_beyond = std::max(first_beyond, current + 1);
  while (first_beyond > current + 1 && uniform_due(first_beyond - 1) >= end) --first_beyond;
  while (uniform_due(first_beyond) < end) ++first_beyond;
  index_ = first_beyond;
  advance();
  return first_beyond - current;
}

std::uint64_t Schedule::count_random_until(Nanoseconds end) {
  std::uint64_t count = 0;
  for (; due_ < end; advance()) {
    if (++count >= kMaxCounted) count += estimate_until(end);
  }
  return count;
}

// The mean number of messages after the next one and before `end`. The process goes on from there:
// it has no memory.
std::uint64_t Schedule::estimate_until(Nanoseconds end) {
  const ArrivalLaw& law = options_.arrivals;
  const std::uint64_t of_burst = left_in_burst_ - 1;
  const bool on_off = law.process == Arrivals::onoff;
  const Nanoseconds from = on_off ? law.on_time(due_) : due_;
  const Nanoseconds until = on_off ? law.on_time(end) : end;
  const double share =
      on_off ? static_cast<double>(ns(law.on + law.off)) / static_cast<double>(ns(law.on)) : 1;
  left_in_burst_ = 1;
  offset_ns_ = static_cast<double>(ns(until));
  return of_burst + static_cast<std::uint64_t>(static_cast<double>(ns(until - from)) * share /
                                               mean_spacing_ns_);
}

}  // namespace sockmark
