// A transport that does not exist: latencies made up from a seed, in virtual time, so that what a
// comparison says of them can be held against what is true of them. A shared machine cannot test
// that: nobody knows the truth there.
//
// A latency is 20 us, times what the arm is slower, times the speed of the machine at that moment,
// times a factor of the run, times one of the message. The factor of the run is what comparisons
// are about, as it does not average out over messages: its logarithm has one of the shapes below,
// with a standard deviation that gives d = ln(b / a) of two runs one of 3 %. The factor of a
// message is triangular, 20 % either way, and one message in 64 takes four times as long; it moves
// the median of a run by a quarter of a percent.

#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "base/random.h"
#include "measure/histogram.h"

namespace sockmark::test {

enum class NoiseShape {
  normal,    //
  t3,        // Student's t with three degrees of freedom: now and then far out
  bimodal,   // two places where a run may settle
  skewed,    // exponential: slower sometimes, faster never much
  drifting,  // normal, and each run takes 1 % longer than the one before it
};
inline constexpr std::array kNoiseShapes = {NoiseShape::normal, NoiseShape::t3, NoiseShape::bimodal,
                                            NoiseShape::skewed, NoiseShape::drifting};

inline std::string_view name_of(NoiseShape shape) {
  constexpr std::array<std::string_view, kNoiseShapes.size()> kNames = {"normal", "t3", "bimodal",
                                                                        "skewed", "drifting"};
  return kNames[static_cast<std::size_t>(shape)];
}

// One thread. The same seed gives the same latencies.
class SimulatedTransport {
 public:
  static constexpr int kMessages = 1500;  // of a run

  SimulatedTransport(NoiseShape shape, std::uint64_t seed) : shape_(shape), random_(seed) {}

  // From this run on, counted from 0, the machine has half its speed.
  void halve_speed_at(int run) { halved_at_ = run; }

  // The next run, of an arm that takes `slowdown` times as long as another. Valid until the next.
  const Histogram& run(double slowdown) {
    const double ns = 20'000 * slowdown * std::exp(run_noise()) * machine();
    latency_.reset();
    for (int i = 0; i < kMessages; ++i) latency_.record(std::llround(ns * message_noise()));
    ++runs_;
    return latency_;
  }

 private:
  static constexpr double kDriftOfARun = 0.01;

  // Virtual time is counted in runs.
  [[nodiscard]] double machine() const {
    return (shape_ == NoiseShape::drifting ? std::exp(kDriftOfARun * runs_) : 1) *
           (runs_ >= halved_at_ ? 2 : 1);
  }

  // Two runs differ by sqrt(2) times the deviation of one; of drifting ones the drift is part of d.
  double run_noise() {
    constexpr double kDifference = 0.03;
    switch (shape_) {
      case NoiseShape::normal:
        return kDifference / std::sqrt(2) * normal();
      case NoiseShape::t3: {
        const double z = normal();
        const double squares =
            std::pow(normal(), 2) + std::pow(normal(), 2) + std::pow(normal(), 2);
        // A variance of 3.
        return kDifference / std::sqrt(2 * 3) * z / std::sqrt(squares / 3);
      }
      case NoiseShape::bimodal: {
        const double side = random_.below(2) == 0 ? -1 : 1;
        return kDifference / std::sqrt(2) * (0.95 * side + std::sqrt(1 - 0.95 * 0.95) * normal());
      }
      case NoiseShape::skewed:
        return kDifference / std::sqrt(2) * (-std::log(random_.unit()) - 1);
      case NoiseShape::drifting:
        return std::sqrt((kDifference * kDifference - kDriftOfARun * kDriftOfARun) / 2) * normal();
    }
    return 0;
  }

  // Box and Muller 1958.
  double normal() {
    const double radius = std::sqrt(-2 * std::log(random_.unit()));
    return radius * std::cos(2 * M_PI * random_.unit());
  }

  // Of one random number: 29 bits for each side of the triangle, 6 for the tail.
  double message_noise() {
    const std::uint64_t bits = random_.next();
    const auto one = static_cast<double>(bits >> 35);
    const auto other = static_cast<double>(bits >> 6 & 0x1FFF'FFFF);
    return (1 + 0.2 * 0x1p-29 * (one - other)) * ((bits & 63) == 0 ? 4 : 1);
  }

  NoiseShape shape_;
  Random random_;
  int runs_ = 0;
  int halved_at_ = 1'000'000;
  // Up to 10 ms, to have little to clear before each of many thousand runs.
  Histogram latency_{{.highest = 10'000'000}};
};

}  // namespace sockmark::test
