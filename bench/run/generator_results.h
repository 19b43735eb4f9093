// What all generators of a run measured together, and each of several. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/plan/plan.h"
#include "bench/worker/end_result.h"
#include "bench/worker/generator_record.h"
#include "reports/model/report.h"

namespace sockmark {

// Of the generator, or of all generators together, with `parts`.
struct GeneratorResult : EndResult {
  report::SocketOptionValues socket_options;  // effective, of the first connection
  SentByEnd sent;
  std::int64_t drain_ns = 0;            // from t1 to the end
  std::int64_t waited_for_lost_ns = 0;  // summed over messages
  std::uint64_t lost_in_warmup = 0;
  std::uint64_t request_bytes = 0;          // as in Recorder
  Maybe<report::MachineTime> machine = {};  // `others_ns` includes the two ends
  // How well the clocks are known of messages to the generator, where the ends compare them.
  std::vector<report::Clock> clocks = {};
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
