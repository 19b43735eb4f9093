#include "bench/schedule.h"

#include <cassert>
#include <cmath>

namespace sockmark {

namespace {

// Far beyond any run; a spacing at a very small rate may be longer than a clock can hold.
constexpr double kNever = 0x1.0p62;

}  // namespace

std::string_view name_of(Arrivals arrivals) {
  return arrivals == Arrivals::uniform ? "uniform" : "poisson";
}

Schedule::Schedule(const Options& options)
    : options_(options),
      mean_spacing_ns_(1e9 * static_cast<double>(options.flows) / options.rate),
      random_(options.seed) {
  assert(options.rate > 0 && options.flow < options.flows);
  advance();
}

void Schedule::advance() {
  if (options_.arrivals == Arrivals::uniform) {
    const auto turn = index_++ * options_.flows + options_.flow + 1;
    offset_ns_ = static_cast<double>(turn) * 1e9 / options_.rate;
  } else {
    offset_ns_ += -std::log(random_.unit()) * mean_spacing_ns_;
  }
  // Kept as a double and rounded at use, so that rounding does not add up.
  due_ = Nanoseconds(static_cast<std::int64_t>(std::floor(std::fmin(offset_ns_, kNever) + 0.5)));
}

std::uint64_t Schedule::count_until(Nanoseconds end) {
  std::uint64_t count = 0;
  for (; due_ < end; advance()) {
    if (++count < kMostCounted) continue;
    const auto rest =
        static_cast<std::uint64_t>(static_cast<double>(ns(end - due_)) / mean_spacing_ns_);
    count += rest;
    index_ += rest;
    offset_ns_ = static_cast<double>(ns(end));  // a Poisson process has no memory
    due_ = end - Nanoseconds(1);
  }
  return count;
}

}  // namespace sockmark
