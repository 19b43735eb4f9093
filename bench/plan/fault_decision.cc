#include "bench/plan/fault_decision.h"

#include "base/random.h"
#include "bench/protocol/wire.h"

namespace sockmark {
namespace {

// One value that depends on every bit of the three (SplitMix64 as a mixing function, chained).
std::uint64_t mix(std::uint64_t seed, std::uint64_t flow, std::uint64_t seq) {
  const std::uint64_t a = SplitMix64(seed).next();
  const std::uint64_t b = SplitMix64(a ^ flow).next();
  return SplitMix64(b ^ seq).next();
}

}  // namespace

FaultDecision decide_fault(const ImpairmentSpec& spec, const MessageIdentity& identity,
                           Direction direction, Trip trip) {
  const bool only_way = trip == Trip::one_way;
  const bool first_way = only_way || direction == Direction::forward;
  if (spec.cut && identity.counted && identity.seq >= *spec.cut) return {.drop = first_way};
  Random random(mix(spec.seed, identity.flow, identity.seq));
  const double draw = random.unit();
  const bool faults_forward = random.below(2) == 0;
  FaultDecision decision;
  if (first_way && spec.delay > Nanoseconds(0)) {
    const auto spread = static_cast<std::uint64_t>(2 * ns(spec.jitter) + 1);
    const auto offset = static_cast<std::int64_t>(random.below(spread));
    decision.delay = spec.delay - spec.jitter + Nanoseconds(offset);
  }
  if (!only_way && faults_forward != (direction == Direction::forward)) return decision;

  // (0,1] is divided into an interval for each fault; the rest means no fault.
  double edge = 0;
  if (draw <= (edge += spec.loss)) {
    decision.drop = true;
  } else if (draw <= (edge += spec.duplicate)) {
    decision.copies = 1;
    decision.copy_delay = spec.duplicate_delay;
  } else if (draw <= (edge += spec.reorder)) {
    decision.hold_for = spec.reorder_distance;
  } else if (draw <= (edge += spec.corrupt)) {
    decision.corrupt = identity.counted;
  } else if (draw <= (edge += spec.truncate)) {
    decision.truncate = identity.counted;
  }
  return decision;
}

std::optional<MessageIdentity> identity_of(Message message, std::uint32_t first_flow) {
  WireHeader header;
  if (decode(message, header) != Decoded::intact) return std::nullopt;
  return MessageIdentity{
      .flow = header.flow - first_flow, .seq = header.seq, .counted = header.measured};
}

}  // namespace sockmark
