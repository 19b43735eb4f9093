// How much was intended, offered, answered and delivered in one measurement window [t0, t1)
// (docs/definitions/throughput.md).
//
// A message belongs to the window if its intended time does; what happened in the window, whoever
// it belongs to, is offered load and goodput. The two views differ by the backlog carried across
// the edges, which backlog_unsteady() exposes. Rates are per second over t1 - t0.
//
// Plain values, merged over threads and ends with add(); one thread at a time. Either end feeds
// what it can see: the generator all of it, a one-way responder delivered() only.

#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace sockmark {

// The instants of one answered message, in the order in which they happen, each taken from one
// clock. response_time() == generator_lag() + send_block() + service_time(), always.
struct MessageTimes {
  Instant intended;  // when the schedule, fixed before the run, wanted it sent
  Instant issue;     // when the generator got to it: before the first attempt to write
  Instant sent;      // when the kernel had taken its last byte
  Instant received;  // after the receive call that completed it, or its echo

  [[nodiscard]] constexpr Nanoseconds generator_lag() const { return issue - intended; }
  [[nodiscard]] constexpr Nanoseconds send_block() const { return sent - issue; }
  [[nodiscard]] constexpr Nanoseconds service_time() const { return received - sent; }
  [[nodiscard]] constexpr Nanoseconds response_time() const { return received - intended; }
};

struct WindowCounts {
  // Must: start < end.
  WindowCounts(Instant start, Instant end);

  [[nodiscard]] bool contains(Instant t) const { return t0 <= t && t < t1; }

  // The schedule wanted a message at `t_intended`, whether or not it was ever issued.
  void intended(Instant t_intended) { intended_messages += contains(t_intended); }
  // The generator got to it.
  void issued(Instant t_intended, Instant t_issue) {
    issued_messages += contains(t_intended) && contains(t_issue);
  }
  // The kernel took it all.
  void sent(Instant t_intended, Instant t_sent, std::uint64_t count = 1) {
    sent_messages += contains(t_intended) ? count : 0;
    offered_messages += contains(t_sent) ? count : 0;
  }
  // Its first intact copy, or answer, came in time: at most tmax after it was sent.
  void received(Instant t_intended, std::uint64_t count = 1) {
    received_messages += contains(t_intended) ? count : 0;
  }
  // The receiving application had the first intact copy in hand. `bytes` of each message as it was
  // sized.
  void delivered(Instant t_received, std::uint64_t bytes, std::uint64_t count = 1) {
    if (!contains(t_received)) return;
    goodput_messages += count;
    goodput_bytes += count * bytes;
  }

  // Must: the same window.
  void add(const WindowCounts& other);

  [[nodiscard]] double intended_rate() const;  // RFC 2285, section 3.5.1
  [[nodiscard]] double offered_rate() const;   // RFC 2285, section 3.5.2
  [[nodiscard]] double goodput_messages_per_s() const;
  [[nodiscard]] double goodput_bytes_per_s() const;
  // Of the window's messages that were sent, those received in time (RFC 7680). None if none was
  // sent.
  [[nodiscard]] std::optional<double> delivery_ratio() const;
  // Of the window's messages, those issued within it. None if none was intended.
  [[nodiscard]] std::optional<double> issued_ratio() const;
  // Goodput is off by more than 1 % from what was offered and delivered: a queue grew or shrank
  // during the window. None where nothing was offered or sent.
  [[nodiscard]] std::optional<bool> backlog_unsteady() const;

  Instant t0, t1;
  std::uint64_t intended_messages = 0, issued_messages = 0, sent_messages = 0;
  std::uint64_t offered_messages = 0;
  std::uint64_t received_messages = 0;  // sent_messages - received_messages are lost
  std::uint64_t goodput_messages = 0, goodput_bytes = 0;

 private:
  [[nodiscard]] double per_second(std::uint64_t count) const;
};

}  // namespace sockmark
