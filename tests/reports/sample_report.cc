#include "tests/reports/sample_report.h"

#include <array>
#include <map>
#include <utility>

#include "reports/model/summary.h"

namespace sockmark::report {

Distribution sample_distribution(std::int64_t p50_ns) {
  Distribution d;
  d.count = 100'000;
  d.min_ns = p50_ns / 2;
  d.max_ns = p50_ns * 40;
  d.mean_ns = static_cast<double>(p50_ns) * 1.1;
  d.p50_ns = p50_ns;
  d.p75_ns = p50_ns * 5 / 4;
  d.p90_ns = p50_ns * 3 / 2;
  d.p95_ns = p50_ns * 7 / 4;
  d.p99_ns = p50_ns * 3;
  d.p99_9_ns = p50_ns * 10;
  d.p99_99_ns = p50_ns * 20;
  d.overflow = 1;
  d.histogram_v2 = "HISTFAAAABx4nJNpmSzMwMDAxAABMJoRTM2Y/ucfAx8DAAAf/wA=";
  return d;
}

Run sample_run(std::uint64_t index, std::int64_t p50_ns, double messages_per_s,
               std::uint64_t size_bytes) {
  Run run;
  run.index = index;
  run.started_at = "2024-05-06T07:08:09Z";
  run.valid = true;
  run.steady = true;
  run.window = {.warmup_ns = 1'000'000'000,
                .measure_ns = 5'000'000'000,
                .drain_ns = 250'000'000,
                .tmax_ns = 1'000'000'000,
                .connect_ns = 2'000'000};
  Load load;
  load.model = LoadModel::open;
  load.arrival = "poisson";
  load.seed = 18'446'744'073'709'551'615U;
  load.coordinated_omission = CoordinatedOmission::absent;
  load.intended_rate = 20'000.5;
  load.offered_rate = 20'000;
  load.intended_messages = 100'003;
  load.sent_messages = 100'002;
  load.send_failed = 1;
  load.messages_per_send_call = 1;
  run.load = load;
  Generator generator;
  generator.saturated = false;
  generator.lag_warning = false;
  generator.lag = sample_distribution(900);
  generator.issued_ratio = 1;
  generator.loop_busy = 0.125;
  ArrivalCheck check{.largest_deviation_ns = 5'000, .windows = 20, .rejected = 1, .flag = {}};
  check.flag = false;
  generator.arrival_check = check;
  generator.size_check = SizeCheck{.sent = {58'334, 33'333, 8'335},
                                   .chi_square = 0.5,
                                   .p_value = 0.75,
                                   .degrees_of_freedom = 2,
                                   .flag = false};
  run.generator = generator;
  run.throughput =
      Throughput{.goodput_messages_per_s = messages_per_s,
                 .goodput_bytes_per_s = messages_per_s * static_cast<double>(size_bytes),
                 .delivery_ratio = 0.998};
  Latency latency;
  latency.delay_kind = DelayKind::round_trip;
  latency.response_time = sample_distribution(p50_ns);
  LossAsInfinite infinite;
  infinite.p50_ns = infinite.p75_ns = infinite.p90_ns = infinite.p95_ns = infinite.p99_ns =
      p50_ns * 3;
  infinite.p99_9_ns = infinite.p99_99_ns = p50_ns * 100;
  latency.response_time_loss_as_infinite = infinite;
  latency.service_time = sample_distribution(p50_ns);
  latency.send_block = sample_distribution(p50_ns / 4);
  latency.one_way = sample_distribution(p50_ns / 2);
  latency.warmup = sample_distribution(p50_ns * 2);
  run.latency = latency;
  Loss loss;
  loss.sent = 100'002;
  loss.received = 99'802;
  loss.lost = 200;
  loss.late = 3;
  loss.late_arrivals = 2;
  loss.loss_ratio = 0.002;
  loss.loss_ratio_ci95 = std::array{0.00174, 0.0023};
  loss.tmax_ns = 1'000'000'000;
  loss.periods =
      LossPeriods{.count = 150, .max_length = 4, .length_histogram = {{1, 120}, {2, 20}, {4, 10}}};
  loss.distance_histogram = CountsByLength{{1, 50}, {600, 149}};
  loss.inter_loss_period_histogram = CountsByLength{{600, 149}};
  loss.noticeable_rate = std::map<std::string, double>{{"1", 0.25}, {"100", 0.75}};
  loss.forward_lost = 150;
  loss.reverse_lost = 50;
  loss.attribution = LossAttribution{.receiver_socket = 120, .sender_local = 0, .elsewhere = 80};
  run.loss = loss;
  Duplication duplication;
  duplication.duplicates = 7;
  duplication.replicated_packets = 6;
  duplication.duplication_fraction = 7e-05;
  duplication.replicated_packet_rate = 6e-05;
  run.duplication = duplication;
  Reordering reordering;
  reordering.reordered = 12;
  reordering.reordered_ratio = 0.00012;
  reordering.extent_max = 9;
  reordering.extent_histogram = CountsByLength{{3, 11}, {9, 1}};
  reordering.late_time = sample_distribution(3'000);
  reordering.byte_offset_max = 576;
  reordering.sequence_discontinuities = 20;
  reordering.reordering_discontinuities = 12;
  reordering.gap_histogram = CountsByLength{{800, 11}};
  reordering.free_runs = FreeRuns{.x = 12, .a = 12, .p = 9'600, .q = 768'000};
  reordering.n_reordering = std::vector<std::uint64_t>{12, 11, 4};
  run.reordering = reordering;
  DelayVariation variation;
  variation.delay_kind = DelayKind::round_trip;
  Ipdv ipdv;
  ipdv.defined = 99'600;
  ipdv.undefined = 402;
  ipdv.min_ns = -p50_ns;
  ipdv.max_ns = p50_ns;
  ipdv.mean_ns = -0.5;
  ipdv.mean_abs_ns = 812.25;
  ipdv.p50_ns = -1;
  ipdv.p90_ns = ipdv.p99_ns = ipdv.p99_9_ns = p50_ns / 2;
  ipdv.abs_p50_ns = ipdv.abs_p90_ns = ipdv.abs_p99_ns = ipdv.abs_p99_9_ns = p50_ns / 2;
  variation.ipdv = ipdv;
  Pdv pdv;
  pdv.p50_ns = p50_ns / 2;
  pdv.p90_ns = p50_ns;
  pdv.p99_ns = p50_ns * 2;
  pdv.p99_9_ns = p50_ns * 9;
  pdv.max_ns = p50_ns * 39;
  variation.pdv = pdv;
  variation.jitter_rfc3550_ns = 640.125;
  run.delay_variation = variation;
  run.integrity = Integrity{.corrupt = 1,
                            .corrupt_truncated = 2,
                            .spurious = 3,
                            .stream_integrity_errors = 0,
                            .unfinished = 4};
  EndResources end;
  end.pid = 4'711;
  end.cpu_ns = 1'000'000'000;
  end.user_ns = 400'000'000;
  end.system_ns = 600'000'000;
  end.cpu_ns_per_message = static_cast<double>(p50_ns) / 4;
  end.voluntary_ctx_switches = 100'001;
  end.involuntary_ctx_switches = 17;
  end.rss_max_bytes = 12'582'912;
  run.resources.generator = end;
  end.pid = 4'712;
  run.resources.responder = end;
  run.impairment = Impairment{
      .seed = 42, .sent = 100'002, .dropped = 200, .duplicated = 7, .reordered = 12, .delayed = 0};
  run.impairment->extent_histogram = {{3, 11}, {4, 1}};
  run.impairment->forward.dropped = 200;
  run.impairment->reverse = InjectedOnWay{.duplicated = 7, .held = 12};
  SeriesPoint point;
  point.messages = 2'000;
  point.p50_ns = p50_ns;
  point.p99_ns = p50_ns * 3;
  point.max_ns = p50_ns * 40;
  point.lost = 3;
  run.series.push_back(point);
  point.t_s = 0.1;
  run.series.push_back(point);
  return run;
}

ReverseStream reverse_of(const Run& forward) {
  return {.load = *forward.load,
          .generator = *forward.generator,
          .throughput = *forward.throughput,
          .latency = *forward.latency,
          .loss = *forward.loss,
          .duplication = *forward.duplication,
          .reordering = *forward.reordering,
          .delay_variation = *forward.delay_variation,
          .integrity = *forward.integrity,
          .impairment = forward.impairment};
}

Case sample_case(std::string transport, std::string workload, std::uint64_t size_bytes,
                 std::int64_t p50_ns, double messages_per_s) {
  Case one;
  one.id = transport + '/' + workload + '/' + std::to_string(size_bytes) + "B/c1";
  one.params.arm = Arm::candidate;
  one.params.transport = std::move(transport);
  one.params.family = one.params.transport.starts_with("unix") ? "unix" : "ipv4";
  if (one.params.transport == "udp") one.params.address = "udp://127.0.0.1:0";
  one.params.workload = std::move(workload);
  one.params.size_bytes = size_bytes;
  one.params.rate_per_s = 20'000.5;
  one.params.arrivals = "poisson";
  one.params.pin = {0, 1};
  one.params.duration_ns = 5'000'000'000;
  one.params.warmup_ns = 1'000'000'000;
  one.params.tmax_ns = 1'000'000'000;
  one.params.socket_options = {{"SO_RCVBUF", 212'992}, {"SO_SNDBUF", 212'992}};
  one.params.responder_socket_options = {{"SO_RCVBUF", 425'984}, {"SO_SNDBUF", 212'992}};
  one.runs.push_back(sample_run(0, p50_ns, messages_per_s, size_bytes));
  return one;
}

void disturb(Params& params) {
  params.impair = "loss=0.002,seed=42";
  params.server_pause = ServerPause{.every_ns = 1'000'000'000, .for_ns = 100'000'000};
  params.server_work_ns = 5'000;
  params.interval_ns = 1'000'000'000;
  params.messages = 100'000;
  params.think_ns = 20'000'000;
  params.ramp_per_s = 500;
  params.resolved_address = "udp://127.0.0.1:0";
  params.source = "127.0.0.2";
  params.interface_name = "lo";
  params.data_ports = "9000-9099";
  params.requested_options = {{"nodelay", "off"}, {"sndbuf", "65536"}};
  params.socket_options["TCP_CONGESTION"] = "bbr";
  params.request = R"({"request": "PING\r\n", "response": {"until": "\r\n", "begins": "+PONG"}})";
}

Report sample_frame() {
  Report report;
  report.tool = {"sockmark", "0.1.0", "abc1234", "Release", "GNU 12.2.0", "1.44.2"};
  report.environment.hard = {
      {"cpu_model", "\"Example CPU\""}, {"cpus_online", "2"}, {"cpu_governor", "null"}};
  report.environment.soft = {{"net.ipv4.tcp_rmem", "[4096,131072,6291456]"},
                             {"cpu_caches", "[\"L1 Data 32K\"]"}};
  report.environment.information = {{"clock_read_ns", "26"}, {"cgroup", "0.5"}};
  report.environment.hash_hard = std::string(64, 'a');
  report.plan_supplied = {{"transport", "tcp,udp"}};
  report.plan_effective = {{"size", "64"}, {"transport", "tcp,udp"}};
  return report;
}

Process sample_process(std::int64_t pid) {
  return {.pid = pid, .affinity = {0, 1}, .scheduler = "SCHED_OTHER", .nice = -5};
}

Comparison sample_comparison() {
  Comparison comparison{.baseline = "tcp/rr/64B/c1",
                        .candidate = "udp/rr/64B/c1",
                        .metric = "p50_ns",
                        .design = Design::paired,
                        .effect = EffectKind::ratio,
                        .orientation = Orientation::less_is_better,
                        .blocks = 16,
                        .baseline_runs = 16,
                        .candidate_runs = 16,
                        .baseline_median = 20'000.0,
                        .candidate_median = 21'000.0,
                        .estimate = 1.05,
                        .interval = std::array{1.01, 1.09},
                        .confidence = 0.96,
                        .p_value = 0.015625,
                        .t_interval = std::array{1.02, 1.08},
                        .wilcoxon_p = 0.0078125,
                        .vargha_delaney_a = 0.75,
                        .hodges_lehmann = 1.049,
                        .hodges_lehmann_interval = std::array{1.015, 1.085},
                        .p_adjusted = 0.03125,
                        .mde90 = 0.03,
                        .difference = Difference::slower,
                        .gate = {},
                        .unequal = {"SO_SNDBUF: 2626560, 212992"},
                        .looks = {{.blocks = 10, .interval = std::array{0.98, 1.12}}},
                        .block_effects = {1.02, 1.08}};
  comparison.gate = GateVerdict{.margin = 1.05,
                                .p_worse = 0.5,
                                .p_worse_holm = 1.0,
                                .verdict = Gate::inconclusive,
                                .reasons = {"interval"},
                                .blocks_needed = 24};
  return comparison;
}

RateSearch sample_search() {
  RateSearch search;
  search.id = "udp/rr/64B/c1";
  search.goal = "loss<=0.5%";
  search.name = "max_rate_loss_le_0.005";
  search.lower_bound_per_s = 99'000.0;
  search.upper_bound_per_s = 100'000.0;
  search.conditional_throughput_per_s = 98'901.0;
  search.limit = RateLimit::path;
  search.complete = true;
  search.trials = {{.rate_per_s = 99'000,
                    .duration_ns = 5'000'000'000,
                    .valid = true,
                    .saturated = false,
                    .loss_ratio = 0.001,
                    .unanswered_ratio = 0.001,
                    .p99_ns = 250'000,
                    .latency_ns = {{"max", 900'000}, {"p99", 250'000}},
                    .offered_per_s = 98'900.0,
                    .interference = false}};
  return search;
}

TcpFigures sample_tcp(std::uint64_t retransmits) {
  return {.retransmits = retransmits,
          .lost = 1,
          .rtt_ns = 120'000,
          .rtt_min_ns = 40'000,
          .congestion_window = 10,
          .delivery_rate_bytes_per_s = 1'250'000'000,
          .limited_by_receiver_ns = 3'000'000,
          .limited_by_send_buffer_ns = 2'000'000,
          .segments_per_message = 1.25};
}

// What is known of connections, with a value for each field.
void describe_connections(Run& run) {
  Tcp tcp;
  static_cast<TcpFigures&>(tcp) = sample_tcp(7);
  tcp.retransmits_in_window = 6;
  tcp.generator = sample_tcp(4);
  tcp.responder = sample_tcp(3);
  run.tcp = tcp;
  const NetworkCounters counters{.tcp_segments_sent = 40'000,
                                 .tcp_segments_retransmitted = 7,
                                 .tcp_timeouts = 2,
                                 .tcp_syn_retransmits = 1,
                                 .tcp_backlog_drops = 5,
                                 .tcp_receive_queue_drops = 6,
                                 .listen_overflows = 3,
                                 .listen_drops = 4,
                                 .udp_receive_buffer_errors = 8,
                                 .udp_send_buffer_errors = 9,
                                 .udp_no_port = 10};
  run.network = Network{.generator = counters, .responder = counters};
  run.fairness = Fairness{.jain_index = 0.95, .messages_min = 40, .messages_max = 60};
  run.connections = std::vector<ConnectionFigures>{{.number = 0,
                                                    .messages = 60,
                                                    .bytes = 3'840,
                                                    .p50_ns = 20'000,
                                                    .p99_ns = 60'000,
                                                    .retransmits = 7}};
  for (SeriesPoint& point : run.series) point.tcp = sample_tcp(3);
}

Report full_report() {
  Report report = sample_frame();
  report.baseline_tool = report.tool;
  report.ends = {{.role = "responder",
                  .number = 1,
                  .host = "db2",
                  .via = "ssh db2",
                  .address = std::string("10.0.0.2"),
                  .tool = report.tool,
                  .environment = report.environment}};
  report.generator_process = sample_process(4'711);
  report.responder_process = sample_process(4'712);
  report.warnings = {{"steal", "the hypervisor took 3 % of the time", "measure on a quiet host"}};
  report.cases = {sample_case("udp", "rr", 64, 21'000, 19'960)};
  disturb(report.cases[0].params);
  report.cases[0].runs[0].invalid_reasons = {"generator_saturated"};
  report.cases[0].runs[0].unsteady_reasons = {"backlog"};
  report.cases[0].runs[0].interference_reasons = {"the generator was late by 900 µs at p99"};
  report.cases[0].runs[0].stalls = Stalls{.total_ns = 300'000'000,
                                          .longest_ns = 200'000'000,
                                          .waiting_for_lost_ns = 100'000'000,
                                          .generator_stopped_ns = 20'000'000,
                                          .responder_stopped_ns = 30'000'000,
                                          .lost_in_warmup = 2};
  report.cases[0].runs[0].integrity->failed_answers = 5;
  report.cases[0].runs[0].resources.machine =
      MachineTime{.idle_ns = 10'000'000, .others_ns = 20'000'000};
  report.cases[0].runs[0].floor =
      Floor{.loop = "epoll", .messages_per_s = 50'000, .round_trip = sample_distribution(20'000)};
  report.cases[0].runs[0].listen_queue = ListenQueue{.overflows = 3, .drops = 4};
  describe_connections(report.cases[0].runs[0]);
  report.cases[0].runs[0].latency->bound_ns = 16'100;
  report.cases[0].runs[0].latency->responsiveness_rpm = 2'800'000;
  const BackgroundStream stream{
      .sent = 900, .received = 890, .goodput_bytes_per_s = 5e7, .messages = {400, 490}};
  report.cases[0].runs[0].background = Background{.transport = "tcp",
                                                  .connections = 4,
                                                  .direction = "both",
                                                  .size_bytes = 65'536,
                                                  .generator_cpu_ns = 80'000'000,
                                                  .responder_cpu_ns = 90'000'000,
                                                  .forward = stream,
                                                  .reverse = stream};
  report.cases[0].runs[0].delay_variation->pdv->bound_ns = 32'200;
  report.cases[0].runs[0].delay_variation->ipdv->bound_ns = 26;
  report.cases[0].runs[0].clock = Clock{.relation = ClockRelation::two_clocks,
                                        .path = "udp://10.0.0.2:41641",
                                        .exchanges = 412,
                                        .rtt_min_ns = 22'400,
                                        .offset_ns = -86'400'000'003'851,
                                        .slope_ppm = -3.5,
                                        .slope_bound_ppm = 11.25,
                                        .bound_ns = 16'100,
                                        .claimed_bound_ns = 5'000,
                                        .contradicted = {"claimed_bound"},
                                        .negative_delays = 2,
                                        .generator = {.departure_ns = 40,
                                                      .suspended = false,
                                                      .maxerror_us = 1500,
                                                      .synchronised = true},
                                        .responder = {.departure_ns = 60,
                                                      .suspended = false,
                                                      .maxerror_us = 16'000'000,
                                                      .synchronised = false}};
  report.cases[0].params.generators = 2;
  report.cases[0].params.response_size_bytes = 16'384;
  for (Case& one : report.cases) one.params.size_mix = "64x7+576x4+1500x1";
  report.cases[0].runs[0].throughput->request_bytes_per_s = 1'277'440;
  // Fields that a report has only of other cases than this one have values too.
  report.cases[0].params.direction = "both";
  report.cases[0].runs[0].reverse = reverse_of(report.cases[0].runs[0]);
  GeneratorPart part;
  part.number = 2;
  part.host = "blue";
  part.valid = false;
  part.invalid_reasons = {"the generator did not run for 300 ms of 1000 ms"};
  part.reached_at = "10.0.0.2";
  part.sent = 50;
  part.received = 49;
  part.unsent = 1;
  part.generator = report.cases[0].runs[0].generator;
  part.response_time = sample_distribution(21'000);
  part.resources = report.cases[0].runs[0].resources.generator;
  part.stopped_ns = 300'000'000;
  part.began_late_ns = 55'000;
  part.clock = report.cases[0].runs[0].clock;
  report.cases[0].runs[0].generators = Generators{.skew_ns = 12'000, .parts = {part}};
  report.searches = {sample_search()};
  report.searches[0].params = report.cases[0].params;
  report.comparisons = {sample_comparison()};
  report.excluded_runs = {{.case_id = "udp/rr/64B/c1",
                           .index = 3,
                           .rule = kEnvironmentChanged,
                           .report = Arm::baseline}};
  report.stopping = Stopping{.stopped_by = StoppedBy::precision, .planned_looks = {10, 16, 24, 40}};
  summarise(report);
  report.cases[0].groups =
      RunGroups{.lower_runs = 5, .upper_runs = 3, .lower_p50_ns = 13'000, .upper_p50_ns = 20'000};
  report.cases[0].overhead = Overhead{
      .metric = "p50_ns", .blocks = 6, .overhead_ratio = 1.05, .interval = std::array{1.01, 1.09}};
  return report;
}

Report failed_report() {
  Report report = sample_frame();
  report.interrupted = true;
  Case one;
  one.id = "tcp/rr/64B/c1";
  one.params.transport = "tcp";
  one.params.family = "ipv4";
  one.params.workload = "rr";
  one.params.depth = Maybe<std::uint64_t>::none("open_loop");
  Run failed;
  failed.started_at = "2024-05-06T07:08:09Z";
  failed.invalid_reasons = {"failed: connect tcp://127.0.0.1:9: Connection refused"};
  one.runs.push_back(failed);
  Run empty;
  empty.index = 1;
  empty.load = Load{.model = LoadModel::closed,
                    .arrival = {},
                    .coordinated_omission = CoordinatedOmission::present,
                    .intended_rate = {},
                    .messages_per_send_call = {}};
  empty.generator = Generator{};
  empty.throughput = Throughput{};
  Latency latency;
  latency.delay_kind = DelayKind::round_trip;
  latency.response_time = Distribution{};
  latency.response_time_loss_as_infinite = LossAsInfinite{};
  empty.latency = latency;
  empty.loss = Loss{};
  empty.duplication = Duplication{};
  empty.reordering = Reordering{};
  DelayVariation variation;
  variation.delay_kind = DelayKind::round_trip;
  variation.ipdv = Ipdv{};
  variation.pdv = Pdv{};
  empty.delay_variation = variation;
  empty.integrity = Integrity{};
  empty.resources.generator = EndResources{};
  empty.series.push_back({});
  one.runs.push_back(empty);
  report.cases = {one};
  RateSearch search;
  search.params = one.params;
  search.limit = RateLimit::generator;
  search.trials = {{.duration_ns = 1'000'000'000}};
  report.searches = {search};
  Comparison comparison;
  comparison.design = Design::unpaired;
  comparison.effect = EffectKind::difference;
  comparison.orientation = Orientation::more_is_better;
  comparison.difference = Difference::none_shown;
  comparison.looks = {{.blocks = 10}};
  GateVerdict gate;
  gate.verdict = Gate::inconclusive;
  report.comparisons = {comparison, comparison};
  report.comparisons[1].gate = gate;
  return report;
}

}  // namespace sockmark::report
