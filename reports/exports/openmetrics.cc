#include "reports/exports/openmetrics.h"

#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <vector>

#include "base/printable.h"
#include "reports/exports/common/case_names.h"
#include "reports/model/reverse_stream.h"
#include "reports/model/summary.h"

namespace sockmark::report {
namespace {

enum class Dialect { openmetrics, prometheus };

std::string label_value(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

struct Gauge {
  const char* name;  // ends with the unit
  const char* unit;
  const char* metric;
  double scale;  // from the metric's unit
  const char* help;
  bool of_streams = true;  // false: one for both directions
};
constexpr Gauge kGauges[] = {
    {"sockmark_latency_max_seconds", "seconds", "max_ns", 1e9,
     "Largest latency of a run, median over the valid runs."},
    {"sockmark_goodput_messages_per_second", "messages_per_second", "goodput_messages_per_s", 1,
     "Messages delivered intact in time, median over the valid runs."},
    {"sockmark_goodput_bytes_per_second", "bytes_per_second", "goodput_bytes_per_s", 1,
     "Bytes of messages delivered intact in time, median over the valid runs."},
    {"sockmark_cpu_per_message_seconds", "seconds", "cpu_ns_per_message", 1e9,
     "CPU time of both ends together per message, median over the valid runs.", false},
    {"sockmark_loss_ratio", "ratio", "loss_ratio", 1,
     "Lost messages per message sent, median over the valid runs."},
};

struct Quantile {
  const char* quantile;
  const char* metric;
};
constexpr Quantile kQuantiles[] = {{"0.5", "p50_ns"}, {"0.99", "p99_ns"}, {"0.999", "p99_9_ns"}};

struct Labelled {
  const Case* source;
  std::string labels;  // without braces
};

class Exposition {
 public:
  Exposition(const Report& report, Dialect dialect) : report_(report), dialect_(dialect) {
    const std::vector<std::string> names = case_names(report);
    for (std::size_t c = 0; c < report.cases.size(); ++c) {
      const Case& one = report.cases[c];
      const std::string labels =
          fmt::format(R"(case="{}",transport="{}",workload="{}")", label_value(names[c]),
                      label_value(one.params.transport), label_value(one.params.workload));
      cases_.push_back({.source = &one, .labels = labels});
      if (!has_both_streams(one)) {
        streams_.push_back(cases_.back());
        continue;
      }
      streams_.push_back({.source = &one, .labels = labels + R"(,direction="forward")"});
      reverse_streams_.push_back(std::make_unique<Case>(reverse_stream_of(one)));
      streams_.push_back(
          {.source = reverse_streams_.back().get(), .labels = labels + R"(,direction="reverse")"});
    }
  }

  std::string text() && {
    latency();
    for (const Gauge& gauge : kGauges) add(gauge);
    runs();
    tool();
    if (dialect_ == Dialect::openmetrics) text_ += "# EOF\n";
    return std::move(text_);
  }

 private:
  void family(const char* name, const char* type, const char* unit, const char* help) {
    text_ += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
    if (dialect_ == Dialect::openmetrics && *unit != '\0')
      text_ += fmt::format("# UNIT {} {}\n", name, unit);
  }
  void sample(std::string_view name, std::string_view labels, double value) {
    text_ += fmt::format("{}{{{}}} {}\n", name, labels, number_text(value));
  }

  void latency() {
    constexpr const char* kName = "sockmark_latency_seconds";
    family(kName, "summary", "seconds",
           "Response time, or one-way delay where messages are not echoed: quantiles are medians "
           "over the valid runs, count and sum are of all of them.");
    for (const Labelled& one : streams_) {
      for (const Quantile& quantile : kQuantiles) {
        const Maybe<Statistic> value = summarise(*one.source, metric(quantile.metric));
        if (!value) continue;
        sample(kName, fmt::format(R"({},quantile="{}")", one.labels, quantile.quantile),
               value->median / 1e9);
      }
      totals(kName, one);
    }
  }

  // Absent unless every valid run has them, as a part of them would look like less traffic.
  void totals(const char* name, const Labelled& one) {
    double count = 0, sum_ns = 0;
    for (const Run* run : valid_runs(*one.source)) {
      if (!run->latency) return;
      const Maybe<Distribution>& latency = main_latency(*run->latency);
      if (!latency || !latency->mean_ns) return;
      count += static_cast<double>(latency->count);
      sum_ns += static_cast<double>(latency->count) * *latency->mean_ns;
    }
    if (!(count > 0) || number_text(sum_ns).empty()) return;
    sample(fmt::format("{}_count", name), one.labels, count);
    sample(fmt::format("{}_sum", name), one.labels, sum_ns / 1e9);
  }

  void add(const Gauge& gauge) {
    family(gauge.name, "gauge", gauge.unit, gauge.help);
    for (const Labelled& one : gauge.of_streams ? streams_ : cases_) {
      const Maybe<Statistic> value = summarise(*one.source, metric(gauge.metric));
      if (value) sample(gauge.name, one.labels, value->median / gauge.scale);
    }
  }

  void runs() {
    family("sockmark_runs", "gauge", "", "Runs of the case, by whether they are valid.");
    for (const Labelled& one : cases_) {
      const std::size_t valid = valid_runs(*one.source).size();
      sample("sockmark_runs", one.labels + R"(,valid="true")", static_cast<double>(valid));
      sample("sockmark_runs", one.labels + R"(,valid="false")",
             static_cast<double>(one.source->runs.size() - valid));
    }
    // A family of its own: a label that changes from one report to the next would end a series.
    constexpr const char* kInterfered = "sockmark_runs_with_interference";
    family(kInterfered, "gauge", "",
           "Valid runs with interference: their latencies are upper bounds of those on a quiet "
           "machine.");
    for (const Labelled& one : cases_)
      sample(kInterfered, one.labels, static_cast<double>(interfered_runs(*one.source)));
  }

  void tool() {
    const bool info = dialect_ == Dialect::openmetrics;
    family(info ? "sockmark_tool" : "sockmark_tool_info", info ? "info" : "gauge", "",
           "What measured, and where: the hash of the environment's fixed part.");
    sample(
        "sockmark_tool_info",
        fmt::format(R"(version="{}",git="{}",environment="{}")", label_value(report_.tool.version),
                    label_value(report_.tool.git), label_value(report_.environment.hash_hard)),
        1);
  }

  const Report& report_;
  Dialect dialect_;
  std::vector<Labelled> cases_;
  // The same, and where both ends send, one for each direction.
  std::vector<Labelled> streams_;
  std::vector<std::unique_ptr<Case>> reverse_streams_;
  std::string text_;
};

}  // namespace

std::string to_openmetrics(const Report& report) {
  return Exposition(report, Dialect::openmetrics).text();
}

std::string to_prometheus(const Report& report) {
  return Exposition(report, Dialect::prometheus).text();
}

}  // namespace sockmark::report
