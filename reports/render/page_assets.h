// The parts of the HTML page that the build makes (reports/page/bundle.mjs) and embeds if node is
// available. Views of read-only data of the binary; any thread.

#pragma once

#include <string_view>

namespace sockmark::report {

// Each can be inserted unchanged into its element: no script contains "</script" or "<!--", no
// style contains "</style", and the two JSON texts write "<" as \u003c.
struct PageAssets {
  std::string_view script;    // draws the charts; expects the elements that docs/charts.md lists
  std::string_view style;     // of the whole page
  std::string_view specs;     // JSON array of {"name", "spec"}, in the order of the page
  std::string_view theme;     // JSON object: colours, shapes, Vega configurations
  std::string_view licences;  // of the libraries in `script`; plain text, to be escaped
};

// Null in a build without node, which has no pages.
[[nodiscard]] const PageAssets* page_assets();

}  // namespace sockmark::report
