// Which group and which series of the charts a case belongs to, and what they are called. Pure
// functions.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/chart_data/chart_data.h"
#include "reports/model/report.h"

namespace sockmark::report {

// Where a line is drawn: names as ChartGroup and ChartSeries have them.
struct ChartPlace {
  std::string group, series;
};

// A case or a search, and where its figures stand. No two cases share a place.
struct ChartSubject {
  const Case* one = nullptr;           // null: a search
  const RateSearch* search = nullptr;  // null: a case
  std::string name = {};               // of the case: its id, fit for a line, cut
  ChartPlace place = {};               // of a case
  // Where the rate is an axis, so that cases that differ in nothing else share a place, and with
  // them the search of their highest rate.
  ChartPlace along_rates = {};
};

struct ChartSubjects {
  std::vector<ChartSubject> cases;  // in the order of the report; two reports: baseline's first
  std::vector<ChartSubject> searches;
  std::vector<ChartGroup> groups;   // those of `place`, then the others of `along_rates`
  std::vector<ChartSeries> series;  // the same
  std::string title;
};

// Of one report, or of the baseline's and the candidate's. Lives no longer than the reports.
[[nodiscard]] ChartSubjects chart_subjects(const std::vector<const Report*>& reports);

}  // namespace sockmark::report
