#include "bench/plan/plan_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <net/if.h>

#include <algorithm>
#include <cctype>
#include <span>
#include <utility>

#include "base/parse.h"
#include "base/text.h"
#include "bench/plan/message_limit.h"
#include "bench/plan/option_axes.h"

namespace sockmark {

namespace {

template <class T, class Parse>
Result<> read_list(std::string_view text, std::vector<T>& list, Parse parse) {
  auto items = TRY(split_list(text));
  list.clear();
  for (const auto& item : items) {
    auto value = TRY(parse(item));
    list.push_back(value);
  }
  return {};
}

template <class T, class Value>
Result<> read_one(Result<T> parsed, Value& value) {
  if (!parsed) return std::move(parsed).error();
  value = static_cast<Value>(*parsed);
  return {};
}

template <NamedEnum E>
Result<E> parse_name(const char* what, std::string_view text,
                     std::span<const WordHint> hints = {}) {
  if (const auto value = value_named<E>(lowercase(text))) return *value;
  return unknown_word(what, text, names_of<E>(), hints);
}

constexpr std::string_view kRoundTrip = "request and response is rr";
constexpr std::string_view kBulk = "one way as fast as possible is stream";
constexpr WordHint kWorkloadHints[] = {
    {"pingpong", kRoundTrip},
    {"ping-pong", kRoundTrip},
    {"ping", kRoundTrip},
    {"echo", kRoundTrip},
    {"tcp_rr", kRoundTrip},
    {"udp_rr", kRoundTrip},
    {"latency", "the latency of round trips is rr, one-way delay is stream"},
    {"throughput", kBulk},
    {"bandwidth", kBulk},
    {"bw", kBulk},
    {"tput", kBulk},
    {"bulk", kBulk},
    {"goodput", kBulk},
    {"tcp_stream", kBulk},
    {"udp_stream", kBulk},
    {"crr", "connect, request, response and close is connect"},
    {"tcp_crr", "connect, request, response and close is connect"},
};

constexpr WordHint kDirectionHints[] = {
    {"bidir", "streams in both directions are both"},
    {"bidirectional", "streams in both directions are both"},
    {"backward", "from the responder to the generator is reverse"},
    {"download", "from the responder to the generator is reverse"},
    {"upload", "from the generator to the responder is forward"},
};

Result<Workload> parse_workload(const std::string& text) {
  if (!text.empty() && text.find_first_not_of("0123456789kKMG") == text.npos) {
    return Error{fmt::format(
        "unknown workload \"{}\"; -w is the workload, --sndbuf and --rcvbuf set socket buffers",
        text)};
  }
  return parse_name<Workload>("workload", text, kWorkloadHints);
}

Result<std::uint64_t> parse_connections(const std::string& text) {
  auto count = parse_count(text, 1, kMaxConnections);
  const bool is_host =
      !text.empty() && (std::isalpha(static_cast<unsigned char>(text[0])) != 0 ||
                        text.find(':') != text.npos || std::ranges::count(text, '.') == 3);
  if (count || !is_host) return count;
  return Error{fmt::format(
      "\"{}\" is not a number of connections; sockmark run starts both ends itself, on this "
      "machine, at the address of -t tcp://ADDRESS:PORT",
      text)};
}

auto parse_count_up_to(std::uint64_t max) {
  return [max](std::string_view text) { return parse_count(text, 1, max); };
}

Result<> read_flag(std::string_view text, bool& value) {
  if (text != "true" && text != "false") {
    return Error{fmt::format("\"{}\": expected true or false", text)};
  }
  value = text == "true";
  return {};
}

// The second is "-" where the responder is not of the run.
Result<> read_pin(std::string_view text, PlanOptions& options) {
  const bool alone = text.ends_with(",-");
  std::vector<std::uint64_t> cpus;
  TRY(read_list(alone ? text.substr(0, text.size() - 2) : text, cpus,
                [](std::string_view item) { return parse_count(item, 0, 4095); }));
  if (cpus.size() != (alone ? 1 : 2)) {
    return Error{fmt::format(
        "\"{}\": expected two CPU numbers, of the generator and of the responder, such as 0,1",
        text)};
  }
  options.common.pin = Pin{.generator = static_cast<int>(cpus[0]),
                           .responder = alone ? Pin::kNone : static_cast<int>(cpus[1])};
  return {};
}

Result<> read_pause(std::string_view text, PlanOptions& options) {
  std::vector<Nanoseconds> times;
  TRY(read_list(text, times, parse_duration));
  if (times.size() != 2) {
    return Error{fmt::format("\"{}\": expected two times, EVERY,FOR, like 1s,100ms", text)};
  }
  options.common.pause = ServerPause{.every = times[0], .length = times[1]};
  return {};
}

Result<> read_source(std::string_view text, PlanOptions& options) {
  auto source = TRY(parse_host(text));
  options.common.socket.source = source;
  return {};
}

// Whether there is such an interface is found out where the sockets are.
Result<> read_interface(std::string_view text, PlanOptions& options) {
  if (text.empty() || text.size() >= IFNAMSIZ || text.find_first_of("/ \t\n") != text.npos) {
    return Error{
        fmt::format("\"{}\": the name of an interface has 1 to {} characters without "
                    "spaces and slashes",
                    text, IFNAMSIZ - 1)};
  }
  options.common.socket.interface_name = text;
  return {};
}

Result<> read_positive(std::string_view text, Nanoseconds& time, std::string_view least = "1us") {
  const auto value = TRY(parse_duration(text));
  if (value <= Nanoseconds(0))
    return Error{fmt::format("\"{}\": expected a time of at least {}", text, least)};
  time = value;
  return {};
}

Result<> read_interval(std::string_view text, PlanOptions& options) {
  return read_positive(text, options.common.interval, "1ms");
}

// "10k", "100Mbit".
Result<Rate> parse_plan_rate(const std::string& text) {
  constexpr std::string_view kBits = "bit";
  const auto not_bits = [&] {
    return Error{
        fmt::format("\"{}\" is not a rate; write bits/s like 800kbit, 100Mbit or 1Gbit", text)};
  };
  if (!text.ends_with(kBits)) {
    auto messages = parse_rate(text);
    if (messages) return Rate{.per_s = *messages, .bits = false};
    const bool meant_bits = lowercase(text).find('b') != std::string::npos;  // 100Mb, 100Mbps
    return meant_bits ? not_bits() : std::move(messages).error();
  }
  const auto bits = parse_rate(std::string_view(text).substr(0, text.size() - kBits.size()));
  if (!bits) return not_bits();
  return Rate{.per_s = *bits, .bits = true};
}

}  // namespace

Result<PortRange> parse_ports(std::string_view text) {
  const auto hyphen = text.find('-');
  const auto first = parse_count(text.substr(0, hyphen), 1, 65535);
  const auto last =
      parse_count(hyphen == text.npos ? std::string_view() : text.substr(hyphen + 1), 1, 65535);
  if (!first || !last || *first > *last) {
    return Error{fmt::format(
        "\"{}\": expected two ports from 1 to 65535, FIRST-LAST, such as 40000-40999", text)};
  }
  return PortRange{.first = static_cast<std::uint16_t>(*first),
                   .last = static_cast<std::uint16_t>(*last)};
}

std::string text_of(const Pin& pin) {
  if (pin.responder == Pin::kNone) return fmt::format("{},-", pin.generator);
  return fmt::format("{},{}", pin.generator, pin.responder);
}

std::string text_of(const PortRange& ports) {
  return fmt::format("{}-{}", ports.first, ports.last);
}

const std::vector<PlanOption>& plan_options() {
  using Scope = PlanOption::Scope;
  static const std::vector<PlanOption> rows = {
      {"transport", "-t", Scope::matrix, "LIST", "Transports or addresses, or all (all)",
       [](std::string_view text, PlanOptions& options) {
         return read_list(text, options.transports,
                          [](const std::string& item) -> Result<std::string> {
                            TRY(expand_transport(item));
                            return item;
                          });
       }},
      {"workload", "-w", Scope::matrix, "LIST", "rr, stream, connect (rr)",
       [](std::string_view text, PlanOptions& options) {
         return read_list(text, options.workloads, parse_workload);
       }},
      {"direction", "", Scope::matrix, "LIST",
       "stream: forward (to the responder), reverse, both; --rate is that of each direction "
       "(forward)",
       [](std::string_view text, PlanOptions& options) {
         return read_list(text, options.directions, [](std::string_view item) {
           return parse_name<StreamDirection>("direction", item, kDirectionHints);
         });
       }},
      {"size", "-s", Scope::matrix, "LIST",
       "Message sizes in bytes, header included; 1k is 1024, 1kB 1000; smallest 32; or a mix: "
       "imix, "
       "64x7+576x4+1500x1 (64)",
       [](std::string_view text, PlanOptions& options) {
         return read_list(text, options.sizes, parse_size_choice);
       }},
      {"response", "", Scope::matrix, "LIST",
       "rr, connect: sizes of the answer in bytes, header included (the request comes back)",
       [](std::string_view text, PlanOptions& options) {
         return read_list(text, options.responses, parse_size);
       }},
      {"rate", "-r", Scope::matrix, "LIST",
       "Open loop: messages/s over all connections, 1k is 1000; or bits/s of messages, such as "
       "100Mbit (closed loop; stream: saturating)",
       [](std::string_view text, PlanOptions& options) {
         return read_list(text, options.rates, parse_plan_rate);
       }},
      {"arrivals", "", Scope::each_run, "WORD",
       "With --rate: uniform, poisson, burst:N (N messages at once) or onoff:ON,OFF, such as "
       "onoff:100ms,900ms (uniform)",
       [](std::string_view text, PlanOptions& options) {
         return read_one(parse_arrivals(text), options.common.arrivals);
       }},
      {"depth", "", Scope::matrix, "LIST",
       "rr without --rate: messages outstanding per connection (1)",
       [](std::string_view text, PlanOptions& options) {
         return read_list(text, options.depths, parse_count_up_to(kMaxDepth));
       }},
      {"think", "", Scope::each_run, "TIME",
       "rr, connect without --rate: wait this long after an answer before the next message is due "
       "(0)",
       [](std::string_view text, PlanOptions& options) {
         return read_positive(text, options.common.think);
       }},
      {"connections", "-c", Scope::matrix, "LIST", "Connections (1)",
       [](std::string_view text, PlanOptions& options) {
         return read_list(text, options.connections, parse_connections);
       }},
      {"ramp", "", Scope::each_run, "RATE",
       "rr, stream: open this number of connections a second before the warm-up, such as 500 or "
       "500/s (all at once)",
       [](std::string_view text, PlanOptions& options) {
         const bool per_s = text.ends_with("/s");
         return read_one(parse_rate(per_s ? text.substr(0, text.size() - 2) : text),
                         options.common.ramp);
       }},
      {"threads", "-j", Scope::axis, "LIST",
       "Threads at each end; connections are divided among them (1)",
       [](std::string_view text, PlanOptions& options) {
         return read_list(text, options.threads, parse_count_up_to(kMaxThreads));
       }},
      {"duration", "-d", Scope::each_run, "TIME",
       "Length of the measurement: 250ms, 5s, 2m (5s; calibrate: 400ms)",
       [](std::string_view text, PlanOptions& options) {
         options.duration_given = true;
         return read_one(parse_duration(text), options.common.duration);
       }},
      {"messages", "", Scope::each_run, "N",
       "End the measurement after N messages over all connections; --duration is then its upper "
       "limit (1m; with --rate the time that they take)",
       [](std::string_view text, PlanOptions& options) {
         return read_one(parse_count(text, 1, kMaxMessages), options.common.messages);
       }},
      {"warmup", "", Scope::each_run, "TIME",
       "Traffic before the measurement (1s; calibrate: 100ms)",
       [](std::string_view text, PlanOptions& options) {
         return read_one(parse_duration(text), options.common.warmup);
       }},
      {"tmax", "", Scope::each_run, "TIME", "A message that takes longer is lost (1s)",
       [](std::string_view text, PlanOptions& options) {
         return read_one(parse_duration(text), options.common.tmax);
       }},
      {"interval", "", Scope::each_run, "TIME",
       "Print a line for every interval of a run while it runs, such as 1s; the intervals of the "
       "report's series (a twentieth of the duration; no lines)",
       [](std::string_view text, PlanOptions& options) { return read_interval(text, options); }},
      {"repetitions", "-n", Scope::plan, "N",
       "Blocks: runs per case, each with fresh processes and sockets (3; a comparison: enough for "
       "its gates, at least 8; calibrate: 24)",
       [](std::string_view text, PlanOptions& options) {
         return read_one(parse_count(text, 1, 10'000), options.repetitions);
       }},
      {"order", "", Scope::plan, "WORD",
       "interleaved (blocks in shuffled order), random, sequential (interleaved)",
       [](std::string_view text, PlanOptions& options) {
         return read_one(parse_name<Order>("order", text), options.order);
       }},
      {"seed", "", Scope::plan, "N", "Seed of every random choice (1)",
       [](std::string_view text, PlanOptions& options) {
         return read_one(parse_count(text, 0, UINT64_MAX), options.seed);
       }},
      {"hold-idle", "", Scope::plan, "",
       "Keep idle CPUs awake during the runs, if permitted (sockmark doctor)",
       [](std::string_view text, PlanOptions& options) {
         return read_flag(text, options.hold_idle);
       }},
      {"per-connection", "", Scope::plan, "",
       "Report messages, latency and retransmits of each connection, up to 1024",
       [](std::string_view text, PlanOptions& options) {
         return read_flag(text, options.common.per_connection);
       }},
      {"wait", "", Scope::each_run, "WORD",
       "How both ends wait: sleep, block, hybrid, spin (sleep; with --rate hybrid)",
       [](std::string_view text, PlanOptions& options) {
         return read_one(parse_name<WaitMode>("waiting mode", text), options.wait);
       }},
      {"pin", "", Scope::each_run, "GEN,RESP", "CPU of the generator and of the responder",
       read_pin},
      {"responder", "", Scope::each_run, "WHO",
       "Who answers: sockmark, echo (any echo server at the address), or a request file, such as "
       "./ping.json (sockmark; docs/other-servers.md)",
       [](std::string_view text, PlanOptions& options) {
         return read_one(read_responder(std::string(text)), options.common.responder);
       }},
      {"impair", "", Scope::each_run, "SPEC",
       "Datagrams: inject faults, loss=1%,duplicate=0.5%,reorder=2%:3,delay=5ms,seed=42 "
       "(docs/impairment.md)",
       [](std::string_view text, PlanOptions& options) {
         return read_one(parse_impairment(text), options.common.impair);
       }},
      {"server-pause", "", Scope::each_run, "EVERY,FOR",
       "Test aid: the responder stalls for FOR once every EVERY, such as 1s,100ms", read_pause},
      {"server-work", "", Scope::each_run, "TIME",
       "Test aid: CPU time that the responder spends on each message, such as 5us",
       [](std::string_view text, PlanOptions& options) {
         return read_one(parse_duration(text), options.common.work);
       }},
      {"gso", "", Scope::each_run, "",
       "UDP: batches of messages cross the kernel as one packet (UDP_SEGMENT, UDP_GRO)",
       [](std::string_view text, PlanOptions& options) {
         return read_flag(text, options.common.socket.segmentation_offload);
       }},
      {"nodelay", "", Scope::axis, "LIST", "TCP: on, off; off is Nagle's algorithm (on)",
       [](std::string_view text, PlanOptions& options) {
         return read_option_axis("nodelay", text, options);
       }},
      {"congestion", "", Scope::axis, "LIST",
       "TCP: congestion control by name, such as cubic,reno,bbr (the kernel's default)",
       [](std::string_view text, PlanOptions& options) {
         return read_option_axis("congestion", text, options);
       }},
      {"sndbuf", "", Scope::axis, "LIST",
       "SO_SNDBUF of every socket, at most net.core.wmem_max, or default (the kernel's default)",
       [](std::string_view text, PlanOptions& options) {
         return read_option_axis("sndbuf", text, options);
       }},
      {"rcvbuf", "", Scope::axis, "LIST",
       "SO_RCVBUF of every socket, at most net.core.rmem_max, or default (the kernel's default)",
       [](std::string_view text, PlanOptions& options) {
         return read_option_axis("rcvbuf", text, options);
       }},
      {"quickack", "", Scope::axis, "LIST",
       "TCP: on, off; set again with each receive (the kernel decides)",
       [](std::string_view text, PlanOptions& options) {
         return read_option_axis("quickack", text, options);
       }},
      {"mss", "", Scope::axis, "LIST",
       "TCP: largest segment in bytes, 88 to 32767 (that of the path)",
       [](std::string_view text, PlanOptions& options) {
         return read_option_axis("mss", text, options);
       }},
      {"busy-poll", "", Scope::axis, "LIST",
       "TCP, UDP: microseconds to poll the device for in a receive (net.core.busy_read)",
       [](std::string_view text, PlanOptions& options) {
         return read_option_axis("busy-poll", text, options);
       }},
      {"batch", "", Scope::axis, "LIST",
       "Messages that one system call may carry: a number, or max (max)",
       [](std::string_view text, PlanOptions& options) {
         return read_option_axis("batch", text, options);
       }},
      {"background", "", Scope::axis, "LIST",
       "Streams beside each case, such as stream:tcp:4 (4 connections): idle, forward, reverse and "
       "both, or one of them: none, stream:tcp:4:reverse (docs/background-load.md)",
       [](std::string_view text, PlanOptions& options) {
         const auto loads = expand_backgrounds(text);
         return loads ? read_option_axis("background", *loads, options) : Result<>(loads.error());
       }},
      {"source", "", Scope::each_run, "ADDRESS",
       "TCP, UDP: the address of this machine from which the generator connects, such as 10.0.0.9",
       read_source},
      {"interface", "", Scope::each_run, "NAME",
       "TCP, UDP: both ends use this interface only (SO_BINDTODEVICE)", read_interface},
      {"dscp", "", Scope::axis, "LIST",
       "TCP, UDP: mark the packets of both ends, 0 to 63 or EF, AF41, CS1, ... (IP_TOS)",
       [](std::string_view text, PlanOptions& options) {
         return read_option_axis("dscp", text, options);
       }},
      {"data-ports", "", Scope::each_run, "FIRST-LAST",
       "TCP, UDP: the responder takes its ports from this range, such as 40000-40999",
       [](std::string_view text, PlanOptions& options) {
         return read_one(parse_ports(text), options.common.socket.ports);
       }},
  };
  return rows;
}

const PlanOption* find_plan_option(std::string_view name) {
  for (const auto& option : plan_options()) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

Result<> read_options(const OptionTexts& texts, PlanOptions& options) {
  for (const auto& option : plan_options()) {
    const auto text = texts.find(option.name);
    if (text == texts.end()) continue;
    if (auto read = option.read(text->second, options); !read)
      return std::move(read).error().in(std::string("--") + option.name);
  }
  return {};
}

namespace {

// A depth of 1 is that of every case, and needs none to have it.
bool gives_depth(const OptionTexts& texts) {
  const auto depth = texts.find("depth");
  return depth != texts.end() && depth->second != "1";
}

// Forward is the direction of every message that is not answered.
bool gives_direction(const OptionTexts& texts) {
  const auto direction = texts.find("direction");
  return direction != texts.end() && lowercase(direction->second) != "forward";
}

bool ramps(const CaseSpec& spec) { return spec.ramp.has_value(); }

// The other workloads of the plan: "stream", "stream and connect".
std::string workloads_other_than(Workload excluded, const Plan& plan) {
  std::vector<std::string_view> names;
  for (const auto workload : kWorkloads) {
    if (workload != excluded && std::ranges::any_of(plan.cases, [&](const auto& spec) {
          return spec.workload == workload;
        }))
      names.push_back(name_of(workload));
  }
  return fmt::format("{}", fmt::join(names, " and "));
}

}  // namespace

Result<> check_applies(const OptionTexts& texts, const Plan& plan) {
  const auto requests = [](const CaseSpec& spec) { return spec.responder.request != nullptr; };
  if (texts.contains("size") && std::ranges::all_of(plan.cases, requests))
    return Error{"--size: the request file has the bytes to send; remove --size"};
  const auto open_loop = [](const CaseSpec& spec) { return spec.rate.has_value(); };
  if (texts.contains("arrivals") && std::ranges::none_of(plan.cases, open_loop))
    return Error{"--arrivals requires --rate"};
  const auto rr = [](const CaseSpec& spec) { return spec.workload == Workload::rr; };
  if (gives_depth(texts) && std::ranges::none_of(plan.cases, rr)) {
    return Error{
        fmt::format("--depth {} requires rr: no other workload has a depth", texts.at("depth"))};
  }
  const auto answers = [](const CaseSpec& spec) { return spec.answers(); };
  if (texts.contains("think") && std::ranges::none_of(plan.cases, answers)) {
    return Error{fmt::format("--think {} requires rr or connect: stream waits for no answer",
                             texts.at("think"))};
  }
  if (texts.contains("ramp") && std::ranges::none_of(plan.cases, ramps)) {
    return Error{fmt::format("--ramp {} requires rr or stream with at least 2 connections",
                             texts.at("ramp"))};
  }
  if (texts.contains("response") && std::ranges::none_of(plan.cases, answers)) {
    return Error{fmt::format("--response {} requires rr or connect: stream has no answers",
                             texts.at("response"))};
  }
  const auto stream = [](const CaseSpec& spec) { return spec.workload == Workload::stream; };
  if (gives_direction(texts) && std::ranges::none_of(plan.cases, stream)) {
    return Error{fmt::format("--direction {} requires stream: messages of {} are answered",
                             texts.at("direction"), workloads_other_than(Workload::stream, plan))};
  }
  return {};
}

std::vector<std::string> partly_applied(const OptionTexts& texts, const Plan& plan) {
  std::vector<std::string> lines = plan.left_out;
  const auto note = [&](const char* name, Workload applies) {
    const auto without = workloads_other_than(applies, plan);
    if (without.empty()) return;
    lines.push_back(fmt::format("--{} {} applies to {} only; the cases of {} are without it", name,
                                texts.at(name), name_of(applies), without));
  };
  if (gives_depth(texts)) note("depth", Workload::rr);
  const auto one_way = [](const CaseSpec& spec) { return !spec.answers(); };
  for (const char* name : {"response", "think"}) {
    if (texts.contains(name) && std::ranges::any_of(plan.cases, one_way))
      lines.push_back(
          fmt::format("--{} {} applies to rr and connect; the cases of stream are without it", name,
                      texts.at(name)));
  }
  if (texts.contains("ramp") && !std::ranges::all_of(plan.cases, ramps)) {
    lines.push_back(
        fmt::format("--ramp {} applies to several connections of rr and stream; the other cases "
                    "are without it",
                    texts.at("ramp")));
  }
  if (gives_direction(texts)) note("direction", Workload::stream);
  return lines;
}

OptionTexts texts_of(const CaseSpec& spec) {
  OptionTexts texts{{"transport", spec.address.empty() ? spec.transport : spec.address},
                    {"workload", std::string(name_of(spec.workload))},
                    {"size", spec.mix ? text_of(spec.mix) : std::to_string(spec.size)},
                    {"connections", std::to_string(spec.connections)},
                    {"threads", std::to_string(spec.threads)},
                    {"duration", text_of_time(spec.duration)},
                    {"warmup", text_of_time(spec.warmup)},
                    {"tmax", text_of_time(spec.tmax)},
                    {"wait", std::string(name_of(spec.wait))}};
  if (spec.messages) texts["messages"] = std::to_string(*spec.messages);
  if (spec.think > Nanoseconds(0)) texts["think"] = text_of_time(spec.think);
  if (spec.ramp) texts["ramp"] = fmt::format("{}", *spec.ramp);
  if (spec.interval > Nanoseconds(0)) texts["interval"] = text_of_time(spec.interval);
  if (spec.workload == Workload::stream) texts["direction"] = name_of(spec.direction);
  if (spec.rate) {
    texts["rate"] = fmt::format("{}", *spec.rate);
    texts["arrivals"] = text_of(spec.arrivals);
  } else {
    texts["depth"] = std::to_string(spec.depth);
  }
  if (spec.response) texts["response"] = std::to_string(*spec.response);
  if (spec.pin) texts["pin"] = text_of(*spec.pin);
  if (spec.responder.foreign())
    texts["responder"] = spec.responder.request ? spec.responder.file : spec.responder.name;
  if (spec.impair) texts["impair"] = text_of(*spec.impair);
  if (spec.pause) {
    texts["server-pause"] =
        fmt::format("{},{}", text_of_time(spec.pause->every), text_of_time(spec.pause->length));
  }
  if (spec.work > Nanoseconds(0)) texts["server-work"] = text_of_time(spec.work);
  if (spec.per_connection) texts["per-connection"] = "true";
  if (spec.socket.segmentation_offload) texts["gso"] = "true";
  for (const auto& axis : option_axes()) {
    if (auto text = axis.text(spec); !text.empty()) texts[axis.name] = std::move(text);
  }
  if (spec.socket.source) texts["source"] = host_text(*spec.socket.source);
  if (!spec.socket.interface_name.empty()) texts["interface"] = spec.socket.interface_name;
  if (spec.socket.ports) texts["data-ports"] = text_of(*spec.socket.ports);
  return texts;
}

}  // namespace sockmark
