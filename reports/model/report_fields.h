// The fields of every report struct, one line each: the name in report.json, the member, and the
// range of a number, which a reader checks. Writing, reading and the check of the JSON Schema are
// visitors of these functions (reports/json/visit.h), so that a name is spelled once.

#pragma once

#include "reports/json/visit.h"
#include "reports/model/report.h"

namespace sockmark::report {

// Objects of report.json that group members of Report.
template <class R>
struct EnvironmentView {
  R& report;
};
template <class R>
struct PlanView {
  R& report;
};

void fields(auto& visit, Of<Tool> auto& tool) {
  visit("name", tool.name);
  visit("version", tool.version);
  visit("git", tool.git);
  visit("build_type", tool.build_type);
  visit("compiler", tool.compiler);
  visit("libuv", tool.libuv);
}

void fields(auto& visit, Of<Environment> auto& environment) {
  visit("hard", JsonTexts{environment.hard});
  visit("soft", JsonTexts{environment.soft});
  visit("information", JsonTexts{environment.information});
  visit("hash_hard", environment.hash_hard);
}

void fields(auto& visit, Of<End> auto& end) {
  visit("role", end.role);
  visit("number", end.number, kPositive);
  visit("host", end.host);
  visit("via", end.via);
  visit("address", end.address);
  visit("tool", end.tool);
  visit("environment", end.environment);
}

void fields(auto& visit, Of<Process> auto& process) {
  visit("pid", process.pid, kNotNegative);
  visit("affinity", process.affinity, kNotNegative);
  visit("scheduler", process.scheduler);
  visit("nice", process.nice);
}

void fields(auto& visit, Of<Warning> auto& warning) {
  visit("code", warning.code);
  visit("message", warning.message);
  visit("advice", warning.advice);
}

void fields(auto& visit, Of<ServerPause> auto& pause) {
  visit("every_ns", pause.every_ns, kPositive);
  visit("for_ns", pause.for_ns, kPositive);
}

void fields(auto& visit, Of<Params> auto& params) {
  visit("arm", params.arm);
  visit("transport", params.transport);
  visit("family", params.family);
  visit("address", params.address);
  visit("resolved_address", params.resolved_address);
  visit("workload", params.workload);
  visit("direction", params.direction);
  visit("size_bytes", params.size_bytes, kMessageSize);
  visit("size_mix", params.size_mix);
  visit("response_size_bytes", params.response_size_bytes, kMessageSize);
  visit("rate_per_s", params.rate_per_s, kNotNegative);
  visit("arrivals", params.arrivals);
  visit("depth", params.depth, kPositive);
  visit("connections", params.connections, kPositive);
  visit("threads", params.threads, kPositive);
  visit("generators", params.generators, kPositive);
  visit("wait", params.wait);
  visit("pin", params.pin, kNotNegative);
  visit("duration_ns", params.duration_ns, kNotNegative);
  visit("warmup_ns", params.warmup_ns, kNotNegative);
  visit("tmax_ns", params.tmax_ns, kNotNegative);
  visit("interval_ns", params.interval_ns, kPositive);
  visit("messages", params.messages, kPositive);
  visit("think_ns", params.think_ns, kPositive);
  visit("ramp_per_s", params.ramp_per_s, kNotNegative);
  visit("impair", params.impair);
  visit("server_pause", params.server_pause);
  visit("server_work_ns", params.server_work_ns, kPositive);
  visit("source", params.source);
  visit("interface", params.interface_name);
  visit("data_ports", params.data_ports);
  visit("responder", params.responder);
  visit("request", params.request);
  visit("requested_options", params.requested_options, kAddedLater);
  visit("socket_options", params.socket_options);
  visit("responder_socket_options", params.responder_socket_options, kAddedLater);
}

void fields(auto& visit, Of<Window> auto& window) {
  visit("warmup_ns", window.warmup_ns, kNotNegative);
  visit("measure_ns", window.measure_ns, kNotNegative);
  visit("drain_ns", window.drain_ns, kNotNegative);
  visit("tmax_ns", window.tmax_ns, kNotNegative);
  visit("connect_ns", window.connect_ns, kNotNegative);
}

void fields(auto& visit, Of<Distribution> auto& distribution) {
  visit("count", distribution.count);
  visit("min_ns", distribution.min_ns, kNotNegative);
  visit("max_ns", distribution.max_ns, kNotNegative);
  visit("mean_ns", distribution.mean_ns, kNotNegative);
  visit("p50_ns", distribution.p50_ns, kNotNegative);
  visit("p75_ns", distribution.p75_ns, kNotNegative);
  visit("p90_ns", distribution.p90_ns, kNotNegative);
  visit("p95_ns", distribution.p95_ns, kNotNegative);
  visit("p99_ns", distribution.p99_ns, kNotNegative);
  visit("p99_9_ns", distribution.p99_9_ns, kNotNegative);
  visit("p99_99_ns", distribution.p99_99_ns, kNotNegative);
  visit("overflow", distribution.overflow);
  visit("histogram_v2", distribution.histogram_v2);
}

void fields(auto& visit, Of<Load> auto& load) {
  visit("model", load.model);
  visit("arrival", load.arrival);
  visit("seed", WholeText{load.seed});
  visit("coordinated_omission", load.coordinated_omission);
  visit("intended_rate", load.intended_rate, kNotNegative);
  visit("offered_rate", load.offered_rate, kNotNegative);
  visit("intended_messages", load.intended_messages);
  visit("sent_messages", load.sent_messages);
  visit("send_failed", load.send_failed);
  visit("messages_per_send_call", load.messages_per_send_call, kNotNegative);
}

void fields(auto& visit, Of<ArrivalCheck> auto& check) {
  visit("largest_deviation_ns", check.largest_deviation_ns);
  visit("windows", check.windows);
  visit("rejected", check.rejected);
  visit("flag", check.flag);
}

void fields(auto& visit, Of<SizeCheck> auto& check) {
  visit("sent", check.sent);
  visit("chi_square", check.chi_square, kNotNegative);
  visit("p_value", check.p_value, kShare);
  visit("degrees_of_freedom", check.degrees_of_freedom);
  visit("flag", check.flag);
}

void fields(auto& visit, Of<Generator> auto& generator) {
  visit("saturated", generator.saturated);
  visit("lag_warning", generator.lag_warning);
  visit("lag", generator.lag);
  visit("issued_ratio", generator.issued_ratio, kNotNegative);
  visit("loop_busy", generator.loop_busy, kNotNegative);
  visit("arrival_check", generator.arrival_check);
  visit("size_check", generator.size_check);
}

void fields(auto& visit, Of<Throughput> auto& throughput) {
  visit("goodput_messages_per_s", throughput.goodput_messages_per_s, kNotNegative);
  visit("goodput_bytes_per_s", throughput.goodput_bytes_per_s, kNotNegative);
  visit("request_bytes_per_s", throughput.request_bytes_per_s, kNotNegative);
  visit("delivery_ratio", throughput.delivery_ratio, kShare);
}

void fields(auto& visit, Of<LossAsInfinite> auto& latency) {
  visit("p50_ns", latency.p50_ns, kNotNegative);
  visit("p75_ns", latency.p75_ns, kNotNegative);
  visit("p90_ns", latency.p90_ns, kNotNegative);
  visit("p95_ns", latency.p95_ns, kNotNegative);
  visit("p99_ns", latency.p99_ns, kNotNegative);
  visit("p99_9_ns", latency.p99_9_ns, kNotNegative);
  visit("p99_99_ns", latency.p99_99_ns, kNotNegative);
}

void fields(auto& visit, Of<Latency> auto& latency) {
  visit("delay_kind", latency.delay_kind);
  visit("response_time", latency.response_time);
  visit("response_time_loss_as_infinite", latency.response_time_loss_as_infinite);
  visit("service_time", latency.service_time);
  visit("send_block", latency.send_block);
  visit("one_way", latency.one_way);
  visit("warmup", latency.warmup);
  visit("bound_ns", latency.bound_ns, kNotNegative);
  visit("responsiveness_rpm", latency.responsiveness_rpm, kNotNegative);
}

void fields(auto& visit, Of<LossPeriods> auto& periods) {
  visit("count", periods.count);
  visit("max_length", periods.max_length);
  visit("length_histogram", periods.length_histogram);
}

void fields(auto& visit, Of<LossAttribution> auto& attribution) {
  visit("receiver_socket", attribution.receiver_socket);
  visit("sender_local", attribution.sender_local);
  visit("elsewhere", attribution.elsewhere);
}

void fields(auto& visit, Of<Loss> auto& loss) {
  visit("sent", loss.sent);
  visit("received", loss.received);
  visit("lost", loss.lost);
  visit("late", loss.late);
  visit("late_arrivals", loss.late_arrivals);
  visit("loss_ratio", loss.loss_ratio, kShare);
  visit("loss_ratio_ci95", loss.loss_ratio_ci95, kShare);
  visit("tmax_ns", loss.tmax_ns, kNotNegative);
  visit("periods", loss.periods);
  visit("distance_histogram", loss.distance_histogram);
  visit("inter_loss_period_histogram", loss.inter_loss_period_histogram);
  visit("noticeable_rate", loss.noticeable_rate);
  visit("forward_lost", loss.forward_lost);
  visit("reverse_lost", loss.reverse_lost);
  visit("attribution", loss.attribution);
}

void fields(auto& visit, Of<Duplication> auto& duplication) {
  visit("duplicates", duplication.duplicates);
  visit("replicated_packets", duplication.replicated_packets);
  visit("duplication_fraction", duplication.duplication_fraction, kShare);
  visit("replicated_packet_rate", duplication.replicated_packet_rate, kNotNegative);
}

void fields(auto& visit, Of<FreeRuns> auto& free_runs) {
  visit("x", free_runs.x);
  visit("a", free_runs.a);
  visit("p", free_runs.p);
  visit("q", WholeText{free_runs.q});
}

void fields(auto& visit, Of<Reordering> auto& reordering) {
  visit("reordered", reordering.reordered);
  visit("reordered_ratio", reordering.reordered_ratio, kShare);
  visit("extent_max", reordering.extent_max);
  visit("extent_histogram", reordering.extent_histogram);
  visit("late_time", reordering.late_time);
  visit("byte_offset_max", reordering.byte_offset_max);
  visit("sequence_discontinuities", reordering.sequence_discontinuities);
  visit("reordering_discontinuities", reordering.reordering_discontinuities);
  visit("gap_histogram", reordering.gap_histogram);
  visit("free_runs", reordering.free_runs);
  visit("n_reordering", reordering.n_reordering);
}

void fields(auto& visit, Of<Ipdv> auto& ipdv) {
  visit("defined", ipdv.defined);
  visit("undefined", ipdv.undefined);
  visit("min_ns", ipdv.min_ns);
  visit("max_ns", ipdv.max_ns);
  visit("mean_ns", ipdv.mean_ns);
  visit("mean_abs_ns", ipdv.mean_abs_ns, kNotNegative);
  visit("p50_ns", ipdv.p50_ns);
  visit("p90_ns", ipdv.p90_ns);
  visit("p99_ns", ipdv.p99_ns);
  visit("p99_9_ns", ipdv.p99_9_ns);
  visit("abs_p50_ns", ipdv.abs_p50_ns, kNotNegative);
  visit("abs_p90_ns", ipdv.abs_p90_ns, kNotNegative);
  visit("abs_p99_ns", ipdv.abs_p99_ns, kNotNegative);
  visit("abs_p99_9_ns", ipdv.abs_p99_9_ns, kNotNegative);
  visit("bound_ns", ipdv.bound_ns, kNotNegative);
}

void fields(auto& visit, Of<Pdv> auto& pdv) {
  visit("p50_ns", pdv.p50_ns, kNotNegative);
  visit("p90_ns", pdv.p90_ns, kNotNegative);
  visit("p99_ns", pdv.p99_ns, kNotNegative);
  visit("p99_9_ns", pdv.p99_9_ns, kNotNegative);
  visit("max_ns", pdv.max_ns, kNotNegative);
  visit("bound_ns", pdv.bound_ns, kNotNegative);
}

void fields(auto& visit, Of<DelayVariation> auto& variation) {
  visit("delay_kind", variation.delay_kind);
  visit("ipdv", variation.ipdv);
  visit("pdv", variation.pdv);
  visit("jitter_rfc3550_ns", variation.jitter_rfc3550_ns, kNotNegative);
}

void fields(auto& visit, Of<Integrity> auto& integrity) {
  visit("corrupt", integrity.corrupt);
  visit("corrupt_truncated", integrity.corrupt_truncated);
  visit("spurious", integrity.spurious);
  visit("stream_integrity_errors", integrity.stream_integrity_errors);
  visit("unfinished", integrity.unfinished);
  visit("failed_answers", integrity.failed_answers);
}

void fields(auto& visit, Of<EndResources> auto& end) {
  visit("pid", end.pid, kNotNegative);
  visit("cpu_ns", end.cpu_ns, kNotNegative);
  visit("user_ns", end.user_ns, kNotNegative);
  visit("system_ns", end.system_ns, kNotNegative);
  visit("cpu_ns_per_message", end.cpu_ns_per_message, kNotNegative);
  visit("voluntary_ctx_switches", end.voluntary_ctx_switches);
  visit("involuntary_ctx_switches", end.involuntary_ctx_switches);
  visit("rss_max_bytes", end.rss_max_bytes);
}

void fields(auto& visit, Of<MachineTime> auto& machine) {
  visit("idle_ns", machine.idle_ns, kNotNegative);
  visit("others_ns", machine.others_ns, kNotNegative);
}

void fields(auto& visit, Of<Resources> auto& resources) {
  visit("generator", resources.generator);
  visit("responder", resources.responder);
  visit("machine", resources.machine);
}

void fields(auto& visit, Of<InjectedOnWay> auto& way) {
  visit("dropped", way.dropped);
  visit("duplicated", way.duplicated);
  visit("held", way.held);
  visit("delayed", way.delayed);
  visit("corrupted", way.corrupted);
  visit("truncated", way.truncated);
}

void fields(auto& visit, Of<Impairment> auto& impairment) {
  visit("seed", WholeText{impairment.seed});
  visit("sent", impairment.sent);
  visit("dropped", impairment.dropped);
  visit("duplicated", impairment.duplicated);
  visit("reordered", impairment.reordered);
  visit("delayed", impairment.delayed);
  visit("held", impairment.held);
  visit("corrupted", impairment.corrupted);
  visit("truncated", impairment.truncated);
  visit("extent_histogram", impairment.extent_histogram);
  visit("forward", impairment.forward);
  visit("reverse", impairment.reverse);
}

void fields(auto& visit, Of<ReverseStream> auto& stream) {
  visit("load", stream.load);
  visit("generator", stream.generator);
  visit("throughput", stream.throughput);
  visit("latency", stream.latency);
  visit("loss", stream.loss);
  visit("duplication", stream.duplication);
  visit("reordering", stream.reordering);
  visit("delay_variation", stream.delay_variation);
  visit("integrity", stream.integrity);
  visit("impairment", stream.impairment);
}

void fields(auto& visit, Of<BackgroundStream> auto& stream) {
  visit("sent", stream.sent);
  visit("received", stream.received);
  visit("goodput_bytes_per_s", stream.goodput_bytes_per_s, kNotNegative);
  visit("messages", stream.messages);
}

void fields(auto& visit, Of<Background> auto& background) {
  visit("transport", background.transport);
  visit("connections", background.connections);
  visit("direction", background.direction);
  visit("size_bytes", background.size_bytes);
  visit("generator_cpu_ns", background.generator_cpu_ns, kNotNegative);
  visit("responder_cpu_ns", background.responder_cpu_ns, kNotNegative);
  visit("forward", background.forward);
  visit("reverse", background.reverse);
}

void fields(auto& visit, Of<Floor> auto& floor) {
  visit("loop", floor.loop);
  visit("messages_per_s", floor.messages_per_s, kNotNegative);
  visit("round_trip", floor.round_trip);
}

void fields(auto& visit, Of<ListenQueue> auto& queue) {
  visit("overflows", queue.overflows);
  visit("drops", queue.drops);
}

void tcp_figures(auto& visit, auto& figures) {
  visit("retransmits", figures.retransmits);
  visit("lost", figures.lost);
  visit("rtt_ns", figures.rtt_ns, kNotNegative);
  visit("rtt_min_ns", figures.rtt_min_ns, kNotNegative);
  visit("congestion_window", figures.congestion_window);
  visit("delivery_rate_bytes_per_s", figures.delivery_rate_bytes_per_s);
  visit("limited_by_receiver_ns", figures.limited_by_receiver_ns, kNotNegative);
  visit("limited_by_send_buffer_ns", figures.limited_by_send_buffer_ns, kNotNegative);
  visit("segments_per_message", figures.segments_per_message, kNotNegative);
}

void fields(auto& visit, Of<TcpFigures> auto& figures) { tcp_figures(visit, figures); }

void fields(auto& visit, Of<Tcp> auto& tcp) {
  tcp_figures(visit, tcp);
  visit("retransmits_in_window", tcp.retransmits_in_window);
  visit("generator", tcp.generator);
  visit("responder", tcp.responder);
}

void fields(auto& visit, Of<NetworkCounters> auto& counters) {
  visit("tcp_segments_sent", counters.tcp_segments_sent);
  visit("tcp_segments_retransmitted", counters.tcp_segments_retransmitted);
  visit("tcp_timeouts", counters.tcp_timeouts);
  visit("tcp_syn_retransmits", counters.tcp_syn_retransmits);
  visit("tcp_backlog_drops", counters.tcp_backlog_drops);
  visit("tcp_receive_queue_drops", counters.tcp_receive_queue_drops);
  visit("listen_overflows", counters.listen_overflows);
  visit("listen_drops", counters.listen_drops);
  visit("udp_receive_buffer_errors", counters.udp_receive_buffer_errors);
  visit("udp_send_buffer_errors", counters.udp_send_buffer_errors);
  visit("udp_no_port", counters.udp_no_port);
}

void fields(auto& visit, Of<Network> auto& network) {
  visit("generator", network.generator);
  visit("responder", network.responder);
}

void fields(auto& visit, Of<Fairness> auto& fairness) {
  visit("jain_index", fairness.jain_index, kShare);
  visit("messages_min", fairness.messages_min);
  visit("messages_max", fairness.messages_max);
}

void fields(auto& visit, Of<ConnectionFigures> auto& connection) {
  visit("number", connection.number);
  visit("messages", connection.messages);
  visit("bytes", connection.bytes);
  visit("p50_ns", connection.p50_ns, kNotNegative);
  visit("p99_ns", connection.p99_ns, kNotNegative);
  visit("retransmits", connection.retransmits);
}

void fields(auto& visit, Of<EndClock> auto& clock) {
  visit("departure_ns", clock.departure_ns, kNotNegative);
  visit("suspended", clock.suspended);
  visit("maxerror_us", clock.maxerror_us, kNotNegative);
  visit("synchronised", clock.synchronised);
}

// Two clocks that differ by more are not compared (docs/definitions/clocks.md#lines).
inline constexpr Range kSlopePpm{.lowest = -1000, .highest = 1000};
inline constexpr Range kSlopeBoundPpm{.lowest = 0, .highest = 1000};

void fields(auto& visit, Of<Clock> auto& clock) {
  visit("relation", clock.relation);
  visit("path", clock.path);
  visit("exchanges", clock.exchanges);
  visit("rtt_min_ns", clock.rtt_min_ns);
  visit("offset_ns", clock.offset_ns);
  visit("slope_ppm", clock.slope_ppm, kSlopePpm);
  visit("slope_bound_ppm", clock.slope_bound_ppm, kSlopeBoundPpm);
  visit("bound_ns", clock.bound_ns, kNotNegative);
  visit("claimed_bound_ns", clock.claimed_bound_ns, kNotNegative);
  visit("contradicted", clock.contradicted);
  visit("negative_delays", clock.negative_delays);
  visit("generator", clock.generator);
  visit("responder", clock.responder);
}

void fields(auto& visit, Of<SeriesPoint> auto& point) {
  visit("t_s", point.t_s, kNotNegative);
  visit("messages", point.messages);
  visit("p50_ns", point.p50_ns, kNotNegative);
  visit("p99_ns", point.p99_ns, kNotNegative);
  visit("max_ns", point.max_ns, kNotNegative);
  visit("tcp", point.tcp);
  visit("lost", point.lost);
}

void fields(auto& visit, Of<Stalls> auto& stalls) {
  visit("total_ns", stalls.total_ns, kNotNegative);
  visit("longest_ns", stalls.longest_ns, kNotNegative);
  visit("waiting_for_lost_ns", stalls.waiting_for_lost_ns, kNotNegative);
  visit("generator_stopped_ns", stalls.generator_stopped_ns, kNotNegative);
  visit("responder_stopped_ns", stalls.responder_stopped_ns, kNotNegative);
  visit("lost_in_warmup", stalls.lost_in_warmup);
}

void fields(auto& visit, Of<GeneratorPart> auto& part) {
  visit("number", part.number, kPositive);
  visit("host", part.host);
  visit("valid", part.valid);
  visit("invalid_reasons", part.invalid_reasons);
  visit("reached_at", part.reached_at);
  visit("sent", part.sent);
  visit("received", part.received);
  visit("unsent", part.unsent);
  visit("generator", part.generator);
  visit("response_time", part.response_time);
  visit("resources", part.resources);
  visit("stopped_ns", part.stopped_ns, kNotNegative);
  visit("began_late_ns", part.began_late_ns, kNotNegative);
  visit("clock", part.clock);
}

void fields(auto& visit, Of<Generators> auto& generators) {
  visit("skew_ns", generators.skew_ns, kNotNegative);
  visit("parts", generators.parts);
}

void fields(auto& visit, Of<Run> auto& run) {
  visit("index", run.index);
  visit("started_at", run.started_at);
  visit("valid", run.valid);
  visit("invalid_reasons", run.invalid_reasons);
  visit("interference_reasons", run.interference_reasons, kAddedLater);
  visit("steady", run.steady);
  visit("unsteady_reasons", run.unsteady_reasons);
  visit("window", run.window);
  visit("load", run.load);
  visit("generator", run.generator);
  visit("throughput", run.throughput);
  visit("latency", run.latency);
  visit("loss", run.loss);
  visit("duplication", run.duplication);
  visit("reordering", run.reordering);
  visit("delay_variation", run.delay_variation);
  visit("integrity", run.integrity);
  visit("resources", run.resources);
  visit("stalls", run.stalls);
  visit("impairment", run.impairment);
  visit("floor", run.floor);
  visit("listen_queue", run.listen_queue);
  visit("tcp", run.tcp);
  visit("network", run.network);
  visit("fairness", run.fairness);
  visit("connections", run.connections);
  visit("clock", run.clock);
  visit("generators", run.generators);
  visit("reverse", run.reverse);
  visit("background", run.background);
  visit("series", run.series);
}

void fields(auto& visit, Of<Statistic> auto& statistic) {
  visit("n", statistic.n);
  visit("median", statistic.median);
  visit("min", statistic.min);
  visit("max", statistic.max);
}

void fields(auto& visit, Of<Overhead> auto& overhead) {
  visit("metric", overhead.metric);
  visit("blocks", overhead.blocks);
  visit("overhead_ratio", overhead.overhead_ratio);
  visit("interval", overhead.interval);
}

void fields(auto& visit, Of<RunGroups> auto& groups) {
  visit("lower_runs", groups.lower_runs);
  visit("upper_runs", groups.upper_runs);
  visit("lower_p50_ns", groups.lower_p50_ns, kNotNegative);
  visit("upper_p50_ns", groups.upper_p50_ns, kNotNegative);
}

void fields(auto& visit, Of<Case> auto& one) {
  visit("id", one.id);
  visit("params", one.params);
  visit("runs", one.runs);
  visit("summary", one.summary);
  visit("overhead", one.overhead);
  visit("groups", one.groups);
}

void fields(auto& visit, Of<GateVerdict> auto& gate) {
  visit("margin", gate.margin);
  visit("p_worse", gate.p_worse, kShare);
  visit("p_worse_holm", gate.p_worse_holm, kShare);
  visit("verdict", gate.verdict);
  visit("reasons", gate.reasons);
  visit("blocks_needed", gate.blocks_needed);
}

void fields(auto& visit, Of<Comparison> auto& comparison) {
  visit("baseline", comparison.baseline);
  visit("candidate", comparison.candidate);
  visit("metric", comparison.metric);
  visit("design", comparison.design);
  visit("effect", comparison.effect);
  visit("orientation", comparison.orientation);
  visit("blocks", comparison.blocks);
  visit("baseline_runs", comparison.baseline_runs);
  visit("candidate_runs", comparison.candidate_runs);
  visit("baseline_median", comparison.baseline_median);
  visit("candidate_median", comparison.candidate_median);
  visit("estimate", comparison.estimate);
  visit("interval", comparison.interval);
  visit("confidence", comparison.confidence, kShare);
  visit("p_value", comparison.p_value, kShare);
  visit("t_interval", comparison.t_interval);
  visit("wilcoxon_p", comparison.wilcoxon_p, kShare);
  visit("vargha_delaney_a", comparison.vargha_delaney_a, kShare);
  visit("hodges_lehmann", comparison.hodges_lehmann);
  visit("hodges_lehmann_interval", comparison.hodges_lehmann_interval);
  visit("p_adjusted", comparison.p_adjusted, kShare);
  visit("mde90", comparison.mde90);
  visit("difference", comparison.difference);
  visit("gate", comparison.gate);
  visit("unequal", comparison.unequal);
  visit("looks", comparison.looks);
  visit("block_effects", comparison.block_effects);
}

void fields(auto& visit, Of<ExcludedRun> auto& run) {
  visit("case", run.case_id);
  visit("index", run.index);
  visit("rule", run.rule);
  visit("report", run.report);
}

void fields(auto& visit, Of<Look> auto& look) {
  visit("blocks", look.blocks);
  visit("interval", look.interval);
}

void fields(auto& visit, Of<Stopping> auto& stopping) {
  visit("stopped_by", stopping.stopped_by);
  visit("planned_looks", stopping.planned_looks);
}

void fields(auto& visit, Of<Trial> auto& trial) {
  visit("rate_per_s", trial.rate_per_s, kNotNegative);
  visit("duration_ns", trial.duration_ns, kPositive);
  visit("valid", trial.valid);
  visit("saturated", trial.saturated);
  visit("loss_ratio", trial.loss_ratio, kShare);
  visit("p99_ns", trial.p99_ns, kNotNegative);
  visit("unanswered_ratio", trial.unanswered_ratio, kShare);
  visit("latency_ns", trial.latency_ns, kAddedLater);
  visit("offered_per_s", trial.offered_per_s, kNotNegative);
  visit("interference", trial.interference);
}

void fields(auto& visit, Of<RateSearch> auto& search) {
  visit("id", search.id);
  visit("params", search.params);
  visit("goal", search.goal);
  visit("name", search.name);
  visit("lower_bound_per_s", search.lower_bound_per_s);
  visit("upper_bound_per_s", search.upper_bound_per_s);
  visit("conditional_throughput_per_s", search.conditional_throughput_per_s);
  visit("limit", search.limit);
  visit("complete", search.complete);
  visit("trials", search.trials);
}

template <class R>
void fields(auto& visit, const EnvironmentView<R>& view) {
  fields(visit, view.report.environment);
  visit("generator", view.report.generator_process);
  visit("responder", view.report.responder_process);
}

template <class R>
void fields(auto& visit, const PlanView<R>& view) {
  visit("supplied", view.report.plan_supplied);
  visit("effective", view.report.plan_effective);
}

template <Of<Report> R>
void fields(auto& visit, R& report) {
  visit.constant("$schema", "report-1.schema.json");
  visit("schema_version", report.schema_version);
  visit("tool", report.tool);
  visit("baseline_tool", report.baseline_tool);
  visit("environment", EnvironmentView<R>{report});
  visit("ends", report.ends, kAddedLater);
  visit("plan", PlanView<R>{report});
  visit("interrupted", report.interrupted);
  visit("warnings", report.warnings);
  visit("cases", report.cases);
  visit("searches", report.searches, kAddedLater);
  visit("comparisons", report.comparisons);
  visit("excluded_runs", report.excluded_runs, kAddedLater);
  visit("stopping", report.stopping);
}

}  // namespace sockmark::report
