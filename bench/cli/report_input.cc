#include "bench/cli/report_input.h"

#include <utility>

#include "bench/analysis/line_input.h"
#include "reports/load_json.h"
#include "reports/printable.h"

namespace sockmark::cli {

std::string name_of_input(const std::string& file) {
  return file == "-" ? "standard input" : report::printable(file);
}

Result<std::string> read_report_text(const std::string& file) {
  if (file != "-") return report::load_text_file(file, report::kReportLimits.bytes);
  auto input = LineInput::open(file);
  if (!input) return std::move(input).error();
  return input->rest(report::kReportLimits.bytes);
}

}  // namespace sockmark::cli
