#include "bench/checks/selfcheck.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>

#include "base/printable.h"
#include "reports/format/text_table.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

constexpr double kRate = 10'000;
// Lower for round trips, so that the queue of a socket holds what arrives while a busy machine does
// not run the receiver.
constexpr double kEchoRate = 4'000;
constexpr std::uint64_t kTail = 100;
constexpr Nanoseconds kStall = 100ms;
constexpr Nanoseconds kWork = 1ms;
constexpr Nanoseconds kDelay = 5ms, kJitter = 1ms;

CaseSpec impaired(const char* transport, Workload workload, const std::string& impairment) {
  CaseSpec spec;
  spec.transport = transport;
  spec.workload = workload;
  spec.rate = workload == Workload::rr ? kEchoRate : kRate;
  spec.duration = 1s;
  spec.warmup = 100ms;
  spec.tmax = 300ms;
  spec.impair = *parse_impairment(impairment);
  return spec;
}

enum class LoopModel { open, closed };

CaseSpec stalled(LoopModel loop) {
  CaseSpec spec;
  spec.transport = "tcp";
  if (loop == LoopModel::open) {
    spec.rate = 1000;
    spec.arrivals = Arrivals::poisson;
  }
  spec.duration = 4s;
  spec.warmup = 100ms;
  spec.pause = ServerPause{.every = 1s, .length = kStall};
  return spec;
}

CaseSpec overloaded() {
  CaseSpec spec;
  spec.transport = "udp";
  spec.rate = 50e6;
  spec.duration = 1s;
  spec.warmup = 100ms;
  spec.tmax = 100ms;
  return spec;
}

// Each lost message holds up the only place of the loop for Tmax.
CaseSpec losing_closed_loop() {
  CaseSpec spec = impaired("udp", Workload::rr, "loss=1%,seed=8");
  spec.rate.reset();
  spec.tmax = 100ms;
  return spec;
}

// The responder can answer a quarter of what it is sent.
CaseSpec slow_responder() {
  CaseSpec spec;
  spec.transport = "tcp";
  spec.rate = 4 * 1s / kWork;
  spec.work = kWork;
  spec.duration = 1s;
  spec.warmup = 100ms;
  spec.tmax = 300ms;
  return spec;
}

// Both ends spin on one processor, which the kernel gives to them in turns of milliseconds.
CaseSpec sharing_a_processor() {
  CaseSpec spec;
  spec.transport = "udp";
  spec.rate = 1000;
  spec.wait = WaitMode::spin;
  const int cpu = ::sched_getcpu();
  spec.pin = Pin{.generator = cpu, .responder = cpu};
  spec.duration = 2s;
  spec.warmup = 100ms;
  return spec;
}

// The kernel may drop messages too, on a machine too busy to read in time. In a round trip these
// may be messages with a fault injected in the other direction. They are counted separately and
// allowed for.
std::uint64_t by_kernel(const report::Run& run) { return run.loss->attribution->receiver_socket; }

std::string and_by_kernel(const report::Run& run) {
  return by_kernel(run) == 0 ? "" : fmt::format(" (and {} by a full socket)", by_kernel(run));
}

// Whether two counts are equal except for at most `allowed` messages.
bool same(std::uint64_t injected, std::uint64_t measured, std::uint64_t allowed) {
  return std::max(injected, measured) - std::min(injected, measured) <= allowed;
}

// The allowance for order and copies: none one way, where the receiver is behind the injector.
std::uint64_t allowance(const report::Run& run) {
  return run.impairment->reverse ? by_kernel(run) : 0;
}

SelfcheckResult loss(const report::Run& run) {
  const std::uint64_t lost = run.loss->lost - by_kernel(run);
  return {.injected = fmt::format("{} dropped", run.impairment->dropped),
          .measured = fmt::format("{} lost{}", lost, and_by_kernel(run)),
          .as_injected = run.impairment->dropped > 0 && lost == run.impairment->dropped &&
                         run.loss->sent == run.loss->received + run.loss->lost};
}

SelfcheckResult duplication(const report::Run& run) {
  return {.injected = fmt::format("{} copies", run.impairment->duplicated),
          .measured = fmt::format("{} duplicates, {} lost", *run.duplication->duplicates,
                                  run.loss->lost - by_kernel(run)),
          .as_injected =
              run.impairment->duplicated > 0 && run.loss->lost == by_kernel(run) &&
              same(run.impairment->duplicated, *run.duplication->duplicates, allowance(run))};
}

SelfcheckResult reordering(const report::Run& run) {
  const auto& extents = run.impairment->extent_histogram;
  const bool same_extents = *run.reordering->extent_histogram == extents;
  return {
      .injected = fmt::format("{} out of order", run.impairment->reordered),
      .measured = fmt::format("{} reordered, {} extents", *run.reordering->reordered,
                              same_extents ? "the same" : "other"),
      .as_injected = run.impairment->reordered > 0 &&
                     same(run.impairment->reordered, *run.reordering->reordered, allowance(run)) &&
                     (same_extents || allowance(run) > 0)};
}

SelfcheckResult corruption(const report::Run& run) {
  const std::uint64_t corrupt = run.integrity->corrupt - run.integrity->corrupt_truncated;
  const std::uint64_t lost = run.loss->lost - by_kernel(run);
  return {.injected = fmt::format("{} with a flipped bit, {} cut short", run.impairment->corrupted,
                                  run.impairment->truncated),
          .measured = fmt::format("{} corrupt, {} truncated, {} lost", corrupt,
                                  run.integrity->corrupt_truncated, lost),
          .as_injected = run.impairment->corrupted > 0 && run.impairment->truncated > 0 &&
                         corrupt == run.impairment->corrupted &&
                         run.integrity->corrupt_truncated == run.impairment->truncated &&
                         lost == corrupt + run.integrity->corrupt_truncated};
}

SelfcheckResult delay(const report::Run& run) {
  const std::int64_t min = *run.latency->one_way->min_ns;
  return {.injected = fmt::format("{} ± {} ms, {} out of order", kDelay / 1ms, kJitter / 1ms,
                                  run.impairment->reordered),
          .measured = fmt::format("at least {:.3f} ms one way, {} reordered",
                                  static_cast<double>(min) / 1e6, *run.reordering->reordered),
          // On a busy machine the median may be late; the minimum of thousands is not.
          .as_injected = run.impairment->delayed == run.impairment->sent - by_kernel(run) &&
                         min >= ns(kDelay - kJitter) && min < ns(kDelay) &&
                         run.impairment->reordered > 0 &&
                         run.impairment->reordered == *run.reordering->reordered};
}

SelfcheckResult everything(const report::Run& run) {
  const SelfcheckResult parts[] = {loss(run), duplication(run), reordering(run)};
  SelfcheckResult whole{.injected = fmt::format("{}, {}, {}", parts[0].injected, parts[1].injected,
                                                parts[2].injected),
                        .measured = fmt::format(
                            "{} lost, {} duplicates, {} reordered", run.loss->lost - by_kernel(run),
                            *run.duplication->duplicates, *run.reordering->reordered),
                        .as_injected = true};
  whole.as_injected =
      same(run.impairment->dropped, run.loss->lost, by_kernel(run)) &&
      same(run.impairment->duplicated, *run.duplication->duplicates, allowance(run)) &&
      parts[2].as_injected;
  return whole;
}

SelfcheckResult tail(const report::Run& run) {
  const std::uint64_t dropped = run.impairment->dropped;
  // The injector does not see messages that the kernel dropped.
  return {.injected = fmt::format("the last {} dropped", dropped),
          .measured = fmt::format("{} lost, {} in a row{}", run.loss->lost - by_kernel(run),
                                  run.loss->periods->max_length, and_by_kernel(run)),
          .as_injected = same(kTail, dropped, by_kernel(run)) &&
                         run.loss->lost - by_kernel(run) == dropped &&
                         run.loss->periods->max_length >= kTail};
}

double milliseconds(const Maybe<std::int64_t>& value) {
  return value ? static_cast<double>(*value) / 1e6 : 0;
}

SelfcheckResult stall_in_open_loop(const report::Run& run) {
  const double p99 = milliseconds(run.latency->response_time->p99_ns);
  return {.injected = fmt::format("{} ms of every second", kStall / 1ms),
          .measured = fmt::format("p99 {:.1f} ms", p99),
          // Messages wait up to S once every P; with P = 10 S, 1 % wait longer than 0.9 S.
          .as_injected = p99 >= 80 && p99 <= 105 &&
                         run.load->coordinated_omission == report::CoordinatedOmission::absent};
}

SelfcheckResult stall_in_closed_loop(const report::Run& run) {
  const double p99 = milliseconds(run.latency->response_time->p99_ns);
  const double longest = milliseconds(run.latency->response_time->max_ns);
  return {
      .injected = fmt::format("{} ms of every second", kStall / 1ms),
      .measured = fmt::format("hidden and reported: p99 {:.1f} ms, max {:.0f} ms", p99, longest),
      .as_injected = p99 < 5 && longest >= 99 &&
                     run.load->coordinated_omission == report::CoordinatedOmission::present};
}

SelfcheckResult saturation(const report::Run& run) {
  const bool saturated = run.generator->saturated && *run.generator->saturated;
  return {.injected = fmt::format("{:.0f} M messages/s requested", *run.load->intended_rate / 1e6),
          .measured = fmt::format("{:.2f} M/s sent, {}, {}", run.load->offered_rate / 1e6,
                                  saturated ? "saturated" : "not saturated",
                                  run.valid ? "valid" : "invalid"),
          .as_injected = saturated && !run.valid};
}

SelfcheckResult waiting_for_lost(const report::Run& run) {
  const std::uint64_t dropped = run.impairment->dropped;
  const double waited = milliseconds(run.stalls->waiting_for_lost_ns);
  const auto tmax = static_cast<double>(run.window.tmax_ns) / 1e6;
  const bool unsteady =
      std::ranges::find(run.unsteady_reasons, "stall") != run.unsteady_reasons.end();
  return {
      .injected = fmt::format("{} dropped, each waited for {:.0f} ms", dropped, tmax),
      .measured =
          fmt::format("waited {:.0f} of {} ms, {}", waited, run.window.measure_ns / 1'000'000,
                      unsteady ? "not steady" : "steady"),
      // The wait for the last one may reach beyond the window.
      .as_injected = dropped > 1 && unsteady && waited >= static_cast<double>(dropped - 1) * tmax};
}

SelfcheckResult blame(const report::Run& run) {
  const bool saturated = run.generator->saturated && *run.generator->saturated;
  const bool blamed = std::ranges::any_of(run.invalid_reasons, [](const std::string& reason) {
    return reason.find("the responder took") != std::string::npos;
  });
  return {
      .injected = "a responder that answers a quarter",
      .measured = fmt::format("{}, generator {}",
                              blamed ? "the responder was too slow" : "no word of the responder",
                              saturated ? "saturated" : "not saturated"),
      .as_injected = blamed && !saturated && !run.valid};
}

SelfcheckResult interference(const report::Run& run) {
  const bool shown = static_cast<bool>(run.latency->response_time->p50_ns);
  return {.injected = "both ends on one processor",
          .measured = fmt::format(
              "{}, {}, p50 {:.1f} ms", run.valid ? "valid" : "invalid",
              run.interference_reasons.empty() ? "no interference" : "with interference",
              milliseconds(run.latency->response_time->p50_ns)),
          .as_injected = run.valid && !run.interference_reasons.empty() && shown};
}

std::vector<SelfCheck> make_checks() {
  constexpr auto kStream = Workload::stream;
  constexpr auto kEcho = Workload::rr;
  const std::string all = "loss=1%,duplicate=1%,reorder=2%:3,seed=7";
  const auto cut = static_cast<std::uint64_t>(kRate) - kTail;  // of the messages of a second
  return {
      {"loss", impaired("udp", kStream, "loss=1%,seed=1"), loss},
      {"duplicates", impaired("udp", kStream, "duplicate=1%,seed=2"), duplication},
      {"reordering", impaired("udp", kStream, "reorder=2%:3,seed=3"), reordering},
      {"damage", impaired("udp", kStream, "corrupt=1%,truncate=1%,seed=4"), corruption},
      {"delay and jitter", impaired("udp", kStream, "delay=5ms:1ms,seed=5"), delay},
      {"tail loss", impaired("udp", kStream, fmt::format("cut={}", cut)), tail},
      {"all, one way", impaired("unix-dgram", kStream, all), everything},
      {"all, round trip", impaired("udp", kEcho, all), everything},
      {"all, round trip", impaired("unix-dgram", kEcho, all), everything},
      {"stall, open loop", stalled(LoopModel::open), stall_in_open_loop},
      {"stall, closed loop", stalled(LoopModel::closed), stall_in_closed_loop},
      {"loss, closed loop", losing_closed_loop(), waiting_for_lost},
      {"saturation", overloaded(), saturation},
      {"slow responder", slow_responder(), blame},
      {"interference", sharing_a_processor(), interference},
  };
}

}  // namespace

const std::vector<SelfCheck>& selfchecks() {
  static const std::vector<SelfCheck> checks = make_checks();
  return checks;
}

SelfcheckResult judge(const SelfCheck& check, const report::Run& run) {
  // The sections that the checks read; a finished run has them.
  const bool complete = run.load && run.generator && run.latency && run.latency->response_time &&
                        run.loss && run.integrity && run.stalls;
  const bool counted = run.loss && run.loss->attribution && run.impairment && run.loss->periods &&
                       run.duplication && run.duplication->duplicates && run.reordering &&
                       run.reordering->extent_histogram && run.latency && run.latency->one_way &&
                       run.latency->one_way->min_ns;
  if (complete && (counted || !check.spec.impair)) return check.judge(run);
  std::string why = fmt::format("{}", fmt::join(run.invalid_reasons, "; "));
  return {.injected = "",
          .measured = why.empty() ? "the run has no such values" : std::move(why),
          .as_injected = false};
}

std::string selfcheck_table(const std::vector<SelfCheck>& checks,
                            const std::vector<SelfcheckResult>& results, bool colour) {
  report::TextTable table({{.header = ""},
                           {.header = "check"},
                           {.header = "transport", .min_width = 10},
                           {.header = "injected"},
                           {.header = "measured"}});
  table.add_header();
  std::size_t off = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& result = results[i];
    off += result.as_injected ? 0 : 1;
    table.add_row({result.as_injected ? report::TextTable::Cell("ok ", report::kGoodColour)
                                      : report::TextTable::Cell("OFF", report::kBadColour),
                   checks[i].name, checks[i].spec.transport, result.injected,
                   report::printable(result.measured, 100)});
  }
  std::string text = table.text({.colour = colour});
  text += off == 0 && results.size() == checks.size()
              ? fmt::format("\nall {} as injected\n", checks.size())
              : fmt::format("\n{} of {} off{}\n", off, checks.size(),
                            results.size() < checks.size() ? ", interrupted" : "");
  return text;
}

}  // namespace sockmark
