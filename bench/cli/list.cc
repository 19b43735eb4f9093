// sockmark list: what there is to choose from.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cli/cli.h"
#include "bench/plan.h"
#include "bench/text_input.h"
#include "transports/catalogue.h"

namespace sockmark::cli {

namespace {

struct Row {
  std::string_view name;
  std::string note, summary;
};

std::string section(std::string_view title, const std::vector<Row>& rows) {
  std::string text = fmt::format("{}\n", title);
  for (const auto& row : rows)
    text += fmt::format("  {:<12} {:<7} {}\n", row.name, row.note, row.summary);
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
  for (const auto& suite : builtin_suites())
    rows.push_back({suite.name, "", std::string(suite.summary)});
  return section("suites (sockmark run SUITE)", rows);
}

std::string formats() {
  return section("formats (-o FILE)",
                 {{"json", "", "report.json, schema in reports/schema/report-1.schema.json"}});
}

struct Topic {
  std::string_view name;
  std::string (*text)();
};
constexpr std::array<Topic, 4> kTopics = {Topic{"transports", transports},
                                          {"workloads", workloads},
                                          {"suites", suites},
                                          {"formats", formats}};

int list(const std::string& wanted) {
  std::string text;
  std::vector<std::string_view> names;
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
  command->add_option("TOPIC", *topic,
                      "transports, workloads, suites or formats; all of them without");
  return {.app = command, .action = [topic] { return list(*topic); }};
}

}  // namespace sockmark::cli
