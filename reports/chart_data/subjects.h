// The group and the series of each case in the charts, and their names. Pure functions.

#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reports/chart_data/chart_data.h"
#include "reports/model/report.h"

namespace sockmark::report {

// The names of a ChartGroup and of a ChartSeries in it.
struct ChartPlace {
  std::string group, series;
};

// A case or a search and its place in the charts. No two cases share a place.
struct ChartSubject {
  const Case* one = nullptr;           // null: a search
  bool reverse = false;                // the case is the stream to the generator of another
  const RateSearch* search = nullptr;  // null: a case
  std::string name = {};               // the id of the case, printable and cut
  ChartPlace place = {};               // of a case
  // In charts with the rate as an axis: cases that differ only in their rate share a place, also
  // with the search for their highest rate.
  ChartPlace along_rates = {};
  // The same with the size of a buffer as an axis, for each of kBufferOptions; empty if no two
  // cases differ in it.
  std::array<ChartPlace, 2> along_buffers = {};
};

inline constexpr std::array<std::string_view, 2> kBufferOptions = {"sndbuf", "rcvbuf"};

struct ChartSubjects {
  // Of cases in which both ends send, the stream to the generator: a subject beside the other one.
  std::vector<std::unique_ptr<Case>> reverse_streams;
  std::vector<ChartSubject> cases;  // in the order of the report; two reports: baseline's first
  std::vector<ChartSubject> searches;
  std::vector<ChartGroup> groups;   // those of `place`, then the others
  std::vector<ChartSeries> series;  // the same
  std::string title;
};

// Of one report, or of a baseline and a candidate. Refers to the reports.
[[nodiscard]] ChartSubjects chart_subjects(const std::vector<const Report*>& reports);

}  // namespace sockmark::report
