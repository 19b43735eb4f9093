// sockmark doctor: what on this machine disturbs a measurement, and the command that mends it.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/atomic_file.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/measure_plan.h"
#include "bench/run/build_info.h"
#include "reports/views/doctor_findings.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExplanation =
    "\nLooks for a second, needs no privileges and changes nothing. A line for each check: ok, "
    "warn or\n"
    "unknown (the machine does not tell), what was found, and of a warning why it matters and the\n"
    "command that mends it. Reports of sockmark run have the same warnings. docs/doctor.md tells "
    "of\n"
    "each check.\n"
    "Exit status: 0 also with warnings, 2 bad input, 5 output not written.\n";

// Steal is a share of this; a hundred ticks of it, and more where there are more CPUs.
constexpr std::chrono::milliseconds kLook{1050};

struct Supplied {
  std::optional<std::string> json;
  std::string colour = "auto";
};

int doctor(const Supplied& supplied) {
  if (auto known = check_colour(supplied.colour); !known) return complain(known.error(), kBadInput);
  const bool to_file = supplied.json && *supplied.json != "-";
  if (to_file) {
    if (auto writable = report::check_writable(*supplied.json); !writable)
      return complain(std::move(writable).error().in("--json"), kBadInput);
  }
  const Examination examination;
  std::this_thread::sleep_for(kLook);
  const auto findings = examination.findings();
  if (supplied.json) {
    const std::string json = report::doctor_json(findings, build_info());
    if (!to_file) return print(json);
    if (auto written = report::write_file_atomically(*supplied.json, json); !written)
      return complain(written.error(), kNotWritten);
  }
  return print(report::doctor_table(
      findings, {.colour = wants_colour(supplied.colour, STDOUT_FILENO), .width = 0}));
}

}  // namespace

Command add_doctor(CLI::App& app) {
  auto supplied = std::make_shared<Supplied>();
  auto* command = app.add_subcommand(
      "doctor", "What on this machine disturbs a measurement, and the command that mends it");
  command->footer(kExplanation);
  command
      ->add_option_function<std::string>(
          "--json",
          // CLI11 gives an empty text where none follows.
          [supplied](const std::string& file) { supplied->json = file.empty() ? "-" : file; },
          "Findings as JSON to a file, or in place of the table (-, the default)")
      ->type_name("[FILE]")
      ->expected(0, 1);
  command
      ->add_option("--color", supplied->colour, "auto, always, never (auto; NO_COLOR is honoured)")
      ->type_name("WORD");
  return {.app = command, .action = [supplied] { return doctor(*supplied); }};
}

}  // namespace sockmark::cli
