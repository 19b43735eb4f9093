// The sections of a report about TCP and about connections, from what both ends recorded. Pure
// functions, any thread.

#pragma once

#include <vector>

#include "bench/load/tcp_course.h"
#include "bench/plan/plan.h"
#include "bench/worker/end_result.h"
#include "reports/model/report.h"

namespace sockmark {

// `messages`: received within the window, by the end at which they arrive last.
[[nodiscard]] Maybe<report::Tcp> describe_tcp(const CaseSpec& spec, const EndResult& generator,
                                              const EndResult& responder, std::uint64_t messages);

// Of one sub-window: what was known at its edges. `responder`: null for a program of which nothing
// is known.
struct TcpEdges {
  TcpTotals begin, end;
};
[[nodiscard]] report::TcpFigures describe_tcp_interval(const TcpEdges& generator,
                                                       const TcpEdges* responder,
                                                       std::uint64_t messages);

// Why a sub-window has none, of a case without looks at its connections.
[[nodiscard]] Maybe<report::TcpFigures> why_no_tcp_course(const CaseSpec& spec);

// The figures of each sub-window.
void describe_tcp_course(const CaseSpec& spec, const EndResult& generator,
                         const EndResult& responder, std::vector<report::SeriesPoint>& series);

// `receiver`: the end at which messages arrive last, `other`: the other one.
[[nodiscard]] Maybe<std::vector<report::ConnectionFigures>> describe_connections(
    const CaseSpec& spec, const EndResult& receiver, const EndResult& other);

}  // namespace sockmark
