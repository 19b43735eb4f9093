#include "reports/model/report_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "reports/json/json_writer.h"
#include "reports/json/load_json.h"
#include "tests/reports/sample_report.h"

namespace sockmark::report {
namespace {

using Json = nlohmann::json;

Json parsed(const std::string& text) { return Json::parse(text); }

// One line that a terminal can show.
void expect_one_line(const Error& error) {
  EXPECT_FALSE(error.message.empty());
  for (const char c : error.message) {
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) << error.message;
  }
  EXPECT_LT(error.message.size(), 400U);
}

std::string error_of(const Json& document) {
  const Result<Report> report = report_from_json(document.dump());
  if (report) return "accepted";
  expect_one_line(report.error());
  return report.error().message;
}

TEST(ReportJson, WritingReadingAndWritingAgainGivesTheSameText) {
  for (const Report& report : {full_report(), failed_report(), Report{}}) {
    const std::string first = to_json(report);
    const Result<Report> again = report_from_json(first);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(to_json(*again), first);
  }
}

TEST(ReportJson, ReadsBackTheValuesThatWereWritten) {
  const Report full = full_report();
  const Result<Report> report = report_from_json(to_json(full));
  ASSERT_TRUE(report) << report.error().message;
  const report::Run& run = (*report).cases.at(0).runs.at(0);
  EXPECT_EQ(run.load->seed, 18'446'744'073'709'551'615U);
  EXPECT_EQ(run.delay_variation->ipdv->min_ns, Maybe<std::int64_t>(-21'000));
  EXPECT_EQ(run.loss->noticeable_rate->at("100"), 0.75);
  EXPECT_EQ(run.loss->periods->length_histogram.at(4), 10U);
  EXPECT_EQ((*report).environment.hard, full.environment.hard);
  EXPECT_EQ((*report).generator_process->nice, -5);
  EXPECT_EQ((*report).plan_supplied, full.plan_supplied);
}

TEST(ReportJson, KeepsTheReasonOfWhatIsUndefined) {
  const Result<Report> report = report_from_json(to_json(failed_report()));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ((*report).cases.at(0).params.depth.reason(), "open_loop");
  EXPECT_EQ((*report).cases.at(0).runs.at(0).impairment.reason(), "none");
}

TEST(ReportJson, HasTheShapeOfTheContract) {
  const Json report = parsed(to_json(full_report()));
  EXPECT_EQ(report["$schema"], "report-1.schema.json");
  EXPECT_EQ(report["environment"]["hard"]["cpus_online"], 2);
  EXPECT_EQ(report["environment"]["hard"]["cpu_governor"], nullptr);
  EXPECT_EQ(report["environment"]["soft"]["net.ipv4.tcp_rmem"], (Json{4096, 131072, 6291456}));
  EXPECT_EQ(report["environment"]["responder"]["pid"], 4712);
  EXPECT_EQ(report["plan"]["effective"]["size"], "64");
  EXPECT_EQ(report["comparisons"][0]["gate"]["verdict"], "inconclusive");
  const Json& run = report["cases"][0]["runs"][0];
  EXPECT_EQ(run["latency"]["response_time"]["p99_9_ns"], 210'000);
  EXPECT_EQ(run["impairment"]["dropped"], 200);
  EXPECT_EQ(report["cases"][0]["summary"]["p50_ns"]["median"], 21'000);

  const Json failed = parsed(to_json(failed_report()))["cases"][0]["runs"][0];
  EXPECT_EQ(failed["impairment"], nullptr);
  EXPECT_EQ(failed["impairment_reason"], "none");
  EXPECT_EQ(failed["latency"], nullptr);
}

TEST(ReportJson, AListThatAnEarlierMinorVersionLacksIsEmpty) {
  Json report = parsed(to_json(full_report()));
  report["schema_version"] = "1.1.0";
  for (const char* added : {"searches", "excluded_runs", "stopping", "baseline_tool"}) {
    ASSERT_EQ(report.erase(added), 1U);
  }
  report["cases"][0]["params"].erase("arm");
  auto read = report_from_json(report.dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->searches.empty());
  EXPECT_TRUE(read->excluded_runs.empty());
  EXPECT_EQ(read->stopping.reason(), kNotRecorded);

  report.erase("cases");
  EXPECT_FALSE(report_from_json(report.dump()));
}

TEST(ReportJson, TopLevelKeysStandInTheOrderOfTheContract) {
  const std::string text = to_json(full_report());
  std::size_t previous = 0;
  for (const char* key : {"$schema", "schema_version", "tool", "environment", "plan", "interrupted",
                          "warnings", "cases", "comparisons"}) {
    const auto at = text.find("\n  \"" + std::string(key) + "\": ");
    ASSERT_NE(at, text.npos) << key;
    EXPECT_GT(at + 1, previous) << key;
    previous = at;
  }
}

TEST(ReportJson, NumberThatIsNotFiniteIsNullWithAReasonAndCanBeRead) {
  Report report = full_report();
  report::Run& run = report.cases[0].runs[0];
  run.throughput->goodput_messages_per_s = std::numeric_limits<double>::quiet_NaN();
  run.loss->loss_ratio = std::numeric_limits<double>::infinity();
  run.loss->loss_ratio_ci95 = std::array{0.0, std::numeric_limits<double>::quiet_NaN()};
  run.loss->noticeable_rate =
      std::map<std::string, double>{{"1", -std::numeric_limits<double>::infinity()}};
  const std::string text = to_json(report);
  const Json written = parsed(text)["cases"][0]["runs"][0];
  EXPECT_EQ(written["throughput"]["goodput_messages_per_s"], nullptr);
  EXPECT_EQ(written["throughput"]["goodput_messages_per_s_reason"], kNotFinite);
  EXPECT_EQ(written["loss"]["loss_ratio_reason"], kNotFinite);
  EXPECT_EQ(written["loss"]["loss_ratio_ci95"], nullptr);
  EXPECT_EQ(written["loss"]["noticeable_rate_reason"], kNotFinite);
  const Result<Report> again = report_from_json(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(std::isnan((*again).cases[0].runs[0].throughput->goodput_messages_per_s));
  EXPECT_EQ(to_json(*again), text);
}

TEST(ReportJson, BytesThatAreNotUtf8AreReplacedEverywhere) {
  Report report = full_report();
  report.cases[0].id =
      "a\xFF"
      "b";
  report.environment.hard["bad\xC3"] = "\"\xFF\"";
  report.environment.hard["not json"] = "{";
  report.plan_supplied["\x80"] = "\x80";
  const Result<Report> again = report_from_json(to_json(report));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*again).cases[0].id,
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ((*again).environment.hard.at("not json"), "\"{\"");
}

TEST(ReportJson, DoublesReadBackTheSame) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2'000; ++i) {
    const std::uint64_t bits = random();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    const Statistic statistic{.n = 1, .median = value, .min = 0.1, .max = 1e22};
    const Result<Statistic> again = from_json_text<Statistic>(to_json_text(statistic));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ((*again).median, value);
    EXPECT_EQ((*again).max, 1e22);
  }
}

TEST(ReportJson, SingleValueIsOneLine) {
  const report::Run run = full_report().cases[0].runs[0];
  const std::string text = to_json_text(run);
  EXPECT_EQ(text.find('\n'), text.npos);
  const Result<report::Run> again = from_json_text<report::Run>(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(to_json_text(*again), text);
}

// The full report with one value replaced; an empty text removes it.
Json changed(const char* pointer, const char* value) {
  Json report = parsed(to_json(full_report()));
  const Json::json_pointer at(pointer);
  if (*value == '\0') {
    report[at.parent_pointer()].erase(at.back());
  } else {
    report[at] = parsed(value);
  }
  return report;
}

// jq and JavaScript would round them. Reports up to 1.3 have numbers there.
TEST(ReportJson, IntegersThatMayExceedTwoToThe53AreText) {
  const Json report = parsed(to_json(full_report()));
  EXPECT_EQ(report["cases"][0]["runs"][0]["load"]["seed"], "18446744073709551615");
  for (const char* pointer : {"/cases/0/runs/0/load/seed", "/cases/0/runs/0/impairment/seed",
                              "/cases/0/runs/0/reordering/free_runs/q"}) {
    EXPECT_TRUE(report[Json::json_pointer(pointer)].is_string()) << pointer;
    for (const char* value : {"18446744073709551615", "\"18446744073709551615\""}) {
      const Result<Report> read = report_from_json(changed(pointer, value).dump());
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(parsed(to_json(*read))[Json::json_pointer(pointer)], "18446744073709551615");
    }
    for (const char* wrong : {"\"18446744073709551616\"", "\"-1\"", "\"\"", "\"1x\"", "-1", "1.5"})
      EXPECT_FALSE(report_from_json(changed(pointer, wrong).dump())) << wrong;
  }
  EXPECT_EQ(error_of(changed("/cases/0/runs/0/load/seed", "\"1x\"")),
            "cases[0].runs[0].load.seed: expected a whole number of at most 64 bits, found \"1x\"");
}

TEST(ReportJson, ErrorsNameThePlaceWhatWasExpectedAndWhatWasFound) {
  const struct {
    const char *pointer, *value, *error;
  } rows[] = {
      {"/cases/0/params/size_bytes", "\"x\"",
       "cases[0].params.size_bytes: expected an integer from 1 to 16777216, found \"x\""},
      {"/cases/0/params/size_bytes", "16777217",
       "cases[0].params.size_bytes: expected an integer from 1 to 16777216, found 16777217"},
      {"/cases/0/runs/0/loss/sent", "-1",
       "cases[0].runs[0].loss.sent: expected an integer from 0 to 18446744073709551615, found -1"},
      {"/cases/0/runs/0/loss/sent", "1.5",
       "cases[0].runs[0].loss.sent: expected an integer from 0 to 18446744073709551615, found 1.5"},
      {"/cases/0/runs/0/latency/one_way/min_ns", "9223372036854775808",
       "cases[0].runs[0].latency.one_way.min_ns: expected an integer from 0 to "
       "9223372036854775807, found 9223372036854775808"},
      {"/cases/0/runs/0/valid", "1", "cases[0].runs[0].valid: expected true or false, found 1"},
      {"/cases/0/runs/1", "[]", "cases[0].runs[1]: expected an object, found a list of 0"},
      {"/cases/0/runs/0/index", "", "cases[0].runs[0].index: missing"},
      {"/cases/0/runs/0/steady", "null", "cases[0].runs[0].steady_reason: missing"},
      {"/cases/0/runs/0/loss/periods/length_histogram/-3", "1",
       "cases[0].runs[0].loss.periods.length_histogram: expected whole numbers as keys, found "
       "\"-3\""},
      {"/cases/0/runs/0/loss/loss_ratio_ci95", "[1, 2, 3]",
       "cases[0].runs[0].loss.loss_ratio_ci95: expected a list of 2, found a list of 3"},
      {"/cases/0/params/socket_options/x\x1b[2J", "1.5",
       "cases[0].params.socket_options.x[2J: expected an integer from -9223372036854775808 to "
       "9223372036854775807, found 1.5"},
  };
  for (const auto& row : rows) EXPECT_EQ(error_of(changed(row.pointer, row.value)), row.error);
  EXPECT_EQ(error_of(parsed(to_json(full_report()))), "accepted");
}

TEST(ReportJson, ValuesThatCannotBeAreRefusedByTheirPlace) {
  const Json full = parsed(to_json(full_report()));
  const auto with = [&](const char* pointer, const Json& value) {
    Json changed = full;
    changed[Json::json_pointer(pointer)] = value;
    return error_of(changed);
  };
  EXPECT_EQ(with("/cases/0/runs/0/loss/loss_ratio", 2.0),
            "cases[0].runs[0].loss.loss_ratio: expected a number from 0 to 1, found 2.0");
  EXPECT_EQ(with("/cases/0/runs/0/loss/loss_ratio_ci95/0", -0.5),
            "cases[0].runs[0].loss.loss_ratio_ci95[0]: expected a number from 0 to 1, found -0.5");
  EXPECT_EQ(with("/cases/0/runs/0/throughput/goodput_messages_per_s", -1),
            "cases[0].runs[0].throughput.goodput_messages_per_s: expected a number of at least 0, "
            "found -1");
  EXPECT_EQ(with("/cases/0/runs/0/latency/response_time/p50_ns", -1),
            "cases[0].runs[0].latency.response_time.p50_ns: expected an integer from 0 to "
            "9223372036854775807, found -1");
  EXPECT_EQ(with("/comparisons/0/gate/verdict", "maybe"),
            "comparisons[0].gate.verdict: expected \"pass\", \"fail\" or \"inconclusive\", found "
            "\"maybe\"");
  EXPECT_EQ(with("/comparisons/0/difference", "greener").substr(0, 35),
            "comparisons[0].difference: expected");
  EXPECT_EQ(with("/comparisons/0/p_value", 1.5),
            "comparisons[0].p_value: expected a number from 0 to 1, found 1.5");
  EXPECT_EQ(with("/comparisons/0/p_value", 1.0), "accepted");
}

TEST(ReportJson, AMillionValuesAndMoreAreReadWhereAReportIsExpected) {
  std::string text = "[0";
  for (int i = 0; i < 1'200'000; ++i) text += ",0";
  text += ']';
  EXPECT_FALSE(parse_json(text));
  EXPECT_TRUE(parse_json(text, kReportLimits));
}

TEST(ReportJson, AComparisonIsNotReadAsAReport) {
  const Json document = {{"$schema", "comparison-1.schema.json"}, {"schema_version", "1.1.0"}};
  EXPECT_EQ(error_of(document), "a comparison, not a report");
}

TEST(ReportJson, OtherMajorVersionIsRefusedBeforeAnythingElse) {
  EXPECT_EQ(error_of(parsed(R"({"schema_version": "2.0.0"})")),
            "schema_version: this sockmark reads 1.x.y, found \"2.0.0\"");
  EXPECT_EQ(error_of(parsed(R"({"schema_version": 1})")),
            "schema_version: this sockmark reads 1.x.y, found 1");
  EXPECT_EQ(error_of(parsed(R"({"schema_version": "1x"})")),
            "schema_version: this sockmark reads 1.x.y, found \"1x\"");
  EXPECT_EQ(error_of(Json::object()), "schema_version: missing; not a sockmark report");
  EXPECT_EQ(error_of(Json::array()), "not a sockmark report");
}

TEST(ReportJson, LaterMinorVersionIsReadAndItsAdditionsAreCounted) {
  Json later = parsed(to_json(full_report()));
  later["schema_version"] = "1.7.0";
  later["addition"] = {1, 2};
  later["cases"][0]["runs"][0]["loss"]["addition"] = nullptr;
  std::uint64_t unknown = 99;
  EXPECT_TRUE(report_from_json(later.dump(), {}, &unknown));
  EXPECT_EQ(unknown, 2U);
  EXPECT_TRUE(report_from_json(to_json(failed_report()), {}, &unknown));
  EXPECT_EQ(unknown, 0U);
}

TEST(ReportJson, UndefinedFieldOfAnEarlierMinorVersionIsNotRecorded) {
  Json earlier = parsed(to_json(full_report()));
  earlier["cases"][0]["runs"][0].erase("impairment");
  const Result<Report> report = report_from_json(earlier.dump());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ((*report).cases[0].runs[0].impairment.reason(), kNotRecorded);
}

TEST(ReportJson, ReportThatContradictsItselfIsRefused) {
  EXPECT_EQ(error_of(changed("/cases/0/runs/0/loss/lost", "201")),
            "cases[0].runs[0]: loss: sent is not received + lost");
  // The sum of the two wraps to the 100002 that were sent.
  Json wrapping = changed("/cases/0/runs/0/loss/received", "18446744073709551615");
  wrapping["cases"][0]["runs"][0]["loss"]["lost"] = 100'003;
  EXPECT_EQ(error_of(wrapping), "cases[0].runs[0]: loss: sent is not received + lost");
  EXPECT_EQ(error_of(changed("/cases/0/runs/0/latency/response_time/p90_ns", "1")),
            "cases[0].runs[0]: latency: percentiles are not in order");
}

// Bytes changed, cut, doubled: whatever comes out is a report or one line.
TEST(ReportJson, MutatedTextIsReadOrRefusedInOneLine) {
  std::mt19937_64 random(20240506);
  const std::string texts[] = {to_json(full_report()), to_json(failed_report())};
  constexpr std::string_view kAlphabet = "{}[]\":,0-9.eE+\\u\x00\xFF\xC3 ntf\n";
  int accepted = 0, refused = 0;
  for (int i = 0; i < 3'000; ++i) {
    std::string text = texts[random() % 2];
    for (std::uint64_t n = 1 + random() % 3; n > 0 && !text.empty(); --n) {
      const std::size_t at = random() % text.size();
      const std::size_t length = std::min<std::size_t>(1 + random() % 30, text.size() - at);
      switch (random() % 5) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text[at] = kAlphabet[random() % kAlphabet.size()];
          break;
        case 2:
          text.erase(at, length);
          break;
        case 3:
          text.insert(at, text.substr(random() % text.size(), length));
          break;
        default:
          text.resize(std::max<std::size_t>(1, at));
          break;
      }
    }
    const Result<Report> report = report_from_json(text, "mutated.json");
    if (report) {
      ++accepted;
      EXPECT_TRUE(report_from_json(to_json(*report)));
    } else {
      ++refused;
      expect_one_line(report.error());
      EXPECT_TRUE(report.error().message.starts_with("mutated.json: ")) << report.error().message;
    }
  }
  EXPECT_GT(accepted, 50);
  EXPECT_GT(refused, 1'000);
}

// Any value in the place of any other: a tree walk, so that the text stays JSON.
TEST(ReportJson, WrongTypeAnywhereIsReadOrRefusedInOneLine) {
  const Json good = parsed(to_json(full_report()));
  const Json flat = good.flatten();
  const Json strange[] = {nullptr,
                          true,
                          -1,
                          1e300,
                          18446744073709551615U,
                          "\x1b[2J",
                          Json::array(),
                          Json::object(),
                          Json::array({Json::array()})};
  int refused = 0;
  std::mt19937_64 random(3);
  for (const auto& [pointer, value] : flat.items()) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = strange[random() % std::size(strange)];
    const Result<Report> report = report_from_json(bad.dump());
    if (report) continue;
    ++refused;
    expect_one_line(report.error());
  }
  EXPECT_GT(refused, 300);
}

TEST(CanonicalJson, IsTheSameForEqualValues) {
  EXPECT_EQ(*canonical_json(R"({"b": [1, 2.50], "a": "x"})"), R"({"a":"x","b":[1,2.5]})");
  EXPECT_FALSE(canonical_json("{"));
}

TEST(JsonWriter, KeepsListsOfScalarsOnOneLineAndIndentsTheRest) {
  JsonWriter out(JsonWriter::Layout::indented);
  write_json(out, std::map<std::string, std::vector<int>>{{"a", {1, 2}}, {"b", {}}});
  EXPECT_EQ(std::move(out).take(), "{\n  \"a\": [1, 2],\n  \"b\": []\n}");
  JsonWriter empty(JsonWriter::Layout::indented);
  write_json(empty, std::map<std::string, int>{});
  EXPECT_EQ(std::move(empty).take(), "{}");
}

}  // namespace
}  // namespace sockmark::report
