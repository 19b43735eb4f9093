// When the messages of one flow are due in an open loop: instants fixed before the run, by rate and
// seed alone. A late generator neither shifts nor skips one of them, so what waited shows as
// latency (RFC 2330, section 11.1.3, method 3; docs/definitions/generator.md#schedule).
//
// Pure logic, without a clock. One thread.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace sockmark {

enum class Arrivals : std::uint8_t {
  uniform,  // the i-th message of the case, from 1, at i / rate; flows take turns
  poisson,  // exponential spacings of mean 1 / rate, each flow its own; together they are one
            // Poisson process again
};
[[nodiscard]] std::string_view name_of(Arrivals arrivals);
inline constexpr Arrivals kArrivals[] = {Arrivals::uniform, Arrivals::poisson};

class Schedule {
 public:
  struct Options {
    Arrivals arrivals = Arrivals::uniform;
    double rate = 1;                    // messages/s of the whole case. Must: > 0
    std::uint64_t seed = 1;             // of this flow: child_seed() of the case's
    std::uint64_t flow = 0, flows = 1;  // which of how many share the rate
  };

  explicit Schedule(const Options& options);

  // Since the start of the schedule; the next message's, until advance().
  [[nodiscard]] Nanoseconds due() const { return due_; }
  void advance();

  // How many messages are due before `end`, this one included. Advances past them. Of a Poisson
  // process the expected number is taken beyond kMostCounted: so many are left only by a generator
  // that is hopelessly late.
  [[nodiscard]] std::uint64_t count_until(Nanoseconds end);
  static constexpr std::uint64_t kMostCounted = 10'000;

 private:
  [[nodiscard]] static Nanoseconds rounded(double offset_ns);
  [[nodiscard]] Nanoseconds uniform_due(std::uint64_t index) const;
  [[nodiscard]] std::uint64_t count_uniform_until(Nanoseconds end);
  [[nodiscard]] std::uint64_t count_poisson_until(Nanoseconds end);

  const Options options_;
  const double mean_spacing_ns_;  // of this flow
  Random random_;
  std::uint64_t index_ = 0;  // uniform: of the message after this one
  double offset_ns_ = 0;     // Poisson
  Nanoseconds due_{0};
};

}  // namespace sockmark
