#include "bench/cli/json_stream.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "bench/cli/wall_clock.h"
#include "reports/json/json_writer.h"
#include "reports/model/metrics.h"
#include "reports/model/report_fields.h"
#include "reports/model/report_json.h"

namespace sockmark::cli {

namespace {

constexpr const char* kSchemaVersion = "1.1.0";

}  // namespace

// `members` writes what is particular to the event.
template <class Members>
std::string JsonStream::line(const char* event, Instant at, Members members) {
  report::JsonWriter out(report::JsonWriter::Layout::one_line);
  out.begin_object();
  report::FieldWriter visit(out);
  visit.constant("event", event);
  visit("seq", next_++);
  visit("time", utc_of(at));
  members(visit, out);
  out.end_object();
  return std::move(out).take() + '\n';
}

std::string JsonStream::begin(const Plan& plan, const report::Report& planned) {
  return line("begin", now(), [&](auto& visit, report::JsonWriter& out) {
    visit.constant("schema_version", kSchemaVersion);
    visit("tool", planned.tool);
    visit("repetitions", plan.repetitions);
    out.key("cases");
    out.begin_list(report::JsonWriter::Layout::one_line);
    for (const auto& one : planned.cases) {
      out.begin_object();
      visit("id", one.id);
      visit("params", one.params);
      out.end_object();
    }
    out.end_list();
  });
}

std::string JsonStream::run_begin(const RunnerOptions::Progress& progress) {
  return line("run_begin", now(), [&](auto& visit, report::JsonWriter&) {
    visit("case", progress.next->id());
    visit("run", progress.repetition);
    visit("runs_finished", static_cast<std::uint64_t>(progress.finished));
    visit("runs_total", static_cast<std::uint64_t>(progress.total));
  });
}

std::string JsonStream::interval(const RunnerOptions::Interval& interval) {
  return line("interval", interval.ended.value_or(now()), [&](auto& visit, report::JsonWriter&) {
    const report::SeriesPoint& point = *interval.point;
    const double length_s = std::chrono::duration<double>(interval.length).count();
    const double messages_per_s = static_cast<double>(point.messages) / std::max(length_s, 1e-9);
    visit("case", interval.spec->id());
    visit("run", interval.repetition);
    visit("index", static_cast<std::uint64_t>(interval.index));
    visit("length_s", length_s);
    visit("messages_per_s", messages_per_s);
    visit("bytes_per_s", messages_per_s * interval.message_bytes);
    fields(visit, point);
  });
}

std::string JsonStream::run_end(const report::Case& one) {
  return line("run_end", now(), [&](auto& visit, report::JsonWriter&) {
    const report::Run& run = one.runs.back();
    visit("case", one.id);
    visit("run", run.index);
    visit("valid", run.valid);
    visit("invalid_reasons", run.invalid_reasons);
    visit("steady", run.steady);
    visit("unsteady_reasons", run.unsteady_reasons);
    for (const auto& metric : report::metrics()) visit(metric.name, metric.of(run));
  });
}

std::string JsonStream::end(bool interrupted, std::uint64_t dropped) {
  return line("end", now(), [&](auto& visit, report::JsonWriter&) {
    visit("interrupted", interrupted);
    visit("dropped", dropped);
  });
}

}  // namespace sockmark::cli
