#include "bench/run/generator_results.h"

#include <algorithm>
#include <optional>
#include <utility>

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
  if (record.recording.sizes_sent.size() != spec.mix.parts.size())
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
  result.sent.resize(spec.connections);
  std::optional<double> busy;
  std::uint64_t sent_total = 0;
  for (const auto* record : records) {
    process.rss_max_bytes = std::max(process.rss_max_bytes, record->process.rss_max_bytes);
    for (std::size_t c = 0; c < result.sent.size(); ++c) {
      result.sent[c] += record->sent[c];
      sent_total += record->sent[c];
    }
    result.unsent += record->unsent;
    result.drain_ns = std::max(result.drain_ns, record->drain_ns);
    result.began_late_ns = std::max(result.began_late_ns, record->began_late_ns);
    if (record->loop_busy) busy = std::max(busy.value_or(0), *record->loop_busy);
  }
  static_cast<EndResult&>(result) = describe_end(spec, recorder, process);
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
  result.loss.sent = sent_total;  // the recorder of a stream's generator counts no messages
  result.offered = recorder.counts.offered_messages;
  result.send_calls = recorder.counts.send_calls;
  result.waited_for_lost_ns = ns(recorder.waited_for_lost);
  result.lost_in_warmup = recorder.lost_in_warmup;
  result.sizes_sent = recorder.sizes_sent;
  result.request_bytes = recorder.request_bytes;
  if (recorder.sends)
    result.sends = describe_sends(*recorder.sends, sent_total + result.unsent, busy);
  return result;
}

}  // namespace sockmark
