// Reads a recorded flow from a CSV or JSON file (docs/analyze.md describes the formats).
//
// CSV:  event,seq,t_ns,size      event: sent, received, corrupt; rows of an end in its order
// JSON: {"first_seq": "0", "tmax_ns": ..., "sent": {...}, "arrivals": {...}}, as in
// tests/vectors/seq
//
// Everything is checked: the result is a valid PacketTrace. Errors: one line that names the file
// and the line, or the place in the document.

#pragma once

#include <optional>

#include "base/line_input.h"
#include "base/result.h"
#include "bench/analysis/packet_trace.h"

namespace sockmark {

// Parameters of the caller, which override those of the file.
struct PacketOptions {
  std::optional<Nanoseconds> tmax;
  std::optional<std::uint32_t> n_max;
  std::optional<std::vector<std::uint64_t>> deltas;
  bool align_clocks = false;
};

// The first character decides the format. Must: nothing was read from `input`.
[[nodiscard]] Result<PacketTrace> read_packets(LineInput& input, const PacketOptions& options);

}  // namespace sockmark
