#include "bench/cli/measure_plan.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/atomic_file.h"
#include "base/printable.h"
#include "bench/cli/cli.h"
#include "bench/cli/output_file.h"
#include "bench/cli/progress.h"
#include "bench/worker/build_info.h"

namespace sockmark::cli {

std::string own_path() {
  std::array<char, 4096> path{};
  const auto length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : "/proc/self/exe";
}

Result<std::string> find_program(const std::string& word) {
  const auto runs = [](const std::filesystem::path& path) {
    std::error_code failed;
    return std::filesystem::is_regular_file(path, failed) && ::access(path.c_str(), X_OK) == 0;
  };
  if (word.find('/') != std::string::npos) {
    if (runs(word)) return std::filesystem::absolute(word).string();
    return Error{report::printable(word) + ": no such program"};
  }
  const char* directories = std::getenv("PATH");
  std::istringstream list(directories != nullptr ? directories : "");
  for (std::string directory; std::getline(list, directory, ':');) {
    const auto path = std::filesystem::path(directory) / word;
    if (!word.empty() && runs(path)) return path.string();
  }
  return Error{report::printable(word) + ": not found in $PATH"};
}

Result<IdleHold> hold_idle(const Plan& plan) {
  if (!plan.hold_idle) return IdleHold();
  auto hold = TRY(IdleHold::begin().in("--hold-idle"));
  return hold;
}

namespace {

std::string boot_of(const report::Environment& environment) {
  const auto found = environment.information.find("boot_id");
  return found == environment.information.end() ? std::string() : found->second;
}

}  // namespace

Examination::Examination() : Examination(read_environment(build_facts())) {}

Examination::Examination(std::span<const EnvironmentItem> environment)
    : facts_(read_doctor_facts(environment)), times_(read_cpu_times()) {}

std::vector<report::DoctorFinding> Examination::findings() const {
  DoctorFacts facts = facts_;
  facts.steal_ratio = steal_ratio(times_, read_cpu_times());
  return examine(facts);
}

void Examination::add_to(report::Report& report, const Ends* ends) const {
  report::replace_doctor_warnings(findings(), report);
  if (ends == nullptr) return;
  for (const RemoteEnd* end : ends->elsewhere()) {
    // A container or another user of this machine: only what is not known of it yet.
    const bool here = boot_of(end->host().environment) == boot_of(report.environment);
    for (report::Warning warning : end->host().warnings) {
      const bool known = std::ranges::any_of(
          report.warnings, [&](const auto& earlier) { return earlier.code == warning.code; });
      if (here && known) continue;
      warning.message = end->name() + ": " + warning.message;
      report.warnings.push_back(std::move(warning));
    }
  }
}

Result<> check_output(const Output& output) {
  TRY(check_colour(output.colour));
  if (output.report.empty()) return Error{"--output: the file name is empty"};
  if (output.report == "-") return {};
  TRY(report::check_writable(output.report).in("--output"));
  return check_replaces("--output", output.report, OutputKind::report);
}

int descriptor_of_tables(const Output& output) {
  return output.report == "-" || output.stdout_taken ? STDERR_FILENO : STDOUT_FILENO;
}

Published publish(const report::Report& report, const Output& output,
                  const std::function<std::string(report::TextStyle)>& tables) {
  Published published;
  auto written = write_report(report, output.report, output.continued);
  published.report_written = static_cast<bool>(written);
  if (!written) published.status = fail(written.error(), kNotWritten);
  if (output.quiet) return published;
  const int descriptor = descriptor_of_tables(output);
  const report::TextStyle style{.colour = wants_colour(output.colour, descriptor),
                                .width = terminal_width(descriptor)};
  if (auto printed =
          report::write_all(descriptor, tables(style),
                            descriptor == STDERR_FILENO ? "standard error" : "standard output");
      !printed) {
    published.status = fail(printed.error(), kNotWritten);
  }
  return published;
}

namespace {

void watch(LiveOutput& live, ProgressLine& progress, RunnerOptions& options) {
  options.interval = [&](const RunnerOptions::Interval& interval) {
    // The line of progress may be on the same terminal: it is shown again at the next tick.
    if (live.has_lines()) progress.erase();
    live.interval(interval);
  };
  options.finished = [&, keep = std::move(options.finished)](const report::Report& so_far,
                                                             const report::Case& one) {
    live.run_ends(one);
    return keep(so_far, one);
  };
}

}  // namespace

RunnerOutcome measure(const Plan& plan, report::Report begun, bool show_progress,
                      RunnerOptions options, LiveOutput* live) {
  ProgressLine progress(ProgressLine::style_for(show_progress));
  const Instant started = now();
  options.program = own_path();
  std::optional<IntervalFigures> figures;  // of the run in progress
  options.progress = [&](const auto& so_far) {
    figures.reset();
    if (live != nullptr) live->run_begins(so_far);
    progress.show(line_of(so_far, now() - started, plan.estimated_time(), figures));
  };
  // Without a line that is rewritten, the ends are not asked for figures.
  if (progress.is_rewritten())
    options.figures = [&](const IntervalFigures& latest) { figures = latest; };
  options.tick = [&] {
    progress.tick();
    if (live != nullptr) live->flush();
  };
  if (live != nullptr) {
    live->begin(begun);
    watch(*live, progress, options);
  }
  const Examination examination;
  auto outcome = run_plan(plan, std::move(begun), options);
  examination.add_to(outcome.report, options.ends);
  progress.clear();
  if (!outcome.given_up.empty()) warn(Error{outcome.given_up});
  return outcome;
}

}  // namespace sockmark::cli
