#include "bench/plan/case_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/parse.h"
#include "base/text.h"
#include "bench/plan/message_limit.h"
#include "bench/plan/option_axes.h"
#include "bench/protocol/wire.h"
#include "measure/series.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

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

Result<> check_messages(const CaseSpec& spec) {
  if (!spec.messages) return {};
  TRY(check_range("--messages", *spec.messages, 1, kMaxMessages));
  const auto reject = [&](std::string_view why) {
    return Error{fmt::format("--messages {}: {}", *spec.messages, why)};
  };
  if (spec.responder_sends())
    return reject(fmt::format("counts what the generator sends; with --direction {} use --duration",
                              name_of(spec.direction)));
  // It begins with the queues of the warm-up, whose messages would be in its rate and its series.
  if (spec.workload == Workload::stream && !spec.rate)
    return reject("a stream without --rate is measured for a time; give --rate, or --duration");
  if (spec.loaded() && !spec.rate)
    return reject(
        "the load of --background ends at a time that is known before; use --rate, or --duration");
  if (!spec.rate && *spec.messages < spec.connections)
    return reject(fmt::format("fewer than one for each of --connections {}", spec.connections));
  if (spec.rate && spec.arrivals != Arrivals::uniform && *spec.messages > kMaxRandomMessages)
    return reject(
        fmt::format("at most {} with --arrivals {}", kMaxRandomMessages, text_of(spec.arrivals)));
  return {};
}

Result<> check_think(const CaseSpec& spec) {
  if (spec.think == 0ns) return {};
  const auto reject = [&](std::string_view why) {
    return Error{fmt::format("--think {}: {}", text_of_time(spec.think), why)};
  };
  if (spec.think < 1us) return Error{"--think: expected a time of at least 1us"};
  if (!spec.answers()) return reject("requires rr or connect: stream waits for no answer");
  if (spec.rate) return reject("an open loop waits for no answer; remove --think or --rate");
  if (spec.wait == WaitMode::block)
    return reject(
        "a thread blocked in a receive cannot send on time; choose --wait sleep, hybrid or spin");
  if (spec.think > spec.duration)
    return reject(fmt::format("exceeds the duration of a run, {}", text_of_time(spec.duration)));
  return {};
}

Result<> check_ramp(const CaseSpec& spec) {
  // A load in the background is set up before, and waits.
  const Nanoseconds longest = spec.loaded() ? 20s : 10min;
  if (!spec.ramp) return {};
  if (!(*spec.ramp >= kMinRate && *spec.ramp <= kMaxRamp))
    return Error{fmt::format("--ramp {}: expected connections/s from 0.001 to 1M", *spec.ramp)};
  if (spec.workload == Workload::connect || spec.connections < 2)
    return Error{
        fmt::format("--ramp {}: requires rr or stream with at least 2 connections", *spec.ramp)};
  const double seconds = static_cast<double>(spec.connections) / *spec.ramp;
  if (seconds <= std::chrono::duration<double>(longest).count()) return {};
  return Error{fmt::format("--ramp {}: {} connections take {:.0f} s; at most {}{}", *spec.ramp,
                           spec.connections, seconds, text_of_time(longest),
                           spec.loaded() ? " with --background" : "")};
}

// A window in which no message is due measures nothing. Of Poisson arrivals only the mean number is
// known before a run.
Result<> check_due_messages(const CaseSpec& spec) {
  if (!spec.rate || spec.messages) return {};
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
  if (law.on + law.off > spec.duration && !spec.messages) {
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
  const std::uint64_t count = ports->last - ports->first + 1U;
  const bool beside = spec.loaded() && background_of(spec).socket.ports;
  const std::uint64_t needed =
      data_ports_needed(spec) + (beside ? data_ports_needed(background_of(spec)) : 0);
  if (count >= needed) return {};
  return Error{
      fmt::format("--data-ports {}-{}: {} with --connections {} and --threads {}{} needs {} "
                  "ports",
                  ports->first, ports->last, spec.transport, spec.connections, spec.threads,
                  beside ? " and the background" : "", needed)};
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

}  // namespace

Result<> check_has_connections_for_threads(const CaseSpec& spec) {
  const bool in_range = spec.connections > 0 && spec.threads <= kMaxThreads;
  if (!in_range || spec.generators * spec.threads <= spec.connections) return {};
  if (spec.generators == 1)
    return Error{fmt::format("--threads {}: exceeds the number of connections, {}", spec.threads,
                             spec.connections)};
  return Error{fmt::format("--connections {}: {} generators with --threads {} need at least {}",
                           spec.connections, spec.generators, spec.threads,
                           spec.generators * spec.threads)};
}

Result<> check_limits(const CaseSpec& spec) {
  TRY(check_responder(spec));
  TRY(check_rate(spec));
  TRY(check_direction(spec));
  TRY(check_transport_has_options(spec));
  TRY(check_option_values(spec));
  TRY(check_faults_and_offload(spec));
  TRY(check_background(spec));
  TRY(check_addresses(spec));
  TRY(check_sizes(spec));
  TRY(check_times(spec));
  TRY(check_messages(spec));
  TRY(check_think(spec));
  TRY(check_interval(spec));
  TRY(check_due_messages(spec));
  TRY(check_on_off(spec));
  TRY(check_range("--depth", spec.depth, 1, kMaxDepth));
  TRY(check_range("--connections", spec.connections, 1, kMaxConnections));
  TRY(check_ramp(spec));
  TRY(check_range("--threads", spec.threads, 1, kMaxThreads));
  TRY(check_range("--generator-via", spec.generators, 1, kMaxGenerators));
  if (spec.per_connection && spec.connections > kMaxConnectionsReported) {
    return Error{
        fmt::format("--per-connection: reports at most {} connections, got --connections {}",
                    kMaxConnectionsReported, spec.connections)};
  }
  TRY(check_has_connections_for_threads(spec));
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

}  // namespace sockmark
