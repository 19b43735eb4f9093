// The verdicts on a run: whether it is valid, whether it was steady, and what interfered with it.
// Reasons are lines for the user. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "bench/plan/plan.h"
#include "bench/run/generator_results.h"
#include "bench/run/measured_way.h"
#include "bench/worker/end_result.h"
#include "measure/throughput.h"
#include "reports/model/report.h"

namespace sockmark {

// Lost messages that were neither dropped by the injector nor late.
[[nodiscard]] std::uint64_t unexplained_loss(const report::Loss& loss,
                                             const Maybe<report::Impairment>& impairment);

// Sets Run::valid, and adds the reasons why it is not; those of several generators also to their
// parts. `apart`: an end was started elsewhere. Must: the sections of the run are complete.
void judge(const CaseSpec& spec, const GeneratorResult& generator, const ResponderResult& responder,
           bool apart, report::Run& run);

// Adds Run::interference_reasons. `responses`: health::response_bound() of each of its ways.
void find_interference(const CaseSpec& spec, const GeneratorResult& generator,
                       const ResponderResult& responder, const std::vector<Nanoseconds>& responses,
                       report::Run& run);

// Sets Run::steady, and adds the reasons why it was not, on any of its ways. `counts`: of each.
void judge_steadiness(const CaseSpec& spec, const std::vector<MeasuredWay>& ways,
                      const std::vector<WindowCounts>& counts, report::Run& run);

}  // namespace sockmark
