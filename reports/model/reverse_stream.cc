#include "reports/model/reverse_stream.h"

#include <algorithm>

namespace sockmark::report {
namespace {

Run reverse_run(const Run& run) {
  const auto section = [&run]<class Section>(Section ReverseStream::*member) {
    return run.reverse ? Maybe<Section>((*run.reverse).*member)
                       : Maybe<Section>::none(run.reverse.reason());
  };
  Run reverse{.index = run.index,
              .started_at = run.started_at,
              .valid = run.valid,
              .invalid_reasons = run.invalid_reasons,
              .interference_reasons = run.interference_reasons,
              .steady = run.steady,
              .unsteady_reasons = run.unsteady_reasons,
              .window = run.window,
              .load = section(&ReverseStream::load),
              .generator = section(&ReverseStream::generator),
              .throughput = section(&ReverseStream::throughput),
              .latency = section(&ReverseStream::latency),
              .loss = section(&ReverseStream::loss),
              .duplication = section(&ReverseStream::duplication),
              .reordering = section(&ReverseStream::reordering),
              .delay_variation = {},
              .integrity = section(&ReverseStream::integrity),
              .resources = {.generator = Maybe<EndResources>::none(kWithForward),
                            .responder = Maybe<EndResources>::none(kWithForward)},
              .series = {}};
  if (!run.reverse) return reverse;
  reverse.delay_variation = run.reverse->delay_variation;
  reverse.impairment = run.reverse->impairment;
  return reverse;
}

}  // namespace

bool has_both_streams(const Case& one) {
  return std::ranges::any_of(one.runs,
                             [](const Run& run) { return static_cast<bool>(run.reverse); });
}

Case reverse_stream_of(const Case& one) {
  Case reverse;
  reverse.id = one.id;
  reverse.params = one.params;
  reverse.overhead = Maybe<Overhead>::none(kWithForward);
  for (const Run& run : one.runs) reverse.runs.push_back(reverse_run(run));
  return reverse;
}

}  // namespace sockmark::report
