#include "base/parse.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace sockmark {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, TakesANumberWithAUnit) {
  const std::pair<std::string_view, Nanoseconds> table[] = {
      {"250ms", 250ms}, {"5s", 5s},       {"2m", 2min},   {"1.5s", 1500ms}, {"10us", 10us},
      {"10µs", 10us},   {"100ns", 100ns}, {"0s", 0ns},    {"0.5ms", 500us}, {"1h", 1h},
      {"24h", 24h},     {"007s", 7s},     {"0.1ns", 0ns}, {"1440m", 24h}};
  for (const auto& [text, expected] : table) {
    const auto duration = parse_duration(text);
    ASSERT_TRUE(duration) << text << ": " << duration.error().message;
    EXPECT_EQ(ns(*duration), ns(expected)) << text;
  }
}

TEST(ParseDuration, RefusesAnythingElse) {
  for (const std::string_view text :
       {"",       "ms",   "-1s",     "+1s",   "1..5s",
        "1.2.3s", ".s",   "5x",      "5S",    "5 s",
        " 5s",    "5s ",  "1e3s",    "nan",   "infs",
        "0x10s",  "5sms", "24.001h", "1441m", "99999999999999999999999999h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_FALSE(parse_duration(std::string(500, '9') + "s")) << "beyond a double";
  EXPECT_FALSE(parse_duration(std::string_view("5s\0", 3)));
}

TEST(ParseDuration, ZeroNeedsNoUnit) {
  EXPECT_EQ(*parse_duration("0"), Nanoseconds(0));
  EXPECT_EQ(*parse_duration("0s"), Nanoseconds(0));
}

TEST(ParseDuration, SaysWhatIsWrong) {
  EXPECT_EQ(parse_duration("5").error().message, "\"5\" has no unit; write 5s, 5ms or 5m");
  EXPECT_EQ(parse_duration("5x").error().message,
            "\"5x\" is not a time; write one like 250ms, 5s or 2m");
  EXPECT_EQ(parse_duration("25h").error().message, "\"25h\" is longer than the limit of 24h");
}

TEST(ParseSize, TakesBytesAndPowersOf1024) {
  const std::pair<std::string_view, std::uint64_t> table[] = {{"64", 64},
                                                              {"64B", 64},
                                                              {"1k", 1024},
                                                              {"64K", 65536},
                                                              {"3KiB", 3072},
                                                              {"1M", 1024 * 1024},
                                                              {"2MiB", 2 * 1048576},
                                                              {"0", 0},
                                                              {"64kB", 64'000},
                                                              {"1MB", 1'000'000},
                                                              {"1G", 1 << 30},
                                                              {"1GiB", 1 << 30},
                                                              {"2GB", 2'000'000'000},
                                                              {"64Ki", 65536}};
  for (const auto& [text, expected] : table) {
    const auto size = parse_size(text);
    ASSERT_TRUE(size) << text << ": " << size.error().message;
    EXPECT_EQ(*size, expected) << text;
  }
}

TEST(ParseSize, RefusesAnythingElse) {
  for (const std::string_view text :
       {"", "k", "B", "-1", "+1", "1.5k", "1T", "1m", "1mb", "1 k", " 1", "0x40", "1k ",
        "99999999999999999999", "18446744073709551615M"}) {
    const auto size = parse_size(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error().message,
              "\"" + std::string(text) + "\" is not a size; write bytes like 64, 1k or 1M");
  }
}

TEST(ParseSize, SaysThatKBIsAmbiguous) {
  EXPECT_EQ(
      parse_size("64KB").error().message,
      "\"64KB\" is ambiguous; write 64KiB for units of 1024 bytes, or 64kB for units of 1000");
}

TEST(ParseRatio, ANumberOfOneOrMoreNeedsThePercent) {
  for (const auto& [text, expected] :
       {std::pair{"0", 0.0}, {"0.01", 0.01}, {"1%", 0.01}, {"100%", 1.0}, {"0.7%", 0.007}})
    EXPECT_EQ(*parse_ratio(text), expected) << text;
  for (const std::string text : {"1", "1.0", "2", "100"}) {
    const auto ratio = parse_ratio(text);
    ASSERT_FALSE(ratio) << text;
    EXPECT_EQ(ratio.error().message,
              "\"" + text + "\": write " + text + "%, or a fraction below 1");
  }
  EXPECT_FALSE(parse_ratio("101%"));
  for (const double ratio : {0.0, 0.005, 1.0 / 3, 1.0})
    EXPECT_EQ(*parse_ratio(text_of_ratio(ratio)), ratio);
}

TEST(ParseCount, TakesWholeNumbersWithinTheRange) {
  EXPECT_EQ(*parse_count("1", 1, 64), 1U);
  EXPECT_EQ(*parse_count("64", 1, 64), 64U);
  EXPECT_EQ(*parse_count("18446744073709551615", 0, ~std::uint64_t{0}), ~std::uint64_t{0});
  for (const std::string_view text :
       {"", "0", "65", "-1", "+1", "1.0", "1e1", " 1", "1 ", "x", "18446744073709551617"}) {
    const auto count = parse_count(text, 1, 64);
    ASSERT_FALSE(count) << text;
    EXPECT_EQ(count.error().message,
              "\"" + std::string(text) + "\" is not a whole number from 1 to 64");
  }
}

TEST(SplitList, SeparatesAtCommas) {
  EXPECT_EQ(*split_list("a"), (std::vector<std::string>{"a"}));
  EXPECT_EQ(*split_list("tcp,udp,tcp"), (std::vector<std::string>{"tcp", "udp", "tcp"}));
}

TEST(SplitList, RefusesAnEmptyItem) {
  for (const std::string_view text : {"", ",", "a,", ",a", "a,,b"}) {
    const auto items = split_list(text);
    ASSERT_FALSE(items) << text;
    EXPECT_EQ(items.error().message, "\"" + std::string(text) + "\" has an empty item");
  }
}

constexpr std::array<std::string_view, 5> kWords = {"tcp", "udp", "unix-stream", "unix-dgram",
                                                    "rr"};

TEST(Nearest, FindsTheWordThatASlipMeant) {
  const std::pair<std::string_view, std::string_view> table[] = {{"tcp", "tcp"},
                                                                 {"tpc", "tcp"},
                                                                 {"tc", "tcp"},
                                                                 {"tcpp", "tcp"},
                                                                 {"upd", "udp"},
                                                                 {"unix-steam", "unix-stream"},
                                                                 {"unix-dgrm", "unix-dgram"},
                                                                 {"unixdgram", "unix-dgram"}};
  for (const auto& [text, expected] : table) EXPECT_EQ(nearest(text, kWords), expected) << text;
}

TEST(Nearest, FindsNothingWhereNothingIsNear) {
  for (const std::string_view text :
       {"", "x", "ipc", "usd", "unix", "dgram", "xyzzy", "sctp-over-udp-over-carrier-pigeon"}) {
    EXPECT_EQ(nearest(text, kWords), "") << text;
  }
  EXPECT_EQ(nearest("tcp", {}), "");
}

TEST(UnknownWord, SuggestsOrLists) {
  EXPECT_EQ(unknown_word("transport", "tpc", kWords).message,
            "unknown transport \"tpc\"; did you mean \"tcp\"?");
  EXPECT_EQ(unknown_word("transport", "xyzzy", kWords).message,
            "unknown transport \"xyzzy\"; there are: tcp, udp, unix-stream, unix-dgram, rr");
}

}  // namespace
}  // namespace sockmark
