// PacketFigures as JSON.

#include <string>

#include "bench/analysis/packet_figures.h"
#include "reports/json/json_writer.h"
#include "reports/model/report_fields.h"

namespace sockmark {

namespace {

using report::FieldWriter;
using report::JsonWriter;

// "name": { members }
template <class Members>
void object(JsonWriter& out, const char* name, Members members) {
  out.key(name);
  out.begin_object();
  FieldWriter visit(out);
  members(visit);
  out.end_object();
}

// "name": [of(event), ...]
template <class Events, class Of>
void list(FieldWriter& visit, const char* name, const Events& events, Of of) {
  std::vector<decltype(of(events.front()))> values;
  values.reserve(events.size());
  for (const auto& event : events) values.push_back(of(event));
  visit(name, values);
}

template <class Events, class Of>
CountsByLength counts(const Events& events, Of of) {
  CountsByLength result;
  for (const auto& event : events) ++result[of(event)];
  return result;
}

template <class Percentiles>
void percentiles(JsonWriter& out, const char* name, const Percentiles& values) {
  object(out, name, [&](FieldWriter& visit) {
    for (std::size_t i = 0; i < values.size(); ++i) visit(kTracePercentiles[i].first, values[i]);
  });
}

void write_counts(FieldWriter& visit, const PacketFigures& f) {
  visit("sent", f.sent);
  visit("expected", f.expected);
  visit("received", f.received);
  visit("lost", f.lost);
  visit("late", f.late);
  visit("late_arrivals", f.late_arrivals);
  visit("duplicates", f.duplicates);
  visit("replicated_packets", f.replicated_packets);
  visit("corrupt", f.corrupt);
  visit("spurious", f.spurious);
}

void write_loss(JsonWriter& out, FieldWriter& visit, const PacketFigures& f) {
  visit("loss_ratio", f.loss_ratio);
  visit("loss_distances", f.loss_distances);
  visit("loss_period_count", f.loss_periods.size());
  const auto length = [](const LossPeriodEvent& period) { return period.length; };
  list(visit, "loss_period_start_offs", f.loss_periods,
       [](const LossPeriodEvent& period) { return period.first_index; });
  list(visit, "loss_period_lengths", f.loss_periods, length);
  visit("loss_period_length_histogram", counts(f.loss_periods, length));
  list(visit, "inter_loss_period_lengths", f.loss_periods,
       [](const LossPeriodEvent& period) { return period.since_last_loss; });
  // The keys are data, so there are no keys for reasons.
  out.key("noticeable_rate");
  out.begin_object();
  for (const auto& [delta, rate] : f.noticeable_rates) {
    out.key(std::to_string(delta));
    rate ? out.number(*rate) : out.null();
  }
  out.end_object();
}

void write_free_runs(FieldWriter& visit, const PacketFigures& f) {
  const auto length = [](const ReorderedEvent& event) { return event.free_run_ended; };
  std::uint64_t ended = 0;
  for (const ReorderedEvent& event : f.reordered) ended += length(event);
  visit("x", f.free_runs.x);
  visit("a", f.free_runs.a);
  visit("p", f.free_runs.p);
  visit("q", f.free_runs.q);
  list(visit, "runs", f.reordered, length);
  visit("trailing", f.free_runs.a - ended);
  visit("histogram", counts(f.reordered, length));
}

void write_gaps(JsonWriter& out, const PacketFigures& f) {
  out.key("gaps");
  out.begin_list(JsonWriter::Layout::indented);
  for (const PacketFigures::Gap& gap : f.gaps) {
    out.begin_object();
    FieldWriter visit(out);
    visit("off", gap.index);
    visit("position", gap.event.position);
    visit("detected_at", gap.event.detected_at);
    visit("gap", gap.event.gap);
    visit("gap_time_ns", ns(gap.event.gap_time));
    out.end_object();
  }
  out.end_list();
}

void write_reordering(JsonWriter& out, FieldWriter& visit, const PacketFigures& f) {
  visit("reordered", f.reordered.size());
  visit("reordered_ratio", f.reordered_ratio);
  list(visit, "reordered_offs", f.reordered, [](const ReorderedEvent& e) { return e.index; });
  list(visit, "extents", f.reordered, [](const ReorderedEvent& e) { return e.extent; });
  visit("extent_histogram", f.extents);
  list(visit, "late_time_ns", f.reordered, [](const ReorderedEvent& e) { return ns(e.late_time); });
  list(visit, "byte_offsets", f.reordered, [](const ReorderedEvent& e) { return e.byte_offset; });
  visit("sequence_discontinuities", f.sequence_discontinuities);
  visit("sequence_discontinuity_total", f.sequence_discontinuity_total);
  visit("reordering_discontinuities", f.reordering_discontinuities);
  write_gaps(out, f);
  object(out, "free_runs", [&](FieldWriter& inner) { write_free_runs(inner, f); });
  visit("n_reordering", f.n_reordering);
  list(visit, "n_reordering_degree", f.n_reordering, [&](std::uint64_t count) {
    return static_cast<double>(count) / static_cast<double>(f.received);
  });
  visit("n_reordering_with_duplicates", f.n_reordering_with_duplicates);
}

void write_delay(JsonWriter& out, FieldWriter& visit, const PacketFigures& f) {
  visit("n", f.delay.count);
  visit("negative", f.negative_delays);
  visit("min_ns", f.delay.min_ns);
  visit("max_ns", f.delay.max_ns);
  visit("mean_ns", f.delay.mean_ns);
  percentiles(out, "percentiles_ns", f.delay.percentiles_ns);
  percentiles(out, "percentiles_loss_as_infinite_ns", f.delay_loss_as_infinite_ns);
}

void write_ipdv(JsonWriter& out, FieldWriter& visit, const PacketFigures& f) {
  visit("defined", f.ipdv.count);
  visit("undefined", f.ipdv_undefined);
  visit("min_ns", f.ipdv.min_ns);
  visit("max_ns", f.ipdv.max_ns);
  visit("mean_ns", f.ipdv.mean_ns);
  visit("mean_abs_ns", f.ipdv_magnitude.mean_ns);
  percentiles(out, "percentiles_ns", f.ipdv.percentiles_ns);
  percentiles(out, "abs_percentiles_ns", f.ipdv_magnitude.percentiles_ns);
}

void write_pdv(JsonWriter& out, FieldWriter& visit, const PacketFigures& f) {
  visit("defined", f.pdv.count);
  visit("max_ns", f.pdv.max_ns);
  visit("mean_ns", f.pdv.mean_ns);
  percentiles(out, "percentiles_ns", f.pdv.percentiles_ns);
}

}  // namespace

std::string to_json(const PacketFigures& f) {
  JsonWriter out(JsonWriter::Layout::indented);
  out.begin_object();
  object(out, "counts", [&](FieldWriter& visit) { write_counts(visit, f); });
  object(out, "loss", [&](FieldWriter& visit) { write_loss(out, visit, f); });
  object(out, "duplication", [&](FieldWriter& visit) {
    visit("duplication_fraction", f.duplication_fraction);
    visit("replicated_packet_rate", f.replicated_packet_rate);
  });
  object(out, "reordering", [&](FieldWriter& visit) { write_reordering(out, visit, f); });
  object(out, "delay", [&](FieldWriter& visit) { write_delay(out, visit, f); });
  object(out, "ipdv", [&](FieldWriter& visit) { write_ipdv(out, visit, f); });
  object(out, "pdv", [&](FieldWriter& visit) { write_pdv(out, visit, f); });
  FieldWriter visit(out);
  visit("jitter_rfc3550_ns", f.jitter_rfc3550_ns);
  visit("warnings", f.warnings);
  out.end_object();
  return std::move(out).take() + "\n";
}

}  // namespace sockmark
