// The measurements of the two ends of a run, and the report::Run that is made from them.

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

// What the fault injector of one end did. `sent`, `reordered` and `extent_histogram` are those of
// this end alone.
struct InjectedByEnd {
  report::InjectedOnWay way = {};
  std::uint64_t sent = 0, reordered = 0;
  report::CountsByLength extent_histogram = {};
};

// Measured by both ends. The section of what an end does not see is empty.
struct EndResult {
  report::Process process;
  report::EndResources resources;
  std::vector<std::string> invalid_reasons;  // failures of this end; empty if there were none
  std::uint64_t goodput_messages = 0, goodput_bytes = 0;  // unique, intact, received within [t0,t1)
  std::uint64_t receive_drops = 0;  // datagrams dropped by the kernel at the sockets of this end
  Maybe<bool> warmed_up = {};       // when the window began; absent: too little data
  std::int64_t silent_ns = 0, longest_silence_ns = 0;  // stretches without an arrival
  std::int64_t stopped_ns = 0;                         // this end did not run
  Maybe<InjectedByEnd> injected = {};                  // with --impair
  report::Latency latency;
  report::Loss loss;
  report::Duplication duplication;
  report::Reordering reordering;
  report::DelayVariation delay_variation;
  report::Integrity integrity;
  std::vector<report::SeriesPoint> series;
};

struct GeneratorResult : EndResult {
  std::map<std::string, std::int64_t> socket_options;  // effective, of the first connection
  std::vector<std::uint64_t> sent;      // messages of the window taken by the kernel, by connection
  std::uint64_t offered = 0;            // messages with t_sent in [t0,t1)
  std::uint64_t unsent = 0;             // due in the window, never taken by the kernel
  std::int64_t drain_ns = 0;            // from t1 to the end
  std::int64_t waited_for_lost_ns = 0;  // summed over messages
  std::uint64_t lost_in_warmup = 0;
  Maybe<report::MachineTime> machine = {};  // `others_ns` includes the two ends
  Maybe<health::SendRecord> sends = {};     // in an open loop
};

struct ResponderResult : EndResult {
  std::uint64_t taken_in = 0;                // messages received within [t0,t1), in time or not
  Maybe<report::Distribution> one_way = {};  // delay to the responder, of echoed messages too
  Maybe<report::ListenQueue> listen_queue = {};
};

void fields(auto& visit, report::Of<InjectedByEnd> auto& injected) {
  visit("way", injected.way);
  visit("sent", injected.sent);
  visit("reordered", injected.reordered);
  visit("extent_histogram", injected.extent_histogram);
}

// The fields of an EndResult, which is not sent by itself.
void end_fields(auto& visit, auto& end) {
  visit("process", end.process);
  visit("resources", end.resources);
  visit("invalid_reasons", end.invalid_reasons);
  visit("goodput_messages", end.goodput_messages);
  visit("goodput_bytes", end.goodput_bytes);
  visit("receive_drops", end.receive_drops);
  visit("warmed_up", end.warmed_up);
  visit("silent_ns", end.silent_ns, report::kNotNegative);
  visit("longest_silence_ns", end.longest_silence_ns, report::kNotNegative);
  visit("stopped_ns", end.stopped_ns, report::kNotNegative);
  visit("injected", end.injected);
  visit("latency", end.latency);
  visit("loss", end.loss);
  visit("duplication", end.duplication);
  visit("reordering", end.reordering);
  visit("delay_variation", end.delay_variation);
  visit("integrity", end.integrity);
  visit("series", end.series);
}

void fields(auto& visit, report::Of<GeneratorResult> auto& generator) {
  end_fields(visit, generator);
  visit("socket_options", generator.socket_options);
  visit("sent", generator.sent);
  visit("offered", generator.offered);
  visit("unsent", generator.unsent);
  visit("drain_ns", generator.drain_ns, report::kNotNegative);
  visit("waited_for_lost_ns", generator.waited_for_lost_ns, report::kNotNegative);
  visit("lost_in_warmup", generator.lost_in_warmup);
  visit("machine", generator.machine);
  visit("sends", generator.sends);
}

void fields(auto& visit, report::Of<ResponderResult> auto& responder) {
  end_fields(visit, responder);
  visit("taken_in", responder.taken_in);
  visit("one_way", responder.one_way);
  visit("listen_queue", responder.listen_queue);
}

// The parameters of a case in the report. Its socket options are the requested ones; a run replaces
// them with the effective ones.
[[nodiscard]] report::Params params_of(const CaseSpec& spec);

// The case of parameters from a peer, checked. Errors name the field.
[[nodiscard]] Result<CaseSpec> case_of(const report::Params& params);

// Facts of a run that the ends do not measure.
struct RunFacts {
  std::uint64_t seed = 1;    // of the schedule of an open loop
  bool clock_shared = true;  // by both ends; otherwise there are no one-way times
};

// The run of both measurements: valid, or with the reasons why not.
[[nodiscard]] report::Run assemble_run(const CaseSpec& spec, const RunFacts& facts,
                                       const GeneratorResult& generator,
                                       const ResponderResult& responder);

// A run that failed before it had a result.
[[nodiscard]] report::Run failed_run(const CaseSpec& spec, std::string reason);

}  // namespace sockmark
