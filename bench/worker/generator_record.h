// What a generator sends to the runner when the run is over. Plain values.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/worker/describe_end.h"
#include "bench/worker/end_result.h"
#include "bench/worker/recording.h"
#include "bench/worker/run_clock.h"

namespace sockmark {

struct GeneratorRecord {
  ProcessFacts process;
  Maybe<report::Environment> environment = Maybe<report::Environment>::none("here");
  std::vector<std::string> invalid_reasons;  // failures of this generator
  Recording recording;
  Maybe<InjectedByEnd> injected = {};         // with --impair
  report::SocketOptionValues socket_options;  // effective, of the first connection
  // Messages of the window taken by the kernel, by connection of the case; 0 for those of others.
  std::vector<std::uint64_t> sent;
  std::uint64_t unsent = 0;  // due in the window, never taken by the kernel
  std::int64_t drain_ns = 0;
  std::int64_t began_late_ns = 0;
  Maybe<double> loop_busy = {};  // as in health::SendRecord
  Maybe<report::MachineTime> machine = {};
  Maybe<report::NetworkCounters> network = {};
  // Where the ends compare their clocks.
  Maybe<GeneratorClock> clock = Maybe<GeneratorClock>::none(report::kOneClock);
  // There, for messages to the generator.
  Maybe<report::Clock> reverse_clock = Maybe<report::Clock>::none(report::kOneClock);
};

void fields(auto& visit, report::Of<GeneratorRecord> auto& record) {
  visit("process", record.process);
  visit("environment", record.environment);
  visit("invalid_reasons", record.invalid_reasons);
  visit("recording", record.recording);
  visit("injected", record.injected);
  visit("socket_options", record.socket_options);
  visit("sent", record.sent);
  visit("unsent", record.unsent);
  visit("drain_ns", record.drain_ns, report::kNotNegative);
  visit("began_late_ns", record.began_late_ns, report::kNotNegative);
  visit("loop_busy", record.loop_busy);
  visit("machine", record.machine);
  visit("network", record.network);
  visit("clock", record.clock);
  visit("reverse_clock", record.reverse_clock);
}

}  // namespace sockmark
