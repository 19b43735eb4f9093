#include "bench/gbench/sound_reporter.h"

#include <cmath>
#include <ostream>

#include "bench/gbench/case_benchmark.h"

namespace sockmark::gbench {
namespace {

using Run = benchmark::BenchmarkReporter::Run;

Run correct(Run run) {
  std::erase_if(run.counters,
                [](const auto& counter) { return !std::isfinite(counter.second.value); });
  if (const auto messages = run.counters.extract(kMessages);
      !messages.empty() && run.run_type == Run::RT_Iteration) {
    run.real_accumulated_time *= messages.mapped().value;
    run.iterations = std::llround(messages.mapped().value);
  }
  // Seconds, which the library divides by the iterations. A coefficient of variation has no unit.
  const bool time = run.aggregate_unit == benchmark::kTime;
  const double scale = time ? static_cast<double>(run.iterations) / 1e9 : 1;
  const auto cost = run.counters.find("cpu_ns_per_message");
  run.cpu_accumulated_time = cost == run.counters.end() ? 0 : cost->second.value * scale;
  if (!std::isfinite(run.real_accumulated_time)) run.real_accumulated_time = 0;
  return run;
}

}  // namespace

bool SoundReporter::ReportContext(const Context& context) {
  inner_.SetOutputStream(&GetOutputStream());
  inner_.SetErrorStream(&GetErrorStream());
  return inner_.ReportContext(context);
}

void SoundReporter::ReportRuns(const std::vector<Run>& runs) {
  std::vector<Run> corrected;
  corrected.reserve(runs.size());
  for (const auto& run : runs) corrected.push_back(correct(run));
  inner_.ReportRuns(corrected);
}

void SoundReporter::Finalize() {
  inner_.Finalize();
  written_ = GetOutputStream().flush().good();
}

}  // namespace sockmark::gbench
