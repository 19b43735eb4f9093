// Invented reports with fixed values: one with every field filled, one in which runs failed.

#pragma once

#include <cstdint>
#include <string>

#include "reports/model/report.h"

namespace sockmark::report {

Distribution sample_distribution(std::int64_t p50_ns);

// A run in which nothing is undefined.
Run sample_run(std::uint64_t index, std::int64_t p50_ns, double messages_per_s,
               std::uint64_t size_bytes);

// The stream to the generator, of a run whose sections have values: the same as the other one.
ReverseStream reverse_of(const Run& forward);

Case sample_case(std::string transport, std::string workload, std::uint64_t size_bytes,
                 std::int64_t p50_ns, double messages_per_s);

// Faults and delays that a user asked for.
void disturb(Params& params);

Report sample_frame();

Process sample_process(std::int64_t pid);

Comparison sample_comparison();

RateSearch sample_search();

// Every field has a value.
Report full_report();

// Nothing that may be undefined has a value, and a run did not come to its end.
Report failed_report();

}  // namespace sockmark::report
