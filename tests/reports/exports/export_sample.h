// The report that every export is tested on. It has what is awkward to export.

#pragma once

#include <string>

#include "tests/reports/sample_report.h"

namespace sockmark::report {

// A run whose latency is a histogram that was recorded: `count` messages around p50_ns.
Run exported_run(std::uint64_t index, std::string started_at, std::int64_t p50_ns,
                 double messages_per_s);

Comparison gated(std::string metric, Gate verdict);

// Four cases: a reliable transport (loss is not applicable), datagrams with a run that is invalid,
// one of an awkward name in which the tail is undefined and nothing was lost, and one in which
// everything failed. A gate of each verdict, and a comparison without one.
Report exported_report();

// Of one case, in which both ends send: p50 20 us and 45,000 messages/s to the responder, 30 us and
// 35,000 messages/s to the generator.
Report exported_both_directions();

}  // namespace sockmark::report
