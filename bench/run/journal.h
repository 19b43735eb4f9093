// What was finished of a measurement, on disk before the next run begins; so that whatever ends
// sockmark, a power cut too, `run --resume` goes on and loses no finished run.
//
// One JSON document a line: first the report without runs, then each run. Appended and synced
// whole; a line that was cut off at the end counts for nothing. The file stands beside the report,
// is locked while somebody writes it, and goes when the report is written.
//
// Blocking; one thread. Errors: one line that names the file, and the line of it where one is bad.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"
#include "reports/model/report.h"

namespace sockmark {

class Journal {
 public:
  // Where the journal of a report stands.
  [[nodiscard]] static std::string path_for(const std::string& report_path);

  // Opens it, made if there is none, and locks it. Errors: another run is writing it, or it cannot
  // be opened.
  [[nodiscard]] static Result<Journal> open(const std::string& path);

  // What it holds; none where nothing was begun. Errors as parse_journal().
  [[nodiscard]] Result<std::optional<report::Report>> read() const;

  // From then on it holds this report, with its runs if it has some, and nothing else.
  [[nodiscard]] Result<> start(const report::Report& report);
  // From then on it is appended to; what was cut off at its end goes.
  [[nodiscard]] Result<> go_on();

  // The last run of `one`, durable when this returns. After an error the file ends behind the run
  // before it.
  [[nodiscard]] Result<> append(const report::Report& report, const report::Case& one);

  // The report is written, or nothing was begun: there is nothing to go on with.
  void remove();

 private:
  Journal(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}
  [[nodiscard]] Result<> cut_behind(std::size_t bytes);
  [[nodiscard]] Result<> append_line(const std::string& line);
  [[nodiscard]] Result<> append_run(const report::Report& report, const report::Case& one,
                                    const report::Run& run);

  std::string path_;
  Descriptor file_;
};

// The report with the runs that a journal holds. `text` is the file's, `name` says so in errors.
[[nodiscard]] Result<report::Report> parse_journal(std::string_view text, std::string_view name);

// Whether `before` is an unfinished measurement of what `now` (a report without runs) is to be: the
// same program on the same machine, the same cases and plan. Errors name the first difference.
[[nodiscard]] Result<> check_continues(const report::Report& now, const report::Report& before);

}  // namespace sockmark
