// One run of a case: starts a generator and a responder, takes them through the run over their
// control channels, and returns what they measured.
//
// Blocking; the calling thread's.

#pragma once

#include "base/result.h"
#include "bench/run/end_result.h"
#include "bench/run/run_context.h"

namespace sockmark {

struct CaseRun {
  GeneratorResult generator;
  ResponderResult responder;
  RunFacts facts;
};

// Errors: one line, why there is no result.
[[nodiscard]] Result<CaseRun> run_case(const RunContext& context);

}  // namespace sockmark
