#include "bench/plan/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/parse.h"
#include "base/printable.h"
#include "bench/plan/option_axes.h"
#include "reports/compare/compare.h"
#include "reports/json/load_json.h"

namespace sockmark {

namespace {

using report::JsonValue;

constexpr report::JsonLimits kSuiteLimits{
    .bytes = 1U << 20, .depth = 8, .nodes = 20'000, .string_bytes = 4096, .comments = true};

bool selects(PlanOption::Scope scope) {
  return scope == PlanOption::Scope::matrix || scope == PlanOption::Scope::axis;
}

Error at(const std::string& place, std::string_view problem) {
  return Error{fmt::format("{}: {}", report::printable(place), problem)};
}

Error unknown_key(const std::string& place, std::string_view key,
                  std::vector<std::string_view> known) {
  return unknown_word("key", key, known).in(report::printable(place));
}

// Reads the JSON of one suite. Errors name the place.
class SuiteReader {
 public:
  explicit SuiteReader(std::string_view directory) : directory_(directory) {}

  Result<Suite> read(JsonValue root);

 private:
  using Allowed = bool (*)(PlanOption::Scope scope);
  Result<std::string> text_of(const PlanOption& option, JsonValue value,
                              const std::string& place) const;
  Result<> read_option(const PlanOption& option, JsonValue value, const std::string& place,
                       OptionTexts& texts) const;
  Result<> read_options(JsonValue object, const std::string& place, Allowed allowed,
                        std::initializer_list<std::string_view> others, OptionTexts& texts) const;
  Result<Suite::Matrix> read_matrix(JsonValue object, const std::string& place) const;
  Result<Suite::Override> read_override(JsonValue object, const std::string& place) const;
  Result<std::string> inside_directory(const std::string& transport) const;
  std::string beside_suite(const std::string& responder) const;

  const std::string directory_;
};

Result<> expect_object(JsonValue value, const std::string& place) {
  if (value.is_object()) return {};
  return at(place, fmt::format("expected an object, found {}", value.kind()));
}

// The elements of a list, each read by `read(element, place)`.
template <class Read>
Result<> read_list(JsonValue value, const std::string& place, Read read) {
  if (!value.is_list()) return at(place, fmt::format("expected a list, found {}", value.kind()));
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (Result<> done = read(value[i], fmt::format("{}[{}]", place, i)); !done) return done;
  }
  return {};
}

Result<std::string> SuiteReader::text_of(const PlanOption& option, JsonValue value,
                                         const std::string& place) const {
  if (*option.kind == '\0') {
    if (value.is_boolean()) return value.text();
    return at(place, fmt::format("expected true or false, found {}", value.kind()));
  }
  if (value.is_string()) return value.string();
  if (value.is_number()) return value.text();
  return at(place, fmt::format("expected a string or a number, found {}", value.kind()));
}

bool leaves_folder(const std::filesystem::path& relative) {
  return relative.empty() || *relative.begin() == "..";
}

// The absolute path with symbolic links resolved; components that do not exist are kept.
std::filesystem::path resolved(const std::filesystem::path& path) {
  std::error_code unknown;
  const auto whole = std::filesystem::absolute(path, unknown);
  return unknown ? std::filesystem::path() : std::filesystem::weakly_canonical(whole, unknown);
}

// A suite may come from anywhere: its sockets stay inside its folder.
Result<std::string> SuiteReader::inside_directory(const std::string& transport) const {
  for (const std::string_view scheme : {"unix-stream:", "unix-dgram:"}) {
    if (!transport.starts_with(scheme)) continue;
    const std::filesystem::path path = transport.substr(scheme.size());
    if (path.empty() || path.string().front() == '@') return transport;
    const std::filesystem::path home = directory_.empty() ? "." : directory_;
    const auto inside = path.lexically_normal();
    const auto whole = (home / inside).lexically_normal();
    if (path.is_absolute() || leaves_folder(inside) ||
        leaves_folder(resolved(whole).lexically_relative(resolved(home)))) {
      return Error{fmt::format("\"{}\": a path in a suite must be inside the folder of the suite",
                               report::printable(transport))};
    }
    return std::string(scheme) + (whole.is_absolute() ? whole.string() : "./" + whole.string());
  }
  return transport;
}

// A request file is named as seen from the suite.
std::string SuiteReader::beside_suite(const std::string& responder) const {
  if (responder.find_first_of("./") == responder.npos || directory_.empty()) return responder;
  return (std::filesystem::path(directory_) / responder).lexically_normal().string();
}

Result<> SuiteReader::read_option(const PlanOption& option, JsonValue value,
                                  const std::string& place, OptionTexts& texts) const {
  std::string joined;
  const auto take = [&](JsonValue item, const std::string& where) -> Result<> {
    auto text = text_of(option, item, where);
    if (!text) return std::move(text).error();
    if (option.name == std::string_view("transport")) {
      text = inside_directory(*text);
      if (!text) return std::move(text).error().in(where);
    }
    if (option.name == std::string_view("responder")) text = beside_suite(*text);
    // One value at a time, so that the error names the place of the wrong one.
    PlanOptions scratch;
    if (auto fits = option.read(*text, scratch); !fits)
      return std::move(fits).error().in(report::printable(where));
    joined += (joined.empty() ? "" : ",") + *text;
    return {};
  };
  const bool list = selects(option.scope) && value.is_list();
  if (list && value.size() == 0) return at(place, "the list is empty");
  TRY(list ? read_list(value, place, take) : take(value, place));
  texts[option.name] = joined;
  return {};
}

Result<> SuiteReader::read_options(JsonValue object, const std::string& place, Allowed allowed,
                                   std::initializer_list<std::string_view> others,
                                   OptionTexts& texts) const {
  std::vector<std::string_view> known(others);
  for (const auto& option : plan_options()) {
    if (allowed(option.scope)) known.push_back(option.name);
  }
  for (const auto& [key, value] : object.members()) {
    if (std::find(others.begin(), others.end(), key) != others.end()) continue;
    const PlanOption* option = find_plan_option(key);
    if (option == nullptr || !allowed(option->scope)) return unknown_key(place, key, known);
    if (auto read = read_option(*option, value, place + "." + key, texts); !read) return read;
  }
  return {};
}

bool sets(PlanOption::Scope scope) {
  return scope == PlanOption::Scope::each_run || scope == PlanOption::Scope::axis;
}
bool any_but_plan(PlanOption::Scope scope) { return scope != PlanOption::Scope::plan; }
bool any_scope(PlanOption::Scope) { return true; }

Result<Suite::Override> SuiteReader::read_override(JsonValue object,
                                                   const std::string& place) const {
  TRY(expect_object(object, place));
  Suite::Override one;
  for (const auto& [key, value] : object.members()) {
    const std::string where = place + "." + key;
    if (key != "when" && key != "set") return unknown_key(place, key, {"when", "set"});
    TRY(expect_object(value, where));
    TRY(key == "when" ? read_options(value, where, selects, {}, one.when)
                      : read_options(value, where, sets, {}, one.set));
  }
  if (one.set.empty()) return at(place, "\"set\" is empty");
  for (const auto& [name, text] : one.set) {
    if (find_plan_option(name)->scope == PlanOption::Scope::axis && text.find(',') != text.npos)
      return at(place + ".set." + name, "an override has one value, not a list");
  }
  return one;
}

Result<Suite::Matrix> SuiteReader::read_matrix(JsonValue object, const std::string& place) const {
  TRY(expect_object(object, place));
  Suite::Matrix matrix;
  auto read = read_options(object, place, any_but_plan, {"exclude", "override"}, matrix.options);
  if (!read) return std::move(read).error();
  if (const auto exclude = object.find("exclude"); exclude) {
    read = read_list(*exclude, place + ".exclude",
                     [&](JsonValue item, const std::string& where) -> Result<> {
                       TRY(expect_object(item, where));
                       if (item.size() == 0) return at(where, "names no option; give at least one");
                       return read_options(item, where, selects, {}, matrix.exclude.emplace_back());
                     });
    if (!read) return std::move(read).error();
  }
  if (const auto overrides = object.find("override"); overrides) {
    read = read_list(*overrides, place + ".override",
                     [&](JsonValue item, const std::string& where) -> Result<> {
                       auto one = TRY(read_override(item, where));
                       matrix.overrides.push_back(std::move(one));
                       return {};
                     });
    if (!read) return std::move(read).error();
  }
  return matrix;
}

Result<> read_compare(JsonValue object, Suite& suite) {
  const std::string place = "compare";
  TRY(expect_object(object, place));
  for (const auto& [key, value] : object.members()) {
    const std::string where = place + "." + key;
    if (key == "gates") {
      auto read =
          read_list(value, where, [&](JsonValue item, const std::string& at_item) -> Result<> {
            if (!item.is_string()) return at(at_item, "expected a string like \"p50:1.05\"");
            TRY(report::parse_gate(item.string()).in(at_item));
            suite.gates.push_back(item.string());
            return {};
          });
      if (!read) return read;
      if (auto gates = report::parse_gates(suite.gates); !gates)
        return std::move(gates).error().in(where);
    } else if (key == "by" || key == "baseline") {
      if (!value.is_string())
        return at(where, fmt::format("expected a string, found {}", value.kind()));
      (key == "by" ? suite.by : suite.baseline) = value.string();
    } else {
      return unknown_key(place, key, {"by", "baseline", "gates"});
    }
  }
  if (suite.by.empty()) return at(place, "\"by\" is missing; give the parameter to compare by");
  return {};
}

// Reports a later version as such, instead of as its first unknown key.
Result<> check_schema(const std::string& schema) {
  constexpr std::string_view kName = "suite-";
  const auto file = std::string_view(schema).substr(schema.find_last_of('/') + 1);
  if (!file.starts_with(kName)) return {};
  const auto version = file.substr(kName.size(), file.find('.') - kName.size());
  if (version == "1") return {};
  return at("$schema", fmt::format("this version of sockmark reads suite-1, found \"{}\"",
                                   report::printable(file, 40)));
}

Result<Suite> SuiteReader::read(JsonValue root) {
  if (!root.is_object()) return Error{fmt::format("expected an object, found {}", root.kind())};
  Suite suite;
  for (const auto& [key, value] : root.members()) {
    Result<> read;
    if (key == "name" || key == "summary" || key == "$schema") {
      if (!value.is_string())
        return at(key, fmt::format("expected a string, found {}", value.kind()));
      if (key == "$schema") read = check_schema(value.string());
      if (key == "name") suite.name = value.string();
      if (key == "summary") suite.summary = value.string();
    } else if (key == "run") {
      read = expect_object(value, key);
      if (read) read = read_options(value, key, any_scope, {}, suite.run);
    } else if (key == "cases") {
      read = read_list(value, key, [&](JsonValue item, const std::string& where) -> Result<> {
        auto matrix = TRY(read_matrix(item, where));
        suite.cases.push_back(std::move(matrix));
        return {};
      });
    } else if (key == "compare") {
      read = read_compare(value, suite);
    } else {
      return unknown_word(
          "key", key, std::vector<std::string_view>{"name", "summary", "run", "cases", "compare"});
    }
    if (!read) return std::move(read).error();
  }
  if (suite.cases.empty()) return at("cases", "expected at least one case");
  return suite;
}

// A selection as sets of values.
class Selector {
 public:
  static Result<Selector> of(const Suite::Selection& selection) {
    Selector selector;
    selector.selection_ = &selection;
    TRY(read_options(selection, selector.values_));
    for (const auto& item : selector.values_.transports) {
      auto choices = TRY(expand_transport(item));
      for (auto& choice : choices)
        selector.transports_.push_back(choice.address.empty() ? choice.name : choice.address);
    }
    return selector;
  }

  [[nodiscard]] bool matches(const CaseSpec& spec) const {
    return (among("transport", transports_, spec.transport) ||
            among("transport", transports_, spec.address)) &&
           among("workload", values_.workloads, spec.workload) &&
           among("size", values_.sizes, size_of(spec)) &&
           among("response", values_.responses, spec.response.value_or(0)) &&
           among("depth", values_.depths, spec.depth) &&
           among("rate", rates_of(spec.mean_size()), spec.rate.value_or(0)) &&
           among("connections", values_.connections, spec.connections) &&
           among("threads", values_.threads, spec.threads) &&
           among("direction", values_.directions, spec.direction) &&
           std::ranges::all_of(option_axes(), [&](const OptionAxis& axis) {
             const auto values = values_.axes.find(axis.name);
             if (values == values_.axes.end()) return true;
             const std::string text = axis.text(spec);
             return std::ranges::count(values->second, text.empty() ? "default" : text) > 0;
           });
  }

 private:
  [[nodiscard]] std::vector<double> rates_of(double mean_size) const {
    std::vector<double> rates;
    for (const Rate& rate : values_.rates) rates.push_back(rate.messages_per_s(mean_size));
    return rates;
  }
  template <class T>
  [[nodiscard]] bool among(const char* name, const std::vector<T>& values, const T& value) const {
    return !selection_->contains(name) ||
           std::find(values.begin(), values.end(), value) != values.end();
  }

  [[nodiscard]] static SizeChoice size_of(const CaseSpec& spec) {
    return spec.mix ? SizeChoice(spec.mix) : SizeChoice(spec.size);
  }

  const Suite::Selection* selection_ = nullptr;
  PlanOptions values_;
  std::vector<std::string> transports_;  // names and addresses
};

Result<std::vector<Selector>> selectors_of(const std::vector<Suite::Selection>& selections) {
  std::vector<Selector> selectors;
  for (const auto& selection : selections) {
    auto selector = TRY(Selector::of(selection));
    selectors.push_back(std::move(selector));
  }
  return selectors;
}

// Replaces the option at the front of an error of check_limits(), "--rate 0: ...", with the place
// in the suite that sets it, unless the command line does.
Error in_place(Error error, const Suite& suite, std::size_t index, const std::vector<bool>& applies,
               const OptionTexts& supplied) {
  const auto& matrix = suite.cases[index];
  std::string place = fmt::format("cases[{}]", index);
  const auto end = error.message.find_first_of(": ");
  const std::string name =
      error.message.starts_with("--") ? error.message.substr(2, end - 2) : std::string();
  if (find_plan_option(name) == nullptr) return std::move(error).in(place);
  if (supplied.contains(name)) return error;
  std::optional<std::size_t> last;
  for (std::size_t i = 0; i < applies.size(); ++i) {
    if (applies[i] && matrix.overrides[i].set.contains(name)) last = i;
  }
  if (last) {
    place += fmt::format(".override[{}].set", *last);
  } else if (!matrix.options.contains(name) && suite.run.contains(name)) {
    place = "run";
  }
  const auto rest = error.message.find_first_not_of(": ", end);
  return Error{fmt::format("{}.{}: {}", place, name, error.message.substr(rest))};
}

// Lists of one value become as long as before, so that combinations() returns the same order; equal
// cases count once.
void keep_lengths(const PlanOptions& before, PlanOptions& after) {
  if (after.threads.size() < before.threads.size())
    after.threads.resize(before.threads.size(), std::uint64_t(after.threads.front()));
  for (const auto& [name, values] : before.axes) {
    auto& now = after.axes[name];
    if (now.size() < values.size()) now.resize(values.size(), std::string(now.front()));
  }
}

// The cases of one matrix after exclusions, overrides and the options of the command line.
Result<std::vector<CaseSpec>> cases_of(const Suite& suite, std::size_t index,
                                       const OptionTexts& supplied) {
  const auto& matrix = suite.cases[index];
  PlanOptions options;
  for (const auto* texts : {&suite.run, &matrix.options}) {
    if (auto read = read_options(*texts, options); !read) return std::move(read).error();
  }
  // Overrides change the length of no list, so combinations() returns the same order for every set
  // of overrides. Its result is kept for each set that applies to a case.
  std::map<std::vector<bool>, std::vector<CaseSpec>> variants;
  const auto variant = [&](const std::vector<bool>& applies) -> Result<std::vector<CaseSpec>*> {
    const auto known = variants.find(applies);
    if (known != variants.end()) return &known->second;
    PlanOptions changed = options;
    for (std::size_t i = 0; i < applies.size(); ++i) {
      if (!applies[i]) continue;
      if (auto read = read_options(matrix.overrides[i].set, changed); !read)
        return std::move(read).error();
    }
    keep_lengths(options, changed);
    TRY(read_options(supplied, changed));
    auto cases = TRY(combinations(changed).in(fmt::format("cases[{}]", index)));
    return &(variants[applies] = std::move(cases));
  };

  std::vector<Suite::Selection> when;
  for (const auto& one : matrix.overrides) when.push_back(one.when);
  auto overridden = TRY(selectors_of(when));
  auto excluded = TRY(selectors_of(matrix.exclude));

  auto plain = TRY(variant(std::vector<bool>(matrix.overrides.size(), false)));
  const auto combined = *plain;
  // Without options of the command line, which may choose another workload.
  const auto rr = [](const CaseSpec& spec) { return spec.workload == Workload::rr; };
  if (supplied.empty() && matrix.options.contains("depth") &&
      options.depths != PlanOptions().depths && std::ranges::none_of(combined, rr))
    return Error{fmt::format("cases[{}].depth: only rr has a depth", index)};
  if (supplied.empty() && matrix.options.contains("response") &&
      std::ranges::none_of(combined, [](const CaseSpec& spec) { return spec.answers(); }))
    return Error{fmt::format("cases[{}].response: stream has no answers", index)};
  const auto stream = [](const CaseSpec& spec) { return spec.workload == Workload::stream; };
  if (supplied.empty() && matrix.options.contains("direction") &&
      options.directions != PlanOptions().directions && std::ranges::none_of(combined, stream))
    return Error{fmt::format("cases[{}].direction: only a stream has a direction", index)};
  std::vector<CaseSpec> cases;
  std::optional<Error> without;  // of the first case with a thread without a connection
  bool some_have = false;
  for (std::size_t i = 0; i < combined.size(); ++i) {
    const auto selected = [&](const Selector& one) { return one.matches(combined[i]); };
    if (std::any_of(excluded.begin(), excluded.end(), selected)) continue;
    std::vector<bool> applies;
    for (const auto& one : overridden) applies.push_back(selected(one));
    auto changed = TRY(variant(applies));
    cases.push_back((*changed)[i]);
    // make_plan() leaves these out, or refuses them.
    if (!check_transport_has_options(cases.back())) continue;
    if (auto has = check_has_connections_for_threads(cases.back()); !has) {
      if (!without) without = in_place(std::move(has).error(), suite, index, applies, supplied);
      continue;
    }
    some_have = true;
    if (auto possible = check_limits(cases.back()); !possible)
      return in_place(std::move(possible).error(), suite, index, applies, supplied);
  }
  if (without && !some_have) return *std::move(without);
  return cases;
}

}  // namespace

Result<Suite> parse_suite(std::string_view text, std::string_view origin,
                          std::string_view directory) {
  const auto root = TRY(report::parse_json(text, kSuiteLimits, origin));
  auto suite = SuiteReader(directory).read(root.root());
  if (!suite) return std::move(suite).error().in(report::printable(origin));
  // Some errors show in the plan only: a size that the transport cannot carry, for example.
  if (auto plan = make_plan(*suite, {}); !plan)
    return std::move(plan).error().in(report::printable(origin));
  return suite;
}

Result<Suite> load_suite(const std::string& name_or_path) {
  std::vector<std::string_view> names;
  for (const auto& suite : builtin_suites()) {
    if (suite.name == name_or_path) return parse_suite(suite.text, suite.name, "");
    names.push_back(suite.name);
  }
  if (name_or_path.find_first_of("./") == std::string::npos) {
    auto error = unknown_word("suite", name_or_path, names);
    if (!error.message.ends_with('?')) {
      error.message +=
          "; the name of a suite file must contain '.' or '/', as in ./mine.json; the values of an "
          "option are separated by commas, as in -t tcp,udp";
    }
    return error;
  }
  auto text = TRY(report::load_text_file(name_or_path, kSuiteLimits.bytes));
  const auto directory = std::filesystem::path(name_or_path).parent_path();
  return parse_suite(text, name_or_path, directory.string());
}

Result<Plan> make_plan(const Suite& suite, const OptionTexts& supplied) {
  PlanOptions options;
  for (const auto* texts : {&suite.run, &supplied}) {
    if (auto read = read_options(*texts, options); !read) return std::move(read).error();
  }
  std::vector<CaseSpec> all;
  std::map<std::string, std::size_t> matrix_of;  // by case
  for (std::size_t i = 0; i < suite.cases.size(); ++i) {
    auto cases = TRY(cases_of(suite, i, supplied));
    for (auto& spec : cases) {
      const auto [known, is_new] = matrix_of.emplace(spec.id(), i);
      if (!is_new && known->second != i && supplied.empty()) {
        return Error{fmt::format("cases[{}]: {} is also in cases[{}]; remove one", i, spec.id(),
                                 known->second)};
      }
      all.push_back(std::move(spec));
    }
  }
  return make_plan(std::move(all), options);
}

}  // namespace sockmark
