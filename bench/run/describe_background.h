// What the load in the background of a run carried.
//
// Pure functions; any thread.

#pragma once

#include "bench/plan/case_spec.h"
#include "bench/run/generator_results.h"
#include "bench/worker/end_result.h"
#include "reports/model/report.h"

namespace sockmark {

// `spec` is background_of() the case that was measured beside it.
[[nodiscard]] report::Background describe_background(const CaseSpec& spec,
                                                     const GeneratorResult& generator,
                                                     const ResponderResult& responder);

// Adds it to `run`, which is invalid if nothing arrived of a stream: then the path was idle.
void add_background(const report::Background& background, report::Run& run);

}  // namespace sockmark
