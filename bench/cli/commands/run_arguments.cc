#include "bench/cli/commands/run_arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "base/printable.h"
#include "bench/cli/comparison_arguments.h"
#include "bench/cli/output_file.h"
#include "bench/cli/plan_arguments.h"
#include "bench/cli/table_arguments.h"

namespace sockmark::cli {

namespace {

// `option` cannot be given together with `other`. `why` is for the message, or empty.
struct Exclusion {
  const char* option;
  const char* other;
  std::string_view why;
};
constexpr std::string_view kSearchComparesNothing = "a search compares nothing";
constexpr std::string_view kSearchHasTrials = "a search prints a line for each trial";
constexpr std::string_view kSearchKeepsNoRuns = "a search keeps no runs to resume";
constexpr Exclusion kExclusions[] = {
    {"by", "against", "--against compares two programs"},
    {"floor", "against", "--floor measures one program"},
    {"hold-idle", "generator-via", "it keeps the processors of this machine awake"},
    {"rate", "find-rate", "the search chooses the rates; --min-rate and --max-rate bound them"},
    {"repetitions", "find-rate",
     "the search decides how often a rate is tried; --trial-sum sets the time"},
    {"order", "find-rate", "cases are searched one after another"},
    {"depth", "find-rate", "a search is an open loop, which has no depth"},
    {"messages", "find-rate", "the length of a trial is a time; use --duration"},
    {"think", "find-rate", "a search is an open loop, which waits for no answer"},
    {"by", "find-rate", kSearchComparesNothing},
    {"baseline", "find-rate", kSearchComparesNothing},
    {"against", "find-rate", kSearchComparesNothing},
    {"candidate", "find-rate", kSearchComparesNothing},
    {"gate", "find-rate", kSearchComparesNothing},
    {"until-precise", "find-rate", kSearchComparesNothing},
    {"budget", "find-rate", "--search-budget limits a search"},
    {"inconclusive", "find-rate", kSearchComparesNothing},
    {"calibration", "find-rate", kSearchComparesNothing},
    {"interval", "find-rate", kSearchHasTrials},
    {"json-stream", "find-rate", kSearchHasTrials},
    {"percentiles", "find-rate", "the table of a search has the percentiles of its goals"},
    {"bits", "find-rate", "the rates of a search are in messages/s"},
    {"floor", "find-rate", "a search makes no comparison with the floor"},
    {"resume", "find-rate", kSearchKeepsNoRuns},
    {"discard", "find-rate", kSearchKeepsNoRuns},
};

// --name requires --other.
Result<> require(const OptionTexts& given, std::string_view name, const char* other) {
  if (!given.contains(std::string(name)) || given.contains(other)) return {};
  return Error{fmt::format("--{} requires --{}", name, other)};
}

Result<> check_together(const OptionTexts& given, const RunArguments& arguments) {
  for (const auto& [option, other, why] : kExclusions) {
    if (!given.contains(option) || !given.contains(other)) continue;
    return Error{fmt::format("--{} cannot be combined with --{}{}{}", option, other,
                             why.empty() ? "" : ": ", why)};
  }
  TRY(require(given, "candidate", "against"));
  for (const auto& [name, text] : supplied_texts(arguments.search))
    TRY(require(given, name, "find-rate"));
  return {};
}

}  // namespace

void add_run_options(Command& command, RunArguments& arguments) {
  command.positional(
      "SUITE", arguments.suite,
      "A built-in suite (sockmark list suites) or a suite file; options override it");
  command.section("Measurement");
  add_plan_options(command, arguments.plan);
  command.flag("--floor", arguments.floor,
               "Also measure the same exchange with bare system calls, and report the overhead "
               "(docs/development/performance.md)");
  command.section("Ends on other machines (docs/two-hosts.md)");
  add_ends_options(command, arguments.ends);
  command.section("Comparison");
  command.text("--by", "PARAM", arguments.by,
               "Compare cases that differ in this parameter: transport, size, ...");
  command.text("--baseline", "VALUE", arguments.baseline,
               "With --by: the value to compare with (the first)");
  command.text("--against", "PROGRAM", arguments.against,
               "Compare with another build: measure both, block by block");
  command.text("--candidate", "PROGRAM", arguments.candidate,
               "With --against: the build to compare (this program)");
  command.list("--gate", "METRIC:MARGIN", arguments.gates,
               "How much worse the candidate may be, such as p50:5% or p50:1.05; repeatable; none "
               "for no gates (--against: p50, p99, goodput, loss)");
  command.flag(
      "--until-precise", arguments.until_precise,
      "Stop when the interval of every gate is narrow enough, after at most -n blocks (40)");
  command.text("--budget", "TIME", arguments.budget, "Start no block after this time");
  command.text("--inconclusive", "WORD", arguments.inconclusive,
               "Exit status if a gate is inconclusive: own (3), pass (0) or fail (1) (own)");
  command.text("--calibration", "FILE", arguments.calibration,
               "Reject gates below the smallest change detectable on this machine (sockmark "
               "calibrate)");
  command.section("Search for the highest rate");
  add_search_options(command, arguments.search);
  command.section("Options");
  command.flag("--dry-run", arguments.dry_run,
               "Print the cases, their order and the time; measure nothing");
  command.flag("--resume", arguments.resume, "Continue the interrupted measurement of this output");
  command.flag("--discard", arguments.discard,
               "Discard the interrupted measurement of this output");
  command.text("-o,--output", "FILE|-", arguments.output.report,
               "Report, written atomically; - for standard output (report.json)");
  command.text("--json-stream", "FILE|-", arguments.json_stream,
               "Write a JSON object a line for every interval of a run while it runs, and for the "
               "beginning and the end of each (docs/while-it-runs.md)");
  add_table_options(command, arguments.percentiles, arguments.bits);
  command.flag("--quiet", arguments.output.quiet, "Print no table, no lines and no progress");
  command.flag("--no-progress", arguments.no_progress, "Print no progress");
  command.text("--color", "WORD", arguments.output.colour, kColourHelp);
}

Result<> check_json_stream(const RunArguments& arguments) {
  if (!arguments.json_stream) return {};
  const std::string& file = *arguments.json_stream;
  if (file.empty()) return Error{"--json-stream: the file name is empty"};
  if (file == "-" && arguments.output.report == "-") {
    return Error{
        "--json-stream - and --output - both write to standard output; give one of them a file"};
  }
  if (file == "-") return {};
  if (place_of(file) == place_of(arguments.output.report)) {
    return Error{fmt::format("--json-stream {}: --output writes to the same file; choose another",
                             report::printable(file))};
  }
  return check_replaces("--json-stream", file, OutputKind::other);
}

Result<> check(const RunArguments& arguments) {
  if (arguments.resume && arguments.discard)
    return Error{"--discard and --resume exclude each other"};
  if (arguments.resume && arguments.output.report == "-")
    return Error{"--resume requires an output file: standard output has no journal"};
  OptionTexts given = supplied_texts(arguments);
  if (arguments.resume) given["resume"] = "true";
  if (arguments.discard) given["discard"] = "true";
  if (arguments.json_stream) given["json-stream"] = *arguments.json_stream;
  if (arguments.percentiles) given["percentiles"] = *arguments.percentiles;
  if (arguments.bits) given["bits"] = "true";
  TRY(check_together(given, arguments));
  if (arguments.suite) TRY(check_stray_gate(arguments.gates, *arguments.suite));
  // Before the suite, which may be a value that should have been part of a list: --pin 0 1.
  PlanOptions options;
  TRY(read_options(arguments.plan, options));
  TRY(read_ends(arguments.ends));
  TRY(read_table_options(arguments.percentiles, arguments.bits));
  TRY(check_json_stream(arguments));
  return check_output(arguments.output);
}

OptionTexts supplied_texts(const RunArguments& arguments) {
  OptionTexts texts = arguments.plan;
  const auto add = [&](const char* name, const std::optional<std::string>& text) {
    if (text) texts[name] = *text;
  };
  add("suite", arguments.suite);
  add("by", arguments.by);
  add("baseline", arguments.baseline);
  add("against", arguments.against);
  add("candidate", arguments.candidate);
  add("budget", arguments.budget);
  add("inconclusive", arguments.inconclusive);
  add("calibration", arguments.calibration);
  if (!arguments.gates.empty()) texts["gate"] = fmt::format("{}", fmt::join(arguments.gates, ","));
  if (arguments.until_precise) texts["until-precise"] = "true";
  if (arguments.floor) texts["floor"] = "true";
  texts.merge(supplied_texts(arguments.search));
  texts.merge(supplied_texts(arguments.ends));
  return texts;
}

}  // namespace sockmark::cli
