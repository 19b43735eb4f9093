// Invented reports for the tests of comparing: one value a run, everything else fixed.

#pragma once

#include <string>
#include <vector>

#include "reports/model/report.h"
#include "tests/reports/sample_report.h"

namespace sockmark::report {

// A run whose every latency, and the cost of a message, is proportional to `factor`, its goodput to
// the inverse. Open loop, with samples enough to gate p99.
Run scaled_run(std::uint64_t index, double factor);

Case scaled_case(const std::string& transport, const std::vector<double>& factors);

// Factors of runs in blocks: all runs of a block drift together, so that only pairing shows a
// difference.
std::vector<double> drifting(std::size_t blocks, double factor = 1, double jitter = 0.01);

Report frame(const char* order = "interleaved");

// tcp, and a udp that is `factor` times as slow, both on one machine.
Report two_transports(std::size_t blocks, double factor, double jitter = 0.01);

}  // namespace sockmark::report
