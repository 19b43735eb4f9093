// A measurement that can be interrupted and resumed: a journal next to the report keeps the
// finished runs until the report is written. A report on standard output or a device has no
// journal.
//
// One thread. Blocks, between runs only.

#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "bench/cli/cli.h"
#include "bench/run/journal.h"
#include "reports/model/report.h"

namespace sockmark::cli {

class Unfinished {
 public:
  enum class Mode { begin, resume, discard };
  struct Refusal {
    Error error;
    ExitStatus status = kBadInput;
  };

  // `frame`: the report without runs. begin refuses if an interrupted measurement left finished
  // runs. resume continues from the journal, or from the report if it lacks runs; a partial run is
  // measured again.
  [[nodiscard]] std::optional<Refusal> open(const std::string& output, const report::Report& frame,
                                            Mode mode);

  // The report to continue: the frame, or the resumed one.
  [[nodiscard]] report::Report take_begun() { return std::move(begun_); }

  // resume found a finished report: nothing is left to measure, and there is no journal.
  [[nodiscard]] bool complete() const { return complete_; }
  // The measurement continues from the report in the output file, not from a journal.
  [[nodiscard]] bool continues_report() const { return continues_report_; }

  // As Journal::append().
  [[nodiscard]] Result<> append(const report::Report& report, const report::Case& one);

  // Removes the journal. Call it when the report is written.
  void done();

 private:
  [[nodiscard]] Result<report::Report> resumed(const std::string& output,
                                               const report::Report& frame,
                                               std::optional<report::Report> in_journal);

  report::Report begun_;
  bool complete_ = false, continues_report_ = false;
  std::optional<Journal> journal_;
};

}  // namespace sockmark::cli
