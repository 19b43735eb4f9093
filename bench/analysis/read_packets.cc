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
// Lists of short numbers: the limit on the length of the text is reached first.
constexpr report::JsonLimits kJsonLimits{.nodes = 3 * PacketTrace::kMaxPackets};

// --- CSV ----------------------------------------------------------------------------------------

// Recognises two flows in one list of sequence numbers: two series, each consecutive, far apart,
// that alternate. A restart, a wrap or a burst of reordering alternates once.
class TwoFlows {
 public:
  void take(std::uint64_t seq) {
    if (flows_.empty() || (flows_.size() == 1 && distance(seq, flows_[0].next) >= kApart)) {
      flows_.push_back({.first = seq, .next = seq + 1});
      current_ = flows_.size() - 1;
      return;
    }
    const bool second =
        flows_.size() == 2 && distance(seq, flows_[1].next) < distance(seq, flows_[0].next);
    Flow& flow = flows_[second ? 1 : 0];
    if (current_ != (second ? 1U : 0U)) ++alternations_;
    current_ = second ? 1 : 0;
    if (seq == flow.next) ++flow.consecutive;
    flow.next = seq + 1;
  }
  [[nodiscard]] std::optional<std::string> problem() const {
    if (flows_.size() < 2 || alternations_ < kEnough || flows_[0].consecutive < kEnough ||
        flows_[1].consecutive < kEnough) {
      return std::nullopt;
    }
    return fmt::format(
        "two flows: numbers {} to {} and {} to {} alternate; put each flow into a file of its own",
        flows_[0].first, flows_[0].next - 1, flows_[1].first, flows_[1].next - 1);
  }

 private:
  static constexpr std::uint64_t kApart = 500, kEnough = 3;
  struct Flow {
    std::uint64_t first = 0, next = 0, consecutive = 0;
  };
  static std::uint64_t distance(std::uint64_t a, std::uint64_t b) {
    return std::min(a - b, b - a);  // also over the end of the numbers
  }

  std::vector<Flow> flows_;  // at most two
  std::size_t current_ = 0;
  std::uint64_t alternations_ = 0;
};

// Sequence numbers of a field narrower than 64 bits begin again at 0.
constexpr std::uint64_t kWrap16 = std::uint64_t{1} << 16, kWrap32 = std::uint64_t{1} << 32;

// Reads the rows one by one. Arrivals hold sequence numbers until all rows are read, as they may
// precede the first sent message.
class CsvTrace {
 public:
  explicit CsvTrace(const LineInput& input) : input_(input) {}

  // The problem of the row, if any.
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
    if (++rows_ > PacketTrace::kMaxPackets) {
      return fmt::format("more than {} packets", PacketTrace::kMaxPackets);
    }
    if (sent) {
      take_sent(*seq, {.at = at, .bytes = *bytes});
    } else {
      trace_.arrivals.push_back(
          {.at = at, .index = seq.value_or(0), .bytes = bytes.value_or(0), .corrupt = corrupt});
    }
    return std::nullopt;
  }

  // Must: every row was taken.
  [[nodiscard]] Result<PacketTrace> finish() && {
    if (not_consecutive_) {
      const auto flows = flows_.problem();
      return flows ? input_.problem(*flows) : std::move(*not_consecutive_);
    }
    if (rows_ == 0) return input_.problem("no rows below the header");
    // Whether all messages were lost or the receiver's rows are missing is not known.
    if (trace_.arrivals.empty()) {
      return input_.problem(fmt::format(
          "{} sent and no received rows; add the receiver's rows to those of the sender",
          trace_.sent.size()));
    }
    trace_.receiver_only = trace_.sent.empty() && std::ranges::any_of(trace_.arrivals, kIntact);
    if (trace_.receiver_only) {
      TRY(number_arrivals_alone());
    } else {
      trace_.expected = trace_.sent.size();
      number_arrivals();
    }
    return std::move(trace_);
  }

 private:
  std::optional<std::string> take_time(std::string_view text, std::int64_t& since_first) {
    const auto at = number_in<std::int64_t>(text);
    if (!at) return fmt::format("t_ns: expected a whole number of ns, found {}", in_quotes(text));
    if (rows_ == 0) first_at_ = *at;
    __extension__ using Wide = __int128;
    const Wide since = Wide{*at} - first_at_;
    if (since > PacketTrace::kMaxTrace || since < -PacketTrace::kMaxTrace) {
      return fmt::format("t_ns: {} is more than 36 years from the first row", *at);
    }
    since_first = static_cast<std::int64_t>(since);
    return std::nullopt;
  }

  void take_sent(std::uint64_t seq, PacketTrace::Sent sent) {
    flows_.take(seq);
    if (not_consecutive_) return;  // the rest is read to know whether there are two flows
    if (trace_.sent.empty()) trace_.first_seq = next_ = seq;
    if (seq == 0 && next_ != 0 && (next_ == wrap_ || (wrap_ == 0 && wraps_at(next_)))) {
      wrap_ = next_;
      next_ = 0;
    }
    if (seq != next_) {
      not_consecutive_ = input_.problem_here(
          fmt::format("seq: expected {}, found {}: the messages of one flow are sent once each and "
                      "in order, with consecutive numbers",
                      next_, seq));
      return;
    }
    ++next_;  // 64 bits wrap by themselves
    trace_.sent.push_back(sent);
  }

  static bool wraps_at(std::uint64_t number) { return number == kWrap16 || number == kWrap32; }
  static constexpr auto kIntact = [](const PacketTrace::Arrival& arrival) {
    return !arrival.corrupt;
  };

  void number_arrivals() {
    std::uint64_t highest = 0;
    for (auto& arrival : trace_.arrivals) {
      // Below first_seq this wraps to an index that no flow reaches.
      const std::uint64_t number = arrival.index;
      arrival.index -= trace_.first_seq;
      if (wrap_ == 0 || arrival.corrupt || number >= wrap_) continue;
      // Of the indices with this number, the one nearest to the highest so far.
      arrival.index &= wrap_ - 1;
      if (highest > arrival.index + wrap_ / 2)
        arrival.index += (highest - arrival.index + wrap_ / 2) / wrap_ * wrap_;
      if (arrival.index < trace_.sent.size()) highest = std::max(highest, arrival.index);
    }
  }

  // The flow is what lies between the lowest and the highest number. Numbers are compared as RFC
  // 1982 compares serial numbers, of the narrowest field that holds them all.
  Result<> number_arrivals_alone() {
    std::uint64_t largest = 0;
    TwoFlows flows;
    for (const auto& arrival : trace_.arrivals) {
      if (arrival.corrupt) continue;
      largest = std::max(largest, arrival.index);
      flows.take(arrival.index);
    }
    if (const auto problem = flows.problem()) return input_.problem(*problem);
    const std::uint64_t wrap = largest < kWrap16 ? kWrap16 : largest < kWrap32 ? kWrap32 : 0;

    const auto first = std::ranges::find_if(trace_.arrivals, kIntact)->index;
    std::uint64_t highest_number = first;
    __extension__ using Wide = __int128;
    Wide lowest = 0, highest = 0;  // since the first arrival
    std::vector<Wide> offsets;
    offsets.reserve(trace_.arrivals.size());
    for (const auto& arrival : trace_.arrivals) {
      if (arrival.corrupt) {
        offsets.push_back(0);
        continue;
      }
      Wide ahead = static_cast<std::int64_t>(arrival.index - highest_number);
      if (wrap != 0 && ahead > static_cast<Wide>(wrap / 2)) ahead -= wrap;
      if (wrap != 0 && ahead < -static_cast<Wide>(wrap / 2)) ahead += wrap;
      offsets.push_back(highest + ahead);
      lowest = std::min(lowest, offsets.back());
      if (ahead <= 0) continue;
      highest += ahead;
      highest_number = arrival.index;
    }
    if (highest - lowest >= static_cast<Wide>(PacketTrace::kMaxPackets)) {
      return input_.problem(
          fmt::format("{} arrivals and nothing sent: their numbers span more than {}, so they are "
                      "not one flow of consecutive numbers",
                      offsets.size(), PacketTrace::kMaxPackets));
    }
    trace_.expected = static_cast<std::uint64_t>(highest - lowest) + 1;
    trace_.first_seq = first + static_cast<std::uint64_t>(lowest);
    for (std::size_t i = 0; i < offsets.size(); ++i)
      trace_.arrivals[i].index = static_cast<std::uint64_t>(offsets[i] - lowest);
    return {};
  }

  const LineInput& input_;
  PacketTrace trace_;
  std::size_t rows_ = 0;
  std::int64_t first_at_ = 0;
  std::uint64_t next_ = 0, wrap_ = 0;  // the next number to be sent; 0, or where numbers wrap
  TwoFlows flows_;                     // of the sent numbers
  std::optional<Error> not_consecutive_;
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
  CsvTrace rows(input);
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

constexpr report::Range kTmax{.lowest = 1, .highest = PacketTrace::kMaxTrace};
constexpr report::Range kNMax{.lowest = 1, .highest = PacketTrace::kMaxN};

void fields(auto& visit, report::Of<SentSection> auto& sent) {
  visit("count", sent.count, {.highest = PacketTrace::kMaxPackets});
  visit("t0_ns", sent.t0_ns);
  visit("interval_ns", sent.interval_ns, {.lowest = 0, .highest = PacketTrace::kMaxTrace});
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

// Instants in order, as nanoseconds since `base`.
class Instants {
 public:
  Instants(std::string_view place, std::int64_t base) : place_(place), base_(base) {}

  Result<std::int64_t> take(std::int64_t at) {
    __extension__ using Wide = __int128;
    const Wide since = Wide{at} - base_;
    if (since > PacketTrace::kMaxTrace || since < -PacketTrace::kMaxTrace) {
      return Error{
          fmt::format("{}[{}]: {} is more than 36 years from {}", place_, taken_, at, base_)};
    }
    if (taken_ > 0 && at < last_) {
      return Error{fmt::format("{}[{}]: {} is before the previous {}", place_, taken_, at, last_)};
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
  return Error{fmt::format("{} has {} values, but {} is {}", place, length, other, wanted)};
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
  if (document.first_seq) trace.first_seq = *number_in<std::uint64_t>(*document.first_seq);
  trace.expected = sent.count;
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
    // A negative number wraps to an index that no flow reaches.
    trace.arrivals.push_back({.at = since, .index = static_cast<std::uint64_t>(arrivals.off[i])});
  }
  if (!arrivals.corrupt_index) return trace;
  for (const std::uint64_t position : *arrivals.corrupt_index) {
    if (position >= trace.arrivals.size()) {
      return Error{fmt::format("arrivals.corrupt_index: no arrival {}; there are {}", position,
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
  trace->align_clocks = options.align_clocks;
  if (trace->deltas.size() > PacketTrace::kMaxDeltas) {
    return input.problem(fmt::format("more than {} deltas", PacketTrace::kMaxDeltas));
  }
  return trace;
}

}  // namespace sockmark
