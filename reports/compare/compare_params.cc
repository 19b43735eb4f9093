#include "reports/compare/compare_params.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "reports/model/metrics.h"
#include "reports/model/params_text.h"

namespace sockmark::report {
namespace {

using Names = std::span<const std::string_view>;
constexpr std::string_view kOfTransport[] = {"family", "address"};
constexpr std::string_view kOfAddress[] = {"transport", "family"};
constexpr std::string_view kOfFamily[] = {"transport", "address"};
constexpr std::string_view kOfWorkload[] = {"direction", "rate_per_s", "arrivals", "depth",
                                            "response_size_bytes"};
// Each server has its own address, and a request its own size.
constexpr std::string_view kOfResponder[] = {"address", "request"};
// A schedule is kept by waiting in another way than the answers of a closed loop are (hybrid).
constexpr std::string_view kOfThink[] = {"wait"};
constexpr std::string_view kOfRate[] = {"arrivals", "depth", "wait"};

template <class T>
std::string text_of(const Maybe<T>& value) {
  return value ? fmt::format("{}", *value) : value.reason();
}

constexpr Parameter kParameters[] = {
    {"arm", "", [](const Params& p) { return p.arm ? p.arm->name() : p.arm.reason(); }, Names()},
    // Two addresses of one transport are two things to compare.
    {"transport", "transport", [](const Params& p) { return p.address ? *p.address : p.transport; },
     kOfTransport},
    {"family", "", [](const Params& p) { return p.family; }, kOfFamily},
    {"address", "", [](const Params& p) { return text_of(p.address); }, kOfAddress},
    {"workload", "workload", [](const Params& p) { return p.workload; }, kOfWorkload},
    {"direction", "direction",
     [](const Params& p) { return p.direction ? *p.direction : std::string("forward"); }, Names()},
    {"size_bytes", "size",
     [](const Params& p) {
       if (p.request) return std::string("request");
       return p.size_mix ? *p.size_mix : text_of(p.size_bytes);
     },
     Names()},
    // A report of an earlier version has echoes only.
    {"response_size_bytes", "response",
     [](const Params& p) {
       return p.response_size_bytes ? text_of(p.response_size_bytes) : std::string(kEcho);
     },
     Names()},
    {"rate_per_s", "rate", [](const Params& p) { return text_of(p.rate_per_s); }, kOfRate},
    {"arrivals", "arrivals", [](const Params& p) { return text_of(p.arrivals); }, Names()},
    {"depth", "depth", [](const Params& p) { return text_of(p.depth); }, Names()},
    {"connections", "connections", [](const Params& p) { return fmt::format("{}", p.connections); },
     Names()},
    {"threads", "threads", [](const Params& p) { return fmt::format("{}", p.threads); }, Names()},
    {"generators", "generators",
     [](const Params& p) { return fmt::format("{}", p.generators ? *p.generators : 1); }, Names()},
    {"wait", "wait", [](const Params& p) { return p.wait; }, Names()},
    {"pin", "pin", [](const Params& p) { return fmt::format("{}", fmt::join(p.pin, ",")); },
     Names()},
    {"duration_ns", "duration", [](const Params& p) { return fmt::format("{}", p.duration_ns); },
     Names()},
    {"warmup_ns", "warmup", [](const Params& p) { return fmt::format("{}", p.warmup_ns); },
     Names()},
    {"messages", "messages", [](const Params& p) { return text_of(p.messages); }, Names()},
    {"think_ns", "think", [](const Params& p) { return text_of(p.think_ns); }, kOfThink},
    {"ramp_per_s", "ramp", [](const Params& p) { return text_of(p.ramp_per_s); }, Names()},
    {"tmax_ns", "tmax", [](const Params& p) { return fmt::format("{}", p.tmax_ns); }, Names()},
    {"impair", "impair", [](const Params& p) { return text_of(p.impair); }, Names()},
    {"server_work_ns", "server-work", [](const Params& p) { return text_of(p.server_work_ns); },
     Names()},
    {"server_pause", "server-pause",
     [](const Params& p) {
       const auto& pause = p.server_pause;
       return pause ? fmt::format("{},{}", pause->every_ns, pause->for_ns) : pause.reason();
     },
     Names()},
    {"source", "source", [](const Params& p) { return text_of(p.source); }, Names()},
    {"interface", "interface", [](const Params& p) { return text_of(p.interface_name); }, Names()},
    {"data_ports", "data-ports", [](const Params& p) { return text_of(p.data_ports); }, Names()},
    {"nodelay", "nodelay", [](const Params& p) { return requested_text(p, "nodelay"); }, Names()},
    {"congestion", "congestion", [](const Params& p) { return requested_text(p, "congestion"); },
     Names()},
    {"sndbuf", "sndbuf", [](const Params& p) { return requested_text(p, "sndbuf"); }, Names()},
    {"rcvbuf", "rcvbuf", [](const Params& p) { return requested_text(p, "rcvbuf"); }, Names()},
    {"quickack", "quickack", [](const Params& p) { return requested_text(p, "quickack"); },
     Names()},
    {"mss", "mss", [](const Params& p) { return requested_text(p, "mss"); }, Names()},
    {"busy_poll", "busy-poll", [](const Params& p) { return requested_text(p, "busy-poll"); },
     Names()},
    {"dscp", "dscp", [](const Params& p) { return requested_text(p, "dscp"); }, Names()},
    {"batch", "batch", [](const Params& p) { return requested_text(p, "batch"); }, Names()},
    {"background", "background", [](const Params& p) { return requested_text(p, "background"); },
     Names()},
    {"responder", "responder", [](const Params& p) { return responder_name(p); }, kOfResponder},
    {"request", "", [](const Params& p) { return text_of(p.request); }, Names()},
};

bool follows(const Parameter& question, std::string_view name) {
  return std::ranges::find(question.followers, name) != question.followers.end();
}

// The value of a parameter where `question` is asked. Where the address follows, one transport is
// the same thing at each of them.
std::string text_within(const Parameter* question, const Parameter& parameter,
                        const Params& params) {
  const bool any_address = question != nullptr && follows(*question, "address");
  const bool transport = parameter.name == std::string_view("transport");
  return any_address && transport ? params.transport : parameter.text(params);
}

// What a transport promises decides which of its metrics apply (docs/definitions/transports.md),
// and is not otherwise recorded.
std::string promises_of(const Case& one) {
  for (const Run& run : one.runs) {
    if (!run.loss) continue;
    const Maybe<double>& ratio = run.loss->loss_ratio;
    return !ratio && ratio.reason() == kNotApplicable ? "reliable and ordered" : "none";
  }
  return "unknown";
}

// Of what "the latency" is.
std::string delay_kind_of(const Case& one) {
  for (const Run& run : one.runs) {
    if (run.latency) return run.latency->delay_kind.name();
  }
  return "unknown";
}

// What an option sets: where it is the question, the difference is no surprise.
bool is_set_by(std::string_view option, std::string_view socket_option) {
  constexpr std::pair<std::string_view, std::string_view> kSets[] = {
      {"nodelay", "TCP_NODELAY"},    {"congestion", "TCP_CONGESTION"},
      {"sndbuf", "SO_SNDBUF"},       {"rcvbuf", "SO_RCVBUF"},
      {"quickack", "TCP_QUICKACK"},  {"mss", "TCP_MAXSEG"},
      {"busy_poll", "SO_BUSY_POLL"}, {"dscp", "IP_TOS"},
      {"dscp", "IPV6_TCLASS"}};
  return std::ranges::count(kSets, std::pair(option, socket_option)) > 0;
}

// Of two transports, only the options that both have.
void add_socket_options(const Parameter* question, const Params& baseline, const Params& candidate,
                        std::vector<std::string>& unequal) {
  const auto value = [](const Params& params, const std::string& name) {
    const auto found = params.socket_options.find(name);
    return found == params.socket_options.end() ? "none" : value_text(found->second);
  };
  auto all = baseline.socket_options;
  all.insert(candidate.socket_options.begin(), candidate.socket_options.end());
  for (const auto& [name, unused] : all) {
    const bool both =
        baseline.socket_options.contains(name) && candidate.socket_options.contains(name);
    if (!both && baseline.transport != candidate.transport) continue;
    if (question != nullptr && is_set_by(question->name, name)) continue;
    const std::string a = value(baseline, name), b = value(candidate, name);
    if (a != b) unequal.push_back(fmt::format("{}: {}, {}", name, a, b));
  }
}

}  // namespace

std::span<const Parameter> parameters() { return kParameters; }

const Parameter* find_parameter(std::string_view name) {
  const auto* found = std::ranges::find_if(kParameters, [name](const Parameter& parameter) {
    return name == parameter.name || (!name.empty() && name == parameter.option);
  });
  return found == std::ranges::end(kParameters) ? nullptr : found;
}

std::vector<std::string> values_of(const Parameter& parameter, std::span<const Case> cases) {
  std::vector<std::string> values;
  for (const Case& one : cases) {
    std::string value = parameter.text(one.params);
    if (std::ranges::find(values, value) == values.end()) values.push_back(std::move(value));
  }
  return values;
}

std::vector<std::string> varying_parameters(std::span<const Case> cases) {
  std::vector<std::string> names;
  for (const Parameter& parameter : kParameters) {
    if (values_of(parameter, cases).size() > 1) names.emplace_back(parameter.name);
  }
  return names;
}

Result<const Parameter*> choose_parameter(std::span<const Case> cases, std::string_view name) {
  if (cases.empty()) return Error{"there is no case to compare"};
  const auto varying = varying_parameters(cases);
  const std::string there_is = varying.empty()
                                   ? "no parameter varies between its cases"
                                   : fmt::format("what varies is {}", fmt::join(varying, ", "));
  const Parameter* parameter = find_parameter(name);
  if (parameter == nullptr) return Error{fmt::format("no parameter \"{}\"; {}", name, there_is)};
  if (values_of(*parameter, cases).size() < 2)
    return Error{fmt::format("{} is the same in every case; {}", parameter->name, there_is)};
  return parameter;
}

Result<std::string> choose_baseline(std::span<const Case> cases, const Parameter& parameter,
                                    const std::optional<std::string>& wanted) {
  const auto values = values_of(parameter, cases);
  const auto has = [&](std::string_view value) {
    return std::ranges::find(values, value) != values.end();
  };
  if (!wanted) return has("baseline") ? "baseline" : values.front();
  if (has(*wanted)) return *wanted;
  return Error{fmt::format("no case has {} \"{}\"; there are {}", parameter.name, *wanted,
                           fmt::join(values, ", "))};
}

std::string key_without(const Parameter& parameter, const Params& params) {
  std::string key;
  for (const Parameter& other : kParameters) {
    if (other.name == std::string_view(parameter.name) || follows(parameter, other.name)) continue;
    key += text_within(&parameter, other, params);
    key += '\0';  // no parameter contains it, so adjacent ones stay apart
  }
  return key;
}

std::vector<std::string> differing_fields(const Parameter* question, const Case& baseline,
                                          const Case& candidate) {
  std::vector<std::string> unequal;
  const auto add = [&](std::string_view name, const std::string& a, const std::string& b) {
    if (a != b) unequal.push_back(fmt::format("{}: {}, {}", name, a, b));
  };
  for (const Parameter& parameter : kParameters) {
    const std::string_view name = parameter.name;
    if (question != nullptr && name == question->name) continue;
    // A transport always has its own family and address, and a server its own address and request:
    // they are not listed.
    const bool implied =
        name == "transport" || name == "family" || name == "address" || name == "request";
    if (question != nullptr && implied && follows(*question, name)) continue;
    add(name, text_within(question, parameter, baseline.params),
        text_within(question, parameter, candidate.params));
  }
  add("promises", promises_of(baseline), promises_of(candidate));
  add("latency", delay_kind_of(baseline), delay_kind_of(candidate));
  add_socket_options(question, baseline.params, candidate.params, unequal);
  return unequal;
}

}  // namespace sockmark::report
