#include "bench/analysis/read_packets.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "bench/analysis/table.h"
#include "reports/json/json_reader.h"
#include "reports/json/load_json.h"

namespace sockmark {

namespace {

constexpr std::string_view kHeader = "event,seq,t_ns,size";
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
// Lists of short numbers: the limit of the text is the one that is meant to be met.
constexpr report::JsonLimits kJsonLimits{.nodes = 3 * PacketTrace::kMostPackets};

// --- CSV ----------------------------------------------------------------------------------------

// Takes the rows one by one. Numbers of messages are sequence numbers until all rows are there:
// what arrives may stand in front of what was sent.
class CsvTrace {
 public:
  // What is wrong with the row, if anything is.
  std::optional<std::string> take(std::string_view row) {
    const auto cells = cells_of<4>(row);
    if (!cells) return fmt::format("expected the four cells {}, found {}", kHeader, in_quotes(row));
    const auto& [event, seq_text, time_text, size_text] = *cells;
    const bool sent = event == "sent";
    const bool corrupt = event == "corrupt";
    if (!sent && !corrupt && event != "received") {
      return fmt::format("expected the event sent, received or corrupt, found {}",
                         in_quotes(event));
    }
    const auto seq = number_in<std::uint64_t>(seq_text);
    if (!seq && !(corrupt && seq_text.empty())) {
      return fmt::format("seq: expected a whole number from 0 to {}, found {}", kNoLimit,
                         in_quotes(seq_text));
    }
    const auto bytes = number_in<std::uint32_t>(size_text);
    if (!bytes && (sent || !size_text.empty())) {
      return fmt::format("size: expected a whole number from 0 to {}, found {}",
                         std::numeric_limits<std::uint32_t>::max(), in_quotes(size_text));
    }
    std::int64_t at = 0;
    if (auto problem = take_time(time_text, at)) return problem;
    if (++rows_ > PacketTrace::kMostPackets) {
      return fmt::format("more than {} packets", PacketTrace::kMostPackets);
    }
    if (sent) return take_sent(*seq, {.at = at, .bytes = *bytes});
    trace_.arrivals.push_back({.at = at, .index = seq.value_or(0), .corrupt = corrupt});
    return std::nullopt;
  }

  // Must: every row was taken.
  [[nodiscard]] PacketTrace finish() && {
    for (auto& arrival : trace_.arrivals) {
      // Below first_seq_ this wraps to what no flow is long enough to have sent.
      arrival.index -= first_seq_;
    }
    return std::move(trace_);
  }

 private:
  std::optional<std::string> take_time(std::string_view text, std::int64_t& since_first) {
    const auto at = number_in<std::int64_t>(text);
    if (!at) return fmt::format("t_ns: expected a whole number of ns, found {}", in_quotes(text));
    if (rows_ == 0) first_at_ = last_at_ = *at;
    if (*at < last_at_) {
      return fmt::format("t_ns: {} is before the {} of the row before; rows are in time order", *at,
                         last_at_);
    }
    last_at_ = *at;
    // At least 0, and in unsigned arithmetic it fits.
    const auto since = static_cast<std::uint64_t>(*at) - static_cast<std::uint64_t>(first_at_);
    if (since > std::uint64_t{PacketTrace::kLongestTrace}) {
      return fmt::format("t_ns: {} is more than 36 years after the first row", *at);
    }
    since_first = static_cast<std::int64_t>(since);
    return std::nullopt;
  }

  std::optional<std::string> take_sent(std::uint64_t seq, PacketTrace::Sent sent) {
    if (trace_.sent.empty()) first_seq_ = seq;
    const std::uint64_t expected = first_seq_ + trace_.sent.size();
    if (seq != expected || (seq < first_seq_ && !trace_.sent.empty())) {
      return fmt::format(
          "seq: expected {}, found {}: messages are sent once each and in order, "
          "with consecutive numbers",
          expected, seq);
    }
    trace_.sent.push_back(sent);
    return std::nullopt;
  }

  PacketTrace trace_;
  std::size_t rows_ = 0;
  std::int64_t first_at_ = 0, last_at_ = 0;
  std::uint64_t first_seq_ = 0;
};

Result<PacketTrace> read_csv(LineInput& input) {
  std::string_view line;
  auto any = input.next(line);
  if (!any) return std::move(any).error();
  if (!*any) {
    return input.problem(fmt::format("is empty; expected the header {}, or JSON", kHeader));
  }
  if (line != kHeader) {
    return input.problem_here(
        fmt::format("expected the header {}, found {}", kHeader, in_quotes(line)));
  }
  CsvTrace rows;
  for (;;) {
    any = input.next(line);
    if (!any) return std::move(any).error();
    if (!*any) return std::move(rows).finish();
    if (line.empty()) continue;
    if (const auto problem = rows.take(line)) return input.problem_here(*problem);
  }
}

// --- JSON ---------------------------------------------------------------------------------------

struct SentSection {
  std::uint64_t count = 0;
  Maybe<std::int64_t> t0_ns, interval_ns;  // these two,
  Maybe<std::vector<std::int64_t>> t_ns;   // or this
  Maybe<std::vector<std::uint32_t>> size;  // of each, or one of all; absent: 0
};

struct ArrivalSection {
  std::vector<std::int64_t> off, t_ns;
  Maybe<std::vector<std::uint64_t>> corrupt_index;
};

struct PacketDocument {
  Maybe<std::string> first_seq;
  Maybe<std::int64_t> tmax_ns;
  Maybe<std::uint32_t> n_max;
  Maybe<std::vector<std::uint64_t>> deltas;
  SentSection sent;
  ArrivalSection arrivals;
};

constexpr report::Range kTmax{.lowest = 1, .highest = PacketTrace::kLongestTrace};
constexpr report::Range kNMax{.lowest = 1, .highest = PacketTrace::kMostN};

void fields(auto& visit, report::Of<SentSection> auto& sent) {
  visit("count", sent.count, {.highest = PacketTrace::kMostPackets});
  visit("t0_ns", sent.t0_ns);
  visit("interval_ns", sent.interval_ns, {.lowest = 0, .highest = PacketTrace::kLongestTrace});
  visit("t_ns", sent.t_ns);
  visit("size", sent.size);
}

void fields(auto& visit, report::Of<ArrivalSection> auto& arrivals) {
  visit("off", arrivals.off);
  visit("t_ns", arrivals.t_ns);
  visit("corrupt_index", arrivals.corrupt_index);
}

void fields(auto& visit, report::Of<PacketDocument> auto& document) {
  visit("first_seq", document.first_seq);
  visit("tmax_ns", document.tmax_ns, kTmax);
  visit("n_max", document.n_max, kNMax);
  visit("deltas", document.deltas);
  visit("sent", document.sent);
  visit("arrivals", document.arrivals);
}

// Instants, none before the one in front of it, as nanoseconds since `base`.
class Instants {
 public:
  Instants(std::string_view place, std::int64_t base) : place_(place), base_(base) {}

  Result<std::int64_t> take(std::int64_t at) {
    __extension__ using Wide = __int128;
    const Wide since = Wide{at} - base_;
    if (since > PacketTrace::kLongestTrace || since < -PacketTrace::kLongestTrace) {
      return Error{
          fmt::format("{}[{}]: {} is more than 36 years from {}", place_, taken_, at, base_)};
    }
    if (taken_ > 0 && at < last_) {
      return Error{
          fmt::format("{}[{}]: {} is before the {} in front of it", place_, taken_, at, last_)};
    }
    ++taken_;
    last_ = at;
    return static_cast<std::int64_t>(since);
  }

 private:
  std::string_view place_;
  std::int64_t base_;
  std::int64_t last_ = 0;
  std::size_t taken_ = 0;
};

Result<> lengths_agree(std::string_view place, std::size_t length, std::string_view other,
                       std::uint64_t wanted) {
  if (length == wanted) return {};
  return Error{fmt::format("{} has {} values, {} says {}", place, length, other, wanted)};
}

Result<std::int64_t> instant_of_sent(const SentSection& sent, std::size_t k) {
  if (sent.t_ns) return (*sent.t_ns)[k];
  __extension__ using Wide = __int128;
  const Wide at = Wide{*sent.t0_ns} + Wide{*sent.interval_ns} * static_cast<std::int64_t>(k);
  if (at > std::numeric_limits<std::int64_t>::max()) {
    return Error{fmt::format("sent.interval_ns: message {} would be sent after 2^63 ns", k)};
  }
  return static_cast<std::int64_t>(at);
}

Result<> check_sent(const PacketDocument& document, bool one_size) {
  const SentSection& sent = document.sent;
  if (document.first_seq) {
    const auto first = number_in<std::uint64_t>(*document.first_seq);
    if (!first || *first > kNoLimit - sent.count) {
      return Error{
          fmt::format("first_seq: expected a whole number with room for {} more up to {}, "
                      "found {}",
                      sent.count, kNoLimit, in_quotes(*document.first_seq))};
    }
  }
  if (sent.t_ns) {
    if (auto agree = lengths_agree("sent.t_ns", sent.t_ns->size(), "sent.count", sent.count);
        !agree)
      return agree;
  } else if (!(sent.t0_ns && sent.interval_ns) && sent.count > 0) {
    return Error{"sent: expected t_ns, or t0_ns and interval_ns"};
  }
  if (!sent.size || one_size) return {};
  return lengths_agree("sent.size", sent.size->size(), "sent.count", sent.count);
}

Result<PacketTrace> trace_of(const PacketDocument& document, bool one_size) {
  TRY(check_sent(document, one_size));
  const auto& [sent, arrivals] = std::tie(document.sent, document.arrivals);
  TRY(lengths_agree("arrivals.t_ns", arrivals.t_ns.size(), "the length of arrivals.off",
                    arrivals.off.size()));

  PacketTrace trace;
  if (document.tmax_ns) trace.tmax = Nanoseconds(*document.tmax_ns);
  if (document.n_max) trace.n_max = *document.n_max;
  if (document.deltas) trace.deltas = *document.deltas;
  std::int64_t base = arrivals.t_ns.empty() ? 0 : arrivals.t_ns[0];
  if (sent.count > 0) base = sent.t_ns ? (*sent.t_ns)[0] : *sent.t0_ns;

  Instants sent_at("sent.t_ns", base);
  trace.sent.reserve(sent.count);
  for (std::size_t k = 0; k < sent.count; ++k) {
    const auto at = TRY(instant_of_sent(sent, k));
    const auto since = TRY(sent_at.take(at));
    const std::uint32_t bytes = sent.size ? (*sent.size)[one_size ? 0 : k] : 0;
    trace.sent.push_back({.at = since, .bytes = bytes});
  }
  Instants arrived_at("arrivals.t_ns", base);
  trace.arrivals.reserve(arrivals.off.size());
  for (std::size_t i = 0; i < arrivals.off.size(); ++i) {
    const auto since = TRY(arrived_at.take(arrivals.t_ns[i]));
    // A negative number wraps to what no flow is long enough to have sent.
    trace.arrivals.push_back({.at = since, .index = static_cast<std::uint64_t>(arrivals.off[i])});
  }
  if (!arrivals.corrupt_index) return trace;
  for (const std::uint64_t position : *arrivals.corrupt_index) {
    if (position >= trace.arrivals.size()) {
      return Error{fmt::format("arrivals.corrupt_index: there is no arrival {}, only {}", position,
                               trace.arrivals.size())};
    }
    trace.arrivals[position].corrupt = true;
  }
  return trace;
}

Result<PacketTrace> read_json(LineInput& input) {
  auto text = TRY(input.rest(kJsonLimits.bytes));
  auto json = TRY(report::parse_json(text, kJsonLimits, input.name()));
  text.clear();
  text.shrink_to_fit();
  // `size` may be one number for all messages.
  const bool one_size = json.make_list({"sent", "size"});
  report::JsonReading reading;
  auto document = report::read_document<PacketDocument>(json.root(), reading);
  if (!document) return input.problem(document.error().message);
  auto trace = trace_of(*document, one_size);
  if (!trace) return input.problem(trace.error().message);
  return trace;
}

}  // namespace

Result<PacketTrace> read_packets(LineInput& input, const PacketOptions& options) {
  const auto json = TRY(input.begins_like_json());
  auto trace = json ? read_json(input) : read_csv(input);
  if (!trace) return trace;
  if (options.tmax) trace->tmax = *options.tmax;
  if (options.n_max) trace->n_max = *options.n_max;
  if (options.deltas) trace->deltas = *options.deltas;
  if (trace->deltas.size() > PacketTrace::kMostDeltas) {
    return input.problem(fmt::format("more than {} deltas", PacketTrace::kMostDeltas));
  }
  return trace;
}

}  // namespace sockmark
