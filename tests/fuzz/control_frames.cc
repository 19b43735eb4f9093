// The frames of the control channel, which comes from another host (bench/protocol/control.h): the
// same frames whatever the cuts, none but those that encode_frame() would write, and one line of
// error.

#include <optional>
#include <string>

#include "bench/protocol/control.h"
#include "tests/fuzz/fuzz.h"

namespace sockmark::fuzz {
namespace {

struct Outcome {
  std::string frames;  // written again, one behind the other
  std::string error;   // or empty
  bool partial = false;

  bool operator==(const Outcome&) const = default;
};

// False when the stream has no meaning any more.
bool take_frames(ControlDecoder& decoder, Outcome& outcome) {
  for (;;) {
    auto frame = decoder.next();
    if (!frame) {
      outcome.error = frame.error().message;
      return false;
    }
    if (!*frame) return true;
    require(!name_of((*frame)->type).empty(), "every type has a name");
    outcome.frames += encode_frame((*frame)->type, (*frame)->body);
  }
}

Outcome outcome_of(const std::vector<Bytes>& pieces, bool greeted) {
  ControlDecoder decoder;
  if (greeted) decoder.greeted();
  Outcome outcome;
  for (const Bytes piece : pieces) {
    decoder.feed(text_of(piece));
    if (!take_frames(decoder, outcome)) return outcome;
  }
  outcome.partial = decoder.partial();
  return outcome;
}

}  // namespace
}  // namespace sockmark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark::fuzz;
  Input input(data, size);
  const bool greeted = (input.byte() & 1) != 0;
  const Stream stream = stream_of(input);
  const Outcome outcome = outcome_of(stream.pieces, greeted);
  require(outcome == outcome_of({stream.bytes}, greeted), "the cuts make no difference");

  const std::string_view text = text_of(stream.bytes);
  require(text.starts_with(outcome.frames), "the frames are those of the stream");
  if (!outcome.error.empty()) {
    require_one_line(outcome.error);
  } else {
    require(outcome.partial == (outcome.frames.size() < text.size()),
            "what is left of the stream is part of a frame");
  }
  return 0;
}
