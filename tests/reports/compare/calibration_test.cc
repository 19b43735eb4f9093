#include "reports/compare/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "reports/compare/calibration_json.h"
#include "reports/json/load_json.h"
#include "reports/render/calibration_text.h"
#include "stats/power.h"
#include "tests/reports/compare/compare_reports.h"
#include "tests/reports/render/expect_text.h"

namespace sockmark::report {
namespace {

using Values = std::vector<double>;

Case arm_of(const std::string& transport, Arm arm, const Values& factors) {
  Case one = scaled_case(transport, factors);
  one.params.arm = arm;
  one.id += "@" + std::string(name_of(arm));
  return one;
}

// A report of one case, whose blocks have these d.
Report with_effects(const Values& d, const std::string& transport = "tcp") {
  Values baseline = drifting(d.size(), 1, 0), candidate;
  for (std::size_t i = 0; i < d.size(); ++i) candidate.push_back(baseline[i] * std::exp(d[i]));
  Report report = frame("interleaved");
  report.cases = {arm_of(transport, Arm::baseline, baseline),
                  arm_of(transport, Arm::candidate, candidate)};
  return report;
}

// Independent, of mean 0 and with just this sd, without a trend: in pairs of opposite sign.
Values balanced(std::size_t blocks, double sd) {
  Random random(7);
  Values d;
  double squares = 0;
  for (std::size_t i = 0; i < blocks; i += 2) {
    const double one = (random.below(2) == 0 ? -1 : 1) * (0.5 + random.unit());
    d.insert(d.end(), {one, -one});
    squares += 2 * one * one;
  }
  const double scale = sd / std::sqrt(squares / static_cast<double>(d.size() - 1));
  for (double& one : d) one *= scale;
  return d;
}

Calibration calibrated(const Report& report) {
  auto calibration = calibration_of(report, calibrated_metrics());
  EXPECT_TRUE(calibration) << calibration.error().message;
  return *calibration;
}

TEST(Calibration, AKnownSpreadGivesItsSmallestEffectsAndBlocks) {
  const auto calibration = calibrated(with_effects(balanced(24, 0.03)));
  ASSERT_EQ(calibration.metrics.size(), 4U);
  EXPECT_EQ(calibration.verdict, CalibrationVerdict::no_difference_shown);
  EXPECT_EQ(calibration.exit_status, 0);
  EXPECT_TRUE(calibration.warnings.empty()) << calibration.warnings.front();
  for (const auto& one : calibration.metrics) {
    EXPECT_EQ(one.id, "tcp/rr/64B/c1");
    EXPECT_EQ(one.blocks, 24U);
    ASSERT_TRUE(one.sd) << one.metric;
    EXPECT_NEAR(*one.sd, 0.03, 1e-5) << one.metric;
    ASSERT_EQ(one.detectable.size(), kCalibratedBlocks.size());
    // (t_{.975,9} + t_{.90,9}) * 0.03 / sqrt(10), with t from the tables: 2.2622 and 1.3830.
    EXPECT_EQ(one.detectable[1].blocks, 10U);
    EXPECT_NEAR(*one.detectable[1].mde90, std::expm1((2.2622 + 1.3830) * 0.03 / std::sqrt(10)),
                1e-4);
    for (std::size_t i = 1; i < one.detectable.size(); ++i)
      EXPECT_LT(*one.detectable[i].mde90, *one.detectable[i - 1].mde90);
  }
  // The table of docs/definitions/comparing.md#smallest-detectable-change, by the noncentral t: 7
  // blocks for +5 % at 3 %.
  EXPECT_EQ(calibration.metrics[0].margin, 1.05);
  EXPECT_NEAR(static_cast<double>(*calibration.metrics[0].blocks_needed), 7, 1);
  EXPECT_EQ(calibration.metrics[1].margin, 1.10);
  EXPECT_EQ(*calibration.metrics[1].blocks_needed, 6U);
}

TEST(Calibration, BlocksToFindAreTheFewestThatDo) {
  for (const double sd : {0.005, 0.02, 0.05, 0.1}) {
    const auto blocks = blocks_to_find(std::log(1.05), sd);
    ASSERT_TRUE(blocks) << sd;
    EXPECT_LE(mde90_difference(sd, *blocks), std::log(1.05));
    if (*blocks == 6) continue;  // what carries an interval
    EXPECT_GT(mde90_difference(sd, *blocks - 1), std::log(1.05));
  }
  EXPECT_EQ(*blocks_to_find(0.05, 0), 6U);
  EXPECT_FALSE(blocks_to_find(0.001, 1));
}

TEST(Calibration, ADifferenceOfAProgramFromItselfIsShown) {
  Values d = balanced(24, 0.01);
  for (double& one : d) one += 0.05;
  const auto calibration = calibrated(with_effects(d));
  EXPECT_EQ(calibration.verdict, CalibrationVerdict::difference_shown);
  EXPECT_EQ(calibration.exit_status, 1);
  EXPECT_EQ(calibration.metrics[0].difference, Difference::slower);
}

TEST(Calibration, ADriftThatCancelsOutIsAWarning) {
  Values d = balanced(24, 0.002);
  for (std::size_t i = 0; i < d.size(); ++i) d[i] += 0.01 * (static_cast<double>(i) - 11.5);
  const auto calibration = calibrated(with_effects(d));
  EXPECT_EQ(calibration.verdict, CalibrationVerdict::no_difference_shown);
  ASSERT_EQ(calibration.warnings.size(), 4U);
  EXPECT_NE(calibration.warnings[0].find("tcp/rr/64B/c1 p50: the blocks drift"), std::string::npos)
      << calibration.warnings[0];
}

TEST(Calibration, ADriftToOneSideRaisesFalseAlarms) {
  Values d = balanced(24, 0.002);
  for (std::size_t i = 0; i < d.size(); ++i) d[i] += 0.01 * static_cast<double>(i);
  const auto calibration = calibrated(with_effects(d));
  const auto& alarms = calibration.metrics[0].false_alarms;
  ASSERT_TRUE(alarms);
  EXPECT_GT(alarms->rate, 0.9);
  EXPECT_EQ(alarms->disjoint, 2U);
  EXPECT_EQ(alarms->limit, 0.5);
  EXPECT_EQ(calibration.warnings.size(), 8U);  // of each metric, both
}

TEST(Calibration, FalseAlarmsAreDrawnWhereTwoDrawsNeedShareNoBlock) {
  EXPECT_TRUE(calibrated(with_effects(balanced(20, 0.03))).metrics[0].false_alarms);
  const auto few = calibrated(with_effects(balanced(18, 0.03))).metrics[0].false_alarms;
  EXPECT_FALSE(few);
  EXPECT_EQ(few.reason(), "too_few_blocks");
}

// Where nothing differs, each metric is flagged in one of twenty calibrations; the verdict, which
// is over all of them, not more often.
TEST(Calibration, TheVerdictErrsSeldomOverManyCalibrations) {
  Random random(3);
  int shown = 0, warned = 0;
  constexpr int kCalibrations = 100;
  for (int i = 0; i < kCalibrations; ++i) {
    Values d(20);
    for (double& one : d) {
      one = -6;
      for (int k = 0; k < 12; ++k) one += random.unit();  // nearly normal
      one *= 0.03;
    }
    const Metric* const p50[] = {&metric("p50_ns")};
    const auto calibration = calibration_of(with_effects(d), p50);
    ASSERT_TRUE(calibration);
    shown += (*calibration).exit_status == 1 ? 1 : 0;
    warned += (*calibration).warnings.empty() ? 0 : 1;
  }
  // 5 expected, standard deviation 2.2; the seed is fixed.
  EXPECT_GE(shown, 1);
  EXPECT_LE(shown, 14);
  EXPECT_LE(warned, kCalibrations / 5);
}

TEST(Calibration, TooFewBlocksDecideNothing) {
  // Over four lines 2^-n must be at most 0.05 / 8.
  EXPECT_EQ(calibrated(with_effects(balanced(6, 0.03))).verdict, CalibrationVerdict::undecidable);
  EXPECT_EQ(calibrated(with_effects(balanced(6, 0.03))).exit_status, 3);
  EXPECT_EQ(calibrated(with_effects(balanced(8, 0.03))).exit_status, 0);
  Report unmeasured = with_effects(balanced(8, 0.03));
  for (auto& one : unmeasured.cases) one.runs.clear();
  const auto nothing = calibrated(unmeasured);
  EXPECT_EQ(nothing.exit_status, 3);
  EXPECT_EQ(nothing.metrics[0].sd.reason(), "no_run");
}

TEST(Calibration, RunsThatFailedMakeItInvalid) {
  Report report = with_effects(balanced(24, 0.03));
  for (std::size_t i = 0; i < 8; ++i) {
    report.cases[0].runs[i].valid = false;
    report.cases[0].runs[i].invalid_reasons = {kEnvironmentChanged};
  }
  const auto calibration = calibrated(report);
  EXPECT_EQ(calibration.verdict, CalibrationVerdict::invalid);
  EXPECT_EQ(calibration.exit_status, 4);
  EXPECT_FALSE(calibration.invalid.empty());
}

TEST(Calibration, AReportWithoutArmsIsNone) {
  EXPECT_FALSE(calibration_of(two_transports(12, 1), calibrated_metrics()));
}

// --- gates that are planned ---------------------------------------------------------------------

class PlannedGates : public testing::Test {
 protected:
  // What is to be measured, without a run.
  Report planned_ = with_effects(Values{});

  std::string refused(const Report& calibration, std::vector<std::string> texts,
                      std::uint64_t blocks, bool by_default = false) {
    CompareOptions options;
    auto gates = parse_gates(texts);
    EXPECT_TRUE(gates);
    options.gates = *gates;
    std::vector<const Metric*> metrics;
    for (auto& gate : options.gates) {
      gate.by_default = by_default;
      metrics.push_back(gate.metric);
    }
    const auto found = calibration_of(calibration, metrics);
    EXPECT_TRUE(found) << found.error().message;
    const auto outcome = compare_by(planned_, "arm", {}, options);
    EXPECT_TRUE(outcome) << outcome.error().message;
    const auto fine = check_gates(
        {.outcome = *outcome, .cases = planned_.cases, .gates = options.gates, .blocks = blocks},
        *found, "c.json");
    return fine ? "" : fine.error().message;
  }
};

TEST_F(PlannedGates, FinerThanTheMachineAreRefusedWithTheBlocksThatWouldDo) {
  const Report noisy = with_effects(balanced(24, 0.03));
  const auto needed = *blocks_to_find(std::log(1.02), *calibrated(noisy).metrics[0].sd);
  const std::string line = refused(noisy, {"p50:1.02"}, 12);
  // (t_{.975,11} + t_{.90,11}) * 0.03 / sqrt(12), with 2.2010 and 1.3634: 3.09 %, as a ratio +3.14
  // %.
  EXPECT_EQ(line, "--gate p50:1.02: this machine finds +3.14 % with 12 blocks; " +
                      std::to_string(needed) + " blocks are enough");
  EXPECT_EQ(refused(noisy, {"p50:1.02"}, needed), "");
  EXPECT_NE(refused(noisy, {"p50:1.02"}, needed - 1), "");
  EXPECT_EQ(refused(noisy, {"p50:1.05"}, 12), "");
}

TEST_F(PlannedGates, FewerBlocksThanCarryAnIntervalAreTooFewForAny) {
  const std::string line = refused(with_effects(balanced(24, 0.001)), {"p50:2"}, 5);
  EXPECT_EQ(line, "--gate p50:2: 5 blocks have no interval; 6 blocks are enough");
}

TEST_F(PlannedGates, OutOfReachIsSaid) {
  const std::string line = refused(with_effects(balanced(24, 1)), {"p50:1.01"}, 40);
  EXPECT_NE(line.find("not even 1000 blocks are enough"), std::string::npos) << line;
}

TEST_F(PlannedGates, AreHeldAgainstTheCaseOfTheSameParameters) {
  Report both = with_effects(balanced(24, 0.005));
  const Report udp = with_effects(balanced(24, 0.2), "udp");
  both.cases.insert(both.cases.end(), udp.cases.begin(), udp.cases.end());
  EXPECT_EQ(refused(both, {"p50:1.02"}, 12), "");
  // Of another duration there is none: then the worst counts.
  for (auto& one : planned_.cases) one.params.duration_ns += 1;
  EXPECT_NE(refused(both, {"p50:1.02"}, 12), "");
}

TEST_F(PlannedGates, OfWhatTheCalibrationDoesNotSayAreRefusedIfTheyWereAskedFor) {
  Report calibration = with_effects(balanced(24, 0.005));
  for (auto& one : calibration.cases) {
    for (auto& run : one.runs) run.loss->loss_ratio = Maybe<double>::none(kNotApplicable);
  }
  EXPECT_EQ(refused(calibration, {"loss"}, 12), "--gate loss: c.json has no such metric");
  EXPECT_EQ(refused(calibration, {"loss"}, 12, true), "");
}

TEST_F(PlannedGates, OfADifferenceAreInPoints) {
  Report calibration = with_effects(balanced(24, 0.005));
  for (auto& one : calibration.cases) {
    const double sign = one.id.ends_with("candidate") ? 1 : -1;
    for (auto& run : one.runs)
      run.loss->loss_ratio = 0.02 + (run.index % 2 == 0 ? 0.01 : -0.01) * sign;
  }
  // (t_{.975,11} + t_{.90,11}) * sd / sqrt(12), with an sd of 0.02 * sqrt(24 / 23).
  const std::string line = refused(calibration, {"loss:0.001"}, 12);
  EXPECT_NE(line.find("this machine finds +2.10 pp with 12 blocks"), std::string::npos) << line;
}

TEST_F(PlannedGates, ThatDoNotStandAreNotChecked) {
  for (auto& one : planned_.cases) one.params.rate_per_s = Maybe<double>::none("closed_loop");
  EXPECT_EQ(refused(with_effects(balanced(24, 1)), {"p99:1.10"}, 12, true), "");
}

// --- the table, the document --------------------------------------------------------------------

// tcp as it should be, a udp that drifts and has no p99.
Report two_cases() {
  Report report = with_effects(balanced(24, 0.03));
  Values drifting = balanced(24, 0.3);
  for (std::size_t i = 0; i < drifting.size(); ++i) drifting[i] += 0.05 * static_cast<double>(i);
  Report udp = with_effects(drifting, "udp");
  for (auto& one : udp.cases) {
    for (auto& run : one.runs)
      run.latency->response_time_loss_as_infinite->p99_ns = Maybe<std::int64_t>::none(kSamples);
  }
  report.cases.insert(report.cases.end(), udp.cases.begin(), udp.cases.end());
  return report;
}

TEST(CalibrationTable, FewBlocksAndColour) {
  Report report = with_effects(balanced(6, 0.03));
  report.cases[0].runs[1].valid = false;
  report.cases[0].runs[1].invalid_reasons = {kEnvironmentChanged};
  expect_golden("calibration.txt",
                calibration_table(calibrated(report), {.colour = true, .width = 120}));
}

TEST(CalibrationTable, EveryCaseIsATableWithReasonsForWhatIsUndefined) {
  const std::string text = calibration_table(calibrated(two_cases()), {.width = 120});
  for (const char* part :
       {"tcp/rr/64B/c1, 24 blocks ", "\n\nudp/rr/64B/c1, 24 blocks ",
        "\n    p99: too few samples for this percentile\n",
        "\n  false alarms: how many of 400 draws", "\n  warning: udp/rr/64B/c1 p50: "})
    EXPECT_NE(text.find(part), std::string::npos) << part << '\n' << text;
}

TEST(CalibrationTable, NothingThatAReportCallsItselfReachesTheTerminalAsControl) {
  Report report = with_effects(balanced(6, 0.03));
  report.cases[0].id = "tcp\x1b[2J\n@baseline";
  report.cases[1].runs[0].valid = false;
  report.cases[1].runs[0].invalid_reasons = {"\x1b]0;title\x07"};
  const std::string text = calibration_table(calibrated(report));
  expect_printable_lines(text);
}

TEST(CalibrationDocument, IsJsonWithReasonsForWhatIsUndefined) {
  const auto text = to_json(calibrated(two_cases()));
  const auto json = parse_json(text);
  ASSERT_TRUE(json) << json.error().message;
  const auto& metrics = json->tree()["metrics"];
  ASSERT_EQ(metrics.size(), 8U);
  EXPECT_EQ(metrics[0]["case"], "tcp/rr/64B/c1");
  EXPECT_EQ(metrics[0]["false_alarms"]["draws"], 400);
  EXPECT_TRUE(metrics[5]["sd"].is_null());
  EXPECT_EQ(metrics[5]["sd_reason"], "samples");
  EXPECT_EQ(json->tree()["verdict"], "difference_shown");
}

}  // namespace
}  // namespace sockmark::report
