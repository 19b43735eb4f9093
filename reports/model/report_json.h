// report.json, and single structs as JSON for what two processes tell each other.
//
// Reading goes through the gateway of load_json.h; its errors and limits apply. schema_version is
// looked at before anything else: another major version is refused, a later minor one is read and
// what it adds is ignored. A report that was read is also checked for sense: percentiles in order,
// and the ledger in balance (sent == received + lost).
//
// Pure functions, any thread.

#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "reports/model/report.h"

namespace sockmark::report {

// Indented by two spaces, in the order of fields.h, with a newline at the end.
[[nodiscard]] std::string to_json(const Report& report);

// `name` says in errors where the text is from. `unknown_keys`: how many keys were ignored.
[[nodiscard]] Result<Report> report_from_json(std::string_view text, std::string_view name = {},
                                              std::uint64_t* unknown_keys = nullptr);
[[nodiscard]] Result<Report> load_report(const std::string& path,
                                         std::uint64_t* unknown_keys = nullptr);

// One value on one line, without a newline. Defined for the structs of report.h.
template <class T>
[[nodiscard]] std::string to_json_text(const T& value);
template <class T>
[[nodiscard]] Result<T> from_json_text(std::string_view text);

// Whether a document is a report of a version that is read here: an error that says what it is.
// For those that hold a report among other things.
[[nodiscard]] Result<> check_schema_version(const nlohmann::json& json);

// The check for sense of one run.
[[nodiscard]] Result<> check_sense(const Run& run);

// A JSON text in the one form that equal values share: keys sorted by their bytes, no spaces,
// shortest numbers. In the manner of RFC 8785; what that adds for other programs' number formats is
// left out.
[[nodiscard]] Result<std::string> canonical_json(std::string_view text);

}  // namespace sockmark::report
