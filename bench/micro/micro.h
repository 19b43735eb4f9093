// sockmark-micro: what each hot path costs per message, as benchmarks of Google's library.
//
// A benchmark is a row: a name and a body, which sets up, loops over the state, an iteration for
// each message, and ends with tell_messages(), or with SkipWithError() when it cannot do its work.
// Bodies run one at a time, in the library's one thread. Set-up is outside the loop and repeats
// itself exactly, so that the instructions of two runs with different numbers of iterations differ
// by those of the loop alone (scripts/count-instructions).

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

// What every row tells: items_per_second and seconds_per_message, both of processor time. Must:
// called once, after the loop, in which an iteration is a message.
inline void tell_messages(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations());
  using benchmark::Counter;
  // In seconds because the library's table puts that unit behind such a counter, whatever it is.
  state.counters["seconds_per_message"] =
      Counter(static_cast<double>(state.iterations()), Counter::kIsRate | Counter::kInvert);
}

}  // namespace sockmark::micro
