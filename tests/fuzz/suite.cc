// Suites (bench/plan/suite.h).

#include "bench/plan/suite.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  const auto suite = parse_suite(Input(data, size).text(), "mine.json", "/somewhere");
  if (!suite) {
    require_one_line(suite.error().message);
    return 0;
  }
  const auto plan = make_plan(*suite, {});
  require(plan && !(*plan).cases.empty(), "a suite that loads can be planned");
  for (const auto& spec : (*plan).cases)
    require(static_cast<bool>(check_limits(spec)), "every case is within its limits");
  return 0;
}
