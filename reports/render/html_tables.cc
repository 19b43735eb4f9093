#include "reports/render/html_tables.h"

#include <fmt/format.h>

#include <algorithm>

namespace sockmark::report {

void begin_section(HtmlWriter& out, const SectionNames& names) {
  const std::string heading = fmt::format("{}-heading", names.id);
  out.open("section", {{"id", names.id}, {"aria-labelledby", heading}});
  out.markup("\n");
  out.element("h2", names.heading, {{"id", heading}});
}

void begin_table(HtmlWriter& out, std::string_view name, std::string_view caption,
                 std::string_view label) {
  out.open("div",
           {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", label}});
  out.open("table", {{"class", name}});
  out.markup("\n");
  out.element("caption", caption);
}

void end_table(HtmlWriter& out) { out.markup("</table></div>\n"); }

void add_header_cell(HtmlWriter& out, std::string_view text, CellKind kind) {
  out.element("th", text, {{"scope", "col"}, {"class", kind == CellKind::number ? "number" : ""}});
}

void add_group(HtmlWriter& out, std::string_view title, std::size_t columns) {
  out.open("tr", {{"class", "group"}});
  out.element("th", title, {{"scope", "rowgroup"}, {"colspan", std::to_string(columns)}});
  out.close("tr");
}

void add_lines_below(HtmlWriter& out, std::string_view name, const std::vector<std::string>& lines,
                     std::size_t columns) {
  if (lines.empty()) return;
  out.open("tr", {{"class", name}});
  out.open("td", {{"colspan", std::to_string(columns)}});
  out.markup("<ul>\n");
  for (const std::string& line : lines) out.element("li", line);
  out.markup("</ul>");
  out.close("td");
  out.close("tr");
}

void add_list(HtmlWriter& out, std::string_view name, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  out.open("ul", {{"class", name}});
  out.markup("\n");
  for (std::string line : lines) {
    std::ranges::replace(line, '\n', ' ');
    out.element("li", line);
  }
  out.close("ul");
}

void add_lines(HtmlWriter& out, std::string_view tag, std::string_view text) {
  out.open(tag);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.text(text.substr(0, end));
    out.markup("\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out.close(tag);
}

}  // namespace sockmark::report
