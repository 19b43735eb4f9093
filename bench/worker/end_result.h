// What an end measured in a run, as sections of a report. Plain values.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bench/load/health.h"
#include "bench/load/tcp_course.h"
#include "bench/worker/run_clock.h"
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

// What an end sent, of a schedule or a stream of its own.
struct SentByEnd {
  std::uint64_t messages = 0;  // of the window, taken by the kernel
  std::uint64_t offered = 0;   // messages with t_sent in [t0,t1)
  std::uint64_t calls = 0;     // system calls that took them
  std::uint64_t unsent = 0;    // due in the window, never taken by the kernel
  Maybe<health::SendRecord> schedule = Maybe<health::SendRecord>::none("no_schedule");
  // From the beginning of the warm-up until it could send; of the latest generator.
  std::int64_t began_late_ns = 0;
  std::vector<std::uint64_t> sizes = {};  // of a mix, as Recorder::sizes_sent
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
  // Where the ends compare their clocks, of this end.
  Maybe<OwnClocks> own_clocks = Maybe<OwnClocks>::none(report::kOneClock);
  Maybe<SentByEnd> sent = Maybe<SentByEnd>::none("nothing");  // where the responder sends
};

void fields(auto& visit, report::Of<InjectedByEnd> auto& injected) {
  visit("way", injected.way);
  visit("sent", injected.sent);
  visit("reordered", injected.reordered);
  visit("extent_histogram", injected.extent_histogram);
}

namespace health {
void fields(auto& visit, report::Of<SendRecord> auto& record) {
  visit("intended", record.intended);
  visit("attempted_in_window", record.attempted_in_window);
  visit("lag", record.lag);
  visit("lag_p50_at_first_ns", record.lag_p50_at_first_ns, report::kNotNegative);
  visit("lag_min_at_last_ns", record.lag_min_at_last_ns, report::kNotNegative);
  visit("largest_deviation_ns", record.largest_deviation_ns, report::kNotNegative);
  visit("samples", record.samples);
  visit("samples_rejected", record.samples_rejected);
  visit("loop_busy", record.loop_busy);
}
}  // namespace health

void fields(auto& visit, report::Of<SentByEnd> auto& sent) {
  visit("messages", sent.messages);
  visit("offered", sent.offered);
  visit("calls", sent.calls);
  visit("unsent", sent.unsent);
  visit("schedule", sent.schedule);
  visit("began_late_ns", sent.began_late_ns, report::kNotNegative);
  visit("sizes", sent.sizes);
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
  visit("own_clocks", responder.own_clocks);
  visit("sent", responder.sent);
}

}  // namespace sockmark
