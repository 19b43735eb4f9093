// One flow as somebody recorded it: what was sent when, and what arrived when. A value.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace sockmark {

// Times are nanoseconds since any one instant, and at most kLongestTrace from 0, so that delays and
// their differences fit. A message's index is its sequence number minus the first one's.
struct PacketTrace {
  static constexpr std::int64_t kLongestTrace = std::int64_t{1} << 60;  // 36 years
  // Sent and arrived together: about 100 bytes of memory each when everything is computed.
  static constexpr std::size_t kMostPackets = 10'000'000;
  static constexpr std::uint32_t kMostN = 10'000;
  static constexpr std::size_t kMostDeltas = 1000;

  struct Sent {
    std::int64_t at = 0;
    std::uint32_t bytes = 0;
  };
  struct Arrival {
    std::int64_t at = 0;
    std::uint64_t index = 0;  // not below sent.size(): of a message that was never sent
    bool corrupt = false;     // the index says nothing then
  };

  Nanoseconds tmax = std::chrono::seconds(1);  // > 0; a message that takes longer is lost
  std::uint32_t n_max = 100;                   // n-reordering is counted from 1 to here
  // Distances of the noticeable rates; 99 is the example of RFC 3357.
  std::vector<std::uint64_t> deltas = {1, 2, 10, 99, 100};
  std::vector<Sent> sent;         // by index; their times do not decrease
  std::vector<Arrival> arrivals;  // in order of arrival; their times do not decrease
};

}  // namespace sockmark
