#include "measure/throughput.h"

#include <cmath>

#include "base/assert.h"

namespace sockmark {

WindowCounts::WindowCounts(Instant start, Instant end) : t0(start), t1(end) { ASSERT(start < end); }

void WindowCounts::add(const WindowCounts& other) {
  ASSERT(t0 == other.t0 && t1 == other.t1);
  sent_messages += other.sent_messages;
  offered_messages += other.offered_messages;
  send_calls += other.send_calls;
  received_messages += other.received_messages;
  goodput_messages += other.goodput_messages;
  goodput_bytes += other.goodput_bytes;
}

double WindowCounts::per_second(std::uint64_t count) const {
  return static_cast<double>(count) / std::chrono::duration<double>(t1 - t0).count();
}

double WindowCounts::offered_rate() const { return per_second(offered_messages); }
double WindowCounts::goodput_messages_per_s() const { return per_second(goodput_messages); }
double WindowCounts::goodput_bytes_per_s() const { return per_second(goodput_bytes); }

std::optional<double> WindowCounts::delivery_ratio() const {
  if (sent_messages == 0) return std::nullopt;
  return static_cast<double>(received_messages) / static_cast<double>(sent_messages);
}

std::optional<bool> WindowCounts::backlog_unsteady() const {
  const auto delivered_fraction = delivery_ratio();
  if (!delivered_fraction || offered_messages == 0) return std::nullopt;
  const auto offered = static_cast<double>(offered_messages);
  const double expected = offered * *delivered_fraction;
  return std::abs(static_cast<double>(goodput_messages) - expected) / offered > 0.01;
}

}  // namespace sockmark
