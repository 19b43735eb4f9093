// What an end sends to the runner, made from the recorders and injectors of its threads.
//
// Pure functions but for process_facts().

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bench/load/health.h"
#include "bench/load/recorder.h"
#include "bench/load/send_timing.h"
#include "bench/plan/plan.h"
#include "bench/worker/end_result.h"
#include "machine/network_counters.h"
#include "reports/json/visit.h"
#include "reports/model/report.h"
#include "transports/fault_injection.h"
#include "transports/transport.h"

namespace sockmark {

struct ProcessFacts {
  report::Process process;
  std::uint64_t rss_max_bytes = 0;
};

void fields(auto& visit, report::Of<ProcessFacts> auto& facts) {
  visit("process", facts.process);
  visit("rss_max_bytes", facts.rss_max_bytes);
}

// Of the calling process, now.
[[nodiscard]] ProcessFacts process_facts();

// The fields of both ends, from the merged recorder of all threads.
[[nodiscard]] EndResult describe_end(const CaseSpec& spec, const Recorder& recorder,
                                     const ProcessFacts& facts);

// What a socket of this case reported. A value of 0 that was requested is included: sockets leave
// it out, as it is the default.
[[nodiscard]] report::SocketOptionValues describe_options(
    const CaseSpec& spec, const std::vector<EffectiveOption>& options);

// `busy`: the busy time ratio of the busiest thread, absent where it spins.
[[nodiscard]] health::SendRecord describe_sends(const SendTiming::Totals& sends,
                                                std::uint64_t intended, std::optional<double> busy);

// What the network namespace of this process counted between two readings.
[[nodiscard]] Maybe<report::NetworkCounters> describe_network(
    const CaseSpec& spec, const std::optional<NetworkCounters>& before,
    const std::optional<NetworkCounters>& after);
// What happened at the listener of that namespace.
[[nodiscard]] Maybe<report::ListenQueue> describe_listen_queue(
    const CaseSpec& spec, const Maybe<report::NetworkCounters>& network);

[[nodiscard]] InjectedByEnd describe_injected(const FaultLedger& ledger);

// What the threads of one end injected together; absent without --impair.
template <class Threads>
Maybe<InjectedByEnd> injected_by(const Threads& threads) {
  FaultLedger all;
  for (const auto& thread : threads) {
    if (thread->fault_ledger() == nullptr) return Maybe<InjectedByEnd>::none("none");
    all.add(*thread->fault_ledger());
  }
  return describe_injected(all);
}

}  // namespace sockmark
