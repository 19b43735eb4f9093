#include "reports/views/loss_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/units.h"

namespace sockmark::report {
namespace {

constexpr double kNoticeable = 0.01;  // of the messages sent
constexpr double kBusy = 0.9;         // of the time of the responder's threads

// Of the runs of a case, added up.
struct Overflow {
  std::uint64_t sent = 0, received = 0, dropped = 0;
  double window_ns = 0, cpu_ns = 0;
};

Overflow overflow_of(const Case& one) {
  Overflow sum;
  for (const Run& run : one.runs) {
    if (!run.loss || !run.loss->attribution || !run.resources.responder) continue;
    // A round trip may be lost in the generator's buffer too.
    const std::uint64_t on_the_way_there =
        run.loss->forward_lost ? *run.loss->forward_lost : run.loss->lost;
    sum.sent += run.loss->sent;
    sum.received += run.loss->sent - std::min(run.loss->sent, on_the_way_there);
    sum.dropped += std::min(run.loss->attribution->receiver_socket, on_the_way_there);
    sum.window_ns += static_cast<double>(run.window.measure_ns);
    sum.cpu_ns += static_cast<double>(run.resources.responder->cpu_ns);
  }
  return sum;
}

}  // namespace

std::vector<std::string> slow_responders(const Report& report) {
  std::vector<std::string> lines;
  for (const Case& one : report.cases) {
    if (!one.params.rate_per_s) continue;
    const Overflow sum = overflow_of(one);
    if (sum.dropped == 0 ||
        static_cast<double>(sum.dropped) < kNoticeable * static_cast<double>(sum.sent))
      continue;
    const double seconds = sum.window_ns / 1e9;
    const double busy = sum.cpu_ns / (sum.window_ns * static_cast<double>(one.params.threads));
    lines.push_back(fmt::format(
        "{}: the responder could not keep up: it read {} of {}, its CPU was busy {:.0f} % of the "
        "time,\nand the kernel dropped {} of {} messages at its full receive buffer; lower "
        "--rate{}",
        printable(one.id, kNameColumns), rate_text(static_cast<double>(sum.received) / seconds),
        rate_text(static_cast<double>(sum.sent) / seconds), 100 * std::min(busy, 1.0), sum.dropped,
        sum.sent, busy >= kBusy ? "" : ", or raise --rcvbuf"));
  }
  return lines;
}

std::optional<std::string> warmup_loss_note(const Report& report) {
  std::uint64_t lost = 0;
  std::vector<const Case*> cases;
  for (const Case& one : report.cases) {
    const std::uint64_t before = lost;
    for (const Run& run : one.runs) {
      if (run.stalls && run.stalls->lost_in_warmup) lost += *run.stalls->lost_in_warmup;
    }
    if (lost > before) cases.push_back(&one);
  }
  if (cases.empty()) return std::nullopt;
  std::string where = printable(cases.front()->id, kNameColumns);
  if (cases.size() > 1) where += fmt::format(" and {} more", cases.size() - 1);
  return fmt::format("{}: {} of the warm-up {} lost;\nloss counts the messages of the window only",
                     where, counted(lost, "message"), lost == 1 ? "was" : "were");
}

}  // namespace sockmark::report
