#include "bench/load/send_timing.h"

#include <algorithm>

#include "base/assert.h"
#include "stats/anderson_darling.h"

namespace sockmark {

namespace {

constexpr std::uint64_t kSamples = 20;         // over the window
constexpr std::uint64_t kGapsPerSample = 128;  // RFC 2330, section 18, on long samples

}  // namespace

SendTiming::Sampling SendTiming::sampling_of(Arrivals process) {
  switch (process) {
    case Arrivals::uniform:
      return Sampling::none;
    case Arrivals::poisson:
      return Sampling::every_send;
    case Arrivals::burst:
      return Sampling::every_burst;
    case Arrivals::onoff:
      break;
  }
  return Sampling::on_time;
}

SendTiming::SendTiming(Instant t0, Instant t1, const ArrivalLaw& law, double mean_gap_ns,
                       Instant start)
    : t0_(t0),
      t1_(t1),
      end_(t1),
      law_(law),
      start_(start),
      sampling_(sampling_of(law.process)),
      sampled_from_(t0),
      sampled_until_(t1),
      mean_gap_ns_(mean_gap_ns) {
  if (sampling_ == Sampling::every_burst) mean_gap_ns_ *= static_cast<double>(law.burst);
  if (sampling_ == Sampling::on_time) {
    sampled_from_ = on_time(t0);
    sampled_until_ = on_time(t1);
    mean_gap_ns_ *= static_cast<double>(ns(law.on)) / static_cast<double>(ns(law.on + law.off));
  }
  sampling_from_ = sampled_from_;
  if (sampling_ != Sampling::none) gaps_.reserve(kSamples * kGapsPerSample);
}

// The time until `at` without OFF periods: there an on-off process is a Poisson process.
Instant SendTiming::on_time(Instant at) const { return start_ + law_.on_time(at - start_); }

void SendTiming::sent(const SentMessage& message) {
  const Nanoseconds lag = message.issued - message.intended;
  totals_.lag.record(ns(lag));
  totals_.attempted_in_window += message.attempted < end_;
  const Nanoseconds tenth = (t1_ - t0_) / 10;
  if (message.intended < t0_ + tenth) {
    totals_.lag_at_first.record(ns(lag));
  } else if (message.intended >= t1_ - tenth) {
    totals_.lag_at_last.record(ns(lag));
  }
  totals_.largest_deviation = std::max(totals_.largest_deviation, message.taken - message.intended);
  if (sampling_ == Sampling::every_send) {
    if (message.taken >= sampling_from_ && part_ < kSamples) sample(message.taken);
  } else if (sampling_ != Sampling::none) {
    sample_derived(message.taken);
  }
}

void SendTiming::sample_derived(Instant taken) {
  if (sampling_ == Sampling::every_burst && sends_++ % law_.burst != 0) return;
  const Instant at = sampling_ == Sampling::on_time ? on_time(taken) : taken;
  if (at >= sampling_from_ && part_ < kSamples) sample(at);
}

void SendTiming::sample(Instant taken) {
  const auto start_of = [this](std::uint64_t part) {
    return sampled_from_ + (sampled_until_ - sampled_from_) * static_cast<std::int64_t>(part) /
                               static_cast<std::int64_t>(kSamples);
  };
  if (taken >= start_of(part_ + 1)) {  // the part of the window ended before the sample was full
    gaps_.resize(gaps_.size() / kGapsPerSample * kGapsPerSample);
    in_sample_ = 0;
    while (part_ < kSamples && taken >= start_of(part_ + 1)) ++part_;
    if (part_ == kSamples) return;
  }
  // Two messages of one batch have the same instant, which no continuous distribution allows. The
  // clock's resolution is used instead; a burst is still rejected.
  if (in_sample_++ > 0)
    gaps_.push_back(std::max(1.0, static_cast<double>(ns(taken - last_taken_))));
  last_taken_ = taken;
  if (in_sample_ <= kGapsPerSample) return;
  in_sample_ = 0;
  sampling_from_ = start_of(++part_);
}

void SendTiming::Totals::add(const Totals& other) {
  lag.add(other.lag);
  lag_at_first.add(other.lag_at_first);
  lag_at_last.add(other.lag_at_last);
  attempted_in_window += other.attempted_in_window;
  largest_deviation = std::max(largest_deviation, other.largest_deviation);
  samples += other.samples;
  samples_rejected += other.samples_rejected;
}

SendTiming::Totals SendTiming::totals() const {
  Totals result = totals_;
  for (std::size_t at = 0; at + kGapsPerSample <= gaps_.size(); at += kGapsPerSample) {
    const auto statistic = report::anderson_darling_exponential(
        std::span(gaps_).subspan(at, kGapsPerSample), mean_gap_ns_);
    ++result.samples;
    // Undefined if a gap is so long that no sample would contain it.
    result.samples_rejected += !statistic || *statistic > report::kAndersonDarling5Percent;
  }
  return result;
}

}  // namespace sockmark
