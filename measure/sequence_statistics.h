// The loss, duplication, reordering and delay of the messages of one or more flows in one
// direction, as plain values (docs/definitions/loss.md, docs/definitions/duplication.md,
// docs/definitions/reordering.md).
//
// Fed by SequenceTracker, shared by all flows of a thread, merged over threads with add(). Figures
// of a flow are complete when its tracker's finish() has returned. About 1 MiB, nearly all of it
// fixed; the maps grow only with the number of distinct lengths.
//
// A message is one sequence number. An arrival is one intact copy of it. Times are nanoseconds,
// lengths and distances are counted in messages, sizes in bytes.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "measure/delay_statistics.h"
#include "measure/histogram.h"

namespace sockmark {

using CountsByLength = std::map<std::uint64_t, std::uint64_t>;

// One-way loss patterns (RFC 3357).
struct LossStatistics {
  // A period is a maximal run of consecutive lost messages (sections 5.4.2 and 6.2).
  CountsByLength period_lengths;
  // A lost message's number minus the previous lost one's; 0 for the first (section 5.4.1).
  CountsByLength distances;
  // First of a period minus the last of the period before; 0 for the first (section 6.4).
  CountsByLength inter_period_lengths;

  [[nodiscard]] std::uint64_t periods() const;
  [[nodiscard]] std::uint64_t longest_period() const;  // 0 if there is none
  // The fraction of lost messages at a distance of at most `delta` from the loss before. The first
  // loss of a flow never counts: by its own example, section 6.1 and 6.5. None if nothing was lost.
  [[nodiscard]] std::optional<double> noticeable_rate(std::uint64_t delta) const;

  void add(const LossStatistics& other);
};

// Reordering among the first in-time copies, by arrival order (RFC 4737).
struct ReorderingStatistics {
  std::uint64_t reordered = 0;  // arrived below the next expected number (sections 3.3 and 3.4)
  // Distance back to the earliest arrival with a larger number, in arrivals, in time, and in the
  // bytes of all larger-numbered arrivals since (sections 4.2.3, 4.3.3 and 4.4.3).
  CountsByLength extents;
  Histogram late_time;
  std::uint64_t byte_offset_max = 0;
  [[nodiscard]] std::uint64_t extent_max() const;  // 0 if nothing was reordered

  // Arrivals beyond the next expected number, and the numbers that they skipped (section 3.4).
  std::uint64_t sequence_discontinuities = 0, sequence_discontinuity_total = 0;
  // Those of them that a reordered arrival later showed to be reordering rather than loss
  // (section 4.5.3), and the distance of each, when it was shown, to the nearest earlier one known
  // by then; 0 if there was none (section 4.5.4, read as detected on the fly).
  std::uint64_t reordering_discontinuities = 0;
  CountsByLength gaps;

  // Sum over the runs of in-order arrivals that a reordered one ended, of the run's length squared
  // (q of section 4.6.3). Stops at 2^64 - 1.
  std::uint64_t free_run_squares = 0;

  // [d]: reordered arrivals whose d immediately preceding arrivals, and no more, have larger
  // numbers (section 5.3); d stops at the tracker's n_reordering_max.
  std::vector<std::uint64_t> preceded_by;
  // m_1, m_2, ...: arrivals that are n-reordered; zero beyond the end.
  [[nodiscard]] std::vector<std::uint64_t> n_reordering() const;

  void add(const ReorderingStatistics& other);
};

struct SequenceStatistics {
  // sent == received + lost once every flow has finished. Only the sender knows `sent`.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;            // messages of which an intact copy arrived within tmax
  std::uint64_t lost = 0;                // all others (RFC 7680, sections 2.5 and 2.7)
  std::uint64_t late = 0;                // lost messages of which an intact copy arrived after tmax
  std::uint64_t late_arrivals = 0;       // arrivals after tmax, of any message
  std::uint64_t late_unattributed = 0;   // of those, too old to attribute; if 0, `late` is exact
  std::uint64_t duplicates = 0;          // in-time arrivals after a message's first (RFC 5560)
  std::uint64_t replicated_packets = 0;  // messages with duplicates
  std::uint64_t spurious = 0;            // arrivals with numbers that were never sent

  LossStatistics loss;
  ReorderingStatistics reordering;
  DelayStatistics delay;

  // None if the denominator is zero, never 0 or NaN.
  [[nodiscard]] std::optional<double> loss_ratio() const;              // RFC 7680, section 4.1
  [[nodiscard]] std::optional<double> duplication_fraction() const;    // RFC 5560, section 5.1
  [[nodiscard]] std::optional<double> replicated_packet_rate() const;  // RFC 5560, section 5.2
  [[nodiscard]] std::optional<double> reordered_ratio() const;         // RFC 4737, section 4.1

  // x, a, p and q of RFC 4737, section 4.6.3: runs ended by a reordered arrival, in-order arrivals,
  // all arrivals, squared run lengths.
  struct FreeRuns {
    std::uint64_t x = 0, a = 0, p = 0, q = 0;
  };
  [[nodiscard]] FreeRuns free_runs() const;

  void add(const SequenceStatistics& other);
};

// a + b, or 2^64 - 1 if that is too large.
[[nodiscard]] std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b);
[[nodiscard]] std::uint64_t saturating_square(std::uint64_t a);

}  // namespace sockmark
