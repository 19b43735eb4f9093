#include "reports/render/markdown.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/reports/compare/compare_reports.h"
#include "tests/reports/render/expect_text.h"
#include "tests/reports/render/hostile.h"

namespace sockmark::report {
namespace {

// A report with something of every section.
Report whole() {
  Report report = two_transports(12, 0.62);
  report.cases[1].runs[3].valid = false;
  report.cases[1].runs[3].invalid_reasons = {"killed by signal 9"};
  report.cases[0].runs[1].steady = false;
  report.cases[0].runs[1].unsteady_reasons = {"trend"};
  for (auto& run : report.cases[0].runs) run.loss->loss_ratio = Maybe<double>::none(kNotApplicable);
  report.warnings = {{"steal", "the hypervisor took 3 % of the time", "measure on a quiet host"}};
  return report;
}

// Every table: as many cells in each row as in its head.
void expect_sound_tables(const std::string& text) {
  std::size_t columns = 0;
  for (const std::string& line : lines_of(text)) {
    if (!line.starts_with('|')) {
      columns = 0;
      continue;
    }
    std::size_t pipes = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      pipes += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    }
    if (columns == 0) columns = pipes;
    EXPECT_EQ(pipes, columns) << line.substr(0, 200);
  }
}

// What is not between fences.
std::string without_code(const std::string& text) {
  std::string prose, fence;
  for (const std::string& line : lines_of(text)) {
    if (fence.empty() && line.starts_with("```")) {
      fence = line.substr(0, line.find_first_not_of('`'));
    } else if (line == fence) {
      fence.clear();
    } else if (fence.empty()) {
      prose += line + '\n';
    }
  }
  return prose;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++found;
  return found;
}

TEST(Markdown, VerdictsThenTheTableThenWhatIsFolded) {
  expect_golden("report.md", markdown(whole()));
}

TEST(Markdown, OfTwoReportsTheComparison) {
  Report candidate = two_transports(12, 1);
  candidate.cases[0] = scaled_case("tcp", drifting(12, 0.62));
  candidate.environment.soft["cpu_caches"] = "[\"L1 Data 64K\"]";
  const std::string text = markdown(two_transports(12, 1), candidate);
  std::size_t last = 0;
  for (const char* part :
       {"<summary>Comparison (10 lines)</summary>", "**tcp/rr/64B/c1, unpaired, 12 runs of each**",
        "#### Figures of the candidate\n", "#### Figures of the baseline\n",
        "- differs: cpu\\_caches: ", "<summary>Environment of the candidate</summary>"}) {
    const std::size_t at = text.find(part, last);
    ASSERT_NE(at, text.npos) << part << '\n' << text;
    last = at;
  }
}

TEST(Markdown, VerdictsComeBeforeTheTable) {
  const std::string text = markdown(whole());
  const auto at = [&](const char* what) { return text.find(what); };
  ASSERT_NE(at("1 of 24 runs is invalid"), text.npos);
  EXPECT_LT(at("1 of 24 runs is invalid"), at("| workload"));
  EXPECT_LT(at("| workload"), at("<summary>Environment"));
}

TEST(Markdown, TablesAreSoundWhateverTheReportHolds) {
  for (const Report& report :
       {whole(), hostile_report(), full_report(), failed_report(), Report{}}) {
    const std::string text = markdown(report);
    expect_sound_tables(text);
    EXPECT_EQ(count(text, "<details>"), count(text, "</details>"));
    EXPECT_TRUE(text.ends_with('\n'));
  }
  expect_sound_tables(markdown(hostile_report(), hostile_report()));
}

TEST(Markdown, NoNameIsMarkupOrPingsAnybody) {
  for (const std::string& text :
       {markdown(hostile_report()), markdown(hostile_report(), hostile_report())}) {
    EXPECT_EQ(text.find('\x1b'), text.npos);
    EXPECT_EQ(text.find("\xE2\x80\xAE"), text.npos);
    EXPECT_EQ(text.find('\xFF'), text.npos);
    // A command is code, in which nothing is looked for.
    const std::string prose = without_code(text);
    EXPECT_EQ(prose.find("<script"), prose.npos);
    EXPECT_EQ(prose.find("@octocat"), prose.npos);
    EXPECT_EQ(prose.find("http://"), prose.npos);
    EXPECT_EQ(prose.find("www."), prose.npos);
    EXPECT_EQ(prose.find(" #1"), prose.npos);
    EXPECT_EQ(prose.find("_[a]"), prose.npos);
  }
}

TEST(Markdown, FencesAreLongerThanWhatTheyHold) {
  Report report = whole();
  report.plan_supplied = {{"suite", "`````x.json"}};
  const std::string text = markdown(report);
  EXPECT_NE(text.find("\n``````sh\nsockmark run '`````x.json'\n``````\n"), text.npos) << text;
}

TEST(Markdown, ManyCasesAreFolded) {
  Report report = two_transports(1, 1);
  for (int i = 0; i < 198; ++i) {
    report.cases.push_back(scaled_case("tcp", {1}));
    report.cases.back().params.connections = static_cast<std::uint64_t>(i + 2);
    report.cases.back().id = "tcp/" + std::to_string(i);
  }
  const std::string text = markdown(report);
  EXPECT_NE(text.find("<summary>Figures (200 cases)</summary>"), text.npos);
  EXPECT_LT(text.size(), 65'536U) << "a comment on GitHub takes no more";
}

TEST(MarkdownEscaped, TextStaysText) {
  EXPECT_EQ(markdown_escaped("a|b`c*d_e~f\\g[h](i)!"), "a\\|b\\`c\\*d\\_e\\~f\\\\g\\[h\\](i)\\!");
  EXPECT_EQ(markdown_escaped("<b>&amp;"), "&lt;b&gt;&amp;amp;");
  EXPECT_EQ(markdown_escaped("@me #1 $x$"), "@&#8203;me #&#8203;1 &#36;x&#36;");
  EXPECT_EQ(markdown_escaped("HTTPS://a www.b udp://c"), "HTTPS&#8203;://a www&#8203;.b udp://c");
  EXPECT_EQ(markdown_escaped("a\nb"), "ab");
}

}  // namespace
}  // namespace sockmark::report
