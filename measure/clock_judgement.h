// What can be said of one-way delay between two ends, from what is known of their clocks: one
// clock, two clocks with a bound, or nothing, with the reason
// (docs/definitions/clocks.md#judgement).
//
// Pure functions. Times are nanoseconds, instants those of the generator's clock.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/maybe.h"
#include "measure/clock_lines.h"
#include "measure/clock_relation.h"

namespace sockmark {

// Reasons why there is no one-way delay.
inline constexpr const char* kClockExchanges = "clock_exchanges";
inline constexpr const char* kClockNotStraight = "clock_not_straight";
inline constexpr const char* kClockContradicted = "clock_contradicted";

// theta at an instant, as synchronised clocks claim it.
struct KnownOffset {
  Instant at;
  ClockOffset theta;
};

struct ClockEvidence {
  bool same_identity = false;           // clock_identity() of both ends
  std::uint64_t round_exchanges = 0;    // of the round before or after the run that has fewer
  Nanoseconds departure{0};             // ClockStraightness of both ends, added
  bool suspended = false;               // CLOCK_BOOTTIME - CLOCK_MONOTONIC of an end changed
  std::vector<KnownOffset> known = {};  // at the ends of the window, at least; empty: not known
};

struct ClockJudgement {
  static constexpr std::uint64_t kRoundExchangesMin = 20;

  ClockRelation relation = ClockRelation::two_clocks;
  // Of the one-way delay of any message of the window: 0 for one clock; none with a reason.
  Maybe<Nanoseconds> bound;
  // Of two clocks with a bound.
  std::optional<ClockLines> lines;
  // To warn of: the identities are the same, but not the clocks (machines restored from one
  // snapshot have one boot_id); the known offsets contradict the exchanges, and were not used.
  bool identity_contradicted = false, known_contradicted = false;
};

// Of the window [t0,t1]. Must: t0 <= t1, within [0, 2^62) ns.
[[nodiscard]] ClockJudgement judge_clocks(const ClockConstraints& constraints,
                                          const ClockEvidence& evidence, Instant t0, Instant t1);

// Whether a message arrived earlier than it was sent by more than the bound: there is no one-way
// delay, with reason kClockContradicted. `delay_min` may be below 0.
[[nodiscard]] constexpr bool contradict_bound(Nanoseconds delay_min, Nanoseconds bound) {
  return delay_min < -bound;
}

// Whether a one-way delay is to be printed as "< bound".
[[nodiscard]] constexpr bool is_below_bound(Nanoseconds delay, Nanoseconds bound) {
  return delay < bound;
}

// Whether the order of two one-way delays with these bounds is not known.
[[nodiscard]] constexpr bool is_undecided(Nanoseconds one, Nanoseconds one_bound, Nanoseconds other,
                                          Nanoseconds other_bound) {
  const Nanoseconds difference = one < other ? other - one : one - other;
  return difference < one_bound + other_bound;
}

// PDV is the difference of two delays of the window.
[[nodiscard]] constexpr Nanoseconds pdv_bound(Nanoseconds bound) { return 2 * bound; }

// IPDV of messages sent `spacing` apart, between clocks of this slope, at most 1000 ppm.
// Rounded up.
[[nodiscard]] Nanoseconds ipdv_bound(double slope_ppm, double slope_bound_ppm, Nanoseconds spacing);

}  // namespace sockmark
