// The bodies of the control messages about a run (bench/protocol/control.h), one struct for each.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/protocol/messages.h"
#include "bench/worker/end_result.h"
#include "bench/worker/generator_record.h"
#include "bench/worker/recording.h"
#include "reports/model/report.h"
#include "reports/model/report_json.h"

namespace sockmark {

struct PrepareMessage {
  static constexpr ControlType kType = ControlType::prepare;
  report::Params params;
  std::uint64_t seed = 1;    // of the schedule of an open loop
  bool clock_shared = true;  // by all ends
  // To a generator: its clock has the identity of the responder's.
  bool same_identity = true;
  bool progress = false;    // send progress messages during the run
  bool intervals = false;   // send intervals of the series during the run
  bool tcp = false;         // and what TCP knows at their edges
  std::uint64_t token = 0;  // peers of this run know it (ChannelOptions::token)
  std::string
      directory;  // for a socket file, or empty; the listener creates it, the runner removes it
  // To the responder, where it listens: one for each of its threads, or none for an address that
  // it chooses. To the generator, where the responder listens.
  std::vector<std::string> addresses;
  // An address of one end may mean nothing to the other.
  bool apart = false;
  // To the responder: the addresses of the generator's machine. To the generator: the hosts at
  // which the responder may be reached, in the order in which to try them; empty: at `addresses`.
  std::vector<std::string> hosts;
  // To the generator: where the responder answers time exchanges, but for the host, or empty.
  std::string time_address = {};
  // To the generator: which one it is, of params.generators; from 0.
  std::uint64_t generator = 0;
  bool per_connection = false;  // CaseSpec::per_connection
};

struct ListeningMessage {
  static constexpr ControlType kType = ControlType::listening;
  std::vector<std::string> addresses;
  std::vector<std::string> hosts;  // as in PrepareMessage
  std::string time_address = {};   // likewise
};

struct ReadyMessage {
  static constexpr ControlType kType = ControlType::ready;
  std::string host;  // the one at which the responder was reached, or empty without a choice
  Maybe<std::int64_t> theta_ns = {};  // estimate_theta()
  std::string source = {};            // source_towards() the responder
  // It took to establish the connections; absent where the run establishes them.
  Maybe<std::int64_t> connect_ns = Maybe<std::int64_t>::none(report::kNotApplicable);
};

struct StartMessage {  // by CLOCK_MONOTONIC of the receiver of the message
  static constexpr ControlType kType = ControlType::start;
  std::int64_t t0_ns = 0, t1_ns = 0;
  // To the responder: of each generator, as in ReadyMessage, or 0 where the clock is one. Empty: of
  // some generator nothing is known, or all have the clock of the responder.
  std::vector<std::int64_t> thetas_ns = {};
};

struct StartedMessage {
  static constexpr ControlType kType = ControlType::started;
};

// Where the responder sends: the window of the last start holds.
struct SendMessage {
  static constexpr ControlType kType = ControlType::send;
};

struct AllSentMessage {
  static constexpr ControlType kType = ControlType::sent;
  std::vector<std::uint64_t> sent;  // messages of the window, by connection
};

// Where the ends compare their clocks and the responder sends: a generator that has sent its result
// moves the delays of what it received by what is now known, and sends its result again.
struct JudgeMessage {
  static constexpr ControlType kType = ControlType::judge;
  OwnClocks responder;
  Maybe<std::int64_t> clock_bound_ns = {};  // as in FinishMessage
};

// To the responder, when the generators have ended; before, to a generator, where the responder
// sends.
struct FinishMessage {
  static constexpr ControlType kType = ControlType::finish;
  std::vector<std::uint64_t> sent;  // messages of the window, by connection
  // Of generators that were lost: what they sent is not known, and counts as what arrived.
  std::vector<std::uint64_t> lost_generators = {};
  // Of each generator, if the ends compare their clocks.
  std::vector<GeneratorClock> clocks = {};
  Maybe<std::int64_t> clock_bound_ns = {};  // the user's
  std::string source = {};                  // as in ReadyMessage
  // Of a window of a number of messages: its length, until the last event at a generator.
  Maybe<std::int64_t> measured_ns = {};
};

struct GeneratorResultMessage {
  static constexpr ControlType kType = ControlType::result;
  GeneratorRecord end;
};

struct ResponderResultMessage {
  static constexpr ControlType kType = ControlType::result;
  ResponderResult end;
};

struct StopMessage {  // by CLOCK_MONOTONIC of the receiver, between t0 and t1
  static constexpr ControlType kType = ControlType::stop;
  std::int64_t t1_ns = 0;
};

struct ProgressMessage {  // of an interval of the window
  static constexpr ControlType kType = ControlType::progress;
  std::int64_t from_ns = 0, until_ns = 0;  // since t0
  std::uint64_t messages = 0;
  Maybe<std::int64_t> p50_ns = {};
};

// Of all threads together: settled sub-windows of the series, and what TCP knew at their edges,
// each if it was asked for.
struct IntervalsMessage {
  static constexpr ControlType kType = ControlType::intervals;
  std::uint64_t first = 0;  // the index of the first of `parts`
  std::vector<RecordedPart> parts;
  std::uint64_t first_edge = 0;  // likewise, of `at_edges`
  std::vector<TcpTotals> at_edges = {};
};

struct FloorMessage {
  static constexpr ControlType kType = ControlType::floor;
  report::Floor floor;
};

void fields(auto& visit, report::Of<PrepareMessage> auto& message) {
  visit("params", message.params);
  visit("seed", message.seed);
  visit("clock_shared", message.clock_shared);
  visit("same_identity", message.same_identity);
  visit("progress", message.progress);
  visit("intervals", message.intervals);
  visit("tcp", message.tcp);
  visit("token", message.token);
  visit("directory", message.directory);
  visit("addresses", message.addresses);
  visit("apart", message.apart);
  visit("hosts", message.hosts);
  visit("time_address", message.time_address);
  visit("generator", message.generator);
  visit("per_connection", message.per_connection);
}
void fields(auto& visit, report::Of<ListeningMessage> auto& message) {
  visit("addresses", message.addresses);
  visit("hosts", message.hosts);
  visit("time_address", message.time_address);
}
void fields(auto& visit, report::Of<ReadyMessage> auto& message) {
  visit("host", message.host);
  visit("theta_ns", message.theta_ns, kOffsetRange);
  visit("source", message.source);
  visit("connect_ns", message.connect_ns, report::kNotNegative);
}
void fields(auto& visit, report::Of<StartMessage> auto& message) {
  visit("t0_ns", message.t0_ns, report::kNotNegative);
  visit("t1_ns", message.t1_ns, report::kNotNegative);
  visit("thetas_ns", message.thetas_ns, kOffsetRange);
}
void fields(auto&, report::Of<StartedMessage> auto&) {}
void fields(auto&, report::Of<SendMessage> auto&) {}
void fields(auto& visit, report::Of<AllSentMessage> auto& message) { visit("sent", message.sent); }
void fields(auto& visit, report::Of<JudgeMessage> auto& message) {
  visit("responder", message.responder);
  visit("clock_bound_ns", message.clock_bound_ns, report::kNotNegative);
}
void fields(auto& visit, report::Of<FinishMessage> auto& message) {
  visit("sent", message.sent);
  visit("lost_generators", message.lost_generators);
  visit("clocks", message.clocks);
  visit("clock_bound_ns", message.clock_bound_ns, report::kNotNegative);
  visit("source", message.source);
  visit("measured_ns", message.measured_ns, report::kPositive);
}
void fields(auto& visit, report::Of<GeneratorResultMessage> auto& message) {
  visit("end", message.end);
}
void fields(auto& visit, report::Of<ResponderResultMessage> auto& message) {
  visit("end", message.end);
}
void fields(auto& visit, report::Of<StopMessage> auto& message) {
  visit("t1_ns", message.t1_ns, report::kNotNegative);
}
void fields(auto& visit, report::Of<ProgressMessage> auto& message) {
  visit("from_ns", message.from_ns, report::kNotNegative);
  visit("until_ns", message.until_ns, report::kNotNegative);
  visit("messages", message.messages);
  visit("p50_ns", message.p50_ns, report::kNotNegative);
}
void fields(auto& visit, report::Of<IntervalsMessage> auto& message) {
  visit("first", message.first);
  visit("parts", message.parts);
  visit("first_edge", message.first_edge);
  visit("at_edges", message.at_edges);
}
void fields(auto& visit, report::Of<FloorMessage> auto& message) { visit("floor", message.floor); }

}  // namespace sockmark
