#include "bench/session.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>

namespace sockmark {

Session::Session(const Options& options, Recorder& recorder)
    : options_(options),
      recorder_(recorder),
      in_flight_(options.echo ? std::bit_ceil(options.depth) : 0),
      tracker_({.tmax = options.tmax}, recorder.sequence) {
  assert(options.pace != Pace::closed || options.depth >= 1);
  assert(options.pace != Pace::saturating || !options.echo);
  assert((options.pace == Pace::scheduled) == options.schedule.has_value());
  pending_.reserve(options.pace == Pace::closed ? options.depth : options.batch);
  unsettled_.reserve(options.postponed);
  if (options.schedule) schedule_.emplace(*options.schedule);
}

void Session::add_due(Instant intended, Instant now) {
  const bool measured = intended >= recorder_.counts.t0;
  if (!measured) ++warmup_messages_;
  pending_.push_back({.header = {.flow = options_.flows.of(options_.connection, measured),
                                 .seq = measured ? due_measured_++ : next_number_,
                                 .intended_ns = ns(intended),
                                 .measured = measured,
                                 .echo = options_.echo},
                      .attempted = now,
                      .issued = refused_at_ ? std::max(intended, *refused_at_) : now});
  ++next_number_;
}

void Session::add_scheduled(Instant now) {
  const Instant t1 = recorder_.counts.t1;
  for (Instant next; pending_.size() < options_.batch && (next = next_due()) <= now;) {
    abandoned_ = now > t1 + options_.tmax;
    if (abandoned_) break;
    add_due(next, now);
    schedule_->advance();
  }
  if (pending_.empty()) refused_at_.reset();
}

Instant Session::next_due() const {
  if (!schedule_ || abandoned_) return Instant::max();
  const Instant next = options_.start + schedule_->due();
  return next < recorder_.counts.t1 ? next : Instant::max();
}

std::span<const Session::Due> Session::due(Instant now) {
  const std::size_t offered_before = pending_.size();
  if (options_.pace == Pace::scheduled) {
    add_scheduled(now);
  } else if (now < recorder_.counts.t1) {
    const std::size_t most = options_.pace == Pace::closed
                                 ? static_cast<std::size_t>(options_.depth - outstanding_)
                                 : options_.batch;
    while (pending_.size() < most) add_due(now, now);
  }
  const std::size_t in_part = options_.byte_stream && offered_before > 0 ? 1 : 0;
  for (auto& due : std::span(pending_).subspan(in_part)) {
    constexpr std::int64_t kLongest = std::numeric_limits<std::uint32_t>::max();
    due.header.sent_after_ns =
        static_cast<std::uint32_t>(std::min(ns(now) - due.header.intended_ns, kLongest));
  }
  return pending_;
}

void Session::taken(std::size_t count, Instant sent) {
  assert(count <= pending_.size());
  record_sent(std::span(pending_).first(count), sent);
  for (const auto& due : std::span(pending_).first(options_.echo ? count : 0)) {
    const Instant intended = instant_from_ns(due.header.intended_ns);
    const auto number = number_of(due.header);
    while (slot(number).open) grow_ring();
    slot(number) = {.number = number, .intended = intended, .sent = sent, .open = true};
    ++outstanding_;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
}

void Session::record_sent(std::span<const Due> taken, Instant sent) {
  while (!taken.empty()) {
    const Due& one = taken.front();
    const auto other = std::ranges::find_if(taken, [&one](const Due& due) {
      return due.header.intended_ns != one.header.intended_ns || due.attempted != one.attempted ||
             due.issued != one.issued || due.header.measured != one.header.measured;
    });
    const auto alike = static_cast<std::size_t>(other - taken.begin());
    recorder_.sent(one.header.measured, instant_from_ns(one.header.intended_ns), one.attempted,
                   one.issued, sent, alike);
    if (one.header.measured) taken_measured_ += alike;
    taken = taken.subspan(alike);
  }
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
                    header.flow == options_.flows.of(options_.connection, header.measured) &&
                    header.seq < (header.measured ? taken_measured_ : taken_in_warmup());
  if (!ours) {
    ++recorder_.integrity.spurious;
    return;
  }
  const auto number = number_of(header);
  InFlight& entry = slot(number);
  const bool known = entry.number == number;
  const bool answers = known && entry.open;
  // A slot is reused only once its message was answered or given up, so an unknown number is a
  // second copy or late; t_intended, a little before t_sent, decides which.
  const Instant intended = known ? entry.intended : intended_of(header, arrived);
  const Instant sent = known ? entry.sent : sent_of(header, arrived);
  const Answer answer{.seq = header.seq,
                      .intended = intended,
                      .sent = sent,
                      .arrived = arrived,
                      .measured = header.measured,
                      .answers = answers};
  if (answers) {
    entry.open = false;
    --outstanding_;
  }
  if (unsettled_.size() == options_.postponed) settle();
  if (options_.postponed == 0) {
    record(answer);
  } else {
    unsettled_.push_back(answer);
  }
}

void Session::settle() {
  for (const auto& answer : unsettled_) record(answer);
  unsettled_.clear();
}

void Session::record(const Answer& answer) {
  if (answer.measured) {
    const auto arrival = tracker_.arrived(answer.seq, answer.sent, answer.arrived, options_.size);
    if (arrival == Arrival::first)
      recorder_.answered(answer.intended, answer.arrived, options_.size);
  } else if (answer.answers) {
    recorder_.answered_in_warmup(answer.intended, answer.arrived, options_.size);
  }
}

bool Session::expire(Instant now) {
  const auto taken = next_number_ - pending_.size();
  bool made_room = false;
  for (; options_.echo && oldest_open_ < taken; ++oldest_open_) {
    InFlight& entry = slot(oldest_open_);
    if (entry.number != oldest_open_ || !entry.open) continue;
    if (now - entry.sent <= options_.tmax) break;
    entry.open = false;
    --outstanding_;
    made_room = true;
  }
  return made_room;
}

std::uint64_t Session::taken_in_warmup() const {
  return std::min(warmup_messages_, next_number_ - pending_.size());
}

std::uint64_t Session::unsent() {
  std::uint64_t never_reached = 0;
  if (schedule_) {
    const auto until = [&](Instant end) { return schedule_->count_until(end - options_.start); };
    static_cast<void>(until(recorder_.counts.t0));
    never_reached = until(recorder_.counts.t1);
  }
  return due_measured_ + never_reached - taken_measured_;
}

}  // namespace sockmark
