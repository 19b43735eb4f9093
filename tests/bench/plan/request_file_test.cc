#include "bench/plan/request_file.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "bench/plan/plan.h"

namespace sockmark {
namespace {

std::string problem_of(const std::string& text) {
  const auto format = parse_request(text, "ping.json");
  return format ? "none" : format.error().message;
}

TEST(RequestFile, DescribesARequestAndItsResponse) {
  const auto format = parse_request(
      R"({"request": "PING\r\n", "response": {"until": "\r\n", "begins": "+PONG"}})", "ping.json");
  ASSERT_TRUE(format);
  EXPECT_EQ(format->request, "PING\r\n");
  EXPECT_EQ(format->until, "\r\n");
  EXPECT_EQ(format->begins, "+PONG");
}

TEST(RequestFile, BytesMayBeHexadecimal) {
  const auto format = parse_request(
      R"({"request_hex": "00ffA0", "response": {"length": {"offset": 2, "bytes": 4}}})", "a.json");
  ASSERT_TRUE(format);
  EXPECT_EQ(format->request, std::string("\0\xff\xa0", 3));
  EXPECT_EQ(format->length.bytes, 4U);
  // By default the field counts what follows it.
  EXPECT_EQ(format->length.add, 6U);
}

// What a report says of a request is enough to send it again.
TEST(RequestFile, ItsTextReadsBackAsTheSame) {
  for (const char* text :
       {R"({"request": "PING\r\n", "response": {"until": "\r\n", "begins": "+PONG"}})",
        R"({"request_hex": "00ff", "response": {"bytes": 7, "begins_hex": "80"}})",
        R"({"request": "a", "response": {"until": "\r\n\r\n", "length_header": "Content-Length",
            "max_bytes": 77}})",
        R"({"request": "a", "response": {"length": {"offset": 3, "bytes": 2, "add": 9,
            "byte_order": "little"}}})"}) {
    const auto format = parse_request(text, "a.json");
    ASSERT_TRUE(format) << text << format.error().message;
    const auto again = parse_request(text_of(*format), "again");
    ASSERT_TRUE(again) << text_of(*format);
    EXPECT_EQ(text_of(*again), text_of(*format));
    EXPECT_EQ(again->request, format->request);
    EXPECT_EQ(again->begins, format->begins);
    EXPECT_EQ(again->bytes_max, format->bytes_max);
    EXPECT_EQ(again->length.little_endian, format->length.little_endian);
    EXPECT_EQ(again->length.add, format->length.add);
  }
}

TEST(RequestFile, ErrorsNameThePlace) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"([])", "ping.json: expected an object, found array"},
      {R"({"response": {"bytes": 1}})", "ping.json: \"request\" is missing: the bytes to send"},
      {R"({"request": "a"})", "ping.json: \"response\" is missing: where the response ends"},
      {R"({"request": "", "response": {"bytes": 1}})",
       "ping.json: request: expected 1 to 16384 bytes, found 0"},
      {R"({"request": "a", "request_hex": "00", "response": {"bytes": 1}})",
       "ping.json: request: excludes \"request_hex\""},
      {R"({"request_hex": "0", "response": {"bytes": 1}})",
       "ping.json: request_hex: expected pairs of hexadecimal digits, such as \"0d0a\""},
      {R"({"request": "a", "reponse": {}})",
       "ping.json: unknown key \"reponse\"; did you mean \"response\"?"},
      {R"({"request": "a", "response": {}})",
       "ping.json: response: expected one of \"bytes\", \"until\" and \"length\": where it ends"},
      {R"({"request": "a", "response": {"bytes": 1, "until": "a"}})",
       "ping.json: response: expected one of \"bytes\", \"until\" and \"length\": where it ends"},
      {R"({"request": "a", "response": {"bytes": 1, "length_header": "a"}})",
       "ping.json: response.length_header: requires \"until\", the end of the header"},
      {R"({"request": "a", "response": {"bytes": 0}})",
       "ping.json: response.bytes: expected a number from 1 to 16777216"},
      {R"({"request": "a", "response": {"length": {"bytes": 9}}})",
       "ping.json: response.length.bytes: expected a number from 1 to 8"},
      {R"({"request": "a", "response": {"length": {"bytes": 2, "byte_order": "network"}}})",
       "ping.json: response.length.byte_order: expected \"big\" or \"little\""},
  };
  for (const auto& [text, problem] : cases) EXPECT_EQ(problem_of(text), problem);
}

TEST(ReadResponder, KnowsTwoWordsAndFiles) {
  EXPECT_FALSE(read_responder("sockmark")->foreign());
  EXPECT_EQ(read_responder("echo")->kind, ResponderChoice::Kind::echo);
  EXPECT_EQ(read_responder("ecko").error().message,
            "unknown responder \"ecko\"; did you mean \"echo\"?");
  EXPECT_FALSE(read_responder("./no-such-file.json"));
  EXPECT_FALSE(read_responder("./echo.json"));  // it would be taken for an echo server
}

std::string refusal(const CaseSpec& spec) {
  const auto fits = check_limits(spec);
  return fits ? "none" : fits.error().message;
}

CaseSpec echo_at(std::string transport, std::string address) {
  CaseSpec spec;
  spec.transport = std::move(transport);
  spec.address = std::move(address);
  spec.responder = *read_responder("echo");
  return spec;
}

TEST(ForeignResponder, RequiresTheAddressOfAServer) {
  EXPECT_EQ(refusal(echo_at("tcp", "tcp://127.0.0.1:7")), "none");
  EXPECT_EQ(refusal(echo_at("unix-dgram", "unix-dgram:@echo")), "none");
  EXPECT_EQ(refusal(echo_at("tcp", "")),
            "--responder echo: tcp needs the address of the server: -t tcp://HOST:PORT");
  EXPECT_EQ(refusal(echo_at("unix-stream", "")),
            "--responder echo: unix-stream needs the address of the server: -t unix-stream:PATH");
  EXPECT_EQ(refusal(echo_at("udp", "udp://127.0.0.1:0")),
            "--responder echo: udp://127.0.0.1:0 has no port; give that of the server");
  EXPECT_EQ(refusal(echo_at("memory", "memory:a")),
            "--responder echo: memory connects two threads of one process");
}

TEST(ForeignResponder, RefusesWhatHappensAtTheResponder) {
  const CaseSpec echo = echo_at("udp", "udp://127.0.0.1:7");
  CaseSpec spec = echo;
  spec.workload = Workload::stream;
  EXPECT_EQ(refusal(spec),
            "--responder echo: stream measures at the receiver, which is not sockmark; choose rr "
            "or connect");
  spec = echo;
  spec.impair = ImpairmentSpec{};
  EXPECT_EQ(refusal(spec), "--impair requires the responder of sockmark, not --responder echo");
  spec = echo;
  spec.pause = ServerPause{.every = Nanoseconds(2'000'000), .length = Nanoseconds(1'000'000)};
  EXPECT_EQ(refusal(spec),
            "--server-pause requires the responder of sockmark, not --responder echo");
  spec = echo;
  spec.work = Nanoseconds(1);
  EXPECT_EQ(refusal(spec),
            "--server-work requires the responder of sockmark, not --responder echo");
  spec = echo;
  spec.socket.ports = PortRange{.first = 4000, .last = 5000};
  EXPECT_EQ(refusal(spec), "--data-ports requires the responder of sockmark, not --responder echo");
  spec = echo;
  spec.pin = Pin{.generator = 0, .responder = 1};
  EXPECT_EQ(refusal(spec),
            "--pin 0,1: the server is not a process of the run; give the CPU of the generator "
            "only: --pin 0,-");
  spec.pin = Pin{.generator = 0, .responder = Pin::kNone};
  EXPECT_EQ(refusal(spec), "none");
  spec.responder = {};
  EXPECT_EQ(refusal(spec),
            "--pin 0,-: expected two CPU numbers, of the generator and of the responder, such as "
            "0,1");
  // Of the generator alone: any number of threads, also over UNIX sockets.
  spec = echo_at("unix-stream", "unix-stream:@echo");
  spec.threads = spec.connections = 2;
  EXPECT_EQ(refusal(spec), "none");
}

TEST(ForeignResponder, ARequestFileRequiresAByteStream) {
  CaseSpec spec = echo_at("udp", "udp://127.0.0.1:7");
  spec.responder = {.kind = ResponderChoice::Kind::request,
                    .name = "ping",
                    .file = "./ping.json",
                    .request = std::make_shared<const RequestFormat>(*parse_request(
                        R"({"request": "PING\r\n", "response": {"bytes": 7}})", "ping.json"))};
  spec.size = 6;
  EXPECT_EQ(refusal(spec),
            "--responder ping: answers over udp belong to no request for certain; choose tcp, tcp6 "
            "or unix-stream");
  spec.transport = "tcp";
  spec.address = "tcp://127.0.0.1:7";
  EXPECT_EQ(refusal(spec), "none");
  EXPECT_EQ(spec.id(), "tcp://127.0.0.1:7/rr/6B/c1/ping");
}

}  // namespace
}  // namespace sockmark
