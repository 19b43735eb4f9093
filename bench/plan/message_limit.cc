#include "bench/plan/message_limit.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <utility>

#include "base/random.h"
#include "bench/plan/schedule.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kShortestWindow = 1ms;

// Equal shares; the first connections have one message more if N is not a multiple.
std::vector<std::uint64_t> equal_shares(const CaseSpec& spec, std::uint64_t first) {
  const std::uint64_t all = *spec.messages, connections = spec.connections;
  std::vector<std::uint64_t> shares(connections, all / connections);
  for (std::uint64_t i = 0; i < all % connections; ++i) ++shares[(first + i) % connections];
  return shares;
}

// The connections take turns.
MessageWindow uniform_window(const CaseSpec& spec) {
  Schedule all({.rate = *spec.rate});
  const std::uint64_t before = all.count_until(spec.warmup);
  const double last = static_cast<double>(before + *spec.messages);
  const double due_ns = std::floor(last * 1e9 / *spec.rate + 0.5);
  const double limit_ns = static_cast<double>(ns(spec.warmup + spec.duration));
  MessageWindow window{.length = spec.duration, .messages = equal_shares(spec, before)};
  if (due_ns < limit_ns)
    window.length = Nanoseconds(static_cast<std::int64_t>(due_ns) + 1) - spec.warmup;
  return window;
}

MessageWindow random_window(const CaseSpec& spec, std::uint64_t seed) {
  MessageWindow window{.length = spec.duration,
                       .messages = std::vector<std::uint64_t>(spec.connections)};
  std::vector<Schedule> schedules;
  using Due = std::pair<Nanoseconds, std::uint64_t>;  // when, and the connection
  std::priority_queue<Due, std::vector<Due>, std::greater<>> next;
  for (std::uint64_t connection = 0; connection < spec.connections; ++connection) {
    Schedule& schedule =
        schedules.emplace_back(Schedule::Options{.arrivals = spec.arrivals,
                                                 .rate = *spec.rate,
                                                 .seed = child_seed(seed, connection),
                                                 .flow = connection,
                                                 .flows = spec.connections});
    while (schedule.due() < spec.warmup) schedule.advance();
    next.emplace(schedule.due(), connection);
  }
  for (std::uint64_t count = 0; count < *spec.messages; ++count) {
    const auto [due, connection] = next.top();
    if (due >= spec.warmup + spec.duration) {
      window.length = spec.duration;
      return window;
    }
    next.pop();
    ++window.messages[connection];
    window.length = due + 1ns - spec.warmup;
    schedules[connection].advance();
    next.emplace(schedules[connection].due(), connection);
  }
  return window;
}

}  // namespace

MessageWindow message_window(const CaseSpec& spec, std::uint64_t seed) {
  if (!spec.rate) return {.length = spec.duration, .messages = equal_shares(spec, 0)};
  MessageWindow window =
      spec.arrivals == Arrivals::uniform ? uniform_window(spec) : random_window(spec, seed);
  window.length =
      std::clamp(window.length, std::min(kShortestWindow, spec.duration), spec.duration);
  return window;
}

Nanoseconds default_time_limit(const CaseSpec& spec) {
  constexpr Nanoseconds kLimit = 1min, kLongest = 24h;
  if (!spec.rate) return kLimit;
  // Ten standard deviations above the mean, and the OFF periods at both edges.
  const auto messages = static_cast<double>(*spec.messages);
  double events = messages + 1;
  if (spec.arrivals != Arrivals::uniform)
    events += 10 * (std::sqrt(messages * static_cast<double>(spec.arrivals.burst)) +
                    static_cast<double>(spec.arrivals.burst));
  const double seconds = events / *spec.rate;
  if (!(seconds < std::chrono::duration<double>(kLongest).count())) return kLongest;
  const auto whole =
      std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
  return std::min<Nanoseconds>(whole + 2 * (spec.arrivals.on + spec.arrivals.off), kLongest);
}

}  // namespace sockmark
