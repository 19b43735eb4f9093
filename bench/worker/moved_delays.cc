#include "bench/worker/moved_delays.h"

namespace sockmark {

namespace {

// theta of one clock.
std::optional<ClockLines> no_offset(Instant begin, Instant end) {
  ClockConstraints constraints;
  for (const Instant at : {begin, end}) constraints.add(at, ClockOffset{});
  return constraints.lines();
}

}  // namespace

Delays move_delays(std::span<const DelaySlices* const> slices, std::optional<Nanoseconds> estimate,
                   const GeneratorClock& theirs, RunClock& clock) {
  Delays delays;
  if (!clock.section.bound_ns) return delays;
  auto lines = clock.judgement.lines;
  if (!estimate) {
    // Without an estimate there was one clock, by what the exchanges before the run said.
    if (lines) withdraw_bound(clock, kClockContradicted);
    return delays;
  }
  const Instant t0 = instant_from_ns(theirs.t0_ns);
  if (!lines) lines = no_offset(t0, instant_from_ns(theirs.end_ns));
  if (!lines || !estimate_holds(*lines, *estimate, t0)) {
    withdraw_bound(clock, kClockContradicted);
    return delays;
  }
  for (const DelaySlices* slice : slices) {
    slice->sent.add_to(delays.sent, *lines);
    if (slice->response) slice->response->add_to(delays.response, *lines);
  }
  const Nanoseconds bound =
      *clock.judgement.bound + std::max(delays.sent.error, delays.response.error);
  clock.section.bound_ns = ns(bound);
  clock.section.negative_delays = delays.sent.negative;
  if (delays.sent.min && contradict_bound(*delays.sent.min, bound))
    withdraw_bound(clock, kClockContradicted);
  return delays;
}

}  // namespace sockmark
