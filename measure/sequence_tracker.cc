#include "measure/sequence_tracker.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/assert.h"

namespace sockmark {

SequenceTracker::SequenceTracker(const Options& options, SequenceStatistics& statistics,
                                 SequenceObserver* observer)
    : options_(options),
      statistics_(statistics),
      observer_(observer),
      reordering_(options.n_reordering_max) {
  ASSERT(options.tmax.count() > 0);
  ASSERT(options.max_jump <= std::uint64_t{1} << 32);
}

void SequenceTracker::accept_alike(std::uint64_t count, std::int64_t delay, std::uint32_t bytes) {
  reordering_.in_order(next_, count);
  next_ += count;
  bytes_after_gaps_ += count * bytes;
  statistics_.received += count;
  DelayStatistics& delays = statistics_.delay;
  delays.ipdv.record(0, count);
  delays.delay.record(std::max<std::int64_t>(delay, 0), count);
  if (delay < 0) delays.negative += count;
  // `count` times J -= J / 16 (RFC 3550, section 6.4.1, of no difference).
  jitter_ns_ *= std::pow(15.0 / 16, static_cast<double>(count));
}

Arrival SequenceTracker::arrived_otherwise(std::uint64_t seq, Instant sent, Instant arrived,
                                           std::uint32_t bytes) {
  // Indices, unlike sequence numbers, have room above the highest: a flow may end at 2^64 - 1.
  const std::uint64_t index = seq - options_.first_seq;
  const std::uint64_t highest = std::max(next_, given_up_);
  if (seq < options_.first_seq || (index > highest && index - highest > options_.max_jump)) {
    ++statistics_.spurious;
    return Arrival::spurious;
  }
  if (arrived - sent > options_.tmax || index < given_up_) {
    note_late(index, arrived);
    return Arrival::late;
  }
  if (index >= next_) {
    accept_beyond_gap(index, sent, arrived, bytes);
    return Arrival::first;
  }
  const auto gap = gap_reaching(index);
  if (gap == gaps_.end() || gap->first > index) {
    note_duplicate(index, sent, arrived);
    return Arrival::duplicate;
  }
  accept_into_gap(gap, index, sent, arrived, bytes);
  return Arrival::first;
}

void SequenceTracker::accept_beyond_gap(std::uint64_t index, Instant sent, Instant arrived,
                                        std::uint32_t bytes) {
  give_up_late(arrived);
  const std::uint64_t skipped = index - next_;
  ReorderingStatistics& reordering = statistics_.reordering;
  ++reordering.sequence_discontinuities;
  reordering.sequence_discontinuity_total += skipped;

  // Late arrivals may have shown that some of the skipped numbers, or all, are lost already.
  const std::uint64_t first = std::max(next_, given_up_);
  if (first < index) {
    gaps_.push_back({.first = first,
                     .last = index - 1,
                     .opened = {.position = reordering_.arrivals() + 1, .at = arrived},
                     .sent_after = sent,
                     .delay_before = first == next_ ? last_delay_ : kNoDelay,
                     .delay_after = ns(arrived - sent),
                     .bytes_before = bytes_after_gaps_});
    bytes_after_gaps_ = 0;
  }
  accept_in_order(index, ns(arrived - sent), bytes);
}

void SequenceTracker::accept_into_gap(Gaps::iterator gap, std::uint64_t index, Instant sent,
                                      Instant arrived, std::uint32_t bytes) {
  const std::int64_t delay = ns(arrived - sent);
  reordering_.reordered({.index = index,
                         .arrived = arrived,
                         .opened = gap->opened,
                         .oldest_open = gaps_.front().opened,
                         .byte_offset = bytes_received_above(gap)},
                        statistics_.reordering, observer_);
  accept(delay);

  const bool at_first = index == gap->first;
  const bool at_last = index == gap->last;
  SignedHistogram& ipdv = statistics_.delay.ipdv;
  if (at_first && gap->delay_before != kNoDelay) ipdv.record(delay - gap->delay_before);
  if (at_last) ipdv.record(gap->delay_after - delay);

  const auto above = std::next(gap);
  std::uint64_t& bytes_above = above == gaps_.end() ? bytes_after_gaps_ : above->bytes_before;
  if (at_first && at_last) {
    bytes_above += gap->bytes_before + bytes;
    gaps_.erase(gap);
  } else if (at_first) {
    gap->first = index + 1;
    gap->delay_before = delay;
    gap->bytes_before += bytes;
  } else if (at_last) {
    bytes_above += bytes;
    gap->last = index - 1;
    gap->sent_after = sent;
    gap->delay_after = delay;
  } else {
    Gap lower = *gap;
    lower.last = index - 1;
    lower.sent_after = sent;
    lower.delay_after = delay;
    gap->first = index + 1;
    gap->delay_before = delay;
    gap->bytes_before = bytes;
    gaps_.insert(gap, lower);
  }
}

// A message that is not missing has arrived again.
void SequenceTracker::note_duplicate(std::uint64_t index, Instant sent, Instant arrived) {
  ++statistics_.duplicates;
  while (!duplicated_.empty() && arrived - duplicated_.front().sent > options_.tmax) {
    duplicated_.pop_front();
  }
  const auto place = std::lower_bound(
      duplicated_.begin(), duplicated_.end(), index,
      [](const Duplicated& known, std::uint64_t wanted) { return known.index < wanted; });
  if (place != duplicated_.end() && place->index == index) return;
  ++statistics_.replicated_packets;
  duplicated_.insert(place, {.index = index, .sent = sent});
}

void SequenceTracker::note_late(std::uint64_t index, Instant arrived) {
  ++statistics_.late_arrivals;
  give_up_below(index + 1, arrived);

  const auto stretch = std::lower_bound(
      lost_.begin(), lost_.end(), index,
      [](const Stretch& known, std::uint64_t wanted) { return known.last < wanted; });
  if (stretch == lost_.begin() && forgot_losses_ &&
      (stretch == lost_.end() || index < stretch->first)) {
    ++statistics_.late_unattributed;
    return;
  }
  if (stretch == lost_.end() || index < stretch->first) return;

  // Its first late copy: forget that it was lost, so that a second one is not counted again.
  ++statistics_.late;
  const Stretch whole = *stretch;
  if (whole.first == whole.last) {
    lost_.erase(stretch);
  } else if (index == whole.first) {
    stretch->first = index + 1;
  } else if (index == whole.last) {
    stretch->last = index - 1;
  } else {
    stretch->first = index + 1;
    lost_.insert(stretch, {.first = whole.first, .last = index - 1});
  }
}

void SequenceTracker::finish(std::uint64_t sent_count) {
  const std::uint64_t end = std::max(sent_count, given_up_);
  if (end < next_) {
    std::uint64_t missing = 0;
    for (auto gap = gap_reaching(end); gap != gaps_.end(); ++gap) {
      missing += gap->last - std::max(gap->first, end) + 1;
    }
    const std::uint64_t never_sent = next_ - end - missing;
    statistics_.received -= never_sent;
    statistics_.spurious += never_sent;
  }
  give_up_below(end, Instant::max());
  loss_pattern_.finish(statistics_.loss, observer_);

  statistics_.sent += end;
  received_ = end - losses_;
  if (end > 0) statistics_.delay.ipdv_pairs += end - 1;
  if (reordering_.arrivals() >= 2) {
    statistics_.delay.jitter_sum_ns += jitter_ns_;
    ++statistics_.delay.jitter_flows;
  }
}

std::size_t SequenceTracker::memory_bytes() const {
  return sizeof *this + gaps_.memory_bytes() + duplicated_.memory_bytes() + lost_.memory_bytes() +
         reordering_.memory_bytes();
}

// The first gap whose last number is at or above `index`.
SequenceTracker::Gaps::iterator SequenceTracker::gap_reaching(std::uint64_t index) {
  return std::lower_bound(gaps_.begin(), gaps_.end(), index,
                          [](const Gap& gap, std::uint64_t wanted) { return gap.last < wanted; });
}

std::uint64_t SequenceTracker::bytes_received_above(Gaps::iterator gap) {
  std::uint64_t bytes = bytes_after_gaps_;
  for (auto above = std::next(gap); above != gaps_.end(); ++above) bytes += above->bytes_before;
  return bytes;
}

// Everything missing below `end` is lost. `found`: for what no arrival has skipped.
void SequenceTracker::give_up_below(std::uint64_t end, Instant found) {
  while (!gaps_.empty() && gaps_.front().first < end) {
    Gap& gap = gaps_.front();
    if (gap.last >= end) {
      lose(gap.first, end - 1, gap.opened.at);
      gap.first = end;
      gap.delay_before = kNoDelay;
      break;
    }
    lose(gap.first, gap.last, gap.opened.at);
    gaps_.pop_front();
  }
  const std::uint64_t unseen = std::max(next_, given_up_);
  if (unseen < end) lose(unseen, end - 1, found);
  given_up_ = std::max(given_up_, end);
}

void SequenceTracker::lose(std::uint64_t first, std::uint64_t last, Instant found) {
  statistics_.lost += last - first + 1;
  losses_ += last - first + 1;
  if (observer_ != nullptr) observer_->on_lost({.count = last - first + 1, .found = found});
  loss_pattern_.lost(first, last, statistics_.loss, observer_);

  if (!lost_.empty() && lost_.back().last + 1 == first) {
    lost_.back().last = last;
    return;
  }
  lost_.push_back({.first = first, .last = last});
  if (lost_.size() > options_.remembered_losses) {
    lost_.pop_front();
    forgot_losses_ = true;
  }
}

}  // namespace sockmark
