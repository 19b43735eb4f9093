// The closed lists of words in a report, as enums whose names are those of report.json. More of
// them: Gate and Difference (stats/verdict.h), StoppedBy (stats/stopping_rule.h). Values, any
// thread.

#pragma once

#include <array>

#include "base/enum_names.h"

namespace sockmark::report {

using sockmark::name_of;
using sockmark::value_named;

// Which of two programs was measured, or which of two reports is meant.
enum class Arm { baseline, candidate };
constexpr auto enum_names(Arm) {
  return std::to_array<EnumName<Arm>>({{Arm::baseline, "baseline"}, {Arm::candidate, "candidate"}});
}

// Whether a schedule or the answers decide when a message is sent.
enum class LoadModel { open, closed };
constexpr auto enum_names(LoadModel) {
  return std::to_array<EnumName<LoadModel>>(
      {{LoadModel::open, "open"}, {LoadModel::closed, "closed"}});
}

// Whether the latencies lack the samples that a stall kept from being sent
// (docs/definitions/latency.md#coordinated-omission).
enum class CoordinatedOmission { absent, present };
constexpr auto enum_names(CoordinatedOmission) {
  return std::to_array<EnumName<CoordinatedOmission>>(
      {{CoordinatedOmission::absent, "absent"}, {CoordinatedOmission::present, "present"}});
}

enum class DelayKind { round_trip, one_way };
constexpr auto enum_names(DelayKind) {
  return std::to_array<EnumName<DelayKind>>(
      {{DelayKind::round_trip, "round_trip"}, {DelayKind::one_way, "one_way"}});
}

// Whether the runs that are compared form blocks.
enum class Design { paired, unpaired };
constexpr auto enum_names(Design) {
  return std::to_array<EnumName<Design>>(
      {{Design::paired, "paired"}, {Design::unpaired, "unpaired"}});
}

// candidate / baseline, or candidate - baseline (docs/definitions/comparing.md#effect).
enum class EffectKind { ratio, difference };
constexpr auto enum_names(EffectKind) {
  return std::to_array<EnumName<EffectKind>>(
      {{EffectKind::ratio, "ratio"}, {EffectKind::difference, "difference"}});
}

enum class Orientation { less_is_better, more_is_better };
constexpr auto enum_names(Orientation) {
  return std::to_array<EnumName<Orientation>>({{Orientation::less_is_better, "less_is_better"},
                                               {Orientation::more_is_better, "more_is_better"}});
}

// What kept a search from a higher rate: the path did not meet the goal, the generator could not
// send faster, or no higher rate was searched. Only of a path the highest rate is known.
enum class RateLimit { path, generator, range, interference };
constexpr auto enum_names(RateLimit) {
  return std::to_array<EnumName<RateLimit>>({{RateLimit::path, "path"},
                                             {RateLimit::generator, "generator"},
                                             {RateLimit::range, "range"},
                                             {RateLimit::interference, "interference"}});
}

}  // namespace sockmark::report
