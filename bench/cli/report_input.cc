#include "bench/cli/report_input.h"

#include <fmt/format.h>

#include <utility>

#include "base/line_input.h"
#include "base/printable.h"
#include "reports/json/load_json.h"

namespace sockmark::cli {

std::string name_of_input(const std::string& file) {
  return file == "-" ? "standard input" : report::printable(file);
}

Result<> check_inputs(std::string_view command, const std::vector<std::string>& files) {
  if (files.empty())
    return Error{fmt::format("{}: no report given; give a file, or - for standard input", command)};
  if (files.size() > 2)
    return Error{fmt::format("{} takes at most two reports, got {}", command, files.size())};
  if (files.size() == 2 && files[0] == "-" && files[1] == "-")
    return Error{fmt::format("{}: standard input can be only one of the two reports", command)};
  return {};
}

Result<std::string> read_report_text(const std::string& file) {
  if (file != "-") return report::load_text_file(file, report::kReportLimits.bytes);
  auto input = TRY(LineInput::open(file));
  return input.rest(report::kReportLimits.bytes);
}

}  // namespace sockmark::cli
