// A mix of message sizes: each message has one of a few sizes, drawn with given weights
// (docs/definitions/generator.md#size-mix). The size of a message follows from its flow, its
// number and the seed alone, so that a re-run sends the same sizes in the same order.
// Plain data and pure functions; any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace sockmark {

struct SizeMix {
  struct Part {
    std::uint64_t bytes = 0;   // header included
    std::uint64_t weight = 1;  // of `weight` messages among total_weight()
    bool operator==(const Part&) const = default;
  };
  std::vector<Part> parts;  // empty: no mix, all messages have one size

  bool operator==(const SizeMix&) const = default;
  explicit operator bool() const { return !parts.empty(); }
  [[nodiscard]] std::uint64_t total_weight() const;
  [[nodiscard]] std::uint64_t smallest() const;  // Must: a mix
  [[nodiscard]] std::uint64_t largest() const;   // Must: a mix
  [[nodiscard]] double mean_bytes() const;       // Must: a mix
};

// One item of --size: a size, or a mix of sizes, of which `bytes` is the largest.
struct SizeChoice {
  // NOLINTNEXTLINE(google-explicit-constructor): a number is a size.
  SizeChoice(std::uint64_t of_all) : bytes(of_all) {}
  explicit SizeChoice(SizeMix of) : bytes(of.largest()), mix(std::move(of)) {}
  bool operator==(const SizeChoice&) const = default;
  std::uint64_t bytes;
  SizeMix mix;
};

// "64", "16k", "imix", "64x7+576x4+1500x1".
[[nodiscard]] Result<SizeChoice> parse_size_choice(std::string_view text);
// As in a case's id: "imix", or the text of the parts.
[[nodiscard]] std::string name_of(const SizeMix& mix);
// Of the parts: "64x7+576x4+1500x1".
[[nodiscard]] std::string text_of(const SizeMix& mix);

// Draws the part of each message of a mix.
class SizeDraw {
 public:
  // Must: a mix. `seed` is that of the run.
  SizeDraw(const SizeMix& mix, std::uint64_t seed);

  // The index of the part of message `seq` of the flow with this number: of the case, not of the
  // run, so that it is the same in a re-run.
  [[nodiscard]] std::size_t part_of(std::uint64_t flow, std::uint64_t seq) const {
    const std::uint64_t random = SplitMix64(child_seed(seed_, flow) + seq).next();
    return part_of_weight_[static_cast<std::size_t>(
        static_cast<Wide>(random) * part_of_weight_.size() >> 64)];
  }
  [[nodiscard]] std::uint32_t bytes_of(std::size_t part) const { return bytes_[part]; }
  [[nodiscard]] std::size_t parts() const { return bytes_.size(); }

 private:
  __extension__ using Wide = unsigned __int128;
  std::uint64_t seed_;
  std::vector<std::uint8_t> part_of_weight_;  // each part as often as its weight
  std::vector<std::uint32_t> bytes_;          // of the parts
};

}  // namespace sockmark
