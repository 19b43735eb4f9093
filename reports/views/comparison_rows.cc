#include "reports/views/comparison_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "base/printable.h"
#include "reports/compare/compare_effect.h"
#include "reports/format/units.h"
#include "reports/model/reasons.h"
#include "reports/model/shown_difference.h"
#include "stats/sign_flip.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kNameColumns = 60;   // of a case
constexpr std::size_t kLineColumns = 160;  // of a sentence with names from a report in it

// --- cells --------------------------------------------------------------------------------------

std::span<const Unit> units_of(const Metric& metric) {
  switch (metric.unit) {
    case MetricUnit::ns:
      return kTime;
    case MetricUnit::bytes_per_s:
      return kBytes;
    case MetricUnit::ratio:
      return kPerCent;
    case MetricUnit::messages_per_s:
      break;
  }
  return kCount;
}

std::string quantity(double value, const Metric& metric, Unit unit, double smallest) {
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
    row[kBaselineColumn].text = quantity(*median, metric, unit, smallest);
  if (const auto& median = comparison.candidate_median)
    row[kCandidateColumn].text = quantity(*median, metric, unit, smallest);
}

// A ratio as a change in per cent; from ten times on per cent are no help.
bool is_large(double ratio) { return ratio >= 10; }

std::string ratio_number(double ratio, bool large) {
  if (large) return fmt::format("×{:.3g}", ratio);
  const double per_cent = 100 * (ratio - 1);
  const double size = std::abs(per_cent);
  if (size < 0.05) return "0.0";
  return size < 99.95 ? fmt::format("{:+.1f}", per_cent) : fmt::format("{:+.0f}", per_cent);
}

std::string points_number(double difference) {
  return difference == 0 ? "0" : fmt::format("{:+.3g}", 100 * difference);
}

std::string change_text(double effect, bool is_ratio) {
  if (!is_ratio) return points_number(effect) + " pp";
  const bool large = is_large(effect);
  return ratio_number(effect, large) + (large ? "" : " %");
}

std::string interval_text(const std::array<double, 2>& ends, bool is_ratio) {
  if (!is_ratio) return fmt::format("{} to {} pp", points_number(ends[0]), points_number(ends[1]));
  const bool large = is_large(ends[1]);
  return fmt::format("{} to {}{}", ratio_number(ends[0], large), ratio_number(ends[1], large),
                     large ? "" : " %");
}

ComparisonCell difference_cell(const Comparison& comparison, const Metric& metric) {
  const bool time = metric.is_latency;
  switch (shown_difference(comparison)) {
    case Shown::slower:
      return {time ? "slower" : "worse", Tone::bad};
    case Shown::faster:
      return {time ? "faster" : "better", Tone::good};
    case Shown::none:
      return {"none shown"};
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
  const bool is_ratio = comparison.effect == EffectKind::ratio;
  if (comparison.estimate) row[kChangeColumn].text = change_text(*comparison.estimate, is_ratio);
  if (comparison.interval)
    row[kIntervalColumn].text = interval_text(*comparison.interval, is_ratio);
  row[kDifferenceColumn] = difference_cell(comparison, of);
  row[kVerdictColumn] = gated ? gate_cell(comparison) : p_cell(comparison.p_adjusted);
  if (comparison.mde90) {
    const double effect = is_ratio ? 1 + *comparison.mde90 : *comparison.mde90;
    // So few runs find hardly anything; which multiple it is means nothing.
    constexpr double kMostTold = 10;
    row[kDetectableColumn].text =
        is_ratio && effect > kMostTold ? ">×10" : change_text(effect, is_ratio);
  }
  return row;
}

// --- the pair of cases --------------------------------------------------------------------------

// Metrics to which the same sentence applies, in the order in which the sentences occur.
class Sentences {
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

// Both are right; who sees the two medians beside the change would take one for a slip.
bool contradicts_medians(const Comparison& one) {
  if (one.design != Design::paired || !one.estimate) return false;
  if (!one.baseline_median || !one.candidate_median) return false;
  const double change = one.effect == EffectKind::ratio ? *one.estimate - 1 : *one.estimate;
  return change * (*one.candidate_median - *one.baseline_median) < 0;
}

std::vector<std::string> beneath(std::span<const Comparison> pair) {
  std::vector<std::string> lines;
  const Comparison& first = pair.front();
  if (!first.unequal.empty()) {
    const std::string things = fmt::format("{}", fmt::join(first.unequal, "; "));
    lines.push_back("not equal: " + printable(things, kLineColumns));
  }
  Sentences undefined, reasons, needed;
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
            fmt::format("about {} {} would find a change as large as the margin", *blocks, unit),
            name);
      } else if (!blocks && blocks.reason() == kTooManyBlocks) {
        needed.add(fmt::format("a change as large as the margin takes more than {} {} to find",
                               kMaxBlocks, unit),
                   name);
      }
    } else if (!comparison.estimate) {
      undefined.add(reason_in_words(comparison.estimate.reason()), name);
    } else if (!comparison.interval) {
      undefined.add("no interval: " + reason_in_words(comparison.interval.reason()), name);
    }
    if (comparison.interval && !comparison.mde90) {
      undefined.add("no \"would find\": " + reason_in_words(comparison.mde90.reason()), name);
    }
    if (contradicts_medians(comparison))
      reasons.add("the change is of the blocks, one by one; the medians differ the other way",
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

std::string title_of(const Comparison& first) {
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
          ? "paired by blocks, one run of each: the change is the mean over the blocks, which\n"
            "need not be that of the two medians"
          : "unpaired: the runs of the two sides were made at different times, and a change\n"
            "may be that of the machine meanwhile. It is the middle of the changes from each\n"
            "run of one side to each of the other, which need not be that of the two medians");
  lines.emplace_back(
      "would find: the smallest change that so many runs with such a spread find nine\n"
      "times in ten; \"none shown\" says nothing of smaller ones");
  if (!gated) {
    lines.emplace_back(
        "p (BH): how often chance alone gives such a change, adjusted for the number of\n"
        "lines (Benjamini-Hochberg); for exploring. Above 0.05 a change may be chance,\n"
        "also where its interval alone shows one");
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

ComparisonRows comparison_rows(const CompareOutcome& outcome) {
  const bool gated = outcome.verdict != ComparisonVerdict::no_gate && outcome.gates.total() > 0;
  ComparisonRows rows{.heads = {"metric", "baseline", "candidate", "change", "95 % interval",
                                "difference", gated ? "gate" : "p (BH)", "would find"},
                      .pairs = {},
                      .legend = legend(outcome, gated)};
  const std::span<const Comparison> all = outcome.comparisons;
  for (std::size_t begin = 0; begin < all.size();) {
    const Comparison& first = all[begin];
    std::size_t end = begin;
    ComparedPair pair;
    for (; end < all.size() && all[end].baseline == first.baseline &&
           all[end].candidate == first.candidate;
         ++end) {
      pair.rows.push_back(row_of(all[end], *find_metric(all[end].metric), gated));
    }
    pair.title = title_of(first);
    pair.beneath = beneath(all.subspan(begin, end - begin));
    rows.pairs.push_back(std::move(pair));
    begin = end;
  }
  return rows;
}

VerdictLine verdict_line(const CompareOutcome& outcome) {
  if (outcome.verdict == ComparisonVerdict::no_gate) {
    return {.word = {},
            .rest =
                "no gate was set, so that a difference is an answer and no failure; "
                "--gate p50:1.05 sets one"};
  }
  if (outcome.verdict == ComparisonVerdict::refused)
    return {"not compared", Tone::bad, ": the two reports are not comparable"};
  if (outcome.verdict == ComparisonVerdict::invalid)
    return {"invalid", Tone::bad, ": no verdict from these runs"};
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
