// Each export format against its golden file, and what no format may do whatever the report says.
// What other tools make of them: tests/end_to_end/exports_test.py.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "reports/chart_data/charts_json.h"
#include "reports/exports/common/case_names.h"
#include "reports/exports/common/timestamp.h"
#include "reports/exports/csv.h"
#include "reports/exports/formats.h"
#include "reports/exports/junit.h"
#include "tests/reports/exports/export_sample.h"
#include "tests/reports/render/expect_text.h"

namespace sockmark::report {
namespace {

using Json = nlohmann::json;

std::string exported(std::string_view format, const Report& report) {
  const auto text = find_format(format)->text(report, {.branch = "main"});
  EXPECT_TRUE(text) << text.error().message;
  return text ? *text : std::string();
}

// Formats of one case are of the first.
std::string exported(std::string_view format) {
  const bool one = format == "hgrm" || format == "otava";
  const Report report = exported_report();
  return exported(format, one ? with_cases(report, std::vector{report.cases[0].id}) : report);
}

bool is_json(std::string_view format) {
  return format.starts_with("google-benchmark") || format.starts_with("github-action") ||
         format == "bencher" || format == "charts";
}

// In small letters.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

TEST(Exports, RunsWithInterferenceAreMarked) {
  Report report = exported_report();
  report.cases = {report.cases[0]};
  const auto count = [&](std::string_view format, std::string_view mark) {
    const std::string text = exported(format, report);
    std::size_t found = 0;
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) ++found;
    return found;
  };
  constexpr const char* kOfSome = "runs, 2 of them with interference: latencies are upper bounds";
  constexpr const char* kLabel = "\"label\": \"interference\"";
  EXPECT_EQ(count("github-action-benchmark", "interference"), 0U);
  EXPECT_EQ(count("google-benchmark", kLabel), 0U);
  for (const std::size_t r : {0U, 2U}) report.cases[0].runs[r].interference_reasons = {"late"};
  EXPECT_EQ(count("github-action-benchmark", kOfSome),
            count("github-action-benchmark", "\"extra\""));
  EXPECT_GT(count("github-action-benchmark", kOfSome), 0U);
  // Two of three runs and the median of each metric.
  EXPECT_EQ(count("google-benchmark", kLabel), count("google-benchmark", "\"run_type\"") / 4 * 3);
  for (const char* format : {"openmetrics", "prometheus"}) {
    EXPECT_EQ(count(format, "\nsockmark_runs_with_interference{case=\"tcp/rr/64B/c1\","), 1U);
    EXPECT_NE(exported(format, report).find("workload=\"rr\"} 2\n"), std::string::npos);
  }
}

TEST(Junit, TellsAComparisonsDocumentAndWhyNothingOfItCounts) {
  ComparisonDocument document;
  document.comparisons = exported_report().comparisons;
  std::erase_if(document.comparisons, [](const Comparison& one) { return !one.gate; });
  ASSERT_FALSE(document.comparisons.empty());
  const std::string sound = to_junit(document);
  EXPECT_NE(sound.find("classname=\"sockmark.udp\" name=\"udp/rr/64B/c1: p50_ns"),
            std::string::npos)
      << sound;
  EXPECT_NE(sound.find("errors=\"0\""), std::string::npos);
  document.invalid = {"udp: 3 of 4 runs failed", "a <b>"};
  const std::string invalid = to_junit(document);
  EXPECT_NE(invalid.find("errors=\"1\""), std::string::npos);
  EXPECT_NE(
      invalid.find("<error type=\"invalid\" message=\"udp: 3 of 4 runs failed, a &lt;b&gt;\"/>"),
      std::string::npos)
      << invalid;
}

TEST(Junit, SaysThatAnEffectIsUndefined) {
  Report report = exported_report();
  for (Comparison& one : report.comparisons) {
    if (!one.gate) continue;
    one.estimate = Maybe<double>::none(kNotApplicable);
    one.interval = decltype(one.interval)::none(kNotApplicable);
    one.gate->verdict = Gate::inconclusive;
  }
  EXPECT_NE(exported("junit", report).find("ratio undefined, margin 1.05"), std::string::npos);
}

TEST(Formats, OfAComparisonIsJunitAlone) {
  for (const Format& format : formats())
    EXPECT_EQ(format.of_comparison != nullptr, format.name == "junit") << format.name;
}

class EveryFormat : public testing::TestWithParam<Format> {};
INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat,
                         testing::ValuesIn(formats().begin(), formats().end()),
                         [](const auto& parameter) {
                           std::string name(parameter.param.name);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

// One case with an awkward name, of which some figures are undefined. JUnit's sample has a gate of
// each verdict. Formats that are variants of another have tests of their own.
TEST_P(EveryFormat, IsItsGoldenFile) {
  const std::string_view name = GetParam().name;
  if (name == "charts" || name == "google-benchmark-medians" || name == "prometheus" ||
      name.starts_with("github-action-benchmark-"))
    return;
  const Report all = exported_report();
  // Otava's has to have begun at a known time.
  const std::size_t of_case = name == "otava" ? 0 : 2;
  std::string text =
      exported(name, name == "junit" ? all : with_cases(all, std::vector{all.cases[of_case].id}));
  // Deflate's output depends on the library; what is inside is compared in exports_test.
  constexpr std::string_view kEncoded = "HISTFAAAA";
  for (std::size_t at; (at = text.find(kEncoded)) != text.npos;)
    text.replace(at, text.find('\n', at) - at, "HISTOGRAM");
  expect_golden("export_" + std::string(name) + ".txt", text);
}

TEST_P(EveryFormat, HasEveryCaseWithAValidRun) {
  const std::string_view name = GetParam().name;
  const std::string text = exported(name);
  if (name == "hgrm" || name == "otava") return;  // of one case
  for (const char* id : {"tcp/rr/64B/c1", "udp/rr/64B/c1"})
    EXPECT_NE(text.find(id), text.npos) << id;
  // Of the name with characters that formats escape, the part that none does.
  EXPECT_NE(text.find("Maßstab"), text.npos);
}

TEST_P(EveryFormat, HasNoControlCharacters) {
  for (const char c : exported(GetParam().name)) {
    const int code = static_cast<unsigned char>(c);
    EXPECT_TRUE(c == '\n' || (code >= 0x20 && code != 0x7F)) << code;
  }
}

TEST_P(EveryFormat, EndsItsLastLine) { EXPECT_TRUE(exported(GetParam().name).ends_with('\n')); }

TEST_P(EveryFormat, NumbersThatAreNotFiniteAreNotTold) {
  Report report = exported_report();
  report.cases.resize(1);
  report.cases[0].runs[0].throughput->goodput_messages_per_s =
      std::numeric_limits<double>::quiet_NaN();
  report.cases[0].runs[1].throughput->goodput_bytes_per_s = std::numeric_limits<double>::infinity();
  report.cases[0].runs[0].latency->response_time->mean_ns = std::numeric_limits<double>::infinity();
  report.comparisons[1].estimate = std::numeric_limits<double>::quiet_NaN();
  const std::string text = exported(GetParam().name, report);
  for (const std::string& word : words_of(text)) {
    EXPECT_TRUE(word != "nan" && word != "inf" && word != "infinity") << text;
  }
  // Charts say that there is nothing to draw.
  if (GetParam().name != "charts") {
    EXPECT_EQ(text.find("null"), text.npos);
  }
}

TEST_P(EveryFormat, ReportInWhichNothingSucceededIsToldOrRefused) {
  const auto text = GetParam().text(failed_report(), {});
  if (!text) {
    EXPECT_EQ(text.error().message.find('\n'), std::string::npos);
  } else if (is_json(GetParam().name)) {
    EXPECT_TRUE(Json::accept(*text));
  }
}

TEST_P(EveryFormat, EmptyReportIsToldOrRefused) {
  const auto text = GetParam().text(Report{}, {});
  EXPECT_EQ(!text, GetParam().name == "hgrm" || GetParam().name == "otava");
}

TEST(Formats, JsonIsStrict) {
  int accepted = 0;
  for (const Format& format : formats()) {
    if (is_json(format.name)) accepted += Json::accept(exported(format.name)) ? 1 : 0;
  }
  EXPECT_EQ(accepted, 7);
}

TEST(Formats, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const Format& format : formats()) EXPECT_TRUE(names.insert(format.name).second);
  EXPECT_EQ(find_format("xls"), nullptr);
}

TEST(Formats, OfOneCaseNameTheChoice) {
  const auto text = find_format("hgrm")->text(exported_report(), {});
  ASSERT_FALSE(text);
  EXPECT_NE(text.error().message.find("--case: tcp/rr/64B/c1, udp/rr/64B/c1"), std::string::npos)
      << text.error().message;
}

TEST(Formats, WithCasesKeepsTheComparisonsOfThem) {
  const Report all = exported_report();
  const Report some = with_cases(all, std::vector{all.cases[1].id});
  ASSERT_EQ(some.cases.size(), 1U);
  EXPECT_EQ(some.cases[0].id, "udp/rr/64B/c1");
  ASSERT_EQ(some.comparisons.size(), 2U);
  EXPECT_EQ(some.comparisons[0].metric, "p50_ns");
  EXPECT_TRUE(has_case(all, all.cases[2].id));
  EXPECT_TRUE(has_case(all, case_names(all)[2]));
  EXPECT_FALSE(has_case(all, "tcp"));
}

TEST(CaseNames, CasesOfOneIdAreToldApartByArmThenByNumber) {
  Report report;
  report.cases.resize(6);
  for (Case& one : report.cases) one.id = "a\n";
  report.cases[0].params.arm = Arm::baseline;
  report.cases[1].params.arm = Arm::candidate;
  report.cases[4].id = "a #2";
  report.cases[5].id = "\x1b";
  EXPECT_EQ(case_names(report), (std::vector<std::string>{"a (baseline)", "a (candidate)", "a",
                                                          "a #2", "a #2 #2", "unnamed"}));
}

TEST(GoogleBenchmark, MedianIsOverTheValidRuns) {
  const Json document = Json::parse(exported("google-benchmark"));
  std::map<std::string, Json> entries;
  for (const Json& entry : document.at("benchmarks")) entries[entry.at("name")] = entry;
  EXPECT_EQ(entries.at("tcp/rr/64B/c1/p50_ns_median").at("real_time"), 21'000);
  EXPECT_EQ(entries.at("udp/rr/64B/c1/p50_ns_median").at("real_time"), 18'000);
  EXPECT_EQ(entries.at("udp/rr/64B/c1/p50_ns").at("repetitions"), 1);
  EXPECT_DOUBLE_EQ(entries.at("tcp/rr/64B/c1/ns_per_message_median").at("real_time"), 1e9 / 46'000);
  EXPECT_FALSE(entries.contains("unix-stream/rr/64B/c1/p50_ns_median"));
}

TEST(GoogleBenchmark, MediansHaveUniqueNames) {
  std::set<std::string> names;
  const Json document = Json::parse(exported("google-benchmark-medians"));
  for (const Json& entry : document.at("benchmarks"))
    EXPECT_TRUE(names.insert(entry.at("name")).second) << entry.at("name");
  EXPECT_FALSE(names.empty());
}

// The aggregates of google-benchmark, each by the name of its family.
TEST(GoogleBenchmark, MediansAreThoseOfTheWholeFormat) {
  Json medians = Json::array();
  const Json whole = Json::parse(exported("google-benchmark"));
  for (Json entry : whole.at("benchmarks")) {
    if (entry.at("run_type") != "aggregate") continue;
    entry["name"] = entry.at("run_name");
    medians.push_back(entry);
  }
  EXPECT_EQ(Json::parse(exported("google-benchmark-medians")).at("benchmarks"), medians);
}

TEST(GithubActionBenchmark, HasTwoNamesForSmaller) {
  EXPECT_EQ(exported("github-action-benchmark-smaller"), exported("github-action-benchmark"));
}

// Prometheus' older format: no units, no end mark, and a gauge in place of the info metric.
TEST(Prometheus, HasTheSamplesOfOpenMetrics) {
  const auto samples = [](std::string_view format) {
    std::vector<std::string> lines;
    std::istringstream in(exported(format));
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with('#')) lines.push_back(line);
    }
    return lines;
  };
  EXPECT_EQ(samples("prometheus"), samples("openmetrics"));
  EXPECT_EQ(exported("prometheus").find("# UNIT"), std::string::npos);
  EXPECT_EQ(exported("prometheus").find("# EOF"), std::string::npos);
  EXPECT_NE(exported("prometheus").find("_info gauge\n"), std::string::npos);
}

TEST(OpenMetrics, EveryNumberParses) {
  std::istringstream in(exported("openmetrics"));
  std::size_t samples = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    const char* number = line.c_str() + line.rfind(' ') + 1;
    char* end = nullptr;
    std::strtod(number, &end);
    EXPECT_TRUE(end != number && *end == '\0') << line;
    ++samples;
  }
  EXPECT_GT(samples, 10U);
}

TEST(Csv, EveryRowHasTheColumnsOfTheHeader) {
  std::istringstream in(exported("csv"));
  std::vector<std::ptrdiff_t> columns;
  for (std::string line; std::getline(in, line);) {
    std::ptrdiff_t commas = 0;
    bool quoted = false;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      commas += c == ',' && !quoted;
    }
    columns.push_back(commas);
  }
  std::size_t runs = 0;
  for (const Case& one : exported_report().cases) runs += one.runs.size();
  EXPECT_EQ(columns, std::vector(1 + runs, columns.front()));
}

std::vector<std::string> lines_with(const std::string& text, std::string_view part) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.find(part) != line.npos) lines.push_back(line);
  }
  return lines;
}

TEST(BothDirections, BencherHasAMeasureOfEach) {
  const Json document = Json::parse(exported("bencher", exported_both_directions()));
  const Json& measures = document.at("udp/stream/64B/c1/both");
  EXPECT_EQ(measures.at("latency").at("value"), 20'000);
  EXPECT_EQ(measures.at("reverse-latency").at("value"), 30'000);
  EXPECT_EQ(measures.at("throughput").at("value"), 45'000);
  EXPECT_EQ(measures.at("reverse-throughput").at("value"), 35'000);
  EXPECT_EQ(measures.at("reverse-loss-ratio").at("value"), 0.25);
  EXPECT_TRUE(measures.contains("reverse-latency-p99-9"));
  EXPECT_FALSE(measures.contains("reverse-cpu-per-message")) << "of both together";
}

TEST(BothDirections, OpenMetricsLabelsThem) {
  for (const char* format : {"openmetrics", "prometheus"}) {
    const std::string text = exported(format, exported_both_directions());
    const auto sample = [&](std::string_view name, std::string_view labels) {
      const std::string prefix =
          std::string(name) +
          R"({case="udp/stream/64B/c1/both",transport="udp",workload="stream")" +
          std::string(labels) + "} ";
      const auto lines = lines_with(text, prefix);
      return lines.size() == 1 ? lines[0].substr(prefix.size()) : std::to_string(lines.size());
    };
    constexpr const char* kRate = "sockmark_goodput_messages_per_second";
    EXPECT_EQ(sample(kRate, R"(,direction="forward")"), "45000");
    EXPECT_EQ(sample(kRate, R"(,direction="reverse")"), "35000");
    EXPECT_EQ(sample("sockmark_latency_seconds", R"(,direction="reverse",quantile="0.5")"),
              "3e-05");
    EXPECT_EQ(sample("sockmark_latency_seconds_count", R"(,direction="reverse")"), "100");
    EXPECT_EQ(sample("sockmark_loss_ratio", R"(,direction="reverse")"), "0.25");
    EXPECT_EQ(lines_with(text, "\nsockmark_cpu_per_message_seconds{").size(), 0U);
    EXPECT_EQ(lines_with(text, "cpu_per_message_seconds{").size(), 1U) << "of both together";
    EXPECT_EQ(sample("sockmark_runs", R"(,valid="true")"), "1") << "runs have no direction";
  }
}

TEST(BothDirections, ACaseInOneDirectionHasNoLabel) {
  EXPECT_EQ(exported("openmetrics").find("direction="), std::string::npos);
}

TEST(BothDirections, GoogleBenchmarkHasFamiliesOfEachWithTheirCounters) {
  const Json document = Json::parse(exported("google-benchmark", exported_both_directions()));
  std::map<std::string, Json> entries;
  std::set<std::size_t> families;
  for (const Json& entry : document.at("benchmarks")) {
    entries[entry.at("name")] = entry;
    families.insert(entry.at("family_index").get<std::size_t>());
  }
  const std::string id = "udp/stream/64B/c1/both/";
  EXPECT_EQ(entries.at(id + "p50_ns").at("items_per_second"), 45'000);
  EXPECT_EQ(entries.at(id + "reverse_p50_ns").at("real_time"), 30'000);
  EXPECT_EQ(entries.at(id + "reverse_p50_ns").at("items_per_second"), 35'000);
  EXPECT_EQ(entries.at(id + "reverse_p50_ns").at("loss_ratio"), 0.25);
  EXPECT_DOUBLE_EQ(entries.at(id + "reverse_ns_per_message").at("real_time"), 1e9 / 35'000);
  EXPECT_EQ(*families.rbegin() + 1, families.size());
}

TEST(GoogleBenchmark, FamiliesAreNumberedWithoutGaps) {
  for (const char* format : {"google-benchmark", "google-benchmark-medians"}) {
    std::set<std::size_t> families;
    const Json document = Json::parse(exported(format));
    for (const Json& entry : document.at("benchmarks"))
      families.insert(entry.at("family_index").get<std::size_t>());
    ASSERT_FALSE(families.empty());
    EXPECT_EQ(*families.rbegin() + 1, families.size()) << format;
  }
}

TEST(BothDirections, CsvHasColumnsOfBoth) {
  const std::string text = exported("csv", exported_both_directions());
  const auto cells_of = [&](std::size_t line) {
    std::istringstream in(lines_with(text, "")[line] + ',');
    std::vector<std::string> cells;
    for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
    return cells;
  };
  const auto header = cells_of(0), row = cells_of(1);
  const auto value = [&](std::string_view column) {
    const auto at = std::ranges::find(header, column) - header.begin();
    return row.at(static_cast<std::size_t>(at));
  };
  EXPECT_EQ(value("p50_ns"), "20000");
  EXPECT_EQ(value("reverse_p50_ns"), "30000");
  EXPECT_EQ(value("reverse_goodput_messages_per_s"), "35000");
  for (const char* column : {"offered_messages_per_s", "messages_per_send_call", "duplicates",
                             "reordered", "corrupt", "one_way_bound_ns"})
    EXPECT_EQ(value("reverse_" + std::string(column)), value(column)) << column;
}

TEST(BothDirections, HlogTagsTheStreamToTheGenerator) {
  const std::string text = exported("hlog", exported_both_directions());
  EXPECT_EQ(lines_with(text, "Tag=udp/stream/64B/c1/both,").size(), 1U);
  EXPECT_EQ(lines_with(text, "Tag=udp/stream/64B/c1/both/reverse,").size(), 1U);
}

TEST(Charts, AreTheirGoldenFile) {
  const ChartData data{
      .title = "rr 64 B over \"x\"",
      .groups = {{.name = "rr 64 B", .file = "rr-64B", .latency = "round-trip time"}},
      .series = {{.name = "tcp (baseline)", .colour = 3, .dash = 1}},
      .tables = {{.name = "lag",
                  .columns = {{"case", "Case", ""}, {"lag_ns", "Send lag", "ns"}},
                  .rows = {{"tcp<\x1b>", 1.5}, {std::monostate(), std::int64_t{-7}}, {true, "é"}},
                  .why_empty = ""},
                 {.name = "empty", .columns = {}, .rows = {}, .why_empty = "Nothing."}}};
  expect_golden("export_charts.txt", charts_json(data));
}

TEST(Charts, RowsHaveACellForEachColumn) {
  const Json charts = Json::parse(exported("charts"));
  for (const auto& [name, table] : charts.at("tables").items()) {
    EXPECT_EQ(table.contains("why_empty"), table.at("rows").empty()) << name;
    for (const Json& row : table.at("rows"))
      EXPECT_EQ(row.size(), table.at("columns").size()) << name;
  }
}

TEST(GithubActionBenchmark, EachMetricIsInTheFileOfItsDirection) {
  for (const Json& entry : Json::parse(exported("github-action-benchmark"))) {
    EXPECT_EQ(entry.at("name").get<std::string>().find("goodput"), std::string::npos);
  }
  for (const Json& entry : Json::parse(exported("github-action-benchmark-bigger"))) {
    EXPECT_NE(entry.at("name").get<std::string>().find("goodput"), std::string::npos);
  }
}

TEST(Bencher, UndefinedMeasuresAreAbsentAndALossOfNoneIsThere) {
  const Json cases = Json::parse(exported("bencher"));
  EXPECT_EQ(cases.size(), 3U);  // nothing of the one that failed
  EXPECT_FALSE(cases.at("tcp/rr/64B/c1").contains("loss-ratio"));
  const Json& awkward = cases.at(case_names(exported_report())[2]);
  EXPECT_EQ(awkward.at("loss-ratio").at("value"), 0);
  EXPECT_FALSE(awkward.contains("latency-p99-9"));
  EXPECT_FALSE(awkward.contains("cpu-per-message"));
  EXPECT_EQ(cases.at("tcp/rr/64B/c1").at("latency").at("lower_value"), 20'000);
}

TEST(Csv, CellsAreQuotedAsRfc4180Says) {
  EXPECT_EQ(csv_line({"a", "b,c", "say \"x\"", "", "l\nm"}),
            "a,\"b,c\",\"say \"\"x\"\"\",,\"l\nm\"\n");
}

TEST(Csv, TextIsNeverAFormula) {
  EXPECT_EQ(csv_text("=1+1"), "'=1+1");
  EXPECT_EQ(csv_text("@x"), "'@x");
  EXPECT_EQ(csv_text("\t-x"), "'-x");
  EXPECT_EQ(csv_text("tcp"), "tcp");
  EXPECT_EQ(csv_text(""), "");
}

TEST(Hgrm, ValidRunsAreMerged) {
  Report report = exported_report();
  const std::string text = exported("hgrm");
  EXPECT_NE(text.find("Total count    =          300]"), text.npos) << text;
  // Of the two runs one is valid.
  EXPECT_NE(exported("hgrm", with_cases(report, std::vector{report.cases[1].id}))
                .find("Total count    =          100]"),
            text.npos);
  const auto none =
      find_format("hgrm")->text(with_cases(report, std::vector{report.cases[3].id}), {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "unix-stream/rr/64B/c1: no valid run has a latency");
}

TEST(Hlog, RunsFollowOneAnother) {
  std::vector<std::string> lines;
  std::istringstream in(exported("hlog"));
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("Tag=")) lines.push_back(line.substr(0, line.find(",HIST")));
  }
  EXPECT_EQ(lines,
            (std::vector<std::string>{"Tag=tcp/rr/64B/c1,0.000,5.000,0.063",
                                      "Tag==un<ix>/\"d&g\"\\%2CMaßstab[2J%25,0.000,5.000,0.027",
                                      "Tag=udp/rr/64B/c1,10.000,5.000,0.054",
                                      "Tag=tcp/rr/64B/c1,20.000,5.000,0.060",
                                      "Tag=tcp/rr/64B/c1,40.000,5.000,0.072"}));
}

TEST(RunHistograms, BytesThatAreNoHistogramAreRefusedWithTheirPlace) {
  for (const char* broken : {"", "!", "SGVsbG8=", "HISTFAAAAAA="}) {
    Report report = exported_report();
    report.cases[0].runs[2].latency->response_time->histogram_v2 = broken;
    for (const char* format : {"hgrm", "hlog"}) {
      const auto text =
          find_format(format)->text(with_cases(report, std::vector{report.cases[0].id}), {});
      ASSERT_FALSE(text) << broken;
      EXPECT_TRUE(text.error().message.starts_with("tcp/rr/64B/c1: run 2: histogram_v2: "))
          << text.error().message;
    }
  }
}

TEST(Timestamp, IsReadAsRfc3339Spells) {
  const auto ms = [](std::string_view text) -> std::int64_t {
    const auto instant = instant_of(text);
    return instant ? instant->time_since_epoch().count() : -1;
  };
  EXPECT_EQ(ms("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ms("2024-05-06T07:08:09Z"), 1'714'979'289'000);
  EXPECT_EQ(ms("2024-05-06T07:08:09.25Z"), 1'714'979'289'250);
  EXPECT_EQ(ms("2024-05-06T07:08:09.1239999Z"), 1'714'979'289'123);
  EXPECT_EQ(ms("2024-05-06T09:08:09+02:00"), 1'714'979'289'000);
  EXPECT_EQ(ms("2024-05-06T06:38:09-00:30"), 1'714'979'289'000);
  for (const char* wrong :
       {"", "2024-05-06", "2024-05-06T07:08:09", "2024-02-30T07:08:09Z", "2024-05-06T24:08:09Z",
        "2024-05-06T07:08:09.Z", "2024-05-06T07:08:09Z ", "2024-05-06T07:08:09+0200",
        "1969-12-31T23:59:59Z", "-024-05-06T07:08:09Z"}) {
    EXPECT_EQ(ms(wrong), -1) << wrong;
  }
}

}  // namespace
}  // namespace sockmark::report
