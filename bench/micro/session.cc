#include "bench/load/session.h"

#include <vector>

#include "bench/load/recorder.h"
#include "bench/micro/invented_times.h"
#include "bench/micro/micro.h"
#include "bench/plan/schedule.h"
#include "bench/protocol/wire.h"
#include "measure/sequence_tracker.h"

namespace sockmark::micro {
namespace {

constexpr std::uint32_t kBytes = 64;
constexpr double kRate = 1e9 / static_cast<double>(ns(InventedTimes::kSpacing));

void walk(benchmark::State& state, Arrivals arrivals) {
  Schedule schedule({.arrivals = arrivals, .rate = kRate});
  for (auto _ : state) {
    benchmark::DoNotOptimize(schedule.due());
    schedule.advance();
  }
  report_messages(state);
}

SentMessage sent_on_time(std::uint64_t message) {
  const Instant intended = InventedTimes::intended(message);
  return {.intended = intended,
          .attempted = intended,
          .issued = intended,
          .taken = InventedTimes::sent(message)};
}

Recorder recorder_of_window() { return {InventedTimes::kStart, InventedTimes::kEnd}; }

// What the recorder itself records of a message.
void record_sent_and_answered(benchmark::State& state) {
  const InventedTimes times;
  Recorder recorder = recorder_of_window();
  benchmark::DoNotOptimize(&recorder);
  std::uint64_t message = 0;
  for (auto _ : state) {
    const Instant intended = InventedTimes::intended(message);
    recorder.sent(Phase::window, sent_on_time(message));
    recorder.answered(intended, times.arrived(message), kBytes);
    ++message;
    benchmark::ClobberMemory();
  }
  report_messages(state);
}

// Everything that is recorded of a message that was sent and came back: counts, histograms, and
// the tracker with its delay statistics.
void record_message(benchmark::State& state, Pace pace) {
  const InventedTimes times;
  Recorder recorder = recorder_of_window();
  if (pace == Pace::scheduled) {
    recorder.send_timing.emplace(InventedTimes::kStart, InventedTimes::kEnd, Arrivals::uniform,
                                 1e9 / kRate);
  }
  SequenceTracker tracker({}, recorder.sequence);
  benchmark::DoNotOptimize(&recorder);
  std::uint64_t message = 0;
  for (auto _ : state) {
    const Instant intended = InventedTimes::intended(message);
    const Instant sent = InventedTimes::sent(message);
    const Instant arrived = times.arrived(message);
    recorder.sent(Phase::window, sent_on_time(message));
    if (tracker.arrived(message, sent, arrived, kBytes) == Arrival::first) [[likely]]
      recorder.answered(intended, arrived, kBytes);
    ++message;
    benchmark::ClobberMemory();
  }
  report_messages(state);
}

// `batch` messages become due, are taken by one send, and come back in one receive.
void go_round(benchmark::State& state, Session::Options options, std::size_t batch) {
  const InventedTimes times;
  Recorder recorder = recorder_of_window();
  options.size = kBytes;
  options.tmax = std::chrono::seconds(1);
  options.start = InventedTimes::kStart;
  Session session(options, recorder);
  std::vector<WireHeader> headers(batch);
  // A schedule has its first message one spacing after its start.
  std::uint64_t last = batch;
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(batch))) {
    const auto due = session.due(InventedTimes::intended(last));
    if (due.size() != batch) return state.SkipWithError("the session did not offer a batch");
    for (std::size_t i = 0; i < batch; ++i) headers[i] = due[i].header;
    session.taken(batch, InventedTimes::sent(last));
    const Instant arrived = times.arrived(last);
    for (const auto& header : headers) session.returned(header, arrived);
    last += batch;
  }
  report_messages(state);
}

void go_round_closed(benchmark::State& state, std::size_t depth) {
  Session::Options options;
  options.depth = depth;
  go_round(state, options, depth);
}

void go_round_scheduled(benchmark::State& state) {
  Session::Options options;
  options.pace = Pace::scheduled;
  options.schedule = {.arrivals = Arrivals::uniform, .rate = kRate};
  go_round(state, options, 1);
}

}  // namespace

std::vector<Row> session_rows() {
  return {
      {"schedule/uniform", [](benchmark::State& state) { walk(state, Arrivals::uniform); }},
      {"schedule/poisson", [](benchmark::State& state) { walk(state, Arrivals::poisson); }},
      {"recorder/ledger", record_sent_and_answered},
      {"recorder/message", [](benchmark::State& state) { record_message(state, Pace::closed); }},
      {"recorder/scheduled-message",
       [](benchmark::State& state) { record_message(state, Pace::scheduled); }},
      {"session/depth-1", [](benchmark::State& state) { go_round_closed(state, 1); }},
      {"session/depth-32", [](benchmark::State& state) { go_round_closed(state, 32); }},
      {"session/scheduled", go_round_scheduled},
  };
}

}  // namespace sockmark::micro
