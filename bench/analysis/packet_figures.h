// All metrics of a recorded flow, with their events: loss and duplication (RFC 7680, RFC 3357, RFC
// 5560), reordering (RFC 4737), delay and its variation (RFC 3393, RFC 5481, RFC 3550).
//
// Computed by measure/, as for a run: the trace is fed to a SequenceTracker. Percentiles are exact,
// as all delays are in memory; those of a run are from a histogram. Pure functions.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "bench/analysis/packet_trace.h"
#include "measure/histogram.h"
#include "measure/sequence_observer.h"
#include "measure/sequence_statistics.h"
#include "reports/model/report.h"

namespace sockmark {

inline constexpr std::array<std::pair<const char*, Ppm>, 7> kTracePercentiles{
    {{"p50", kP50},
     {"p75", kP75},
     {"p90", kP90},
     {"p95", kP95},
     {"p99", kP99},
     {"p99_9", kP99_9},
     {"p99_99", kP99_99}}};

// Exact statistics of a list of nanoseconds; undefined with one reason if the list is empty.
struct ExactDistribution {
  std::uint64_t count = 0;
  Maybe<std::int64_t> min_ns, max_ns;
  Maybe<double> mean_ns;
  std::array<Maybe<std::int64_t>, kTracePercentiles.size()> percentiles_ns;
};

struct PacketFigures {
  Maybe<std::uint64_t> sent;  // absent if only arrivals were recorded
  std::uint64_t expected =
      0;  // received + lost: those sent, or between the lowest and highest number
  std::uint64_t received = 0, lost = 0, late = 0, late_arrivals = 0, duplicates = 0,
                replicated_packets = 0, corrupt = 0, spurious = 0;

  Maybe<double> loss_ratio;
  std::vector<LossPeriodEvent> loss_periods;
  std::vector<std::uint64_t> loss_distances;                // one for each lost message
  std::map<std::uint64_t, Maybe<double>> noticeable_rates;  // by delta

  Maybe<double> duplication_fraction, replicated_packet_rate;

  Maybe<double> reordered_ratio;
  std::vector<ReorderedEvent> reordered;  // in order of arrival
  CountsByLength extents;
  std::uint64_t sequence_discontinuities = 0, sequence_discontinuity_total = 0,
                reordering_discontinuities = 0;
  struct Gap {
    std::uint64_t index = 0;  // of the message that arrived at event.position
    GapEvent event;
  };
  std::vector<Gap> gaps;  // in order of detection
  SequenceStatistics::FreeRuns free_runs;
  // m_1, m_2, ... of first copies, and with every duplicate counted as an arrival (for information;
  // RFC 4737, section 5.2, allows it).
  std::vector<std::uint64_t> n_reordering, n_reordering_with_duplicates;

  ExactDistribution delay;
  std::uint64_t negative_delays = 0;  // arrived before they were sent: the clocks disagree
  std::array<Maybe<std::int64_t>, kTracePercentiles.size()> delay_loss_as_infinite_ns;
  std::uint64_t ipdv_undefined = 0;
  ExactDistribution ipdv, ipdv_magnitude;
  ExactDistribution pdv;
  Maybe<double> jitter_rfc3550_ns;

  std::vector<report::Warning> warnings;
};

// Error: nearly no arrival belongs to a sent message, so that the figures would be nonsense. One
// line that says what to do.
[[nodiscard]] Result<PacketFigures> figures_of(const PacketTrace& trace);

// As JSON; docs/analyze.md describes the fields.
[[nodiscard]] std::string to_json(const PacketFigures& figures);

}  // namespace sockmark
