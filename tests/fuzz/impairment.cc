// Specifications of --impair (bench/plan/impairment.h) and the faults that they cause.

#include "bench/plan/impairment.h"

#include "bench/plan/fault_decision.h"
#include "tests/fuzz/fuzz.h"

namespace sockmark::fuzz {
namespace {

void check(const ImpairmentSpec& spec) {
  for (const double ratio :
       {spec.loss, spec.duplicate, spec.reorder, spec.corrupt, spec.truncate}) {
    require(ratio >= 0 && ratio <= 1, "a ratio is one");
  }
  require(spec.reorder_distance >= 1 && spec.reorder_distance <= kMaxReorderDistance,
          "a distance is within its limits");
  require(spec.duplicate_delay >= Nanoseconds(0) && spec.jitter >= Nanoseconds(0) &&
              spec.jitter <= spec.delay,
          "no message is forwarded before it arrived");

  for (std::uint64_t seq = 0; seq < 8; ++seq) {
    const MessageIdentity identity{.flow = 1, .seq = seq, .counted = true};
    const FaultDecision forward =
        decide_fault(spec, identity, Direction::forward, Trip::round_trip);
    const FaultDecision reverse =
        decide_fault(spec, identity, Direction::reverse, Trip::round_trip);
    require(forward.delay >= spec.delay - spec.jitter && forward.delay <= spec.delay + spec.jitter,
            "a delay is within its jitter");
    int faults = 0;
    for (const FaultDecision& decision : {forward, reverse}) {
      faults += decision.drop + (decision.copies > 0) + (decision.hold_for > 0) + decision.corrupt +
                decision.truncate;
    }
    require(faults <= 1, "a message has at most one fault");
  }
}

}  // namespace
}  // namespace sockmark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  const auto spec = parse_impairment(Input(data, size).text());
  if (!spec) {
    require(!spec.error().message.empty(), "an error has a message");
    return 0;
  }
  check(*spec);
  const std::string text = text_of(*spec);
  const auto again = parse_impairment(text);
  require(again && *again == *spec, "the text of a specification is that specification");
  require(text_of(*again) == text, "a specification has one text");
  return 0;
}
