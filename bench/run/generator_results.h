// What all generators of a run measured together, and each of several. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/load/health.h"
#include "bench/plan/plan.h"
#include "bench/worker/end_result.h"
#include "bench/worker/generator_record.h"
#include "reports/model/report.h"

namespace sockmark {

// Of the generator, or of all generators together, with `parts`.
struct GeneratorResult : EndResult {
  report::SocketOptionValues socket_options;  // effective, of the first connection
  std::vector<std::uint64_t> sent;      // messages of the window taken by the kernel, by connection
  std::uint64_t offered = 0;            // messages with t_sent in [t0,t1)
  std::uint64_t send_calls = 0;         // system calls that took them
  std::uint64_t unsent = 0;             // due in the window, never taken by the kernel
  std::int64_t drain_ns = 0;            // from t1 to the end
  std::int64_t waited_for_lost_ns = 0;  // summed over messages
  std::uint64_t lost_in_warmup = 0;
  std::vector<std::uint64_t> sizes_sent;    // as in Recorder
  std::uint64_t request_bytes = 0;          // likewise
  Maybe<report::MachineTime> machine = {};  // `others_ns` includes the two ends
  Maybe<health::SendRecord> sends = {};     // in an open loop
  // From the beginning of the warm-up to the first turn of the loop; of the latest generator.
  std::int64_t began_late_ns = 0;
  // Of several generators, each; of one, none.
  struct Part;
  std::vector<Part> parts;
};

// One of several generators.
struct GeneratorResult::Part {
  std::uint64_t number = 1;
  std::string name, host;  // "generator 2 on blue"; the name of its machine
  std::string reached_at;  // the responder, if there was a choice
  // Why there is no result of it; empty if there is one.
  std::string failure;
  GeneratorResult result;
};

// Generators together, as if their threads had been those of one: histograms and counts are added,
// so that percentiles are those of all messages. A process is described by the first, a wait or a
// stop by the longest. Must: at least one. Errors: a record is not one of a run of this case.
[[nodiscard]] Result<GeneratorResult> describe_generators(
    const CaseSpec& spec, std::span<const GeneratorRecord* const> records);

}  // namespace sockmark
