#include <algorithm>
#include <cmath>

#include "tests/measure/flow.h"

namespace sockmark::test {
namespace {

struct Copy {
  std::uint64_t index = 0;
  std::int64_t at = 0;
};

// RFC 4737 over the accepted arrivals s[0], s[1], ...
void reordering(const Flow& flow, const std::vector<Copy>& s, Truth& truth) {
  std::uint64_t free_run = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto larger = std::find_if(s.begin(), s.begin() + static_cast<std::ptrdiff_t>(i),
                                     [&](const Copy& c) { return c.index > s[i].index; });
    const auto j = static_cast<std::size_t>(larger - s.begin());
    if (j == i) {
      ++free_run;
      std::uint64_t next_expected = 0;
      for (std::size_t k = 0; k < i; ++k) next_expected = std::max(next_expected, s[k].index + 1);
      if (s[i].index > next_expected) {
        ++truth.sequence_discontinuities;
        truth.sequence_discontinuity_total += s[i].index - next_expected;
      }
      continue;
    }
    ReorderedEvent event{.index = s[i].index,
                         .position = i + 1,
                         .extent = i - j,
                         .late_time = Nanoseconds(s[i].at - s[j].at),
                         .free_run_ended = free_run};
    free_run = 0;
    for (std::size_t k = j; k < i; ++k) {
      if (s[k].index > s[i].index) event.byte_offset += flow.sizes[s[k].index];
    }
    for (std::size_t n = 1; n <= flow.n_max && n <= i && s[i - n].index > s[i].index; ++n) {
      event.preceded_by = n;
    }
    truth.events.reordered.push_back(event);

    const bool revealed = std::any_of(truth.events.gaps.begin(), truth.events.gaps.end(),
                                      [&](const GapEvent& g) { return g.position == j + 1; });
    if (revealed) continue;
    GapEvent gap{.position = j + 1, .detected_at = i + 1};
    std::uint64_t nearest = 0;
    for (const GapEvent& known : truth.events.gaps) {
      if (known.position < gap.position) nearest = std::max(nearest, known.position);
    }
    if (nearest > 0) {
      gap.gap = gap.position - nearest;
      gap.gap_time = Nanoseconds(s[j].at - s[nearest - 1].at);
    }
    truth.events.gaps.push_back(gap);
  }
}

void loss(const std::vector<bool>& lost, Truth& truth) {
  std::optional<std::uint64_t> previous;
  for (std::uint64_t k = 0; k < lost.size(); ++k) {
    if (!lost[k]) continue;
    const std::uint64_t distance = previous ? k - *previous : 0;
    truth.loss_distances.push_back(distance);
    if (k == 0 || !lost[k - 1]) {
      truth.events.loss_periods.push_back({.first_index = k, .since_last_loss = distance});
    }
    ++truth.events.loss_periods.back().length;
    previous = k;
  }
}

}  // namespace

Truth truth_of(const Flow& flow) {
  Truth truth;
  std::vector<Copy> accepted;
  std::vector<std::optional<std::int64_t>> delay(flow.sent_at.size());
  std::vector<std::uint64_t> in_time(flow.sent_at.size()), too_late(flow.sent_at.size());
  for (const Flow::Arrived& arrival : flow.arrivals) {
    const auto index = static_cast<std::uint64_t>(arrival.index);
    if (arrival.corrupt || index >= flow.sent_at.size()) continue;
    const std::int64_t took = arrival.at - flow.sent_at[index];
    if (took > flow.tmax) {
      ++too_late[index];
    } else if (++in_time[index] == 1) {
      accepted.push_back({.index = index, .at = arrival.at});
      delay[index] = took;
      truth.delays.push_back(took);
      truth.events.accepted.push_back(index);
    }
  }
  std::vector<bool> lost(flow.sent_at.size());
  for (std::size_t k = 0; k < lost.size(); ++k) {
    lost[k] = in_time[k] == 0;
    truth.received += !lost[k];
    truth.lost += lost[k];
    truth.late += lost[k] && too_late[k] > 0;
    truth.late_arrivals += too_late[k];
    truth.replicated += in_time[k] > 1;
    truth.duplicates += in_time[k] > 1 ? in_time[k] - 1 : 0;
    if (k > 0 && delay[k] && delay[k - 1]) truth.ipdv.push_back(*delay[k] - *delay[k - 1]);
  }
  loss(lost, truth);
  reordering(flow, accepted, truth);
  if (truth.delays.size() >= 2) {
    double jitter = 0;
    for (std::size_t i = 1; i < truth.delays.size(); ++i) {
      const auto d = static_cast<double>(std::abs(truth.delays[i] - truth.delays[i - 1]));
      jitter += (d - jitter) / 16;
    }
    truth.jitter = jitter;
  }
  return truth;
}

}  // namespace sockmark::test
