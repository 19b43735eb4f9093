#include "bench/worker/run_clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sockmark {

namespace {

// Whole numbers of JSON that every reader keeps.
constexpr std::int64_t kJsonWhole = std::int64_t{1} << 53;
// Far beyond any departure, and within what ClockConstraints::lines() takes.
constexpr std::int64_t kDepartureMax = kCoordinateLimit / 4;

// theta by CLOCK_REALTIME of both ends.
Result<KnownOffset> known_offset(Instant at, std::int64_t generator_ahead_ns,
                                 std::int64_t responder_ahead_ns, Nanoseconds bound) {
  const Int128 theta = Int128{responder_ahead_ns} - generator_ahead_ns;
  const Int128 reach = (theta < 0 ? -theta : theta) + ns(bound);
  if (reach >= kCoordinateLimit) return Error{"clocks: CLOCK_REALTIME of an end is out of range"};
  return KnownOffset{.at = at, .theta = {Nanoseconds(static_cast<std::int64_t>(theta)), bound}};
}

bool within(std::int64_t value, std::int64_t limit) { return value >= 0 && value < limit; }

}  // namespace

Maybe<std::int64_t> estimate_theta(const ClockConstraints& constraints, std::uint64_t before,
                                   bool same_identity, Instant at) {
  using None = Maybe<std::int64_t>;
  if (same_identity && constraints.admit_zero()) return None::none(report::kOneClock);
  if (before < ClockJudgement::kRoundExchangesMin) return None::none(kClockExchanges);
  const auto lines = constraints.lines();
  if (!lines) return None::none(kClockNotStraight);
  return ns(lines->at(at).value);
}

Result<RunClock> judge_run(const GeneratorClock& generator, const OwnClocks& responder,
                           std::optional<Nanoseconds> claimed) {
  const auto constraints = ClockConstraints::from(
      {.above = generator.above,
       .below = generator.below,
       .exchanges = generator.exchanges,
       .rtt_min = generator.rtt_min_ns ? std::optional(Nanoseconds(*generator.rtt_min_ns))
                                       : std::nullopt});
  if (!constraints || generator.above.size() > kClockPointsMax ||
      generator.below.size() > kClockPointsMax || generator.t0_ns > generator.end_ns ||
      !within(generator.t0_ns, kCoordinateLimit) || !within(generator.end_ns, kCoordinateLimit) ||
      !within(generator.own.end.departure_ns, kDepartureMax) ||
      !within(generator.own.reading_error_ns, kDepartureMax))
    return Error{"control channel: what the generator found of the clocks is out of range"};
  const Instant t0 = instant_from_ns(generator.t0_ns), end = instant_from_ns(generator.end_ns);
  ClockEvidence evidence{
      .same_identity = generator.same_identity,
      .round_exchanges = std::min(generator.before, generator.after),
      .departure = Nanoseconds(generator.own.end.departure_ns + responder.end.departure_ns),
      .suspended = generator.own.end.suspended || responder.end.suspended};
  if (claimed) {
    const Nanoseconds bound =
        *claimed + Nanoseconds(generator.own.reading_error_ns + responder.reading_error_ns);
    evidence.known = {
        TRY(known_offset(t0, generator.own.ahead_begin_ns, responder.ahead_begin_ns, bound)),
        TRY(known_offset(end, generator.own.ahead_end_ns, responder.ahead_end_ns, bound))};
  }
  RunClock clock{.judgement = judge_clocks(*constraints, evidence, t0, end), .section = {}};
  const ClockJudgement& judgement = clock.judgement;
  report::Clock& section = clock.section;
  section.relation = judgement.relation;
  section.path = generator.path;
  section.exchanges = generator.exchanges;
  section.rtt_min_ns = generator.rtt_min_ns;
  if (claimed) section.claimed_bound_ns = ns(*claimed);
  if (judgement.identity_contradicted) section.contradicted.emplace_back("identity");
  if (judgement.known_contradicted) section.contradicted.emplace_back("claimed_bound");
  section.generator = generator.own.end;
  section.responder = responder.end;
  if (judgement.relation == ClockRelation::one_clock) {
    section.offset_ns = 0;
    section.slope_ppm = 0.0;
    section.slope_bound_ppm = 0.0;
    section.bound_ns = 0;
  } else if (judgement.lines) {
    const std::int64_t offset = ns(judgement.lines->at(t0 + (end - t0) / 2).value);
    section.offset_ns = std::abs(offset) < kJsonWhole
                            ? Maybe(offset)
                            : Maybe<std::int64_t>::none(report::kOverflow);
    section.slope_ppm = judgement.lines->slope_ppm();
    section.slope_bound_ppm = judgement.lines->slope_bound_ppm();
    section.bound_ns = ns(*judgement.bound);
  } else {
    const std::string& reason = judgement.bound.reason();
    section.offset_ns = section.bound_ns = Maybe<std::int64_t>::none(reason);
    section.slope_ppm = section.slope_bound_ppm = Maybe<double>::none(reason);
  }
  return clock;
}

// An exchange bounds theta(t1) by t2 - t1 and theta(t4) by t3 - t4. The generator's clock at t2 is
// at least t1, and at t3 at most t4.
GeneratorClock mirrored(const GeneratorClock& generator, const OwnClocks& responder,
                        Nanoseconds theta) {
  GeneratorClock clock = generator;
  clock.own = responder;
  clock.above.clear();
  clock.below.clear();
  const auto within_range = [](const Point& point) {
    return point.x >= 0 && point.x < kCoordinateLimit;
  };
  for (const Point& point : generator.above) {
    const Point seen{.x = point.x + point.y, .y = point.y};
    if (within_range(seen)) clock.below.push_back(seen);
  }
  for (const Point& point : generator.below) {
    const Point seen{.x = point.x - point.y, .y = point.y};
    if (within_range(seen)) clock.above.push_back(seen);
  }
  clock.t0_ns += ns(theta);
  clock.end_ns += ns(theta);
  return clock;
}

bool estimate_holds(const ClockLines& lines, Nanoseconds estimate, Instant at) {
  constexpr Nanoseconds kErrorMax = std::chrono::minutes(1);
  const Int128 error = Int128{ns(lines.at(at).value)} - ns(estimate);
  return error >= -ns(kErrorMax) && error <= ns(kErrorMax);
}

void withdraw_bound(RunClock& clock, const char* reason) {
  clock.judgement.bound = Maybe<Nanoseconds>::none(reason);
  clock.section.bound_ns = Maybe<std::int64_t>::none(reason);
}

std::vector<report::Warning> clock_warnings(const report::Clock& clock) {
  std::vector<report::Warning> warnings;
  if (std::ranges::count(clock.contradicted, "identity") > 0) {
    warnings.push_back({.code = "clock_identity_contradicted",
                        .message = "the ends have the same boot_id, but not the same clock",
                        .advice = "machines restored from one snapshot share it; one-way delay "
                                  "has the bound of two clocks"});
  }
  if (std::ranges::count(clock.contradicted, "claimed_bound") > 0) {
    warnings.push_back({.code = "clock_discipline_contradicted",
                        .message = "the time exchanges contradict --clock-bound, which is not used",
                        .advice = "check the synchronisation of both hosts (chronyc, pmc)"});
  }
  if (!clock.claimed_bound_ns) return warnings;
  for (const auto& [end, name] :
       {std::pair(&clock.generator, "generator"), std::pair(&clock.responder, "responder")}) {
    if (!end->synchronised || *end->synchronised) continue;
    warnings.push_back(
        {.code = "clock_unsynchronised",
         .message = fmt::format("--clock-bound: the kernel of the {} says that its clock is not "
                                "synchronised",
                                name),
         .advice = "phc2sys, chronyd and ntpd tell it that they synchronise it"});
  }
  return warnings;
}

void move_series(std::vector<report::SeriesPoint>& series, const ClockLines& lines,
                 Nanoseconds estimate, Instant t0, Nanoseconds window) {
  const auto start_of = [&](std::size_t index) {
    if (index == series.size()) return window;
    return Nanoseconds(static_cast<std::int64_t>(series[index].t_s * 1e9));
  };
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Nanoseconds middle = (start_of(i) + start_of(i + 1)) / 2;
    const std::int64_t move = ns(lines.at(t0 + middle).value - estimate);
    for (auto* value : {&series[i].p50_ns, &series[i].p99_ns, &series[i].max_ns}) {
      if (!*value) continue;
      if (**value == 0) {
        *value = Maybe<std::int64_t>::none("clock_drift");
      } else {
        *value = std::max<std::int64_t>(**value - move, 0);
      }
    }
  }
}

}  // namespace sockmark
