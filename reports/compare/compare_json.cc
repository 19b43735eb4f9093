#include "reports/compare/compare_json.h"

#include <utility>

#include "base/printable.h"
#include "reports/json/load_json.h"
#include "reports/model/report_json.h"

namespace sockmark::report {

namespace {

constexpr const char* kSchemaVersion = "1.1.0";

struct Document {
  const CompareOutcome& outcome;
  const ComparedSource &baseline, &candidate;
};

}  // namespace

void fields(auto& visit, Of<ComparedSource> auto& source) {
  visit("file", source.file);
  visit("tool", source.tool);
  visit("hash_hard", source.hash_hard);
}

void fields(auto& visit, Of<Mismatch> auto& mismatch) {
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
  visit.constant("$schema", std::string(kComparisonSchema));
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
  visit("refused", outcome.hard_mismatches);
  visit("told", outcome.soft_mismatches);
  visit("invalid", outcome.invalid);
  visit("notes", outcome.notes);
  visit("gates", outcome.gates);
  visit("verdict", outcome.verdict);
  visit("inconclusive_policy", outcome.inconclusive);
  visit("exit_status", outcome.exit_status);
}

// The fields that are read.
struct ReadFields {
  ComparedSource candidate;
  std::vector<Comparison> comparisons;
  std::vector<Mismatch> refused;
  std::vector<std::string> invalid;
};

void fields(auto& visit, Of<ReadFields> auto& read) {
  visit("candidate", read.candidate);
  visit("comparisons", read.comparisons);
  visit("refused", read.refused);
  visit("invalid", read.invalid);
}

}  // namespace

Result<std::optional<ComparisonDocument>> comparison_from_json(std::string_view text,
                                                               std::string_view name) {
  const auto json = TRY(parse_json(text, kReportLimits, name));
  if (!is_comparison(json.root())) return std::optional<ComparisonDocument>();
  JsonReading reading;
  auto read = read_document<ReadFields>(json.root(), reading);
  if (!read) return name.empty() ? read.error() : Error(read.error()).in(printable(name));
  ComparisonDocument document{.tool = std::move(read->candidate.tool),
                              .comparisons = std::move(read->comparisons),
                              .invalid = std::move(read->invalid)};
  for (const Mismatch& one : read->refused) {
    document.invalid.push_back("not comparable: " + one.item + ": " + one.baseline + ", " +
                               one.candidate);
  }
  return std::optional(std::move(document));
}

std::string to_json(const CompareOutcome& outcome, const ComparedSource& baseline,
                    const ComparedSource& candidate) {
  JsonWriter out(JsonWriter::Layout::indented);
  write_json(out, Document{outcome, baseline, candidate});
  return std::move(out).take() + '\n';
}

}  // namespace sockmark::report
