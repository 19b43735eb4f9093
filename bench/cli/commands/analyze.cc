// sockmark analyze: the arithmetic of a run on data that was measured elsewhere.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/line_input.h"
#include "base/parse.h"
#include "bench/analysis/analysis_json.h"
#include "bench/analysis/packet_figures.h"
#include "bench/analysis/read_packets.h"
#include "bench/analysis/read_values.h"
#include "bench/analysis/table.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "reports/exports/hdr/hgrm.h"
#include "reports/exports/hdr/hlog.h"

namespace sockmark::cli {

namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  sockmark analyze trace.csv --tmax 3s            event,seq,t_ns,size -> loss, reordering, "
    "...\n"
    "  zcat trace.csv.gz | sockmark analyze -\n"
    "  sockmark analyze --kind values latencies.txt    one a line -> percentiles, histogram\n"
    "  sockmark analyze --kind values latencies.txt --to hgrm > latencies.hgrm\n"
    "  sockmark analyze --kind pairs blocks.csv --margin 1.05    block,a,b -> interval, verdict\n"
    "\ndocs/analyze.md says how the files look and what each figure is. Exit status: 0 fine, 2 "
    "bad\n"
    "input, 5 the result could not be written. A verdict of --margin does not change it.\n";

// The text of each option that the user gave.
struct Supplied {
  std::string file;
  std::optional<std::string> kind, to, tmax, n_max, deltas, significant_digits, lowest, highest,
      divide_by, ticks, margin, seed;
  bool higher_is_better = false;
};

enum class Kind { packets, values, pairs };
constexpr std::array<std::string_view, 3> kKinds = {"packets", "values", "pairs"};
constexpr std::array<std::string_view, 3> kFormats = {"json", "hgrm", "hlog"};

// Which kind an option is for.
struct Belonging {
  const char* name;
  std::optional<std::string> Supplied::*text;
  Kind kind;
};
const std::array kBelongings = {
    Belonging{"--tmax", &Supplied::tmax, Kind::packets},
    Belonging{"--n-max", &Supplied::n_max, Kind::packets},
    Belonging{"--deltas", &Supplied::deltas, Kind::packets},
    Belonging{"--significant-digits", &Supplied::significant_digits, Kind::values},
    Belonging{"--lowest", &Supplied::lowest, Kind::values},
    Belonging{"--highest", &Supplied::highest, Kind::values},
    Belonging{"--divide-by", &Supplied::divide_by, Kind::values},
    Belonging{"--ticks", &Supplied::ticks, Kind::values},
    Belonging{"--margin", &Supplied::margin, Kind::pairs},
    Belonging{"--seed", &Supplied::seed, Kind::pairs},
};

// The number in the option's text, or what the value already is where it was not given.
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

// The first error of several readings.
Result<> all_of(std::initializer_list<Result<>> readings) {
  for (const auto& reading : readings) {
    if (!reading) return reading;
  }
  return {};
}

Result<PacketOptions> packet_options(const Supplied& supplied) {
  PacketOptions options;
  if (supplied.tmax) {
    auto tmax = TRY(parse_duration(*supplied.tmax).in("--tmax"));
    if (tmax <= Nanoseconds(0)) return Error{"--tmax: expected a time above 0"};
    options.tmax = tmax;
  }
  if (supplied.n_max) {
    options.n_max = 0;
    if (auto read = read_count("--n-max", supplied.n_max, 1, PacketTrace::kMostN, *options.n_max);
        !read)
      return std::move(read).error();
  }
  if (!supplied.deltas) return options;
  auto items = TRY(split_list(*supplied.deltas).in("--deltas"));
  options.deltas.emplace();
  for (const std::string& item : items) {
    auto delta = TRY(parse_count(item, 1, UINT64_MAX).in("--deltas"));
    options.deltas->push_back(delta);
  }
  return options;
}

Result<std::string> analyze_packets(const Supplied& supplied, LineInput& input) {
  const auto options = TRY(packet_options(supplied));
  const auto trace = TRY(read_packets(input, options));
  return to_json(figures_of(trace));
}

Result<HistogramParameters> histogram_parameters(const Supplied& supplied) {
  HistogramParameters parameters;
  constexpr std::int64_t kMost = std::int64_t{1} << 62;
  auto read = all_of({
      read_count("--significant-digits", supplied.significant_digits, 1, 5,
                 parameters.significant_digits),
      // So that the counters of five digits fit behind it.
      read_count("--lowest", supplied.lowest, 1, std::uint64_t{1} << 40, parameters.lowest),
      read_count("--highest", supplied.highest, 2, kMost, parameters.highest),
  });
  if (!read) return std::move(read).error();
  if (parameters.highest / 2 < parameters.lowest) {
    return Error{fmt::format("--highest: {} is less than twice the lowest, {}", parameters.highest,
                             parameters.lowest)};
  }
  return parameters;
}

Result<std::string> analyze_values(const Supplied& supplied, LineInput& input) {
  const auto parameters = TRY(histogram_parameters(supplied));
  report::HgrmOptions hgrm;
  TRY(all_of({read_number("--divide-by", supplied.divide_by, 1e-9, 1e18, hgrm.divide_by),
              read_count("--ticks", supplied.ticks, 1, 1000, hgrm.ticks_per_half_distance)}));
  const auto histogram = TRY(read_values(input, parameters));
  const std::string_view format = supplied.to ? std::string_view(*supplied.to) : "json";
  if (format == "hgrm") return report::to_hgrm(histogram, hgrm);
  if (format == "hlog") {
    const std::array intervals = {report::HlogInterval{.tag = {}, .histogram = &histogram}};
    return report::to_hlog(intervals, {.comment = "Logged by sockmark analyze", .start = {}});
  }
  return tell_values(histogram);
}

Result<std::string> analyze_pairs(const Supplied& supplied, LineInput& input) {
  PairsOptions options;
  options.higher_is_better = supplied.higher_is_better;
  double margin = 0;
  TRY(all_of({read_number("--margin", supplied.margin, 1, 1000, margin),
              read_count("--seed", supplied.seed, 0, UINT64_MAX, options.seed)}));
  if (supplied.margin) options.margin = margin;
  const auto log_ratios = TRY(read_log_ratios(input));
  return tell_pairs(log_ratios, options);
}

// The position of a word in its list.
template <std::size_t N>
Result<std::size_t> choose(const char* what, const std::string& word,
                           const std::array<std::string_view, N>& words) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return unknown_word(what, word, words);
  return static_cast<std::size_t>(found - words.begin());
}

Result<std::string> analyze(const Supplied& supplied) {
  if (supplied.file.empty()) return Error{"analyze: no file given; - is standard input"};
  const auto chosen = choose("kind", supplied.kind.value_or("packets"), kKinds);
  if (!chosen) return Error(chosen.error()).in("--kind");
  const auto kind = static_cast<Kind>(*chosen);
  const auto format = choose("format", supplied.to.value_or("json"), kFormats);
  if (!format) return Error(format.error()).in("--to");
  if (*format != 0 && kind != Kind::values) {
    return Error{fmt::format("--to {}: is of --kind values", *supplied.to)};
  }
  for (const Belonging& option : kBelongings) {
    if (supplied.*option.text && option.kind != kind) {
      return Error{fmt::format("{}: is of --kind {}", option.name,
                               kKinds[static_cast<std::size_t>(option.kind)])};
    }
  }
  if (supplied.higher_is_better && kind != Kind::pairs)
    return Error{"--higher-is-better: is of --kind pairs"};
  auto input = TRY(LineInput::open(supplied.file));
  switch (kind) {
    case Kind::packets:
      return analyze_packets(supplied, input);
    case Kind::values:
      return analyze_values(supplied, input);
    case Kind::pairs:
      return analyze_pairs(supplied, input);
  }
  return Error{"analyze: no such kind"};
}

}  // namespace

Command add_analyze(CLI::App& app) {
  auto supplied = std::make_shared<Supplied>();
  auto* command = app.add_subcommand("analyze", "The same arithmetic on data measured elsewhere");
  command->footer(kExamples);
  const auto add = [&](const char* names, auto& text, const char* description, const char* kind) {
    command->add_option(names, text, description)->type_name(kind);
  };
  add("FILE", supplied->file, "What to read; - is standard input", "");
  add("--kind", supplied->kind, "What is in it: packets, values, pairs (packets)", "WORD");
  add("--to", supplied->to, "json; of values also hgrm, hlog (json)", "WORD");
  add("--tmax", supplied->tmax, "packets: one that takes longer is lost (the file's, or 1s)",
      "TIME");
  add("--n-max", supplied->n_max, "packets: n-reordering up to this n (the file's, or 100)", "N");
  add("--deltas", supplied->deltas,
      "packets: loss distances of the noticeable rates (the file's, or 1,2,10,99,100)", "LIST");
  add("--significant-digits", supplied->significant_digits, "values: 1 to 5 (3)", "N");
  add("--lowest", supplied->lowest, "values: lowest that is told from 0 (1)", "N");
  add("--highest", supplied->highest, "values: beyond it counts as overflow (3600000000000)", "N");
  add("--divide-by", supplied->divide_by, "values, hgrm: unit of the values (1000: us of ns)", "X");
  add("--ticks", supplied->ticks, "values, hgrm: lines per half distance to 100 % (5)", "N");
  add("--margin", supplied->margin, "pairs: how much worse B may be, as a ratio: 1.05", "RATIO");
  add("--seed", supplied->seed, "pairs: of what is drawn by lot beyond 16 blocks (1)", "N");
  command->add_flag("--higher-is-better", supplied->higher_is_better,
                    "pairs: of throughput; lower is better without");
  return {.app = command, .action = [supplied] {
            const auto text = analyze(*supplied);
            return text ? print(*text) : complain(text.error(), kBadInput);
          }};
}

}  // namespace sockmark::cli
