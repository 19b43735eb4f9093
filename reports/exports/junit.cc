#include "reports/exports/junit.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/printable.h"
#include "reports/exports/common/case_names.h"
#include "reports/exports/common/timestamp.h"

namespace sockmark::report {
namespace {

// As an attribute's value or character data (XML 1.0, section 2.4). Of what XML forbids (section
// 2.2) printable() leaves U+FFFE and U+FFFF.
std::string xml(std::string_view text) {
  std::string result = with_references(printable(text), "&<>\"");
  for (const std::string_view forbidden : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (std::size_t at; (at = result.find(forbidden)) != result.npos;)
      result.replace(at, forbidden.size(), "\xEF\xBF\xBD");
  }
  return result;
}

// "ratio 1.09 in [1.06, 1.12], margin 1.05"
std::string finding(const Comparison& one) {
  std::string text(name_of(one.effect));
  text += one.estimate ? ' ' + number_text(*one.estimate) : std::string(" undefined");
  if (one.interval) {
    text += fmt::format(" in [{}, {}]", number_text((*one.interval)[0]),
                        number_text((*one.interval)[1]));
  }
  return text + ", margin " + number_text(one.gate->margin);
}

std::string joined(const std::vector<std::string>& reasons) {
  std::string text;
  for (const std::string& reason : reasons) text += (text.empty() ? "" : ", ") + reason;
  return text;
}

std::string name_of(const Comparison& one) {
  if (one.baseline == one.candidate) return fmt::format("{}: {}", one.candidate, one.metric);
  return fmt::format("{}: {} against {}", one.candidate, one.metric, one.baseline);
}

// The content of the testcase element.
std::string outcome(const Comparison& one) {
  const GateVerdict& gate = *one.gate;
  if (gate.verdict == Gate::pass) return {};
  const std::string found = xml(finding(one));
  if (gate.verdict == Gate::fail) {
    return fmt::format("<failure type=\"gate\" message=\"worse than the margin: {}\"/>", found);
  }
  const std::string why = gate.reasons.empty() ? "" : xml(" (" + joined(gate.reasons) + ")");
  return fmt::format("<skipped message=\"inconclusive{}: {}\"/>", why, found);
}

// Of a document, which has no cases, what the id begins with: a transport or the scheme of an
// address.
std::string transport_of(const Report& report, const std::string& id) {
  const auto found = std::ranges::find(report.cases, id, &Case::id);
  if (found != report.cases.end()) return found->params.transport;
  const auto end = id.find_first_of("/:");
  return end == 0 || end == id.npos ? "unknown" : id.substr(0, end);
}

std::string junit_of(const Report& report, const std::vector<std::string>& errors) {
  std::vector<const Comparison*> gates;
  for (const Comparison& one : report.comparisons) {
    if (one.gate) gates.push_back(&one);
  }
  const auto failures = std::ranges::count_if(
      gates, [](const Comparison* one) { return one->gate->verdict == Gate::fail; });
  const auto passes = std::ranges::count_if(
      gates, [](const Comparison* one) { return one->gate->verdict == Gate::pass; });
  const auto skipped = std::ssize(gates) - failures - passes;

  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  const std::string counts = fmt::format(
      "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
      gates.size() + (errors.empty() ? 0 : 1), failures, errors.empty() ? 0 : 1, skipped);
  text += fmt::format("<testsuites name=\"sockmark\" {} time=\"0\">\n", counts);
  text += fmt::format("  <testsuite name=\"gates\" {} time=\"0\"", counts);
  if (const auto started = started_at(report)) {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(started->time_since_epoch());
    text += fmt::format(" timestamp=\"{:%Y-%m-%dT%H:%M:%S}\"", fmt::gmtime(seconds.count()));
  }
  text += ">\n";
  for (const Comparison* one : gates) {
    text += fmt::format(
        "    <testcase classname=\"sockmark.{}\" name=\"{}\" time=\"0\">{}</testcase>\n",
        xml(transport_of(report, one->candidate)), xml(name_of(*one)), outcome(*one));
  }
  if (!errors.empty()) {
    text += fmt::format(
        "    <testcase classname=\"sockmark\" name=\"comparison\" time=\"0\"><error "
        "type=\"invalid\" "
        "message=\"{}\"/></testcase>\n",
        xml(joined(errors)));
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace

std::string to_junit(const Report& report) { return junit_of(report, {}); }

std::string to_junit(const ComparisonDocument& document) {
  Report report;
  report.tool = document.tool;
  report.comparisons = document.comparisons;
  return junit_of(report, document.invalid);
}

}  // namespace sockmark::report
