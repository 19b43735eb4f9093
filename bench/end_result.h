// What one end of a run measured, and how the two halves become a report::Run.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bench/plan.h"
#include "reports/fields.h"
#include "reports/report.h"

namespace sockmark {

// Sent over the control channel. The generator has no goodput of a stream, the responder no load;
// what an end cannot know stays empty.
struct EndResult {
  report::Process process;
  report::EndResources resources;
  // Why this end cannot vouch for the run; empty if it can.
  std::vector<std::string> invalid_reasons;
  std::map<std::string, std::int64_t> socket_options;  // effective, of the first connection
  std::vector<std::uint64_t> sent;  // generator: messages of the window taken, by connection
  std::uint64_t offered = 0;        // generator: messages with t_sent in [t0,t1)
  std::uint64_t unsent = 0;         // generator: due in the window, never taken by the kernel
  std::uint64_t goodput_messages = 0, goodput_bytes = 0;  // unique, intact, received within [t0,t1)
  std::int64_t drain_ns = 0;                              // generator: from t1 to the end
  report::Latency latency;
  report::Loss loss;
  report::Duplication duplication;
  report::Reordering reordering;
  report::DelayVariation delay_variation;
  report::Integrity integrity;
  std::vector<report::SeriesPoint> series;
};

void fields(auto& visit, report::Of<EndResult> auto& end) {
  visit("process", end.process);
  visit("resources", end.resources);
  visit("invalid_reasons", end.invalid_reasons);
  visit("socket_options", end.socket_options);
  visit("sent", end.sent);
  visit("offered", end.offered);
  visit("unsent", end.unsent);
  visit("goodput_messages", end.goodput_messages);
  visit("goodput_bytes", end.goodput_bytes);
  visit("drain_ns", end.drain_ns, report::kNotNegative);
  visit("latency", end.latency);
  visit("loss", end.loss);
  visit("duplication", end.duplication);
  visit("reordering", end.reordering);
  visit("delay_variation", end.delay_variation);
  visit("integrity", end.integrity);
  visit("series", end.series);
}

// The parameters of a case as the report says them. Socket options are filled in from a run.
[[nodiscard]] report::Params params_of(const CaseSpec& spec);

// The case that parameters from a peer stand for; errors name the field.
[[nodiscard]] Result<CaseSpec> case_of(const report::Params& params);

// Puts the halves together and judges the run: valid, or the reasons why not.
[[nodiscard]] report::Run assemble_run(const CaseSpec& spec, const EndResult& generator,
                                       const EndResult& responder);

// A run that did not come to its end.
[[nodiscard]] report::Run failed_run(const CaseSpec& spec, std::string reason);

}  // namespace sockmark
