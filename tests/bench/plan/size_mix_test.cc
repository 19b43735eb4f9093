#include "bench/plan/size_mix.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "stats/goodness_of_fit.h"

namespace sockmark {
namespace {

SizeMix mix_of(const char* text) {
  auto choice = parse_size_choice(text);
  EXPECT_TRUE(choice) << choice.error().message;
  return choice->mix;
}

TEST(SizeMix, ImixIsSevenToFourToOne) {
  const auto imix = mix_of("imix");
  EXPECT_EQ(imix, mix_of("64x7+576x4+1500x1"));
  EXPECT_EQ(name_of(imix), "imix");
  EXPECT_EQ(text_of(imix), "64x7+576x4+1500x1");
  EXPECT_NEAR(imix.mean_bytes(), (7 * 64 + 4 * 576 + 1500) / 12.0, 1e-9);
  EXPECT_EQ(imix.smallest(), 64U);
  EXPECT_EQ(imix.largest(), 1500U);
  EXPECT_EQ(parse_size_choice("IMIX")->bytes, 1500U);
}

TEST(SizeMix, ASizeIsNoMix) {
  const auto size = parse_size_choice("16k");
  ASSERT_TRUE(size);
  EXPECT_EQ(size->bytes, 16'384U);
  EXPECT_FALSE(size->mix);
}

TEST(SizeMix, WhatIsNotOneIsRefusedWithWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"64x7", "at least two"}, {"64x7+", "expected a size"}, {"64x7+64x1", "twice"},
      {"64x0+65x1", "weight"},  {"64+65", "expected a size"}, {"64x9999+65x2", "add up"},
      {"64xx+65x1", "weight"},  {"64x1+x2", "64x1+x2"},       {"imax", "imax"},
  };
  for (const auto& [text, problem] : cases) {
    const auto size = parse_size_choice(text);
    ASSERT_FALSE(size) << text;
    EXPECT_NE(size.error().message.find(problem), std::string::npos) << size.error().message;
  }
}

std::vector<std::uint64_t> counts(const SizeDraw& draw, std::uint64_t flow,
                                  std::uint64_t messages) {
  std::vector<std::uint64_t> result(draw.parts());
  for (std::uint64_t seq = 0; seq < messages; ++seq) ++result[draw.part_of(flow, seq)];
  return result;
}

constexpr double kImixWeights[] = {7, 4, 1};

TEST(SizeDraw, FollowsTheWeightsInEveryFlow) {
  const auto imix = mix_of("imix");
  std::uint64_t flagged = 0;
  for (std::uint64_t flow = 0; flow < 200; ++flow) {
    const auto fit = report::chi_square_fit(counts(SizeDraw(imix, 1), flow, 12'000), kImixWeights);
    ASSERT_TRUE(fit);
    flagged += fit->p < 0.05;
  }
  EXPECT_GE(flagged, 1U) << "a test at 5 % rejects some of 200";
  EXPECT_LE(flagged, 25U);
}

TEST(SizeDraw, AnotherMixIsCaught) {
  const auto sent = counts(SizeDraw(mix_of("64x6+576x5+1500x1"), 1), 0, 12'000);
  EXPECT_LT(report::chi_square_fit(sent, kImixWeights)->p, 1e-6);
}

TEST(SizeDraw, DependsOnSeedFlowAndNumberOnly) {
  const auto imix = mix_of("imix");
  const SizeDraw one(imix, 1), again(imix, 1), other(imix, 2);
  std::uint64_t by_seed = 0, by_flow = 0;
  for (std::uint64_t seq = 0; seq < 1'000; ++seq) {
    EXPECT_EQ(one.part_of(3, seq), again.part_of(3, seq));
    by_seed += one.part_of(3, seq) != other.part_of(3, seq);
    by_flow += one.part_of(3, seq) != one.part_of(4, seq);
  }
  EXPECT_GT(by_seed, 400U);
  EXPECT_GT(by_flow, 400U);
  EXPECT_EQ(one.bytes_of(1), 576U);
}

}  // namespace
}  // namespace sockmark
