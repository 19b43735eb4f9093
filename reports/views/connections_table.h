// The tables of what is known of connections: each connection of cases measured with
// --per-connection, and what TCP knew of the connections of a case. Pure functions of the report.

#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.h"

namespace sockmark::report {

// Rows of a case; the report has them all.
inline constexpr std::size_t kConnectionRowsMax = 16;

struct ConnectionRow {
  static constexpr std::size_t kColumns = 6;
  std::array<std::string, kColumns> cells;
};
struct ConnectionGroup {
  std::string title;  // the id of the case, and Jain's index
  std::vector<ConnectionRow> rows;
  std::string note;  // which connections have no row, and where they are; empty: all have one
};
struct ConnectionTable {
  std::array<std::string_view, ConnectionRow::kColumns> headers;
  std::vector<ConnectionGroup> groups;  // empty: no case was measured with --per-connection
};
// Medians over the valid runs of a case, or over all of them if none is valid. The connections with
// the largest p99 first; where there is none, those with the fewest messages. Names are printable
// and cut, not escaped.
[[nodiscard]] ConnectionTable connection_table(const Report& report);

struct TcpRow {
  static constexpr std::size_t kColumns = 10;
  std::array<std::string, kColumns> cells;  // the id of the case is the first
};
struct TcpTable {
  std::array<std::string_view, TcpRow::kColumns> headers;
  std::vector<TcpRow> rows;  // empty: nothing is known of TCP
};
// Medians over the same runs. A case without a figure of TCP has no row.
[[nodiscard]] TcpTable tcp_table(const Report& report);

// Whether one of the two has a row.
[[nodiscard]] bool has_connection_tables(const Report& report);

}  // namespace sockmark::report
