#include "bench/run/describe_tcp.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "bench/load/connection_figures.h"

namespace sockmark {

namespace {

using report::TcpFigures;

// A counter of the kernel has 32 bits, and begins again from 0 after 2^32 segments.
template <class Count>
Maybe<Count> growth(Count from, Count to) {
  if (to < from) return Maybe<Count>::none(report::kOverflow);
  return to - from;
}

template <class Count>
Maybe<Count> mean(const Maybe<Count>& sum, std::uint64_t connections) {
  if (!sum || connections == 0) return sum ? Maybe<Count>() : sum;
  return *sum / static_cast<Count>(connections);
}

// What is known of the connections at one instant.
void describe_now(const TcpTotals& now, TcpFigures& figures) {
  figures.lost = now.lost;
  figures.rtt_ns = mean(Maybe<std::int64_t>(now.rtt_ns), now.connections);
  figures.rtt_min_ns = now.rtt_min_ns;
  figures.congestion_window = mean(Maybe<std::uint64_t>(now.congestion_window), now.connections);
  figures.delivery_rate_bytes_per_s = now.rated_connections == now.connections
                                          ? Maybe<std::uint64_t>(now.delivery_rate_bytes_per_s)
                                          : Maybe<std::uint64_t>::none("application_limited");
}

TcpFigures figures_between(const TcpTotals& from, const TcpTotals& to, std::uint64_t messages) {
  TcpFigures figures;
  describe_now(to, figures);
  figures.retransmits = growth(from.retransmits, to.retransmits);
  figures.limited_by_receiver_ns =
      mean(growth(from.limited_by_receiver_ns, to.limited_by_receiver_ns), to.connections);
  figures.limited_by_send_buffer_ns =
      mean(growth(from.limited_by_send_buffer_ns, to.limited_by_send_buffer_ns), to.connections);
  const auto segments = growth(from.segments_sent, to.segments_sent);
  if (!segments) {
    figures.segments_per_message = Maybe<double>::none(segments.reason());
  } else if (messages == 0) {
    figures.segments_per_message = Maybe<double>::none(report::kNothingReceived);
  } else {
    figures.segments_per_message = static_cast<double>(*segments) / static_cast<double>(messages);
  }
  return figures;
}

template <class... Value>
void make_absent(const char* reason, Maybe<Value>&... values) {
  ((values = Maybe<Value>::none(reason)), ...);
}

TcpFigures absent_figures(const char* reason) {
  TcpFigures figures;
  make_absent(reason, figures.retransmits, figures.lost, figures.rtt_ns, figures.rtt_min_ns,
              figures.congestion_window, figures.delivery_rate_bytes_per_s,
              figures.limited_by_receiver_ns, figures.limited_by_send_buffer_ns,
              figures.segments_per_message);
  return figures;
}

// Why nothing is known of the course of the connections.
const char* why_no_course(const CaseSpec& spec) {
  if (spec.workload == Workload::connect) return kShortConnections;
  return TcpCourse::samples(spec) ? "not_measured" : "too_many_connections";
}

// Of an end. `in_window`: its retransmits there.
TcpFigures whole_run(const CaseSpec& spec, const TcpRecord& record, std::uint64_t messages,
                     Maybe<std::uint64_t>& in_window) {
  TcpFigures figures;
  if (record.at_edges.size() < 2) {
    const char* why = why_no_course(spec);
    in_window = Maybe<std::uint64_t>::none(why);
    figures = absent_figures(why);
    if (record.at_end.connections == 0) return figures;
    describe_now(record.at_end, figures);
  } else {
    figures = figures_between(record.at_edges.front(), record.at_edges.back(), messages);
    in_window = figures.retransmits;
  }
  figures.retransmits = record.at_end.retransmits;
  return figures;
}

Maybe<std::uint64_t> sum(const Maybe<std::uint64_t>& one, const Maybe<std::uint64_t>& other) {
  if (!one) return one;
  if (!other) return other;
  return *one + *other;
}

void add_counts_of(const TcpFigures& responder, TcpFigures& figures) {
  figures.retransmits = sum(figures.retransmits, responder.retransmits);
  figures.lost = sum(figures.lost, responder.lost);
}

}  // namespace

Maybe<report::Tcp> describe_tcp(const CaseSpec& spec, const EndResult& generator,
                                const EndResult& responder, std::uint64_t messages) {
  if (!spec.is_tcp()) return Maybe<report::Tcp>::none(report::kNotApplicable);
  if (!generator.tcp) return {};
  report::Tcp tcp;
  const TcpFigures sender = whole_run(spec, *generator.tcp, messages, tcp.retransmits_in_window);
  static_cast<TcpFigures&>(tcp) = sender;
  tcp.generator = sender;
  if (!responder.tcp) {  // another program, of which nothing is known
    tcp.responder = Maybe<TcpFigures>::none(responder.tcp.reason());
    return tcp;
  }
  Maybe<std::uint64_t> of_responder;
  const TcpFigures receiver = whole_run(spec, *responder.tcp, messages, of_responder);
  add_counts_of(receiver, tcp);
  tcp.retransmits_in_window = sum(tcp.retransmits_in_window, of_responder);
  tcp.responder = receiver;
  return tcp;
}

Maybe<TcpFigures> why_no_tcp_course(const CaseSpec& spec) {
  return Maybe<TcpFigures>::none(spec.is_tcp() ? why_no_course(spec) : report::kNotApplicable);
}

report::TcpFigures describe_tcp_interval(const TcpEdges& generator, const TcpEdges* responder,
                                         std::uint64_t messages) {
  TcpFigures figures = figures_between(generator.begin, generator.end, messages);
  if (responder != nullptr)
    add_counts_of(figures_between(responder->begin, responder->end, messages), figures);
  return figures;
}

void describe_tcp_course(const CaseSpec& spec, const EndResult& generator,
                         const EndResult& responder, std::vector<report::SeriesPoint>& series) {
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (!spec.is_tcp() || !TcpCourse::samples(spec)) {
      series[i].tcp = why_no_tcp_course(spec);
    } else if (!generator.tcp || generator.tcp->at_edges.size() < i + 2 ||
               (responder.tcp && responder.tcp->at_edges.size() < i + 2)) {
      series[i].tcp = {};
    } else {
      const auto edges_of = [&](const TcpRecord& record) {
        return TcpEdges{.begin = record.at_edges[i], .end = record.at_edges[i + 1]};
      };
      const auto other = responder.tcp ? std::optional(edges_of(*responder.tcp)) : std::nullopt;
      series[i].tcp = describe_tcp_interval(edges_of(*generator.tcp), other ? &*other : nullptr,
                                            series[i].messages);
    }
  }
}

Maybe<std::vector<report::ConnectionFigures>> describe_connections(const CaseSpec& spec,
                                                                   const EndResult& receiver,
                                                                   const EndResult& other) {
  if (!spec.per_connection)
    return Maybe<std::vector<report::ConnectionFigures>>::none(report::kNotRequested);
  std::map<std::uint64_t, const report::ConnectionFigures*> others;
  for (const auto& figures : other.connections) others.emplace(figures.number, &figures);
  auto connections = receiver.connections;
  std::ranges::sort(connections, {}, &report::ConnectionFigures::number);
  for (auto& figures : connections) {
    const auto found = others.find(figures.number);
    if (found != others.end())
      figures.retransmits = sum(figures.retransmits, found->second->retransmits);
  }
  return connections;
}

}  // namespace sockmark
