#include "bench/run/tcp_intervals.h"

#include <algorithm>

#include "bench/run/describe_tcp.h"
#include "bench/worker/recording.h"
#include "measure/series.h"

namespace sockmark {

TcpIntervals::TcpIntervals(const CaseSpec& spec, std::size_t generators, bool responder)
    : edges_max_(Series::sub_windows_of(spec.duration, spec.interval) + 1),
      generators_(generators),
      responders_(responder ? 1 : 0) {}

void TcpIntervals::add(const IntervalsMessage& message, Edges& edges) const {
  if (message.first_edge != edges.size() || message.at_edges.size() > edges_max_ - edges.size() ||
      !std::ranges::all_of(message.at_edges, is_plausible))
    return;
  edges.insert(edges.end(), message.at_edges.begin(), message.at_edges.end());
}

void TcpIntervals::add_generator(std::size_t number, const IntervalsMessage& message) {
  add(message, generators_[number]);
}

void TcpIntervals::add_responder(const IntervalsMessage& message) {
  if (!responders_.empty()) add(message, responders_.front());
}

std::size_t TcpIntervals::known() const {
  std::size_t edges = edges_max_;
  for (const auto& end : generators_) edges = std::min(edges, end.size());
  for (const auto& end : responders_) edges = std::min(edges, end.size());
  return edges == 0 ? 0 : edges - 1;
}

report::TcpFigures TcpIntervals::figures(std::size_t interval, std::uint64_t messages) const {
  TcpEdges generators;
  for (const auto& edges : generators_) {
    generators.begin.add(edges[interval]);
    generators.end.add(edges[interval + 1]);
  }
  if (responders_.empty()) return describe_tcp_interval(generators, nullptr, messages);
  const Edges& edges = responders_.front();
  const TcpEdges responder{.begin = edges[interval], .end = edges[interval + 1]};
  return describe_tcp_interval(generators, &responder, messages);
}

}  // namespace sockmark
