#include "bench/plan/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/assert.h"
#include "base/parse.h"
#include "base/random.h"
#include "base/text.h"
#include "bench/plan/option_axes.h"
#include "bench/protocol/wire.h"
#include "measure/series.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Per run: to start two processes, connect them and end them.
constexpr Nanoseconds kStartAllowance = 100ms;

Result<> check_message_size(const CaseSpec& spec, const std::string& option, std::uint64_t smallest,
                            std::uint64_t largest) {
  const std::size_t max = spec.transport_row().get().promises().max_message;
  if (smallest < kHeaderBytes) {
    return Error{
        fmt::format("{}: smaller than the message header of {} bytes", option, kHeaderBytes)};
  }
  if (largest > max) {
    return Error{
        fmt::format("{}: {} carries messages of at most {} bytes", option, spec.transport, max)};
  }
  return {};
}

Result<> check_sizes(const CaseSpec& spec) {
  if (spec.responder.request) return {};  // the request is what is sent
  if (spec.mix) {
    const std::string option = "--size " + name_of(spec.mix);
    if (spec.size != spec.mix.largest()) return Error{option + ": another size than its largest"};
    if (spec.socket.segmentation_offload)
      return Error{option + ": a packet of --gso has messages of one size; omit --gso"};
    TRY(check_message_size(spec, option, spec.mix.smallest(), spec.mix.largest()));
  } else {
    TRY(check_message_size(spec, fmt::format("--size {}", spec.size), spec.size, spec.size));
  }
  if (!spec.response) return {};
  const std::string option = fmt::format("--response {}", *spec.response);
  if (!spec.answers()) return Error{option + ": stream has no answers; choose rr or connect"};
  return check_message_size(spec, option, *spec.response, *spec.response);
}

Result<> check_range(std::string_view option, std::uint64_t value, std::uint64_t min,
                     std::uint64_t max) {
  if (value >= min && value <= max) return {};
  return Error{fmt::format("{} {}: expected a number from {} to {}", option, value, min, max)};
}

Result<> check_times(const CaseSpec& spec) {
  constexpr Nanoseconds kMaxTime = 24h;
  if (spec.duration < 1ms || spec.duration > kMaxTime)
    return Error{"--duration: expected a time from 1ms to 24h"};
  if (spec.warmup < 0ns || spec.warmup > kMaxTime)
    return Error{"--warmup: expected a time of at most 24h"};
  if (spec.tmax < 1ms || spec.tmax > 1min) return Error{"--tmax: expected a time from 1ms to 1m"};
  return {};
}

Result<> check_rate(const CaseSpec& spec) {
  if (!spec.rate) return {};
  if (!(*spec.rate >= kMinRate && *spec.rate <= kMaxRate)) {
    return Error{fmt::format("--rate {}: expected messages/s from 0.001 to 1000M", *spec.rate)};
  }
  if (spec.workload == Workload::connect) {
    return Error{"--rate: connect is a closed loop; remove --rate, or choose rr or stream"};
  }
  if (spec.wait == WaitMode::block) {
    return Error{
        "--wait block: a thread blocked in a receive cannot send on time; with --rate choose "
        "sleep, "
        "hybrid or spin"};
  }
  if (spec.depth != 1)
    return Error{"--depth cannot be combined with --rate: an open loop has no depth"};
  return {};
}

Result<> check_direction(const CaseSpec& spec) {
  if (spec.direction == StreamDirection::forward) return {};
  const auto reject = [&](std::string_view why) {
    return Error{fmt::format("--direction {}: {}", name_of(spec.direction), why)};
  };
  if (spec.workload != Workload::stream)
    return reject(
        fmt::format("requires stream: messages of {} are answered", name_of(spec.workload)));
  if (spec.responder.foreign())
    return reject("a server that is not sockmark sends no stream; remove --responder");
  if (spec.per_connection)
    return reject("--per-connection has figures of streams to the responder only");
  if (spec.generators > 1)
    return reject("the responder sends to one generator; remove --generator-via and --generators");
  if (spec.direction == StreamDirection::both && spec.wait == WaitMode::block)
    return reject("a thread blocked in a receive cannot send; choose --wait sleep, hybrid or spin");
  if (spec.direction == StreamDirection::reverse && spec.work > 0ns)
    return reject("--server-work has no effect where the responder receives nothing");
  return {};
}

// The kernel chooses the thread of the responder that a connection goes to.
Result<> check_shared_address(const CaseSpec& spec) {
  const auto reject = [&](std::string_view why) {
    return Error{
        fmt::format("--threads {}: cannot share {}: {}; give a transport without an address",
                    spec.threads, spec.address, why)};
  };
  const auto family = spec.transport_row().family;
  if (family != "ipv4" && family != "ipv6")
    return reject("only a port can be shared by threads, of tcp, tcp6, udp or udp6");
  if (spec.workload == Workload::connect)
    return reject("each operation of connect would reach another thread");
  if (spec.wait == WaitMode::block)
    return reject("--wait block requires one connection per thread");
  return {};
}

Result<> check_interval(const CaseSpec& spec) {
  if (spec.interval == 0ns) return {};
  if (spec.interval < 1ms) return Error{"--interval: expected a time of at least 1ms"};
  if (spec.interval > spec.duration) {
    return Error{fmt::format("--interval {}: exceeds the duration of a run, {}",
                             text_of_time(spec.interval), text_of_time(spec.duration))};
  }
  const std::uint64_t most =
      std::min(kMaxIntervals,
               kMaxIntervalsOfThreads / std::clamp<std::uint64_t>(spec.threads, 1, kMaxThreads));
  if (Series::sub_windows_of(spec.duration, spec.interval) <= most) return {};
  const Nanoseconds least(std::chrono::ceil<std::chrono::milliseconds>(
      spec.duration / static_cast<std::int64_t>(most)));
  return Error{fmt::format(
      "--interval {}: a run of {} has at most {} intervals{}; give at least {}",
      text_of_time(spec.interval), text_of_time(spec.duration), most,
      spec.threads > 1 ? fmt::format(" with {} threads", spec.threads) : "", text_of_time(least))};
}

// A window in which no message is due measures nothing. Of Poisson arrivals only the mean number is
// known before a run.
Result<> check_due_messages(const CaseSpec& spec) {
  if (!spec.rate) return {};
  const Nanoseconds end = spec.warmup + spec.duration;
  const double expected = *spec.rate * std::chrono::duration<double>(spec.duration).count();
  const auto reject = [&](std::string_view why) {
    return Error{fmt::format("--rate {:g}: {}; increase --rate or --duration", *spec.rate, why)};
  };
  if (spec.arrivals.process != Arrivals::uniform) {
    const double events = expected / static_cast<double>(spec.arrivals.burst);
    if (events >= 1) return {};
    return reject(fmt::format("{:.2g} {} are expected in a window of {}, fewer than one", events,
                              spec.arrivals.burst > 1 ? "bursts" : "messages",
                              text_of_time(spec.duration)));
  }
  Schedule schedule({.rate = *spec.rate});
  static_cast<void>(schedule.count_until(spec.warmup));
  if (schedule.due() < end) return {};
  return reject(fmt::format(
      "no message is due in the window: one is due every {:g} s from the start of the warm-up, and "
      "the window is from {} to {}",
      1 / *spec.rate, text_of_time(spec.warmup), text_of_time(end)));
}

// A window holds whole cycles or parts of many: otherwise its mean rate is not --rate.
Result<> check_on_off(const CaseSpec& spec) {
  const ArrivalLaw& law = spec.arrivals;
  if (!spec.rate || law.process != Arrivals::onoff) return {};
  if (law.on + law.off > spec.duration) {
    return Error{
        fmt::format("--arrivals {}: one cycle is longer than the window of {}; increase "
                    "--duration, or shorten the periods",
                    text_of(law), text_of_time(spec.duration))};
  }
  const double rate =
      *spec.rate * static_cast<double>(ns(law.on + law.off)) / static_cast<double>(ns(law.on));
  if (rate <= kMaxRate) return {};
  return Error{fmt::format(
      "--arrivals {}: --rate {:g} requires {:g} messages/s in the ON periods; at most {:g}",
      text_of(law), *spec.rate, rate, kMaxRate)};
}

Result<> check_faults_and_offload(const CaseSpec& spec) {
  const Promises& promises = spec.transport_row().get().promises();
  if (spec.impair) {
    if (!promises.message_boundaries) {
      return Error{fmt::format(
          "--impair: {} is a byte stream, which cannot lose a single message; choose a datagram "
          "transport (udp, udp6, unix-dgram)",
          spec.transport)};
    }
    if (spec.workload == Workload::connect) {
      return Error{"--impair: connect sends one message per connection; choose rr or stream"};
    }
  }
  if (spec.socket.segmentation_offload && !promises.segments) {
    return Error{
        fmt::format("--gso: {} has no segmentation offload; choose udp or udp6", spec.transport)};
  }
  if (spec.pause && (spec.pause->every < 1ms || spec.pause->length < 1us ||
                     spec.pause->length >= spec.pause->every)) {
    return Error{"--server-pause: expected EVERY of at least 1ms and a shorter FOR, like 1s,100ms"};
  }
  if (spec.work < 0ns || spec.work > 1s)
    return Error{"--server-work: expected a time of at most 1s"};
  return {};
}

// Zero if the user named none.
std::uint16_t requested_port(const std::string& address) {
  if (names_a_host(address)) {
    const auto name = parse_host_name(address);
    return name ? name->port : std::uint16_t{0};
  }
  const auto numeric = parse_address(address);
  return numeric ? port_of(*numeric) : std::uint16_t{0};
}

// The ports of --data-ports that the listeners take, and over UDP a socket for each peer.
std::uint64_t data_ports_needed(const CaseSpec& spec) {
  const bool udp = spec.transport_row().get().promises().message_boundaries;
  const bool chosen = requested_port(spec.address) != 0;
  const std::uint64_t listeners = chosen ? 0 : spec.shares_address() ? 1 : spec.threads;
  return listeners + (udp ? spec.connections : 0);
}

Result<> check_addresses(const CaseSpec& spec) {
  const auto family = spec.transport_row().family;
  const auto& source = spec.socket.source;
  const auto& ports = spec.socket.ports;
  // The family of a name is known when it is resolved.
  const bool unresolved = names_a_host(spec.address) && spec.resolved_address.empty();
  if (source && !unresolved && (source->family() == AF_INET6) != (family == "ipv6")) {
    return Error{fmt::format("--source {}: not an address of the family of {}, {}",
                             host_text(*source), spec.transport, family)};
  }
  if (!ports) return {};
  const std::uint64_t count = ports->last - ports->first + 1U, needed = data_ports_needed(spec);
  if (count >= needed) return {};
  return Error{fmt::format(
      "--data-ports {}-{}: {} with --connections {} and --threads {} needs {} "
      "ports",
      ports->first, ports->last, spec.transport, spec.connections, spec.threads, needed)};
}

// A foreign responder is a server that runs already, and no process of the run.
Result<> check_responder(const CaseSpec& spec) {
  const auto family = spec.transport_row().family;
  if (!spec.responder.foreign()) {
    if (spec.pin && spec.pin->responder == Pin::kNone)
      return Error{
          fmt::format("--pin {},-: expected two CPU numbers, of the generator and of the "
                      "responder, such as 0,1",
                      spec.pin->generator)};
    return {};
  }
  const std::string option = "--responder " + spec.responder.name;
  const auto refuse = [&](std::string_view why) {
    return Error{fmt::format("{}: {}", option, why)};
  };
  if (family == "memory") return refuse("memory connects two threads of one process");
  if (spec.address.empty())
    return refuse(fmt::format("{} needs the address of the server: -t {}", spec.transport,
                              family == "unix" ? spec.transport + ":PATH"
                                               : spec.transport.substr(0, 3) + "://HOST:PORT"));
  if (family != "unix" && requested_port(spec.address) == 0)
    return refuse(spec.address + " has no port; give that of the server");
  if (spec.workload == Workload::stream)
    return refuse("stream measures at the receiver, which is not sockmark; choose rr or connect");
  if (spec.responder.request && spec.transport_row().get().promises().message_boundaries)
    return refuse(
        fmt::format("answers over {} belong to no request for certain; choose tcp, tcp6 or "
                    "unix-stream",
                    spec.transport));
  if (spec.responder.request && spec.size != spec.responder.request->request.size())
    return refuse("the size is that of the request");
  if (spec.pin && spec.pin->responder != Pin::kNone)
    return Error{
        fmt::format("--pin {},{}: the server is not a process of the run; give the CPU of "
                    "the generator only: --pin {},-",
                    spec.pin->generator, spec.pin->responder, spec.pin->generator)};
  for (const auto& [given, name] : {std::pair(spec.impair.has_value(), "--impair"),
                                    std::pair(spec.pause.has_value(), "--server-pause"),
                                    std::pair(spec.work > 0ns, "--server-work"),
                                    std::pair(spec.socket.ports.has_value(), "--data-ports"),
                                    std::pair(spec.response.has_value(), "--response")}) {
    if (given)
      return Error{fmt::format("{} requires the responder of sockmark, not {}", name, option)};
  }
  return {};
}

constexpr std::string_view kNoSharedMemory =
    "shared memory between processes is not measured; memory is between threads of one process";
constexpr std::string_view kUnixSockets = "UNIX sockets are unix-stream and unix-dgram";
constexpr WordHint kTransportHints[] = {
    {"shm", kNoSharedMemory},
    {"shmem", kNoSharedMemory},
    {"sharedmem", kNoSharedMemory},
    {"inproc", kNoSharedMemory},
    {"uds", kUnixSockets},
    {"unix", kUnixSockets},
    {"ipc", kUnixSockets},
    {"local", kUnixSockets},
    {"af_unix", kUnixSockets},
    {"unix-seqpacket", kUnixSockets},
    {"quic", "QUIC is not measured; UDP, which carries it, is udp or udp6"},
};

}  // namespace

Result<std::vector<TransportChoice>> expand_transport(const std::string& text) {
  const bool is_address = text.find(':') != std::string::npos;
  const std::string item = is_address ? text : lowercase(text);
  std::vector<TransportChoice> choices;
  if (item == "all") {
    for (const auto& row : catalogue()) {
      if (row.in_all) choices.push_back({std::string(row.name), ""});
    }
    return choices;
  }
  if (is_address && names_a_host(item)) {
    const auto name = TRY(parse_host_name(item));
    choices.push_back({name.scheme == Address::Scheme::tcp ? "tcp" : "udp", name.text()});
    return choices;
  }
  if (is_address) {
    auto address = TRY(parse_address(item));
    choices.push_back({std::string(transport_of(address).name), address.text()});
    return choices;
  }
  if (find_transport(item) == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& row : catalogue()) names.push_back(row.name);
    names.emplace_back("all");
    const bool time = !item.empty() && item.front() >= '0' && item.front() <= '9' &&
                      item.find_first_not_of("0123456789.smh") == item.npos;
    if (time)
      return Error{fmt::format(
          "unknown transport \"{}\"; -t is the transport, -d the duration, such as -d 10s", text)};
    return unknown_word("transport", text, names, kTransportHints);
  }
  choices.push_back({item, ""});
  return choices;
}

const CatalogueRow& CaseSpec::transport_row() const {
  const CatalogueRow* row = find_transport(transport);
  ASSERT(row != nullptr);
  return *row;
}

bool CaseSpec::needs_socket_file() const {
  return address.empty() && transport_row().family == "unix";
}

double CaseSpec::mean_size() const { return mix ? mix.mean_bytes() : static_cast<double>(size); }

bool CaseSpec::is_tcp() const {
  const CatalogueRow& row = transport_row();
  return (row.family == "ipv4" || row.family == "ipv6") && !row.get().promises().message_boundaries;
}

bool CaseSpec::reliable() const {
  return transport_row().get().promises().reliable && !impair &&
         responder.kind != ResponderChoice::Kind::echo;
}

std::uint64_t CaseSpec::message_bytes() const { return responder.request ? kHeaderBytes : size; }

Result<> check_limits(const CaseSpec& spec) {
  TRY(check_responder(spec));
  TRY(check_rate(spec));
  TRY(check_direction(spec));
  TRY(check_transport_has_options(spec));
  TRY(check_option_values(spec));
  TRY(check_faults_and_offload(spec));
  TRY(check_addresses(spec));
  TRY(check_sizes(spec));
  TRY(check_times(spec));
  TRY(check_interval(spec));
  TRY(check_due_messages(spec));
  TRY(check_on_off(spec));
  TRY(check_range("--depth", spec.depth, 1, kMaxDepth));
  TRY(check_range("--connections", spec.connections, 1, kMaxConnections));
  TRY(check_range("--threads", spec.threads, 1, kMaxThreads));
  TRY(check_range("--generator-via", spec.generators, 1, kMaxGenerators));
  if (spec.per_connection && spec.connections > kMaxConnectionsReported) {
    return Error{
        fmt::format("--per-connection: reports at most {} connections, got --connections {}",
                    kMaxConnectionsReported, spec.connections)};
  }
  if (spec.generators * spec.threads > spec.connections) {
    if (spec.generators == 1)
      return Error{fmt::format("--threads {}: exceeds the number of connections, {}", spec.threads,
                               spec.connections)};
    return Error{fmt::format("--connections {}: {} generators with --threads {} need at least {}",
                             spec.connections, spec.generators, spec.threads,
                             spec.generators * spec.threads)};
  }
  if (spec.generators > 1 && spec.transport_row().family == "memory")
    return Error{"--generator-via: memory connects two threads of one process"};
  if (spec.shares_address()) {
    if (auto fits = check_shared_address(spec); !fits) return fits;
  }
  if (spec.wait == WaitMode::block && (spec.connections != spec.threads || spec.generators > 1 ||
                                       spec.workload == Workload::connect)) {
    return Error{
        fmt::format("--wait block: requires rr or stream with one connection per thread, got {}, "
                    "--connections {}, --threads {}",
                    name_of(spec.workload), spec.connections, spec.threads)};
  }
  return {};
}

std::string_view summary_of(Workload workload) {
  switch (workload) {
    case Workload::rr:
      return "request and response: every message is echoed, or answered with --response bytes; "
             "latency is "
             "the round trip (open loop with --rate, closed loop with --depth)";
    case Workload::stream:
      return "one way, at --rate or as fast as the transport takes messages; the receiver measures "
             "goodput and delay (--direction: which end sends)";
    case Workload::connect:
      return "connect, one request and response, close, repeat; latency of the whole operation";
  }
  return "";
}

std::string CaseSpec::id() const {
  std::string text =
      fmt::format("{}/{}/{}/c{}", address.empty() ? transport : address, name_of(workload),
                  mix ? sockmark::name_of(mix) : fmt::format("{}B", size), connections);
  if (response) text += fmt::format("/response{}B", *response);
  if (rate) text += fmt::format("/r{}", *rate);
  if (rate && arrivals != Arrivals::uniform) text += fmt::format("/{}", text_of(arrivals));
  if (depth != 1) text += fmt::format("/d{}", depth);
  if (direction != StreamDirection::forward) text += fmt::format("/{}", name_of(direction));
  if (threads != 1) text += fmt::format("/j{}", threads);
  if (generators != 1) text += fmt::format("/g{}", generators);
  if (wait != WaitMode::sleep) text += fmt::format("/{}", name_of(wait));
  if (impair) text += "/impaired";
  if (pause) text += "/paused";
  if (work > 0ns) text += "/worked";
  if (socket.segmentation_offload) text += "/gso";
  text += option_parts(*this);
  if (responder.foreign()) text += "/" + responder.name;
  if (arm != Arm::none) text += fmt::format("@{}", name_of(arm));
  return text;
}

namespace {

// A rate of an open loop, or a depth of a closed one.
struct Pressure {
  std::optional<double> rate;
  std::uint64_t depth = 1;
};

std::vector<std::optional<std::uint64_t>> responses_of(const PlanOptions& options,
                                                       const CaseSpec& spec) {
  if (options.responses.empty() || !spec.answers()) return {std::nullopt};
  return {options.responses.begin(), options.responses.end()};
}

std::vector<Pressure> pressures(const PlanOptions& options, const CaseSpec& spec) {
  std::vector<Pressure> result;
  for (const Rate& rate : options.rates)
    result.push_back({.rate = rate.messages_per_s(spec.mean_size())});
  if (!result.empty()) {
    // --depth with --rate: kept, so that check_limits() rejects it instead of ignoring it here.
    for (const auto depth : options.depths) {
      if (depth != 1) result.push_back({.rate = result.front().rate, .depth = depth});
    }
    return result;
  }
  if (spec.workload != Workload::rr) return {{}};
  for (const auto depth : options.depths) result.push_back({.rate = {}, .depth = depth});
  return result;
}

WaitMode wait_of(const PlanOptions& options, const CaseSpec& spec) {
  const bool one_cpu = spec.pin && spec.pin->generator == spec.pin->responder;
  return options.wait.value_or(spec.rate && !one_cpu ? WaitMode::hybrid : WaitMode::sleep);
}

// Every spec with every one of its values: `values(spec)` gives them, `set(spec, value)` applies
// one.
template <class Values, class Set>
std::vector<CaseSpec> product(const std::vector<CaseSpec>& specs, Values values, Set set) {
  std::vector<CaseSpec> result;
  for (const auto& spec : specs) {
    for (const auto& value : values(spec)) set(result.emplace_back(spec), value);
  }
  return result;
}

template <class T, class Set>
std::vector<CaseSpec> product(const std::vector<CaseSpec>& specs, const std::vector<T>& values,
                              Set set) {
  return product(
      specs, [&](const CaseSpec&) -> const std::vector<T>& { return values; }, set);
}

Error too_many_cases() {
  return Error{
      fmt::format("the lists of options make more than {} cases; shorten a list", kMaxCases)};
}

// An upper bound. Lists multiply: a short command line can ask for more than memory holds.
double number_of_combinations(const PlanOptions& options) {
  double number = static_cast<double>(catalogue().size());
  for (const std::size_t length :
       {options.transports.size(), options.workloads.size(), options.sizes.size(),
        std::max<std::size_t>(options.responses.size(), 1), options.connections.size(),
        options.threads.size(), options.rates.size() + options.depths.size(),
        options.directions.size()}) {
    number *= static_cast<double>(length);
  }
  for (const auto& [name, values] : options.axes) number *= static_cast<double>(values.size());
  return number;
}

}  // namespace

Result<std::vector<CaseSpec>> combinations(const PlanOptions& options) {
  if (number_of_combinations(options) > 100.0 * static_cast<double>(kMaxCases))
    return too_many_cases();
  std::vector<TransportChoice> transports;
  for (const auto& item : options.transports) {
    auto choices = TRY(expand_transport(item).in("--transport"));
    std::ranges::move(choices, std::back_inserter(transports));
  }
  // Workload and size are outermost: cases that a reader compares are next to each other.
  std::vector<CaseSpec> specs = {options.common};
  specs = product(specs, options.workloads,
                  [](CaseSpec& spec, Workload value) { spec.workload = value; });
  // Only a stream has a direction: other workloads appear once.
  specs = product(
      specs,
      [&](const CaseSpec& spec) {
        return spec.workload == Workload::stream ? options.directions
                                                 : std::vector{StreamDirection::forward};
      },
      [](CaseSpec& spec, StreamDirection value) { spec.direction = value; });
  const auto& request = options.common.responder.request;
  specs = product(specs, options.sizes, [&](CaseSpec& spec, const SizeChoice& value) {
    spec.size = request ? request->request.size() : value.bytes;
    if (!request) spec.mix = value.mix;
  });
  specs = product(
      specs, [&](const CaseSpec& spec) { return responses_of(options, spec); },
      [](CaseSpec& spec, const auto& value) { spec.response = value; });
  specs = product(specs, options.connections,
                  [](CaseSpec& spec, auto value) { spec.connections = value; });
  specs = product(specs, options.threads, [](CaseSpec& spec, auto value) { spec.threads = value; });
  specs = product(
      specs, [&](const CaseSpec& spec) { return pressures(options, spec); },
      [&](CaseSpec& spec, const Pressure& value) {
        spec.rate = value.rate;
        spec.depth = value.depth;
        spec.wait = wait_of(options, spec);
      });
  specs = product(specs, transports, [](CaseSpec& spec, const TransportChoice& value) {
    spec.transport = value.name;
    spec.address = value.address;
  });
  for (const auto& axis : option_axes()) {
    const auto values = options.axes.find(axis.name);
    if (values == options.axes.end()) continue;
    specs = product(specs, values->second, [&](CaseSpec& spec, const std::string& value) {
      ASSERT(axis.set(value, spec));  // it was read once
    });
  }
  return specs;
}

namespace {

// Cases of transports that lack an option that is set.
class LeftOut {
 public:
  void add(const CaseSpec& spec, Error why) {
    if (!first_) first_ = why;
    auto& transports = by_reason_[why.message];
    if (std::ranges::count(transports, spec.transport) == 0) transports.push_back(spec.transport);
  }
  [[nodiscard]] const std::optional<Error>& first() const { return first_; }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const auto& [reason, transports] : by_reason_) {
      lines.push_back(
          fmt::format("{}; the cases of {} are left out", reason, fmt::join(transports, ", ")));
    }
    return lines;
  }

 private:
  std::map<std::string, std::vector<std::string>> by_reason_;
  std::optional<Error> first_;
};

}  // namespace

Result<Plan> make_plan(std::vector<CaseSpec> cases, const PlanOptions& options) {
  Plan plan{.cases = {},
            .repetitions = options.repetitions,
            .order = options.order,
            .seed = options.seed,
            .hold_idle = options.hold_idle};
  std::set<std::string> known;
  LeftOut left_out;
  for (auto& spec : cases) {
    if (auto has = check_transport_has_options(spec); !has) {
      left_out.add(spec, std::move(has).error());
      continue;
    }
    TRY(check_limits(spec));
    if (known.insert(spec.id()).second) plan.cases.push_back(std::move(spec));
  }
  if (plan.cases.empty() && left_out.first()) return *left_out.first();
  plan.left_out = left_out.lines();
  if (plan.cases.size() > kMaxCases) return too_many_cases();
  if (plan.cases.empty()) return Error{"no cases to measure: every case is excluded"};
  TRY(check_runs(plan));
  return plan;
}

Result<Plan> make_plan(const PlanOptions& options) {
  auto cases = TRY(combinations(options));
  return make_plan(std::move(cases), options);
}

Result<> check_runs(const Plan& plan) {
  // Each of these groups has as many values as a run.
  constexpr std::uint64_t kConnectionsPerRun = 64;
  constexpr std::size_t kIntervalsPerRun = 100;
  std::uint64_t runs_per_block = 0;
  for (const auto& spec : plan.cases) {
    runs_per_block += spec.impair ? kImpairedRunWeight : 1;
    if (spec.per_connection) runs_per_block += spec.connections / kConnectionsPerRun;
    runs_per_block += Series::sub_windows_of(spec.duration, spec.interval) / kIntervalsPerRun;
  }
  if (runs_per_block <= kMaxRuns / std::max<std::uint64_t>(plan.repetitions, 1)) return {};
  return Error{fmt::format(
      "--repetitions {}: too many runs for {} {}; a report holds at most {}, or {} with --impair, "
      "fewer with --per-connection or hundreds of intervals",
      plan.repetitions, plan.cases.size(), plan.cases.size() == 1 ? "case" : "cases", kMaxRuns,
      kMaxRuns / kImpairedRunWeight)};
}

Plan with_arms(const Plan& plan) {
  Plan both = plan;
  both.cases.clear();
  for (CaseSpec spec : plan.cases) {
    for (const auto arm : {Arm::baseline, Arm::candidate}) {
      spec.arm = arm;
      both.cases.push_back(spec);
    }
  }
  return both;
}

namespace {

// Fisher and Yates.
template <class T>
void shuffle(std::vector<T>& items, Random& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

// Cases that run back to back: the two arms of one case, or one case alone.
std::vector<std::vector<std::size_t>> groups_of(const std::vector<CaseSpec>& cases) {
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].arm == Arm::candidate && !groups.empty()) {
      groups.back().push_back(i);
    } else {
      groups.push_back({i});
    }
  }
  return groups;
}

std::vector<ScheduledRun> sequential_runs(const Plan& plan) {
  std::vector<ScheduledRun> runs;
  for (std::size_t index = 0; index < plan.cases.size(); ++index) {
    for (std::uint64_t block = 0; block < plan.repetitions; ++block)
      runs.push_back({.case_index = index, .block = block});
  }
  return runs;
}

std::vector<ScheduledRun> random_runs(const Plan& plan) {
  auto runs = sequential_runs(plan);
  Random random(plan.seed);
  shuffle(runs, random);
  std::vector<std::uint64_t> blocks(plan.cases.size());
  for (auto& run : runs) run.block = blocks[run.case_index]++;
  return runs;
}

std::vector<ScheduledRun> interleaved_runs(const Plan& plan) {
  std::vector<ScheduledRun> runs;
  Random random(plan.seed);
  auto groups = groups_of(plan.cases);
  const auto add_group = [&](std::vector<std::size_t> group, std::uint64_t block) {
    shuffle(group, random);
    for (const auto index : group) runs.push_back({.case_index = index, .block = block});
  };
  for (std::uint64_t block = 0; block < plan.repetitions; ++block) {
    shuffle(groups, random);
    for (const auto& group : groups) add_group(group, block);
  }
  return runs;
}

}  // namespace

std::vector<ScheduledRun> Plan::schedule() const {
  switch (order) {
    case Order::interleaved:
      return interleaved_runs(*this);
    case Order::random:
      return random_runs(*this);
    case Order::sequential:
      break;
  }
  return sequential_runs(*this);
}

Nanoseconds Plan::estimated_time() const {
  Nanoseconds once{0};
  for (const auto& spec : cases) once += spec.warmup + spec.duration + kStartAllowance;
  return once * static_cast<std::int64_t>(repetitions) * (floor ? 2 : 1);
}

Address address_of(const CaseSpec& spec, std::string_view directory) {
  if (spec.address.empty()) return spec.transport_row().get().default_address(directory);
  return *parse_address(spec.resolved_address.empty() ? spec.address : spec.resolved_address);
}

}  // namespace sockmark
