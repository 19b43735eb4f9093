// The report as plain data, from which every table, chart and export is made.
//
// Field names are those of report.json; the unit ends the name (_ns, _s, _bytes, _per_s, _ratio).
// docs/terminology.md and the section of docs/definitions/ named beside a struct define the fields.
// An undefined quantity is a Maybe without a value and with a reason; never 0, -1 or NaN.
//
// Values only, any thread. report_json.h converts them to and from JSON.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/maybe.h"
#include "base/open_enum.h"
#include "measure/clock_relation.h"
#include "reports/json/visit.h"
#include "reports/model/report_enums.h"
#include "stats/stopping_rule.h"
#include "stats/verdict.h"

namespace sockmark::report {

// Reasons that occur in more than one place.
inline constexpr const char* kNotApplicable = "not_applicable";  // the transport promises it
inline constexpr const char* kSamples = "samples";               // too few for this percentile
inline constexpr const char* kNothingSent = "nothing_sent";
inline constexpr const char* kNothingReceived = "nothing_received";
inline constexpr const char* kInterrupted = "interrupted";  // a search, by the user
inline constexpr const char* kOverflow = "overflow";        // values beyond the histogram's range
inline constexpr const char* kOneGenerator = "one_generator";  // so that the run says it all
inline constexpr const char* kNoResponder = "no_responder";    // the server is not of the run
inline constexpr const char* kNoRequest = "no_request";        // without a request file
inline constexpr const char* kOneClock = "one_clock";          // so that there is no error to bound
inline constexpr const char* kOneSize = "one_size";            // all messages have it
inline constexpr const char* kSizeMix = "size_mix";            // messages have several sizes
inline constexpr const char* kEcho = "echo";  // the request comes back: an answer of its size
inline constexpr const char* kNotRequested = "not_requested";  // by an option of the command line
inline constexpr const char* kLoss = "loss";  // the percentile lands on a lost message

// Why a run is invalid if the machine changed during it: a rule that reads no measured value.
inline constexpr const char* kEnvironmentChanged = "the environment changed while it was measured";

// --- identity -----------------------------------------------------------------------------------

struct Tool {
  std::string name, version, git, build_type, compiler, libuv;
};

// One line of the environment fingerprint (docs/definitions/environment.md#fingerprint), in JSON
// text form: a number, a string, a list, or null if the machine does not report it.
struct Environment {
  std::map<std::string, std::string> hard, soft, information;
  std::string hash_hard;  // SHA-256 over the canonical JSON of `hard`, lower-case hexadecimal
};

// An end of the runs that a launcher started (sockmark run --responder-via).
struct End {
  std::string role;  // "generator" or "responder"
  // Of several generators; from 1.
  Maybe<std::uint64_t> number = Maybe<std::uint64_t>::none(kOneGenerator);
  std::string host;                                               // the name of the machine
  std::string via;                                                // the launcher's command
  Maybe<std::string> address = Maybe<std::string>::none("none");  // where the responder was reached
  Tool tool;
  Environment environment;
};

// "responder", "generator 2".
[[nodiscard]] inline std::string name_of(const End& end) {
  return end.number ? end.role + " " + std::to_string(*end.number) : end.role;
}

// Where a process ran. Of the first valid run; each run's own pids are in its resources.
struct Process {
  std::int64_t pid = 0;
  std::vector<int> affinity;  // CPU numbers that it was allowed to use
  std::string scheduler;      // "SCHED_OTHER"
  std::int64_t nice = 0;
};

struct Warning {
  std::string code, message, advice;
};

// --- a case -------------------------------------------------------------------------------------

// By the names of the socket API. A number, or of TCP_CONGESTION a name.
using SocketOptionValues = std::map<std::string, NumberOrWord>;

// The responder stalls periodically: a test aid.
struct ServerPause {
  std::int64_t every_ns = 0, for_ns = 0;
};

// Type-P (RFC 2330, section 13): everything that is part of a metric's identity.
struct Params {
  // Which of two programs under comparison was measured (docs/definitions/comparing.md).
  Maybe<OpenEnum<Arm>> arm = Maybe<OpenEnum<Arm>>::none("none");
  std::string transport, family;
  Maybe<std::string> address = Maybe<std::string>::none("default");        // as the user named it
  Maybe<std::string> resolved_address = Maybe<std::string>::none("none");  // if it has a host name
  std::string workload;
  // Of a stream: "forward" (to the responder), "reverse" or "both".
  Maybe<std::string> direction = Maybe<std::string>::none("round_trip");
  Maybe<std::uint64_t> size_bytes = 64;
  Maybe<std::string> size_mix = Maybe<std::string>::none(kOneSize);  // SIZExWEIGHT+...
  Maybe<std::uint64_t> response_size_bytes = Maybe<std::uint64_t>::none(kEcho);
  Maybe<double> rate_per_s = Maybe<double>::none("closed_loop");
  Maybe<std::string> arrivals = Maybe<std::string>::none("closed_loop");
  Maybe<std::uint64_t> depth = 1;
  std::uint64_t connections = 1, threads = 1;
  // If there are several: the connections and the rate are divided among them.
  Maybe<std::uint64_t> generators = Maybe<std::uint64_t>::none(kOneGenerator);
  std::string wait = "sleep";
  std::vector<int> pin;  // generator's CPU, responder's CPU; empty: not pinned
  std::int64_t duration_ns = 0, warmup_ns = 0, tmax_ns = 0;
  // The length of the sub-windows of the series; the default is a twentieth of the duration.
  Maybe<std::int64_t> interval_ns = Maybe<std::int64_t>::none("default");
  // The window ends with them; the duration is then its upper limit.
  Maybe<std::uint64_t> messages = Maybe<std::uint64_t>::none("none");
  // Of a closed loop: from an answer until the next message is due.
  Maybe<std::int64_t> think_ns = Maybe<std::int64_t>::none("none");
  // At which connections were opened before the warm-up.
  Maybe<double> ramp_per_s = Maybe<double>::none("none");
  Maybe<std::string> impair = Maybe<std::string>::none("none");  // as docs/impairment.md spells it
  Maybe<ServerPause> server_pause = Maybe<ServerPause>::none("none");
  // The responder keeps its processor busy for this time with each message: a test aid.
  Maybe<std::int64_t> server_work_ns = Maybe<std::int64_t>::none("none");
  Maybe<std::string> source =
      Maybe<std::string>::none("none");  // from which the generator connects
  Maybe<std::string> interface_name = Maybe<std::string>::none("none");  // that both ends use
  Maybe<std::string> data_ports = Maybe<std::string>::none("none");      // FIRST-LAST
  // "sockmark", "echo" or the name of a request file, and what that contains
  // (docs/other-servers.md).
  Maybe<std::string> responder = std::string("sockmark");
  Maybe<std::string> request = Maybe<std::string>::none(kNoRequest);
  // What was requested of sockets and system calls, and the load beside the case, as on a command
  // line: {"nodelay", "off"}.
  std::map<std::string, std::string> requested_options = {};
  // Effective, of the first connection, as the kernel reported them at each end.
  SocketOptionValues socket_options, responder_socket_options = {};
};

// Reports of earlier versions do not say it.
[[nodiscard]] inline std::string responder_name(const Params& params) {
  return params.responder ? *params.responder : "sockmark";
}
[[nodiscard]] inline bool has_foreign_responder(const Params& params) {
  return responder_name(params) != "sockmark";
}

// --- a run --------------------------------------------------------------------------------------

// docs/definitions/throughput.md#window: [tw,t0) warm-up, [t0,t1) measurement, then drain for at
// most tmax.
struct Window {
  std::int64_t warmup_ns = 0, measure_ns = 0, drain_ns = 0, tmax_ns = 0;
  // Before the warm-up, to establish the connections; of several generators, the longest time.
  Maybe<std::int64_t> connect_ns = Maybe<std::int64_t>::none(kNotApplicable);
};

// A summary of one HdrHistogram (docs/definitions/histogram.md). min, max and mean are exact.
struct Distribution {
  std::uint64_t count = 0;
  Maybe<std::int64_t> min_ns, max_ns;
  Maybe<double> mean_ns;
  Maybe<std::int64_t> p50_ns, p75_ns, p90_ns, p95_ns, p99_ns, p99_9_ns, p99_99_ns;
  std::uint64_t overflow = 0;
  std::string histogram_v2;  // base64 of the compressed V2 encoding
};

// docs/definitions/throughput.md#rates, docs/definitions/generator.md#schedule. A closed loop omits
// the samples that would have waited ("present").
struct Load {
  OpenEnum<LoadModel> model;
  Maybe<std::string> arrival;
  std::uint64_t seed = 0;
  OpenEnum<CoordinatedOmission> coordinated_omission;
  Maybe<double> intended_rate;  // messages/s
  double offered_rate = 0;      // messages/s with t_sent in [t0,t1)
  std::uint64_t intended_messages = 0, sent_messages = 0, send_failed = 0;
  Maybe<double> messages_per_send_call;  // system calls of the window
};

// Whether the sends followed the law that was asked for: of a random process, samples of spacings
// and how many of them Anderson-Darling's test rejects (RFC 2330, section 11.1.3 and section 18).
struct ArrivalCheck {
  std::int64_t largest_deviation_ns = 0;  // max |t_sent - t_intended|
  std::uint64_t windows = 0, rejected = 0;
  Maybe<bool> flag;
};

// Whether the sizes of the messages sent followed the mix that was asked for: Pearson's chi-square
// of the counts (docs/definitions/generator.md#size-mix).
struct SizeCheck {
  std::vector<std::uint64_t> sent;  // messages of the window, of each part of the mix
  Maybe<double> chi_square, p_value;
  std::uint64_t degrees_of_freedom = 0;
  Maybe<bool> flag;
};

// How well the generator itself kept up (docs/definitions/generator.md#saturation).
struct Generator {
  Maybe<bool> saturated, lag_warning;
  Maybe<Distribution> lag;
  Maybe<double> issued_ratio, loop_busy;
  Maybe<ArrivalCheck> arrival_check;
  Maybe<SizeCheck> size_check = Maybe<SizeCheck>::none(kOneSize);
};

struct Throughput {
  double goodput_messages_per_s = 0, goodput_bytes_per_s = 0;
  // Of the requests that were answered, where answers have another size.
  Maybe<double> request_bytes_per_s = Maybe<double>::none(kEcho);
  Maybe<double> delivery_ratio;
};

// Lost messages count as +infinity (docs/definitions/latency.md#lost-messages).
struct LossAsInfinite {
  Maybe<std::int64_t> p50_ns, p75_ns, p90_ns, p95_ns, p99_ns, p99_9_ns, p99_99_ns;
};

struct Latency {
  OpenEnum<DelayKind> delay_kind;
  Maybe<Distribution> response_time;
  Maybe<LossAsInfinite> response_time_loss_as_infinite;
  Maybe<Distribution> service_time, send_block, one_way, warmup;
  // Of each one-way value here, if the ends read two clocks (docs/definitions/clocks.md).
  Maybe<std::int64_t> bound_ns = Maybe<std::int64_t>::none(kOneClock);
  // Round trips per minute, by the response times up to the 95th percentile
  // (docs/definitions/responsiveness.md).
  Maybe<double> responsiveness_rpm = {};
};

using CountsByLength = std::map<std::uint64_t, std::uint64_t>;

struct LossPeriods {
  std::uint64_t count = 0, max_length = 0;
  CountsByLength length_histogram;
};

struct LossAttribution {
  std::uint64_t receiver_socket = 0, sender_local = 0, elsewhere = 0;
};

// docs/definitions/loss.md. sent == received + lost holds in every run; over a reliable transport
// `lost` are the messages that were still unanswered when the run ended (integrity.unfinished),
// never network loss.
struct Loss {
  std::uint64_t sent = 0, received = 0, lost = 0, late = 0, late_arrivals = 0;
  Maybe<double> loss_ratio;
  Maybe<std::array<double, 2>> loss_ratio_ci95;
  std::int64_t tmax_ns = 0;
  Maybe<LossPeriods> periods;
  Maybe<CountsByLength> distance_histogram, inter_loss_period_histogram;
  Maybe<std::map<std::string, double>> noticeable_rate;
  Maybe<std::uint64_t> forward_lost, reverse_lost;
  Maybe<LossAttribution> attribution;
};

// docs/definitions/duplication.md.
struct Duplication {
  Maybe<std::uint64_t> duplicates, replicated_packets;
  Maybe<double> duplication_fraction, replicated_packet_rate;
};

struct FreeRuns {
  std::uint64_t x = 0, a = 0, p = 0, q = 0;
};

// docs/definitions/reordering.md.
struct Reordering {
  Maybe<std::uint64_t> reordered;
  Maybe<double> reordered_ratio;
  Maybe<std::uint64_t> extent_max;
  Maybe<CountsByLength> extent_histogram;
  Maybe<Distribution> late_time;
  Maybe<std::uint64_t> byte_offset_max, sequence_discontinuities, reordering_discontinuities;
  Maybe<CountsByLength> gap_histogram;
  Maybe<FreeRuns> free_runs;
  Maybe<std::vector<std::uint64_t>> n_reordering;
};

struct Ipdv {
  std::uint64_t defined = 0, undefined = 0;
  Maybe<std::int64_t> min_ns, max_ns;
  Maybe<double> mean_ns, mean_abs_ns;
  Maybe<std::int64_t> p50_ns, p90_ns, p99_ns, p99_9_ns;                  // of the signed value
  Maybe<std::int64_t> abs_p50_ns, abs_p90_ns, abs_p99_ns, abs_p99_9_ns;  // of its magnitude
  // Of each of them, for messages sent at the mean distance.
  Maybe<std::int64_t> bound_ns = Maybe<std::int64_t>::none(kOneClock);
};

struct Pdv {
  Maybe<std::int64_t> p50_ns, p90_ns, p99_ns, p99_9_ns, max_ns;
  Maybe<std::int64_t> bound_ns = Maybe<std::int64_t>::none(kOneClock);  // of each of them
};

// docs/definitions/delay-variation.md.
struct DelayVariation {
  OpenEnum<DelayKind> delay_kind;
  Maybe<Ipdv> ipdv;
  Maybe<Pdv> pdv;
  Maybe<double> jitter_rfc3550_ns;
};

struct Integrity {
  std::uint64_t corrupt = 0, corrupt_truncated = 0, spurious = 0, stream_integrity_errors = 0,
                unfinished = 0;
  // Of a request file: responses that did not begin as it says.
  Maybe<std::uint64_t> failed_answers = Maybe<std::uint64_t>::none(kNoRequest);

  Integrity& operator+=(const Integrity& other) {
    corrupt += other.corrupt;
    corrupt_truncated += other.corrupt_truncated;
    spurious += other.spurious;
    stream_integrity_errors += other.stream_integrity_errors;
    unfinished += other.unfinished;
    if (other.failed_answers)
      failed_answers = (failed_answers ? *failed_answers : 0) + *other.failed_answers;
    return *this;
  }
};

// One end's cost within [t0,t1), summed over the threads that moved messages.
struct EndResources {
  std::int64_t pid = 0;
  std::int64_t cpu_ns = 0, user_ns = 0, system_ns = 0;
  Maybe<double> cpu_ns_per_message;
  std::uint64_t voluntary_ctx_switches = 0, involuntary_ctx_switches = 0;
  std::uint64_t rss_max_bytes = 0;
};

// What the processors of the machine did within [t0,t1), beside the two ends.
struct MachineTime {
  std::int64_t idle_ns = 0, others_ns = 0;  // summed over the processors
};

struct Resources {
  Maybe<EndResources> generator, responder;
  Maybe<MachineTime> machine = {};
};

// What the injector did to messages of the window on one way.
struct InjectedOnWay {
  std::uint64_t dropped = 0, duplicated = 0, held = 0, delayed = 0, corrupted = 0, truncated = 0;
};

// The injector's own ledger of a run with --impair. Copies are counted as `duplicated`, messages
// held for others to overtake as `held`; `reordered` and its extents are what RFC 4737 (sections
// 3.4 and 4.2.3) makes of the sequence that was let through to the receiving end.
struct Impairment {
  std::uint64_t seed = 0, sent = 0, dropped = 0, duplicated = 0, reordered = 0, delayed = 0,
                held = 0, corrupted = 0, truncated = 0;
  CountsByLength extent_histogram = {};
  InjectedOnWay forward = {};         // on the way to the responder
  Maybe<InjectedOnWay> reverse = {};  // on the way to the generator, echoes or its stream
};

// The stream to the generator, of a run in which both ends send: the sections of a run.
struct ReverseStream {
  Load load = {};
  Generator generator = {};  // of its sender, the responder
  Throughput throughput = {};
  Latency latency = {};
  Loss loss = {};
  Duplication duplication = {};
  Reordering reordering = {};
  Maybe<DelayVariation> delay_variation = {};
  Integrity integrity = {};
  Maybe<Impairment> impairment = Maybe<Impairment>::none("none");
};

// The same exchange made by the smallest loop of system calls, in turns with the run.
struct Floor {
  std::string loop = {};  // "blocking", "epoll", "spinning"
  double messages_per_s = 0;
  Maybe<Distribution> round_trip = {};
};

// Connections that the responder's kernel did not queue for accept(2), in its network namespace,
// from before the first connection of the run to its end (machine/network_counters.h).
struct ListenQueue {
  std::uint64_t overflows = 0, drops = 0;
};

// What the kernel knows of the TCP connections of an end, or of a run
// (docs/definitions/tcp.md#figures). Of several connections: counts and rates are added, times and
// windows are means, rtt_min_ns is the least.
struct TcpFigures {
  Maybe<std::uint64_t> retransmits = {};  // segments sent again
  Maybe<std::uint64_t> lost = {};         // segments that the kernel takes for lost, at the end
  Maybe<std::int64_t> rtt_ns = {}, rtt_min_ns = {};
  Maybe<std::uint64_t> congestion_window = {};  // segments
  Maybe<std::uint64_t> delivery_rate_bytes_per_s = {};
  Maybe<std::int64_t> limited_by_receiver_ns = {}, limited_by_send_buffer_ns = {};
  Maybe<double> segments_per_message = {};
};

// The retransmits and the lost segments of both ends together; the rest is of the generator.
// `retransmits` counts from the handshake to the end of the drain.
struct Tcp : TcpFigures {
  Maybe<std::uint64_t> retransmits_in_window = {};
  Maybe<TcpFigures> generator = {}, responder = {};
};

// Growth of counters of the network namespace of an end, over the whole run: those of all its
// sockets, also of strangers (docs/definitions/tcp.md#counters).
struct NetworkCounters {
  std::uint64_t tcp_segments_sent = 0, tcp_segments_retransmitted = 0;
  std::uint64_t tcp_timeouts = 0, tcp_syn_retransmits = 0;
  std::uint64_t tcp_backlog_drops = 0, tcp_receive_queue_drops = 0;
  std::uint64_t listen_overflows = 0, listen_drops = 0;
  std::uint64_t udp_receive_buffer_errors = 0, udp_send_buffer_errors = 0, udp_no_port = 0;
};

struct Network {
  Maybe<NetworkCounters> generator = {}, responder = {};
};

// How evenly the messages of the window are spread over the connections
// (docs/definitions/fairness.md).
struct Fairness {
  Maybe<double> jain_index = {};
  std::uint64_t messages_min = 0, messages_max = 0;  // received, of one connection
};

// One connection of a run (sockmark run --per-connection).
struct ConnectionFigures {
  std::uint64_t number = 0;               // from 0
  std::uint64_t messages = 0, bytes = 0;  // of the window, received
  Maybe<std::int64_t> p50_ns = {}, p99_ns = {};
  Maybe<std::uint64_t> retransmits = {};  // of both ends, as in Tcp
};

// What an end found of its own clocks (docs/definitions/clocks.md#straightness).
struct EndClock {
  std::int64_t departure_ns = 0;         // of CLOCK_MONOTONIC from a straight line
  bool suspended = false;                // the machine, during the run
  Maybe<std::int64_t> maxerror_us = {};  // of CLOCK_REALTIME, by adjtimex(2)
  Maybe<bool> synchronised = {};         // likewise
};

// How the clocks of two ends were compared, and what is known of them
// (docs/definitions/clocks.md#judgement).
struct Clock {
  OpenEnum<ClockRelation> relation;
  Maybe<std::string> path = {};  // where the responder answered the exchanges
  std::uint64_t exchanges = 0;
  Maybe<std::int64_t> rtt_min_ns = {};
  // The responder's clock minus the generator's in the middle of the window, and how fast it grows.
  Maybe<std::int64_t> offset_ns = {};
  Maybe<double> slope_ppm = {}, slope_bound_ppm = {};
  Maybe<std::int64_t> bound_ns = {};  // of one-way delay within the window
  // By the user (sockmark run --clock-bound).
  Maybe<std::int64_t> claimed_bound_ns = Maybe<std::int64_t>::none("none");
  // What the exchanges contradict: "identity", "claimed_bound".
  std::vector<std::string> contradicted = {};
  std::uint64_t negative_delays = 0;  // messages whose delay, less than 0, counts as 0
  EndClock generator = {}, responder = {};
};

// A stream of the load in the background, over its connections.
struct BackgroundStream {
  std::uint64_t sent = 0, received = 0;      // messages of the window
  double goodput_bytes_per_s = 0;            // within the window
  std::vector<std::uint64_t> messages = {};  // received in each sub-window, those of Run::series
};

// What filled the path during the window of a run, by processes of its own
// (docs/background-load.md).
struct Background {
  std::string transport;
  std::uint64_t connections = 1;
  std::string direction;
  std::uint64_t size_bytes = 0;  // of its messages
  std::int64_t generator_cpu_ns = 0, responder_cpu_ns = 0;
  Maybe<BackgroundStream> forward = {}, reverse = {};
};

// One of the equal sub-windows of [t0,t1).
struct SeriesPoint {
  double t_s = 0;  // start of the sub-window, since t0
  std::uint64_t messages = 0;
  Maybe<std::int64_t> p50_ns, p99_ns, max_ns;
  Maybe<TcpFigures> tcp = {};
  Maybe<std::uint64_t> lost = {};  // found to be lost in it
};

// When nothing happened within [t0,t1) (docs/definitions/generator.md#stalls).
struct Stalls {
  // Stretches without an arrival, far longer than those between other arrivals.
  std::int64_t total_ns = 0, longest_ns = 0;
  // For how long a closed loop sent nothing because it waited for messages that were lost, as a
  // mean over its connections and depth.
  Maybe<std::int64_t> waiting_for_lost_ns = {};
  std::int64_t generator_stopped_ns = 0;          // it did not run
  Maybe<std::int64_t> responder_stopped_ns = {};  // likewise
  // Messages of the warm-up that were never answered.
  Maybe<std::uint64_t> lost_in_warmup = {};
};

// One of several generators of a run; it has a part of the connections and of the rate.
// Absent, with the reason, in one that did not come to the end of the run.
struct GeneratorPart {
  std::uint64_t number = 1;
  std::string host;  // the name of its machine
  bool valid = true;
  std::vector<std::string> invalid_reasons;
  Maybe<std::string> reached_at = Maybe<std::string>::none("none");  // the responder, by it
  Maybe<std::uint64_t> sent, received, unsent;                       // received: of round trips
  Maybe<Generator> generator;
  Maybe<Distribution> response_time;  // of round trips
  Maybe<EndResources> resources;
  Maybe<std::int64_t> stopped_ns;
  // From the beginning of the warm-up to the first turn of its loop, by its own clock.
  Maybe<std::int64_t> began_late_ns;
  Maybe<Clock> clock = Maybe<Clock>::none(kOneClock);
};

struct Generators {
  // Between the first and the last that began. Exact up to the bounds of their clocks.
  Maybe<std::int64_t> skew_ns;
  std::vector<GeneratorPart> parts;
};

struct Run {
  std::uint64_t index = 0;
  std::string started_at;  // wall clock, RFC 3339, for information
  bool valid = false;
  std::vector<std::string> invalid_reasons;
  // Latencies of a valid run with interference are upper bounds of those without.
  std::vector<std::string> interference_reasons;
  Maybe<bool> steady;
  std::vector<std::string> unsteady_reasons;
  Window window;
  // Absent, with the reason, in a run that did not come to its end.
  Maybe<Load> load;
  Maybe<Generator> generator;
  Maybe<Throughput> throughput;
  Maybe<Latency> latency;
  Maybe<Loss> loss;
  Maybe<Duplication> duplication;
  Maybe<Reordering> reordering;
  Maybe<DelayVariation> delay_variation;
  Maybe<Integrity> integrity;
  Resources resources;
  Maybe<Stalls> stalls = {};
  Maybe<Impairment> impairment = Maybe<Impairment>::none("none");
  Maybe<Floor> floor = Maybe<Floor>::none("none");
  Maybe<ListenQueue> listen_queue = {};
  Maybe<Tcp> tcp = {};
  Maybe<Network> network = {};
  Maybe<Fairness> fairness = {};
  Maybe<std::vector<ConnectionFigures>> connections =
      Maybe<std::vector<ConnectionFigures>>::none(kNotRequested);
  Maybe<Clock> clock = Maybe<Clock>::none(kOneClock);  // of several generators, in `generators`
  Maybe<Generators> generators = Maybe<Generators>::none(kOneGenerator);
  // With both directions: the sections above are those of the stream to the responder.
  Maybe<ReverseStream> reverse = Maybe<ReverseStream>::none(kNotApplicable);
  Maybe<Background> background = Maybe<Background>::none("none");
  std::vector<SeriesPoint> series;
};

// The user interrupted it: it measured a part of its window. Invalid, not compared, and measured
// again by --resume.
[[nodiscard]] inline bool is_partial(const Params& params, const Run& run) {
  if (run.valid || !run.throughput) return false;
  // A window of a number of messages is shorter anyway.
  if (params.messages)
    return !run.invalid_reasons.empty() && run.invalid_reasons.front().starts_with("interrupted");
  return run.window.measure_ns < params.duration_ns;
}

// Over the valid runs of a case. Percentiles of runs are observations: medianed, never averaged.
struct Statistic {
  std::uint64_t n = 0;
  double median = 0, min = 0, max = 0;
};

// What sockmark's own work adds to the floor: p50 of ours over the floor's; of a stream, the
// floor's messages/s over ours. 1.05 is five per cent more than bare system calls.
struct Overhead {
  std::string metric;         // "p50_ns" or "goodput_messages_per_s"
  std::uint64_t blocks = 0;   // valid runs with a floor
  double overhead_ratio = 1;  // the mean over the blocks, of logarithms
  // By the blocks (docs/definitions/comparing.md#interval-and-test), at 95 %.
  Maybe<std::array<double, 2>> interval = {};
};

// The p50s of a case's valid runs fall into two separate groups
// (docs/definitions/comparing.md#two-groups-of-runs).
struct RunGroups {
  std::uint64_t lower_runs = 0, upper_runs = 0;
  double lower_p50_ns = 0, upper_p50_ns = 0;  // the median of each group
};

struct Case {
  std::string id;  // "tcp/rr/64B/c1"
  Params params;
  std::vector<Run> runs;
  std::map<std::string, Statistic> summary;  // by metric: "p50_ns", "goodput_messages_per_s", ...
  Maybe<Overhead> overhead = Maybe<Overhead>::none("none");
  Maybe<RunGroups> groups = Maybe<RunGroups>::none("none");
};

// --- comparison ---------------------------------------------------------------------------------

// Whether the candidate is worse than the baseline by more than a margin
// (docs/definitions/comparing.md#verdict).
struct GateVerdict {
  double margin = 1;                // of a ratio (1.05), or of a difference in its own unit (0.001)
  Maybe<double> p_worse = {};       // one-sided, of: not worse than the margin
  Maybe<double> p_worse_holm = {};  // the same, adjusted for the number of gates
  Gate verdict = Gate::inconclusive;
  std::vector<std::string> reasons = {};  // why inconclusive
  // The number that detects a change as large as the margin nine times in ten, with this spread.
  Maybe<std::uint64_t> blocks_needed = {};
};

// What a planned look saw (docs/definitions/stopping.md#stopping).
struct Look {
  std::uint64_t blocks = 0;
  Maybe<std::array<double, 2>> interval = {};
};

// One metric of two cases that differ in one thing, over blocks: one run of each, back to back.
// The effect of a positive metric is the ratio candidate / baseline, of one that may be 0 the
// difference candidate - baseline (docs/definitions/comparing.md#effect).
struct Comparison {
  std::string baseline, candidate;  // ids of cases; the same id where two reports are compared
  std::string metric;               // a name in Case::summary
  Design design = Design::unpaired;
  EffectKind effect = EffectKind::ratio;
  Orientation orientation = Orientation::less_is_better;
  std::uint64_t blocks = 0;  // unpaired: the runs of the side that has fewer
  Maybe<std::uint64_t> baseline_runs = {}, candidate_runs = {};  // that are compared
  Maybe<double> baseline_median = {}, candidate_median = {};     // in the metric's unit
  Maybe<double> estimate = {};                                   // of the effect
  // What decides (docs/definitions/comparing.md#interval-and-test, #two-reports).
  Maybe<std::array<double, 2>> interval = {};
  double confidence = 0.95;                      // level of the interval
  Maybe<double> p_value = {};                    // two-sided, of: no effect
  Maybe<std::array<double, 2>> t_interval = {};  // Student's, for readers who know it
  Maybe<double> wilcoxon_p = {}, vargha_delaney_a = {};
  Maybe<double> hodges_lehmann = {};  // of the effect; unpaired it is the estimate
  Maybe<std::array<double, 2>> hodges_lehmann_interval = {};  // at 95 %
  // Adjusted by Benjamini and Hochberg over a table without gates.
  Maybe<double> p_adjusted = Maybe<double>::none("gates");
  // The smallest change that is found nine times in ten: a ratio less 1, or a difference.
  Maybe<double> mde90 = {};
  // Absent without an interval.
  Maybe<Difference> difference = {};
  Maybe<GateVerdict> gate = Maybe<GateVerdict>::none("none");
  std::vector<std::string> unequal = {};  // what else differs between the two
  std::vector<Look> looks = {};           // where more than one was planned
  // Of each block in its order, the ratio or the difference, for readers who redo the analysis.
  std::vector<double> block_effects = {};
};

// A run that no comparison uses, by a rule that does not look at its metrics
// (docs/definitions/stopping.md#outliers).
struct ExcludedRun {
  std::string case_id;
  std::uint64_t index = 0;
  std::string rule;
  // Where two reports are compared, whose cases have the same ids: whose the run is.
  Maybe<OpenEnum<Arm>> report = Maybe<OpenEnum<Arm>>::none("none");
};

struct Stopping {
  OpenEnum<StoppedBy> stopped_by;
  std::vector<std::uint64_t> planned_looks = {};
};

// --- search for a rate --------------------------------------------------------------------------

// One trial (draft-ietf-bmwg-mlrsearch-15): a run at a rate.
struct Trial {
  double rate_per_s = 0;
  std::int64_t duration_ns = 0;
  bool valid = false;          // a trial that is not, says nothing of the rate
  Maybe<bool> saturated = {};  // the generator was the limit
  Maybe<double> loss_ratio = {};
  // Of the messages of any transport, those that were not answered within Tmax.
  Maybe<double> unanswered_ratio = {};
  Maybe<std::int64_t> p99_ns = {};  // of response time, lost messages as infinite
  // The same, by statistic: "p50", "p99.9", "mean", "max"; without those that are undefined.
  std::map<std::string, std::int64_t> latency_ns = {};
  Maybe<double> offered_per_s = {};
  Maybe<bool> interference = {};  // other processes had the processors, or an end did not run
};

// The highest rate at which a goal holds, in one case (docs/definitions/rate-search.md#result).
struct RateSearch {
  std::string id;  // of the case, without a rate
  Params params;
  std::string goal;  // "loss<=0.5%"
  std::string name;  // "max_rate_loss_le_0.005"
  Maybe<double> lower_bound_per_s = {}, upper_bound_per_s = {}, conditional_throughput_per_s = {};
  OpenEnum<RateLimit> limit;  // but for `path` the rate is at least the lower bound
  bool complete = false;
  std::vector<Trial> trials = {};
};

struct Report {
  std::string schema_version = "1.5.0";
  Tool tool;
  // What the baseline of a comparison of two programs was; `tool` is then the candidate's.
  Maybe<Tool> baseline_tool = Maybe<Tool>::none("none");
  Environment environment;  // of the machine where sockmark run ran
  std::vector<End> ends;    // those elsewhere
  Maybe<Process> generator_process, responder_process;
  std::map<std::string, std::string> plan_supplied;   // option -> text, as the user gave it
  std::map<std::string, std::string> plan_effective;  // option -> text, defaults filled in
  bool interrupted = false;
  std::vector<Warning> warnings;
  std::vector<Case> cases;
  std::vector<RateSearch> searches;
  std::vector<Comparison> comparisons;
  std::vector<ExcludedRun> excluded_runs;
  Maybe<Stopping> stopping = Maybe<Stopping>::none("none");
};

[[nodiscard]] inline bool has_partial_run(const Report& report) {
  return std::ranges::any_of(report.cases, [](const Case& one) {
    return std::ranges::any_of(one.runs,
                               [&](const Run& run) { return is_partial(one.params, run); });
  });
}

}  // namespace sockmark::report
