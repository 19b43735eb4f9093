// report.json, and the structs of a report as parts of other JSON documents: messages between
// processes, the journal, the document of a comparison.
//
// Errors and limits are those of load_json.h. schema_version is checked first: another major
// version is rejected, a later minor version is read and its additions are ignored. The values of a
// report are then checked for consistency: percentiles in order, and sent == received + lost.
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

// Indented by two spaces, in the order of report_fields.h, with a newline at the end.
[[nodiscard]] std::string to_json(const Report& report);

// `name` is the source of the text in errors. `unknown_keys`: the number of ignored keys.
[[nodiscard]] Result<Report> report_from_json(std::string_view text, std::string_view name = {},
                                              std::uint64_t* unknown_keys = nullptr);
[[nodiscard]] Result<Report> load_report(const std::string& path,
                                         std::uint64_t* unknown_keys = nullptr);

// One value on one line, without a newline. Defined for the structs of report.h.
template <class T>
[[nodiscard]] std::string to_json_text(const T& value);
template <class T>
[[nodiscard]] Result<T> from_json_text(std::string_view text);

// Error: the document is not a report, or one of another major version. For documents that contain
// a report.
[[nodiscard]] Result<> check_schema_version(JsonValue json);

// Error: the values of a run contradict one another.
[[nodiscard]] Result<> check_sense(const Run& run);

// The canonical form of a JSON text: keys sorted by their bytes, no spaces, shortest numbers. As
// RFC 8785, without its rules for number formats of other programs.
[[nodiscard]] Result<std::string> canonical_json(std::string_view text);

#define SOCKMARK_JSON_STRUCT(Struct)                                                     \
  extern template void read_json(JsonValue, Struct&, const Place&, JsonReading&, Range); \
  extern template void write_json(JsonWriter&, const Struct&)

SOCKMARK_JSON_STRUCT(Tool);
SOCKMARK_JSON_STRUCT(Environment);
SOCKMARK_JSON_STRUCT(End);
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
SOCKMARK_JSON_STRUCT(MachineTime);
SOCKMARK_JSON_STRUCT(Resources);
SOCKMARK_JSON_STRUCT(InjectedOnWay);
SOCKMARK_JSON_STRUCT(Impairment);
SOCKMARK_JSON_STRUCT(Floor);
SOCKMARK_JSON_STRUCT(ListenQueue);
SOCKMARK_JSON_STRUCT(EndClock);
SOCKMARK_JSON_STRUCT(Clock);
SOCKMARK_JSON_STRUCT(GeneratorPart);
SOCKMARK_JSON_STRUCT(Generators);
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
