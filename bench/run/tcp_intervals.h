// What TCP knew at the edges of the intervals of a run in progress, as its ends send it.
//
// One thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/maybe.h"
#include "bench/load/tcp_course.h"
#include "bench/plan/plan.h"
#include "bench/worker/control_messages.h"
#include "reports/model/report.h"

namespace sockmark {

class TcpIntervals {
 public:
  // Whether the ends are asked for it.
  [[nodiscard]] static bool wanted(const CaseSpec& spec) {
    return spec.is_tcp() && TcpCourse::samples(spec);
  }

  // Must: wanted(spec) and generators > 0. `responder`: whether there is one that says anything.
  TcpIntervals(const CaseSpec& spec, std::size_t generators, bool responder);

  // From a generator, or from the responder. What contradicts itself is left out.
  void add_generator(std::size_t number, const IntervalsMessage& message);
  void add_responder(const IntervalsMessage& message);

  // How many intervals are known of all ends.
  [[nodiscard]] std::size_t known() const;
  // The figures of one, as describe_tcp_course() would have them. Must: interval < known().
  [[nodiscard]] report::TcpFigures figures(std::size_t interval, std::uint64_t messages) const;

 private:
  using Edges = std::vector<TcpTotals>;  // of an end
  void add(const IntervalsMessage& message, Edges& edges) const;

  std::size_t edges_max_ = 0;
  std::vector<Edges> generators_, responders_;
};

}  // namespace sockmark
