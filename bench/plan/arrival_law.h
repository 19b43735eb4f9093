// The law by which the messages of an open loop become due
// (docs/definitions/generator.md#schedule). Plain data and pure functions; any thread.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/enum_names.h"
#include "base/result.h"

namespace sockmark {

enum class Arrivals : std::uint8_t {
  uniform,  // message i of the case, from 1, at i / rate; flows alternate
  poisson,  // exponential spacings; each flow is a Poisson process of rate / flows, all of them
            // together one of `rate`
  burst,    // bursts of messages that are due together; the bursts are a Poisson process
  onoff,    // periods with a Poisson process and periods without a message take turns
};
constexpr auto enum_names(Arrivals) {
  return std::to_array<EnumName<Arrivals>>({{Arrivals::uniform, "uniform"},
                                            {Arrivals::poisson, "poisson"},
                                            {Arrivals::burst, "burst"},
                                            {Arrivals::onoff, "onoff"}});
}

struct ArrivalLaw {
  // NOLINTNEXTLINE(google-explicit-constructor): a process without parameters is a law.
  constexpr ArrivalLaw(Arrivals of = Arrivals::uniform) : process(of) {}
  [[nodiscard]] static constexpr ArrivalLaw bursts(std::uint64_t messages) {
    ArrivalLaw law(Arrivals::burst);
    law.burst = messages;
    return law;
  }
  [[nodiscard]] static constexpr ArrivalLaw on_off(Nanoseconds on, Nanoseconds off) {
    ArrivalLaw law(Arrivals::onoff);
    law.on = on;
    law.off = off;
    return law;
  }

  // On-off: the time in ON periods from the start of the schedule until `offset`, and the offset
  // at which that time has passed.
  [[nodiscard]] Nanoseconds on_time(Nanoseconds offset) const;
  [[nodiscard]] double offset_ns(double on_time_ns) const;

  bool operator==(const ArrivalLaw&) const = default;

  Arrivals process;
  std::uint64_t burst = 1;    // messages of a burst
  Nanoseconds on{0}, off{0};  // lengths of the periods; the schedule begins with an ON period
};

inline constexpr std::uint64_t kBurstMax = 65'536;

// "uniform", "poisson", "burst:16", "onoff:100ms,900ms".
[[nodiscard]] Result<ArrivalLaw> parse_arrivals(std::string_view text);
[[nodiscard]] std::string text_of(const ArrivalLaw& law);

}  // namespace sockmark
