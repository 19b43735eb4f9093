// sockmark analyze: computes the metrics of a run from data that was measured elsewhere.

#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/enum_names.h"
#include "base/line_input.h"
#include "base/parse.h"
#include "bench/analysis/analysis_json.h"
#include "bench/analysis/packet_figures.h"
#include "bench/analysis/read_packets.h"
#include "bench/analysis/read_values.h"
#include "bench/analysis/table.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/options.h"
#include "reports/exports/hdr/hgrm.h"
#include "reports/exports/hdr/hlog.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  sockmark analyze trace.csv --tmax 3s            event,seq,t_ns,size -> loss, ...\n"
    "  zcat trace.csv.gz | sockmark analyze -\n"
    "  sockmark analyze --kind values latencies.txt    one a line -> percentiles, histogram\n"
    "  sockmark analyze --kind values latencies.txt --to hgrm > latencies.hgrm\n"
    "  sockmark analyze --kind pairs blocks.csv --margin 1.05    block,a,b -> interval, verdict\n"
    "\ndocs/analyze.md describes the input formats and each metric.\n"
    "Exit status: 0 success, whatever the verdict of --margin; 2 bad input, 5 the result could\n"
    "not be written.\n";

struct Arguments {
  std::string file;
  std::optional<std::string> kind, to, tmax, n_max, deltas, significant_digits, lowest, highest,
      divide_by, ticks, margin, seed;
  bool higher_is_better = false, align_clocks = false;
};

enum class Kind { packets, values, pairs };
constexpr auto enum_names(Kind) {
  return std::to_array<EnumName<Kind>>(
      {{Kind::packets, "packets"}, {Kind::values, "values"}, {Kind::pairs, "pairs"}});
}

enum class Format { json, hgrm, hlog };
constexpr auto enum_names(Format) {
  return std::to_array<EnumName<Format>>(
      {{Format::json, "json"}, {Format::hgrm, "hgrm"}, {Format::hlog, "hlog"}});
}

// An option that requires a kind.
struct KindOption {
  const char* name;
  std::optional<std::string> Arguments::*text;
  Kind kind;
};
constexpr KindOption kKindOptions[] = {
    {"--tmax", &Arguments::tmax, Kind::packets},
    {"--n-max", &Arguments::n_max, Kind::packets},
    {"--deltas", &Arguments::deltas, Kind::packets},
    {"--significant-digits", &Arguments::significant_digits, Kind::values},
    {"--lowest", &Arguments::lowest, Kind::values},
    {"--highest", &Arguments::highest, Kind::values},
    {"--divide-by", &Arguments::divide_by, Kind::values},
    {"--ticks", &Arguments::ticks, Kind::values},
    {"--margin", &Arguments::margin, Kind::pairs},
    {"--seed", &Arguments::seed, Kind::pairs},
};

// Reads the number in the text. Leaves `value` unchanged if the option was not given.
template <class T>
Result<> read_count(const char* name, const std::optional<std::string>& text, std::uint64_t least,
                    std::uint64_t most, T& value) {
  if (!text) return {};
  auto count = TRY(parse_count(*text, least, most).in(name));
  value = static_cast<T>(count);
  return {};
}

Result<> read_number(const char* name, const std::optional<std::string>& text, double least,
                     double most, double& value) {
  if (!text) return {};
  const auto number = number_in<double>(*text);
  if (!number || *number < least || *number > most) {
    return Error{fmt::format("{}: \"{}\" is not a number from {} to {}", name, *text, least, most)};
  }
  value = *number;
  return {};
}

Result<PacketOptions> packet_options(const Arguments& arguments) {
  PacketOptions options;
  options.align_clocks = arguments.align_clocks;
  if (arguments.tmax) {
    auto tmax = TRY(parse_duration(*arguments.tmax).in("--tmax"));
    if (tmax <= Nanoseconds(0)) return Error{"--tmax: expected a time above 0"};
    options.tmax = tmax;
  }
  if (arguments.n_max) {
    options.n_max = 0;
    TRY(read_count("--n-max", arguments.n_max, 1, PacketTrace::kMaxN, *options.n_max));
  }
  if (!arguments.deltas) return options;
  auto items = TRY(split_list(*arguments.deltas).in("--deltas"));
  options.deltas.emplace();
  for (const std::string& item : items) {
    auto delta = TRY(parse_count(item, 1, UINT64_MAX).in("--deltas"));
    options.deltas->push_back(delta);
  }
  return options;
}

Result<std::string> analyze_packets(const Arguments& arguments, LineInput& input) {
  const auto options = TRY(packet_options(arguments));
  const auto trace = TRY(read_packets(input, options));
  const auto figures = figures_of(trace);
  if (!figures) return input.problem(figures.error().message);
  return to_json(*figures);
}

Result<HistogramParameters> histogram_parameters(const Arguments& arguments) {
  HistogramParameters parameters;
  // The limits leave room for the counters of five digits.
  constexpr std::uint64_t kLowestMax = std::uint64_t{1} << 40, kHighestMax = std::uint64_t{1} << 62;
  TRY(read_count("--significant-digits", arguments.significant_digits, 1, 5,
                 parameters.significant_digits));
  TRY(read_count("--lowest", arguments.lowest, 1, kLowestMax, parameters.lowest));
  TRY(read_count("--highest", arguments.highest, 2, kHighestMax, parameters.highest));
  if (parameters.highest / 2 < parameters.lowest) {
    return Error{fmt::format("--highest {} must be at least twice --lowest {}", parameters.highest,
                             parameters.lowest)};
  }
  return parameters;
}

Result<std::string> analyze_values(const Arguments& arguments, Format format, LineInput& input) {
  const auto parameters = TRY(histogram_parameters(arguments));
  report::HgrmOptions hgrm;
  TRY(read_number("--divide-by", arguments.divide_by, 1e-9, 1e18, hgrm.divide_by));
  TRY(read_count("--ticks", arguments.ticks, 1, 1000, hgrm.ticks_per_half_distance));
  const auto histogram = TRY(read_values(input, parameters));
  switch (format) {
    case Format::json:
      break;
    case Format::hgrm:
      return report::to_hgrm(histogram, hgrm);
    case Format::hlog: {
      const std::array intervals = {report::HlogInterval{.tag = {}, .histogram = &histogram}};
      return report::to_hlog(intervals, {.comment = "Logged by sockmark analyze", .start = {}});
    }
  }
  return values_json(histogram);
}

Result<std::string> analyze_pairs(const Arguments& arguments, LineInput& input) {
  PairsOptions options;
  options.higher_is_better = arguments.higher_is_better;
  double margin = 0;
  TRY(read_number("--margin", arguments.margin, 1, 1000, margin));
  TRY(read_count("--seed", arguments.seed, 0, UINT64_MAX, options.seed));
  if (arguments.margin) options.margin = margin;
  const auto log_ratios = TRY(read_log_ratios(input));
  return pairs_json(log_ratios, options);
}

// The value that an option names. Errors name the option.
template <NamedEnum E>
Result<E> choose(const char* option, const char* what, const std::optional<std::string>& word,
                 E otherwise) {
  if (!word) return otherwise;
  if (const auto value = value_named<E>(*word)) return *value;
  return unknown_word(what, *word, names_of<E>()).in(option);
}

Result<> check_kind(const Arguments& arguments, Kind kind) {
  for (const auto& option : kKindOptions) {
    if (arguments.*option.text && option.kind != kind)
      return Error{fmt::format("{} requires --kind {}", option.name, name_of(option.kind))};
  }
  if (arguments.higher_is_better && kind != Kind::pairs)
    return Error{"--higher-is-better requires --kind pairs"};
  if (arguments.align_clocks && kind != Kind::packets)
    return Error{"--align-clocks requires --kind packets"};
  return {};
}

// Files that analyze does not read, by their first bytes.
struct OtherFormat {
  std::string_view magic;
  const char* problem;
};
constexpr const char* kPcap =
    "is a pcap file; extract the sequence numbers with tshark first: docs/analyze.md, \"From a "
    "packet "
    "capture\"";
constexpr const char* kPcapng =
    "is a pcapng file; extract the sequence numbers with tshark first: docs/analyze.md, \"From a "
    "packet capture\"";
constexpr OtherFormat kOtherFormats[] = {
    {"\xA1\xB2\xC3\xD4", kPcap},  // microseconds, either byte order
    {"\xD4\xC3\xB2\xA1", kPcap},
    {"\xA1\xB2\x3C\x4D", kPcap},  // nanoseconds
    {"\x4D\x3C\xB2\xA1", kPcap},
    {"\x0A\x0D\x0D\x0A", kPcapng},
    {"\x1F\x8B", "is compressed; use: zcat FILE | sockmark analyze -"},
};

Result<> reject_other_formats(LineInput& input) {
  for (const OtherFormat& format : kOtherFormats) {
    const bool found = TRY(input.begins_with(format.magic));
    if (found) return input.problem(format.problem);
  }
  return {};
}

Result<std::string> analyze(const Arguments& arguments) {
  if (arguments.file.empty())
    return Error{"analyze: no file given; give one, or - for standard input"};
  const auto kind = TRY(choose("--kind", "kind", arguments.kind, Kind::packets));
  const auto format = TRY(choose("--to", "format", arguments.to, Format::json));
  if (format != Format::json && kind != Kind::values)
    return Error{fmt::format("--to {} requires --kind values", name_of(format))};
  TRY(check_kind(arguments, kind));
  auto input = TRY(LineInput::open(arguments.file));
  TRY(reject_other_formats(input));
  switch (kind) {
    case Kind::packets:
      return analyze_packets(arguments, input);
    case Kind::values:
      return analyze_values(arguments, format, input);
    case Kind::pairs:
      break;
  }
  return analyze_pairs(arguments, input);
}

}  // namespace

void add_analyze(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  Command& command =
      program.add_command("analyze", "Compute the same metrics from data measured elsewhere");
  command.footer(kExamples);
  command.positional("FILE", arguments->file, "Data to read; - for standard input");
  command.text("--kind", "WORD", arguments->kind,
               "Kind of the data: packets, values or pairs (packets)");
  command.text("--to", "WORD", arguments->to, "Output: json; of values also hgrm, hlog (json)");
  command.section("Packets");
  command.text("--tmax", "TIME", arguments->tmax,
               "A packet that takes longer is lost (as in the file, or 1s)");
  command.text("--n-max", "N", arguments->n_max,
               "Count n-reordering up to this n (as in the file, or 100)");
  command.text("--deltas", "LIST", arguments->deltas,
               "Distances between losses for noticeable rates (as in the file, or 1,2,10,99,100)");
  command.flag("--align-clocks", arguments->align_clocks,
               "The ends' clocks disagree: --tmax counts from the smallest delay");
  command.section("Values");
  command.text("--significant-digits", "N", arguments->significant_digits,
               "Precision of the histogram, 1 to 5 (3)");
  command.text("--lowest", "N", arguments->lowest, "Lowest value distinguished from 0 (1)");
  command.text("--highest", "N", arguments->highest,
               "Higher values are counted as overflow (3600000000000)");
  command.text("--divide-by", "X", arguments->divide_by,
               "hgrm: unit of the printed values (1000: ns as us)");
  command.text("--ticks", "N", arguments->ticks, "hgrm: lines per half distance to 100 % (5)");
  command.section("Pairs");
  command.text("--margin", "RATIO", arguments->margin, "How much worse B may be, as a ratio: 1.05");
  command.text("--seed", "N", arguments->seed,
               "Seed of the random sign flips for more than 16 blocks (1)");
  command.flag("--higher-is-better", arguments->higher_is_better,
               "Higher values are better, as for throughput (lower is better)");
  command.action([arguments] {
    const auto text = analyze(*arguments);
    return text ? print(*text) : fail(text.error(), kBadInput);
  });
}

}  // namespace sockmark::cli
