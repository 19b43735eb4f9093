#include "bench/plan/impairment.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/parse.h"

namespace sockmark {
namespace {

constexpr std::string_view kKeys[] = {"loss",    "duplicate", "reorder", "delay",
                                      "corrupt", "truncate",  "cut",     "seed"};

// The sum of the ratios; the margin is for decimals without an exact double.
constexpr double kMaxSum = 1 + 1e-9;

// "A" or "A:B".
struct Halves {
  std::string_view first;
  std::optional<std::string_view> second;
};

Halves halves_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

// Assigns the value, or returns the error.
template <class T, class U>
Result<> assign(T& place, Result<U> value) {
  if (!value) return std::move(value).error();
  place = static_cast<T>(*value);
  return {};
}

Result<> read_reorder(ImpairmentSpec& spec, Halves value) {
  if (!value.second) {
    return Error{"the distance is missing; write RATIO:DISTANCE, like 2%:3"};
  }
  TRY(assign(spec.reorder, parse_ratio(value.first)));
  return assign(spec.reorder_distance, parse_count(*value.second, 1, kMaxReorderDistance));
}

Result<> read_duplicate(ImpairmentSpec& spec, Halves value) {
  TRY(assign(spec.duplicate, parse_ratio(value.first)));
  return value.second ? assign(spec.duplicate_delay, parse_duration(*value.second)) : Result<>{};
}

Result<> read_delay(ImpairmentSpec& spec, Halves value) {
  TRY(assign(spec.delay, parse_duration(value.first)));
  if (!value.second) return {};
  TRY(assign(spec.jitter, parse_duration(*value.second)));
  if (spec.jitter <= spec.delay) return {};
  return Error{fmt::format("the jitter {} exceeds the delay {}", *value.second, value.first)};
}

// Must: `key` is one of kKeys.
Result<> read(ImpairmentSpec& spec, std::string_view key, std::string_view value) {
  if (key == "loss") return assign(spec.loss, parse_ratio(value));
  if (key == "corrupt") return assign(spec.corrupt, parse_ratio(value));
  if (key == "truncate") return assign(spec.truncate, parse_ratio(value));
  if (key == "duplicate") return read_duplicate(spec, halves_of(value));
  if (key == "reorder") return read_reorder(spec, halves_of(value));
  if (key == "delay") return read_delay(spec, halves_of(value));
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  if (key == "cut") return assign(spec.cut, parse_count(value, 0, kMax));
  return assign(spec.seed, parse_count(value, 0, kMax));
}

}  // namespace

Result<ImpairmentSpec> parse_impairment(std::string_view text) {
  auto parts = TRY(split_list(text));
  ImpairmentSpec spec;
  std::set<std::string_view> given;
  for (const std::string_view part : parts) {
    const auto equals = part.find('=');
    const auto key = part.substr(0, equals);
    if (std::ranges::find(kKeys, key) == std::end(kKeys)) {
      return unknown_word("impairment", key, kKeys);
    }
    if (equals == std::string_view::npos) {
      return Error{fmt::format("\"{0}\" has no value; write {0}=VALUE", key)};
    }
    if (!given.insert(key).second) return Error{fmt::format("\"{}\" is given twice", key)};
    TRY(read(spec, key, part.substr(equals + 1)).in(key));
  }
  if (std::max(spec.delay + spec.jitter, spec.duplicate_delay) > kMaxInjectedDelay) {
    return Error{
        "the sum of delay and jitter, and the delay of a duplicate, must be at most 1m, the "
        "longest Tmax"};
  }
  const double sum = spec.loss + spec.duplicate + spec.reorder + spec.corrupt + spec.truncate;
  if (sum > kMaxSum) {
    return Error{
        fmt::format("the sum of loss, duplicate, reorder, corrupt and truncate is {:.4g}%; at most "
                    "100%, as one "
                    "of them at most applies to a message",
                    sum * 100)};
  }
  return spec;
}

std::string text_of(const ImpairmentSpec& spec) {
  std::string text;
  const auto add_ratio = [&](std::string_view key, double ratio) {
    if (ratio != 0) text += fmt::format("{}={},", key, text_of_ratio(ratio));
  };
  add_ratio("loss", spec.loss);
  if (spec.duplicate_delay != Nanoseconds(0)) {
    text += fmt::format("duplicate={}:{},", text_of_ratio(spec.duplicate),
                        text_of_time(spec.duplicate_delay));
  } else {
    add_ratio("duplicate", spec.duplicate);
  }
  if (spec.reorder != 0 || spec.reorder_distance != 1) {
    text += fmt::format("reorder={}:{},", text_of_ratio(spec.reorder), spec.reorder_distance);
  }
  add_ratio("corrupt", spec.corrupt);
  add_ratio("truncate", spec.truncate);
  if (spec.delay != Nanoseconds(0)) {
    text += fmt::format("delay={}", text_of_time(spec.delay));
    if (spec.jitter != Nanoseconds(0)) text += ":" + text_of_time(spec.jitter);
    text += ",";
  }
  if (spec.cut) text += fmt::format("cut={},", *spec.cut);
  return text + fmt::format("seed={}", spec.seed);
}

}  // namespace sockmark
