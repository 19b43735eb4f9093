// Request files (bench/plan/request_file.h), and the responses of a server out of a byte stream,
// however it is cut (transports/request_format.h). The input is a file, a zero byte, and a stream.

#include "bench/plan/request_file.h"
#include "tests/fuzz/fuzz.h"

namespace sockmark::fuzz {
namespace {

struct Responses {
  std::vector<std::size_t> sizes;
  std::vector<bool> expected;
  ResponseProblem problem = ResponseProblem::none;
  bool inside = false;
  bool operator==(const Responses&) const = default;
};

Responses scan(const RequestFormat& format, std::span<const Bytes> pieces) {
  Responses responses;
  ResponseScanner scanner(format);
  for (Bytes piece : pieces) {
    while (!piece.empty() && responses.problem == ResponseProblem::none) {
      const std::size_t taken = scanner.take(piece);
      require(taken > 0 && taken <= piece.size(), "every step takes bytes that are there");
      piece = piece.subspan(taken);
      responses.problem = scanner.problem();
      if (responses.problem != ResponseProblem::none || !scanner.complete()) continue;
      require(scanner.size() <= format.bytes_max, "no response is longer than allowed");
      responses.sizes.push_back(scanner.size());
      responses.expected.push_back(scanner.is_expected());
      scanner.next();
    }
  }
  responses.inside = responses.problem == ResponseProblem::none && scanner.inside();
  return responses;
}

}  // namespace
}  // namespace sockmark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  const std::string_view text = Input(data, size).text();
  const std::string_view file = text.substr(0, text.find('\0'));
  const auto format = parse_request(file, "mine.json");
  if (!format) {
    require_one_line(format.error().message);
    return 0;
  }
  const std::string written = text_of(*format);
  const auto again = parse_request(written, "again");
  require(again && text_of(*again) == written, "what a report says reads back as the same");

  const std::size_t begin = std::min(size, file.size() + 1);
  Input rest(data + begin, size - begin);
  const Stream stream = stream_of(rest);
  const Bytes whole[] = {stream.bytes};
  require(scan(*format, stream.pieces) == scan(*format, whole),
          "the responses do not depend on the cuts");
  return 0;
}
