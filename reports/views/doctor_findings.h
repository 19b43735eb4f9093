// Findings of the doctor about a machine, as a table, as JSON and as warnings of a report.
//
// Texts may come from files of the machine; they cannot control the terminal. Pure functions, any
// thread.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/format/text_style.h"
#include "reports/model/report.h"

namespace sockmark::report {

struct DoctorFinding {
  enum class Status { ok, warn, unknown };
  std::string code;  // "idle_states": stable over versions
  Status status = Status::unknown;
  std::string found;  // what the machine says
  std::string why;    // what it does to a measurement
  std::string fix;    // a command; empty if it is ok, or if there is none
};

[[nodiscard]] std::string_view name_of(DoctorFinding::Status status);

// The findings with status warn as warnings with codes such as "doctor.idle_states".
[[nodiscard]] std::vector<Warning> warnings_of(std::span<const DoctorFinding> findings);

// The check of a warning: "idle_states"; empty if it is not from the doctor.
[[nodiscard]] std::string_view check_of(const Warning& warning);

// Replaces the doctor's warnings in the report, which may be those of the measurement that this one
// resumes.
void replace_doctor_warnings(std::span<const DoctorFinding> findings, Report& report);

// One line for each finding, with the reason and the fix below each warning.
[[nodiscard]] std::string doctor_table(std::span<const DoctorFinding> findings,
                                       TextStyle style = {});

// reports/schema/doctor-1.schema.json; indented by two spaces, with a newline at the end.
[[nodiscard]] std::string doctor_json(std::span<const DoctorFinding> findings, const Tool& tool);

// The warnings of a report, for below its table: the doctor's in one line, the others in full.
[[nodiscard]] std::string warnings_text(std::span<const Warning> warnings, int width);

}  // namespace sockmark::report
