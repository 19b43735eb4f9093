// The section of the page about the machines and the programs.

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>

#include "base/printable.h"
#include "reports/model/reasons.h"
#include "reports/render/html_sections.h"
#include "reports/render/html_tables.h"
#include "reports/views/comparison_rows.h"

namespace sockmark::report {
namespace {

using Items = std::map<std::string, std::string>;

void add_items(HtmlWriter& out, std::string_view group, const Items& items) {
  out.markup("<tbody>\n");
  add_group(out, group, 2);
  for (const auto& [name, value] : items) {
    out.open("tr");
    out.element("th", name, {{"scope", "row"}});
    out.element("td", json_for_people(value));
    out.close("tr");
  }
  out.markup("</tbody>\n");
}

void add_items(HtmlWriter& out, std::string_view group, const Items& baseline,
               const Items& candidate) {
  out.markup("<tbody>\n");
  add_group(out, group, 3);
  Items all = baseline;
  all.insert(candidate.begin(), candidate.end());
  const auto value_in = [](const Items& items, const std::string& name) -> std::string_view {
    const auto found = items.find(name);
    return found == items.end() ? "not recorded" : json_for_people(found->second);
  };
  for (const auto& [name, unused] : all) {
    const auto a = value_in(baseline, name), b = value_in(candidate, name);
    out.open("tr", {{"class", a == b ? "" : "differs"}});
    out.open("th", {{"scope", "row"}});
    out.text(name);
    if (a != b) out.markup("<span class=\"mark\">differs</span>");
    out.close("th");
    out.element("td", a);
    out.element("td", b);
    out.close("tr");
  }
  out.markup("</tbody>\n");
}

Items tool_items(const Tool& tool) {
  return {{"version", tool.version},   {"git", tool.git},     {"build_type", tool.build_type},
          {"compiler", tool.compiler}, {"libuv", tool.libuv}, {"name", tool.name}};
}

Items process_items(const Report& report) {
  Items items;
  const auto add = [&](const std::string& name, const Maybe<Process>& process) {
    if (!process) return;
    std::string cpus;
    for (const int cpu : process->affinity)
      cpus += fmt::format("{}{}", cpus.empty() ? "" : ", ", cpu);
    items[name] = fmt::format("on CPUs {}; {}, nice {}", cpus, process->scheduler, process->nice);
  };
  add("generator", report.generator_process);
  add("responder", report.responder_process);
  return items;
}

// How the clocks of two ends were compared, of the valid run that knows them least.
Items clock_items(const Report& report) {
  const Clock* worst = nullptr;
  for (const Case& one : report.cases) {
    for (const Run& run : one.runs) {
      if (!run.valid || !run.clock) continue;
      const Maybe<std::int64_t>& bound = run.clock->bound_ns;
      if (worst == nullptr || !bound || (worst->bound_ns && *bound > *worst->bound_ns))
        worst = &*run.clock;
    }
  }
  Items items;
  if (worst == nullptr) return items;
  const auto time = [](const Maybe<std::int64_t>& value) {
    return value ? fmt::format("{} ns", *value) : reason_in_words(value.reason());
  };
  items["exchanges"] = std::to_string(worst->exchanges);
  items["smallest round trip"] = time(worst->rtt_min_ns);
  items["offset"] = time(worst->offset_ns);
  items["bound of one-way delay"] = time(worst->bound_ns);
  if (worst->slope_ppm && worst->slope_bound_ppm)
    items["slope"] = fmt::format("{:.2f} ± {:.2f} ppm", *worst->slope_ppm, *worst->slope_bound_ppm);
  return items;
}

constexpr std::string_view kHard = "Must be equal in comparable reports";
constexpr std::string_view kSoft = "May affect results";
constexpr std::string_view kInformation = "For information";
constexpr std::string_view kProcesses = "Processes";
constexpr std::string_view kProgram = "Program";

}  // namespace

void add_environment(HtmlWriter& out, const Report& report) {
  begin_section(out, {.id = "environment", .heading = "Environment"});
  const Environment& machine = report.environment;
  const auto table = [&](std::string_view caption, auto add_bodies) {
    begin_table(out, "environment", caption, caption);
    out.markup("<thead>\n<tr>");
    add_header_cell(out, "item", CellKind::text);
    add_header_cell(out, "value", CellKind::text);
    out.markup("</tr>\n</thead>\n");
    add_bodies();
    end_table(out);
  };
  table("The machine and the program", [&] {
    add_items(out, kProgram, tool_items(report.tool));
    if (report.baseline_tool)
      add_items(out, "Program of the baseline", tool_items(*report.baseline_tool));
    if (const Items items = process_items(report); !items.empty())
      add_items(out, kProcesses, items);
    if (const Items items = clock_items(report); !items.empty())
      add_items(out, "Clocks of the two ends", items);
    add_items(out, kHard, machine.hard);
  });
  for (const End& end : report.ends) {
    table(fmt::format("The machine of the {}: {}", name_of(end), end.host), [&] {
      add_items(out, "Place",
                {{"launcher", end.via.empty() ? "this machine" : end.via},
                 {"address", end.address ? *end.address : end.address.reason()}});
      add_items(out, kProgram, tool_items(end.tool));
      add_items(out, kHard, end.environment.hard);
    });
  }
  out.markup("<details>\n<summary>More about the environment</summary>\n");
  table("Other facts about the machine", [&] {
    add_items(out, kSoft, machine.soft);
    add_items(out, kInformation, machine.information);
  });
  for (const End& end : report.ends) {
    table(fmt::format("Other facts about the machine of the {}", name_of(end)), [&] {
      add_items(out, kSoft, end.environment.soft);
      add_items(out, kInformation, end.environment.information);
    });
  }
  out.markup("</details>\n");
  out.element("p", "Fingerprint of the machine (hash_hard): " + machine.hash_hard,
              {{"class", "fingerprint"}});
  out.close("section");
}

void add_environment(HtmlWriter& out, const Report& baseline, const Report& candidate,
                     const CompareOutcome& outcome) {
  begin_section(out, {.id = "environment", .heading = "Environments"});
  const Environment &a = baseline.environment, &b = candidate.environment;
  std::vector<std::string> lines;
  for (const Mismatch& one : outcome.hard_mismatches)
    lines.push_back("must be equal: " + line_of(one));
  for (const Mismatch& one : outcome.soft_mismatches) lines.push_back("differs: " + line_of(one));
  if (lines.empty()) out.element("p", "The two machines do not differ in any recorded fact.");
  add_list(out, "notes", lines);
  const auto table = [&](std::string_view caption, auto add_bodies) {
    begin_table(out, "environment", caption, caption);
    out.markup("<thead>\n<tr>");
    for (const std::string_view head : {"item", "baseline", "candidate"})
      add_header_cell(out, head, CellKind::text);
    out.markup("</tr>\n</thead>\n");
    add_bodies();
    end_table(out);
  };
  table("The two machines and programs", [&] {
    add_items(out, kProgram, tool_items(baseline.tool), tool_items(candidate.tool));
    add_items(out, kProcesses, process_items(baseline), process_items(candidate));
    add_items(out, kHard, a.hard, b.hard);
  });
  out.markup("<details>\n<summary>More about the environment</summary>\n");
  table("Other facts about the machines", [&] {
    add_items(out, kSoft, a.soft, b.soft);
    add_items(out, kInformation, a.information, b.information);
  });
  out.markup("</details>\n");
  out.close("section");
}

}  // namespace sockmark::report
