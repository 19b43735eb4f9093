// One run of a case: starts a responder and its generators, takes them through the run over their
// control channels, and returns what they measured. Of a foreign responder only the generators.
// With a load in the background, that is measured in the same window, by processes of its own.
//
// Blocking; the calling thread's.

#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "bench/run/assemble_run.h"
#include "bench/run/generator_results.h"
#include "bench/run/run_context.h"
#include "reports/model/report.h"

namespace sockmark {

struct CaseRun {
  GeneratorResult generator;
  ResponderResult responder;  // of a foreign one, empty but for the length of the window
  RunFacts facts;
  std::string reached_at;  // the responder's address, if there was a choice
  std::optional<report::Background> background = {};
};

// A run that the user interrupts within its window has the result of the time that was measured.
// Errors: one line, why there is no result.
[[nodiscard]] Result<CaseRun> run_case(const RunContext& context);

}  // namespace sockmark
