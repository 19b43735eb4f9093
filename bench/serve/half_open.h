// The connections that have not proven that they know the key: a fixed number of slots, whatever
// arrives. When all are taken, the host with the most slots loses its oldest. So one host cannot
// keep others out, and a client that answers at once is served while others hold their connections
// open and say nothing. A lower limit for each host would evict clients that one host starts
// together.
//
// Instants are parameters. Threading: one thread.

#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace sockmark {

inline constexpr std::size_t kHalfOpenMax = 64;
inline constexpr Nanoseconds kHandshakeTimeout = std::chrono::seconds(2);

template <class Connection>
class HalfOpen {
 public:
  struct Slot {
    std::string host;
    Instant deadline;  // absolute: a byte now and then does not move it
    Connection connection;
  };

  // Adds a connection of `host`. Returns the slot that had to go, if any.
  std::optional<Slot> add(std::string host, Connection connection, Instant now) {
    std::optional<Slot> evicted;
    if (slots_.size() >= kHalfOpenMax) evicted = take(oldest_of_busiest_host());
    slots_.push_back({std::move(host), now + kHandshakeTimeout, std::move(connection)});
    return evicted;
  }

  // Removes those whose deadline has passed.
  std::vector<Slot> expire(Instant now) {
    std::vector<Slot> expired;
    while (true) {
      const auto found =
          std::ranges::find_if(slots_, [now](const Slot& slot) { return slot.deadline <= now; });
      if (found == slots_.end()) return expired;
      expired.push_back(take(found));
    }
  }

  // The oldest first.
  [[nodiscard]] std::vector<Slot>& slots() { return slots_; }
  Slot take(typename std::vector<Slot>::iterator which) {
    Slot taken = std::move(*which);
    slots_.erase(which);
    return taken;
  }
  // The earliest deadline; Instant::max() if there is none.
  [[nodiscard]] Instant next_deadline() const {
    Instant next = Instant::max();
    for (const auto& slot : slots_) next = std::min(next, slot.deadline);
    return next;
  }

 private:
  // Must: not empty.
  typename std::vector<Slot>::iterator oldest_of_busiest_host() {
    std::map<std::string_view, std::size_t> counts;
    for (const auto& slot : slots_) ++counts[slot.host];
    return std::ranges::max_element(slots_, {},
                                    [&](const Slot& slot) { return counts[slot.host]; });
  }

  std::vector<Slot> slots_;
};

}  // namespace sockmark
