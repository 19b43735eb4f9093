// What the kernel knew of the TCP connections of one thread over the course of a run: at the
// beginning of the window, at the end of each of its sub-windows, and when the connections ended
// (docs/definitions/tcp.md#figures).
//
// A look at a connection costs 0.7 to 0.9 us of the thread that measures. With up to
// kSampledConnectionsMax connections a thread looks at all of them at the edges of the sub-windows,
// which are at most kTick late; with more, only when they end.
//
// Memory is allocated at construction. One thread at a time; merge the records with add(). While
// one thread looks, others may read the looks that were taken.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/maybe.h"
#include "bench/plan/plan.h"
#include "reports/json/visit.h"
#include "transports/tcp_info.h"

namespace sockmark {

// Of each thread: 21 looks at 64 connections are 0.02 % of a window of 5 s.
inline constexpr std::uint64_t kSampledConnectionsMax = 64;

// Sums over connections, at one instant.
struct TcpTotals {
  // Since the connections were made; of ended ones too.
  std::uint64_t retransmits = 0, segments_sent = 0;
  std::int64_t limited_by_receiver_ns = 0, limited_by_send_buffer_ns = 0;
  // Of the connections that there are.
  std::uint64_t connections = 0, lost = 0, congestion_window = 0;
  std::int64_t rtt_ns = 0;
  Maybe<std::int64_t> rtt_min_ns = {};  // the least
  // Of those that the application did not limit.
  std::uint64_t delivery_rate_bytes_per_s = 0, rated_connections = 0;

  void add(const TcpInfo& info);
  void add(const TcpTotals& other);
  // The first four.
  void add_counts(const TcpTotals& other);
};

// What is recorded of a course, in a form that a control message carries.
struct TcpRecord {
  // At t0 and at the end of each sub-window, as far as the run came; empty if nobody looked.
  std::vector<TcpTotals> at_edges;
  TcpTotals at_end;  // of all connections when they ended

  // Other connections of the same window.
  void add(const TcpRecord& other);
};

class TcpCourse {
 public:
  // Its sub-windows are those of the series. Must: the case is over TCP.
  TcpCourse(const CaseSpec& spec, Instant t0, Instant t1);

  // Whether a thread looks at its connections during the run of this case, which is over TCP. In
  // `connect` none is open for long.
  [[nodiscard]] static bool samples(const CaseSpec& spec);

  // Whether sample() is to be called.
  [[nodiscard]] bool due(Instant now) const { return now >= next_; }
  // What is known of the open connections at `now`. Must: due(now).
  void sample(Instant now, const TcpTotals& open);
  // A connection of the case is about to be closed. With CaseSpec::per_connection its number is
  // needed, if it is known.
  void ended(const TcpInfo& info, std::optional<std::uint64_t> connection);
  // Ends the window earlier than planned. Must: t0 < t1.
  void shorten(Instant t1);

  [[nodiscard]] const TcpRecord& record() const { return record_; }
  // Any thread. The number of edges that were looked at, and what was seen at one of them.
  [[nodiscard]] std::size_t looks() const {
    return std::atomic_ref(looks_).load(std::memory_order_acquire);
  }
  [[nodiscard]] const TcpTotals& look(std::size_t edge) const {
    return record_.at_edges.data()[edge];  // its size may change meanwhile
  }
  // Of one connection, when it ended. Must: with CaseSpec::per_connection.
  [[nodiscard]] std::uint64_t retransmits_of(std::uint64_t connection) const {
    return retransmits_[connection];
  }

 private:
  [[nodiscard]] Instant edge(std::size_t number) const;
  void set_next();

  Instant t0_{}, t1_{};  // as planned
  Instant end_{};        // t1_ or earlier
  Nanoseconds interval_{0};
  std::size_t parts_ = 0;
  Instant next_ = Instant::max();
  TcpRecord record_;
  // Shared through atomic_ref, which leaves a TcpCourse movable and is not for const objects.
  mutable std::size_t looks_ = 0;
  std::vector<std::uint64_t> retransmits_;  // by connection, with CaseSpec::per_connection
};

void fields(auto& visit, report::Of<TcpTotals> auto& totals) {
  visit("retransmits", totals.retransmits);
  visit("segments_sent", totals.segments_sent);
  visit("limited_by_receiver_ns", totals.limited_by_receiver_ns, report::kNotNegative);
  visit("limited_by_send_buffer_ns", totals.limited_by_send_buffer_ns, report::kNotNegative);
  visit("connections", totals.connections);
  visit("lost", totals.lost);
  visit("congestion_window", totals.congestion_window);
  visit("rtt_ns", totals.rtt_ns, report::kNotNegative);
  visit("rtt_min_ns", totals.rtt_min_ns, report::kNotNegative);
  visit("delivery_rate_bytes_per_s", totals.delivery_rate_bytes_per_s);
  visit("rated_connections", totals.rated_connections);
}

void fields(auto& visit, report::Of<TcpRecord> auto& record) {
  visit("at_edges", record.at_edges);
  visit("at_end", record.at_end);
}

}  // namespace sockmark
