// write_samples DIRECTORY: the sample reports as files, for the check against the JSON Schema.

#include <cstdio>
#include <limits>
#include <string>
#include <utility>

#include "base/atomic_file.h"
#include "reports/model/report_json.h"
#include "tests/reports/sample_report.h"

int main(int argc, char** argv) {
  using namespace sockmark::report;
  if (argc != 2) {
    std::fputs("usage: write_samples DIRECTORY\n", stderr);
    return 2;
  }
  Report not_finite = full_report();
  Run& run = not_finite.cases[0].runs[0];
  run.load->offered_rate = std::numeric_limits<double>::quiet_NaN();
  run.throughput->goodput_messages_per_s = std::numeric_limits<double>::infinity();
  run.loss->loss_ratio = -std::numeric_limits<double>::infinity();
  const std::pair<const char*, Report> samples[] = {{"full.json", full_report()},
                                                    {"failed.json", failed_report()},
                                                    {"not_finite.json", not_finite}};
  for (const auto& [name, report] : samples) {
    const auto written = write_file_atomically(std::string(argv[1]) + '/' + name, to_json(report));
    if (!written) {
      std::fprintf(stderr, "%s\n", written.error().message.c_str());
      return 5;
    }
  }
}
