#include "reports/views/metric_text.h"

namespace sockmark::report {

std::span<const Unit> units_of(const Metric& metric) {
  switch (metric.unit) {
    case MetricUnit::ns:
      return kTime;
    case MetricUnit::bytes_per_s:
      return kBytes;
    case MetricUnit::ratio:
      return kPerCent;
    case MetricUnit::messages_per_s:
      break;
  }
  return kCount;
}

std::string quantity(double value, const Metric& metric) {
  const Unit unit = unit_for(value, units_of(metric));
  const std::string text = with_unit(value, unit, decimals_for(value / unit.size));
  return metric.unit == MetricUnit::messages_per_s ? text + " messages/s" : text;
}

std::string noun_of(const Metric& metric) {
  return std::string(metric.short_name) + (metric.is_latency ? " latency" : "");
}

}  // namespace sockmark::report
