#include "bench/cli/output_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/atomic_file.h"
#include "base/printable.h"
#include "bench/cli/cli.h"
#include "reports/json/load_json.h"
#include "reports/model/report_json.h"

namespace sockmark::cli {

namespace {

enum class Content { nothing, report, document, other };

bool has_content(const std::string& file) {
  std::error_code absent;
  return file != "-" && report::is_plain_file(file) &&
         std::filesystem::file_size(file, absent) != 0 && !absent;
}

// Not report_from_json(): a report of another version, or one that was edited, is a report too.
Content content_of(const std::string& file) {
  if (!has_content(file)) return Content::nothing;
  const auto json = report::load_json_file(file, report::kReportLimits);
  if (!json || !json->root().is_object() || !json->root().find("schema_version"))
    return Content::other;
  const bool is_report = json->root().find("environment") && json->root().find("cases");
  return is_report ? Content::report : Content::document;
}

Error refusal(const char* option, const std::string& file, const char* why) {
  return Error{fmt::format("{} {}: the file exists and is {}; give another file, or remove it",
                           option, report::printable(file), why)};
}

}  // namespace

Result<> check_replaces(const char* option, const std::string& file, OutputKind kind) {
  const Content content = content_of(file);
  if (content == Content::nothing) return {};
  switch (kind) {
    case OutputKind::report:
      if (content != Content::report) return refusal(option, file, "not a sockmark report");
      if (const std::string kept = file + '~';
          std::filesystem::is_directory(kept) || content_of(kept) > Content::report)
        return refusal(option, kept, "not a sockmark report, so the one to replace cannot be kept");
      return {};
    case OutputKind::document:
      if (content == Content::other)
        return refusal(option, file, "not a JSON document of sockmark");
      break;
    case OutputKind::other:
      break;
  }
  if (content == Content::report) return refusal(option, file, "a sockmark report");
  return {};
}

// weakly_canonical() leaves a link to a file that does not exist yet as it is.
std::filesystem::path place_of(const std::string& file) {
  constexpr int kLinksMax = 40;  // as path_resolution(7)
  std::error_code unknown;
  std::filesystem::path place = std::filesystem::absolute(file, unknown);
  for (int links = 0; links < kLinksMax && std::filesystem::is_symlink(place, unknown); ++links)
    place = place.parent_path() / std::filesystem::read_symlink(place, unknown);
  return std::filesystem::weakly_canonical(place, unknown);
}

bool is_without_finished_runs(const report::Report& report) {
  return std::ranges::all_of(report.cases,
                             [](const auto& one) {
                               return std::ranges::all_of(one.runs, [&](const auto& run) {
                                 return report::is_partial(one.params, run);
                               });
                             }) &&
         std::ranges::all_of(report.searches, [](const auto& one) { return one.trials.empty(); });
}

Result<> write_report(const report::Report& report, const std::string& file, bool continued) {
  const std::string text = report::to_json(report);
  if (file == "-" || continued) return write_to(file, text);
  if (report.interrupted && is_without_finished_runs(report) && has_content(file)) {
    warn(Error{report::printable(file) + ": unchanged; no run was finished"});
    return {};
  }
  const std::string kept = TRY(report::write_file_keeping_old(file, text));
  if (!kept.empty()) {
    warn(Error{fmt::format("{}: the previous report is kept as {}", report::printable(file),
                           report::printable(kept))});
  }
  return {};
}

}  // namespace sockmark::cli
