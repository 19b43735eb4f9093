// Colours and dashes of the series of charts: a colour for each label, a dash for each side of a
// comparison. A transport has the same colour in all charts of all reports. Deterministic.

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reports/chart_data/chart_data.h"
#include "reports/model/report.h"

namespace sockmark::report {

class Palette {
 public:
  // The sides of a comparison, the one with the most dashes first.
  explicit Palette(std::vector<std::string> sides) : sides_(std::move(sides)) {}

  [[nodiscard]] ChartSeries of_transport(const std::string& name, const Params& params,
                                         const std::string& side, const std::string& label);
  // Of labels that are not transports: one colour after the other.
  [[nodiscard]] ChartSeries of_label(const std::string& name, const std::string& side,
                                     const std::string& label);

 private:
  // Lines of one colour differ in their dashes.
  [[nodiscard]] ChartSeries styled(const std::string& name, const std::string& side, int colour,
                                   const std::string& label);

  std::vector<std::string> sides_;
  std::map<std::string, int> others_, labels_;
  std::map<int, std::map<std::string, int>> slots_;
};

}  // namespace sockmark::report
