// Reports from anywhere (reports/model/report_json.h).

#include "reports/model/report_json.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  const std::string_view text = Input(data, size).text();

  const auto canonical = report::canonical_json(text);
  if (canonical) {
    const auto again = report::canonical_json(*canonical);
    require(again && *again == *canonical, "a canonical text is its own canonical text");
  } else {
    require_one_line(canonical.error().message);
  }

  const auto loaded = report::report_from_json(text, "report.json");
  if (!loaded) {
    require_one_line(loaded.error().message);
    return 0;
  }
  const std::string written = report::to_json(*loaded);
  std::uint64_t unknown_keys = 0;
  const auto again = report::report_from_json(written, {}, &unknown_keys);
  require(again && report::to_json(*again) == written, "a report that loads survives the way back");
  require(unknown_keys == 0, "nothing is written that would not be read");
  return 0;
}
