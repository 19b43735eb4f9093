// sockmark list: the transports, workloads, suites and formats.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/parse.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/cli/options.h"
#include "bench/plan/plan.h"
#include "bench/plan/suite.h"
#include "reports/exports/formats.h"
#include "reports/format/text_table.h"
#include "transports/catalogue.h"

namespace sockmark::cli {

namespace {

struct Row {
  std::string_view name;
  std::string note, summary;
};

std::string section(std::string_view title, const std::vector<Row>& rows) {
  report::TextTable table({{.min_width = 12}, {.min_width = 7}, {}}, {.gap = 1});
  table.add_line(std::string(title));
  for (const auto& row : rows) table.add_row({row.name, row.note, row.summary});
  return table.text({});
}

std::string transports() {
  std::vector<Row> rows;
  for (const auto& row : catalogue()) {
    const auto promises = row.get().promises();
    rows.push_back(
        {row.name, std::string(row.family),
         fmt::format("{}; {}{}, messages up to {} bytes", row.summary,
                     promises.reliable ? "reliable" : "may lose messages",
                     promises.message_boundaries ? ", datagrams" : "", promises.max_message)});
  }
  return section("transports (--transport; \"all\" is all but memory)", rows);
}

std::string workloads() {
  std::vector<Row> rows;
  for (const auto workload : kWorkloads)
    rows.push_back({name_of(workload), "", std::string(summary_of(workload))});
  return section("workloads (--workload)", rows);
}

std::string suites() {
  std::vector<Row> rows;
  for (const auto& builtin : builtin_suites()) {
    auto suite = load_suite(std::string(builtin.name));
    rows.push_back({builtin.name, "", suite ? suite->summary : suite.error().message});
  }
  return section("suites (sockmark run SUITE)", rows);
}

std::string formats() {
  std::vector<Row> rows;
  for (const auto& format : report::formats())
    rows.push_back({format.name, "", std::string(format.summary)});
  return section("report (sockmark run -o FILE)",
                 {{"json", "", "report.json, schema in reports/schema/report-1.schema.json"}}) +
         section("formats (sockmark export REPORT --to FORMAT)", rows);
}

struct Topic {
  std::string_view name;
  std::string (*text)();
};
constexpr std::array<Topic, 4> kTopics = {Topic{"transports", transports},
                                          {"workloads", workloads},
                                          {"suites", suites},
                                          {"formats", formats}};

// Not a table but a file to start from: printed alone, and only if asked for.
constexpr std::string_view kTemplate = "suite-template";

int list(const std::string& wanted) {
  if (wanted == kTemplate) return print(suite_template());
  std::string text;
  std::vector<std::string_view> names = {kTemplate};
  for (const auto& topic : kTopics) {
    names.push_back(topic.name);
    if (wanted.empty() || wanted == topic.name) text += (text.empty() ? "" : "\n") + topic.text();
  }
  if (text.empty()) return fail(unknown_word("topic", wanted, names), kBadInput);
  return print(text);
}

}  // namespace

void add_list(Program& program) {
  auto topic = std::make_shared<std::string>();
  Command& command = program.add_command("list", "List transports, workloads, suites and formats");
  command.positional(
      "TOPIC", *topic,
      "transports, workloads, suites or formats (all of them); suite-template prints "
      "a suite file with comments to start from");
  command.action([topic] { return list(*topic); });
}

}  // namespace sockmark::cli
