#include "reports/views/connections_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <tuple>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/units.h"
#include "reports/model/summary.h"

namespace sockmark::report {
namespace {

// The valid ones, or all if none is.
std::vector<const Run*> counted_runs(const Case& one) {
  const bool any_valid = std::ranges::any_of(one.runs, &Run::valid);
  std::vector<const Run*> runs;
  for (const Run& run : one.runs) {
    if (run.valid || !any_valid) runs.push_back(&run);
  }
  return runs;
}

std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  return statistic_of(std::move(values)).median;
}

std::string in_units(const std::optional<double>& value, std::span<const Unit> units) {
  return value ? fitted(*value, units) : "-";
}

std::string number(const std::optional<double>& value, const char* format = "{:.0f}") {
  return value ? fmt::format(fmt::runtime(format), *value) : "-";
}

// --- connections --------------------------------------------------------------------------------

// Of one connection, in the runs that have it.
struct Connection {
  std::uint64_t number = 0;
  std::vector<double> messages, bytes, p50_ns, p99_ns, retransmits;

  template <class T>
  static void keep(const Maybe<T>& value, std::vector<double>& values) {
    if (value) values.push_back(static_cast<double>(*value));
  }
  void add(const ConnectionFigures& figures) {
    messages.push_back(static_cast<double>(figures.messages));
    bytes.push_back(static_cast<double>(figures.bytes));
    keep(figures.p50_ns, p50_ns);
    keep(figures.p99_ns, p99_ns);
    keep(figures.retransmits, retransmits);
  }
};

ConnectionRow row_of(const Connection& one) {
  return {.cells = {std::to_string(one.number), number(median(one.messages)),
                    in_units(median(one.bytes), kBytes), in_units(median(one.p50_ns), kTime),
                    in_units(median(one.p99_ns), kTime), number(median(one.retransmits))}};
}

std::vector<Connection> connections_of(const Case& one) {
  std::map<std::uint64_t, Connection> by_number;
  for (const Run* run : counted_runs(one)) {
    if (!run->connections) continue;
    for (const ConnectionFigures& figures : *run->connections) {
      Connection& connection = by_number[figures.number];
      connection.number = figures.number;
      connection.add(figures);
    }
  }
  std::vector<Connection> connections;
  for (auto& [unused, connection] : by_number) connections.push_back(std::move(connection));
  std::ranges::stable_sort(connections, {}, [](const Connection& connection) {
    const auto p99 = median(connection.p99_ns);
    return std::tuple(p99 ? -*p99 : std::numeric_limits<double>::infinity(),
                      median(connection.messages).value_or(0));
  });
  return connections;
}

std::string title_of(const Case& one) {
  std::string title = printable(one.id, kNameColumns);
  std::vector<double> indices;
  for (const Run* run : counted_runs(one)) {
    if (run->fairness && run->fairness->jain_index) indices.push_back(*run->fairness->jain_index);
  }
  if (const auto index = median(std::move(indices)))
    title += fmt::format(" (Jain's index {:.3f})", *index);
  return title;
}

// --- TCP ----------------------------------------------------------------------------------------

template <class T>
std::optional<double> median_of(const std::vector<const Run*>& runs, Maybe<T> Tcp::*member) {
  std::vector<double> values;
  for (const Run* run : runs) {
    if (run->tcp) Connection::keep((*run->tcp).*member, values);
  }
  return median(std::move(values));
}

// Of the window, in per cent.
std::string share(const std::vector<const Run*>& runs, Maybe<std::int64_t> Tcp::*member) {
  std::vector<double> values;
  for (const Run* run : runs) {
    if (!run->tcp || !((*run->tcp).*member) || run->window.measure_ns <= 0) continue;
    const auto window = static_cast<double>(run->window.measure_ns);
    values.push_back(100 * std::min(static_cast<double>(*((*run->tcp).*member)) / window, 1.0));
  }
  return number(median(std::move(values)), "{:.3g} %");
}

TcpRow tcp_row_of(const Case& one) {
  const auto runs = counted_runs(one);
  const auto rate = median_of<std::uint64_t>(runs, &Tcp::delivery_rate_bytes_per_s);
  return {.cells = {printable(one.id, kNameColumns),
                    number(median_of<std::uint64_t>(runs, &Tcp::retransmits)),
                    number(median_of<std::uint64_t>(runs, &Tcp::retransmits_in_window)),
                    in_units(median_of<std::int64_t>(runs, &Tcp::rtt_ns), kTime),
                    in_units(median_of<std::int64_t>(runs, &Tcp::rtt_min_ns), kTime),
                    number(median_of<std::uint64_t>(runs, &Tcp::congestion_window)),
                    rate ? fitted(*rate, kBytes) + "/s" : "-",
                    share(runs, &Tcp::limited_by_receiver_ns),
                    share(runs, &Tcp::limited_by_send_buffer_ns),
                    number(median_of<double>(runs, &Tcp::segments_per_message), "{:.3g}")}};
}

}  // namespace

ConnectionTable connection_table(const Report& report) {
  ConnectionTable table{.headers = {"connection", "messages", "bytes", "p50", "p99", "retransmits"},
                        .groups = {}};
  for (const Case& one : report.cases) {
    const auto connections = connections_of(one);
    if (connections.empty()) continue;
    ConnectionGroup group{.title = title_of(one), .rows = {}, .note = {}};
    for (const Connection& connection :
         std::span(connections).first(std::min(connections.size(), kConnectionRowsMax)))
      group.rows.push_back(row_of(connection));
    if (connections.size() > kConnectionRowsMax) {
      group.note = fmt::format(
          "{} of {} connections, {}; the report has all of them (connections of each run)",
          kConnectionRowsMax, connections.size(),
          connections.front().p99_ns.empty() ? "those with the fewest messages"
                                             : "those with the largest p99");
    }
    table.groups.push_back(std::move(group));
  }
  return table;
}

TcpTable tcp_table(const Report& report) {
  TcpTable table{.headers = {"case", "retr", "in window", "rtt", "min rtt", "cwnd", "delivery rate",
                             "rwnd-limited", "sndbuf-limited", "segments/msg"},
                 .rows = {}};
  for (const Case& one : report.cases) {
    const bool known = std::ranges::any_of(
        one.runs, [](const Run& run) { return run.tcp && run.tcp->retransmits; });
    if (known) table.rows.push_back(tcp_row_of(one));
  }
  return table;
}

bool has_connection_tables(const Report& report) {
  return !tcp_table(report).rows.empty() || !connection_table(report).groups.empty();
}

}  // namespace sockmark::report
