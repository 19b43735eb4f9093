// Writes histograms, and what their reader must find, for DecodeHistograms.java: a line each of
// base64, then count, lowest and highest equivalent value, and percentiles as ppm:value.

#include <iostream>
#include <random>
#include <string>

#include "measure/histogram.h"

namespace {

using sockmark::Histogram;
using sockmark::Ppm;

std::string base64(const std::vector<std::byte>& bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      group = group << 8 | (j < bytes.size() ? std::to_integer<std::uint32_t>(bytes[j]) : 0);
    }
    for (unsigned j = 0; j < 4; ++j) {
      text += i + j <= bytes.size() ? kAlphabet[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

void write(const Histogram& histogram) {
  const Histogram::Equivalent equivalent = histogram.equivalent();
  std::cout << base64(histogram.encode_v2_compressed()) << ' ' << histogram.count() << ' '
            << equivalent.min << ' ' << equivalent.max;
  for (const Ppm ppm : {Ppm{1}, Ppm{100'000}, sockmark::kP50, sockmark::kP75, sockmark::kP90,
                        sockmark::kP99, sockmark::kP99_9, sockmark::kP99_99, sockmark::kP100}) {
    std::cout << ' ' << ppm << ':' << histogram.percentile(ppm).value_or(0);
  }
  std::cout << '\n';
}

}  // namespace

int main() {
  write(Histogram());
  Histogram large;
  large.record(1'000'000, (std::uint64_t{1} << 32) + 7);
  large.record(42, std::uint64_t{1} << 60);
  write(large);
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> latency(11, 2);
  for (int digits = 1; digits <= 5; ++digits) {
    Histogram histogram({.lowest = 1, .highest = 3'600'000'000'000, .significant_digits = digits});
    for (int i = 0; i < 20'000; ++i) histogram.record(static_cast<std::int64_t>(latency(random)));
    write(histogram);
  }
}
