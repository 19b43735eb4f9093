#include "bench/plan/size_mix.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "base/parse.h"
#include "base/text.h"

namespace sockmark {

namespace {

// The "simple IMIX" of the makers of test equipment, 7 to 4 to 1, by the sizes that this project
// gives it (docs/definitions/generator.md#size-mix).
constexpr std::string_view kImix = "imix";
const SizeMix& imix() {
  static const SizeMix mix{{{64, 7}, {576, 4}, {1500, 1}}};
  return mix;
}

constexpr std::size_t kPartsMax = 32;
constexpr std::uint64_t kTotalWeightMax = 10'000;

Error expected(std::string_view text) {
  return Error{fmt::format(
      "\"{}\": expected a size, imix, or a mix of SIZExWEIGHT such as 64x7+576x4+1500x1", text)};
}

Result<SizeMix::Part> parse_part(std::string_view item, std::string_view text) {
  const auto x = item.find('x');
  if (x == item.npos) return expected(text);
  const auto bytes = parse_size(item.substr(0, x));
  if (!bytes) return Error{fmt::format("\"{}\": {}", text, bytes.error().message)};
  const auto weight = parse_count(item.substr(x + 1), 1, kTotalWeightMax);
  if (!weight) return Error{fmt::format("\"{}\": weight {}", text, weight.error().message)};
  return SizeMix::Part{.bytes = *bytes, .weight = *weight};
}

Result<SizeMix> parse_mix(std::string_view text) {
  SizeMix mix;
  for (std::string_view rest = text;;) {
    const auto plus = rest.find('+');
    const auto part = TRY(parse_part(rest.substr(0, plus), text));
    for (const auto& other : mix.parts) {
      if (other.bytes == part.bytes)
        return Error{fmt::format("\"{}\": {} bytes are in it twice", text, part.bytes)};
    }
    mix.parts.push_back(part);
    if (plus == rest.npos) break;
    rest.remove_prefix(plus + 1);
  }
  if (mix.parts.size() < 2) return Error{fmt::format("\"{}\": a mix has at least two sizes", text)};
  if (mix.parts.size() > kPartsMax)
    return Error{fmt::format("\"{}\": a mix has at most {} sizes", text, kPartsMax)};
  if (mix.total_weight() > kTotalWeightMax)
    return Error{fmt::format("\"{}\": the weights add up to {}; at most {}", text,
                             mix.total_weight(), kTotalWeightMax)};
  return mix;
}

}  // namespace

std::uint64_t SizeMix::total_weight() const {
  std::uint64_t total = 0;
  for (const auto& part : parts) total += part.weight;
  return total;
}

std::uint64_t SizeMix::smallest() const {
  return std::ranges::min_element(parts, {}, &Part::bytes)->bytes;
}

std::uint64_t SizeMix::largest() const {
  return std::ranges::max_element(parts, {}, &Part::bytes)->bytes;
}

double SizeMix::mean_bytes() const {
  double bytes = 0;
  for (const auto& part : parts)
    bytes += static_cast<double>(part.bytes) * static_cast<double>(part.weight);
  return bytes / static_cast<double>(total_weight());
}

Result<SizeChoice> parse_size_choice(std::string_view text) {
  if (lowercase(text) == kImix) return SizeChoice(imix());
  if (text.find('x') == text.npos && text.find('+') == text.npos) {
    const auto bytes = TRY(parse_size(text));
    return SizeChoice(bytes);
  }
  auto mix = TRY(parse_mix(text));
  return SizeChoice(std::move(mix));
}

std::string name_of(const SizeMix& mix) {
  return mix == imix() ? std::string(kImix) : text_of(mix);
}

std::string text_of(const SizeMix& mix) {
  std::string text;
  for (const auto& part : mix.parts)
    text += fmt::format("{}{}x{}", text.empty() ? "" : "+", part.bytes, part.weight);
  return text;
}

SizeDraw::SizeDraw(const SizeMix& mix, std::uint64_t seed) : seed_(seed) {
  ASSERT(mix && mix.parts.size() <= kPartsMax);
  for (const auto& part : mix.parts) {
    part_of_weight_.insert(part_of_weight_.end(), part.weight,
                           static_cast<std::uint8_t>(bytes_.size()));
    ASSERT(part.bytes <= std::numeric_limits<std::uint32_t>::max());
    bytes_.push_back(static_cast<std::uint32_t>(part.bytes));
  }
}

}  // namespace sockmark
