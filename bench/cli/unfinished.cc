#include "bench/cli/unfinished.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/atomic_file.h"
#include "base/printable.h"
#include "reports/format/units.h"
#include "reports/model/report_json.h"

namespace sockmark::cli {

namespace {

std::size_t runs_of(const report::Report& report) {
  std::size_t runs = 0;
  for (const auto& one : report.cases) runs += one.runs.size();
  return runs;
}

// Every planned run is there, or the comparison decided that no more were needed.
bool is_complete(const report::Report& report) {
  if (report.interrupted) return false;
  if (report.stopping && report.stopping->stopped_by != report::StoppedBy::interrupted) return true;
  const auto repetitions = report.plan_effective.find("repetitions");
  return repetitions != report.plan_effective.end() &&
         std::ranges::all_of(report.cases, [&](const auto& one) {
           return std::to_string(one.runs.size()) == repetitions->second;
         });
}

}  // namespace

Result<report::Report> Unfinished::resumed(const std::string& output, const report::Report& frame,
                                           std::optional<report::Report> in_journal) {
  std::optional<report::Report> before = std::move(in_journal);
  if (!before && !std::filesystem::exists(output)) {
    std::fprintf(stderr,
                 "sockmark: --resume: %s has no finished runs; starting from the beginning\n",
                 report::printable(output).c_str());
    return frame;
  }
  if (!before) {
    auto report = TRY(report::load_report(output).in("--resume"));
    before = std::move(report);
    continues_report_ = true;
  }
  TRY(check_continues(frame, *before).in("--resume"));
  if (continues_report_ && is_complete(*before)) {
    complete_ = true;
    return *std::move(before);
  }
  // Partial runs are measured again, and results of the whole measurement are computed again.
  for (auto& one : before->cases) {
    std::erase_if(one.runs, [&](const auto& run) { return report::is_partial(one.params, run); });
  }
  before->interrupted = false;
  before->comparisons.clear();
  before->excluded_runs.clear();
  before->stopping = Maybe<report::Stopping>::none("none");
  return *std::move(before);
}

std::optional<Unfinished::Refusal> Unfinished::open(const std::string& output,
                                                    const report::Report& frame, Mode mode) {
  begun_ = frame;
  if (output == "-" || !report::is_plain_file(output)) {
    if (mode != Mode::resume) return std::nullopt;
    return Refusal{
        Error{fmt::format("--resume: {} is not a regular file", report::printable(output))}};
  }
  auto opened = Journal::open(Journal::path_for(output));
  if (!opened) return Refusal{std::move(opened).error()};
  auto in_journal = opened->read();
  // A journal that cannot be read is kept unless the user discards it.
  if (!in_journal && mode != Mode::discard) return Refusal{std::move(in_journal).error()};
  const bool holds = in_journal && in_journal->has_value();
  if (mode == Mode::begin && holds && runs_of(**in_journal) > 0) {
    return Refusal{Error{
        fmt::format("{} has {} of an interrupted measurement; --resume continues it, --discard "
                    "discards it",
                    report::printable(Journal::path_for(output)),
                    report::counted(runs_of(**in_journal), "finished run"))}};
  }
  if (mode == Mode::resume) {
    auto before = resumed(output, frame, *std::move(in_journal));
    if (!before) {
      if (!holds) opened->remove();
      return Refusal{std::move(before).error()};
    }
    begun_ = *std::move(before);
    if (complete_) {
      opened->remove();
      return std::nullopt;
    }
  }
  auto kept = mode == Mode::resume && holds ? opened->resume() : opened->start(begun_);
  if (!kept) {
    if (runs_of(begun_) == 0) opened->remove();
    return Refusal{std::move(kept).error(), kNotWritten};
  }
  journal_ = *std::move(opened);
  return std::nullopt;
}

Result<> Unfinished::append(const report::Report& report, const report::Case& one) {
  return journal_ ? journal_->append(report, one) : Result<>();
}

void Unfinished::done() {
  if (journal_) journal_->remove();
}

}  // namespace sockmark::cli
