// What the threads of a generator recorded together, in a form that a control message carries: the
// runner adds the recordings of several generators as if they were threads of one.
//
// Histograms keep their counters, exact extremes and sum: nothing is rounded on the way. Instants
// are relative to the beginning of the window, which each end has by its own clock.
//
// Pure functions, any thread.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/maybe.h"
#include "base/result.h"
#include "bench/load/recorder.h"
#include "measure/histogram.h"
#include "measure/sequence_statistics.h"
#include "reports/json/visit.h"
#include "reports/model/report.h"
#include "reports/model/report_fields.h"

namespace sockmark {

struct RecordedHistogram {
  // Pairs of the lowest value of a counter and its count, of the counters in use.
  std::vector<std::int64_t> counters;
  std::int64_t min = 0, max = 0;            // exact
  std::uint64_t overflow = 0;               // values beyond the counters
  std::uint64_t sum_high = 0, sum_low = 0;  // of all values: sum_high * 2^64 + sum_low
};

struct RecordedReordering {
  std::uint64_t reordered = 0, byte_offset_max = 0, sequence_discontinuities = 0,
                sequence_discontinuity_total = 0, reordering_discontinuities = 0,
                free_run_squares = 0;
  CountsByLength extents, gaps;
  RecordedHistogram late_time;
  std::vector<std::uint64_t> preceded_by;
};

struct RecordedDelay {
  RecordedHistogram delay, ipdv_negative, ipdv_positive;
  std::uint64_t negative = 0, ipdv_pairs = 0, jitter_flows = 0;
  double jitter_sum_ns = 0;
};

struct RecordedSequence {
  std::uint64_t sent = 0, received = 0, lost = 0, late = 0, late_arrivals = 0,
                late_unattributed = 0, duplicates = 0, replicated_packets = 0, spurious = 0;
  CountsByLength period_lengths, distances, inter_period_lengths;
  RecordedReordering reordering;
  RecordedDelay delay;
};

struct RecordedSends {
  RecordedHistogram lag, lag_at_first, lag_at_last;
  std::uint64_t attempted_in_window = 0, samples = 0, samples_rejected = 0;
  std::int64_t largest_deviation_ns = 0;
};

struct RecordedPart {  // of the series
  std::uint64_t messages = 0;
  RecordedHistogram latency;
  std::uint64_t lost = 0;
};

// The fields of Recorder, in its order.
struct Recording {
  std::int64_t window_ns = 1;    // as planned
  std::int64_t measured_ns = 1;  // shorter in a run that was interrupted
  std::uint64_t sent = 0, offered = 0, send_calls = 0;
  std::uint64_t received = 0, goodput_messages = 0, goodput_bytes = 0;
  RecordedHistogram response_time, send_block, warmup;
  RecordedSequence sequence;
  std::vector<RecordedPart> series;
  std::string heard;  // of each part of the window, "1" if something arrived in it
  Maybe<bool> warmed_up;
  std::int64_t stopped_ns = 0, waited_for_lost_ns = 0;
  std::uint64_t taken_in = 0, lost_in_warmup = 0;
  std::vector<std::uint64_t> sizes_sent;
  std::uint64_t request_bytes = 0;
  Maybe<RecordedSends> sends;
  std::uint64_t receive_drops = 0;
  Maybe<TcpRecord> tcp = {};
  Fairness fairness;
  std::vector<report::ConnectionFigures> connections;
  report::Integrity integrity;
  std::int64_t user_ns = 0, system_ns = 0;
  std::uint64_t voluntary_switches = 0, involuntary_switches = 0;
};

// Must: the recorder is one to which those of threads were added.
[[nodiscard]] Recording recording_of(const Recorder& recorder);

// One sub-window of all these series together; and adds it to another with the same sub-windows.
// Must: at least one series; it is settled or no longer recorded; part < series.parts(). Errors:
// not the counters of a histogram.
[[nodiscard]] RecordedPart part_of(std::span<const Series* const> all, std::size_t part);
[[nodiscard]] Result<> add_part(const RecordedPart& recorded, std::size_t part, Series& series);
// Whether the sum over all ends of a run is in range.
[[nodiscard]] bool is_plausible(const TcpTotals& totals);

// Adds it to a recorder of a window that begins at any instant, and shortens that window to what
// was measured. The time that a generator was stopped is left out: that of several is not added.
// Errors: the recording is not one of such a window, or contradicts itself.
[[nodiscard]] Result<> add_recording(const Recording& recording, Recorder& recorder);

void fields(auto& visit, report::Of<RecordedHistogram> auto& histogram) {
  visit("counters", histogram.counters, report::kNotNegative);
  visit("min", histogram.min, report::kNotNegative);
  visit("max", histogram.max, report::kNotNegative);
  visit("overflow", histogram.overflow);
  visit("sum_high", report::WholeText{histogram.sum_high});
  visit("sum_low", report::WholeText{histogram.sum_low});
}

void fields(auto& visit, report::Of<RecordedReordering> auto& reordering) {
  visit("reordered", reordering.reordered);
  visit("byte_offset_max", reordering.byte_offset_max);
  visit("sequence_discontinuities", reordering.sequence_discontinuities);
  visit("sequence_discontinuity_total", reordering.sequence_discontinuity_total);
  visit("reordering_discontinuities", reordering.reordering_discontinuities);
  visit("free_run_squares", report::WholeText{reordering.free_run_squares});
  visit("extents", reordering.extents);
  visit("gaps", reordering.gaps);
  visit("late_time", reordering.late_time);
  visit("preceded_by", reordering.preceded_by);
}

void fields(auto& visit, report::Of<RecordedDelay> auto& delay) {
  visit("delay", delay.delay);
  visit("ipdv_negative", delay.ipdv_negative);
  visit("ipdv_positive", delay.ipdv_positive);
  visit("negative", delay.negative);
  visit("ipdv_pairs", delay.ipdv_pairs);
  visit("jitter_flows", delay.jitter_flows);
  visit("jitter_sum_ns", delay.jitter_sum_ns);
}

void fields(auto& visit, report::Of<RecordedSequence> auto& sequence) {
  visit("sent", sequence.sent);
  visit("received", sequence.received);
  visit("lost", sequence.lost);
  visit("late", sequence.late);
  visit("late_arrivals", sequence.late_arrivals);
  visit("late_unattributed", sequence.late_unattributed);
  visit("duplicates", sequence.duplicates);
  visit("replicated_packets", sequence.replicated_packets);
  visit("spurious", sequence.spurious);
  visit("period_lengths", sequence.period_lengths);
  visit("distances", sequence.distances);
  visit("inter_period_lengths", sequence.inter_period_lengths);
  visit("reordering", sequence.reordering);
  visit("delay", sequence.delay);
}

void fields(auto& visit, report::Of<RecordedSends> auto& sends) {
  visit("lag", sends.lag);
  visit("lag_at_first", sends.lag_at_first);
  visit("lag_at_last", sends.lag_at_last);
  visit("attempted_in_window", sends.attempted_in_window);
  visit("samples", sends.samples);
  visit("samples_rejected", sends.samples_rejected);
  visit("largest_deviation_ns", sends.largest_deviation_ns, report::kNotNegative);
}

void fields(auto& visit, report::Of<RecordedPart> auto& part) {
  visit("messages", part.messages);
  visit("latency", part.latency);
  visit("lost", part.lost);
}

void fields(auto& visit, report::Of<Fairness> auto& fairness) {
  visit("connections", fairness.connections);
  visit("sum", fairness.sum);
  visit("sum_of_squares", fairness.sum_of_squares, report::kNotNegative);
  visit("min", report::WholeText{fairness.min});
  visit("max", fairness.max);
}

void fields(auto& visit, report::Of<Recording> auto& recording) {
  visit("window_ns", recording.window_ns, report::kPositive);
  visit("measured_ns", recording.measured_ns, report::kPositive);
  visit("sent", recording.sent);
  visit("offered", recording.offered);
  visit("send_calls", recording.send_calls);
  visit("received", recording.received);
  visit("goodput_messages", recording.goodput_messages);
  visit("goodput_bytes", recording.goodput_bytes);
  visit("response_time", recording.response_time);
  visit("send_block", recording.send_block);
  visit("warmup", recording.warmup);
  visit("sequence", recording.sequence);
  visit("series", recording.series);
  visit("heard", recording.heard);
  visit("warmed_up", recording.warmed_up);
  visit("stopped_ns", recording.stopped_ns, report::kNotNegative);
  visit("waited_for_lost_ns", recording.waited_for_lost_ns, report::kNotNegative);
  visit("taken_in", recording.taken_in);
  visit("lost_in_warmup", recording.lost_in_warmup);
  visit("sizes_sent", recording.sizes_sent);
  visit("request_bytes", recording.request_bytes);
  visit("sends", recording.sends);
  visit("receive_drops", recording.receive_drops);
  visit("tcp", recording.tcp);
  visit("fairness", recording.fairness);
  visit("connections", recording.connections);
  visit("integrity", recording.integrity);
  visit("user_ns", recording.user_ns, report::kNotNegative);
  visit("system_ns", recording.system_ns, report::kNotNegative);
  visit("voluntary_switches", recording.voluntary_switches);
  visit("involuntary_switches", recording.involuntary_switches);
}

}  // namespace sockmark
