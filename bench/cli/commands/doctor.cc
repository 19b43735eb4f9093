// sockmark doctor: sources of noise on this machine, and the commands that fix them.

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/atomic_file.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/measure_plan.h"
#include "bench/cli/options.h"
#include "bench/cli/output_file.h"
#include "bench/worker/build_info.h"
#include "reports/views/doctor_findings.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExplanation =
    "\nObserves the machine for a second. Needs no privileges and changes nothing. Prints a line "
    "for\n"
    "each check: ok, warn or unknown (the machine does not report it), and what was found; for a\n"
    "warning also why it matters and the command that fixes it. Reports of sockmark run contain "
    "the\n"
    "same warnings. docs/doctor.md describes each check.\n"
    "Exit status: 0 also with warnings, 2 bad input, 5 output not written.\n";

// How long CPU steal is observed: a hundred ticks of each CPU.
constexpr std::chrono::milliseconds kObserved{1050};

struct Arguments {
  std::optional<std::string> json;
  std::string colour = "auto";
};

int doctor(const Arguments& arguments) {
  if (auto known = check_colour(arguments.colour); !known) return fail(known.error(), kBadInput);
  const bool to_file = arguments.json && *arguments.json != "-";
  if (to_file) {
    if (auto writable = report::check_writable(*arguments.json); !writable)
      return fail(std::move(writable).error().in("--json"), kBadInput);
    if (auto fits = check_replaces("--json", *arguments.json, OutputKind::document); !fits)
      return fail(fits.error(), kBadInput);
  }
  const Examination examination;
  std::this_thread::sleep_for(kObserved);
  const auto findings = examination.findings();
  if (arguments.json) {
    const std::string json = report::doctor_json(findings, build_info());
    if (!to_file) return print(json);
    if (auto written = report::write_file_atomically(*arguments.json, json); !written)
      return fail(written.error(), kNotWritten);
  }
  return print(report::doctor_table(
      findings, {.colour = wants_colour(arguments.colour, STDOUT_FILENO), .width = 0}));
}

}  // namespace

void add_doctor(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  Command& command = program.add_command(
      "doctor", "Find sources of noise on this machine, and the commands that fix them");
  command.footer(kExplanation);
  command.text_or("--json", "[FILE]", arguments->json, "-",
                  "Write the findings as JSON to FILE, or print them instead of the table (-)");
  command.text("--color", "WORD", arguments->colour, kColourHelp);
  command.action([arguments] { return doctor(*arguments); });
}

}  // namespace sockmark::cli
