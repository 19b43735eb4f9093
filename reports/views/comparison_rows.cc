#include "reports/views/comparison_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "base/printable.h"
#include "reports/compare/compare_effect.h"
#include "reports/format/text_limits.h"
#include "reports/format/units.h"
#include "reports/model/reasons.h"
#include "reports/model/shown_difference.h"
#include "reports/views/metric_text.h"
#include "stats/sign_flip.h"

namespace sockmark::report {
namespace {

// --- cells --------------------------------------------------------------------------------------

std::string median_text(double value, const Metric& metric, Unit unit, double smallest) {
  if (metric.may_be_zero && value == 0) return "0 %";
  return with_unit(value, unit, decimals_for(smallest / unit.size));
}

// Two medians of a metric in one unit.
void add_medians(const Comparison& comparison, const Metric& metric, ComparisonRow& row) {
  double smallest = 0;
  for (const auto* median : {&comparison.baseline_median, &comparison.candidate_median}) {
    if (*median && **median > 0 && (smallest == 0 || **median < smallest)) smallest = **median;
  }
  const Unit unit = unit_for(smallest, units_of(metric));
  if (const auto& median = comparison.baseline_median)
    row[kBaselineColumn].text = median_text(*median, metric, unit, smallest);
  if (const auto& median = comparison.candidate_median)
    row[kCandidateColumn].text = median_text(*median, metric, unit, smallest);
}

// How an effect is printed: ratios in per cent, or from ten times on as multiples, which are easier
// to read; differences in percentage points.
enum class Scale { per_cent, multiple, points };

Scale scale_of(EffectKind effect, double largest) {
  if (effect == EffectKind::difference) return Scale::points;
  return largest >= 10 ? Scale::multiple : Scale::per_cent;
}

std::string number_in(Scale scale, double effect) {
  if (scale == Scale::multiple) return fmt::format("×{:.3g}", effect);
  if (scale == Scale::points) return effect == 0 ? "0" : fmt::format("{:+.3g}", 100 * effect);
  const double per_cent = 100 * (effect - 1);
  const double size = std::abs(per_cent);
  if (size < 0.05) return "0.0";
  return size < 99.95 ? fmt::format("{:+.1f}", per_cent) : fmt::format("{:+.0f}", per_cent);
}

std::string_view unit_of(Scale scale) {
  constexpr std::string_view kUnits[] = {" %", "", " pp"};
  return kUnits[static_cast<std::size_t>(scale)];
}

std::string effect_text(double value, EffectKind effect) {
  const Scale scale = scale_of(effect, value);
  return fmt::format("{}{}", number_in(scale, value), unit_of(scale));
}

std::string effect_interval(const std::array<double, 2>& ends, EffectKind effect) {
  const Scale scale = scale_of(effect, ends[1]);
  return fmt::format("{} to {}{}", number_in(scale, ends[0]), number_in(scale, ends[1]),
                     unit_of(scale));
}

ComparisonCell difference_cell(const Comparison& comparison, const Metric& metric) {
  const bool time = metric.is_latency;
  switch (shown_difference(comparison)) {
    case Shown::slower:
      return {time ? "slower" : "worse", Tone::bad};
    case Shown::faster:
      return {time ? "faster" : "better", Tone::good};
    case Shown::none:
      return {"not significant"};
    case Shown::may_be_chance:
      return {"may be chance"};
    case Shown::observed:
      return {"differs, unpaired"};
    case Shown::undefined:
      break;
  }
  return {};
}

ComparisonCell gate_cell(const Comparison& comparison) {
  if (!comparison.gate) return {};
  const GateVerdict& gate = *comparison.gate;
  const std::string text = fmt::format("{} ({:.6g})", name_of(gate.verdict), gate.margin);
  return {text, gate.verdict == Gate::fail   ? Tone::bad
                : gate.verdict == Gate::pass ? Tone::good
                                             : Tone::plain};
}

ComparisonCell p_cell(const Maybe<double>& p) {
  if (!p) return {};
  return {*p < 0.001 ? "<0.001" : fmt::format("{:.3f}", *p)};
}

ComparisonRow row_of(const Comparison& comparison, const Metric& of, bool gated) {
  ComparisonRow row;
  row[kMetricColumn].text = of.short_name;
  add_medians(comparison, of, row);
  const EffectKind effect = comparison.effect;
  if (comparison.estimate) row[kChangeColumn].text = effect_text(*comparison.estimate, effect);
  if (comparison.interval)
    row[kIntervalColumn].text = effect_interval(*comparison.interval, effect);
  row[kDifferenceColumn] = difference_cell(comparison, of);
  row[kVerdictColumn] = gated ? gate_cell(comparison) : p_cell(comparison.p_adjusted);
  if (comparison.mde90) {
    const double change = effect == EffectKind::ratio ? 1 + *comparison.mde90 : *comparison.mde90;
    // Larger multiples are not meaningful.
    const bool large = effect == EffectKind::ratio && change > 10;
    row[kDetectableColumn].text = large ? ">×10" : effect_text(change, effect);
  }
  return row;
}

// --- the pair of cases --------------------------------------------------------------------------

// Metrics to which the same sentence applies, in the order in which the sentences occur.
class NotesByMetric {
 public:
  void add(const std::string& sentence, std::string_view metric_name) {
    const auto found =
        std::ranges::find(lines_, sentence, [](const auto& line) { return line.first; });
    auto& metrics =
        found == lines_.end() ? lines_.emplace_back(sentence, Names()).second : found->second;
    metrics.emplace_back(metric_name);
  }
  void append_to(std::vector<std::string>& lines) const {
    for (const auto& [sentence, metrics] : lines_) {
      lines.push_back(
          fmt::format("{}: {}", fmt::join(metrics, ", "), printable(sentence, kLineColumns)));
    }
  }

 private:
  using Names = std::vector<std::string_view>;
  std::vector<std::pair<std::string, Names>> lines_;
};

// Both are right, but next to each other they look like a mistake.
bool contradicts_medians(const Comparison& one) {
  if (one.design != Design::paired || !one.estimate) return false;
  if (!one.baseline_median || !one.candidate_median) return false;
  const double change = one.effect == EffectKind::ratio ? *one.estimate - 1 : *one.estimate;
  return change * (*one.candidate_median - *one.baseline_median) < 0;
}

std::vector<std::string> pair_notes(std::span<const Comparison> pair) {
  std::vector<std::string> lines;
  const Comparison& first = pair.front();
  if (!first.unequal.empty()) {
    const std::string things = fmt::format("{}", fmt::join(first.unequal, "; "));
    lines.push_back("not equal: " + printable(things, kLineColumns));
  }
  NotesByMetric undefined, reasons, needed;
  const char* unit = first.design == Design::paired ? "blocks" : "runs of each";
  for (const Comparison& comparison : pair) {
    const std::string_view name = find_metric(comparison.metric)->short_name;
    const bool inconclusive = comparison.gate && comparison.gate->verdict == Gate::inconclusive;
    if (inconclusive) {
      for (const std::string& reason : comparison.gate->reasons)
        reasons.add("inconclusive: " + reason, name);
      const Maybe<std::uint64_t>& blocks = comparison.gate->blocks_needed;
      if (blocks && *blocks > comparison.blocks) {
        needed.add(
            fmt::format("about {} {} can detect a change as large as the margin", *blocks, unit),
            name);
      } else if (!blocks && blocks.reason() == kTooManyBlocks) {
        needed.add(
            fmt::format("more than {} {} are needed to detect a change as large as the margin",
                        kMaxBlocks, unit),
            name);
      }
    } else if (!comparison.estimate) {
      undefined.add(reason_in_words(comparison.estimate.reason()), name);
    } else if (!comparison.interval) {
      undefined.add("no interval: " + reason_in_words(comparison.interval.reason()), name);
    }
    if (comparison.interval && !comparison.mde90) {
      undefined.add("no detectable change: " + reason_in_words(comparison.mde90.reason()), name);
    }
    if (contradicts_medians(comparison))
      reasons.add(
          "the change is the mean over the blocks; the medians differ in the other direction",
          name);
  }
  undefined.append_to(lines);
  reasons.append_to(lines);
  needed.append_to(lines);
  return lines;
}

// "12 runs of each", "12 and 14 runs"; of a report that does not say, what it does.
std::string runs_of(const Comparison& one) {
  const auto &baseline = one.baseline_runs, &candidate = one.candidate_runs;
  if (!baseline || !candidate) return fmt::format("{} or more runs of each", one.blocks);
  if (*baseline != *candidate) return fmt::format("{} runs against {}", *candidate, *baseline);
  return fmt::format("{} run{} of each", *baseline, *baseline == 1 ? "" : "s");
}

std::string pair_title(const Comparison& first) {
  const std::string of_each =
      first.design == Design::paired
          ? fmt::format("{} block{}", first.blocks, first.blocks == 1 ? "" : "s")
          : "unpaired, " + runs_of(first);
  if (first.baseline == first.candidate)
    return fmt::format("{}, {}", printable(first.candidate, kNameColumns), of_each);
  return fmt::format("{} against {}, {}", printable(first.candidate, kNameColumns),
                     printable(first.baseline, kNameColumns), of_each);
}

std::string_view why_stopped(StoppedBy by) {
  switch (by) {
    case StoppedBy::fixed:
      break;
    case StoppedBy::precision:
      return "every gate's interval was narrow enough";
    case StoppedBy::max_blocks:
      return "at the most blocks that were planned";
    case StoppedBy::budget:
      return "out of time";
    case StoppedBy::interrupted:
      return "cut short";
  }
  return "";
}

// How many blocks there were was decided beforehand, or by how precise the intervals were; never by
// what they said.
std::string stopping_line(const Stopping& stopping) {
  const auto& by = stopping.stopped_by;
  if (by == StoppedBy::fixed) return "";
  std::string line =
      "stopped: " + (by.value() ? std::string(why_stopped(*by.value())) : printable(by.name(), 20));
  if (stopping.planned_looks.size() > 1)
    line += fmt::format("; planned looks at {} blocks", fmt::join(stopping.planned_looks, ", "));
  return line;
}

std::vector<std::string> legend(const CompareOutcome& outcome, bool gated) {
  std::vector<std::string> lines;
  lines.emplace_back(
      outcome.design == Design::paired
          ? "paired: a block has one run of each side; the change is the mean over the blocks\n"
            "and may differ from the change of the medians"
          : "unpaired: the two sides ran at different times, so that the machine may have\n"
            "changed. The change is the median over all pairs of a run of each side, and may\n"
            "differ from the change of the medians");
  lines.emplace_back(
      "detectable: the smallest change that these runs detect nine times in ten; \"not\n"
      "significant\" (at 5 %) says nothing about smaller changes");
  if (!gated) {
    lines.emplace_back(
        "p (BH): probability of such a change by chance alone, adjusted for the number of\n"
        "lines (Benjamini-Hochberg). Above 0.05 a change may be chance, even if its\n"
        "interval excludes no change");
  }
  if (std::ranges::any_of(outcome.comparisons, [](const Comparison& comparison) {
        return comparison.effect == EffectKind::difference && comparison.estimate;
      }))
    lines.emplace_back("pp: percentage points");
  if (outcome.stopping) {
    if (auto line = stopping_line(*outcome.stopping); !line.empty())
      lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

std::vector<std::span<const Comparison>> pairs_of(const CompareOutcome& outcome) {
  std::vector<std::span<const Comparison>> pairs;
  const std::span<const Comparison> all = outcome.comparisons;
  for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    while (end < all.size() && all[end].baseline == all[begin].baseline &&
           all[end].candidate == all[begin].candidate)
      ++end;
    pairs.push_back(all.subspan(begin, end - begin));
  }
  return pairs;
}

ComparisonRows comparison_rows(const CompareOutcome& outcome) {
  const bool gated = outcome.verdict != ComparisonVerdict::no_gate && outcome.gates.total() > 0;
  ComparisonRows rows{.headers = {"metric", "baseline", "candidate", "change", "95 % interval",
                                  "difference", gated ? "gate" : "p (BH)", "detectable"},
                      .pairs = {},
                      .legend = legend(outcome, gated)};
  for (const std::span<const Comparison> comparisons : pairs_of(outcome)) {
    ComparedPair& pair = rows.pairs.emplace_back();
    pair.title = pair_title(comparisons.front());
    for (const Comparison& one : comparisons)
      pair.rows.push_back(row_of(one, *find_metric(one.metric), gated));
    pair.notes = pair_notes(comparisons);
  }
  return rows;
}

VerdictLine verdict_line(const CompareOutcome& outcome) {
  if (outcome.verdict == ComparisonVerdict::no_gate) {
    return {.word = {},
            .rest = "no gate was set: no difference is a failure; --gate p50:1.05 sets one"};
  }
  if (outcome.verdict == ComparisonVerdict::refused)
    return {"not compared", Tone::bad, ": the two reports are not comparable"};
  if (outcome.verdict == ComparisonVerdict::invalid)
    return {"invalid", Tone::bad, ": these runs give no verdict"};
  const Counts& gates = outcome.gates;
  VerdictLine line{.word = std::string(name_of(outcome.verdict)),
                   .tone = outcome.verdict == ComparisonVerdict::fail   ? Tone::bad
                           : outcome.verdict == ComparisonVerdict::pass ? Tone::good
                                                                        : Tone::plain,
                   .rest = fmt::format(": of {} gate{} {} passed, {} failed, {} inconclusive",
                                       gates.total(), gates.total() == 1 ? "" : "s", gates.pass,
                                       gates.fail, gates.inconclusive)};
  if (outcome.verdict == ComparisonVerdict::inconclusive &&
      outcome.inconclusive != Inconclusive::own)
    line.rest += fmt::format(" (counts as {})", name_of(outcome.inconclusive));
  return line;
}

std::string line_of(const Mismatch& mismatch) {
  return printable(fmt::format("{}: {}, {}", mismatch.item, mismatch.baseline, mismatch.candidate),
                   kLineColumns);
}

std::string line_of(const ExcludedRun& run) {
  const std::string where =
      run.report ? fmt::format(" of the {}", run.report->name()) : std::string();
  return printable(
      fmt::format("excluded: run {} of {}{}: {}", run.index, run.case_id, where, run.rule),
      kLineColumns);
}

}  // namespace sockmark::report
