// How much was sent, answered and delivered in one measurement window [t0, t1)
// (docs/definitions/throughput.md).
//
// A message belongs to the window if its intended time does. Offered load and goodput count events
// within the window, of any message. The two views differ by the backlog at the edges, which
// backlog_unsteady() shows. Rates are per second over t1 - t0.
//
// Plain values, merged over threads and ends with add(); one thread at a time. Each end records
// what it sees: the generator everything, a one-way responder delivered() only.

#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace sockmark {

struct WindowCounts {
  // Must: start < end.
  WindowCounts(Instant start, Instant end);

  [[nodiscard]] bool contains(Instant t) const { return t0 <= t && t < t1; }

  // The kernel took `count` messages whole.
  void sent(Instant t_intended, Instant t_sent, std::uint64_t count = 1) {
    sent_messages += contains(t_intended) ? count : 0;
    offered_messages += contains(t_sent) ? count : 0;
  }
  // System calls that sent messages, made at this time.
  void sent_by_calls(Instant t_sent, std::uint64_t calls) {
    send_calls += contains(t_sent) ? calls : 0;
  }
  // Their first intact copies, or answers, arrived in time: at most tmax after they were sent.
  void received(Instant t_intended, std::uint64_t count = 1) {
    received_messages += contains(t_intended) ? count : 0;
  }
  // The receiving application had their first intact copies. `bytes` is the size of each message.
  void delivered(Instant t_received, std::uint64_t bytes, std::uint64_t count = 1) {
    if (!contains(t_received)) return;
    goodput_messages += count;
    goodput_bytes += count * bytes;
  }

  // Must: the same window.
  void add(const WindowCounts& other);

  [[nodiscard]] double offered_rate() const;  // RFC 2285, section 3.5.2
  [[nodiscard]] double goodput_messages_per_s() const;
  [[nodiscard]] double goodput_bytes_per_s() const;
  // The part of the window's sent messages that was received in time (RFC 7680). None if none was
  // sent.
  [[nodiscard]] std::optional<double> delivery_ratio() const;
  // Goodput differs by more than 1 % from the offered load times the delivery ratio: a queue grew
  // or shrank during the window. None if nothing was offered or sent.
  [[nodiscard]] std::optional<bool> backlog_unsteady() const;

  Instant t0, t1;
  std::uint64_t sent_messages = 0, offered_messages = 0;
  std::uint64_t send_calls = 0;         // that took the offered messages
  std::uint64_t received_messages = 0;  // sent_messages - received_messages are lost
  std::uint64_t goodput_messages = 0, goodput_bytes = 0;

 private:
  [[nodiscard]] double per_second(std::uint64_t count) const;
};

}  // namespace sockmark
