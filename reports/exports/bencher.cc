#include "reports/exports/bencher.h"

#include "reports/exports/common/case_names.h"
#include "reports/json/json_writer.h"
#include "reports/model/summary.h"

namespace sockmark::report {
namespace {

struct Measure {
  const char* name;
  const char* metric;
};
constexpr Measure kMeasures[] = {
    {"latency", "p50_ns"},
    {"latency-p99", "p99_ns"},
    {"latency-p99-9", "p99_9_ns"},
    {"latency-max", "max_ns"},
    {"throughput", "goodput_messages_per_s"},
    {"throughput-bytes", "goodput_bytes_per_s"},
    {"cpu-per-message", "cpu_ns_per_message"},
    {"loss-ratio", "loss_ratio"},
    {"reverse-latency", "reverse_p50_ns"},
    {"reverse-latency-p99", "reverse_p99_ns"},
    {"reverse-latency-p99-9", "reverse_p99_9_ns"},
    {"reverse-latency-max", "reverse_max_ns"},
    {"reverse-throughput", "reverse_goodput_messages_per_s"},
    {"reverse-throughput-bytes", "reverse_goodput_bytes_per_s"},
    {"reverse-loss-ratio", "reverse_loss_ratio"},
};

}  // namespace

std::string to_bencher(const Report& report) {
  JsonWriter out(JsonWriter::Layout::indented);
  const auto member = [&out](const char* key, double value) {
    out.key(key);
    out.number(value);
  };
  out.begin_object();
  const std::vector<std::string> names = case_names(report);
  for (std::size_t c = 0; c < report.cases.size(); ++c) {
    bool begun = false;
    for (const Measure& measure : kMeasures) {
      const Maybe<Statistic> statistic = summarise(report.cases[c], metric(measure.metric));
      if (!statistic) continue;
      if (!begun) {
        out.key(names[c]);
        out.begin_object();
        begun = true;
      }
      out.key(measure.name);
      out.begin_object();
      member("value", statistic->median);
      member("lower_value", statistic->min);
      member("upper_value", statistic->max);
      out.end_object();
    }
    if (begun) out.end_object();
  }
  out.end_object();
  return std::move(out).take() + '\n';
}

}  // namespace sockmark::report
