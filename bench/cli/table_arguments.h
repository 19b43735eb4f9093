// The options of the table of a report: run and report share them.

#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "bench/cli/options.h"
#include "reports/views/summary_table.h"

namespace sockmark::cli {

// --percentiles and --bits.
void add_table_options(Command& command, std::optional<std::string>& percentiles, bool& bits);

// Errors name the option.
[[nodiscard]] Result<report::TableOptions> read_table_options(
    const std::optional<std::string>& percentiles, bool bits);

}  // namespace sockmark::cli
