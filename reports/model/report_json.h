// report.json, and the structs of a report as parts of other JSON documents: messages between
// processes, the journal, the document of a comparison.
//
// Reading goes through the gateway of load_json.h; its errors and limits apply. schema_version is
// looked at before anything else: another major version is refused, a later minor one is read and
// what it adds is ignored. A report that was read is also checked for sense: percentiles in order,
// and the ledger in balance (sent == received + lost).
//
// read_json() and write_json() of the structs named at the end are compiled in report_json.cc and
// nowhere else.
//
// Pure functions, any thread.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "reports/json/json_reader.h"
#include "reports/json/json_value.h"
#include "reports/json/json_writer.h"
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
[[nodiscard]] Result<> check_schema_version(JsonValue json);

// The check for sense of one run.
[[nodiscard]] Result<> check_sense(const Run& run);

// A JSON text in the one form that equal values share: keys sorted by their bytes, no spaces,
// shortest numbers. In the manner of RFC 8785; what that adds for other programs' number formats is
// left out.
[[nodiscard]] Result<std::string> canonical_json(std::string_view text);

#define SOCKMARK_JSON_STRUCT(Struct)                                                     \
  extern template void read_json(JsonValue, Struct&, const Place&, JsonReading&, Range); \
  extern template void write_json(JsonWriter&, const Struct&)

SOCKMARK_JSON_STRUCT(Tool);
SOCKMARK_JSON_STRUCT(Process);
SOCKMARK_JSON_STRUCT(Warning);
SOCKMARK_JSON_STRUCT(Params);
SOCKMARK_JSON_STRUCT(Window);
SOCKMARK_JSON_STRUCT(Distribution);
SOCKMARK_JSON_STRUCT(Load);
SOCKMARK_JSON_STRUCT(Generator);
SOCKMARK_JSON_STRUCT(Throughput);
SOCKMARK_JSON_STRUCT(Latency);
SOCKMARK_JSON_STRUCT(Loss);
SOCKMARK_JSON_STRUCT(Duplication);
SOCKMARK_JSON_STRUCT(Reordering);
SOCKMARK_JSON_STRUCT(DelayVariation);
SOCKMARK_JSON_STRUCT(Integrity);
SOCKMARK_JSON_STRUCT(EndResources);
SOCKMARK_JSON_STRUCT(Resources);
SOCKMARK_JSON_STRUCT(InjectedOnWay);
SOCKMARK_JSON_STRUCT(Impairment);
SOCKMARK_JSON_STRUCT(Floor);
SOCKMARK_JSON_STRUCT(SeriesPoint);
SOCKMARK_JSON_STRUCT(Run);
SOCKMARK_JSON_STRUCT(Statistic);
SOCKMARK_JSON_STRUCT(Case);
SOCKMARK_JSON_STRUCT(Comparison);
SOCKMARK_JSON_STRUCT(ExcludedRun);
SOCKMARK_JSON_STRUCT(Stopping);
SOCKMARK_JSON_STRUCT(Report);

#undef SOCKMARK_JSON_STRUCT

}  // namespace sockmark::report
