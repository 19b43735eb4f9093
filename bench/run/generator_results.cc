#include "bench/run/generator_results.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "reports/model/sections.h"

namespace sockmark {

namespace {

void add(const InjectedByEnd& more, InjectedByEnd& sum) {
  sum.way.dropped += more.way.dropped;
  sum.way.duplicated += more.way.duplicated;
  sum.way.held += more.way.held;
  sum.way.delayed += more.way.delayed;
  sum.way.corrupted += more.way.corrupted;
  sum.way.truncated += more.way.truncated;
  sum.sent += more.sent;
  sum.reordered += more.reordered;
  for (const auto& [length, count] : more.extent_histogram) sum.extent_histogram[length] += count;
}

Result<> check(const CaseSpec& spec, const GeneratorRecord& record) {
  if (record.sent.size() != spec.connections)
    return Error{"control channel: the number of counts differs from the number of connections"};
  if (record.recording.sizes_sent.size() != (spec.generator_sends() ? spec.mix.parts.size() : 0))
    return Error{"control channel: the number of counts differs from the number of sizes"};
  return {};
}

}  // namespace

Result<GeneratorResult> describe_generators(const CaseSpec& spec,
                                            std::span<const GeneratorRecord* const> records) {
  const Instant t0{};
  Recorder recorder(t0, t0 + spec.duration, spec.interval);
  for (const auto* record : records) {
    TRY(check(spec, *record));
    TRY(add_recording(record->recording, recorder));
  }
  const GeneratorRecord& first = *records.front();
  ProcessFacts process = first.process;
  GeneratorResult result;
  SentByEnd& sent = result.sent;
  std::optional<double> busy;
  for (const auto* record : records) {
    process.rss_max_bytes = std::max(process.rss_max_bytes, record->process.rss_max_bytes);
    for (const std::uint64_t count : record->sent) sent.messages += count;
    sent.unsent += record->unsent;
    result.drain_ns = std::max(result.drain_ns, record->drain_ns);
    sent.began_late_ns = std::max(sent.began_late_ns, record->began_late_ns);
    if (record->loop_busy) busy = std::max(busy.value_or(0), *record->loop_busy);
  }
  static_cast<EndResult&>(result) = describe_end(spec, recorder, process);
  if (spec.responder_sends())
    result.latency.one_way = report::distribution(recorder.sequence.delay.delay);
  result.environment = first.environment;
  result.socket_options = first.socket_options;
  result.machine = first.machine;
  result.network = records.size() == 1 ? first.network
                                       : Maybe<report::NetworkCounters>::none("several_generators");
  result.injected = first.injected;
  for (const auto* record : records) {
    result.invalid_reasons.insert(result.invalid_reasons.end(), record->invalid_reasons.begin(),
                                  record->invalid_reasons.end());
    result.stopped_ns = std::max(result.stopped_ns, record->recording.stopped_ns);
    if (record != &first && result.injected && record->injected)
      add(*record->injected, *result.injected);
  }
  sent.offered = recorder.counts.offered_messages;
  if (first.reverse_clock) result.clocks.push_back(*first.reverse_clock);
  sent.calls = recorder.counts.send_calls;
  result.waited_for_lost_ns = ns(recorder.waited_for_lost);
  result.lost_in_warmup = recorder.lost_in_warmup;
  sent.sizes = recorder.sizes_sent;
  result.request_bytes = recorder.request_bytes;
  if (recorder.sends)
    sent.schedule = describe_sends(*recorder.sends, sent.messages + sent.unsent, busy);
  return result;
}

}  // namespace sockmark
