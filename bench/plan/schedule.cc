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
  if (options_.arrivals == Arrivals::uniform) {
    due_ = uniform_due(index_++);
  } else {
    offset_ns_ += -std::log(random_.unit()) * mean_spacing_ns_;
    due_ = rounded(offset_ns_);
  }
}

std::uint64_t Schedule::count_until(Nanoseconds end) {
  if (due_ >= end) return 0;
  return options_.arrivals == Arrivals::uniform ? count_uniform_until(end)
                                                : count_poisson_until(end);
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

std::uint64_t Schedule::count_poisson_until(Nanoseconds end) {
  std::uint64_t count = 0;
  for (; due_ < end; advance()) {
    if (++count < kMaxCounted) continue;
    count += static_cast<std::uint64_t>(static_cast<double>(ns(end - due_)) / mean_spacing_ns_);
    offset_ns_ = static_cast<double>(ns(end));  // the process has no memory
  }
  return count;
}

}  // namespace sockmark
