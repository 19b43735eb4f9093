// What disturbs a measurement on a machine, as data, and how it is told: as a table, as JSON, and
// as warnings of a report.
//
// Who finds it is not known here. Texts may come from the machine's files; the table shows nothing
// of them as control. Pure functions, any thread.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/format/text_style.h"
#include "reports/model/report.h"

namespace sockmark::report {

struct Finding {
  enum class Status { ok, warn, unknown };
  std::string code;  // "idle_states": stable over versions
  Status status = Status::unknown;
  std::string found;  // what the machine says
  std::string why;    // what it does to a measurement
  std::string mend;   // a command that mends it; empty where it is ok, or there is none
};

[[nodiscard]] std::string_view name_of(Finding::Status status);

// Of the findings with status warn, in a report: code "doctor.idle_states".
[[nodiscard]] std::vector<Warning> warnings_of(std::span<const Finding> findings);

// The check that a warning of a report is of: "idle_states"; empty where it is none of these.
[[nodiscard]] std::string_view check_of(const Warning& warning);

// The same in the place of those that the report has, which may be those of a measurement that this
// one goes on with.
void replace_doctor_warnings(std::span<const Finding> findings, Report& report);

// One line for each finding, and how to mend what disturbs beneath it.
[[nodiscard]] std::string doctor_table(std::span<const Finding> findings, TextStyle style = {});

// reports/schema/doctor-1.schema.json; indented by two spaces, with a newline at the end.
[[nodiscard]] std::string doctor_json(std::span<const Finding> findings, const Tool& tool);

// The warnings of a report, for beneath its table: the doctor's in one line, the others in full.
[[nodiscard]] std::string warnings_text(std::span<const Warning> warnings, int width);

}  // namespace sockmark::report
