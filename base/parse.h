// Conversions between values and their text on a command line or in a suite. Errors state what was
// expected. Pure functions; any thread.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sockmark {

// "250ms", "5s", "2m", "1.5s", "10us", "100ns". A number without a unit is an error, except 0.
[[nodiscard]] Result<Nanoseconds> parse_duration(std::string_view text);

// "64", "1k", "64k", "1M": k, M and G are powers of 1024 here, as in every tool that sizes
// messages, and so are KiB, MiB and GiB; kB, MB and GB are powers of 1000. KB is ambiguous, and an
// error.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

// "20k", "1.5M", "800": a rate per second; k, M and G are 1000, 1000 * 1000 and so on.
[[nodiscard]] Result<double> parse_rate(std::string_view text);

// A decimal integer from `min` to `max`.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t min,
                                                std::uint64_t max);

// "1%" or "0.01", at most 100%. A number of 1 or more needs the %. Digits only: no sign, exponent,
// nan or inf.
[[nodiscard]] Result<double> parse_ratio(std::string_view text);

// The shortest text that parse_ratio() reads back as the same number: "0.005", "100%".
[[nodiscard]] std::string text_of_ratio(double ratio);

// In the largest unit up to seconds that needs no fraction: "1500ms".
[[nodiscard]] std::string text_of_time(Nanoseconds time);

// "0:07", "1:02:03": minutes and seconds, with hours if there are any.
[[nodiscard]] std::string clock_text(Nanoseconds duration);

// "a,b,c". An empty item is an error.
[[nodiscard]] Result<std::vector<std::string>> split_list(std::string_view text);

// The candidate nearest to `text` by edit distance; empty if none is near enough to be a typing
// error.
[[nodiscard]] std::string nearest(std::string_view text,
                                  std::span<const std::string_view> candidates);

// What to print for a word that another tool or another field uses.
struct WordHint {
  std::string_view word;  // in lower case
  std::string_view hint;  // "a round trip is rr"
};

// "unknown WHAT "tpc"; did you mean "tcp"?", or the hint of the word, or the list of candidates if
// none is near.
[[nodiscard]] Error unknown_word(std::string_view what, std::string_view text,
                                 std::span<const std::string_view> candidates,
                                 std::span<const WordHint> hints = {});

}  // namespace sockmark
