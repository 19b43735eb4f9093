#include "bench/analysis/analysis_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "reports/format/base64.h"
#include "reports/json/json_writer.h"
#include "reports/model/report.h"
#include "stats/paired.h"

namespace sockmark {

namespace {

using report::FieldWriter;
using report::Interval;
using report::JsonWriter;

constexpr const char* kNoValues = "no_values";
constexpr const char* kFewBlocks = "too_few_blocks";
constexpr const char* kManyBlocks = "too_many_blocks";

// The percentiles that HdrHistogram's own tools are compared at.
constexpr std::array<Ppm, 21> kPercentiles = {0,       10'000,  50'000,   100'000, 125'000, 250'000,
                                              333'333, 500'000, 666'667,  750'000, 800'000, 900'000,
                                              950'000, 990'000, 995'000,  999'000, 999'500, 999'900,
                                              999'990, 999'999, 1'000'000};

void write_percentiles(JsonWriter& out, FieldWriter& visit, const Histogram& histogram) {
  out.key("percentiles");
  out.begin_list(JsonWriter::Layout::indented);
  for (const Ppm ppm : kPercentiles) {
    out.begin_list(JsonWriter::Layout::one_line);
    out.number(static_cast<double>(ppm) / 10'000);
    const auto value = histogram.percentile(ppm);
    value ? out.integer(*value) : out.null();
    out.end_list();
  }
  out.end_list();
  if (histogram.empty()) visit("percentiles_reason", std::string(kNoValues));
  if (histogram.overflow() > 0) visit("percentiles_reason", std::string(report::kOverflow));
}

// [low, high], or [null, null] with the reason.
void write_interval(JsonWriter& out, FieldWriter& visit, const char* name,
                    const std::optional<Interval>& interval, const char* reason) {
  if (interval) {
    visit(name, std::array{interval->low, interval->high});
    return;
  }
  out.key(name);
  out.begin_list(JsonWriter::Layout::one_line);
  out.null();
  out.null();
  out.end_list();
  visit(fmt::format("{}_reason", name), std::string(reason));
}

std::optional<double> exponential(const std::optional<double>& log) {
  return log ? std::optional(std::exp(*log)) : std::nullopt;
}

std::optional<Interval> exponential(const std::optional<Interval>& logs) {
  if (!logs) return std::nullopt;
  return Interval{std::exp(logs->low), std::exp(logs->high)};
}

// Inverted if higher is better, so that more is worse.
std::optional<Interval> badness(const std::optional<Interval>& ratio, bool higher_is_better) {
  if (!ratio || !higher_is_better) return ratio;
  return Interval{1 / ratio->high, 1 / ratio->low};
}

void write_margin(FieldWriter& visit, std::span<const double> log_ratios, double margin,
                  std::uint64_t seed) {
  const auto tests = report::test_margin(log_ratios, margin, seed);
  visit(fmt::format("t_p_worse_than_{}", margin), maybe(tests.t_p_worse, kFewBlocks));
  visit(fmt::format("t_p_noninferior_{}", margin), maybe(tests.t_p_noninferior, kFewBlocks));
  visit(fmt::format("signflip_p_worse_than_{}", margin), tests.signflip_p_worse);
}

}  // namespace

std::string values_json(const Histogram& histogram) {
  const bool any = histogram.count() > histogram.overflow();
  const auto equivalent = histogram.equivalent();
  const auto counted = [&](auto value) {
    return any ? Maybe<decltype(value)>(value) : Maybe<decltype(value)>::none(kNoValues);
  };
  JsonWriter out(JsonWriter::Layout::indented);
  out.begin_object();
  FieldWriter visit(out);
  visit("total_count", histogram.count() - histogram.overflow());
  visit("overflow", histogram.overflow());
  visit("min", counted(equivalent.min));
  visit("max", counted(equivalent.max));
  visit("mean", counted(equivalent.mean));
  visit("stddev", counted(equivalent.standard_deviation));
  visit("exact_min", maybe(histogram.min(), kNoValues));
  visit("exact_max",
        maybe(histogram.max(), histogram.overflow() > 0 ? report::kOverflow : kNoValues));
  visit("exact_mean", maybe(histogram.mean(), kNoValues));
  write_percentiles(out, visit, histogram);
  visit("v2_uncompressed_base64", report::base64(histogram.encode_v2()));
  visit("v2_compressed_base64", report::base64(histogram.encode_v2_compressed()));
  out.end_object();
  return std::move(out).take() + "\n";
}

std::string pairs_json(std::span<const double> log_ratios, const PairsOptions& options) {
  const auto c = report::compare_paired(log_ratios, {.seed = options.seed});
  const auto ranked = c.n > report::kRankedMax ? kManyBlocks : kFewBlocks;
  JsonWriter out(JsonWriter::Layout::indented);
  out.begin_object();
  FieldWriter visit(out);
  visit("n", c.n);
  visit("mean", c.mean);
  visit("sd", maybe(c.sd, kFewBlocks));
  visit("t_quantile", maybe(c.t_quantile, kFewBlocks));
  write_interval(out, visit, "mean_ci95", c.t_interval, kFewBlocks);
  visit("ratio", std::exp(c.mean));
  write_interval(out, visit, "ratio_ci95", exponential(c.t_interval), kFewBlocks);
  visit("t_p", maybe(c.t_p, kFewBlocks));
  visit("signflip_p", c.signflip_p);
  visit("signflip_p_exact", c.n <= report::kMaxBlocksExact
                                ? Maybe<double>(report::signflip_p_exact(log_ratios))
                                : Maybe<double>::none(kManyBlocks));
  write_interval(out, visit, "subset_mean_ci95", c.interval, kFewBlocks);
  write_interval(out, visit, "subset_mean_ci99",
                 report::subset_mean_interval(log_ratios, 0.01, options.seed), kFewBlocks);
  const auto deciding = exponential(c.interval);
  write_interval(out, visit, "subset_mean_ratio_ci95", deciding, kFewBlocks);
  visit("hl_pseudomedian", c.hl_pseudomedian);
  visit("wilcoxon_V", c.wilcoxon_v);
  visit("wilcoxon_p_exact", maybe(c.wilcoxon_p, kManyBlocks));
  write_interval(out, visit, "hl_ci95_exact", c.hl_interval95, ranked);

  std::vector<double> margins = {1.02, 1.05};
  if (options.margin && std::find(margins.begin(), margins.end(), *options.margin) == margins.end())
    margins.push_back(*options.margin);
  for (const double margin : margins) write_margin(visit, log_ratios, margin, options.seed);
  visit("mde80_ratio_normal_approx", maybe(exponential(c.mde80), kFewBlocks));
  visit("mde90_ratio_normal_approx", maybe(exponential(c.mde90), kFewBlocks));
  visit("mde90", c.mde90 ? Maybe<double>(std::exp(*c.mde90) - 1) : Maybe<double>::none(kFewBlocks));
  if (options.margin) {
    const auto verdict =
        report::judge(badness(deciding, options.higher_is_better), *options.margin);
    visit("margin", *options.margin);
    visit("difference", std::string(name_of(verdict.difference)));
    visit("gate", std::string(name_of(verdict.gate)));
  }
  out.end_object();
  return std::move(out).take() + "\n";
}

}  // namespace sockmark
