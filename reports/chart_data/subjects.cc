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
#include "reports/format/text_limits.h"
#include "reports/format/units.h"
#include "reports/model/params_text.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kChartNameColumns = 80;  // of a name in a chart or in a row
constexpr std::size_t kPartColumns = 40;       // of a part of one
constexpr std::size_t kFileColumns = 60;       // of a file's name, without what makes it unique
constexpr int kColours = 8;                    // of the palette

// --- words --------------------------------------------------------------------------------------

std::string transport_text(const Params& params) {
  return printable(name_of(params), kPartColumns);
}

// What a chart may be of, in the order in which a group's name says it; empty where a case has
// nothing of the kind.
struct Aspect {
  std::string (*text)(const Params&);
  // Told only where it differs between cases of one rate: a closed loop has no law of arrivals, and
  // waits in another way than a schedule does.
  bool follows_rate;
  // What a case has that nothing was done to; another is told wherever there is one.
  std::string_view ordinary = {};
};
constexpr bool kFollowsRate = true, kOfItsOwn = false;
constexpr const char *kNoOffload = "no offload", *kUnimpaired = "unimpaired",
                     *kNoPause = "no pause", *kNoWork = "no work";
constexpr Aspect kAspects[] = {
    {[](const Params& p) { return printable(p.workload, kPartColumns); }, kOfItsOwn},
    {[](const Params& p) { return size_text(p.size_bytes); }, kOfItsOwn},
    {pace_text, kOfItsOwn},
    {[](const Params& p) {
       return p.arrivals ? printable(*p.arrivals, kPartColumns) + " arrivals" : "";
     },
     kFollowsRate},
    {[](const Params& p) { return counted(p.connections, "connection"); }, kOfItsOwn},
    {[](const Params& p) { return p.depth ? fmt::format("{} outstanding", *p.depth) : ""; },
     kFollowsRate},
    {[](const Params& p) { return counted(p.threads, "thread"); }, kOfItsOwn},
    {[](const Params& p) { return "wait " + printable(p.wait, kPartColumns); }, kFollowsRate},
    {[](const Params& p) { return offload_text(p).value_or(kNoOffload); }, kOfItsOwn, kNoOffload},
    {[](const Params& p) { return faults_text(p).value_or(kUnimpaired); }, kOfItsOwn, kUnimpaired},
    {[](const Params& p) { return pause_text(p).value_or(kNoPause); }, kOfItsOwn, kNoPause},
    {[](const Params& p) { return work_text(p).value_or(kNoWork); }, kOfItsOwn, kNoWork},
    {[](const Params& p) {
       return p.pin.empty()
                  ? "not pinned"
                  : printable(fmt::format("pinned to {}", fmt::join(p.pin, ",")), kPartColumns);
     },
     kOfItsOwn},
    {[](const Params& p) { return "for " + time_text(p.duration_ns); }, kOfItsOwn},
    {[](const Params& p) { return "warm-up " + time_text(p.warmup_ns); }, kOfItsOwn},
    {[](const Params& p) { return "tmax " + time_text(p.tmax_ns); }, kOfItsOwn},
};
constexpr std::size_t kAspectCount = std::size(kAspects);
constexpr std::size_t kWorkload = 0, kSize = 1, kRate = 2;
using Texts = std::array<std::string, kAspectCount>;

// What latency is in a case (docs/definitions/latency.md); empty where nothing tells.
std::string latency_text(const Case& one) {
  for (const Run& run : one.runs) {
    if (!run.latency) continue;
    const bool open = one.params.rate_per_s.operator bool();
    if (run.latency->response_time)
      return open ? "round trip from when a message was due"
                  : "round trip in a closed loop, which omits what a stall kept from being sent";
    return open ? "one-way delay" : "one-way delay under saturation, mostly time in queues";
  }
  return "";
}

// --- what is told apart -------------------------------------------------------------------------

// A case or a search, in words.
struct Item {
  const Params* params = nullptr;
  std::string transport, side;
  Texts texts;
};

Item item_of(const Params& params, const char* side) {
  Item item{.params = &params, .transport = transport_text(params), .side = "", .texts = {}};
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

// Which aspects a group's name tells.
std::array<bool, kAspectCount> told(std::span<const Item> items,
                                    std::array<bool, kAspectCount> varies) {
  for (std::size_t a = kSize; a < kAspectCount; ++a) {
    if (kAspects[a].ordinary.empty()) continue;
    varies[a] |= std::ranges::any_of(
        items, [a](const Item& item) { return item.texts[a] != kAspects[a].ordinary; });
  }
  return varies;
}

// What a line of a chart is, where every case has the same transport: nothing, or the aspect.
std::optional<std::size_t> aspect_of_series(const std::array<bool, kAspectCount>& varies) {
  for (std::size_t a = kSize; a < kAspectCount; ++a) {
    if (varies[a] && a != kRate) return a;
  }
  return varies[kRate] ? std::optional(kRate) : std::nullopt;
}

// Gives names that are not taken: "udp", "udp #2".
class UniqueNames {
 public:
  std::string unique(const std::string& scope, const std::string& name) {
    std::string result = name;
    for (int& number = last_[key(scope, name)]; !taken_.insert(key(scope, result)).second;) {
      number = std::max(number + 1, 2);
      result = fmt::format("{} #{}", name, number);
    }
    return result;
  }

 private:
  static std::string key(const std::string& scope, const std::string& name) {
    return scope + '\n' + name;
  }
  std::set<std::string> taken_;
  std::map<std::string, int> last_;
};

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

// --- series -------------------------------------------------------------------------------------

// Fixed, so that a transport has one colour in all charts of all reports.
constexpr std::string_view kTransportColours[] = {"tcp",  "tcp6",        "udp",
                                                  "udp6", "unix-stream", "unix-dgram"};

std::string colour_name(const Params& params) {
  const bool ipv6 = params.family == "ipv6" && !params.transport.ends_with('6');
  return params.transport + (ipv6 ? "6" : "");
}

// Colours and dashes of lines: one colour a label, the sides of a comparison told by the dash.
class Palette {
 public:
  explicit Palette(std::vector<std::string> sides) : sides_(std::move(sides)) {}

  ChartSeries of_transport(const std::string& name, const Item& item) {
    const std::string colour_of = colour_name(*item.params);
    const auto* fixed = std::ranges::find(kTransportColours, colour_of);
    int colour = static_cast<int>(fixed - std::begin(kTransportColours));
    if (fixed == std::end(kTransportColours)) {
      constexpr int kFixed = std::size(kTransportColours);
      const auto [other, unused] = others_.emplace(colour_of, static_cast<int>(others_.size()));
      colour = kFixed + other->second % (kColours - kFixed);
    }
    return styled(name, item, colour, item.transport);
  }

  // Of labels that are no transports: one colour after the other.
  ChartSeries of_label(const std::string& name, const Item& item, const std::string& label) {
    const auto [found, unused] = labels_.emplace(label, static_cast<int>(labels_.size()));
    return styled(name, item, found->second % kColours, label);
  }

 private:
  // Lines of one colour differ in their dashes; a candidate's is the more solid one.
  ChartSeries styled(const std::string& name, const Item& item, int colour,
                     const std::string& label) {
    auto& slots = slots_[colour];
    const auto slot = slots.emplace(label, static_cast<int>(slots.size())).first->second;
    const auto sides = std::max<int>(static_cast<int>(sides_.size()), 1);
    const auto side = static_cast<int>(std::ranges::find(sides_, item.side) - sides_.begin());
    return {.name = name, .colour = colour, .dash = slot * sides + (sides - 1 - side)};
  }

  std::vector<std::string> sides_;
  std::map<std::string, int> others_, labels_;
  std::map<int, std::map<std::string, int>> slots_;
};

// --- places -------------------------------------------------------------------------------------

class Naming {
 public:
  explicit Naming(std::span<const Item> items) : sides_(sides_of(items)), palette_(sides_) {
    const auto varies = varying(items);
    told_ = told(items, varies);
    if (distinct(items, &Item::transport).size() < 2 && sides_.size() < 2)
      of_series_ = aspect_of_series(varies);
  }

  ChartPlace place(const Item& item) {
    ChartPlace place{.group = group_of(item, of_series_, true), .series = ""};
    const bool by_transport = !of_series_;
    const std::string label = by_transport ? item.transport : item.texts[*of_series_];
    place.series = places_.unique(place.group, with_side(item, label));
    add(by_transport ? palette_.of_transport(place.series, item)
                     : palette_.of_label(place.series, item, label),
        item, label);
    return place;
  }

  ChartPlace along_rates(const Item& item) {
    const bool of_transport = !of_series_ || *of_series_ == kRate;
    const std::string label = of_transport ? item.transport : item.texts[*of_series_];
    ChartPlace place{.group = group_of(item, of_series_, false), .series = with_side(item, label)};
    add(of_transport ? palette_.of_transport(place.series, item)
                     : palette_.of_label(place.series, item, label),
        item, label);
    return place;
  }

  // By label as they first occur, the sides of one beside each other.
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

  [[nodiscard]] std::string with_side(const Item& item, const std::string& label) const {
    if (sides_.size() < 2 || item.side.empty()) return label;
    return fmt::format("{} ({})", label, item.side);
  }

  [[nodiscard]] std::string group_of(const Item& item, std::optional<std::size_t> of_series,
                                     bool with_rate) const {
    std::string group = item.texts[kWorkload];
    if (of_series != kSize) group += ' ' + item.texts[kSize];
    for (std::size_t a = kRate; a < kAspectCount; ++a) {
      if (!told_[a] || a == of_series || item.texts[a].empty()) continue;
      if (a == kRate && !with_rate) continue;
      group += ", " + item.texts[a];
    }
    return printable(group, kChartNameColumns);
  }

  void add(ChartSeries series, const Item& item, const std::string& label) {
    if (!known_.insert(series.name).second) return;
    const auto of_label = labels_.emplace(label, labels_.size()).first->second;
    const auto of_side = std::ranges::find(sides_, item.side) - sides_.begin();
    series_.push_back({.order = {of_label, of_side}, .series = std::move(series)});
  }

  std::array<bool, kAspectCount> told_{};
  std::vector<std::string> sides_;
  Palette palette_;
  std::optional<std::size_t> of_series_;  // none: the transport
  UniqueNames places_;
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
  for (const ChartSubject& one : subjects.searches) {
    if (!at.contains(one.along_rates.group)) add(one.along_rates.group, "");
  }
  std::set<std::string> files;
  std::map<std::string, int> last;
  for (ChartGroup& group : groups) {
    if (mixed.contains(group.name)) group.latency.clear();
    const auto lower = [](std::string text) {
      for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      return text;
    };
    const std::string file = file_text(group.name);
    group.file = file;
    for (int& number = last[lower(file)]; !files.insert(lower(group.file)).second;) {
      number = std::max(number + 1, 2);
      group.file = fmt::format("{}-{}", file, number);
    }
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
      items.push_back(item_of(one.params, side_of(r)));
      subjects.cases.push_back({.one = &one, .name = printable(one.id, kChartNameColumns)});
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
  subjects.groups = groups_of(subjects);
  subjects.series = std::move(naming).series();
  subjects.title = title_of(subjects, items, compared);
  return subjects;
}

}  // namespace sockmark::report
