#include "tests/reports/exports/export_sample.h"

#include <utility>

#include "measure/histogram.h"
#include "reports/format/base64.h"
#include "reports/model/summary.h"

namespace sockmark::report {

Run exported_run(std::uint64_t index, std::string started_at, std::int64_t p50_ns,
                 double messages_per_s) {
  Run run = sample_run(index, p50_ns, messages_per_s, 64);
  run.started_at = std::move(started_at);
  Histogram histogram;
  histogram.record(p50_ns / 2, 1);
  histogram.record(p50_ns, 97);
  histogram.record(p50_ns * 3, 2);
  Distribution& response_time = *run.latency->response_time;
  response_time.count = histogram.count();
  response_time.overflow = 0;
  response_time.histogram_v2 = base64(histogram.encode_v2_compressed());
  return run;
}

Comparison gated(std::string metric, Gate verdict) {
  Comparison one = sample_comparison();
  one.metric = std::move(metric);
  one.gate->verdict = verdict;
  if (one.gate->verdict != Gate::inconclusive) one.gate->reasons.clear();
  return one;
}

Report exported_report() {
  Report report = sample_frame();
  report.environment.information["host_name"] = "\"bench\"";

  Case tcp = sample_case("tcp", "rr", 64, 21'000, 46'000);
  tcp.params.arm = Maybe<OpenEnum<Arm>>::none("none");
  tcp.params.rate_per_s = Maybe<double>::none("closed_loop");
  tcp.params.arrivals = Maybe<std::string>::none("closed_loop");
  tcp.runs = {exported_run(0, "2024-05-06T07:08:09Z", 21'000, 46'000),
              exported_run(1, "2024-05-06T07:08:29Z", 20'000, 47'000.5),
              exported_run(2, "2024-05-06T07:08:49Z", 24'000, 41'000)};
  for (Run& run : tcp.runs) run.loss->loss_ratio = Maybe<double>::none(kNotApplicable);

  Case udp = sample_case("udp", "rr", 64, 18'000, 52'000);
  disturb(udp.params);
  udp.runs = {exported_run(0, "2024-05-06T07:08:19Z", 18'000, 52'000),
              exported_run(1, "2024-05-06T07:08:39Z", 90'000, 9'000)};
  udp.runs[1].valid = false;
  udp.runs[1].invalid_reasons = {"generator_saturated", "said \"no\", twice"};

  Case awkward = sample_case("unix-dgram", "rr", 64, 9'000, 99'000);
  awkward.id = "=un<ix>/\"d&g\"\\,\nMaßstab\x1b[2J%";
  awkward.runs = {exported_run(0, "not a time", 9'000, 99'000)};
  Run& run = awkward.runs[0];
  run.latency->response_time->p99_9_ns = Maybe<std::int64_t>::none(kSamples);
  run.loss->loss_ratio = 0.0;
  run.resources.responder = Maybe<EndResources>::none("remote");

  Case failed = sample_case("unix-stream", "rr", 64, 1'000, 1'000);
  Run stillborn;
  stillborn.started_at = "2024-05-06T07:09:09Z";
  stillborn.invalid_reasons = {"failed: connect unix-stream:/tmp/x: Connection refused"};
  failed.runs = {stillborn};

  report.cases = {tcp, udp, awkward, failed};
  report.comparisons = {gated("p50_ns", Gate::pass), gated("p99_ns", Gate::fail),
                        gated("goodput_messages_per_s", Gate::inconclusive),
                        gated("max_ns", Gate::pass)};
  report.comparisons[1].candidate = awkward.id;
  report.comparisons[2].candidate = report.comparisons[2].baseline;
  report.comparisons[3].gate = Maybe<GateVerdict>::none("none");
  summarise(report);
  return report;
}

Report exported_both_directions() {
  Report report = sample_frame();
  Case both = sample_case("udp", "stream", 64, 20'000, 45'000);
  both.id = "udp/stream/64B/c1/both";
  both.params.direction = "both";
  both.params.arm = Maybe<OpenEnum<Arm>>::none("none");
  both.runs = {exported_run(0, "2024-05-06T07:08:09Z", 20'000, 45'000)};
  const Run reverse = exported_run(0, "", 30'000, 35'000);
  both.runs[0].reverse = reverse_of(reverse);
  both.runs[0].reverse->loss.loss_ratio = 0.25;
  report.cases = {both};
  summarise(report);
  return report;
}
}  // namespace sockmark::report
