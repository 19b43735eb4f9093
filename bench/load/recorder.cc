#include "bench/load/recorder.h"

namespace sockmark {

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
  if (other.send_timing && send_timing) {
    send_timing->add(*other.send_timing);
  } else if (other.send_timing) {
    send_timing.emplace(*other.send_timing);
  }
  receive_drops += other.receive_drops;
  integrity.corrupt += other.integrity.corrupt;
  integrity.corrupt_truncated += other.integrity.corrupt_truncated;
  integrity.spurious += other.integrity.spurious;
  integrity.stream_integrity_errors += other.integrity.stream_integrity_errors;
  integrity.unfinished += other.integrity.unfinished;
  merged_usage += other.usage.used();
  merged_usage += other.merged_usage;
}

}  // namespace sockmark
