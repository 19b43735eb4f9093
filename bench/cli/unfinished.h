// A measurement that may be cut short, from its beginning to its report: where it goes on, and what
// keeps its finished runs meanwhile. Nothing of it for a report that goes to standard output or a
// device: no journal can stand beside it.
//
// One thread; blocking, between runs only.

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

  // `frame`: the report without runs. Begin refuses where one that was cut short left finished
  // runs. Resume takes those of the journal, or of a report that says it was interrupted.
  [[nodiscard]] std::optional<Refusal> open(const std::string& output, const report::Report& frame,
                                            Mode mode);

  // What there is to begin with: the frame, or what is resumed.
  [[nodiscard]] report::Report take_begun() { return std::move(begun_); }

  // As Journal::append().
  [[nodiscard]] Result<> append(const report::Report& report, const report::Case& one);

  // The report is written.
  void done();

 private:
  [[nodiscard]] Result<report::Report> resumed(const std::string& output,
                                               const report::Report& frame,
                                               std::optional<report::Report> in_journal) const;

  report::Report begun_;
  std::optional<Journal> journal_;
};

}  // namespace sockmark::cli
