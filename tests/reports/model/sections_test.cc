#include "reports/model/sections.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "measure/sequence_tracker.h"

namespace sockmark::report {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kBeyondTheHistogram = 20'000'000'000'000;

Histogram filled(std::int64_t first, std::uint64_t count) {
  Histogram histogram;
  for (std::uint64_t i = 0; i < count; ++i) histogram.record(first + static_cast<std::int64_t>(i));
  return histogram;
}

template <class T>
void expect_none(const Maybe<T>& value, const char* reason) {
  EXPECT_FALSE(value);
  EXPECT_EQ(value.reason(), reason);
}

std::vector<Maybe<std::int64_t>> percentiles(const auto& from) {
  return {from.p50_ns, from.p75_ns,   from.p90_ns,   from.p95_ns,
          from.p99_ns, from.p99_9_ns, from.p99_99_ns};
}

// --- distributions ------------------------------------------------------------------------------

TEST(DistributionSection, OfNothingIsUndefinedThroughout) {
  const auto d = distribution(Histogram());
  EXPECT_EQ(d.count, 0U);
  for (const auto& p : percentiles(d)) expect_none(p, kNothingReceived);
  expect_none(d.min_ns, kNothingReceived);
  expect_none(d.max_ns, kNothingReceived);
  expect_none(d.mean_ns, kNothingReceived);
  EXPECT_TRUE(d.histogram_v2.starts_with("HISTFAAAA"));
}

// At least ten values beyond a percentile, or it is not quoted.
TEST(DistributionSection, APercentileNeedsTenValuesBeyondIt) {
  const std::uint64_t least[] = {20, 40, 100, 200, 1'000, 10'000, 100'000};
  for (std::size_t i = 0; i < std::size(least); ++i) {
    const auto enough = distribution(filled(1, least[i])),
               too_few = distribution(filled(1, least[i] - 1));
    EXPECT_TRUE(percentiles(enough)[i]) << least[i];
    expect_none(percentiles(too_few)[i], kSamples);
    EXPECT_TRUE(too_few.max_ns && too_few.min_ns && too_few.mean_ns);
  }
}

TEST(DistributionSection, APercentileIsNotAboveTheExactMaximum) {
  Histogram histogram;
  histogram.record(1'000'001, 100'000);
  ASSERT_GT(histogram.highest_equivalent(1'000'001), 1'000'001);
  const auto d = distribution(histogram);
  EXPECT_EQ(d.max_ns, Maybe<std::int64_t>(1'000'001));
  for (const auto& p : percentiles(d)) EXPECT_EQ(p, Maybe<std::int64_t>(1'000'001));
}

TEST(DelayVariationSection, NoPercentileIsBeyondItsExtreme) {
  DelayStatistics delay;
  delay.delay.record(1'000'001, 100'000);
  delay.ipdv.record(-1'000'001, 100'000);
  const auto section = delay_variation_section(delay, DelayKind::one_way);
  EXPECT_EQ(section.pdv->max_ns, Maybe<std::int64_t>(0));
  EXPECT_EQ(section.pdv->p50_ns, Maybe<std::int64_t>(0));
  EXPECT_EQ(section.ipdv->p50_ns, Maybe<std::int64_t>(-1'000'001));
  EXPECT_EQ(section.ipdv->abs_p50_ns, Maybe<std::int64_t>(1'000'001));
}

TEST(DistributionSection, PercentilesRiseFromMinimumToMaximum) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    Histogram histogram;
    const std::uint64_t range = std::uint64_t{1} << (4 + random.below(36));
    for (int i = 0; i < 2000; ++i) histogram.record(static_cast<std::int64_t>(random.below(range)));
    const auto d = distribution(histogram);
    std::int64_t before = *d.min_ns;
    for (const auto& p : percentiles(d)) {
      if (!p) continue;
      EXPECT_LE(before, *p);
      before = *p;
    }
    EXPECT_LE(before, *d.max_ns);
  }
}

// What the encoding leaves out comes back from the fields beside it.
TEST(DistributionSection, GivesItsHistogramBack) {
  Histogram histogram;
  histogram.record(5'000'001, 10);
  histogram.record(1'000'001, 100'000);
  const auto back = histogram_of(distribution(histogram));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->min(), 1'000'001);
  EXPECT_EQ(back->max(), 5'000'001);
  EXPECT_EQ(back->percentile(kP50), histogram.percentile(kP50));
  EXPECT_EQ(back->percentile(kP100), 5'000'001);

  histogram.record(kBeyondTheHistogram, 100'010);
  const auto overflowed = histogram_of(distribution(histogram));
  ASSERT_TRUE(overflowed) << overflowed.error().message;
  EXPECT_EQ(overflowed->count(), 200'020U);
  EXPECT_EQ(overflowed->overflow(), 100'010U);
  EXPECT_EQ(overflowed->max(), std::nullopt);
  EXPECT_TRUE(overflowed->percentile(kP50));
  EXPECT_EQ(overflowed->percentile(kP75), std::nullopt);
}

TEST(DistributionSection, ExtremesThatContradictTheCountersStayInThem) {
  auto false_extremes = distribution(filled(1'000, 5'000));
  false_extremes.min_ns = 1;
  false_extremes.max_ns = 9'000'000'000;
  const auto back = histogram_of(false_extremes);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->min(), 1'000);
  EXPECT_EQ(back->percentile(kP100), back->highest_equivalent(5'999));
}

TEST(DistributionSection, ValuesBeyondTheHistogramTakeTheUpperEndAway) {
  Histogram histogram = filled(1, 100'000);
  histogram.record(kBeyondTheHistogram, 100'000);
  const auto d = distribution(histogram);
  EXPECT_EQ(d.overflow, 100'000U);
  EXPECT_EQ(d.count, 200'000U);
  EXPECT_TRUE(d.p50_ns);
  expect_none(d.p75_ns, kOverflow);
  expect_none(d.p99_99_ns, kOverflow);
  expect_none(d.max_ns, kOverflow);
  EXPECT_EQ(d.min_ns, Maybe<std::int64_t>(1));
}

TEST(LossAsInfinite, APercentileThatLandsOnALostMessageIsUndefined) {
  const auto with_loss = loss_as_infinite(filled(1, 900), 100);
  EXPECT_EQ(with_loss.p50_ns, Maybe<std::int64_t>(500)) << "of all thousand that were sent";
  EXPECT_TRUE(with_loss.p90_ns);
  expect_none(with_loss.p95_ns, kLoss);
  expect_none(with_loss.p99_ns, kLoss);
  expect_none(with_loss.p99_9_ns, kSamples);
}

TEST(LossAsInfinite, WithoutLossIsTheDistribution) {
  const Histogram histogram = filled(1'000, 5'000);
  const auto infinite = loss_as_infinite(histogram, 0);
  const auto d = distribution(histogram);
  EXPECT_EQ(percentiles(infinite), percentiles(d));
}

TEST(LossAsInfinite, DistinguishesNothingSentEverythingLostAndOverflow) {
  for (const auto& p : percentiles(loss_as_infinite(Histogram(), 0))) expect_none(p, kNothingSent);
  expect_none(loss_as_infinite(Histogram(), 1'000).p50_ns, kLoss);
  Histogram histogram = filled(1, 10);
  histogram.record(kBeyondTheHistogram, 1'000);
  expect_none(loss_as_infinite(histogram, 0).p50_ns, kOverflow);
}

// --- what became of the messages ----------------------------------------------------------------

// Twelve messages a millisecond apart, a delay of 5 ms: 3, 4 and 8 never come, 6 comes twice, 10
// comes after 11.
SequenceStatistics observed() {
  SequenceStatistics statistics;
  SequenceTracker tracker({.tmax = 1s}, statistics);
  const auto sent = [](std::uint64_t seq) {
    return instant_from_ns(1'000'000 * static_cast<std::int64_t>(seq));
  };
  for (const std::uint64_t seq : {0U, 1U, 2U, 5U, 6U, 6U, 7U, 9U, 11U, 10U}) {
    const Instant arrived = sent(std::max<std::uint64_t>(seq, seq == 10 ? 11 : seq)) + 5ms;
    static_cast<void>(tracker.arrived(seq, sent(seq), arrived, 64));
  }
  tracker.finish(12);
  return statistics;
}

TEST(LossSection, OfDatagramsIsAMeasurement) {
  const auto loss = loss_section(observed(), 1s, Delivery::best_effort);
  EXPECT_EQ(loss.sent, 12U);
  EXPECT_EQ(loss.received, 9U);
  EXPECT_EQ(loss.lost, 3U);
  EXPECT_EQ(loss.tmax_ns, 1'000'000'000);
  EXPECT_EQ(loss.loss_ratio, Maybe<double>(0.25));
  ASSERT_TRUE(loss.loss_ratio_ci95);
  EXPECT_LT((*loss.loss_ratio_ci95)[0], 0.25);
  EXPECT_GT((*loss.loss_ratio_ci95)[1], 0.25);
  EXPECT_EQ(loss.periods->count, 2U);
  EXPECT_EQ(loss.periods->max_length, 2U);
  EXPECT_EQ(loss.periods->length_histogram, (CountsByLength{{1, 1}, {2, 1}}));
  EXPECT_EQ(*loss.distance_histogram, (CountsByLength{{0, 1}, {1, 1}, {4, 1}}));
  EXPECT_EQ(loss.noticeable_rate->size(), 5U);
  EXPECT_DOUBLE_EQ(loss.noticeable_rate->at("1"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(loss.noticeable_rate->at("5"), 2.0 / 3);
}

TEST(LossSection, WithoutLossOrMessagesSaysWhatIsUndefined) {
  SequenceStatistics statistics;
  auto loss = loss_section(statistics, 1s, Delivery::best_effort);
  expect_none(loss.loss_ratio, kNothingSent);
  expect_none(loss.loss_ratio_ci95, kNothingSent);
  statistics.sent = statistics.received = 10;
  loss = loss_section(statistics, 1s, Delivery::best_effort);
  EXPECT_EQ(loss.loss_ratio, Maybe<double>(0.0));
  EXPECT_TRUE(loss.loss_ratio_ci95);
  expect_none(loss.noticeable_rate, "nothing_lost");
}

TEST(Sections, OfAReliableTransportHaveCountsButNoNetworkFigures) {
  const auto statistics = observed();
  const auto loss = loss_section(statistics, 1s, Delivery::reliable);
  EXPECT_EQ(loss.lost, 3U);
  expect_none(loss.loss_ratio, kNotApplicable);
  expect_none(loss.loss_ratio_ci95, kNotApplicable);
  expect_none(loss.periods, kNotApplicable);
  expect_none(loss.distance_histogram, kNotApplicable);
  expect_none(loss.inter_loss_period_histogram, kNotApplicable);
  expect_none(loss.noticeable_rate, kNotApplicable);
  expect_none(loss.forward_lost, kNotApplicable);
  expect_none(loss.reverse_lost, kNotApplicable);
  expect_none(loss.attribution, kNotApplicable);

  const auto duplication = duplication_section(statistics, Delivery::reliable);
  expect_none(duplication.duplicates, kNotApplicable);
  expect_none(duplication.duplication_fraction, kNotApplicable);
  expect_none(duplication.replicated_packets, kNotApplicable);
  expect_none(duplication.replicated_packet_rate, kNotApplicable);

  const auto reordering = reordering_section(statistics, Delivery::reliable);
  expect_none(reordering.reordered, kNotApplicable);
  expect_none(reordering.reordered_ratio, kNotApplicable);
  expect_none(reordering.extent_max, kNotApplicable);
  expect_none(reordering.late_time, kNotApplicable);
  expect_none(reordering.gap_histogram, kNotApplicable);
  expect_none(reordering.free_runs, kNotApplicable);
  expect_none(reordering.n_reordering, kNotApplicable);
}

TEST(DuplicationSection, OfDatagramsIsAMeasurement) {
  const auto duplication = duplication_section(observed(), Delivery::best_effort);
  EXPECT_EQ(duplication.duplicates, Maybe<std::uint64_t>(1));
  EXPECT_EQ(duplication.replicated_packets, Maybe<std::uint64_t>(1));
  EXPECT_TRUE(duplication.duplication_fraction);
  const auto none = duplication_section(SequenceStatistics(), Delivery::best_effort);
  EXPECT_EQ(none.duplicates, Maybe<std::uint64_t>(0));
  expect_none(none.duplication_fraction, kNothingReceived);
  expect_none(none.replicated_packet_rate, kNothingReceived);
}

TEST(ReorderingSection, OfDatagramsIsAMeasurement) {
  const auto reordering = reordering_section(observed(), Delivery::best_effort);
  EXPECT_EQ(reordering.reordered, Maybe<std::uint64_t>(1));
  EXPECT_EQ(reordering.extent_max, Maybe<std::uint64_t>(1));
  EXPECT_EQ(reordering.byte_offset_max, Maybe<std::uint64_t>(64));
  EXPECT_EQ(reordering.late_time->count, 1U);
  const auto none = reordering_section(SequenceStatistics(), Delivery::best_effort);
  EXPECT_EQ(none.reordered, Maybe<std::uint64_t>(0));
  expect_none(none.reordered_ratio, kNothingReceived);
  expect_none(none.late_time, "nothing_reordered");
}

// --- delay variation and series -----------------------------------------------------------------

TEST(DelayVariationSection, OfOneMessageOrNoneIsUndefined) {
  DelayStatistics delay;
  auto section = delay_variation_section(delay, DelayKind::round_trip);
  EXPECT_EQ(section.delay_kind, DelayKind::round_trip);
  expect_none(section.pdv, kNothingReceived);
  expect_none(section.ipdv->min_ns, "fewer_than_two_received");
  expect_none(section.jitter_rfc3550_ns, "fewer_than_two_received");
  delay.delay.record(100);
  section = delay_variation_section(delay, DelayKind::round_trip);
  EXPECT_EQ(section.pdv->max_ns, Maybe<std::int64_t>(0));
  expect_none(section.pdv->p50_ns, kSamples);
  expect_none(section.ipdv->mean_ns, "fewer_than_two_received");
}

TEST(DelayVariationSection, OfManyIsCountedFromTheSmallestDelay) {
  DelayStatistics delay;
  for (int i = 0; i < 1'000; ++i) delay.delay.record(500 + i);
  delay.ipdv.record(-3);
  delay.ipdv.record(5);
  const auto section = delay_variation_section(delay, DelayKind::one_way);
  EXPECT_EQ(section.pdv->p50_ns, Maybe<std::int64_t>(499));
  EXPECT_EQ(section.pdv->max_ns, Maybe<std::int64_t>(999));
  expect_none(section.pdv->p99_9_ns, kSamples);
  EXPECT_EQ(section.ipdv->defined, 2U);
  EXPECT_EQ(section.ipdv->min_ns, Maybe<std::int64_t>(-3));
  EXPECT_EQ(section.ipdv->mean_abs_ns, Maybe<double>(4.0));
}

TEST(SeriesSection, ASubWindowWithoutLatencySaysSo) {
  const Instant t0 = instant_from_ns(1'000);
  Series series(t0, t0 + 2s, 4);
  series.record(t0 + 500ms, 30ns);
  series.count(t0 + 1s);
  series.lose(t0 + 1s, 5);
  const auto points = series_section(series, Delivery::best_effort);
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(points[0].messages, 0U);
  expect_none(points[0].p50_ns, kSamples);
  EXPECT_EQ(points[1].t_s, 0.5);
  EXPECT_EQ(points[1].messages, 1U);
  EXPECT_EQ(points[1].max_ns, Maybe<std::int64_t>(30));
  EXPECT_EQ(points[2].messages, 1U);
  expect_none(points[2].max_ns, kSamples);
  EXPECT_EQ(points[2].lost, Maybe<std::uint64_t>(5));
  const auto reliable = series_section(series, Delivery::reliable);
  EXPECT_FALSE(reliable[2].lost);
  EXPECT_EQ(reliable[2].lost.reason(), kNotApplicable);
}

TEST(PercentileOf, IsAsInTheDistributionOrFromItsHistogram) {
  Histogram histogram;
  for (int i = 1; i <= 1000; ++i) histogram.record(i);
  const Distribution whole = distribution(histogram);
  EXPECT_EQ(percentile_of(whole, kP99), whole.p99_ns);
  EXPECT_EQ(percentile_of(whole, 800'000), Maybe<std::int64_t>(800));
  expect_none(percentile_of(whole, 995'000), kSamples);
  EXPECT_EQ(percentile_of(whole, kP99_9).reason(), kSamples);
  Distribution damaged = whole;
  damaged.histogram_v2 = "x";
  expect_none(percentile_of(damaged, 800'000), "histogram");
  expect_none(percentile_of(Distribution{}, 800'000), kNothingReceived);
}

TEST(DelayVariationSection, PercentilesOfIpdvAreOfTheSignedValueAndOfItsMagnitude) {
  DelayStatistics delay;
  for (int i = 0; i < 1000; ++i) {  // an alternating delay: ten down, ten up
    delay.delay.record(100 + i % 2 * 10);
    delay.ipdv.record(i % 2 == 0 ? -10 : 10);
  }
  const auto section = delay_variation_section(delay, DelayKind::one_way);
  EXPECT_EQ(section.ipdv->p50_ns, Maybe<std::int64_t>(-10));
  EXPECT_EQ(section.ipdv->p90_ns, Maybe<std::int64_t>(10));
  EXPECT_EQ(section.ipdv->abs_p50_ns, Maybe<std::int64_t>(10));
  EXPECT_EQ(section.ipdv->abs_p99_ns, Maybe<std::int64_t>(10));
  expect_none(section.ipdv->p99_9_ns, "samples");
}

}  // namespace
}  // namespace sockmark::report
