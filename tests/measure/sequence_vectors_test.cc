// SequenceTracker against the worked examples of the RFCs and the seeded sequences in
// tests/vectors/seq.

#include <gtest/gtest.h>
#include <sodium.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include "measure/sequence_tracker.h"
#include "tests/measure/flow.h"
#include "tests/measure/vectors.h"

namespace sockmark {
namespace {

using Json = nlohmann::json;
using test::expect_near;
using test::optional_of;

constexpr std::pair<const char*, Ppm> kPercentiles[] = {
    {"p50", kP50}, {"p75", kP75},     {"p90", kP90},      {"p95", kP95},
    {"p99", kP99}, {"p99_9", kP99_9}, {"p99_99", kP99_99}};

test::Flow flow_from(const Json& input) {
  test::Flow flow;
  flow.first_seq = std::stoull(input.at("first_seq").get<std::string>());
  flow.tmax = input.at("tmax_ns");
  flow.n_max = input.at("n_max");
  const Json& sent = input.at("sent");
  for (std::size_t k = 0; k < sent.at("count"); ++k) {
    flow.sent_at.push_back(sent.contains("t_ns")
                               ? sent.at("t_ns")[k].get<std::int64_t>()
                               : sent.at("t0_ns").get<std::int64_t>() +
                                     static_cast<std::int64_t>(k) *
                                         sent.at("interval_ns").get<std::int64_t>());
    const Json& size = sent.at("size");
    flow.sizes.push_back(size.is_array() ? size[k] : size);
  }
  const Json& arrivals = input.at("arrivals");
  for (std::size_t i = 0; i < arrivals.at("off").size(); ++i) {
    flow.arrivals.push_back({.index = arrivals.at("off")[i], .at = arrivals.at("t_ns")[i]});
  }
  for (const Json& position : arrivals.at("corrupt_index")) {
    flow.arrivals[position.get<std::size_t>()].corrupt = true;
  }
  return flow;
}

// Long lists are published as a digest of their decimal text.
void expect_list(const Json& actual, const Json& expected, const char* what) {
  if (!expected.is_object() || !expected.contains("digest")) {
    EXPECT_EQ(actual, expected) << what;
    return;
  }
  std::string text;
  for (const Json& value : actual) {
    if (value.is_object()) {
      for (const char* key : {"off", "position", "detected_at", "gap", "gap_time_ns"}) {
        text += value.at(key).dump() + ",";
      }
    } else {
      text += value.dump() + ",";
    }
  }
  if (!text.empty()) text.pop_back();
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  char hexadecimal[2 * sizeof hash + 1];
  sodium_bin2hex(hexadecimal, sizeof hexadecimal, hash, sizeof hash);
  EXPECT_EQ(actual.size(), expected.at("len")) << what;
  EXPECT_EQ(std::string(hexadecimal), expected.at("sha256")) << what;
}

Json text_keyed(const CountsByLength& counts) {
  Json result = Json::object();
  for (const auto& [length, count] : counts) result[std::to_string(length)] = count;
  return result;
}

template <class Event, class Field>
Json column(const std::vector<Event>& events, Field field) {
  Json result = Json::array();
  for (const Event& event : events) result.push_back(field(event));
  return result;
}

CountsByLength histogram_of(const Json& list) {
  CountsByLength counts;
  for (const Json& value : list) ++counts[value.get<std::uint64_t>()];
  return counts;
}

void expect_counts(const SequenceStatistics& s, const Json& expected) {
  EXPECT_EQ(s.sent, expected.at("sent"));
  EXPECT_EQ(s.received, expected.at("received"));
  EXPECT_EQ(s.lost, expected.at("lost"));
  EXPECT_EQ(s.late, expected.at("late"));
  EXPECT_EQ(s.late_arrivals, expected.at("late_arrivals"));
  EXPECT_EQ(s.late_unattributed, 0);
  EXPECT_EQ(s.duplicates, expected.at("duplicates"));
  EXPECT_EQ(s.replicated_packets, expected.at("replicated_packets"));
  EXPECT_EQ(s.spurious, expected.at("spurious"));
}

void expect_loss(const SequenceStatistics& s, const test::Events& events, const Json& expected) {
  expect_near(s.loss_ratio(), expected.at("loss_ratio"), "loss_ratio");
  EXPECT_EQ(s.loss.periods(), expected.at("loss_period_count"));
  EXPECT_EQ(text_keyed(s.loss.period_lengths), expected.at("loss_period_length_histogram"));
  const Json firsts = column(events.loss_periods, [](const auto& e) { return e.first_index; });
  const Json lengths = column(events.loss_periods, [](const auto& e) { return e.length; });
  const Json between = column(events.loss_periods, [](const auto& e) { return e.since_last_loss; });
  Json distances = Json::array();
  for (const LossPeriodEvent& period : events.loss_periods) {
    distances.push_back(period.since_last_loss);
    for (std::uint64_t i = 1; i < period.length; ++i) distances.push_back(1);
  }
  expect_list(firsts, expected.at("loss_period_start_offs"), "loss_period_start_offs");
  expect_list(lengths, expected.at("loss_period_lengths"), "loss_period_lengths");
  expect_list(between, expected.at("inter_loss_period_lengths"), "inter_loss_period_lengths");
  expect_list(distances, expected.at("loss_distances"), "loss_distances");
  EXPECT_EQ(s.loss.inter_period_lengths, histogram_of(between));
  EXPECT_EQ(s.loss.distances, histogram_of(distances));
  for (const auto& [delta, rate] : expected.at("noticeable_rate").items()) {
    expect_near(s.loss.noticeable_rate(std::stoull(delta)), rate, "noticeable_rate");
  }
}

void expect_reordering(const SequenceStatistics& s, const test::Events& events,
                       const Json& expected) {
  const ReorderingStatistics& r = s.reordering;
  EXPECT_EQ(r.reordered, expected.at("reordered"));
  expect_near(s.reordered_ratio(), expected.at("reordered_ratio"), "reordered_ratio");
  EXPECT_EQ(r.sequence_discontinuities, expected.at("sequence_discontinuities"));
  EXPECT_EQ(r.sequence_discontinuity_total, expected.at("sequence_discontinuity_total"));
  EXPECT_EQ(r.reordering_discontinuities, expected.at("reordering_discontinuities"));
  EXPECT_EQ(text_keyed(r.extents), expected.at("extent_histogram"));
  EXPECT_EQ(Json(r.n_reordering()), expected.at("n_reordering"));

  const auto& reordered = events.reordered;
  const Json byte_offsets = column(reordered, [](const auto& e) { return e.byte_offset; });
  const Json late_times = column(reordered, [](const auto& e) { return ns(e.late_time); });
  expect_list(column(reordered, [](const auto& e) { return e.index; }),
              expected.at("reordered_offs"), "reordered_offs");
  expect_list(column(reordered, [](const auto& e) { return e.extent; }), expected.at("extents"),
              "extents");
  expect_list(late_times, expected.at("late_time_ns"), "late_time_ns");
  expect_list(byte_offsets, expected.at("byte_offsets"), "byte_offsets");
  EXPECT_EQ(r.late_time.count(), late_times.size());
  if (!reordered.empty()) {
    EXPECT_EQ(r.byte_offset_max, *std::max_element(byte_offsets.begin(), byte_offsets.end()));
    EXPECT_EQ(r.late_time.max(), *std::max_element(late_times.begin(), late_times.end()));
  }

  Json gaps = Json::array();
  for (const GapEvent& e : events.gaps) {
    gaps.push_back({{"off", events.accepted[e.position - 1]},
                    {"position", e.position},
                    {"detected_at", e.detected_at},
                    {"gap", e.gap},
                    {"gap_time_ns", ns(e.gap_time)}});
  }
  expect_list(gaps, expected.at("gaps"), "gaps");
  EXPECT_EQ(r.gaps, histogram_of(column(events.gaps, [](const auto& e) { return e.gap; })));

  const Json& free_runs = expected.at("free_runs");
  EXPECT_EQ(s.free_runs().x, free_runs.at("x"));
  EXPECT_EQ(s.free_runs().a, free_runs.at("a"));
  EXPECT_EQ(s.free_runs().p, free_runs.at("p"));
  EXPECT_EQ(s.free_runs().q, free_runs.at("q"));
  const Json runs = column(reordered, [](const auto& e) { return e.free_run_ended; });
  expect_list(runs, free_runs.at("runs"), "free runs");
  EXPECT_EQ(text_keyed(histogram_of(runs)), free_runs.at("histogram"));
}

// The published figures are exact; a histogram's answer is the high end of the counter that holds
// it.
void expect_delay(const SequenceStatistics& s, const Json& expected) {
  const Histogram& delay = s.delay.delay;
  const Json& all = expected.at("delay");
  EXPECT_EQ(s.delay.negative, 0);
  EXPECT_EQ(delay.count(), all.at("n"));
  EXPECT_EQ(delay.min(), optional_of<std::int64_t>(all.at("min_ns")));
  EXPECT_EQ(delay.max(), optional_of<std::int64_t>(all.at("max_ns")));
  expect_near(delay.mean(), all.at("mean_ns"), "mean");
  const Json& pdv = expected.at("pdv");
  EXPECT_EQ(s.delay.pdv_max(), optional_of<std::int64_t>(pdv.at("max_ns")));
  for (const auto& [key, ppm] : kPercentiles) {
    auto wanted = optional_of<std::int64_t>(all.at("percentiles_ns").at(key));
    if (wanted) wanted = delay.high_end(*wanted);
    EXPECT_EQ(delay.percentile(ppm), wanted) << key;
    auto with_loss = optional_of<std::int64_t>(all.at("percentiles_loss_as_infinite_ns").at(key));
    if (with_loss) with_loss = delay.high_end(*with_loss);
    EXPECT_EQ(delay.percentile(ppm, s.lost), with_loss) << key;
    auto variation = optional_of<std::int64_t>(pdv.at("percentiles_ns").at(key));
    if (variation) {
      variation = delay.high_end(*variation + *delay.min()) - *delay.min();
    }
    EXPECT_EQ(s.delay.pdv_percentile(ppm), variation) << key;
  }
  expect_near(s.delay.jitter_rfc3550_ns(), expected.at("jitter_rfc3550_ns"), "jitter");
}

void expect_ipdv(const DelayStatistics& delays, const Json& expected) {
  const SignedHistogram& ipdv = delays.ipdv;
  EXPECT_EQ(delays.ipdv_defined(), expected.at("defined"));
  EXPECT_EQ(delays.ipdv_undefined(), expected.at("undefined"));
  EXPECT_EQ(ipdv.min(), optional_of<std::int64_t>(expected.at("min_ns")));
  EXPECT_EQ(ipdv.max(), optional_of<std::int64_t>(expected.at("max_ns")));
  expect_near(ipdv.mean(), expected.at("mean_ns"), "ipdv mean");
  expect_near(ipdv.mean_magnitude(), expected.at("mean_abs_ns"), "ipdv mean magnitude");
  const Histogram magnitudes = ipdv.magnitudes();
  for (const auto& [key, ppm] : kPercentiles) {
    const auto exact = optional_of<std::int64_t>(expected.at("percentiles_ns").at(key));
    const auto ours = ipdv.percentile(ppm);
    ASSERT_EQ(ours.has_value(), exact.has_value()) << key;
    if (exact) {
      EXPECT_GE(*ours, *exact) << key;
      EXPECT_LE(*ours, std::min(*exact >= 0 ? magnitudes.highest_equivalent(*exact)
                                            : -magnitudes.lowest_equivalent(-*exact),
                                *ipdv.max()))
          << key;
    }
    auto magnitude = optional_of<std::int64_t>(expected.at("abs_percentiles_ns").at(key));
    if (magnitude) magnitude = magnitudes.high_end(*magnitude);
    EXPECT_EQ(magnitudes.percentile(ppm), magnitude) << key;
  }
}

void expect_agreement(const Json& vectors) {
  for (const Json& vector : vectors) {
    SCOPED_TRACE(vector.at("id").get<std::string>());
    const Json& expected = vector.at("expected");
    SequenceStatistics statistics;
    const test::Events events = test::track(flow_from(vector.at("input")), statistics);
    expect_counts(statistics, expected.at("counts"));
    expect_loss(statistics, events, expected.at("loss"));
    const Json& duplication = expected.at("duplication");
    expect_near(statistics.duplication_fraction(), duplication.at("duplication_fraction"),
                "duplication_fraction");
    expect_near(statistics.replicated_packet_rate(), duplication.at("replicated_packet_rate"),
                "replicated_packet_rate");
    expect_reordering(statistics, events, expected.at("reordering"));
    expect_delay(statistics, expected);
    expect_ipdv(statistics.delay, expected.at("ipdv"));
  }
}

std::vector<std::string> sequence_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(test::vector_folder() / "seq")) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class SequenceVectors : public ::testing::TestWithParam<std::string> {};

TEST_P(SequenceVectors, EveryFigureAgrees) {
  expect_agreement(test::load_vectors(test::vector_folder() / "seq" / (GetParam() + ".json")));
}

INSTANTIATE_TEST_SUITE_P(Seq, SequenceVectors, ::testing::ValuesIn(sequence_files()),
                         [](const auto& param) { return param.param; });

// 3 MiB of text, so it is kept compressed.
TEST(LargeSequenceVector, AHundredThousandMessagesAgree) {
  const std::string path = (test::vector_folder() / "seq" / "random_20_100000.json.gz").string();
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  ASSERT_TRUE(file) << path;
  std::string text(4 << 20, '\0');
  const int length = gzread(file.get(), text.data(), static_cast<unsigned>(text.size()));
  ASSERT_GT(length, 0) << path;
  text.resize(static_cast<std::size_t>(length));
  expect_agreement(test::vectors_in(text, path));
}

}  // namespace
}  // namespace sockmark
