#include "bench/load/tcp_course.h"

#include <algorithm>

#include "base/assert.h"
#include "measure/series.h"

namespace sockmark {

void TcpTotals::add(const TcpInfo& info) {
  TcpTotals one{.retransmits = info.retransmits,
                .segments_sent = info.segments_sent,
                .limited_by_receiver_ns = ns(info.limited_by_receiver),
                .limited_by_send_buffer_ns = ns(info.limited_by_send_buffer),
                .connections = 1,
                .lost = info.lost,
                .congestion_window = info.congestion_window,
                .rtt_ns = ns(info.rtt),
                .rtt_min_ns = {},
                .delivery_rate_bytes_per_s = info.delivery_rate_bytes_per_s.value_or(0),
                .rated_connections = info.delivery_rate_bytes_per_s ? 1U : 0U};
  if (info.rtt_min) one.rtt_min_ns = ns(*info.rtt_min);
  add(one);
}

void TcpTotals::add(const TcpTotals& other) {
  add_counts(other);
  connections += other.connections;
  lost += other.lost;
  congestion_window += other.congestion_window;
  rtt_ns += other.rtt_ns;
  if (other.rtt_min_ns)
    rtt_min_ns = rtt_min_ns ? std::min(*rtt_min_ns, *other.rtt_min_ns) : *other.rtt_min_ns;
  delivery_rate_bytes_per_s += other.delivery_rate_bytes_per_s;
  rated_connections += other.rated_connections;
}

void TcpTotals::add_counts(const TcpTotals& other) {
  retransmits += other.retransmits;
  segments_sent += other.segments_sent;
  limited_by_receiver_ns += other.limited_by_receiver_ns;
  limited_by_send_buffer_ns += other.limited_by_send_buffer_ns;
}

bool TcpCourse::samples(const CaseSpec& spec) {
  const std::uint64_t threads = spec.threads * spec.generators;
  return spec.workload != Workload::connect &&
         (spec.connections + threads - 1) / threads <= kSampledConnectionsMax;
}

TcpCourse::TcpCourse(const CaseSpec& spec, Instant t0, Instant t1)
    : t0_(t0),
      t1_(t1),
      end_(t1),
      interval_(spec.interval),
      parts_(Series::sub_windows_of(t1 - t0, spec.interval)) {
  ASSERT(spec.is_tcp());
  if (spec.per_connection) retransmits_.resize(spec.connections);
  if (!samples(spec)) return;
  record_.at_edges.reserve(parts_ + 1);
  set_next();
}

Instant TcpCourse::edge(std::size_t number) const {
  return std::min(t0_ + Series::start_of(number, t1_ - t0_, interval_), end_);
}

void TcpCourse::set_next() {
  const std::size_t seen = record_.at_edges.size();
  next_ = seen <= parts_ ? edge(seen) : Instant::max();
}

void TcpCourse::sample(Instant now, const TcpTotals& open) {
  TcpTotals all = open;
  all.add_counts(record_.at_end);
  while (due(now)) {  // a thread that did not run may be late for several
    record_.at_edges.push_back(all);
    set_next();
  }
  std::atomic_ref(looks_).store(record_.at_edges.size(), std::memory_order_release);
}

void TcpCourse::ended(const TcpInfo& info, std::optional<std::uint64_t> connection) {
  record_.at_end.add(info);
  if (connection && !retransmits_.empty()) retransmits_[*connection] += info.retransmits;
}

void TcpCourse::shorten(Instant t1) {
  end_ = t1;
  if (next_ != Instant::max()) set_next();
}

void TcpRecord::add(const TcpRecord& other) {
  at_edges.resize(std::min(at_edges.size(), other.at_edges.size()));
  for (std::size_t i = 0; i < at_edges.size(); ++i) at_edges[i].add(other.at_edges[i]);
  at_end.add(other.at_end);
}

}  // namespace sockmark
