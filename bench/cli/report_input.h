// What report and export are given to read: a report's file, or standard input.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sockmark::cli {

// As errors name it: "standard input" for "-".
[[nodiscard]] std::string name_of_input(const std::string& file);

// One report, or two of which one may be standard input. Errors begin with the command's name.
[[nodiscard]] Result<> check_inputs(std::string_view command,
                                    const std::vector<std::string>& files);

// All of it, up to the limit of a report (load_json.h). Errors name the file.
[[nodiscard]] Result<std::string> read_report_text(const std::string& file);

}  // namespace sockmark::cli
