#include "bench/load/connection_figures.h"

#include "base/maybe.h"

namespace sockmark {

report::ConnectionFigures describe_connection(const CaseSpec& spec, const Recorder& recorder,
                                              std::uint64_t connection, std::uint64_t messages,
                                              const ConnectionRecord* record) {
  report::ConnectionFigures figures{.number = connection, .messages = messages};
  if (record != nullptr) {
    const Histogram& time = record->response_time;
    const char* absent = time.overflow() > 0 ? report::kOverflow : report::kSamples;
    figures.bytes = record->bytes;
    figures.p50_ns = maybe(time.percentile(kP50), absent);
    figures.p99_ns = maybe(time.percentile(kP99), absent);
  }
  if (!recorder.tcp) {
    figures.retransmits = Maybe<std::uint64_t>::none(report::kNotApplicable);
  } else if (spec.workload == Workload::connect) {
    figures.retransmits = Maybe<std::uint64_t>::none(kShortConnections);
  } else {
    figures.retransmits = recorder.tcp->retransmits_of(connection);
  }
  return figures;
}

}  // namespace sockmark
