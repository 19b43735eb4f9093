// Lists of values (bench/analysis/read_values.h), and the JSON for them. The
// first byte of an input chooses the range of the histogram.

#include "bench/analysis/analysis_json.h"
#include "bench/analysis/read_values.h"
#include "reports/exports/hdr/hgrm.h"
#include "reports/exports/hdr/hlog.h"
#include "reports/model/report_json.h"
#include "tests/fuzz/line_input_of.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  static constexpr HistogramParameters kParameters[] = {
      {},
      {.lowest = 1, .highest = 2, .significant_digits = 1},
      {.lowest = 1000, .highest = 100'000'000, .significant_digits = 2}};
  Input input(data, size);
  const HistogramParameters& parameters = kParameters[input.byte() % std::size(kParameters)];
  auto file = line_input_of(input.text());
  auto histogram = read_values(file, parameters);
  if (!histogram) {
    require_one_line(histogram.error().message);
    return 0;
  }

  // Every counter as a line of its own.
  std::string lines;
  std::uint64_t counted = 0;
  histogram->for_each_counter([&](std::int64_t value, std::uint64_t count) {
    counted += count;
    lines += std::to_string(value) + ' ' + std::to_string(count) + '\n';
  });
  require(counted + histogram->overflow() == histogram->count(), "every value is counted once");
  if (lines.empty()) return 0;  // all of them overflowed, and a file without values is refused
  auto again_file = line_input_of(lines);
  auto again = read_values(again_file, parameters);
  require(again && again->encode_v2() == histogram->encode_v2(), "the counters read back the same");

  require(static_cast<bool>(report::canonical_json(values_json(*histogram))), "the output is JSON");
  require(!report::to_hgrm(*histogram).empty(), "the .hgrm is made");
  report::HlogInterval interval;
  interval.histogram = &*histogram;
  require(!report::to_hlog({&interval, 1}).empty(), "the .hlog is made");
  return 0;
}
