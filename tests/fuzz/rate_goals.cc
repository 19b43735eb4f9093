// The goals of --find-rate (bench/search/rate_search.h).

#include "bench/search/rate_search.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  auto goals = parse_goals(Input(data, size).text());
  if (!goals) {
    require(!goals.error().message.empty(), "an error has a message");
    return 0;
  }
  require(!goals->empty(), "a text names a goal");
  for (const auto& goal : *goals) {
    require(goal.loss_ratio >= 0 && goal.loss_ratio < 1, "a loss ratio is one that can be missed");
    require(!goal.latency || goal.latency->at_most > Nanoseconds(0),
            "a latency is one that can be reached");
    auto again = parse_goals(goal.text());
    require(again && again->size() == 1 && again->front().name() == goal.name() &&
                again->front().loss_ratio == goal.loss_ratio &&
                again->front().messages_needed() == goal.messages_needed(),
            "the text of a goal is that goal");
  }
  return 0;
}
