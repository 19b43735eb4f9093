#include "bench/load/arrivals.h"

#include <algorithm>
#include <utility>

namespace sockmark {

using namespace std::chrono_literals;

ArrivalCounter::ArrivalCounter(const CaseSpec& spec, FlowIds flows, bool clock_shared)
    : spec_(spec), flows_(flows), clock_shared_(clock_shared) {}

void ArrivalCounter::begin(Recorder& recorder, std::vector<Nanoseconds> thetas) {
  recorder_ = &recorder;
  losses_.emplace(recorder.series);
  const WindowCounts& window = recorder.counts;
  slices_.clear();
  thetas_ = std::move(thetas);
  for (const Nanoseconds theta : thetas_)
    slices_.emplace_back(window.t0, window.t1 + spec_.tmax, theta,
                         spec_.workload == Workload::stream,
                         SlicedDelays::kCellsMax / thetas_.size());
  heard_.assign(spec_.generators > 1 ? spec_.generators : 0, Silence(window.t0, window.t1));
  records_.clear();
  if (spec_.per_connection && spec_.workload == Workload::stream)
    records_.resize(spec_.connections);
  trackers_.clear();
  trackers_.resize(spec_.connections);
}

void ArrivalCounter::shorten(Instant t1) {
  for (auto& silence : heard_) silence.shorten(t1);
}

void ArrivalCounter::track(std::uint64_t connection) {
  // The time of an echo is judged by the generator, and between clocks of which nothing is known by
  // no one. Otherwise it only matters whether a message arrived at all (RFC 6673: where a round
  // trip was lost).
  const Nanoseconds tmax = judges_time() ? spec_.tmax : 24h;
  trackers_[connection] = std::make_unique<SequenceTracker>(SequenceTracker::Options{.tmax = tmax},
                                                            recorder_->sequence, &*losses_);
  if (!records_.empty()) records_[connection] = std::make_unique<ConnectionRecord>();
}

bool ArrivalCounter::judges_time() const {
  return spec_.workload == Workload::stream && (clock_shared_ || !slices_.empty());
}

void ArrivalCounter::settle(Instant now) {
  Series& series = recorder_->series;
  const bool reliable = spec_.reliable();
  const Instant settled = settled_at(now, reliable, spec_.tmax);
  if (!series.settles(settled) || !(reliable || judges_time())) return;
  if (!reliable) {
    count();
    for (const auto& tracker : trackers_) {
      if (tracker) tracker->give_up_late(now);
    }
  }
  series.settle_until(settled);
}

void ArrivalCounter::finish(std::uint64_t connection, std::uint64_t sent) {
  SequenceTracker& tracker = *trackers_[connection];
  if (sent == kSentUnknown) {
    tracker.finish_without_count();
  } else {
    tracker.finish(sent);
  }
  recorder_->fairness.add(tracker.received());
  if (!spec_.per_connection) return;
  const ConnectionRecord* record = records_.empty() ? nullptr : records_[connection].get();
  auto figures = describe_connection(spec_, *recorder_, connection, tracker.received(), record);
  // Delays between two clocks are known when the run is over, of all connections together.
  if (!clock_shared_ || !slices_.empty())
    figures.p50_ns = figures.p99_ns = Maybe<std::int64_t>::none("clock_not_shared");
  recorder_->connections.push_back(std::move(figures));
}

void ArrivalCounter::count() {
  for (const auto& run : runs_) count(run);
  runs_.clear();
}

void ArrivalCounter::count(const Run& run) {
  if (!slices_.empty()) return count_between_clocks(run);
  const Instant arrived = run.arrived;
  count(run, intended_of(run.first, arrived), sent_of(run.first, arrived));
}

void ArrivalCounter::count_between_clocks(const Run& run) {
  const std::uint64_t generator = spec_.generator_of(flows_.connection(run.first.flow));
  const auto [theirs, here] = times_between_clocks(run.first, run.arrived, thetas_[generator]);
  const std::uint64_t first = count(run, std::min(here.intended, run.arrived), here.sent);
  if (first == 0) return;
  DelaySlices& slices = slices_[generator];
  slices.sent.record(theirs.sent, run.arrived, first);
  if (slices.response) slices.response->record(theirs.intended, run.arrived, first);
}

std::uint64_t ArrivalCounter::count(const Run& run, Instant intended, Instant sent) {
  const Instant arrived = run.arrived;
  if (spec_.work == Nanoseconds(0) && recorder_->counts.contains(arrived))
    recorder_->taken_in += run.count;
  const auto connection = flows_.connection(run.first.flow);
  if (!heard_.empty()) heard_[spec_.generator_of(connection)].arrived(arrived);
  if (!trackers_[connection]) track(connection);  // its first message, if an address is shared
  // The generator records the answers of echoes.
  const bool one_way = !run.first.echo;
  if (!run.first.measured) {
    if (one_way) recorder_->answered_in_warmup(intended, arrived, run.bytes, run.count);
    return 0;
  }
  const auto together = trackers_[connection]->arrived_together(
      run.first.seq, run.count, sent, arrived, static_cast<std::uint32_t>(run.bytes));
  if (one_way && together.first > 0) {
    recorder_->answered(intended, arrived, run.bytes, together.first);
    if (!records_.empty()) records_[connection]->add(arrived - intended, run.bytes, together.first);
  }
  recorder_->integrity.spurious += together.spurious;
  return together.first;
}

}  // namespace sockmark
