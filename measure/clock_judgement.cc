#include "measure/clock_judgement.h"

#include <cmath>
#include <utility>

namespace sockmark {
namespace {}  // namespace

ClockJudgement judge_clocks(const ClockConstraints& constraints, const ClockEvidence& evidence,
                            Instant t0, Instant t1) {
  ClockJudgement result;
  if (evidence.same_identity && constraints.exchanges() > 0) {
    if (constraints.admit_zero()) {
      result.relation = ClockRelation::one_clock;
      result.bound = Nanoseconds(0);
      return result;
    }
    result.identity_contradicted = true;
  }
  if (evidence.round_exchanges < ClockJudgement::kRoundExchangesMin) {
    result.bound = Maybe<Nanoseconds>::none(kClockExchanges);
    return result;
  }
  const auto straight = constraints.lines();
  if (evidence.suspended || !straight || evidence.departure > straight->bound(t0, t1)) {
    result.bound = Maybe<Nanoseconds>::none(kClockNotStraight);
    return result;
  }
  result.lines = constraints.lines(evidence.departure);
  if (!evidence.known.empty()) {
    ClockConstraints all = constraints;
    for (const KnownOffset& known : evidence.known) all.add(known.at, known.theta);
    if (auto narrower = all.lines(evidence.departure)) {
      result.lines = std::move(narrower);
    } else {
      result.known_contradicted = true;
    }
  }
  result.bound = result.lines->bound(t0, t1);
  return result;
}

Nanoseconds ipdv_bound(double slope_ppm, double slope_bound_ppm, Nanoseconds spacing) {
  const double steepest = (std::abs(slope_ppm) + slope_bound_ppm) * 1e-6;
  return Nanoseconds(
      static_cast<std::int64_t>(std::ceil(steepest * static_cast<double>(ns(spacing)))));
}

}  // namespace sockmark
