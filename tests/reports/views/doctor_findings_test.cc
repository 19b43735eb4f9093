#include "reports/views/doctor_findings.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "tests/reports/sample_report.h"

namespace sockmark::report {
namespace {

using Status = DoctorFinding::Status;

std::vector<DoctorFinding> some_findings() {
  return {{"governor", Status::unknown, "no cpufreq here", "a slow clock", ""},
          {"idle_states", Status::warn, "down to C6 (133 µs)", "waking takes time", "hold it"},
          {"smt", Status::ok, "off", "two threads of one core", ""},
          {"steal", Status::warn, "3.2 % of the time", "others ran", ""}};
}

TEST(DoctorTable, HasEveryFindingWithTheReasonAndTheFixOfAWarning) {
  EXPECT_EQ(doctor_table(some_findings()),
            "unknown  governor     no cpufreq here\n"
            "warn     idle_states  down to C6 (133 µs)\n"
            "                      waking takes time\n"
            "                      $ hold it\n"
            "ok       smt          off\n"
            "warn     steal        3.2 % of the time\n"
            "                      others ran\n"
            "\n"
            "2 warnings, 1 unknown; writing to /sys or /proc, and sysctl, need root\n");
}

TEST(DoctorTable, SaysThatNothingIsWrong) {
  const std::vector<DoctorFinding> findings = {{"smt", Status::ok, "off", "", ""}};
  EXPECT_EQ(doctor_table(findings), "ok       smt  off\n\nno warning, 0 unknown\n");
}

TEST(DoctorTable, ColoursWarningsOnly) {
  const std::string text = doctor_table(some_findings(), {.colour = true});
  std::size_t painted = 0;
  for (std::size_t at = 0; (at = text.find("\x1b[1;31mwarn", at)) != text.npos; ++at) ++painted;
  EXPECT_EQ(painted, 2U);
  EXPECT_EQ(text.find("\x1b[1;31mok"), text.npos);
}

TEST(DoctorTable, NothingFromAFileReachesTheTerminal) {
  const std::vector<DoctorFinding> findings = {
      {"governor", Status::warn, "\x1b[2J\nx", "why\x1b", "fix\x1b"}};
  const std::string text = doctor_table(findings);
  EXPECT_EQ(text.find('\x1b'), text.npos);
  EXPECT_NE(text.find("[2Jx\n"), text.npos);
}

TEST(DoctorJson, HasEveryFieldOfEveryFinding) {
  const auto document = nlohmann::json::parse(doctor_json(some_findings(), sample_frame().tool));
  EXPECT_EQ(document["$schema"], "doctor-1.schema.json");
  EXPECT_EQ(document["schema_version"], "1.0.0");
  EXPECT_EQ(document["tool"]["name"], "sockmark");
  ASSERT_EQ(document["findings"].size(), 4U);
  EXPECT_EQ(document["findings"][0]["status"], "unknown");
  EXPECT_EQ(document["findings"][2]["status"], "ok");
  const nlohmann::json expected = {{"code", "idle_states"},
                                   {"status", "warn"},
                                   {"found", "down to C6 (133 µs)"},
                                   {"why", "waking takes time"},
                                   {"fix", "hold it"}};
  EXPECT_EQ(document["findings"][1], expected);
}

TEST(DoctorWarnings, AreTheFindingsThatWarn) {
  const auto warnings = warnings_of(some_findings());
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_EQ(warnings[0].code, "doctor.idle_states");
  EXPECT_EQ(warnings[0].message, "down to C6 (133 µs): waking takes time");
  EXPECT_EQ(warnings[0].advice, "hold it");
  EXPECT_EQ(warnings[1].code, "doctor.steal");
  EXPECT_EQ(warnings[1].advice, "");
}

TEST(DoctorWarnings, TakeThePlaceOfEarlierOnesAndOfNoOthers) {
  Report report;
  report.warnings = {{"doctor.load", "3 on 2 CPUs", ""}, {"trial_failed", "a trial", ""}};
  replace_doctor_warnings(some_findings(), report);
  std::vector<std::string> codes;
  for (const Warning& warning : report.warnings) codes.push_back(warning.code);
  EXPECT_EQ(codes,
            (std::vector<std::string>{"trial_failed", "doctor.idle_states", "doctor.steal"}));
  replace_doctor_warnings({}, report);
  EXPECT_EQ(report.warnings.size(), 1U);
}

TEST(WarningsText, IsOneLineForAllOfTheDoctors) {
  auto warnings = warnings_of(some_findings());
  warnings.push_back({"other", "of another kind", "do this"});
  EXPECT_EQ(warnings_text(warnings, 100),
            "  warning: of another kind\n"
            "    do this\n"
            "  doctor: 2 warnings (idle_states, steal): sockmark doctor\n");
  EXPECT_EQ(warnings_text({}, 100), "");
  EXPECT_EQ(warnings_text(std::vector<Warning>{{"doctor.smt", "on: slow", ""}}, 100),
            "  doctor: 1 warning (smt): sockmark doctor\n");
}

TEST(WarningsText, NamesAsManyAsThereIsRoomFor) {
  std::vector<Warning> warnings;
  for (const char* code : {"idle_states", "clock_source", "steal", "load", "smt"})
    warnings.push_back({std::string("doctor.") + code, "", ""});
  const std::string whole =
      "  doctor: 5 warnings (idle_states, clock_source, steal, load, smt): sockmark doctor\n";
  const auto columns = static_cast<int>(whole.size()) - 1;
  EXPECT_EQ(warnings_text(warnings, columns), whole);
  for (int width = columns - 1; width >= 60; --width) {
    const std::string text = warnings_text(warnings, width);
    EXPECT_LE(columns_of(text) - 1, static_cast<std::size_t>(width)) << text;
    EXPECT_NE(text.find(", ...): sockmark doctor\n"), text.npos) << text;
  }
  // The first is told whatever the width.
  EXPECT_EQ(warnings_text(warnings, 0),
            "  doctor: 5 warnings (idle_states, ...): sockmark doctor\n");
}

}  // namespace
}  // namespace sockmark::report
