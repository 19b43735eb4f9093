// What an end sends to the runner, made from the recorders and injectors of its threads.
//
// Pure functions, except that the placement and the peak memory of the process are read.

#pragma once

#include <cstdint>
#include <optional>

#include "bench/load/health.h"
#include "bench/load/recorder.h"
#include "bench/load/send_timing.h"
#include "bench/plan/plan.h"
#include "bench/run/end_result.h"
#include "machine/listen_queue.h"
#include "transports/fault_injection.h"

namespace sockmark {

// The fields of both ends, from the merged recorder of all threads.
[[nodiscard]] EndResult describe_end(const CaseSpec& spec, const Recorder& recorder);

// `busy`: the busy time ratio of the busiest thread, absent where it spins.
[[nodiscard]] health::SendRecord describe_sends(const SendTiming& sends, std::uint64_t intended,
                                                std::optional<double> busy);

// What happened at the listener between two readings of the counters.
[[nodiscard]] Maybe<report::ListenQueue> describe_listen_queue(
    const CaseSpec& spec, const std::optional<ListenCounters>& before,
    const std::optional<ListenCounters>& after);

[[nodiscard]] InjectedByEnd describe_injected(const FaultLedger& ledger);

}  // namespace sockmark
