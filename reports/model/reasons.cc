#include "reports/model/reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

#include "base/printable.h"
#include "measure/clock_judgement.h"
#include "reports/model/report.h"
#include "reports/model/reverse_stream.h"
#include "reports/model/summary.h"

namespace sockmark::report {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The sentence without its quantities: "late by 9 ms" as "late by #". A number without a
// unit ("signal 9") is kept.
std::string without_quantities(std::string_view sentence) {
  constexpr std::string_view kTimes[] = {"ns ", "us ", "µs ", "ms ", "s "};
  std::string result;
  while (!sentence.empty()) {
    const auto length = std::min(sentence.find_first_not_of("0123456789."), sentence.size());
    const auto after = sentence.substr(length);
    const bool quantity = is_digit(sentence.front()) && after.size() > 1 && after[0] == ' ' &&
                          (std::isalpha(static_cast<unsigned char>(after[1])) != 0 ||
                           after[1] == '%' || after.substr(1).starts_with("µs"));
    if (quantity && (result.empty() || result.back() == ' ')) {
      result += '#';
      sentence = after;
      const std::string unit =
          std::string(after.substr(1, after.find_first_of(" ,;)", 1) - 1)) + ' ';
      if (std::ranges::find(kTimes, unit) != std::end(kTimes)) sentence.remove_prefix(unit.size());
      continue;
    }
    result += sentence.front();
    sentence.remove_prefix(1);
  }
  return result;
}

}  // namespace

std::vector<AlikeReasons> alike_reasons(std::span<const std::string> reasons) {
  std::vector<AlikeReasons> groups;
  std::map<std::string, std::size_t> at;
  for (const std::string& reason : reasons) {
    const auto [found, is_new] = at.emplace(without_quantities(reason), groups.size());
    if (is_new) groups.push_back({.first = reason});
    ++groups[found->second].count;
    groups[found->second].spellings.insert(reason);
  }
  std::ranges::stable_sort(groups, std::ranges::greater(), &AlikeReasons::count);
  return groups;
}

std::string unsteady_in_words(std::string_view reason) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"trend", "trend (the p50 rose or fell)"},
      {"backlog", "backlog (a queue grew)"},
      {"warmup", "warmup (it was too short)"},
      {"stall", "stall (nothing arrived for a part of it)"},
  };
  const auto* found = std::ranges::find(kWords, reason, [](const auto& w) { return w.first; });
  return found == std::end(kWords) ? printable(reason, 70) : std::string(found->second);
}

std::string in_words(const AlikeReasons& alike) {
  const std::size_t others = alike.spellings.size() - 1;
  if (others == 0) return alike.first;
  return fmt::format("{} (and {} similar reason{} with other values)", alike.first, others,
                     others == 1 ? "" : "s");
}

std::string reason_in_words(std::string_view reason) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {kNotApplicable, "not applicable to this transport"},
      {kSamples, "too few samples for this percentile"},
      {kNothingSent, "no message of the window was sent"},
      {kNothingReceived, "no message of the window was received"},
      {kNotFinite, "not a finite number"},
      {kNotRecorded, "not in this report"},
      {kNoValidRun, "no valid run"},
      {"not_measured", "not measured"},
      {kOverflow, "longer than the histogram can hold"},
      {kLoss, "the percentile is that of a lost message, which has no latency"},
      {kTooFewBlocks, "too few blocks of runs"},
      {kTooFewRuns, "too few runs"},
      {kTooManyBlocks, "too many runs for the exact test"},
      {kNoRun, "all runs are excluded"},
      {kNotPositive, "a value is not above 0, so no ratio is defined"},
      {kOutOfRange, "too large or too small to compute with"},
      {kNoSpread, "no variation between runs"},
      {kNothingVaries, "no two cases differ only in their transport"},
      {kTooMuchToCompare, "too many runs to compare here; use sockmark compare"},
      {kNoResponder, "the server is not sockmark"},
      {kNoRequest, "no request file"},
      {"stream_broken", "the server changed the byte stream"},
      {kOneClock, "both ends read one clock"},
      {"clock_not_shared", "the two ends read different clocks"},
      {kClockExchanges,
       "too few time exchanges between the ends (UDP beside the data, which a firewall may drop)"},
      {kClockNotStraight, "a clock was stepped, slewed or suspended during the run"},
      {kClockContradicted, "a message arrived before it was sent, by the clocks of the ends"},
      {"clock_drift", "the clocks drifted apart by more than the delay"},
      {"closed_loop", "a closed loop has no schedule"},
      {"open_loop", "an open loop is as fast as its schedule"},
      {"no_system_calls", "no system call is made"},
      {kOneSize, "all messages have one size"},
      {kSizeMix, "messages have several sizes"},
      {kEcho, "the answer is the request itself"},
      {"connections", "more than one connection"},
      {"depth", "more than one message outstanding"},
      {"connect", "connections are opened and closed"},
      {"impaired", "the path is impaired"},
      {"segmentation_offload", "the kernel splits the messages"},
      {kNotRequested, "not requested"},
      {kWithForward, "of both streams together, with the other one"},
      {"one_connection", "one connection"},
      {"short_connections", "a connection is open for one operation only"},
      {"too_many_connections", "too many connections to look at during the run"},
      {"application_limited", "the application had nothing more to send"},
      {"several_generators", "several generators"},
      {"batch", "the messages of a system call are limited"},
      {"quickack", "each receive also sets TCP_QUICKACK"},
      {"server_aid", "the responder pauses or works"},
  };
  const auto* found = std::ranges::find(kWords, reason, [](const auto& w) { return w.first; });
  return found == std::end(kWords) ? printable(reason, 60) : std::string(found->second);
}

}  // namespace sockmark::report
