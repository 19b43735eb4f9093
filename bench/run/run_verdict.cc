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

std::string messages(std::uint64_t count) {
  return fmt::format("{} message{}", count, count == 1 ? "" : "s");
}

std::string milliseconds(std::int64_t value) { return fmt::format("{} ms", value / 1'000'000); }

// ": the responder took 3100 of the 10000 messages/s" where it did not keep up with what it was
// sent.
std::string slow_responder(const ResponderResult& responder, const report::Run& run) {
  constexpr double kKeptUp = 0.95;
  const double taken =
      static_cast<double>(responder.taken_in) * 1e9 / static_cast<double>(run.window.measure_ns);
  const double offered = run.load->offered_rate;
  if (taken <= 0 || taken >= kKeptUp * offered) return "";
  return fmt::format(": the responder took {:.0f} of the {:.0f} messages/s", taken, offered);
}

// Of those that count as lost, without the ones that were answered wrongly.
std::uint64_t unanswered_of(const report::Run& run) {
  const auto& failed = run.integrity->failed_answers;
  return run.loss->lost - std::min(run.loss->lost, failed ? *failed : 0);
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

// The generators of a run, each with how reasons name it.
struct Named {
  std::string name;  // kTheGenerator, or "generator 2 on blue"
  const GeneratorResult* result;
};
std::vector<Named> each_of(const GeneratorResult& generator) {
  std::vector<Named> all;
  for (const auto& part : generator.parts) {
    if (part.failure.empty()) all.push_back({part.name, &part.result});
  }
  if (generator.parts.empty()) all.push_back({kTheGenerator, &generator});
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
                     std::vector<std::string>& reasons) {
  if (silence_ns <= ns(spec.tmax + spec.tmax / 2)) return;
  reasons.push_back(fmt::format("path_silent: nothing arrived{} for {}, longer than Tmax", where,
                                milliseconds(silence_ns)));
}

// The longest time in which nothing arrived of one of several generators, or at it.
std::int64_t silence_of(const CaseSpec& spec, const GeneratorResult& generator,
                        const ResponderResult& responder, std::size_t index) {
  if (!generator.parts[index].failure.empty()) return 0;
  if (spec.workload != Workload::stream) return generator.parts[index].result.longest_silence_ns;
  return index < responder.silences_ns.size() ? responder.silences_ns[index] : 0;
}

// Why the load of one generator was not the one that was asked for.
std::vector<std::string> reasons_against(const CaseSpec& spec, const std::string& name,
                                         const GeneratorResult& generator, const report::Run& run,
                                         const std::string& others) {
  std::vector<std::string> reasons;
  // Where nothing of the window was sent, another reason says it.
  if (generator.sends && run.loss->sent > 0) {
    reasons = health::saturation(*generator.sends);
    if (!reasons.empty()) reasons.back() += others + saturation_remedy(spec, !others.empty());
    if (name != kTheGenerator) {
      for (auto& reason : reasons) reason = name + ": " + reason;
    }
  }
  // For less than this a wake-up may be late.
  constexpr int kLateShare = 100;
  const Nanoseconds late = Nanoseconds(generator.began_late_ns) - spec.warmup;
  if (late > spec.duration / kLateShare)
    reasons.push_back(
        fmt::format("{} began {} after the window{}", name, milliseconds(ns(late)), others));
  if (health::judge_stop(Nanoseconds(generator.stopped_ns), spec.duration) ==
      health::Stopped::invalid)
    reasons.push_back(
        fmt::format("{} did not run for {} of {}{}{}", name, milliseconds(generator.stopped_ns),
                    milliseconds(ns(spec.duration)), others, remedy(spec, false, !others.empty())));
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
      if (apart) add_silent_path(spec, silence_of(spec, generator, responder, i), "", reasons);
      for (auto& reason : reasons_against(spec, kTheGenerator, part.result, run, others))
        reasons.push_back(std::move(reason));
    }
    run.generators->parts[i].valid = reasons.empty();
  }
}

}  // namespace

// Lost messages that were neither dropped by the injector nor late.
std::uint64_t unexplained_loss(const report::Run& run) {
  std::uint64_t explained = run.loss->late;
  if (run.impairment) {
    explained += run.impairment->dropped + run.impairment->corrupted + run.impairment->truncated;
  }
  return run.loss->lost - std::min(run.loss->lost, explained);
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
  if (run.loss->sent == 0) reasons.push_back(nothing_sent(spec, *run.load, others));
  if (run.loss->sent > 0 && run.loss->received == 0 && unanswered_of(run) > 0) {
    reasons.push_back("no message of the window arrived in time" + slow_responder(responder, run) +
                      others);
  } else if (const auto unanswered = unanswered_of(run);
             spec.reliable() && unanswered > 0 && !partial) {
    reasons.push_back(fmt::format("{} without an answer within {}{}{}{}", messages(unanswered),
                                  milliseconds(run.loss->tmax_ns), whose_unanswered(run),
                                  slow_responder(responder, run), others));
  }
  if (apart && run.loss->received > 0) {
    if (generator.parts.empty()) add_silent_path(spec, run.stalls->longest_ns, "", reasons);
    const std::string preposition = spec.workload == Workload::stream ? " from " : " at ";
    for (std::size_t i = 0; i < generator.parts.size(); ++i)
      add_silent_path(spec, silence_of(spec, generator, responder, i),
                      preposition + generator.parts[i].name, reasons);
  }
  const bool reliable = spec.transport_row().get().promises().reliable;
  if (const auto unexplained = unexplained_loss(run);
      spec.impair && reliable && unexplained > 0 && !partial) {
    reasons.push_back(fmt::format("{} lost over {} in addition to the injected loss",
                                  messages(unexplained), spec.transport));
  }
  if (run.integrity->stream_integrity_errors > 0) {
    reasons.push_back(fmt::format("{} over {} duplicated, reordered or corrupt",
                                  messages(run.integrity->stream_integrity_errors),
                                  spec.transport));
  }
  for (const auto& [name, result] : each_of(generator)) {
    for (auto& reason : reasons_against(spec, name, *result, run, others))
      reasons.push_back(std::move(reason));
  }
  run.valid = reasons.empty();
  judge_parts(spec, generator, responder, apart, run);
}

void find_interference(const CaseSpec& spec, const GeneratorResult& generator,
                       const ResponderResult& responder, Nanoseconds response, report::Run& run) {
  auto& reasons = run.interference_reasons;
  const std::string others = competition(run);
  const auto stopped = [&](const std::string& end, std::int64_t stopped_ns) {
    reasons.push_back(fmt::format("{} did not run for {} of {}{}{}", end, milliseconds(stopped_ns),
                                  milliseconds(ns(spec.duration)), others,
                                  remedy(spec, false, !others.empty())));
  };
  for (const auto& [name, result] : each_of(generator)) {
    if (result->sends) {
      if (const auto late = health::lateness(*result->sends, response); !late.empty())
        reasons.push_back(
            fmt::format("{} was {}{}{}", name, late, others, remedy(spec, true, !others.empty())));
    }
    // Otherwise there is none, or it is a reason why the run is invalid.
    if (health::judge_stop(Nanoseconds(result->stopped_ns), spec.duration) ==
        health::Stopped::interference)
      stopped(name, result->stopped_ns);
  }
  if (!spec.pause && spec.work == Nanoseconds(0) &&
      health::judge_stop(Nanoseconds(responder.stopped_ns), spec.duration) != health::Stopped::no)
    stopped("the responder", responder.stopped_ns);
}

void judge_steadiness(const WindowCounts& counts, const EndResult& receiver, report::Run& run) {
  const auto backlog = counts.backlog_unsteady();
  if (!backlog) {
    run.steady = Maybe<bool>::none(report::kNothingSent);
    return;
  }
  if (*backlog) run.unsteady_reasons.emplace_back("backlog");
  if (health::trend(run.series).value_or(false)) run.unsteady_reasons.emplace_back("trend");
  if (receiver.warmed_up && !*receiver.warmed_up) run.unsteady_reasons.emplace_back("warmup");
  const auto& waiting = run.stalls->waiting_for_lost_ns;
  const auto stalled = std::max(run.stalls->total_ns, waiting ? *waiting : 0);
  if (stalled >= ns(health::kStallMin) &&
      static_cast<double>(stalled) >
          health::kStallShare * static_cast<double>(run.window.measure_ns))
    run.unsteady_reasons.emplace_back("stall");
  run.steady = run.unsteady_reasons.empty();
}

}  // namespace sockmark
