#include "reports/compare_json.h"

#include <utility>

#include "reports/json_writer.h"

namespace sockmark::report {

namespace {

constexpr const char* kSchemaVersion = "1.0.0";

struct Document {
  const CompareOutcome& outcome;
  const ComparedSource &baseline, &candidate;
};

}  // namespace

void fields(auto& visit, const ComparedSource& source) {
  visit("file", source.file);
  visit("tool", source.tool);
  visit("hash_hard", source.hash_hard);
}

void fields(auto& visit, const Mismatch& mismatch) {
  visit("item", mismatch.item);
  visit("baseline", mismatch.baseline);
  visit("candidate", mismatch.candidate);
}

void fields(auto& visit, const Counts& counts) {
  visit("pass", counts.pass);
  visit("fail", counts.fail);
  visit("inconclusive", counts.inconclusive);
}

namespace {

void fields(auto& visit, const Document& document) {
  const CompareOutcome& outcome = document.outcome;
  visit.constant("$schema", "comparison-1.schema.json");
  visit("schema_version", std::string(kSchemaVersion));
  visit("parameter", outcome.parameter);
  visit("baseline_value", outcome.baseline_value);
  visit("design", outcome.design);
  visit("accept_unpaired", outcome.accept_unpaired);
  visit("baseline", document.baseline);
  visit("candidate", document.candidate);
  visit("comparisons", outcome.comparisons);
  visit("excluded_runs", outcome.excluded_runs);
  visit("stopping", outcome.stopping);
  visit("refused", outcome.refused);
  visit("told", outcome.told);
  visit("invalid", outcome.invalid);
  visit("notes", outcome.notes);
  visit("gates", outcome.gates);
  visit("verdict", outcome.verdict);
  visit("inconclusive_policy", std::string(name_of(outcome.inconclusive)));
  visit("exit_status", outcome.exit_status);
}

}  // namespace

std::string to_json(const CompareOutcome& outcome, const ComparedSource& baseline,
                    const ComparedSource& candidate) {
  JsonWriter out(JsonWriter::Layout::indented);
  write_json(out, Document{outcome, baseline, candidate});
  return std::move(out).take() + '\n';
}

}  // namespace sockmark::report
