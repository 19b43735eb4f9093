#include "bench/plan/impairment.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/parse.h"
#include "base/random.h"
#include "bench/protocol/wire.h"

namespace sockmark {
namespace {

constexpr std::string_view kKeys[] = {"loss",    "duplicate", "reorder", "delay",
                                      "corrupt", "truncate",  "cut",     "seed"};

// Ratios are sums of decimals that have no exact double.
constexpr double kMostTogether = 1 + 1e-9;

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

// Puts what was read where it belongs, or hands the error on.
template <class T, class U>
Result<> assign(T& place, Result<U> value) {
  if (!value) return std::move(value).error();
  place = static_cast<T>(*value);
  return {};
}

Result<> read_reorder(ImpairmentSpec& spec, Halves value) {
  if (!value.second) {
    return Error{"the distance is missing; write RATIO:DISTANCE, like 2%:3 to be overtaken by 3"};
  }
  TRY(assign(spec.reorder, parse_ratio(value.first)));
  return assign(spec.reorder_distance, parse_count(*value.second, 1, kMostReorderDistance));
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
  return Error{fmt::format("the jitter {} is more than the delay {}", *value.second, value.first)};
}

// Must: `key` is one of kKeys.
Result<> read(ImpairmentSpec& spec, std::string_view key, std::string_view value) {
  if (key == "loss") return assign(spec.loss, parse_ratio(value));
  if (key == "corrupt") return assign(spec.corrupt, parse_ratio(value));
  if (key == "truncate") return assign(spec.truncate, parse_ratio(value));
  if (key == "duplicate") return read_duplicate(spec, halves_of(value));
  if (key == "reorder") return read_reorder(spec, halves_of(value));
  if (key == "delay") return read_delay(spec, halves_of(value));
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  if (key == "cut") return assign(spec.cut, parse_count(value, 0, kMost));
  return assign(spec.seed, parse_count(value, 0, kMost));
}

// One value that depends on every bit of the three (SplitMix64 as a mixing function, chained).
std::uint64_t mix(std::uint64_t seed, std::uint64_t flow, std::uint64_t seq) {
  const std::uint64_t a = SplitMix64(seed).next();
  const std::uint64_t b = SplitMix64(a ^ flow).next();
  return SplitMix64(b ^ seq).next();
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
  if (std::max(spec.delay + spec.jitter, spec.duplicate_delay) > kLongestImpairment) {
    return Error{"a delay of more than 1m is longer than any Tmax"};
  }
  const double together = spec.loss + spec.duplicate + spec.reorder + spec.corrupt + spec.truncate;
  if (together > kMostTogether) {
    return Error{fmt::format(
        "loss, duplicate, reorder, corrupt and truncate are {:.4g}% together; a message suffers at "
        "most one of them, so that 100% is the most",
        together * 100)};
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

FaultDecision decide_fault(const ImpairmentSpec& spec, const MessageIdentity& identity,
                           Direction direction, bool round_trip) {
  if (spec.cut && identity.counted && identity.seq >= *spec.cut) {
    return {.drop = direction == Direction::forward};
  }
  Random random(mix(spec.seed, identity.flow, identity.seq));
  const double draw = random.unit();
  const bool on_the_way_there = random.below(2) == 0 || !round_trip;
  FaultDecision decision;
  if (direction == Direction::forward && spec.delay > Nanoseconds(0)) {
    const auto spread = static_cast<std::uint64_t>(2 * ns(spec.jitter) + 1);
    const auto offset = static_cast<std::int64_t>(random.below(spread));
    decision.delay = spec.delay - spec.jitter + Nanoseconds(offset);
  }
  if (on_the_way_there != (direction == Direction::forward)) return decision;

  // (0,1] divided into one stretch for each impairment, and the rest for none.
  double edge = 0;
  if (draw <= (edge += spec.loss)) {
    decision.drop = true;
  } else if (draw <= (edge += spec.duplicate)) {
    decision.copies = 1;
    decision.copy_delay = spec.duplicate_delay;
  } else if (draw <= (edge += spec.reorder)) {
    decision.hold_for = spec.reorder_distance;
  } else if (draw <= (edge += spec.corrupt)) {
    decision.corrupt = identity.counted;
  } else if (draw <= (edge += spec.truncate)) {
    decision.truncate = identity.counted;
  }
  return decision;
}

std::optional<MessageIdentity> identity_of(Message message, std::uint32_t first_flow) {
  WireHeader header;
  if (decode(message, header) != Decoded::intact) return std::nullopt;
  return MessageIdentity{
      .flow = header.flow - first_flow, .seq = header.seq, .counted = header.measured};
}

}  // namespace sockmark
