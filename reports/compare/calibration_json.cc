#include "reports/compare/calibration_json.h"

#include <utility>

#include "reports/model/report_json.h"

namespace sockmark::report {

void fields(auto& visit, const Detectable& detectable) {
  visit("blocks", detectable.blocks);
  visit("mde90", detectable.mde90);
}

void fields(auto& visit, const FalseAlarms& alarms) {
  visit("blocks", alarms.blocks);
  visit("draws", alarms.draws);
  visit("shown", alarms.shown);
  visit("disjoint", alarms.disjoint);
  visit("rate", alarms.rate);
  visit("limit", alarms.limit);
}

void fields(auto& visit, const CalibratedMetric& one) {
  visit("case", one.id);
  visit("metric", one.metric);
  visit("effect", one.effect);
  visit("blocks", one.blocks);
  visit("sd", one.sd);
  visit("p_value", one.p_value);
  visit("p_holm", one.p_holm);
  visit("difference", one.difference);
  visit("detectable", one.detectable);
  visit("margin", one.margin);
  visit("blocks_needed", one.blocks_needed);
  visit("false_alarms", one.false_alarms);
  visit("trend_p_holm", one.trend_p_holm);
}

void fields(auto& visit, const Calibration& calibration) {
  visit("schema_version", std::string("1.0.0"));
  visit("metrics", calibration.metrics);
  visit("excluded_runs", calibration.excluded_runs);
  visit("invalid", calibration.invalid);
  visit("warnings", calibration.warnings);
  visit("verdict", calibration.verdict);
  visit("exit_status", calibration.exit_status);
}

std::string to_json(const Calibration& calibration) {
  JsonWriter out(JsonWriter::Layout::indented);
  write_json(out, calibration);
  return std::move(out).take() + '\n';
}

}  // namespace sockmark::report
