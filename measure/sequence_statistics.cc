#include "measure/sequence_statistics.h"

#include <algorithm>
#include <limits>

namespace sockmark {
namespace {

constexpr std::uint64_t kUint64Max = std::numeric_limits<std::uint64_t>::max();

void add_counts(CountsByLength& to, const CountsByLength& from) {
  for (const auto& [length, count] : from) to[length] += count;
}

std::uint64_t longest(const CountsByLength& counts) {
  return counts.empty() ? 0 : counts.rbegin()->first;
}

std::uint64_t total(const CountsByLength& counts) {
  std::uint64_t sum = 0;
  for (const auto& [length, count] : counts) sum += count;
  return sum;
}

std::optional<double> ratio(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  return b > kUint64Max - a ? kUint64Max : a + b;
}

std::uint64_t saturating_square(std::uint64_t a) { return a >> 32 != 0 ? kUint64Max : a * a; }

std::uint64_t LossStatistics::periods() const { return total(period_lengths); }

std::uint64_t LossStatistics::longest_period() const { return longest(period_lengths); }

std::optional<double> LossStatistics::noticeable_rate(std::uint64_t delta) const {
  std::uint64_t noticeable = 0;
  for (const auto& [distance, count] : distances) {
    if (distance > 0 && distance <= delta) noticeable += count;
  }
  return ratio(noticeable, total(distances));
}

void LossStatistics::add(const LossStatistics& other) {
  add_counts(period_lengths, other.period_lengths);
  add_counts(distances, other.distances);
  add_counts(inter_period_lengths, other.inter_period_lengths);
}

std::uint64_t ReorderingStatistics::extent_max() const { return longest(extents); }

std::vector<std::uint64_t> ReorderingStatistics::n_reordering() const {
  if (preceded_by.empty()) return {};
  // Preceded by d larger numbers means n-reordered for every n up to d.
  std::vector<std::uint64_t> result(preceded_by.begin() + 1, preceded_by.end());
  for (std::size_t n = result.size(); n > 1; --n) result[n - 2] += result[n - 1];
  return result;
}

void ReorderingStatistics::add(const ReorderingStatistics& other) {
  reordered += other.reordered;
  add_counts(extents, other.extents);
  late_time.add(other.late_time);
  byte_offset_max = std::max(byte_offset_max, other.byte_offset_max);
  sequence_discontinuities += other.sequence_discontinuities;
  sequence_discontinuity_total += other.sequence_discontinuity_total;
  reordering_discontinuities += other.reordering_discontinuities;
  add_counts(gaps, other.gaps);
  free_run_squares = saturating_add(free_run_squares, other.free_run_squares);
  preceded_by.resize(std::max(preceded_by.size(), other.preceded_by.size()));
  for (std::size_t d = 0; d < other.preceded_by.size(); ++d) preceded_by[d] += other.preceded_by[d];
}

std::optional<double> SequenceStatistics::loss_ratio() const { return ratio(lost, sent); }

std::optional<double> SequenceStatistics::duplication_fraction() const {
  return ratio(duplicates, received);
}

std::optional<double> SequenceStatistics::replicated_packet_rate() const {
  return ratio(replicated_packets, received);
}

std::optional<double> SequenceStatistics::reordered_ratio() const {
  return ratio(reordering.reordered, received);
}

SequenceStatistics::FreeRuns SequenceStatistics::free_runs() const {
  const std::uint64_t x = reordering.reordered;
  return {.x = x, .a = received - x, .p = received, .q = reordering.free_run_squares};
}

void SequenceStatistics::add(const SequenceStatistics& other) {
  sent += other.sent;
  received += other.received;
  lost += other.lost;
  late += other.late;
  late_arrivals += other.late_arrivals;
  late_unattributed += other.late_unattributed;
  duplicates += other.duplicates;
  replicated_packets += other.replicated_packets;
  spurious += other.spurious;
  loss.add(other.loss);
  reordering.add(other.reordering);
  delay.add(other.delay);
}

}  // namespace sockmark
