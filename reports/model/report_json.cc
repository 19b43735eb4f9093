#include "reports/model/report_json.h"

#include <charconv>
#include <initializer_list>

#include "base/printable.h"
#include "reports/json/load_json.h"
#include "reports/model/report_fields.h"

namespace sockmark::report {
namespace {

constexpr int kSchemaMajor = 1;

// Percentiles rise with p; undefined ones are skipped. The maximum is not included: a percentile is
// the upper end of a histogram's counter, up to 0.1 % above the exact maximum
// (docs/definitions/histogram.md#exact-figures).
bool in_order(std::initializer_list<const Maybe<std::int64_t>*> percentiles) {
  const std::int64_t* previous = nullptr;
  for (const auto* percentile : percentiles) {
    if (!*percentile) continue;
    if (previous != nullptr && **percentile < *previous) return false;
    previous = &**percentile;
  }
  return true;
}

bool in_order(const Maybe<Distribution>& d) {
  return !d || (in_order({&d->min_ns, &d->p50_ns, &d->p75_ns, &d->p90_ns, &d->p95_ns, &d->p99_ns,
                          &d->p99_9_ns, &d->p99_99_ns}) &&
                in_order({&d->min_ns, &d->max_ns}));
}

bool in_order(const Latency& latency) {
  return in_order(latency.response_time) && in_order(latency.service_time) &&
         in_order(latency.send_block) && in_order(latency.one_way) && in_order(latency.warmup);
}

// Unsigned sums: written so that they cannot wrap.
bool balances(const Loss& loss) {
  return loss.lost <= loss.sent && loss.sent - loss.lost == loss.received;
}

}  // namespace

// Checked first, so that a file of another kind or major version gets that error and not one about
// its first field that differs.
Result<> check_schema_version(JsonValue json) {
  if (!json.is_object()) return Error{"not a sockmark report"};
  if (is_comparison(json)) return Error{"a comparison, not a report"};
  const auto version = json.find("schema_version");
  if (!version) return Error{"schema_version: missing; not a sockmark report"};
  if (version->is_string()) {
    const std::string& text = version->string();
    int major = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), major);
    const bool whole = problem == std::errc{} && (end == text.data() + text.size() || *end == '.');
    if (whole && major == kSchemaMajor) return {};
  }
  return Error{"schema_version: this sockmark reads " + std::to_string(kSchemaMajor) +
               ".x.y, found " + printable(version->text(), 40)};
}

Result<> check_sense(const Run& run) {
  if (run.loss && !balances(*run.loss)) return Error{"loss: sent is not received + lost"};
  if (run.latency && !in_order(*run.latency)) return Error{"latency: percentiles are not in order"};
  if (run.reverse && !balances(run.reverse->loss))
    return Error{"reverse.loss: sent is not received + lost"};
  if (run.reverse && !in_order(run.reverse->latency))
    return Error{"reverse.latency: percentiles are not in order"};
  return {};
}

namespace {

Result<> check_sense(const Report& report) {
  for (std::size_t c = 0; c < report.cases.size(); ++c) {
    const Case& one = report.cases[c];
    for (std::size_t r = 0; r < one.runs.size(); ++r) {
      if (Result<> sense = check_sense(one.runs[r]); !sense) {
        return std::move(sense).error().in("cases[" + std::to_string(c) + "].runs[" +
                                           std::to_string(r) + "]");
      }
    }
  }
  return {};
}

Result<Report> read_report(JsonValue json, std::uint64_t* unknown_keys) {
  if (Result<> version = check_schema_version(json); !version) return std::move(version).error();
  JsonReading reading;
  Result<Report> report = read_document<Report>(json, reading);
  if (!report) return report;
  if (Result<> sense = check_sense(*report); !sense) return std::move(sense).error();
  if (unknown_keys != nullptr) *unknown_keys = reading.unknown_keys;
  return report;
}

Result<Report> named(Result<Report> report, std::string_view name) {
  if (report || name.empty()) return report;
  return std::move(report).error().in(printable(name));
}

}  // namespace

std::string to_json(const Report& report) {
  JsonWriter out(JsonWriter::Layout::indented);
  write_json(out, report);
  return std::move(out).take() + '\n';
}

Result<Report> report_from_json(std::string_view text, std::string_view name,
                                std::uint64_t* unknown_keys) {
  const auto document = TRY(parse_json(text, kReportLimits, name));
  return named(read_report(document.root(), unknown_keys), name);
}

Result<Report> load_report(const std::string& path, std::uint64_t* unknown_keys) {
  const auto document = TRY(load_json_file(path, kReportLimits));
  return named(read_report(document.root(), unknown_keys), path);
}

template <class T>
std::string to_json_text(const T& value) {
  JsonWriter out(JsonWriter::Layout::one_line);
  write_json(out, value);
  return std::move(out).take();
}

template <class T>
Result<T> from_json_text(std::string_view text) {
  const auto document = TRY(parse_json(text, kReportLimits));
  JsonReading reading;
  return read_document<T>(document.root(), reading);
}

Result<std::string> canonical_json(std::string_view text) {
  const auto document = TRY(parse_json(text));
  return document.root().text();
}

#define SOCKMARK_JSON_STRUCT(Struct)                                              \
  template void read_json(JsonValue, Struct&, const Place&, JsonReading&, Range); \
  template void write_json(JsonWriter&, const Struct&)

SOCKMARK_JSON_STRUCT(Tool);
SOCKMARK_JSON_STRUCT(Environment);
SOCKMARK_JSON_STRUCT(End);
SOCKMARK_JSON_STRUCT(Process);
SOCKMARK_JSON_STRUCT(Warning);
SOCKMARK_JSON_STRUCT(Params);
SOCKMARK_JSON_STRUCT(Window);
SOCKMARK_JSON_STRUCT(Distribution);
SOCKMARK_JSON_STRUCT(Load);
SOCKMARK_JSON_STRUCT(Generator);
SOCKMARK_JSON_STRUCT(Throughput);
SOCKMARK_JSON_STRUCT(Latency);
SOCKMARK_JSON_STRUCT(Loss);
SOCKMARK_JSON_STRUCT(Duplication);
SOCKMARK_JSON_STRUCT(Reordering);
SOCKMARK_JSON_STRUCT(DelayVariation);
SOCKMARK_JSON_STRUCT(Integrity);
SOCKMARK_JSON_STRUCT(EndResources);
SOCKMARK_JSON_STRUCT(MachineTime);
SOCKMARK_JSON_STRUCT(Resources);
SOCKMARK_JSON_STRUCT(InjectedOnWay);
SOCKMARK_JSON_STRUCT(Impairment);
SOCKMARK_JSON_STRUCT(Floor);
SOCKMARK_JSON_STRUCT(ListenQueue);
SOCKMARK_JSON_STRUCT(EndClock);
SOCKMARK_JSON_STRUCT(Clock);
SOCKMARK_JSON_STRUCT(GeneratorPart);
SOCKMARK_JSON_STRUCT(Generators);
SOCKMARK_JSON_STRUCT(SeriesPoint);
SOCKMARK_JSON_STRUCT(Run);
SOCKMARK_JSON_STRUCT(Statistic);
SOCKMARK_JSON_STRUCT(Case);
SOCKMARK_JSON_STRUCT(Comparison);
SOCKMARK_JSON_STRUCT(ExcludedRun);
SOCKMARK_JSON_STRUCT(Stopping);
SOCKMARK_JSON_STRUCT(Report);

#undef SOCKMARK_JSON_STRUCT

#define SOCKMARK_JSON_TEXT(Struct)                  \
  template std::string to_json_text(const Struct&); \
  template Result<Struct> from_json_text(std::string_view)

SOCKMARK_JSON_TEXT(Tool);
SOCKMARK_JSON_TEXT(Process);
SOCKMARK_JSON_TEXT(Warning);
SOCKMARK_JSON_TEXT(Params);
SOCKMARK_JSON_TEXT(Window);
SOCKMARK_JSON_TEXT(Distribution);
SOCKMARK_JSON_TEXT(Load);
SOCKMARK_JSON_TEXT(Generator);
SOCKMARK_JSON_TEXT(Throughput);
SOCKMARK_JSON_TEXT(Latency);
SOCKMARK_JSON_TEXT(Loss);
SOCKMARK_JSON_TEXT(Duplication);
SOCKMARK_JSON_TEXT(Reordering);
SOCKMARK_JSON_TEXT(DelayVariation);
SOCKMARK_JSON_TEXT(Integrity);
SOCKMARK_JSON_TEXT(EndResources);
SOCKMARK_JSON_TEXT(Resources);
SOCKMARK_JSON_TEXT(Impairment);
SOCKMARK_JSON_TEXT(SeriesPoint);
SOCKMARK_JSON_TEXT(Run);
SOCKMARK_JSON_TEXT(Statistic);
SOCKMARK_JSON_TEXT(Case);

#undef SOCKMARK_JSON_TEXT

}  // namespace sockmark::report
