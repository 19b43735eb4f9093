#include "reports/views/connection_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/model/summary.h"

namespace sockmark::report {
namespace {

constexpr double kLimited = 0.2;  // of the window
constexpr double kUneven = 0.9;   // a smaller index is worth a note

std::vector<const Run*> shown_runs(const Case& one) {
  std::vector<const Run*> valid, all;
  for (const Run& run : one.runs) {
    all.push_back(&run);
    if (run.valid) valid.push_back(&run);
  }
  return valid.empty() ? all : valid;
}

// The median over the runs that have a value.
std::optional<double> median_over(const Case& one,
                                  const std::function<Maybe<double>(const Run&)>& value) {
  std::vector<double> values;
  for (const Run* run : shown_runs(one)) {
    if (const auto found = value(*run)) values.push_back(*found);
  }
  if (values.empty()) return std::nullopt;
  return statistic_of(std::move(values)).median;
}

std::optional<double> retransmits_of(const Case& one) {
  return median_over(one, [](const Run& run) -> Maybe<double> {
    if (!run.tcp || !run.tcp->retransmits) return {};
    return static_cast<double>(*run.tcp->retransmits);
  });
}

// "tcp/stream/64B/c1 and 2 more"
std::string names_of(const std::vector<const Case*>& cases) {
  std::string names = printable(cases.front()->id, kNameColumns);
  if (cases.size() > 1) names += fmt::format(" and {} more", cases.size() - 1);
  return names;
}

std::vector<const Case*> cases_where(const Report& report,
                                     const std::function<bool(const Case&)>& holds) {
  std::vector<const Case*> cases;
  for (const Case& one : report.cases) {
    if (holds(one)) cases.push_back(&one);
  }
  return cases;
}

std::optional<std::string> retransmits_note(const Report& report) {
  if (!has_retransmits(report)) return std::nullopt;
  std::uint64_t timeouts = 0;
  for (const Case& one : report.cases) {
    for (const Run& run : one.runs) {
      if (!run.network || !run.tcp) continue;
      std::uint64_t of_run = 0;
      // Both have counted the same where they are in one namespace.
      for (const auto* end : {&run.network->generator, &run.network->responder})
        if (*end) of_run = std::max(of_run, (*end)->tcp_timeouts);
      timeouts += of_run;
    }
  }
  std::string note =
      "retr: segments that TCP sent again, of both ends, warm-up and drain included (tcp)";
  if (timeouts > 0) {
    note +=
        fmt::format(";\nits timer expired {}, which takes 200 ms or more (network.tcp_timeouts)",
                    timeouts == 1 ? "once" : fmt::format("{} times", timeouts));
  }
  return note;
}

// Share of the window in which the senders waited, on average.
std::optional<double> limited_share(const Case& one, Maybe<std::int64_t> TcpFigures::*member) {
  return median_over(one, [member](const Run& run) -> Maybe<double> {
    if (!run.tcp || !((*run.tcp).*member) || run.window.measure_ns <= 0) return {};
    return static_cast<double>(*((*run.tcp).*member)) / static_cast<double>(run.window.measure_ns);
  });
}

void add_limited(const Report& report, std::vector<std::string>& notes) {
  for (const Case& one : report.cases) {
    if (one.params.workload != "stream") continue;
    const auto receiver = limited_share(one, &TcpFigures::limited_by_receiver_ns);
    const auto buffer = limited_share(one, &TcpFigures::limited_by_send_buffer_ns);
    const std::string name = printable(one.id, kNameColumns);
    if (receiver && *receiver >= kLimited) {
      notes.push_back(fmt::format(
          "{}: the sender waited for the receiver's window for {:.0f} % of the time:\nthe receiver "
          "reads too slowly, or its buffer (--rcvbuf) is small (tcp.limited_by_receiver_ns)",
          name, 100 * std::min(*receiver, 1.0)));
    }
    if (buffer && *buffer >= kLimited) {
      notes.push_back(fmt::format(
          "{}: the sender waited for its own buffer for {:.0f} % of the time:\n--sndbuf is small "
          "for this path (tcp.limited_by_send_buffer_ns)",
          name, 100 * std::min(*buffer, 1.0)));
    }
  }
}

// docs/tcp.md#two-speeds-of-a-spinning-round-trip
std::optional<std::string> two_speeds_note(const Report& report) {
  const auto cases = cases_where(report, [](const Case& one) {
    const bool is_tcp = std::ranges::any_of(one.runs, [](const Run& run) { return bool{run.tcp}; });
    return is_tcp && one.params.wait == "spin" && groups_of(one);
  });
  if (cases.empty()) return std::nullopt;
  std::string segments;
  const auto count = median_over(*cases.front(), [](const Run& run) {
    return run.tcp ? run.tcp->segments_per_message : Maybe<double>();
  });
  if (count) segments = fmt::format(" (it sent {:.3g} segments per message)", *count);
  return fmt::format(
      "{}: two speeds are most likely not TCP's{}: a host places\nthe two virtual CPUs near each "
      "other or far apart, and moves them when they have slept;\nTCP touches the most memory from "
      "both, and shows it most; compare within blocks",
      names_of(cases), segments);
}

std::optional<std::string> uneven_note(const Report& report) {
  const Case* worst = nullptr;
  double least = kUneven;
  for (const Case& one : report.cases) {
    const auto index = median_over(one, [](const Run& run) {
      return run.fairness ? run.fairness->jain_index : Maybe<double>();
    });
    if (!index || *index >= least) continue;
    least = *index;
    worst = &one;
  }
  if (worst == nullptr) return std::nullopt;
  return fmt::format(
      "{}: the connections had unequal shares of the messages: Jain's index is {:.2f},\nwhere 1 is "
      "even (fairness; --per-connection reports each)",
      printable(worst->id, kNameColumns), least);
}

}  // namespace

std::string retransmits_text(const Case& one) {
  const auto count = retransmits_of(one);
  return count ? fmt::format("{:.0f}", *count) : "-";
}

bool has_retransmits(const Report& report) {
  return std::ranges::any_of(report.cases, [](const Case& one) {
    return std::ranges::any_of(one.runs, [](const Run& run) {
      return run.tcp && run.tcp->retransmits && *run.tcp->retransmits > 0;
    });
  });
}

std::vector<std::string> connection_notes(const Report& report) {
  std::vector<std::string> notes;
  if (auto note = retransmits_note(report)) notes.push_back(*std::move(note));
  add_limited(report, notes);
  if (auto note = two_speeds_note(report)) notes.push_back(*std::move(note));
  if (auto note = uneven_note(report)) notes.push_back(*std::move(note));
  return notes;
}

}  // namespace sockmark::report
