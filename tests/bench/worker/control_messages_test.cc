#include "bench/worker/control_messages.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "bench/remote/agent_messages.h"
#include "tests/reports/sample_report.h"

namespace sockmark {
namespace {

template <class M>
Result<M> read(std::string body) {
  return as_message<M>({.type = M::kType, .body = std::move(body)});
}

// The error of reading this body as the message.
template <class M>
std::string error_of(std::string body) {
  auto message = read<M>(std::move(body));
  return message ? "accepted" : message.error().message;
}

void expect_one_line(const std::string& message) {
  EXPECT_FALSE(message.empty());
  EXPECT_LT(message.size(), 500U);
  for (const char c : message) {
    ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)
        << testing::PrintToString(message);
  }
}

// Results in which every field has a value.
EndResult full_end() {
  const report::Report full = report::full_report();
  const report::Run& run = full.cases.at(0).runs.at(0);
  return {.process = *full.generator_process,
          .environment = full.environment,
          .resources = *run.resources.generator,
          .invalid_reasons = {"connection 3: receive: Connection reset by peer"},
          .measured_ns = 1'300'000'000,
          .goodput_messages = 14,
          .goodput_bytes = 896,
          .receive_drops = 5,
          .warmed_up = true,
          .silent_ns = 70'000'000,
          .longest_silence_ns = 60'000'000,
          .stopped_ns = 30'000'000,
          .injected = InjectedByEnd{.sent = 9, .reordered = 2, .extent_histogram = {{1, 2}}},
          .latency = *run.latency,
          .loss = *run.loss,
          .duplication = *run.duplication,
          .reordering = *run.reordering,
          .delay_variation = *run.delay_variation,
          .integrity = *run.integrity,
          .series = run.series,
          .tcp = TcpRecord{.at_edges = {TcpTotals{.retransmits = 1}, TcpTotals{.retransmits = 2}},
                           .at_end = {.retransmits = 3, .rtt_min_ns = 4}},
          .network = *run.network->generator,
          .fairness = *run.fairness,
          .connections = *run.connections};
}

GeneratorResultMessage full_generator_result() {
  const report::Report full = report::full_report();
  Recording recording;
  recording.goodput_bytes = 896;
  recording.warmed_up = true;
  recording.sends = RecordedSends();
  return {
      .end = {.process = {.process = *full.generator_process, .rss_max_bytes = 1 << 20},
              .environment = full.environment,
              .invalid_reasons = {"connection 3: receive: Connection reset by peer"},
              .recording = recording,
              .injected = InjectedByEnd{.sent = 9, .reordered = 2, .extent_histogram = {{1, 2}}},
              .socket_options = {{"SO_RCVBUF", 425984}, {"TCP_CONGESTION", "bbr"}},
              .sent = {1, 2, std::numeric_limits<std::uint64_t>::max()},
              .unsent = 3,
              .drain_ns = 1'000'001,
              .began_late_ns = 60'000,
              .loop_busy = 0.25,
              .machine = report::MachineTime{.idle_ns = 10'000'000, .others_ns = 20'000'000},
              .clock = GeneratorClock{},
              .reverse_clock = report::Clock()}};
}

ResponderResultMessage full_responder_result() {
  SentByEnd sent{.messages = 5, .offered = 6, .unsent = 7, .began_late_ns = 8};
  sent.schedule = health::SendRecord{.intended = 9, .loop_busy = 0.5};
  return {.end = {full_end(),
                  {{"SO_RCVBUF", 425984}, {"TCP_CONGESTION", "bbr"}},
                  13,
                  report::Distribution(),
                  {},
                  {7},
                  {report::Clock()},
                  OwnClocks(),
                  sent}};
}

HostMessage full_host() {
  const report::Report full = report::full_report();
  return {.tool = full.tool,
          .environment = full.environment,
          .addresses = {"10.0.0.2", "fd00::2"},
          .cpus = {0, 2},
          .warnings = full.warnings};
}

PrepareMessage full_prepare() {
  return {.params = report::full_report().cases.at(0).params,
          .progress = true,
          .intervals = true,
          .tcp = true,
          .token = 0xFEDC'BA98'7654'3210,
          .directory = "/tmp/sockmark-\"quoted\"\n",
          .addresses = {"tcp://127.0.0.1:1", "unix-stream:/tmp/x"},
          .apart = true,
          .hosts = {"10.0.0.1", "fd00::1"}};
}

template <class M>
void expect_round_trip(const M& message) {
  const std::string first = body_of(message);
  auto again = read<M>(first);
  ASSERT_TRUE(again) << name_of(M::kType) << ": " << again.error().message;
  EXPECT_EQ(body_of(*again), first) << name_of(M::kType);
}

TEST(ControlMessages, EveryMessageReadsBackAsItWasWritten) {
  expect_round_trip(HelloMessage{.protocol = {.min = 7, .max = 9},
                                 .role = "generator",
                                 .version = "0.1.0",
                                 .machine = "x86_64",
                                 .host = "db2",
                                 .on_terminal = true,
                                 .pid = 4194304,
                                 .clock = "boot"});
  expect_round_trip(full_prepare());
  expect_round_trip(
      ListeningMessage{.addresses = {"udp://[::1]:9", "memory:x"}, .hosts = {"10.0.0.2"}});
  expect_round_trip(ListeningMessage{});
  expect_round_trip(ReadyMessage{.host = "10.0.0.2"});
  expect_round_trip(StartMessage{.t0_ns = 1, .t1_ns = std::numeric_limits<std::int64_t>::max()});
  expect_round_trip(StartedMessage{});
  expect_round_trip(SendMessage{});
  expect_round_trip(AllSentMessage{.sent = {0, 7}});
  expect_round_trip(JudgeMessage{.responder = {}, .clock_bound_ns = 5'000});
  expect_round_trip(full_host());
  expect_round_trip(SpawnMessage{.role = "responder"});
  expect_round_trip(EndedMessage{.status = 0, .signal = 9});
  expect_round_trip(FinishMessage{.sent = {0, std::numeric_limits<std::uint64_t>::max()},
                                  .lost_generators = {1},
                                  .clocks = {GeneratorClock{}}});
  expect_round_trip(full_generator_result());
  expect_round_trip(full_responder_result());
  expect_round_trip(GeneratorResultMessage{});
  expect_round_trip(ResponderResultMessage{});
  expect_round_trip(StopMessage{.t1_ns = 7});
  expect_round_trip(ProgressMessage{.from_ns = 1, .until_ns = 2, .messages = 3, .p50_ns = 4});
  expect_round_trip(ProgressMessage{});
  expect_round_trip(IntervalsMessage{
      .first = 3,
      .parts = {{.messages = 5, .latency = {.counters = {7, 5}, .min = 7, .max = 7}, .lost = 2}},
      .first_edge = 4,
      .at_edges = {TcpTotals{.retransmits = 3, .connections = 2}}});
  expect_round_trip(FailedMessage{.message = "listen tcp://127.0.0.1:80: Permission denied"});
}

TEST(ControlMessages, AResultKeepsItsValues) {
  const GeneratorResultMessage written = full_generator_result();
  auto result = read<GeneratorResultMessage>(body_of(written));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->end.sent, written.end.sent);
  EXPECT_EQ(result->end.invalid_reasons, written.end.invalid_reasons);
  EXPECT_EQ(result->end.socket_options, written.end.socket_options);
  EXPECT_EQ(result->end.unsent, 3U);
  EXPECT_EQ(result->end.recording.goodput_bytes, 896U);
  EXPECT_FALSE(read<GeneratorResultMessage>(body_of(full_responder_result())))
      << "the result of the other end";
}

TEST(ControlMessages, AnotherTypeThanExpectedIsNamedWithTheExpectedOne) {
  auto message = as_message<StartMessage>({.type = ControlType::ready, .body = "{}"});
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().message, "control channel: message ready where start was expected");
}

TEST(ControlMessages, TheErrorOfAFailedPeerIsReturned) {
  const FailedMessage failed{.message = "listen tcp://127.0.0.1:80: Permission denied"};
  auto message =
      as_message<ListeningMessage>({.type = ControlType::failed, .body = body_of(failed)});
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().message, failed.message);
  auto expected = read<FailedMessage>(body_of(failed));
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->message, failed.message);
}

TEST(ControlMessages, TheErrorOfAFailedPeerIsOnePrintableLine) {
  FailedMessage failed{.message = "fine\n\033[2Jnot fine\t\x7F" + std::string(5000, 'x')};
  auto message =
      as_message<ListeningMessage>({.type = ControlType::failed, .body = body_of(failed)});
  ASSERT_FALSE(message);
  expect_one_line(message.error().message);
}

TEST(ControlMessages, ABrokenFailureIsAnErrorToo) {
  auto message =
      as_message<ListeningMessage>({.type = ControlType::failed, .body = "{\"message\": 5}"});
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().message,
            "control channel: message failed: message: expected a string, found 5");
}

TEST(ControlMessages, ABodyThatIsNotAJsonObjectIsRejected) {
  for (const char* body :
       {"", "{", "{}{}", "nonsense", "\xFF\xFE", "{\"pid\": 1, \"pid\": 2}", "[[[[[["}) {
    const auto error = error_of<HelloMessage>(body);
    EXPECT_TRUE(error.starts_with("control channel: message hello: ")) << error;
    expect_one_line(error);
  }
  EXPECT_EQ(error_of<HelloMessage>("[]"),
            "control channel: message hello: expected an object, found a list of 0");
  EXPECT_EQ(error_of<HelloMessage>(std::string(100'000, '[')).substr(0, 31),
            "control channel: message hello:");
}

TEST(ControlMessages, NumbersBeyondTheirRangeAreRejected) {
  const auto hello = [](std::string protocol, std::string pid) {
    return error_of<HelloMessage>("{\"protocol\":{\"min\":" + protocol +
                                  ",\"max\":2},\"role\":\"generator\",\"version\":\"\","
                                  "\"machine\":\"\",\"host\":\"\",\"on_terminal\":false,\"pid\":" +
                                  pid + ",\"clock\":\"\",\"now_ns\":0}");
  };
  EXPECT_EQ(hello("1", "1"), "accepted");
  EXPECT_TRUE(hello("1", "0").starts_with(
      "control channel: message hello: pid: expected an integer from 1"))
      << hello("1", "0");
  for (const char* number :
       {"-1", "18446744073709551616", "1.5", "1e400", "\"1\"", "null", "true"}) {
    EXPECT_TRUE(hello(number, "1").starts_with("control channel: message hello: "))
        << number << ": " << hello(number, "1");
  }
  EXPECT_TRUE(error_of<StartMessage>("{\"t0_ns\":-1,\"t1_ns\":5}")
                  .starts_with("control channel: message start: t0_ns: expected"));
  EXPECT_TRUE(error_of<FinishMessage>("{\"sent\":[1,-2]}")
                  .starts_with("control channel: message finish: sent[1]: expected"));
}

TEST(ControlMessages, AMissingFieldIsNamed) {
  EXPECT_EQ(error_of<StartMessage>("{\"t0_ns\":1}").substr(0, 37),
            "control channel: message start: t1_ns");
}

// --- a hostile peer -----------------------------------------------------------------------------

Result<> read_any(const ControlFrame& frame) {
  const auto outcome = [](auto message) -> Result<> {
    if (message) return {};
    return std::move(message).error();
  };
  switch (frame.type) {
    case ControlType::hello:
      return outcome(as_message<HelloMessage>(frame));
    case ControlType::prepare:
      return outcome(as_message<PrepareMessage>(frame));
    case ControlType::listening:
      return outcome(as_message<ListeningMessage>(frame));
    case ControlType::ready:
      return outcome(as_message<ReadyMessage>(frame));
    case ControlType::start:
      return outcome(as_message<StartMessage>(frame));
    case ControlType::started:
      return outcome(as_message<StartedMessage>(frame));
    case ControlType::finish:
      return outcome(as_message<FinishMessage>(frame));
    case ControlType::result:
      return outcome(as_message<GeneratorResultMessage>(frame));
    case ControlType::failed:
      return outcome(as_message<FailedMessage>(frame));
    case ControlType::floor:
      return outcome(as_message<FloorMessage>(frame));
    case ControlType::stop:
      return outcome(as_message<StopMessage>(frame));
    case ControlType::progress:
      return outcome(as_message<ProgressMessage>(frame));
    case ControlType::host:
      return outcome(as_message<HostMessage>(frame));
    case ControlType::spawn:
      return outcome(as_message<SpawnMessage>(frame));
    case ControlType::release:
      return outcome(as_message<ReleaseMessage>(frame));
    case ControlType::ended:
      return outcome(as_message<EndedMessage>(frame));
    case ControlType::ping:
      return outcome(as_message<PingMessage>(frame));
    case ControlType::intervals:
      return outcome(as_message<IntervalsMessage>(frame));
    case ControlType::send:
      return outcome(as_message<SendMessage>(frame));
    case ControlType::sent:
      return outcome(as_message<AllSentMessage>(frame));
    case ControlType::judge:
      return outcome(as_message<JudgeMessage>(frame));
  }
  return Error{"unknown type"};
}

std::string mutated(std::string bytes, Random& random, std::size_t first) {
  static constexpr std::string_view kTokens[] = {"null", "-1",      "1e999", "\"\"", "{}",
                                                 "[]",   "\\u0000", "\x1B",  ":",    "9"};
  for (auto edits = 1 + random.below(4); edits > 0; --edits) {
    const std::size_t at = first + random.below(bytes.size() - first);
    switch (random.below(4)) {
      case 0:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        bytes.erase(at, 1 + random.below(8));
        break;
      case 2:
        bytes.insert(at, kTokens[random.below(std::size(kTokens))]);
        break;
      default:
        bytes.insert(at, bytes.substr(at, random.below(20)));
        break;
    }
    if (bytes.size() <= first) return bytes;
  }
  return bytes;
}

const std::vector<ControlFrame>& sample_frames() {
  static const std::vector<ControlFrame> frames = {
      {ControlType::hello, body_of(HelloMessage{.protocol = {},
                                                .role = "responder",
                                                .version = {},
                                                .machine = {},
                                                .host = {},
                                                .pid = 5,
                                                .clock = {}})},
      {ControlType::prepare, body_of(full_prepare())},
      {ControlType::listening,
       body_of(ListeningMessage{.addresses = {"tcp://127.0.0.1:1"}, .hosts = {}})},
      {ControlType::start, body_of(StartMessage{.t0_ns = 1, .t1_ns = 2})},
      {ControlType::finish, body_of(FinishMessage{.sent = {1, 2, 3}})},
      {ControlType::sent, body_of(AllSentMessage{.sent = {1, 2, 3}})},
      {ControlType::judge, body_of(JudgeMessage{.responder = {}, .clock_bound_ns = 7})},
      {ControlType::result, body_of(full_generator_result())},
      {ControlType::host, body_of(full_host())},
      {ControlType::ended, body_of(EndedMessage{.status = 7, .signal = 0})},
      {ControlType::failed, body_of(FailedMessage{.message = "no"})}};
  return frames;
}

TEST(ControlMessages, MutatedStreamsEndInFramesOrInOneLine) {
  Random random(1);
  int rejected = 0;
  for (int round = 0; round < 4000; ++round) {
    const auto& sample = sample_frames()[random.below(sample_frames().size())];
    ControlDecoder decoder;
    decoder.greeted();
    decoder.feed(mutated(encode_frame(sample.type, sample.body), random, 0));
    for (;;) {
      auto frame = decoder.next();
      if (!frame) {
        ++rejected;
        expect_one_line(frame.error().message);
        break;
      }
      if (!*frame) break;
      if (const auto read = read_any(**frame); !read) expect_one_line(read.error().message);
    }
  }
  EXPECT_GT(rejected, 100);
}

TEST(ControlMessages, MutatedBodiesAreReadOrRejectedInOneLine) {
  Random random(2);
  int rejected = 0, taken = 0;
  for (int round = 0; round < 3000; ++round) {
    ControlFrame frame = sample_frames()[random.below(sample_frames().size())];
    frame.body = mutated(std::move(frame.body), random, 0);
    const auto read = read_any(frame);
    ++(read ? taken : rejected);
    if (!read) expect_one_line(read.error().message);
  }
  EXPECT_GT(rejected, 100);
  EXPECT_GT(taken, 10);
}

}  // namespace
}  // namespace sockmark
