// What a case may have, whether from a command line, a suite or a peer.
//
// Pure functions; any thread.

#pragma once

#include <cstdint>

#include "base/result.h"
#include "bench/plan/case_spec.h"

namespace sockmark {

inline constexpr std::uint64_t kMaxConnections = 100'000;
inline constexpr std::uint64_t kMaxConnectionsReported = 1024;  // with per_connection
inline constexpr std::uint64_t kMaxThreads = 256;
inline constexpr std::uint64_t kMaxGenerators = 128;
inline constexpr std::uint64_t kMaxDepth = 65'536;
inline constexpr std::uint64_t kMaxBatch = 65'536;
inline constexpr double kMinRate = 1e-3, kMaxRate = 1e9;  // messages/s
inline constexpr double kMaxRamp = 1e6;                   // connections/s
// Sub-windows of the series of a run: what one message carries. Each takes 35 KiB in every thread.
inline constexpr std::uint64_t kMaxIntervals = 3600, kMaxIntervalsOfThreads = 8192;

// Must: `spec.transport` is a name in the catalogue. Errors begin with the option, and name the
// value and the limit: "--rate 0: ...".
[[nodiscard]] Result<> check_limits(const CaseSpec& spec);

// A part of it, of numbers in their ranges: every thread of every generator has a connection. A
// matrix may have cases where that is not so; make_plan() leaves them out.
[[nodiscard]] Result<> check_has_connections_for_threads(const CaseSpec& spec);

}  // namespace sockmark
