#include "bench/worker/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <limits>
#include <string_view>
#include <utility>

namespace sockmark {

namespace {

// A generator on another machine is not trusted: counts below it can be added without an overflow.
constexpr std::uint64_t kCountMax = std::uint64_t{1} << 48;

RecordedHistogram recorded(const Histogram& histogram) {
  if (histogram.empty()) return {};
  const Uint128 sum = histogram.sum();
  RecordedHistogram result{
      .counters = {},
      .min = histogram.min().value_or(0),
      .max = histogram.max().value_or(std::numeric_limits<std::int64_t>::max()),
      .overflow = histogram.overflow(),
      .sum_high = static_cast<std::uint64_t>(sum >> 64),
      .sum_low = static_cast<std::uint64_t>(sum)};
  histogram.for_each_counter([&](std::int64_t value, std::uint64_t count) {
    result.counters.push_back(value);
    result.counters.push_back(static_cast<std::int64_t>(count));
  });
  return result;
}

Result<> add(const RecordedHistogram& recorded, std::string_view name, Histogram& histogram) {
  Histogram read(histogram.parameters());
  const auto& counters = recorded.counters;
  std::uint64_t total = recorded.overflow;
  for (std::size_t i = 0; i + 1 < counters.size() && total <= kCountMax; i += 2) {
    const auto count = static_cast<std::uint64_t>(counters[i + 1]);
    total = std::min(total + std::min(count, kCountMax), kCountMax + 1);
    read.record(counters[i], count);
  }
  if (counters.size() % 2 != 0 || total > kCountMax || read.overflow() > 0)
    return Error{fmt::format("control channel: {}: not the counters of a histogram", name)};
  read.restore(recorded.min, recorded.max, recorded.overflow,
               (Uint128{recorded.sum_high} << 64) + recorded.sum_low);
  histogram.add(read);
  return {};
}

RecordedSequence recorded(const SequenceStatistics& sequence) {
  const auto& reordering = sequence.reordering;
  const auto& delay = sequence.delay;
  return {.sent = sequence.sent,
          .received = sequence.received,
          .lost = sequence.lost,
          .late = sequence.late,
          .late_arrivals = sequence.late_arrivals,
          .late_unattributed = sequence.late_unattributed,
          .duplicates = sequence.duplicates,
          .replicated_packets = sequence.replicated_packets,
          .spurious = sequence.spurious,
          .period_lengths = sequence.loss.period_lengths,
          .distances = sequence.loss.distances,
          .inter_period_lengths = sequence.loss.inter_period_lengths,
          .reordering = {.reordered = reordering.reordered,
                         .byte_offset_max = reordering.byte_offset_max,
                         .sequence_discontinuities = reordering.sequence_discontinuities,
                         .sequence_discontinuity_total = reordering.sequence_discontinuity_total,
                         .reordering_discontinuities = reordering.reordering_discontinuities,
                         .free_run_squares = reordering.free_run_squares,
                         .extents = reordering.extents,
                         .gaps = reordering.gaps,
                         .late_time = recorded(reordering.late_time),
                         .preceded_by = reordering.preceded_by},
          .delay = {.delay = recorded(delay.delay),
                    .ipdv_negative = recorded(delay.ipdv.negative()),
                    .ipdv_positive = recorded(delay.ipdv.positive()),
                    .negative = delay.negative,
                    .ipdv_pairs = delay.ipdv_pairs,
                    .jitter_flows = delay.jitter_flows,
                    .jitter_sum_ns = delay.jitter_sum_ns}};
}

Result<> add(const RecordedSequence& recorded, SequenceStatistics& statistics) {
  if (recorded.sent > kCountMax || recorded.received > recorded.sent ||
      recorded.lost != recorded.sent - recorded.received)
    return Error{"control channel: sequence: sent, received and lost contradict one another"};
  if (recorded.late > recorded.lost)
    return Error{"control channel: sequence: late and lost contradict one another"};
  SequenceStatistics sequence;
  sequence.sent = recorded.sent;
  sequence.received = recorded.received;
  sequence.lost = recorded.lost;
  sequence.late = recorded.late;
  sequence.late_arrivals = recorded.late_arrivals;
  sequence.late_unattributed = recorded.late_unattributed;
  sequence.duplicates = recorded.duplicates;
  sequence.replicated_packets = recorded.replicated_packets;
  sequence.spurious = recorded.spurious;
  sequence.loss.period_lengths = recorded.period_lengths;
  sequence.loss.distances = recorded.distances;
  sequence.loss.inter_period_lengths = recorded.inter_period_lengths;

  auto& reordering = sequence.reordering;
  reordering.reordered = recorded.reordering.reordered;
  reordering.byte_offset_max = recorded.reordering.byte_offset_max;
  reordering.sequence_discontinuities = recorded.reordering.sequence_discontinuities;
  reordering.sequence_discontinuity_total = recorded.reordering.sequence_discontinuity_total;
  reordering.reordering_discontinuities = recorded.reordering.reordering_discontinuities;
  reordering.free_run_squares = recorded.reordering.free_run_squares;
  reordering.extents = recorded.reordering.extents;
  reordering.gaps = recorded.reordering.gaps;
  reordering.preceded_by = recorded.reordering.preceded_by;
  TRY(add(recorded.reordering.late_time, "late_time", reordering.late_time));

  auto& delay = sequence.delay;
  TRY(add(recorded.delay.delay, "delay", delay.delay));
  Histogram negative, positive;
  TRY(add(recorded.delay.ipdv_negative, "ipdv", negative));
  TRY(add(recorded.delay.ipdv_positive, "ipdv", positive));
  delay.ipdv = SignedHistogram(std::move(negative), std::move(positive));
  delay.negative = recorded.delay.negative;
  delay.ipdv_pairs = recorded.delay.ipdv_pairs;
  delay.jitter_flows = recorded.delay.jitter_flows;
  delay.jitter_sum_ns = recorded.delay.jitter_sum_ns;

  statistics.add(sequence);
  return {};
}

RecordedSends recorded(const SendTiming::Totals& totals) {
  return {.lag = recorded(totals.lag),
          .lag_at_first = recorded(totals.lag_at_first),
          .lag_at_last = recorded(totals.lag_at_last),
          .attempted_in_window = totals.attempted_in_window,
          .samples = totals.samples,
          .samples_rejected = totals.samples_rejected,
          .largest_deviation_ns = ns(totals.largest_deviation)};
}

Result<> add(const RecordedSends& recorded, SendTiming::Totals& sends) {
  SendTiming::Totals totals;
  TRY(add(recorded.lag, "lag", totals.lag));
  TRY(add(recorded.lag_at_first, "lag_at_first", totals.lag_at_first));
  TRY(add(recorded.lag_at_last, "lag_at_last", totals.lag_at_last));
  totals.attempted_in_window = recorded.attempted_in_window;
  totals.samples = recorded.samples;
  totals.samples_rejected = recorded.samples_rejected;
  totals.largest_deviation = Nanoseconds(recorded.largest_deviation_ns);
  sends.add(totals);
  return {};
}

Result<> add_series(const Recording& recording, Series& series) {
  if (recording.series.size() != series.parts())
    return Error{"control channel: series: another number of sub-windows"};
  for (std::size_t i = 0; i < series.parts(); ++i) TRY(add_part(recording.series[i], i, series));
  if (recording.heard.size() != Silence::kParts ||
      recording.heard.find_first_not_of("01") != std::string::npos)
    return Error{"control channel: heard: not one digit for each part of the window"};
  series.add(std::bitset<Silence::kParts>(recording.heard));
  return {};
}

Result<> add_tcp(const Recording& recording, Recorder& recorder) {
  if (!recording.tcp) return {};
  const TcpRecord& record = *recording.tcp;
  if (record.at_edges.size() > recorder.series.parts() + 1)
    return Error{"control channel: tcp: more samples than sub-windows have edges"};
  if (!std::ranges::all_of(record.at_edges, is_plausible) || !is_plausible(record.at_end))
    return Error{"control channel: tcp: a count is out of range"};
  recorder.add(record);
  return {};
}

}  // namespace

bool is_plausible(const TcpTotals& totals) {
  for (const auto count :
       {totals.retransmits, totals.segments_sent, totals.connections, totals.lost,
        totals.congestion_window, totals.delivery_rate_bytes_per_s, totals.rated_connections})
    if (count > kCountMax) return false;
  return true;
}

RecordedPart part_of(std::span<const Series* const> all, std::size_t part) {
  Histogram latency(all.front()->latency_of(part).parameters());
  RecordedPart result;
  for (const Series* series : all) {
    result.messages += series->messages_of(part);
    latency.add(series->latency_of(part));
    result.lost += series->lost_of(part);
  }
  result.latency = recorded(latency);
  return result;
}

Result<> add_part(const RecordedPart& recorded, std::size_t part, Series& series) {
  if (recorded.messages > kCountMax || recorded.lost > kCountMax)
    return Error{"control channel: series: a count is out of range"};
  Histogram latency(series.latency_of(part).parameters());
  TRY(add(recorded.latency, "series", latency));
  series.add(part, recorded.messages, latency, recorded.lost);
  return {};
}

Recording recording_of(const Recorder& recorder) {
  const WindowCounts& counts = recorder.counts;
  Recording recording{.window_ns = ns(recorder.series.length()),
                      .measured_ns = ns(counts.t1 - counts.t0),
                      .sent = counts.sent_messages,
                      .offered = counts.offered_messages,
                      .send_calls = counts.send_calls,
                      .received = counts.received_messages,
                      .goodput_messages = counts.goodput_messages,
                      .goodput_bytes = counts.goodput_bytes,
                      .response_time = recorded(recorder.response_time),
                      .send_block = recorded(recorder.send_block),
                      .warmup = recorded(recorder.warmup),
                      .sequence = recorded(recorder.sequence),
                      .series = {},
                      .heard = recorder.series.silence().heard().to_string(),
                      .warmed_up = maybe(recorder.warmup_check.warmed_up(), "too_short"),
                      .stopped_ns = ns(recorder.stopped.total()),
                      .waited_for_lost_ns = ns(recorder.waited_for_lost),
                      .taken_in = recorder.taken_in,
                      .lost_in_warmup = recorder.lost_in_warmup,
                      .sizes_sent = recorder.sizes_sent,
                      .request_bytes = recorder.request_bytes,
                      .sends = Maybe<RecordedSends>::none("no_schedule"),
                      .receive_drops = recorder.receive_drops,
                      .tcp = maybe(recorder.merged_tcp, report::kNotApplicable),
                      .fairness = recorder.fairness,
                      .connections = recorder.connections,
                      .integrity = recorder.integrity,
                      .user_ns = recorder.merged_usage.user_ns,
                      .system_ns = recorder.merged_usage.system_ns,
                      .voluntary_switches = recorder.merged_usage.voluntary_switches,
                      .involuntary_switches = recorder.merged_usage.involuntary_switches};
  const std::array<const Series*, 1> series{&recorder.series};
  for (std::size_t i = 0; i < recorder.series.parts(); ++i)
    recording.series.push_back(part_of(series, i));
  if (recorder.sends) recording.sends = recorded(*recorder.sends);
  return recording;
}

Result<> add_recording(const Recording& recording, Recorder& recorder) {
  if (Nanoseconds(recording.window_ns) != recorder.series.length() ||
      recording.measured_ns > recording.window_ns)
    return Error{"control channel: the window of a recording is not that of the run"};
  WindowCounts& counts = recorder.counts;
  if (const Instant end = counts.t0 + Nanoseconds(recording.measured_ns); end < counts.t1)
    recorder.shorten(end);
  for (const auto count : {recording.sent, recording.offered, recording.send_calls,
                           recording.received, recording.goodput_messages})
    if (count > kCountMax) return Error{"control channel: a count of a recording is out of range"};
  counts.sent_messages += recording.sent;
  counts.offered_messages += recording.offered;
  counts.send_calls += recording.send_calls;
  counts.received_messages += recording.received;
  counts.goodput_messages += recording.goodput_messages;
  counts.goodput_bytes += recording.goodput_bytes;
  TRY(add(recording.response_time, "response_time", recorder.response_time));
  TRY(add(recording.send_block, "send_block", recorder.send_block));
  TRY(add(recording.warmup, "warmup", recorder.warmup));
  TRY(add(recording.sequence, recorder.sequence));
  TRY(add_series(recording, recorder.series));
  if (recording.warmed_up) recorder.warmup_check.add(*recording.warmed_up);
  recorder.waited_for_lost += Nanoseconds(recording.waited_for_lost_ns);
  recorder.taken_in += recording.taken_in;
  recorder.lost_in_warmup += recording.lost_in_warmup;
  if (recording.sizes_sent.size() > recorder.sizes_sent.size())
    recorder.sizes_sent.resize(recording.sizes_sent.size());
  for (std::size_t part = 0; part < recording.sizes_sent.size(); ++part)
    recorder.sizes_sent[part] += recording.sizes_sent[part];
  recorder.request_bytes += recording.request_bytes;
  if (recording.sends) {
    if (!recorder.sends) recorder.sends.emplace();
    TRY(add(*recording.sends, *recorder.sends));
  }
  recorder.receive_drops += recording.receive_drops;
  TRY(add_tcp(recording, recorder));
  recorder.fairness.add(recording.fairness);
  recorder.connections.insert(recorder.connections.end(), recording.connections.begin(),
                              recording.connections.end());
  recorder.integrity += recording.integrity;
  recorder.merged_usage += Usage{.user_ns = recording.user_ns,
                                 .system_ns = recording.system_ns,
                                 .voluntary_switches = recording.voluntary_switches,
                                 .involuntary_switches = recording.involuntary_switches};
  return {};
}

}  // namespace sockmark
