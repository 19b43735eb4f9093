#include "reports/reasons.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "reports/printable.h"
#include "reports/report.h"
#include "reports/summary.h"

namespace sockmark::report {

std::string reason_in_words(std::string_view reason) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {kNotApplicable, "not applicable: ruled out by what the transport promises"},
      {kSamples, "too few samples for this percentile"},
      {kNothingSent, "nothing was sent"},
      {kNothingReceived, "nothing was received"},
      {kNotFinite, "not a finite number"},
      {kNotRecorded, "not in this report"},
      {kNoValidRun, "no valid run"},
      {"not_measured", "not measured"},
      {kOverflow, "longer than the histogram can hold"},
      {kLoss, "a lost message"},
      {kTooFewBlocks, "too few blocks of runs"},
      {kTooManyBlocks, "more runs than the exact test takes"},
      {kNoRun, "no run is left"},
      {kNotPositive, "not above 0, so that there is no ratio"},
      {kOutOfRange, "too large or too small to compute with"},
      {kNoSpread, "every block alike"},
  };
  const auto* found = std::ranges::find(kWords, reason, [](const auto& w) { return w.first; });
  return found == std::end(kWords) ? printable(reason, 60) : std::string(found->second);
}

}  // namespace sockmark::report
