#include "reports/views/doctor_findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/text_table.h"
#include "reports/format/units.h"
#include "reports/model/report_json.h"

namespace sockmark::report {
namespace {

using Status = DoctorFinding::Status;

constexpr std::string_view kPrefix = "doctor.";

bool is_doctors(const Warning& warning) { return !check_of(warning).empty(); }

std::size_t count(std::span<const DoctorFinding> findings, Status status) {
  return static_cast<std::size_t>(std::ranges::count(findings, status, &DoctorFinding::status));
}

// "  doctor: 3 warnings (idle_states, smt, ...): sockmark doctor", with as many names as fit.
std::string one_line(std::span<const Warning> warnings, std::size_t width) {
  const std::string start = fmt::format("  doctor: {} (", counted(warnings.size(), "warning"));
  constexpr std::string_view kMore = ", ...", kEnd = "): sockmark doctor\n";
  std::string names;
  for (std::size_t i = 0; i < warnings.size(); ++i) {
    const std::string next = (i == 0 ? "" : ", ") + printable(check_of(warnings[i]), 24);
    const std::size_t rest = i + 1 < warnings.size() ? kMore.size() : 0;
    const std::size_t taken = columns_of(start + names + next) + rest + kEnd.size() - 1;
    if (i > 0 && taken > width) {
      names += kMore;
      break;
    }
    names += next;
  }
  return start + names + std::string(kEnd);
}

struct Document {
  const Tool& tool;
  std::vector<DoctorFinding> findings;
};

}  // namespace

void fields(auto& visit, const DoctorFinding& finding) {
  visit("code", finding.code);
  visit("status", std::string(name_of(finding.status)));
  visit("found", finding.found);
  visit("why", finding.why);
  visit("fix", finding.fix);
}

void fields(auto& visit, const Document& document) {
  visit.constant("$schema", "doctor-1.schema.json");
  visit("schema_version", std::string("1.0.0"));
  visit("tool", document.tool);
  visit("findings", document.findings);
}

std::string_view name_of(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::warn:
      return "warn";
    case Status::unknown:
      break;
  }
  return "unknown";
}

std::vector<Warning> warnings_of(std::span<const DoctorFinding> findings) {
  std::vector<Warning> warnings;
  for (const DoctorFinding& finding : findings) {
    if (finding.status != Status::warn) continue;
    warnings.push_back({.code = std::string(kPrefix) + finding.code,
                        .message = finding.found + ": " + finding.why,
                        .advice = finding.fix});
  }
  return warnings;
}

std::string_view check_of(const Warning& warning) {
  const std::string_view code = warning.code;
  return code.starts_with(kPrefix) ? code.substr(kPrefix.size()) : std::string_view();
}

void replace_doctor_warnings(std::span<const DoctorFinding> findings, Report& report) {
  std::erase_if(report.warnings, is_doctors);
  std::ranges::move(warnings_of(findings), std::back_inserter(report.warnings));
}

std::string doctor_table(std::span<const DoctorFinding> findings, TextStyle style) {
  constexpr std::size_t kStatusColumns = std::string_view("unknown").size();
  TextTable table({{.min_width = kStatusColumns}, {}, {}}, {.indent = 0});
  for (const DoctorFinding& finding : findings) {
    const bool warns = finding.status == Status::warn;
    table.add_row({{name_of(finding.status), warns ? kBadColour : ""},
                   finding.code,
                   printable(finding.found, kLineColumns)});
    if (!warns) continue;
    table.add_row({"", "", printable(finding.why, kLineColumns)});
    if (!finding.fix.empty()) table.add_row({"", "", "$ " + printable(finding.fix, kLineColumns)});
  }
  std::string text = table.text(style);
  const std::size_t warnings = count(findings, Status::warn);
  text += fmt::format("\n{}, {} unknown{}\n",
                      warnings == 0 ? "no warning" : counted(warnings, "warning"),
                      count(findings, Status::unknown),
                      warnings == 0 ? "" : "; writing to /sys or /proc, and sysctl, need root");
  return text;
}

std::string doctor_json(std::span<const DoctorFinding> findings, const Tool& tool) {
  JsonWriter out(JsonWriter::Layout::indented);
  write_json(out, Document{tool, {findings.begin(), findings.end()}});
  return std::move(out).take() + '\n';
}

std::string warnings_text(std::span<const Warning> warnings, int width) {
  std::string text;
  std::vector<Warning> doctors;
  for (const Warning& warning : warnings) {
    if (is_doctors(warning)) {
      doctors.push_back(warning);
      continue;
    }
    text += fmt::format("  warning: {}\n", printable(warning.message, kLineColumns));
    if (!warning.advice.empty())
      text += fmt::format("    {}\n", printable(warning.advice, kLineColumns));
  }
  if (!doctors.empty()) text += one_line(doctors, static_cast<std::size_t>(std::max(width, 0)));
  return text;
}

}  // namespace sockmark::report
