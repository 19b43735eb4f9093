#include <array>

#include "base/clock.h"
#include "base/random.h"
#include "bench/micro/invented_times.h"
#include "bench/micro/micro.h"
#include "measure/histogram.h"
#include "measure/sequence_statistics.h"
#include "measure/sequence_tracker.h"

namespace sockmark::micro {
namespace {

constexpr std::uint32_t kBytes = 64;

void read_clock(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(now());
  report_messages(state);
}

void record(benchmark::State& state) {
  const InventedTimes times;
  Histogram histogram;
  std::uint64_t message = 0;
  benchmark::DoNotOptimize(&histogram);  // forces its counters into memory
  for (auto _ : state) {
    histogram.record(ns(times.delay(message++)));
    benchmark::ClobberMemory();
  }
  report_messages(state);
}

// The `position`-th arrival is message `order(position)`.
template <class Order>
void track(benchmark::State& state, Order order) {
  const InventedTimes times;
  SequenceStatistics statistics;
  SequenceTracker tracker({}, statistics);
  std::uint64_t position = 0;
  for (auto _ : state) {
    const std::uint64_t seq = order(position);
    benchmark::DoNotOptimize(
        tracker.arrived(seq, InventedTimes::sent(seq), times.arrived(position), kBytes));
    ++position;
  }
  report_messages(state);
}

std::uint64_t in_order(std::uint64_t position) { return position; }

std::uint64_t swapped(std::uint64_t position) { return position ^ 1; }

// As over two alternating paths, one of them 64 messages slower.
std::uint64_t two_paths(std::uint64_t position) {
  constexpr std::uint64_t kDistance = 64;
  if (position % 2 == 0) return position;
  return position >= kDistance ? position - kDistance : position;
}

// One message in a hundred is lost, at random: an arrival skips the lost ones before it.
void track_lossy(benchmark::State& state) {
  const InventedTimes times;
  Random random(2);
  std::array<std::uint64_t, 4096> steps{};
  for (auto& step : steps) {
    step = 1;
    while (random.below(100) == 0) ++step;
  }
  SequenceStatistics statistics;
  SequenceTracker tracker({}, statistics);
  std::uint64_t position = 0, seq = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        tracker.arrived(seq, InventedTimes::sent(seq), times.arrived(seq), kBytes));
    seq += steps[position++ % steps.size()];
  }
  report_messages(state);
}

}  // namespace

std::vector<Row> measure_rows() {
  return {
      {"clock", read_clock},
      {"histogram/record", record},
      {"tracker/in-order", [](benchmark::State& state) { track(state, in_order); }},
      {"tracker/loss", track_lossy},
      {"tracker/swapped", [](benchmark::State& state) { track(state, swapped); }},
      {"tracker/distance-64", [](benchmark::State& state) { track(state, two_paths); }},
  };
}

}  // namespace sockmark::micro
