#include "reports/chart_data/subjects.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "reports/chart_data/palette.h"
#include "reports/format/text_limits.h"
#include "reports/format/unique_names.h"
#include "reports/format/units.h"
#include "reports/model/params_text.h"
#include "reports/model/reverse_stream.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kChartNameColumns = 80;  // of a name in a chart or in a row
constexpr std::size_t kPartColumns = 40;       // of a part of one
constexpr std::size_t kFileColumns = 60;       // of a file's name, without what makes it unique

// --- words --------------------------------------------------------------------------------------

std::string transport_text(const Params& params) {
  return printable(name_of(params), kPartColumns);
}

// A parameter that a chart may vary, in the order of a group's name. The text is empty if a case
// does not have the parameter.
struct Aspect {
  std::string (*text)(const Params&);
  // Named only if it differs between cases of one rate: a closed loop has no arrival process and
  // waits differently from an open loop.
  bool follows_rate;
  // The value without faults, pauses or offload; another value is always part of the name.
  std::string_view ordinary = {};
};
constexpr bool kFollowsRate = true, kOfItsOwn = false;
constexpr const char *kForward = "forward", *kReverse = "reverse", *kEchoes = "echoes",
                     *kNoOffload = "no offload", *kUnimpaired = "unimpaired",
                     *kNoPause = "no pause", *kNoWork = "no work", *kNoThink = "no think time",
                     *kNoRamp = "no ramp", *kOurs = "sockmark responds";
// The value of one of kCaseOptions, with its name.
template <std::size_t Index>
std::string case_option(const Params& params) {
  return fmt::format("{} {}", kCaseOptions[Index], option_text(params, kCaseOptions[Index]));
}
// What case_option() returns if nothing was requested.
constexpr std::array<std::string_view, kCaseOptions.size()> kNothingRequested = {
    "nodelay on",  "congestion default", "sndbuf default", "rcvbuf default", "quickack default",
    "mss default", "busy-poll default",  "dscp default",   "batch max",      "background none"};
template <std::size_t Index>
constexpr Aspect kCaseOption = {case_option<Index>, kOfItsOwn, kNothingRequested[Index]};

constexpr Aspect kAspects[] = {
    {[](const Params& p) { return printable(p.workload, kPartColumns); }, kOfItsOwn},
    {sizes_text, kOfItsOwn},
    {pace_text, kOfItsOwn},
    {[](const Params& p) {
       const auto response = response_text(p);
       return response ? "answers of " + *response : std::string(kEchoes);
     },
     kOfItsOwn, kEchoes},
    {[](const Params& p) {
       return p.arrivals ? printable(*p.arrivals, kPartColumns) + " arrivals" : "";
     },
     kFollowsRate},
    {[](const Params& p) { return p.direction ? printable(*p.direction, kPartColumns) : kForward; },
     kOfItsOwn, kForward},
    {[](const Params& p) { return counted(p.connections, "connection"); }, kOfItsOwn},
    {[](const Params& p) { return p.depth ? fmt::format("{} outstanding", *p.depth) : ""; },
     kFollowsRate},
    {[](const Params& p) { return counted(p.threads, "thread"); }, kOfItsOwn},
    {[](const Params& p) { return counted(p.generators ? *p.generators : 1, "generator"); },
     kOfItsOwn},
    {[](const Params& p) { return "wait " + printable(p.wait, kPartColumns); }, kFollowsRate},
    kCaseOption<0>,
    kCaseOption<1>,
    kCaseOption<2>,
    kCaseOption<3>,
    kCaseOption<4>,
    kCaseOption<5>,
    kCaseOption<6>,
    kCaseOption<7>,
    kCaseOption<8>,
    {load_text, kOfItsOwn, "idle"},
    {[](const Params& p) { return offload_text(p).value_or(kNoOffload); }, kOfItsOwn, kNoOffload},
    {[](const Params& p) { return faults_text(p).value_or(kUnimpaired); }, kOfItsOwn, kUnimpaired},
    {[](const Params& p) { return pause_text(p).value_or(kNoPause); }, kOfItsOwn, kNoPause},
    {[](const Params& p) { return work_text(p).value_or(kNoWork); }, kOfItsOwn, kNoWork},
    {[](const Params& p) {
       return p.think_ns ? time_text(*p.think_ns) + " of think time" : std::string(kNoThink);
     },
     kOfItsOwn, kNoThink},
    {[](const Params& p) {
       return p.ramp_per_s ? fmt::format("ramp {}/s", *p.ramp_per_s) : std::string(kNoRamp);
     },
     kOfItsOwn, kNoRamp},
    {[](const Params& p) { return foreign_text(p).value_or(kOurs); }, kOfItsOwn, kOurs},
    {[](const Params& p) {
       return p.pin.empty()
                  ? "not pinned"
                  : printable(fmt::format("pinned to {}", fmt::join(p.pin, ",")), kPartColumns);
     },
     kOfItsOwn},
    {[](const Params& p) {
       return p.messages ? fmt::format("{} messages", *p.messages)
                         : "for " + time_text(p.duration_ns);
     },
     kOfItsOwn},
    {[](const Params& p) { return "warm-up " + time_text(p.warmup_ns); }, kOfItsOwn},
    {[](const Params& p) { return "tmax " + time_text(p.tmax_ns); }, kOfItsOwn},
};
constexpr std::size_t kAspectCount = std::size(kAspects);
constexpr std::size_t kWorkload = 0, kSize = 1, kRate = 2;
constexpr std::array<std::size_t, kBufferOptions.size()> kBuffers = {13, 14};
static_assert(kAspects[kBuffers[0]].ordinary == "sndbuf default" &&
              kAspects[kBuffers[1]].ordinary == "rcvbuf default");
using Texts = std::array<std::string, kAspectCount>;

// The kind of latency of a case (docs/definitions/latency.md); empty if it is unknown.
std::string latency_text(const Case& one) {
  for (const Run& run : one.runs) {
    if (!run.latency) continue;
    const bool open = one.params.rate_per_s.operator bool();
    // Not whether there is a response time: a message of a stream has one too, until its arrival.
    if (run.latency->delay_kind == DelayKind::one_way)
      return open ? "one-way delay from when a message was due"
                  : "one-way delay under saturation, mostly time in queues";
    const char* what =
        one.params.workload == "connect" ? "connecting and one round trip" : "round trip";
    return what + std::string(open ? " from when a message was due"
                                   : " in a closed loop, which omits the messages that a stall "
                                     "kept from being sent");
  }
  return "";
}

// --- what varies --------------------------------------------------------------------------------

// A case or a search, in words.
struct Item {
  const Params* params = nullptr;
  std::string transport, side;
  std::string_view stream;  // of a case in which both ends send: kForward or kReverse
  Texts texts;
};

Item item_of(const Params& params, const char* side, std::string_view stream = {}) {
  Item item{.params = &params,
            .transport = transport_text(params),
            .side = "",
            .stream = stream,
            .texts = {}};
  if (params.arm) item.side = printable(params.arm->name(), kPartColumns);
  if (side != nullptr) item.side += item.side.empty() ? side : fmt::format(", {}", side);
  std::ranges::transform(kAspects, item.texts.begin(),
                         [&](const Aspect& aspect) { return aspect.text(params); });
  return item;
}

std::vector<std::string> distinct(std::span<const Item> items, std::string Item::*member) {
  std::vector<std::string> values;
  std::set<std::string_view> known;
  for (const Item& item : items) {
    if (known.insert(item.*member).second) values.push_back(item.*member);
  }
  return values;
}

// Which aspects differ between items of one workload.
std::array<bool, kAspectCount> varying(std::span<const Item> items) {
  std::array<bool, kAspectCount> varies{};
  std::map<std::string, const Item*> first;
  for (const Item& item : items) {
    const std::string& workload = item.texts[kWorkload];
    const std::string with_rate = workload + '\n' + item.texts[kRate];  // no text has that
    const Item* of_workload = first.emplace(workload, &item).first->second;
    const Item* of_rate = first.emplace(with_rate, &item).first->second;
    for (std::size_t a = kSize; a < kAspectCount; ++a) {
      const Item* peer = kAspects[a].follows_rate ? of_rate : of_workload;
      if (item.texts[a] != peer->texts[a]) varies[a] = true;
    }
  }
  return varies;
}

// The aspects in the name of a group.
std::array<bool, kAspectCount> named(std::span<const Item> items,
                                     std::array<bool, kAspectCount> varies) {
  for (std::size_t a = kSize; a < kAspectCount; ++a) {
    if (kAspects[a].ordinary.empty()) continue;
    varies[a] |= std::ranges::any_of(
        items, [a](const Item& item) { return item.texts[a] != kAspects[a].ordinary; });
  }
  return varies;
}

// The aspect that the series of a chart are, if every case has the same transport.
std::optional<std::size_t> aspect_of_series(const std::array<bool, kAspectCount>& varies) {
  for (std::size_t a = kSize; a < kAspectCount; ++a) {
    if (varies[a] && a != kRate) return a;
  }
  return varies[kRate] ? std::optional(kRate) : std::nullopt;
}

// "rr 64 B" as "rr-64B".
std::string file_text(const std::string& group) {
  std::string file;
  for (std::size_t i = 0; i < group.size() && file.size() < kFileColumns; ++i) {
    const auto c = static_cast<unsigned char>(group[i]);
    if (c < 0x80 && std::isalnum(c) != 0) {
      file += static_cast<char>(c);
    } else {
      const bool unit_follows = c == ' ' && i > 0 && group[i - 1] >= '0' && group[i - 1] <= '9';
      if (!unit_follows && !file.empty() && file.back() != '-') file += '-';
    }
  }
  while (file.ends_with('-')) file.pop_back();
  return file.empty() ? "group" : file;
}

// --- places -------------------------------------------------------------------------------------

class Naming {
 public:
  explicit Naming(std::span<const Item> items)
      : sides_(sides_of(items)), palette_(lines_of(sides_, items)), along_palette_(palette_) {
    varies_ = varying(items);
    named_ = named(items, varies_);
    if (distinct(items, &Item::transport).size() < 2 && sides_.size() < 2)
      of_series_ = aspect_of_series(varies_);
  }

  ChartPlace place(const Item& item) {
    ChartPlace place{.group = group_of(item, of_series_), .series = ""};
    const bool by_transport = !of_series_;
    const std::string label = by_transport ? item.transport : item.texts[*of_series_];
    place.series = names_in_[place.group].unique(with_side(item, label));
    add(by_transport ? palette_.of_transport(place.series, *item.params, line_of(item), label)
                     : palette_.of_label(place.series, line_of(item), label),
        item, label);
    return place;
  }

  ChartPlace along_rates(const Item& item) {
    const bool of_transport = !of_series_ || *of_series_ == kRate;
    const std::string label = of_transport ? item.transport : item.texts[*of_series_];
    ChartPlace place{.group = group_of(item, of_series_, kRate), .series = with_side(item, label)};
    add(of_transport ? palette_.of_transport(place.series, *item.params, line_of(item), label)
                     : palette_.of_label(place.series, line_of(item), label),
        item, label);
    return place;
  }

  // Cases that differ only in the size of this buffer share a place. Its lines are solid, whatever
  // the series of other charts are.
  ChartPlace along_buffer(const Item& item, std::size_t buffer) {
    if (!varies_[buffer]) return {};
    const bool of_transport = !of_series_ || *of_series_ == buffer;
    const std::string label = of_transport ? item.transport : item.texts[*of_series_];
    ChartPlace place{.group = group_of(item, of_series_, buffer), .series = with_side(item, label)};
    add(of_transport ? along_palette_.of_transport(place.series, *item.params, line_of(item), label)
                     : along_palette_.of_label(place.series, line_of(item), label),
        item, label);
    return place;
  }

  // By label as they first occur, the sides and the streams of one beside each other.
  [[nodiscard]] std::vector<ChartSeries> series() && {
    std::ranges::stable_sort(series_, {}, &Ordered::order);
    std::vector<ChartSeries> series;
    for (Ordered& one : series_) series.push_back(std::move(one.series));
    return series;
  }

 private:
  // "baseline" first, so that it is the dashed one.
  static std::vector<std::string> sides_of(std::span<const Item> items) {
    std::vector<std::string> sides = distinct(items, &Item::side);
    // Of iterators, as clang 14 does not read libstdc++'s subrange.
    std::stable_partition(sides.begin(), sides.end(),
                          [](const std::string& side) { return side.ends_with("baseline"); });
    return sides;
  }

  // What lines of one label differ in.
  static std::string line_of(const Item& item) {
    return item.stream == kReverse ? item.side + ' ' + kReverse : item.side;
  }

  // The stream to the generator has more dashes than the other one of its side.
  static std::vector<std::string> lines_of(const std::vector<std::string>& sides,
                                           std::span<const Item> items) {
    const bool reverse =
        std::ranges::any_of(items, [](const Item& item) { return item.stream == kReverse; });
    std::vector<std::string> lines;
    for (const std::string& side : sides) {
      if (reverse) lines.push_back(side + ' ' + kReverse);
      lines.push_back(side);
    }
    return lines;
  }

  [[nodiscard]] std::string with_side(const Item& item, const std::string& label) const {
    std::string what(item.stream);
    if (sides_.size() > 1 && !item.side.empty()) what += (what.empty() ? "" : ", ") + item.side;
    return what.empty() ? label : fmt::format("{} ({})", label, what);
  }

  [[nodiscard]] std::string group_of(const Item& item, std::optional<std::size_t> of_series,
                                     std::optional<std::size_t> axis = {}) const {
    std::string group = item.texts[kWorkload];
    if (of_series != kSize) group += ' ' + item.texts[kSize];
    for (std::size_t a = kRate; a < kAspectCount; ++a) {
      if (!named_[a] || a == of_series || item.texts[a].empty()) continue;
      if (a == axis) continue;
      group += ", " + item.texts[a];
    }
    return printable(group, kChartNameColumns);
  }

  void add(ChartSeries series, const Item& item, const std::string& label) {
    if (!known_.insert(series.name).second) return;
    const auto of_label = labels_.emplace(label, labels_.size()).first->second;
    const auto of_side = std::ranges::find(sides_, item.side) - sides_.begin();
    series_.push_back({.order = {of_label, 2 * of_side + (item.stream == kReverse ? 1 : 0)},
                       .series = std::move(series)});
  }

  std::array<bool, kAspectCount> varies_{}, named_{};
  std::vector<std::string> sides_;
  Palette palette_, along_palette_;
  std::optional<std::size_t> of_series_;         // none: the transport
  std::map<std::string, UniqueNames> names_in_;  // of series, by group
  struct Ordered {
    std::pair<std::size_t, std::ptrdiff_t> order;
    ChartSeries series;
  };
  std::vector<Ordered> series_;
  std::set<std::string> known_;
  std::map<std::string, std::size_t> labels_;
};

std::string title_of(const ChartSubjects& subjects, std::span<const Item> items, bool compared) {
  if (items.empty()) return "Nothing was measured";
  std::vector<std::string> groups;
  for (const ChartSubject& subject : subjects.cases) {
    if (std::ranges::find(groups, subject.place.group) == groups.end())
      groups.push_back(subject.place.group);
    if (groups.size() > 3) break;
  }
  for (const ChartSubject& subject : subjects.searches) {
    if (groups.empty()) groups.push_back(subject.along_rates.group);
  }
  if (groups.size() > 3) groups.back() = "...";
  const std::string title = fmt::format("{} over {}", fmt::join(groups, "; "),
                                        fmt::join(distinct(items, &Item::transport), ", "));
  return printable(title, kTitleColumns) + (compared ? ": candidate against baseline" : "");
}

// In the order in which they first occur, the names of files made unique.
std::vector<ChartGroup> groups_of(const ChartSubjects& subjects) {
  std::vector<ChartGroup> groups;
  std::map<std::string, std::size_t> at;
  std::set<std::string> mixed;  // more than one kind of latency
  const auto add = [&](const std::string& name, const std::string& latency) {
    const auto [found, added] = at.emplace(name, groups.size());
    if (added) groups.push_back({.name = name, .file = "", .latency = latency});
    ChartGroup& group = groups[found->second];
    if (group.latency.empty()) group.latency = latency;
    if (!latency.empty() && group.latency != latency) mixed.insert(name);
  };
  for (const ChartSubject& one : subjects.cases) add(one.place.group, latency_text(*one.one));
  for (const ChartSubject& one : subjects.cases) {
    if (!at.contains(one.along_rates.group)) add(one.along_rates.group, latency_text(*one.one));
  }
  for (const ChartSubject& one : subjects.cases) {
    for (const ChartPlace& place : one.along_buffers) {
      if (!place.group.empty() && !at.contains(place.group))
        add(place.group, latency_text(*one.one));
    }
  }
  for (const ChartSubject& one : subjects.searches) {
    if (!at.contains(one.along_rates.group)) add(one.along_rates.group, "");
  }
  UniqueNames files("-", UniqueNames::Letters::ignore_case);
  for (ChartGroup& group : groups) {
    if (mixed.contains(group.name)) group.latency.clear();
    group.file = files.unique(file_text(group.name));
  }
  return groups;
}

}  // namespace

ChartSubjects chart_subjects(const std::vector<const Report*>& reports) {
  const bool compared = reports.size() > 1;
  const auto side_of = [compared](std::size_t report) -> const char* {
    if (!compared) return nullptr;
    return report == 0 ? "baseline" : "candidate";
  };
  ChartSubjects subjects;
  std::vector<Item> items;  // of the cases, then of the searches
  for (std::size_t r = 0; r < reports.size(); ++r) {
    for (const Case& one : reports[r]->cases) {
      const std::string name = printable(one.id, kChartNameColumns);
      const bool both = has_both_streams(one);
      items.push_back(item_of(one.params, side_of(r), both ? kForward : ""));
      subjects.cases.push_back({.one = &one, .name = name});
      if (!both) continue;
      const auto& reverse =
          subjects.reverse_streams.emplace_back(std::make_unique<Case>(reverse_stream_of(one)));
      items.push_back(item_of(reverse->params, side_of(r), kReverse));
      subjects.cases.push_back({.one = reverse.get(), .reverse = true, .name = name});
    }
  }
  for (std::size_t r = 0; r < reports.size(); ++r) {
    for (const RateSearch& search : reports[r]->searches) {
      items.push_back(item_of(search.params, side_of(r)));
      items.back().texts[kRate] = "searched";
      subjects.searches.push_back(
          {.search = &search, .name = printable(search.id, kChartNameColumns)});
    }
  }
  Naming naming(items);
  auto item = items.begin();
  for (ChartSubject& subject : subjects.cases) subject.place = naming.place(*item++);
  item = items.begin();
  for (ChartSubject& subject : subjects.cases) subject.along_rates = naming.along_rates(*item++);
  for (ChartSubject& subject : subjects.searches) subject.along_rates = naming.along_rates(*item++);
  item = items.begin();
  for (ChartSubject& subject : subjects.cases) {
    for (std::size_t b = 0; b < kBuffers.size(); ++b)
      subject.along_buffers[b] = naming.along_buffer(*item, kBuffers[b]);
    ++item;
  }
  subjects.groups = groups_of(subjects);
  subjects.series = std::move(naming).series();
  subjects.title = title_of(subjects, items, compared);
  return subjects;
}

}  // namespace sockmark::report
