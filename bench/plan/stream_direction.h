// Which end of a connection sends a stream.

#pragma once

#include <array>
#include <cstdint>

#include "base/enum_names.h"

namespace sockmark {

// The generator connects and the responder listens in any case.
enum class StreamDirection : std::uint8_t {
  forward,  // the generator, to the responder
  reverse,  // the responder, to the generator
  both,     // both at the same time, over the same connections
};

constexpr auto enum_names(StreamDirection) {
  return std::to_array<EnumName<StreamDirection>>({{StreamDirection::forward, "forward"},
                                                   {StreamDirection::reverse, "reverse"},
                                                   {StreamDirection::both, "both"}});
}

}  // namespace sockmark
