// The stream to the generator of a case in which both ends send (docs/directions.md), as a case of
// its own: for views and exports that show a case at a time. Pure functions, any thread.

#pragma once

#include "reports/model/report.h"

namespace sockmark::report {

// Why a figure of such a case is absent: it is of both streams, or of the other one only.
inline constexpr const char* kWithForward = "with_forward";

// Whether a run has a stream to the generator beside that to the responder.
[[nodiscard]] bool has_both_streams(const Case& one);

// The same case and runs, with the sections of Run::reverse in the place of those of the stream to
// the responder. What a run has once, such as its processor time and its series, is absent.
[[nodiscard]] Case reverse_stream_of(const Case& one);

}  // namespace sockmark::report
