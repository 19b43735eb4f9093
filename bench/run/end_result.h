// What one end of a run measured, and how the two halves become a report::Run.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bench/load/health.h"
#include "bench/plan/plan.h"
#include "reports/model/report.h"

namespace sockmark {

// What one end's injector did; `sent` and what concerns order are of that end alone.
struct InjectedByEnd {
  report::InjectedOnWay way = {};
  std::uint64_t sent = 0, reordered = 0;
  report::CountsByLength extent_histogram = {};
};

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
  std::uint64_t receive_drops = 0;       // datagrams, by the kernel, at this end's sockets
  Maybe<bool> settled = {};              // when the window began; absent where nobody can tell
  Maybe<health::SendRecord> sends = {};  // generator, in an open loop
  Maybe<InjectedByEnd> injected = {};    // with --impair
  report::Latency latency;
  report::Loss loss;
  report::Duplication duplication;
  report::Reordering reordering;
  report::DelayVariation delay_variation;
  report::Integrity integrity;
  std::vector<report::SeriesPoint> series;
};

void fields(auto& visit, report::Of<InjectedByEnd> auto& injected) {
  visit("way", injected.way);
  visit("sent", injected.sent);
  visit("reordered", injected.reordered);
  visit("extent_histogram", injected.extent_histogram);
}

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
  visit("receive_drops", end.receive_drops);
  visit("settled", end.settled);
  visit("sends", end.sends);
  visit("injected", end.injected);
  visit("latency", end.latency);
  visit("loss", end.loss);
  visit("duplication", end.duplication);
  visit("reordering", end.reordering);
  visit("delay_variation", end.delay_variation);
  visit("integrity", end.integrity);
  visit("series", end.series);
}

// The parameters of a case as the report says them. Its socket options are those that were asked
// for; a run puts those in force in their place.
[[nodiscard]] report::Params params_of(const CaseSpec& spec);

// The case that parameters from a peer stand for; errors name the field.
[[nodiscard]] Result<CaseSpec> case_of(const report::Params& params);

// What the runner knows of a run beside what the ends measured.
struct RunFacts {
  std::uint64_t seed = 1;    // of an open loop's schedule
  bool clock_shared = true;  // by both ends; without it nothing can be said of one way
};

// Puts the halves together and judges the run: valid, or the reasons why not.
[[nodiscard]] report::Run assemble_run(const CaseSpec& spec, const RunFacts& facts,
                                       const EndResult& generator, const EndResult& responder);

// A run that did not come to its end.
[[nodiscard]] report::Run failed_run(const CaseSpec& spec, std::string reason);

}  // namespace sockmark
