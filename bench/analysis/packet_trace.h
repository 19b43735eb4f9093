// A recorded flow: which messages were sent when, and which arrived when. Plain data.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace sockmark {

// Times are nanoseconds since an arbitrary instant, at most kMaxTrace from 0, so that delays and
// their differences do not overflow. They may decrease, where a clock was set back: the order of
// the events is that of the lists. The index of a message is its sequence number minus the first
// one.
struct PacketTrace {
  static constexpr std::int64_t kMaxTrace = std::int64_t{1} << 60;  // 36 years
  // Sent and received messages together; computing everything takes about 100 bytes for each.
  static constexpr std::size_t kMaxPackets = 10'000'000;
  static constexpr std::uint32_t kMaxN = 10'000;
  static constexpr std::size_t kMaxDeltas = 1000;

  struct Sent {
    std::int64_t at = 0;
    std::uint32_t bytes = 0;
  };
  struct Arrival {
    std::int64_t at = 0;
    std::uint64_t index = 0;  // `expected` or more: a message that was not sent
    std::uint32_t bytes = 0;  // 0 if not recorded
    bool corrupt = false;     // the index is meaningless then
  };

  Nanoseconds tmax = std::chrono::seconds(1);  // > 0; a message that takes longer is lost
  std::uint32_t n_max = 100;                   // n-reordering is counted for 1 to n_max
  // Distances for the noticeable rates; 99 is the example of RFC 3357.
  std::vector<std::uint64_t> deltas = {1, 2, 10, 99, 100};
  std::vector<Sent> sent;         // by index
  std::vector<Arrival> arrivals;  // in order of arrival
  std::uint64_t first_seq = 0;    // the number of index 0

  // Only arrivals were recorded: the flow begins and ends with the lowest and highest number that
  // arrived, and delays are unknown.
  bool receiver_only = false;
  std::uint64_t expected = 0;  // messages of the flow: sent.size(), unless receiver_only

  // The clocks of the two ends disagree by an unknown amount: Tmax counts from the smallest delay.
  bool align_clocks = false;
};

}  // namespace sockmark
