#include "reports/chart_data/palette.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace sockmark::report {
namespace {

constexpr int kColours = 8;
constexpr std::string_view kTransportColours[] = {"tcp",  "tcp6",        "udp",
                                                  "udp6", "unix-stream", "unix-dgram"};

std::string colour_name(const Params& params) {
  const bool ipv6 = params.family == "ipv6" && !params.transport.ends_with('6');
  return params.transport + (ipv6 ? "6" : "");
}

}  // namespace

ChartSeries Palette::of_transport(const std::string& name, const Params& params,
                                  const std::string& side, const std::string& label) {
  constexpr int kFixed = std::size(kTransportColours);
  const std::string colour_of = colour_name(params);
  const auto* fixed = std::ranges::find(kTransportColours, colour_of);
  int colour = static_cast<int>(fixed - std::begin(kTransportColours));
  if (fixed == std::end(kTransportColours)) {
    const auto [other, unused] = others_.emplace(colour_of, static_cast<int>(others_.size()));
    colour = kFixed + other->second % (kColours - kFixed);
  }
  return styled(name, side, colour, label);
}

ChartSeries Palette::of_label(const std::string& name, const std::string& side,
                              const std::string& label) {
  const auto [found, unused] = labels_.emplace(label, static_cast<int>(labels_.size()));
  return styled(name, side, found->second % kColours, label);
}

ChartSeries Palette::styled(const std::string& name, const std::string& side, int colour,
                            const std::string& label) {
  auto& slots = slots_[colour];
  const auto slot = slots.emplace(label, static_cast<int>(slots.size())).first->second;
  const auto sides = std::max<int>(static_cast<int>(sides_.size()), 1);
  const auto of_side = static_cast<int>(std::ranges::find(sides_, side) - sides_.begin());
  return {.name = name, .colour = colour, .dash = slot * sides + (sides - 1 - of_side)};
}

}  // namespace sockmark::report
