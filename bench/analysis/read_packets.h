// A recorded flow from a file of somebody else's, as CSV or as JSON (docs/analyze.md says how they
// look).
//
// CSV:  event,seq,t_ns,size      event: sent, received, corrupt; rows in time order
// JSON: {"first_seq": "0", "tmax_ns": ..., "sent": {...}, "arrivals": {...}}, as in
// tests/vectors/seq
//
// Everything is checked: what comes out is a valid PacketTrace. Errors: one line that names the
// file and the line, or the place in the document.

#pragma once

#include <optional>

#include "base/line_input.h"
#include "base/result.h"
#include "bench/analysis/packet_trace.h"

namespace sockmark {

// What the caller says about the flow; it holds where the file says otherwise.
struct PacketOptions {
  std::optional<Nanoseconds> tmax;
  std::optional<std::uint32_t> n_max;
  std::optional<std::vector<std::uint64_t>> deltas;
};

// Which of the two it is shows its first character. Must: nothing was read from `input`.
[[nodiscard]] Result<PacketTrace> read_packets(LineInput& input, const PacketOptions& options);

}  // namespace sockmark
