// The journal of a measurement: every finished run is on disk before the next one begins. After a
// crash or a power cut `run --resume` continues without losing a finished run.
//
// One JSON document per line: first the report without runs, then each run. Lines are appended and
// synced whole; an incomplete line at the end is ignored. The file is next to the report, is locked
// while a process writes it, and is removed when the report is written.
//
// Blocking; one thread. Errors: one line that names the file, and the number of a bad line.

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
  // The path of the journal of a report.
  [[nodiscard]] static std::string path_for(const std::string& report_path);

  // Opens and locks the file, and creates it if there is none. Errors: another run is writing it;
  // it cannot be opened.
  [[nodiscard]] static Result<Journal> open(const std::string& path);

  // The report in the journal; none if the journal is empty. Errors as parse_journal().
  [[nodiscard]] Result<std::optional<report::Report>> read() const;

  // Replaces the content by this report and its runs.
  [[nodiscard]] Result<> start(const report::Report& report);
  // Removes an incomplete line at the end; append() then continues the journal.
  [[nodiscard]] Result<> resume();

  // Appends the last run of `one`, which is durable when this returns. After an error the file ends
  // with the run before it.
  [[nodiscard]] Result<> append(const report::Report& report, const report::Case& one);

  // Removes the file, once the report is written or if no run was finished.
  void remove();

 private:
  Journal(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}
  [[nodiscard]] Result<> truncate_to(std::size_t bytes);
  [[nodiscard]] Result<> append_line(const std::string& line);
  [[nodiscard]] Result<> append_run(const report::Report& report, const report::Case& one,
                                    const report::Run& run);

  std::string path_;
  Descriptor file_;
};

// The report with the runs of a journal. `text` is the content of the file, `name` its name in
// errors.
[[nodiscard]] Result<report::Report> parse_journal(std::string_view text, std::string_view name);

// Checks that `before` is the same measurement as `now`, a report without runs: the same program,
// the same machine, the same cases and plan. Errors name the first difference.
[[nodiscard]] Result<> check_continues(const report::Report& now, const report::Report& before);

}  // namespace sockmark
