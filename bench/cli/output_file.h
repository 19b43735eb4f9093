// Which existing file a command may replace by its output.
//
// A report is a measurement, which cannot be computed again: no output destroys one, and a new
// report replaces nothing but a report, which is kept. Everything else that sockmark writes can be
// made again from a report. Empty files and files that are not regular (/dev/null, a FIFO) hold
// nothing that could be lost.
//
// Reads files; one thread.

#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "reports/model/report.h"

namespace sockmark::cli {

enum class OutputKind {
  report,    // replaces a report, which is kept as FILE~; what is at FILE~ must be a report too
  document,  // another JSON document of sockmark (a comparison, ...): replaces one of these
  other,     // a format of others: replaces everything but a report
};

// Whether the output may be written to `file`; "-" is standard output. Call it before anything is
// measured. Errors name the option.
[[nodiscard]] Result<> check_replaces(const char* option, const std::string& file, OutputKind kind);

// Writes the report to `file`, or to standard output for "-". Keeps the report that was there, and
// prints where. An interrupted report without a finished run is not written over a report; this
// is printed. `continued`: the report contains the one in `file`, which is not kept.
[[nodiscard]] Result<> write_report(const report::Report& report, const std::string& file,
                                    bool continued = false);

// The file that a path leads to, for comparing two paths. The file need not exist.
[[nodiscard]] std::filesystem::path place_of(const std::string& file);

// Whether the report has no finished run and no finished trial. A partial run is not finished.
[[nodiscard]] bool is_without_finished_runs(const report::Report& report);

}  // namespace sockmark::cli
