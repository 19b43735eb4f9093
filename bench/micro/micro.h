// sockmark-micro: the cost of each hot path per message, as Google Benchmark benchmarks.
//
// A benchmark is a row: a name and a body. The body sets up, loops over the state with an iteration
// for each message, and ends with report_messages(), or with SkipWithError() on failure. Bodies run
// one at a time, in the library's only thread. Set-up is outside the loop and deterministic, so
// that the instruction counts of two runs with different numbers of iterations differ only by those
// of the loop (scripts/count-instructions).

#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sockmark::micro {

struct Row {
  std::string name;
  std::function<void(benchmark::State&)> body;
};

[[nodiscard]] std::vector<Row> measure_rows();    // clock, histogram, sequence tracker
[[nodiscard]] std::vector<Row> session_rows();    // schedule, recorder, session
[[nodiscard]] std::vector<Row> wire_rows();       // encode, decode, frames of a byte stream
[[nodiscard]] std::vector<Row> transport_rows();  // a round trip over each

// Reports items_per_second and seconds_per_message, both of processor time. Must: called once,
// after a loop with an iteration for each message.
inline void report_messages(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations());
  using benchmark::Counter;
  // In seconds, because the library's table prints that unit after every such counter.
  state.counters["seconds_per_message"] =
      Counter(static_cast<double>(state.iterations()), Counter::kIsRate | Counter::kInvert);
}

}  // namespace sockmark::micro
