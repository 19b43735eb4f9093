#include "bench/plan/arrival_law.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/parse.h"
#include "base/text.h"

namespace sockmark {

namespace {

Error unknown(std::string_view text) {
  return unknown_word(
      "arrival process", text,
      std::vector<std::string_view>{"uniform", "poisson", "burst:N", "onoff:ON,OFF"});
}

Result<ArrivalLaw> parse_burst(std::string_view text, std::string_view messages) {
  const auto count = parse_count(messages, 2, kBurstMax);
  if (count) return ArrivalLaw::bursts(*count);
  return Error{fmt::format("\"{}\": expected a burst of 2 to {} messages, such as burst:16", text,
                           kBurstMax)};
}

Result<ArrivalLaw> parse_onoff(std::string_view text, std::string_view times) {
  const auto comma = times.find(',');
  const auto on = parse_duration(times.substr(0, comma));
  const auto off =
      parse_duration(comma == times.npos ? std::string_view() : times.substr(comma + 1));
  constexpr Nanoseconds kMin = std::chrono::microseconds(1), kMax = std::chrono::hours(1);
  if (on && off && *on >= kMin && *off >= kMin && *on <= kMax && *off <= kMax)
    return ArrivalLaw::on_off(*on, *off);
  return Error{fmt::format(
      "\"{}\": expected two times from 1us to 60m, onoff:ON,OFF, such as onoff:100ms,900ms", text)};
}

}  // namespace

Nanoseconds ArrivalLaw::on_time(Nanoseconds offset) const {
  const Nanoseconds cycle = on + off;
  return offset / cycle * on + std::min(offset % cycle, on);
}

double ArrivalLaw::offset_ns(double on_time_ns) const {
  const auto length = static_cast<double>(ns(on));
  return on_time_ns + std::floor(on_time_ns / length) * static_cast<double>(ns(off));
}

Result<ArrivalLaw> parse_arrivals(std::string_view text) {
  const auto colon = text.find(':');
  const auto process = value_named<Arrivals>(lowercase(text.substr(0, colon)));
  if (!process) return unknown(text);
  const auto parameters = colon == text.npos ? std::string_view() : text.substr(colon + 1);
  if (*process == Arrivals::burst) return parse_burst(text, parameters);
  if (*process == Arrivals::onoff) return parse_onoff(text, parameters);
  if (colon != text.npos) return unknown(text);
  return ArrivalLaw(*process);
}

std::string text_of(const ArrivalLaw& law) {
  std::string text(name_of(law.process));
  if (law.process == Arrivals::burst) text += fmt::format(":{}", law.burst);
  if (law.process == Arrivals::onoff)
    text += fmt::format(":{},{}", text_of_time(law.on), text_of_time(law.off));
  return text;
}

}  // namespace sockmark
