// The report::Run that is made from the measurements of all ends. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <string>

#include "bench/plan/plan.h"
#include "bench/run/generator_results.h"
#include "bench/worker/end_result.h"
#include "reports/model/report.h"

namespace sockmark {

// Facts of a run that the ends do not measure.
struct RunFacts {
  std::uint64_t seed = 1;  // of the schedule of an open loop
  // By all ends; otherwise there are no one-way times, unless the ends compared their clocks.
  bool clock_shared = true;
  bool apart = false;       // an end was started elsewhere
  bool one_machine = true;  // all ends have one kernel
  // Of the load in the background, on the machine of the generator: no other process used it.
  std::int64_t background_cpu_ns = 0;
  bool stopped = false;  // the user interrupted it
  // As report::Window has it.
  Maybe<std::int64_t> connect_ns = Maybe<std::int64_t>::none(report::kNotApplicable);
};

// The run of both measurements: valid, or with the reasons why not. A run that was interrupted is
// partial: invalid, with rates over the time that was measured.
[[nodiscard]] report::Run assemble_run(const CaseSpec& planned, const RunFacts& facts,
                                       const GeneratorResult& generator,
                                       const ResponderResult& responder);

// A run that failed before it had a result.
[[nodiscard]] report::Run failed_run(const CaseSpec& spec, std::string reason);

}  // namespace sockmark
