// sockmark list: what there is to choose from.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/parse.h"
#include "bench/cli/cli.h"
#include "bench/cli/commands/commands.h"
#include "bench/plan/plan.h"
#include "bench/plan/suite.h"
#include "reports/exports/formats.h"
#include "transports/catalogue.h"

namespace sockmark::cli {

namespace {

struct Row {
  std::string_view name;
  std::string note, summary;
};

std::string section(std::string_view title, const std::vector<Row>& rows) {
  constexpr std::size_t kNarrowest = 12;
  std::size_t width = kNarrowest;
  for (const auto& row : rows) width = std::max(width, row.name.size());
  std::string text = fmt::format("{}\n", title);
  for (const auto& row : rows)
    text += fmt::format("  {:<{}} {:<7} {}\n", row.name, width, row.note, row.summary);
  return text;
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
  return section("transports (--transport; \"all\" is every one but memory)", rows);
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

// A file to begin with, not a table: alone, and only when asked for.
constexpr std::string_view kTemplate = "suite-template";

int list(const std::string& wanted) {
  if (wanted == kTemplate) return print(suite_template());
  std::string text;
  std::vector<std::string_view> names = {kTemplate};
  for (const auto& topic : kTopics) {
    names.push_back(topic.name);
    if (wanted.empty() || wanted == topic.name) text += (text.empty() ? "" : "\n") + topic.text();
  }
  if (text.empty()) return complain(unknown_word("topic", wanted, names), kBadInput);
  return print(text);
}

}  // namespace

Command add_list(CLI::App& app) {
  auto topic = std::make_shared<std::string>();
  auto* command = app.add_subcommand("list", "What there is to choose from");
  command->add_option(
      "TOPIC", *topic,
      "transports, workloads, suites, formats; all of them without. suite-template: a "
      "suite with comments, to begin with");
  return {.app = command, .action = [topic] { return list(*topic); }};
}

}  // namespace sockmark::cli
