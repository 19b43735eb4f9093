#include "bench/load/recorder.h"

namespace sockmark {

void Recorder::shorten(Instant t1) {
  counts.t1 = t1;
  series.shorten(t1);
  stopped.shorten(t1);
  usage.shorten(t1);
  if (send_timing) send_timing->shorten(t1);
  if (tcp) tcp->shorten(t1);
}

void Recorder::add(const TcpRecord& other) {
  if (merged_tcp) {
    merged_tcp->add(other);
  } else {
    merged_tcp = other;
  }
}

void Recorder::add(const Recorder& other) {
  counts.add(other.counts);
  response_time.add(other.response_time);
  send_block.add(other.send_block);
  warmup.add(other.warmup);
  sequence.add(other.sequence);
  series.add(other.series);
  warmup_check.add(other.warmup_check);
  stopped.add(other.stopped);
  waited_for_lost += other.waited_for_lost;
  taken_in += other.taken_in;
  lost_in_warmup += other.lost_in_warmup;
  if (sizes_sent.size() < other.sizes_sent.size()) sizes_sent.resize(other.sizes_sent.size());
  for (std::size_t part = 0; part < other.sizes_sent.size(); ++part)
    sizes_sent[part] += other.sizes_sent[part];
  request_bytes += other.request_bytes;
  const auto add_sends = [this](const SendTiming::Totals& theirs) {
    if (!sends) sends.emplace();
    sends->add(theirs);
  };
  if (other.send_timing) add_sends(other.send_timing->totals());
  if (other.sends) add_sends(*other.sends);
  receive_drops += other.receive_drops;
  if (other.tcp) add(other.tcp->record());
  if (other.merged_tcp) add(*other.merged_tcp);
  fairness.add(other.fairness);
  connections.insert(connections.end(), other.connections.begin(), other.connections.end());
  integrity += other.integrity;
  merged_usage += other.usage.used();
  merged_usage += other.merged_usage;
}

}  // namespace sockmark
