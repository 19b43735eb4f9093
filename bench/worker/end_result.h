// What an end measured in a run, as sections of a report. Plain values.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bench/load/tcp_course.h"
#include "reports/json/visit.h"
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
  // Of its machine, with the interface of the path; absent: both ends are on the runner's.
  Maybe<report::Environment> environment = Maybe<report::Environment>::none("here");
  report::EndResources resources;
  std::vector<std::string> invalid_reasons;  // failures of this end; empty if there were none
  std::int64_t measured_ns = 0;  // the length of the window: shorter in a run that was interrupted
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
  Maybe<TcpRecord> tcp = {};                    // of the connections of this end
  Maybe<report::NetworkCounters> network = {};  // of its network namespace
  Maybe<report::Fairness> fairness = {};
  std::vector<report::ConnectionFigures> connections = {};  // with CaseSpec::per_connection
};

struct ResponderResult : EndResult {
  report::SocketOptionValues socket_options = {};  // effective, of the first connection
  std::uint64_t taken_in = 0;                // messages received within [t0,t1), in time or not
  Maybe<report::Distribution> one_way = {};  // delay to the responder, of echoed messages too
  Maybe<report::ListenQueue> listen_queue = {};
  // Of each of several generators, the longest time in which nothing of it arrived.
  std::vector<std::int64_t> silences_ns = {};
  // Where the ends compare their clocks, one for each generator.
  std::vector<report::Clock> clocks = {};
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
  visit("environment", end.environment);
  visit("resources", end.resources);
  visit("invalid_reasons", end.invalid_reasons);
  visit("measured_ns", end.measured_ns, report::kNotNegative);
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
  visit("tcp", end.tcp);
  visit("network", end.network);
  visit("fairness", end.fairness);
  visit("connections", end.connections);
}

void fields(auto& visit, report::Of<ResponderResult> auto& responder) {
  end_fields(visit, responder);
  visit("socket_options", responder.socket_options);
  visit("taken_in", responder.taken_in);
  visit("one_way", responder.one_way);
  visit("listen_queue", responder.listen_queue);
  visit("silences_ns", responder.silences_ns, report::kNotNegative);
  visit("clocks", responder.clocks);
}

}  // namespace sockmark
