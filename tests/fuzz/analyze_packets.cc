// Recorded flows as CSV or JSON (bench/analysis/read_packets.h): every
// figure of what is read agrees with the slow and obvious implementation of the definitions.

#include "bench/analysis/packet_figures.h"
#include "bench/analysis/read_packets.h"
#include "reports/model/report_json.h"
#include "tests/fuzz/line_input_of.h"
#include "tests/measure/flow.h"

namespace sockmark::fuzz {
namespace {

// The obvious implementation takes the cube of it.
constexpr std::size_t kMostCompared = 200;

test::Flow flow_of(const PacketTrace& trace) {
  test::Flow flow;
  flow.tmax = trace.tmax.count();
  flow.n_max = trace.n_max;
  for (const PacketTrace::Sent& sent : trace.sent) {
    flow.sent_at.push_back(sent.at);
    flow.sizes.push_back(sent.bytes);
  }
  for (const PacketTrace::Arrival& arrival : trace.arrivals) {
    flow.arrivals.push_back({.index = static_cast<std::int64_t>(arrival.index),
                             .at = arrival.at,
                             .corrupt = arrival.corrupt});
  }
  return flow;
}

// The definitions have a sender and clocks that are not set back.
bool is_defined(const PacketTrace& trace) {
  const auto ordered = [](const auto& events) {
    return std::ranges::is_sorted(events, {}, [](const auto& event) { return event.at; });
  };
  return ordered(trace.sent) && ordered(trace.arrivals) && !trace.receiver_only;
}

void check_options(const PacketTrace& trace) {
  require(trace.tmax > Nanoseconds(0) && trace.n_max >= 1 && trace.n_max <= PacketTrace::kMaxN,
          "a trace's options are within their limits");
}

void check_figures(const PacketTrace& trace, const PacketFigures& figures) {
  require(figures.expected == figures.received + figures.lost, "every message has one fate");
  require(figures.received + figures.duplicates + figures.late_arrivals + figures.corrupt +
                  figures.spurious ==
              trace.arrivals.size(),
          "every arrival is counted once");
  if (!is_defined(trace)) return;
  const test::Truth truth = test::truth_of(flow_of(trace));
  require(figures.expected == trace.sent.size() && figures.received == truth.received &&
              figures.lost == truth.lost,
          "received and lost follow from the definitions");
  require(figures.late == truth.late && figures.late_arrivals == truth.late_arrivals,
          "late follows from the definitions");
  require(figures.duplicates == truth.duplicates && figures.replicated_packets == truth.replicated,
          "duplication follows from the definitions");
  require(figures.loss_distances == truth.loss_distances,
          "loss distances follow from the definitions");
  require(figures.loss_periods.size() == truth.events.loss_periods.size(),
          "loss periods follow from the definitions");

  const auto same_arrival = [](const ReorderedEvent& a, const ReorderedEvent& b) {
    return a.index == b.index && a.position == b.position && a.extent == b.extent &&
           a.late_time == b.late_time && a.byte_offset == b.byte_offset &&
           a.preceded_by == b.preceded_by;
  };
  require(std::ranges::equal(figures.reordered, truth.events.reordered, same_arrival),
          "reordering follows from the definitions");
  const auto same_gap = [](const PacketFigures::Gap& a, const GapEvent& b) {
    return a.event.position == b.position && a.event.gap == b.gap && a.event.gap_time == b.gap_time;
  };
  require(std::ranges::equal(figures.gaps, truth.events.gaps, same_gap),
          "reordering gaps follow from the definitions");
  require(figures.sequence_discontinuities == truth.sequence_discontinuities &&
              figures.sequence_discontinuity_total == truth.sequence_discontinuity_total,
          "discontinuities follow from the definitions");

  require(figures.delay.count == truth.delays.size() && figures.ipdv.count == truth.ipdv.size(),
          "as many delays as messages received");
  if (!truth.delays.empty()) {
    require(*figures.delay.min_ns == std::ranges::min(truth.delays) &&
                *figures.delay.max_ns == std::ranges::max(truth.delays),
            "the delays are those of the definitions");
  }
}

}  // namespace
}  // namespace sockmark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  auto file = line_input_of(Input(data, size).text());
  auto trace = read_packets(file, {});
  if (!trace) {
    require_one_line(trace.error().message);
    return 0;
  }
  check_options(*trace);
  if (trace->sent.size() > kMostCompared || trace->arrivals.size() > kMostCompared) return 0;
  trace->align_clocks = size % 2 == 1;
  const auto aligned = figures_of(*trace);
  trace->align_clocks = false;
  const auto figures = figures_of(*trace);
  for (const auto* one : {&aligned, &figures}) {
    if (!*one) {
      require_one_line(one->error().message);
    } else {
      require(static_cast<bool>(report::canonical_json(to_json(**one))), "the output is JSON");
    }
  }
  if (figures) check_figures(*trace, *figures);
  return 0;
}
