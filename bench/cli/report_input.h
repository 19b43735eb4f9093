// The input of report and export: report files, or standard input.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sockmark::cli {

// The name in error messages: "standard input" for "-".
[[nodiscard]] std::string name_of_input(const std::string& file);

// Accepts one report, or two of which at most one is standard input. Errors begin with the name of
// the command.
[[nodiscard]] Result<> check_inputs(std::string_view command,
                                    const std::vector<std::string>& files);

// The whole text, up to the size limit of a report (load_json.h). Errors name the file.
[[nodiscard]] Result<std::string> read_report_text(const std::string& file);

}  // namespace sockmark::cli
