// The table of cases that were measured beside a load (docs/background-load.md): latency and
// responsiveness idle and loaded, their ratios, and what the load carried. Pure functions of the
// report.

#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.h"

namespace sockmark::report {

struct LoadRow {
  static constexpr std::size_t kColumns = 8;
  std::string id;  // of the case without the load; rows of one case follow one another, idle first
  std::array<std::string, kColumns> cells;
};
struct LoadRows {
  std::array<std::string_view, LoadRow::kColumns> headers;
  std::vector<LoadRow> rows;  // empty: no case has a load beside it
};
// Medians over the valid runs of a case, or over all of them if none is valid. Names are printable
// and cut, not escaped. `bits`: what the load carried in bits/s.
[[nodiscard]] LoadRows load_rows(const Report& report, bool bits = false);

// The latencies of a case beside no load and beside each of several: "udp/rr/64B/c1", then the
// cases in the order idle, forward, reverse, both, others.
struct LoadGroup {
  std::string id;
  std::vector<const Case*> cases;
};
// Of cases that differ in their load only; empty if no case has one.
[[nodiscard]] std::vector<LoadGroup> load_groups(const Report& report);

}  // namespace sockmark::report
