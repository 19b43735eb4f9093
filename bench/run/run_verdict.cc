#include "bench/run/run_verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bench/load/health.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

constexpr const char* kTheGenerator = "the generator";  // where there is one
constexpr const char* kTheResponder = "the responder";

std::string messages(std::uint64_t count) {
  return fmt::format("{} message{}", count, count == 1 ? "" : "s");
}

std::string milliseconds(std::int64_t value) { return fmt::format("{} ms", value / 1'000'000); }

// ": the responder took 3100 of the 10000 messages/s" where it did not keep up with what it was
// sent.
std::string slow_responder(const ResponderResult& responder, const report::Load& load,
                           const report::Run& run) {
  constexpr double kKeptUp = 0.95;
  const double taken =
      static_cast<double>(responder.taken_in) * 1e9 / static_cast<double>(run.window.measure_ns);
  const double offered = load.offered_rate;
  if (taken <= 0 || taken >= kKeptUp * offered) return "";
  return fmt::format(": the responder took {:.0f} of the {:.0f} messages/s", taken, offered);
}

// Of those that count as lost, without the ones that were answered wrongly.
std::uint64_t unanswered_of(const report::Loss& loss, const report::Integrity& integrity) {
  const auto& failed = integrity.failed_answers;
  return loss.lost - std::min(loss.lost, failed ? *failed : 0);
}

// " (2 of generator 1, 3 of generator 2)" where there are several and each counts its answers.
std::string whose_unanswered(const report::Run& run) {
  if (!run.generators) return "";
  std::vector<std::string> whose;
  for (const auto& part : run.generators->parts) {
    if (part.sent && part.received && *part.sent > *part.received)
      whose.push_back(fmt::format("{} of generator {}", *part.sent - *part.received, part.number));
  }
  return whose.empty() ? "" : fmt::format(" ({})", fmt::join(whose, ", "));
}

// ", while other processes used 1.3 CPUs": what explains that an end did not run.
std::string competition(const report::Run& run) {
  constexpr double kNoticeable = 0.1;  // processors
  const auto& machine = run.resources.machine;
  if (!machine) return "";
  const double others =
      static_cast<double>(machine->others_ns) / static_cast<double>(run.window.measure_ns);
  return others < kNoticeable ? ""
                              : fmt::format(", while other processes used {:.1f} CPUs", others);
}

// "; stop them ...": what reduces interference. Nothing that the case has already.
std::string remedy(const CaseSpec& spec, bool late, bool beside_others) {
  // Other ways to wait do not help beside other processes.
  if (beside_others) return "; stop them, or measure when the machine is less busy";
  if (late && spec.wait == WaitMode::sleep) return "; --wait hybrid reduces it";
  if (late && spec.wait == WaitMode::hybrid) return "; --wait spin reduces it";
  return "; sockmark doctor lists sources of noise";
}

// What helps a generator that cannot send as fast as its schedule.
std::string saturation_remedy(const CaseSpec& spec, bool beside_others) {
  if (beside_others) return "; stop them, or lower --rate";
  return spec.threads * spec.generators < spec.connections ? "; lower --rate, or use more --threads"
                                                           : "; lower --rate";
}

// What sends messages of its own, with how reasons name it.
struct Sending {
  std::string name;  // kTheGenerator, or "generator 2 on blue"
  const SentByEnd* sent;
  std::int64_t stopped_ns;  // not on purpose
  Nanoseconds response{0};  // of its messages
};

// Test aids stall the responder.
std::int64_t unintended_stop(const CaseSpec& spec, const ResponderResult& responder) {
  return spec.pause || spec.work > Nanoseconds(0) ? 0 : responder.stopped_ns;
}

std::vector<Sending> senders_of(const CaseSpec& spec, const GeneratorResult& generator,
                                const ResponderResult& responder,
                                const std::vector<Nanoseconds>& responses = {}) {
  const Nanoseconds first = responses.empty() ? Nanoseconds(0) : responses.front();
  const Nanoseconds last = responses.empty() ? Nanoseconds(0) : responses.back();
  std::vector<Sending> all;
  for (const auto& part : generator.parts) {
    if (part.failure.empty())
      all.push_back({part.name, &part.result.sent, part.result.stopped_ns, first});
  }
  if (generator.parts.empty() && spec.generator_sends())
    all.push_back({kTheGenerator, &generator.sent, generator.stopped_ns, first});
  if (responder.sent)
    all.push_back({kTheResponder, &*responder.sent, unintended_stop(spec, responder), last});
  return all;
}

// An open loop sends every message, in order: one that is far too slow sends those of the warm-up
// throughout the window.
std::string nothing_sent(const CaseSpec& spec, const report::Load& load,
                         const std::string& others) {
  if (!spec.rate || load.offered_rate == 0) return "nothing was sent within the window" + others;
  return fmt::format(
      "rate too high: {:.0f} of {:.0f} messages/s were sent, only those due in the warm-up; lower "
      "--rate",
      load.offered_rate, *spec.rate);
}

// A path between two machines was down: nothing arrived for that time. `where`: " at generator 2",
// or empty for the only receiver. A closed loop that waits for one lost message is silent for Tmax.
void add_silent_path(const CaseSpec& spec, std::int64_t silence_ns, const std::string& where,
                     const std::string& label, std::vector<std::string>& reasons) {
  if (silence_ns <= ns(spec.tmax + spec.tmax / 2)) return;
  reasons.push_back(fmt::format("{}path_silent: nothing arrived{} for {}, longer than Tmax", label,
                                where, milliseconds(silence_ns)));
}

// The longest time in which nothing arrived of one of several generators, or at it.
std::int64_t silence_of(const CaseSpec& spec, const GeneratorResult& generator,
                        const ResponderResult& responder, std::size_t index) {
  if (!generator.parts[index].failure.empty()) return 0;
  if (spec.workload != Workload::stream) return generator.parts[index].result.longest_silence_ns;
  return index < responder.silences_ns.size() ? responder.silences_ns[index] : 0;
}

// Why the load of one sender was not the one that was asked for. `sent`: something, by any.
std::vector<std::string> reasons_against(const CaseSpec& spec, const Sending& sender, bool sent,
                                         const std::string& others) {
  std::vector<std::string> reasons;
  const std::string& name = sender.name;
  // Where nothing of the window was sent, another reason says it.
  if (sender.sent->schedule && sent) {
    reasons = health::saturation(*sender.sent->schedule);
    if (!reasons.empty()) reasons.back() += others + saturation_remedy(spec, !others.empty());
    if (name != kTheGenerator || spec.direction == StreamDirection::both) {
      for (auto& reason : reasons) reason = name + ": " + reason;
    }
  }
  // For less than this a wake-up may be late; a window of a few messages is shorter than that.
  constexpr int kLateShare = 100;
  constexpr Nanoseconds kWakeUp = std::chrono::milliseconds(1);
  const Nanoseconds late = Nanoseconds(sender.sent->began_late_ns) - spec.warmup;
  const Nanoseconds share = spec.duration / kLateShare;
  if (late > (spec.messages ? std::max(share, kWakeUp) : share))
    reasons.push_back(
        fmt::format("{} began {} after the window{}", name, milliseconds(ns(late)), others));
  if (health::judge_stop(Nanoseconds(sender.stopped_ns), spec.duration) == health::Stopped::invalid)
    reasons.push_back(fmt::format("{} did not run for {} of {}{}{}", name,
                                  milliseconds(sender.stopped_ns), milliseconds(ns(spec.duration)),
                                  others, remedy(spec, false, !others.empty())));
  return reasons;
}

// The verdict on each of several generators.
void judge_parts(const CaseSpec& spec, const GeneratorResult& generator,
                 const ResponderResult& responder, bool apart, report::Run& run) {
  if (!run.generators) return;
  const std::string others = competition(run);
  for (std::size_t i = 0; i < generator.parts.size(); ++i) {
    const auto& part = generator.parts[i];
    auto& reasons = run.generators->parts[i].invalid_reasons;
    reasons.insert(reasons.end(), part.result.invalid_reasons.begin(),
                   part.result.invalid_reasons.end());
    if (part.failure.empty()) {
      if (apart) add_silent_path(spec, silence_of(spec, generator, responder, i), "", "", reasons);
      const Sending sender{kTheGenerator, &part.result.sent, part.result.stopped_ns};
      for (auto& reason : reasons_against(spec, sender, run.loss->sent > 0, others))
        reasons.push_back(std::move(reason));
    }
    run.generators->parts[i].valid = reasons.empty();
  }
}

// What is judged of a way.
struct JudgedWay {
  const MeasuredWay& way;
  const report::Load& load;
  const report::Loss& loss;
  const report::Integrity& integrity;
  const Maybe<report::Impairment>& impairment;
};
std::vector<JudgedWay> judged_ways(const std::vector<MeasuredWay>& ways, const report::Run& run) {
  std::vector<JudgedWay> judged{
      {ways.front(), *run.load, *run.loss, *run.integrity, run.impairment}};
  if (run.reverse)
    judged.push_back({ways.back(), run.reverse->load, run.reverse->loss, run.reverse->integrity,
                      run.reverse->impairment});
  return judged;
}

// Whether its messages were sent, arrived, and arrived as they were sent. `partial`: the drain of
// the run was short, and what was not answered in it may have been answered later.
void judge_way(const CaseSpec& spec, const JudgedWay& judged, const ResponderResult& responder,
               bool partial, const std::string& others, report::Run& run) {
  const report::Loss& loss = judged.loss;
  const std::string& label = judged.way.label;
  const std::string slow = judged.way.reverse ? "" : slow_responder(responder, judged.load, run);
  auto& reasons = run.invalid_reasons;
  if (loss.sent == 0) {
    reasons.push_back(label + nothing_sent(spec, judged.load, others));
  } else if (spec.messages && loss.sent < *spec.messages && reasons.empty()) {
    reasons.push_back(fmt::format("{} of {} were sent within {}{}; increase --duration", loss.sent,
                                  messages(*spec.messages), milliseconds(ns(spec.duration)),
                                  others));
  }
  const std::uint64_t unanswered = unanswered_of(loss, judged.integrity);
  if (loss.sent > 0 && loss.received == 0 && unanswered > 0) {
    reasons.push_back(label + "no message of the window arrived in time" + slow + others);
  } else if (spec.reliable() && unanswered > 0 && !partial) {
    reasons.push_back(fmt::format("{}{} without an answer within {}{}{}{}", label,
                                  messages(unanswered), milliseconds(loss.tmax_ns),
                                  whose_unanswered(run), slow, others));
  }
  const bool reliable = spec.transport_row().get().promises().reliable;
  if (const auto unexplained = unexplained_loss(loss, judged.impairment);
      spec.impair && reliable && unexplained > 0 && !partial) {
    reasons.push_back(fmt::format("{}{} lost over {} in addition to the injected loss", label,
                                  messages(unexplained), spec.transport));
  }
  if (judged.integrity.stream_integrity_errors > 0) {
    reasons.push_back(fmt::format("{}{} over {} duplicated, reordered or corrupt", label,
                                  messages(judged.integrity.stream_integrity_errors),
                                  spec.transport));
  }
}

}  // namespace

std::uint64_t unexplained_loss(const report::Loss& loss,
                               const Maybe<report::Impairment>& impairment) {
  std::uint64_t explained = loss.late;
  if (impairment) explained += impairment->dropped + impairment->corrupted + impairment->truncated;
  return loss.lost - std::min(loss.lost, explained);
}

void judge(const CaseSpec& spec, const GeneratorResult& generator, const ResponderResult& responder,
           bool apart, report::Run& run) {
  auto& reasons = run.invalid_reasons;
  // The drain of a partial run is short: what was not answered in it may have been answered later.
  const bool partial = !reasons.empty();
  for (const auto& part : generator.parts) {
    if (!part.failure.empty()) reasons.push_back(part.failure);
    for (const auto& reason : part.result.invalid_reasons)
      reasons.push_back(part.name + ": " + reason);
  }
  for (const auto& reason : generator.invalid_reasons) {
    if (generator.parts.empty()) reasons.push_back("generator: " + reason);
  }
  for (const auto& reason : responder.invalid_reasons) reasons.push_back("responder: " + reason);
  const std::string others = competition(run);
  const auto ways = ways_of(spec, generator, responder);
  bool sent = false;
  for (const auto& judged : judged_ways(ways, run)) {
    judge_way(spec, judged, responder, partial, others, run);
    sent = sent || judged.loss.sent > 0;
    if (apart && judged.loss.received > 0 && generator.parts.empty())
      add_silent_path(spec, judged.way.receiver->longest_silence_ns, "", judged.way.label, reasons);
  }
  if (apart && run.loss->received > 0) {
    const std::string preposition = spec.workload == Workload::stream ? " from " : " at ";
    for (std::size_t i = 0; i < generator.parts.size(); ++i)
      add_silent_path(spec, silence_of(spec, generator, responder, i),
                      preposition + generator.parts[i].name, "", reasons);
  }
  for (const auto& sender : senders_of(spec, generator, responder)) {
    for (auto& reason : reasons_against(spec, sender, sent, others))
      reasons.push_back(std::move(reason));
  }
  run.valid = reasons.empty();
  judge_parts(spec, generator, responder, apart, run);
}

void find_interference(const CaseSpec& spec, const GeneratorResult& generator,
                       const ResponderResult& responder, const std::vector<Nanoseconds>& responses,
                       report::Run& run) {
  auto& reasons = run.interference_reasons;
  const std::string others = competition(run);
  const auto stopped = [&](const std::string& end, std::int64_t stopped_ns) {
    reasons.push_back(fmt::format("{} did not run for {} of {}{}{}", end, milliseconds(stopped_ns),
                                  milliseconds(ns(spec.duration)), others,
                                  remedy(spec, false, !others.empty())));
  };
  for (const auto& sender : senders_of(spec, generator, responder, responses)) {
    if (sender.sent->schedule) {
      const auto late = health::lateness(*sender.sent->schedule, sender.response);
      if (!late.empty())
        reasons.push_back(fmt::format("{} was {}{}{}", sender.name, late, others,
                                      remedy(spec, true, !others.empty())));
    }
    // Otherwise there is none, or it is a reason why the run is invalid.
    if (health::judge_stop(Nanoseconds(sender.stopped_ns), spec.duration) ==
        health::Stopped::interference)
      stopped(sender.name, sender.stopped_ns);
  }
  // An end that only receives or answers.
  const auto receives = [&](const char* end, std::int64_t stopped_ns) {
    if (health::judge_stop(Nanoseconds(stopped_ns), spec.duration) != health::Stopped::no)
      stopped(end, stopped_ns);
  };
  if (!spec.generator_sends()) receives(kTheGenerator, generator.stopped_ns);
  if (!responder.sent) receives(kTheResponder, unintended_stop(spec, responder));
}

void judge_steadiness(const CaseSpec& spec, const std::vector<MeasuredWay>& ways,
                      const std::vector<WindowCounts>& counts, report::Run& run) {
  // A window that ends with the last arrival leaves nothing, and what it began with is no queue
  // that grew.
  const bool drained = spec.messages && !spec.rate;
  bool backlog = false, warm = true;
  for (std::size_t i = 0; i < ways.size(); ++i) {
    const auto unsteady = counts[i].backlog_unsteady();
    if (!unsteady) {
      run.steady = Maybe<bool>::none(report::kNothingSent);
      return;
    }
    backlog = backlog || (*unsteady && !drained);
    const auto& warmed_up = ways[i].receiver->warmed_up;
    warm = warm && (!warmed_up || *warmed_up);
  }
  if (backlog) run.unsteady_reasons.emplace_back("backlog");
  if (health::trend(run.series).value_or(false)) run.unsteady_reasons.emplace_back("trend");
  if (!warm) run.unsteady_reasons.emplace_back("warmup");
  const auto& waiting = run.stalls->waiting_for_lost_ns;
  const auto stalled = std::max(run.stalls->total_ns, waiting ? *waiting : 0);
  if (stalled >= ns(health::kStallMin) &&
      static_cast<double>(stalled) >
          health::kStallShare * static_cast<double>(run.window.measure_ns))
    run.unsteady_reasons.emplace_back("stall");
  run.steady = run.unsteady_reasons.empty();
}

}  // namespace sockmark
