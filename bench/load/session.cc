#include "bench/load/session.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/assert.h"

namespace sockmark {

Session::Session(const Options& options, Recorder& recorder)
    : options_(options),
      recorder_(recorder),
      in_flight_(options.echo ? std::bit_ceil(options.depth) : 0),
      losses_(recorder.series),
      tracker_({.tmax = options.tmax}, recorder.sequence, &losses_) {
  ASSERT(options.pace != Pace::closed || options.depth >= 1);
  ASSERT(options.pace != Pace::saturating || !options.echo);
  ASSERT((options.pace == Pace::scheduled) == options.schedule.has_value());
  due_runs_.reserve(1);
  if (options.schedule) schedule_.emplace(*options.schedule);
  if (options.pace != Pace::thinking) return;
  thoughts_.resize(options.depth);
  for (std::uint64_t i = 0; i < options.depth; ++i)
    think_until(options.start + options.first_think);
}

void Session::add_due(std::uint64_t count, Instant intended, Instant now) {
  const bool measured = intended >= recorder_.counts.t0;
  due_runs_.push_back({.first = {.header = {.flow = options_.flows.of(options_.connection,
                                                                      static_cast<Phase>(measured)),
                                            .seq = measured ? due_in_window_ : next_number_,
                                            .intended_ns = ns(intended),
                                            .measured = measured,
                                            .echo = options_.echo},
                                 .attempted = now,
                                 .issued = refused_at_ ? std::max(intended, *refused_at_) : now},
                       .count = count});
  (measured ? due_in_window_ : warmup_messages_) += count;
  next_number_ += count;
  pending_ += count;
}

void Session::add_scheduled(Instant now) {
  const Instant t1 = recorder_.counts.t1;
  for (Instant next; pending_ < options_.batch && (next = next_due()) <= now;) {
    abandoned_ = now > t1 + options_.tmax;
    if (abandoned_) break;
    add_due(1, next, now);
    schedule_->advance();
  }
  if (pending_ == 0) refused_at_.reset();
  if (options_.schedule->arrivals.process == Arrivals::burst) issue_bursts_together();
}

// Which messages were answered or given up shows in their number.
void Session::add_thought(Instant now) {
  while (outstanding_ + pending_ + thinking_ < options_.depth) think_until(now + options_.think);
  for (Instant next; (next = next_due()) <= now;) {
    first_thought_ = (first_thought_ + 1) % thoughts_.size();
    --thinking_;
    add_due(1, next, now);
  }
}

void Session::think_until(Instant due) {
  thoughts_[(first_thought_ + thinking_) % thoughts_.size()] = due;
  ++thinking_;
}

void Session::issue_bursts_together() {
  for (auto& run : due_runs_) {
    const Instant intended = instant_from_ns(run.first.header.intended_ns);
    if (intended != burst_due_) {
      burst_due_ = intended;
      burst_issued_ = run.first.issued;
    }
    run.first.issued = burst_issued_;
  }
}

Instant Session::next_due() const {
  if (schedule_ && !abandoned_) return before_end(options_.start + schedule_->due());
  return thinking_ > 0 ? before_end(thoughts_[first_thought_]) : Instant::max();
}

Instant Session::before_end(Instant due) const {
  const bool before = due < recorder_.counts.t1 && due_in_window_ < options_.messages;
  return before ? due : Instant::max();
}

std::span<const Session::Due> Session::due(Instant now) {
  const bool offered_before = pending_ > 0;
  if (options_.pace == Pace::scheduled) {
    add_scheduled(now);
  } else if (options_.pace == Pace::thinking) {
    add_thought(now);
  } else if (now < recorder_.counts.t1) {
    const std::uint64_t room =
        std::min(options_.pace == Pace::closed ? options_.depth - outstanding_ : options_.batch,
                 options_.messages - due_in_window_);
    if (pending_ < room) add_due(room - pending_, now, now);
  }
  offered_at_ = now;
  if (!offered_before || !options_.byte_stream) oldest_offered_at_ = now;
  return lay_out();
}

std::span<const Session::Due> Session::lay_out() {
  auto& offer = options_.offer != nullptr ? *options_.offer : own_offer_;
  offer.clear();
  Instant at = oldest_offered_at_;
  for (const auto& run : due_runs_) {
    Due due = run.first;
    for (std::uint64_t i = 0; i < run.count; ++i, ++due.header.seq, at = offered_at_) {
      constexpr std::int64_t kSentAfterMax = std::numeric_limits<std::uint32_t>::max();
      due.header.sent_after_ns =
          static_cast<std::uint32_t>(std::min(ns(at) - due.header.intended_ns, kSentAfterMax));
      offer.push_back(due);
    }
  }
  return offer;
}

void Session::taken(std::size_t count, Instant sent) {
  DEBUG_ASSERT(count <= pending_);
  if (count == 0) return;
  pending_ -= count;
  oldest_offered_at_ = offered_at_;
  auto run = due_runs_.begin();
  while (count > 0) {
    const std::uint64_t some = std::min<std::uint64_t>(count, run->count);
    take(*run, some, sent);
    count -= static_cast<std::size_t>(some);
    if (run->count == 0) ++run;
  }
  due_runs_.erase(due_runs_.begin(), run);
}

void Session::take(DueRun& run, std::uint64_t count, Instant sent) {
  WireHeader& header = run.first.header;
  const Instant intended = instant_from_ns(header.intended_ns);
  recorder_.sent(phase_of(header),
                 {.intended = intended,
                  .attempted = run.first.attempted,
                  .issued = run.first.issued,
                  .taken = sent},
                 count);
  if (header.measured) taken_in_window_ += count;
  if (options_.sizes != nullptr) count_sizes(header, count);
  run.count -= count;
  if (!options_.echo) {
    header.seq += count;
    return;
  }
  for (; count > 0; --count, ++header.seq) {
    const auto number = number_of(header);
    while (slot(number).open) grow_ring();
    slot(number) = {.number = number, .intended = intended, .sent = sent, .open = true};
    ++outstanding_;
  }
}

void Session::count_sizes(const WireHeader& first, std::uint64_t count) {
  if (!first.measured) return;
  for (std::uint64_t i = 0; i < count; ++i)
    ++recorder_.sizes_sent[options_.sizes->part_of(first.flow, first.seq + i)];
}

void Session::grow_ring() {
  std::vector<InFlight> old(in_flight_.size() * 2);
  old.swap(in_flight_);
  for (const auto& entry : old) {
    if (entry.open) slot(entry.number) = entry;
  }
}

void Session::returned(const WireHeader& header, Instant arrived) {
  const bool ours = options_.echo &&
                    header.flow == options_.flows.of(options_.connection, phase_of(header)) &&
                    header.seq < (header.measured ? taken_in_window_ : taken_in_warmup());
  if (!ours) {
    ++recorder_.integrity.spurious;
    return;
  }
  const auto number = number_of(header);
  InFlight& entry = slot(number);
  const bool known = entry.number == number;
  const bool awaited = known && entry.open;
  // A slot is reused only after its message was answered or given up, so a message with an unknown
  // number is a duplicate or late; its own t_intended, a little before t_sent, decides which.
  const Instant intended = known ? entry.intended : intended_of(header, arrived);
  const Instant sent = known ? entry.sent : sent_of(header, arrived);
  const Answer answer{.session = this,
                      .seq = header.seq,
                      .intended = intended,
                      .sent = sent,
                      .arrived = arrived,
                      .phase = phase_of(header),
                      .awaited = awaited};
  if (awaited) {
    entry.open = false;
    --outstanding_;
  }
  if (options_.pending_records == nullptr) {
    record(answer);
    return;
  }
  if (options_.pending_records->size() == options_.pending_records->capacity())
    record_pending(*options_.pending_records);
  options_.pending_records->push_back(answer);
}

void Session::failed(const WireHeader& header) {
  const auto number = number_of(header);
  InFlight& entry = slot(number);
  if (entry.number != number || !entry.open) return;
  entry.open = false;
  --outstanding_;
}

void Session::record_pending(std::vector<Answer>& pending_records) {
  for (const auto& answer : pending_records) answer.session->record(answer);
  pending_records.clear();
}

void Session::record(const Answer& answer) {
  if (options_.sizes == nullptr) return record(answer, options_.size);
  record_of_mix(answer);
}

void Session::record(const Answer& answer, std::uint32_t bytes) {
  if (answer.phase == Phase::window) {
    const auto arrival = tracker_.arrived(answer.seq, answer.sent, answer.arrived, bytes);
    if (arrival == Arrival::first) {
      recorder_.answered(answer.intended, answer.arrived, bytes);
      if (options_.connection_record != nullptr)
        options_.connection_record->add(answer.arrived - answer.intended, bytes);
    }
  } else if (answer.awaited) {
    recorder_.answered_in_warmup(answer.intended, answer.arrived, bytes);
  }
}

void Session::record_of_mix(const Answer& answer) {
  const auto flow = options_.flows.of(options_.connection, answer.phase);
  const auto bytes = options_.sizes->bytes_of(options_.sizes->part_of(flow, answer.seq));
  if (!options_.sized_answers) return record(answer, bytes);
  const std::uint64_t before = recorder_.counts.goodput_messages;
  record(answer, options_.size);
  if (recorder_.counts.goodput_messages > before) recorder_.request_bytes += bytes;
}

bool Session::expire(Instant now) {
  const auto taken = next_number_ - pending_;
  bool made_room = false;
  for (; options_.echo && oldest_open_ < taken; ++oldest_open_) {
    InFlight& entry = slot(oldest_open_);
    if (entry.number != oldest_open_ || !entry.open) continue;
    if (now - entry.sent <= options_.tmax) break;
    entry.open = false;
    --outstanding_;
    recorder_.gave_up(oldest_open_ < warmup_messages_ ? Phase::warmup : Phase::window, entry.sent,
                      now);
    made_room = true;
  }
  return made_room;
}

std::uint64_t Session::taken_in_warmup() const {
  return std::min(warmup_messages_, next_number_ - pending_);
}

std::uint64_t Session::unsent() const {
  std::uint64_t never_offered = 0;
  if (schedule_) {
    Schedule rest = *schedule_;
    static_cast<void>(rest.count_until(recorder_.counts.t0 - options_.start));
    never_offered = std::min(rest.count_until(recorder_.counts.t1 - options_.start),
                             options_.messages - due_in_window_);
  }
  return due_in_window_ + never_offered - taken_in_window_;
}

}  // namespace sockmark
