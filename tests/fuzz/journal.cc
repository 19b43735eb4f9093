// Journals (bench/run/journal.h).

#include "bench/run/journal.h"

#include "reports/model/report_json.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  const auto read = parse_journal(Input(data, size).text(), "report.json.journal");
  if (!read) {
    require_one_line(read.error().message);
    return 0;
  }
  for (const auto& one : (*read).cases) {
    for (std::size_t i = 1; i < one.runs.size(); ++i)
      require(one.runs[i - 1].index < one.runs[i].index, "every run once, in order");
  }
  require(static_cast<bool>(report::report_from_json(report::to_json(*read))),
          "what a journal holds is a report");
  return 0;
}
