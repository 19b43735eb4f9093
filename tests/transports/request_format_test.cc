#include "transports/request_format.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sockmark::testing {
namespace {

struct Response {
  std::size_t size;
  bool expected;
  bool operator==(const Response&) const = default;
};

struct Scanned {
  std::vector<Response> responses;
  ResponseProblem problem = ResponseProblem::none;
  bool inside = false;
};

// The responses in `text`, which arrives `chunk` bytes at a time.
Scanned scan(const RequestFormat& format, std::string_view text, std::size_t chunk) {
  Scanned scanned;
  ResponseScanner scanner(format);
  while (!text.empty() && scanned.problem == ResponseProblem::none) {
    auto arrived = std::as_bytes(std::span(text.substr(0, chunk)));
    text.remove_prefix(arrived.size());
    while (!arrived.empty() && scanned.problem == ResponseProblem::none) {
      arrived = arrived.subspan(scanner.take(arrived));
      scanned.problem = scanner.problem();
      if (scanned.problem != ResponseProblem::none || !scanner.complete()) continue;
      scanned.responses.push_back({scanner.size(), scanner.is_expected()});
      scanner.next();
    }
  }
  scanned.inside = scanner.inside();
  return scanned;
}

// The same however the bytes are split.
void expect_responses(const RequestFormat& format, std::string_view text,
                      const std::vector<Response>& expected) {
  for (std::size_t chunk = 1; chunk <= text.size(); ++chunk) {
    const Scanned scanned = scan(format, text, chunk);
    EXPECT_EQ(scanned.problem, ResponseProblem::none) << chunk;
    EXPECT_EQ(scanned.responses, expected) << chunk;
    EXPECT_FALSE(scanned.inside) << chunk;
  }
}

RequestFormat until(std::string delimiter) {
  RequestFormat format;
  format.request = "x";
  format.until = std::move(delimiter);
  return format;
}

TEST(ResponseScanner, ANumberOfBytesEndsAResponse) {
  RequestFormat format;
  format.bytes = 3;
  expect_responses(format, "abcdefghi", {{3, true}, {3, true}, {3, true}});
}

TEST(ResponseScanner, ADelimiterEndsAResponseWhereverItIsSplit) {
  expect_responses(until("\r\n"), "+PONG\r\n\r\n+\r+\n\r\n", {{7, true}, {2, true}, {6, true}});
  // A delimiter that overlaps itself.
  expect_responses(until("aab"), "aaab.aab", {{4, true}, {4, true}});
}

TEST(ResponseScanner, ABeginningTellsAnErrorFromAnAnswer) {
  RequestFormat format = until("\r\n");
  format.begins = "+PONG";
  expect_responses(format, "+PONG\r\n-ERR\r\n+P\r\n", {{7, true}, {6, false}, {4, false}});
}

TEST(ResponseScanner, ALengthFieldEndsAResponse) {
  RequestFormat format;
  format.length = {.offset = 1, .bytes = 2, .little_endian = false, .add = 3};
  using namespace std::string_view_literals;
  expect_responses(format, "T\0\2abT\0\0"sv, {{5, true}, {3, true}});
  format.length.little_endian = true;
  expect_responses(format, "T\2\0abT\0\0"sv, {{5, true}, {3, true}});
  // A field that counts the whole response but for its first byte.
  format.length = {.offset = 1, .bytes = 4, .little_endian = false, .add = 1};
  expect_responses(format, "Z\0\0\0\5I"sv, {{6, true}});
}

TEST(ResponseScanner, AHeaderLineHasTheLengthOfWhatFollows) {
  RequestFormat format = until("\r\n\r\n");
  format.length_header = "Content-Length";
  format.begins = "HTTP/1.1 200";
  const std::string head = "HTTP/1.1 200 OK\r\nX-Content-Length: 9\r\ncontent-length:  4\r\n\r\n";
  const std::string empty = "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n";
  expect_responses(format, head + "\r\n\r\n" + empty,
                   {{head.size() + 4, true}, {empty.size(), false}});
  EXPECT_EQ(scan(format, "HTTP/1.1 200 OK\r\n\r\n", 5).problem, ResponseProblem::no_length);
  EXPECT_EQ(scan(format, "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 50).problem,
            ResponseProblem::no_length);
}

TEST(ResponseScanner, AResponseThatIsTooLongIsAProblem) {
  RequestFormat format = until("\n");
  format.bytes_max = 4;
  expect_responses(format, "abc\n", {{4, true}});
  for (const std::size_t chunk : {1U, 3U, 9U})
    EXPECT_EQ(scan(format, "abcdefgh\n", chunk).problem, ResponseProblem::too_long) << chunk;
  RequestFormat length;
  length.length = {.offset = 0, .bytes = 8, .little_endian = false, .add = 8};
  EXPECT_EQ(scan(length, std::string(8, '\xff'), 3).problem, ResponseProblem::too_long);
}

TEST(ResponseScanner, WhatIsCutOffIsNoResponse) {
  const Scanned scanned = scan(until("\r\n"), "+PONG\r\n+PO", 3);
  EXPECT_EQ(scanned.responses.size(), 1U);
  EXPECT_TRUE(scanned.inside);
}

TEST(ResponseScanner, TheBeginningOfALongResponseIsKept) {
  RequestFormat format;
  format.bytes = format.bytes_max = 100'000;
  ResponseScanner scanner(format);
  const std::string text = "-ERR " + std::string(99'995, '.');
  EXPECT_EQ(scanner.take(std::as_bytes(std::span(text))), text.size());
  EXPECT_TRUE(scanner.complete());
  EXPECT_TRUE(scanner.head().starts_with("-ERR ."));
  EXPECT_LT(scanner.head().size(), 1000U);
}

}  // namespace
}  // namespace sockmark::testing
