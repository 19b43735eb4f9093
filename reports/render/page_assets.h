// What the HTML page is made of beside the report: embedded by the build when node was there to
// bundle it (reports/page/bundle.mjs). Views of the binary's own read-only data; any thread.
#pragma once

#include <string_view>

namespace sockmark::report {

// Each may stand as it is inside its element of an HTML page: no script holds "</script" or "<!--",
// no style
// "</style", and in the two JSON texts "<" is written \u003c.
struct PageAssets {
  std::string_view script;  // draws the charts; expects the elements that docs/charts.md lists
  std::string_view style;   // of the whole page
  std::string_view specs;   // JSON array of {"name", "spec"}, in the order of the page
  std::string_view theme;   // JSON object: colours, shapes, Vega configurations
  std::string_view
      licences;  // plain text, to be escaped: what `script` contains, and under which terms
};

// Null in a build without node: there is no page then.
[[nodiscard]] const PageAssets* page_assets();

}  // namespace sockmark::report
