#include "reports/render/html.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "reports/format/html_writer.h"
#include "reports/json/load_json.h"
#include "reports/model/report_json.h"
#include "reports/render/markdown.h"
#include "tests/reports/compare/compare_reports.h"
#include "tests/reports/format/unpacked.h"
#include "tests/reports/render/hostile.h"

namespace sockmark::report {
namespace {

constexpr PageAssets kAssets{.script = "drawCharts();\n",
                             .style = "body { color: black; }\n",
                             .specs = "[{\"name\": \"x\", \"spec\": {}}]",
                             .theme = "{}",
                             .licences = "charts: BSD-3-Clause, <authors>\n"};

// What a browser would make of the page: its elements, and what is not as it must be. Understands
// as much of HTML as the page has.
struct Page {
  std::vector<std::string> tags, ids, problems;
  std::vector<int> headings;
};

std::string_view attribute(std::string_view tag, std::string_view name) {
  const std::string key = ' ' + std::string(name) + "=\"";
  const std::size_t at = tag.find(key);
  if (at == tag.npos) return {};
  const std::size_t begin = at + key.size();
  return tag.substr(begin, tag.find('"', begin) - begin);
}

Page parse(std::string_view html) {
  Page page;
  std::vector<std::string> open;
  std::size_t at = html.find("<html");
  while (at < html.size()) {
    const std::size_t begin = html.find('<', at);
    if (begin == html.npos) break;
    const std::size_t end = html.find('>', begin);
    const std::string_view tag = html.substr(begin + 1, end - begin - 1);
    const bool closes = tag.starts_with('/');
    const std::string name(tag.substr(closes, tag.find_first_of(" >", closes) - closes));
    at = end + 1;
    if (closes) {
      if (open.empty() || open.back() != name)
        page.problems.push_back("</" + name + "> closes " + (open.empty() ? "" : open.back()));
      if (!open.empty()) open.pop_back();
      continue;
    }
    page.tags.push_back(name);
    if (const auto id = attribute(tag, "id"); !id.empty()) page.ids.emplace_back(id);
    if (name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6')
      page.headings.push_back(name[1] - '0');
    if (name == "meta") continue;
    open.push_back(name);
    if (name == "script" || name == "style") at = html.find("</" + name + '>', at);
  }
  for (const std::string& left : open) page.problems.push_back(left + " is never closed");
  return page;
}

std::string script(const std::string& html, const std::string& id) {
  const std::size_t name = html.find("\" id=\"" + id + '"');
  if (name == html.npos || html.rfind("<script type=", name) != html.rfind('<', name)) return "";
  const std::size_t begin = html.find('>', name) + 1;
  return html.substr(begin, html.find("</script>", begin) - begin);
}

void expect_sound(const std::string& html) {
  const Page page = parse(html);
  EXPECT_EQ(page.problems, std::vector<std::string>{});
  for (const char* name : {"html", "head", "body", "title", "h1", "header", "main", "footer"})
    EXPECT_EQ(std::ranges::count(page.tags, name), 1) << name;
  std::vector<std::string> ids = page.ids;
  std::ranges::sort(ids);
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end()) << "an id occurs twice";
  ASSERT_FALSE(page.headings.empty());
  EXPECT_EQ(page.headings.front(), 1);
  for (std::size_t i = 1; i < page.headings.size(); ++i)
    EXPECT_LE(page.headings[i], page.headings[i - 1] + 1) << "a level of headings is left out";
  EXPECT_EQ(std::ranges::count(page.tags, "table"), std::ranges::count(page.tags, "caption"));
  for (const char* id : {"chart-data", "chart-specs", "theme"})
    EXPECT_TRUE(parse_json(script(html, id))) << id;
}

std::vector<Report> all_kinds() {
  Report none_valid = two_transports(2, 1);
  for (Case& one : none_valid.cases) {
    for (auto& run : one.runs) {
      run.valid = false;
      run.invalid_reasons = {"failed: connect"};
    }
  }
  Report one_case = two_transports(3, 1);
  one_case.cases.pop_back();
  Report searched = sample_frame();
  searched.searches = {sample_search(), sample_search()};
  Report cut = two_transports(1, 1);
  cut.interrupted = true;
  return {Report{},
          sample_frame(),
          full_report(),
          failed_report(),
          two_transports(12, 0.62),
          none_valid,
          one_case,
          searched,
          cut,
          hostile_report()};
}

TEST(Html, IsSoundWhateverTheReportHolds) {
  for (const Report& report : all_kinds()) expect_sound(html_page(report, kAssets));
}

// Every number of a report in turn is one that no measurement gives.
TEST(Html, IsMadeOfAnyNumbers) {
  Report report = full_report();
  report.cases.push_back(scaled_case("tcp", {1}));
  report.comparisons[0].gate = Maybe<GateVerdict>::none("none");
  const auto whole = parse_json(to_json(report), kReportLimits);
  ASSERT_TRUE(whole);
  const nlohmann::json leaves = whole->tree().flatten();
  const nlohmann::json extremes[] = {0, UINT64_MAX, -1e300};
  std::size_t turn = 0, made = 0;
  for (const auto& [place, value] : leaves.items()) {
    if (!value.is_number()) continue;
    // One of those that can be read. The next place begins with the next one.
    for (std::size_t i = 0; i < std::size(extremes); ++i) {
      nlohmann::json changed = whole->tree();
      changed[nlohmann::json::json_pointer(place)] = extremes[turn++ % std::size(extremes)];
      const auto read = report_from_json(changed.dump());
      if (!read) continue;
      EXPECT_FALSE(html_page(*read, kAssets).empty());
      EXPECT_TRUE(markdown(*read).ends_with('\n'));
      ++made;
      break;
    }
  }
  EXPECT_GT(made, 100U);
}

TEST(Html, OfTwoReportsIsSoundWhateverTheyHold) {
  for (const Report& report : all_kinds()) {
    expect_sound(html_page(report, report, kAssets));
    expect_sound(html_page(two_transports(12, 1), report, kAssets));
  }
}

TEST(Html, NothingOfAReportIsMarkup) {
  const Page plain = parse(html_page(two_transports(12, 0.62), kAssets));
  for (const std::string& html : {html_page(hostile_report(), kAssets),
                                  html_page(hostile_report(), hostile_report(), kAssets)}) {
    const Page page = parse(html);
    EXPECT_EQ(html.find("<script>alert"), html.npos);
    EXPECT_EQ(html.find("alert('x')</script"), html.npos);
    EXPECT_EQ(html.find('\x1b'), html.npos);
    EXPECT_EQ(html.find("\xE2\x80\xAE"), html.find("\xE2\x80\xAE", html.find("<script type=")))
        << "only in JSON, which is data";
    EXPECT_EQ(html.find('\xFF'), html.npos);
    EXPECT_EQ(
        std::ranges::count(page.tags, "script"),
        std::ranges::count(plain.tags, "script") + (html.find("baseline-report") != html.npos));
  }
}

TEST(Html, NamesHaveNoEndOfTheirOwnInAttributes) {
  EXPECT_EQ(html_escaped("\" onload='x' <&>"), "&quot; onload=&#39;x&#39; &lt;&amp;&gt;");
  EXPECT_EQ(html_escaped("a\nb\x1b[2J\xE2\x80\xAE"
                         "c\xFF"),
            "ab[2Jc\xEF\xBF\xBD");
  EXPECT_EQ(html_escaped(std::string(100, '&'), 5), "&amp;&amp;...");
}

TEST(Html, CarriesTheReportAsItIs) {
  const Report report = hostile_report();
  const std::string embedded = script(html_page(report, kAssets), "report");
  EXPECT_EQ(embedded.find('<'), embedded.npos);
  const auto read = report_from_json(unpacked(embedded));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(report));
}

TEST(Html, SaysThatAReportIsTooLargeForIt) {
  Report report = two_transports(2, 1);
  EXPECT_EQ(html_page(report, kAssets).find("larger than 24 MiB"), std::string::npos);
  report.environment.information["note"] = '"' + std::string(std::size_t{25} << 20, 'x') + '"';
  const std::string html = html_page(report, kAssets);
  EXPECT_NE(html.find("larger than 24 MiB"), html.npos);
  EXPECT_EQ(html.find("id=\"report\""), html.npos);
  EXPECT_LT(html.size(), std::size_t{1} << 20);
}

TEST(Html, OfTwoReportsCarriesBoth) {
  Report candidate = two_transports(2, 1);
  candidate.tool.version = "9.9.9";
  const std::string html = html_page(two_transports(2, 1), candidate, kAssets);
  EXPECT_EQ(report_from_json(unpacked(script(html, "report")))->tool.version, "9.9.9");
  EXPECT_EQ(report_from_json(unpacked(script(html, "baseline-report")))->tool.version, "0.1.0");
}

TEST(Html, SaysFirstWhatWasFoundAndWhatIsWrong) {
  Report report = two_transports(12, 0.62);
  report.cases[1].runs[3].valid = false;
  report.cases[1].runs[3].invalid_reasons = {"killed by signal 9"};
  const std::string html = html_page(report, kAssets);
  const auto at = [&](const char* what) {
    const std::size_t found = html.find(what);
    EXPECT_NE(found, html.npos) << what;
    return found;
  };
  EXPECT_LT(at("udp has 38.0 % lower p50 latency"), at("<div class=\"notice bad\">"));
  EXPECT_LT(at("<div class=\"notice bad\">"), at("<table class=\"figures\">"));
  EXPECT_LT(at("<table class=\"figures\">"), at("<section id=\"charts\""));
  at("<tr class=\"invalid\"><th scope=\"row\">udp<span class=\"mark bad\">1 of 12 runs "
     "invalid</span>");
  at("<tr class=\"why\"><td colspan=\"9\"><ul>\n<li>killed by signal 9</li>");
  at("<pre class=\"command\"><code>sockmark run --transport tcp,udp</code></pre>");
  at("charts: BSD-3-Clause, &lt;authors&gt;");
}

TEST(Html, HasEachConnectionAndWhatTcpKnewWhereTheReportHasThem) {
  Report report = full_report();
  const std::string page = html_page(report, kAssets);
  EXPECT_NE(page.find("<a href=\"#connections\">"), std::string::npos);
  EXPECT_NE(page.find("<table class=\"tcp\">"), std::string::npos);
  EXPECT_NE(page.find("<table class=\"connections\">"), std::string::npos);
  for (Case& one : report.cases) {
    for (auto& run : one.runs) {
      run.tcp = Maybe<Tcp>::none(kNotApplicable);
      run.connections = Maybe<std::vector<ConnectionFigures>>::none("not_requested");
    }
  }
  EXPECT_EQ(html_page(report, kAssets).find("connections\""), std::string::npos);
}

TEST(Html, WhatDiffersBetweenTwoMachinesIsMarkedInWords) {
  const Report baseline = two_transports(12, 1);
  Report candidate = baseline;
  candidate.environment.soft["cpu_caches"] = "[\"L1 Data 64K\"]";
  const std::string html = html_page(baseline, candidate, kAssets);
  EXPECT_NE(
      html.find(
          "<tr class=\"differs\"><th scope=\"row\">cpu_caches<span class=\"mark\">differs</span>"),
      html.npos);
  EXPECT_NE(html.find("<section id=\"comparison\""), html.npos);
  candidate.environment.hard["cpu_model"] = "\"Another\"";
  const std::string refused = html_page(baseline, candidate, kAssets);
  EXPECT_EQ(refused.find("<section id=\"comparison\""), refused.npos);
  EXPECT_NE(refused.find("Not compared: cpu_model must be equal"), refused.npos);
}

TEST(Html, AllowsNoScriptButItsOwnAndNoRequest) {
  const std::string html = html_page(two_transports(2, 1), kAssets);
  // printf 'drawCharts();\n' | openssl dgst -sha256 -binary | base64
  EXPECT_NE(html.find("default-src &#39;none&#39;; script-src &#39;sha256-"
                      "UJg3GaxFRTDIK50Tc4XzR804v7DeN9tnwmsMrqU2cgg=&#39;;"),
            html.npos);
  EXPECT_NE(html.find("<script>drawCharts();\n</script>"), html.npos);
  for (const char* request : {"src=\"", "http://", "https://", "url(", "@import", "<link", "<img"})
    EXPECT_EQ(html.find(request), html.npos) << request;
}

TEST(Html, TwoHundredCasesAreAllThere) {
  Report report = two_transports(1, 1);
  for (int i = 0; i < 198; ++i) {
    report.cases.push_back(scaled_case("tcp", {1}));
    report.cases.back().params.connections = static_cast<std::uint64_t>(i + 2);
    report.cases.back().id = "tcp/" + std::to_string(i);
  }
  const std::string html = html_page(report, kAssets);
  expect_sound(html);
  std::size_t rows = 0;
  for (std::size_t at = 0; (at = html.find("<th scope=\"row\">tcp</th>", at)) != html.npos; ++at)
    ++rows;
  EXPECT_EQ(rows, 199U);
}

TEST(EmbeddedJson, HasNoTagAndNoBlanksBetweenItsTokens) {
  EXPECT_EQ(embedded_json("{\n  \"a b\": \"x < y \\\" z\",\n  \"c\\\\\": [1, 2]\n}\n"),
            "{\"a b\":\"x \\u003c y \\\" z\",\"c\\\\\":[1,2]}");
  EXPECT_EQ(embedded_json("\"</script><!--\""), "\"\\u003c/script>\\u003c!--\"");
}

}  // namespace
}  // namespace sockmark::report
