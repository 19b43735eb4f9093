#include "bench/worker/describe_end.h"

#include <algorithm>

#include "machine/environment.h"
#include "machine/resources.h"
#include "reports/model/environment_section.h"
#include "reports/model/sections.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

// A stretch without an arrival is a stall if it is a noticeable part of the window, and far longer
// than the gaps that the load and the round trip make by themselves.
Silence::Stretches silence_of(const Recorder& recorder) {
  constexpr std::int64_t kShareOfWindow = 20, kGaps = 10, kRoundTrips = 2;
  const WindowCounts& counts = recorder.counts;
  const Nanoseconds window = counts.t1 - counts.t0;
  Nanoseconds shortest = window / kShareOfWindow;
  if (counts.goodput_messages > 0) {
    const auto messages = static_cast<std::int64_t>(counts.goodput_messages);
    shortest = std::max(shortest, window / messages * kGaps);
  }
  const auto response = recorder.response_time.percentile(kP50);
  shortest = std::max(shortest, Nanoseconds(kRoundTrips * response.value_or(0)));
  return recorder.series.silence().stretches(shortest);
}

Maybe<report::Fairness> describe_fairness(const Fairness& fairness) {
  // The generator of a stream receives nothing.
  if (fairness.connections == 0) return Maybe<report::Fairness>::none(report::kNothingReceived);
  report::Fairness section{.jain_index = maybe(fairness.jain_index(), report::kNothingReceived),
                           .messages_min = fairness.min,
                           .messages_max = fairness.max};
  if (fairness.connections == 1) section.jain_index = Maybe<double>::none("one_connection");
  return section;
}

Maybe<double> describe_responsiveness(const CaseSpec& spec, const Recorder& recorder) {
  if (spec.workload == Workload::stream) return Maybe<double>::none("one_way");
  if (spec.workload == Workload::connect) return Maybe<double>::none("connect");
  return report::responsiveness_rpm(recorder.response_time);
}

}  // namespace

ProcessFacts process_facts() {
  return {.process = report::process_section(read_placement()),
          .rss_max_bytes = peak_resident_bytes()};
}

EndResult describe_end(const CaseSpec& spec, const Recorder& recorder, const ProcessFacts& facts) {
  const auto delivery =
      spec.reliable() ? report::Delivery::reliable : report::Delivery::best_effort;
  const bool one_way = spec.workload == Workload::stream;
  const auto kind = one_way ? report::DelayKind::one_way : report::DelayKind::round_trip;
  const Usage usage = recorder.merged_usage;
  const auto silence = silence_of(recorder);
  EndResult end{.process = facts.process,
                .environment = {},
                .resources = {.pid = facts.process.pid,
                              .cpu_ns = usage.user_ns + usage.system_ns,
                              .user_ns = usage.user_ns,
                              .system_ns = usage.system_ns,
                              .cpu_ns_per_message = {},
                              .voluntary_ctx_switches = usage.voluntary_switches,
                              .involuntary_ctx_switches = usage.involuntary_switches,
                              .rss_max_bytes = facts.rss_max_bytes},
                .invalid_reasons = {},
                .measured_ns = ns(recorder.counts.t1 - recorder.counts.t0),
                .goodput_messages = recorder.counts.goodput_messages,
                .goodput_bytes = recorder.counts.goodput_bytes,
                .receive_drops = recorder.receive_drops,
                .warmed_up = maybe(recorder.warmup_check.warmed_up(), "too_short"),
                .silent_ns = ns(silence.total),
                .longest_silence_ns = ns(silence.longest),
                .stopped_ns = ns(recorder.stopped.total()),
                .injected = {},
                .latency = {.delay_kind = kind,
                            .response_time = report::distribution(recorder.response_time),
                            .response_time_loss_as_infinite = report::loss_as_infinite(
                                recorder.response_time, recorder.sequence.lost),
                            .service_time = report::distribution(recorder.sequence.delay.delay),
                            .send_block = report::distribution(recorder.send_block),
                            .one_way = {},
                            .warmup = report::distribution(recorder.warmup),
                            .responsiveness_rpm = describe_responsiveness(spec, recorder)},
                .loss = report::loss_section(recorder.sequence, spec.tmax, delivery),
                .duplication = report::duplication_section(recorder.sequence, delivery),
                .reordering = report::reordering_section(recorder.sequence, delivery),
                .delay_variation = report::delay_variation_section(recorder.sequence.delay, kind),
                .integrity = recorder.integrity,
                .series = report::series_section(recorder.series, delivery),
                .tcp = maybe(recorder.merged_tcp, report::kNotApplicable),
                .network = {},
                .fairness = describe_fairness(recorder.fairness),
                .connections = recorder.connections};
  if (one_way) {
    // It starts at t_sent, which only the sender knows: the message carries the instant before the
    // send call.
    end.latency.service_time = Maybe<report::Distribution>::none("one_way");
  }
  if (delivery == report::Delivery::reliable) {
    // A measurement over other transports, an error over a reliable one.
    end.integrity.stream_integrity_errors += recorder.sequence.duplicates +
                                             recorder.sequence.reordering.reordered +
                                             recorder.integrity.corrupt;
  } else if (!spec.impair && !spec.transport_row().get().promises().message_boundaries) {
    // An echo server may drop messages; it may not change the bytes of a stream.
    end.integrity.stream_integrity_errors += recorder.integrity.corrupt;
  }
  return end;
}

report::SocketOptionValues describe_options(const CaseSpec& spec,
                                            const std::vector<EffectiveOption>& options) {
  report::SocketOptionValues values;
  for (const auto& option : options) {
    if (option.word.empty()) {
      values[option.name] = option.value;
    } else {
      values[option.name] = option.word;
    }
  }
  if (options.empty()) return values;
  const bool ipv6 = spec.transport_row().family == "ipv6";
  if (spec.socket.dscp == 0) values.emplace(ipv6 ? "IPV6_TCLASS" : "IP_TOS", 0);
  if (spec.socket.busy_poll_us == 0) values.emplace("SO_BUSY_POLL", 0);
  return values;
}

health::SendRecord describe_sends(const SendTiming::Totals& sends, std::uint64_t intended,
                                  std::optional<double> busy) {
  return {.intended = intended,
          .attempted_in_window = sends.attempted_in_window,
          .lag = report::distribution(sends.lag),
          .lag_p50_at_first_ns = sends.lag_at_first.percentile(kP50).value_or(0),
          .lag_min_at_last_ns = sends.lag_at_last.min().value_or(0),
          .largest_deviation_ns = ns(sends.largest_deviation),
          .samples = sends.samples,
          .samples_rejected = sends.samples_rejected,
          .loop_busy = maybe(busy, "spins")};
}

Maybe<report::NetworkCounters> describe_network(const CaseSpec& spec,
                                                const std::optional<NetworkCounters>& before,
                                                const std::optional<NetworkCounters>& after) {
  const auto family = spec.transport_row().family;
  if (family != "ipv4" && family != "ipv6")
    return Maybe<report::NetworkCounters>::none(report::kNotApplicable);
  if (!before || !after) return {};
  const auto growth = [&](std::uint64_t NetworkCounters::*counter) {
    return (*after).*counter - std::min((*before).*counter, (*after).*counter);
  };
  using Counters = NetworkCounters;
  return report::NetworkCounters{
      .tcp_segments_sent = growth(&Counters::tcp_segments_sent),
      .tcp_segments_retransmitted = growth(&Counters::tcp_segments_retransmitted),
      .tcp_timeouts = growth(&Counters::tcp_timeouts),
      .tcp_syn_retransmits = growth(&Counters::tcp_syn_retransmits),
      .tcp_backlog_drops = growth(&Counters::tcp_backlog_drops),
      .tcp_receive_queue_drops = growth(&Counters::tcp_receive_queue_drops),
      .listen_overflows = growth(&Counters::listen_overflows),
      .listen_drops = growth(&Counters::listen_drops),
      .udp_receive_buffer_errors = growth(&Counters::udp_receive_buffer_errors),
      .udp_send_buffer_errors = growth(&Counters::udp_send_buffer_errors),
      .udp_no_port = growth(&Counters::udp_no_port)};
}

Maybe<report::ListenQueue> describe_listen_queue(const CaseSpec& spec,
                                                 const Maybe<report::NetworkCounters>& network) {
  // Of the transports here only TCP completes connections before accept(2).
  if (!spec.is_tcp()) return Maybe<report::ListenQueue>::none(report::kNotApplicable);
  if (!network) return Maybe<report::ListenQueue>::none(network.reason());
  return report::ListenQueue{.overflows = network->listen_overflows,
                             .drops = network->listen_drops};
}

InjectedByEnd describe_injected(const FaultLedger& ledger) {
  return {.way = {.dropped = ledger.dropped,
                  .duplicated = ledger.duplicated,
                  .held = ledger.held,
                  .delayed = ledger.delayed,
                  .corrupted = ledger.corrupted,
                  .truncated = ledger.truncated},
          .sent = ledger.sent,
          .reordered = ledger.reordered,
          .extent_histogram = ledger.extents};
}

}  // namespace sockmark
