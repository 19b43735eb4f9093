#include "bench/checks/preflight.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/descriptor.h"
#include "base/temporary_directory.h"
#include "base/token.h"
#include "bench/checks/limits.h"
#include "bench/plan/background.h"
#include "bench/plan/option_axes.h"
#include "bench/plan/plan_options.h"
#include "machine/environment.h"
#include "transports/address.h"
#include "transports/catalogue.h"
#include "transports/host_addresses.h"
#include "transports/loopback_interface.h"
#include "transports/resolve.h"

namespace sockmark {

namespace {

Result<> check_pin(const Pin& pin, const EndsOptions& ends) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  const bool generator_here = std::ranges::any_of(ends.generators_via, &std::string::empty);
  for (const auto& [cpu, here] : {std::pair(pin.generator, generator_here),
                                  std::pair(pin.responder, ends.responder_via.empty())}) {
    if (!here || cpu == Pin::kNone) continue;
    if (cpu < CPU_SETSIZE && CPU_ISSET(static_cast<std::size_t>(cpu), &allowed)) continue;
    return Error{
        fmt::format("--pin {}: CPU {} is not available; {}", text_of(pin), cpu, usable_cpus())};
  }
  return {};
}

Result<> check_pin_elsewhere(const Pin& pin, const Ends& ends) {
  const auto check = [&pin](const RemoteEnd& end, int cpu) -> Result<> {
    const auto& cpus = end.host().cpus;
    if (std::ranges::count(cpus, cpu) > 0) return {};
    return Error{fmt::format("--pin {}: {} may run on CPU{} {}", text_of(pin), end.name(),
                             cpus.size() == 1 ? "" : "s", text_of_cpus(cpus))};
  };
  for (const auto& generator : ends.generators) {
    if (generator) TRY(check(*generator, pin.generator));
  }
  return ends.responder ? check(*ends.responder, pin.responder) : Result<>();
}

// Loopback and link-local addresses are not among those that an agent announces.
Result<> check_address_of(const RemoteEnd& end, const std::string& option, const Address& host) {
  const std::string text = host_text(host);
  if (is_wildcard(host) || is_local_only(host)) return {};
  if (std::ranges::count(end.host().addresses, text) > 0) return {};
  return Error{fmt::format("{}: {} is not an address of the {}", option, text, end.name())};
}

// What the worker processes are started with: their standard input is /dev/null, and their program
// is found in /proc.
Result<> check_system_files() {
  if (::access("/proc/self/exe", F_OK) != 0)
    return Error{"/proc is not mounted; mount it with: mount -t proc proc /proc"};
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null) return {};
  const int problem = errno;
  Error error = system_error("/dev/null", problem);
  error.message += problem == ENOENT ? "; create it with: mknod -m 666 /dev/null c 1 3"
                                     : "; permit it with: chmod 666 /dev/null";
  return error;
}

// The option that sets the largest message of a case.
const char* largest_option(const CaseSpec& spec) {
  return spec.returned_size_max() > spec.size ? "--response" : "--size";
}

// Both ends are on this machine.
Result<> check_loopback(const CaseSpec& spec) {
  const auto& row = spec.transport_row();
  const auto loopback = read_loopback_interface();
  if (!loopback || (row.family != "ipv4" && row.family != "ipv6")) return {};
  if (!loopback->up)
    return Error{"--transport " + spec.transport + ": lo is down: ip link set lo up"};
  // Several messages in one packet are not fragmented: each with its headers must fit the MTU.
  const std::size_t headers = row.family == "ipv6" ? 40 + 8 : 20 + 8;
  const auto largest = spec.message_size_max();
  if (!spec.socket.segmentation_offload || largest + headers <= loopback->mtu_bytes) return {};
  return Error{fmt::format(
      "--gso: {} {} exceeds the {} bytes that the MTU of lo, {}, leaves for a "
      "message; omit --gso, or raise the MTU with: ip link set lo mtu {}",
      largest_option(spec), largest, loopback->mtu_bytes - std::min(headers, loopback->mtu_bytes),
      loopback->mtu_bytes, largest + headers)};
}

// The sizes of both buffers, as the kernel grants them to a socket of this case; nothing remains.
Result<std::vector<EffectiveOption>> granted_options(const CaseSpec& spec) {
  const auto& row = spec.transport_row();
  // A name without a file; other transports have a default that needs none.
  auto address =
      row.family == "unix"
          ? TRY(parse_address(fmt::format("{}:@sockmark-{:016x}", row.name, random_token())))
          : row.get().default_address("");
  const auto listener = TRY(row.get().listen(address, {}));
  const SocketOptions buffers{.send_buffer_bytes = spec.socket.send_buffer_bytes,
                              .receive_buffer_bytes = spec.socket.receive_buffer_bytes};
  const auto channel = TRY(row.get().connect(listener->local(), {.socket = buffers}));
  channel->abort_on_close();
  return channel->effective_options();
}

// The kernel limits the sizes of buffers without an error, and raises small ones.
Result<> check_buffers(const CaseSpec& spec) {
  struct Buffer {
    const char* option;
    const char* name;
    const char* limit;
    std::optional<int> bytes;
  };
  const Buffer buffers[] = {
      {"--sndbuf", "SO_SNDBUF", "net.core.wmem_max", spec.socket.send_buffer_bytes},
      {"--rcvbuf", "SO_RCVBUF", "net.core.rmem_max", spec.socket.receive_buffer_bytes}};
  if (!spec.socket.send_buffer_bytes && !spec.socket.receive_buffer_bytes) return {};
  const auto options = TRY(granted_options(spec).in("--transport " + spec.transport));
  for (const auto& [option, name, limit, bytes] : buffers) {
    const auto granted = std::ranges::find(options, std::string_view(name), &EffectiveOption::name);
    // The kernel doubles the requested size, for its own use (socket(7)).
    if (!bytes || granted == options.end() || granted->value / 2 == *bytes) continue;
    if (granted->value / 2 > *bytes) {
      return Error{fmt::format("{} {}: the kernel grants {} at least {} bytes; give {} {} or more",
                               option, *bytes, spec.transport, granted->value / 2, option,
                               granted->value / 2)};
    }
    return Error{fmt::format(
        "{} {}: the kernel grants {} only {} bytes; raise the limit with: sysctl -w {}={}", option,
        *bytes, spec.transport, granted->value / 2, limit, *bytes)};
  }
  return {};
}

// The options that a kernel may lack, or a process may not set, one by one.
Result<> check_permitted(const CaseSpec& spec) {
  const auto& row = spec.transport_row();
  if (row.family != "ipv4" && row.family != "ipv6") return {};
  const auto permitted = [&](const char* axis, const SocketOptions& only) {
    return try_options(row.get().default_address("").family(),
                       !row.get().promises().message_boundaries, only)
        .in(fmt::format("--{} {}", axis, find_option_axis(axis)->text(spec)));
  };
  SocketOptions congestion, busy_poll, segment;
  congestion.congestion = spec.socket.congestion;
  busy_poll.busy_poll_us = spec.socket.busy_poll_us;
  segment.segment_bytes_max = spec.socket.segment_bytes_max;
  if (!congestion.congestion.empty()) TRY(permitted("congestion", congestion));
  if (busy_poll.busy_poll_us) TRY(permitted("busy-poll", busy_poll));
  if (segment.segment_bytes_max) TRY(permitted("mss", segment));
  return {};
}

Result<> check_listening(const CaseSpec& spec) {
  const auto& row = spec.transport_row();
  if (spec.needs_socket_file()) {
    // Creates nothing that would remain if this process were killed.
    if (!TemporaryDirectory(TemporaryDirectory::NameOnly{}).path().empty()) return {};
    return no_temporary_directory("a socket file").in("--transport " + spec.transport);
  }
  auto listener = row.get().listen(address_of(spec, {}), {.socket = spec.socket});
  if (listener) return {};
  Error error = std::move(listener).error().in("--transport " + spec.transport);
  // The default address is loopback: if it fails, the machine has no IPv6.
  if (spec.address.empty() && row.family == "ipv6") {
    error.message += " (no IPv6 on this machine; choose others: -t tcp,udp,unix-stream,unix-dgram)";
  }
  return error;
}

Result<> check_source(const CaseSpec& spec) {
  const auto& source = spec.socket.source;
  if (!source || is_of_this_machine(*source)) return {};
  return Error{fmt::format("--source: {} is not an address of this machine", host_text(*source))};
}

// Both ends are on this machine, so that their messages pass through the loopback interface.
Result<> check_path(const CaseSpec& spec) {
  const auto& socket = spec.socket;
  if (socket.interface_name.empty() || socket.interface_name == "lo") return {};
  return Error{
      fmt::format("--interface {}: both ends are on this machine, and what they send "
                  "passes through lo",
                  socket.interface_name)};
}

std::string ip_options_text(const SocketOptions& socket) {
  return fmt::format("{} {} {}", socket.source ? host_text(*socket.source) : "",
                     socket.interface_name, socket.ports ? text_of(*socket.ports) : "");
}

// The send buffer holds a whole UNIX datagram. The kernel doubles the requested size, to at least
// 4608 bytes, and uses 32 bytes itself.
Result<> check_fits_send_buffer(const CaseSpec& spec) {
  if (spec.transport != "unix-dgram" || !spec.socket.send_buffer_bytes) return {};
  const auto buffer =
      std::max<std::uint64_t>(2 * static_cast<std::uint64_t>(*spec.socket.send_buffer_bytes), 4608);
  if (spec.message_size_max() + 32 <= buffer) return {};
  return Error{fmt::format(
      "{} {}: with --sndbuf {} unix-dgram carries messages of at most {} bytes",
      largest_option(spec), spec.message_size_max(), *spec.socket.send_buffer_bytes, buffer - 32)};
}

}  // namespace

Result<> check_machine(const Plan& plan, const EndsOptions& ends) {
  TRY(check_system_files());
  const bool runs_programs =
      std::ranges::any_of(plan.cases, [](const CaseSpec& spec) { return spec.arm != Arm::none; });
  if (runs_programs && TemporaryDirectory(TemporaryDirectory::NameOnly{}).path().empty())
    return no_temporary_directory("the report of a program");
  std::uint64_t descriptors = 0, background_descriptors = 0;
  std::set<std::tuple<std::string, std::string, std::string, std::string>> listened;
  for (const auto& spec : plan.cases) {
    descriptors = std::max(descriptors, descriptors_needed(spec));
    if (spec.loaded())
      background_descriptors =
          std::max(background_descriptors, descriptors_needed(background_of(spec)));
    if (spec.pin) {
      if (auto possible = check_pin(*spec.pin, ends); !possible) return possible;
    }
    TRY(check_fits_send_buffer(spec));
    if (ends.apart()) continue;
    // Another program listens, here or elsewhere; the generator finds out whether it answers.
    if (!spec.responder.foreign()) TRY(check_loopback(spec));
    TRY(check_ports(spec, MachineFiles("")));
    const auto& socket = spec.socket;
    if (!listened.emplace(spec.transport, spec.address, option_parts(spec), ip_options_text(socket))
             .second)
      continue;
    TRY(check_permitted(spec));
    TRY(check_source(spec));
    if (!spec.responder.foreign()) {
      TRY(check_listening(spec));
      TRY(check_path(spec));
    }
    TRY(check_buffers(spec));
  }
  TRY(raise_descriptor_limit(background_descriptors).in("--background"));
  return raise_descriptor_limit(descriptors);
}

Result<> check_elsewhere(const Plan& plan, const Ends& ends) {
  for (const auto& spec : plan.cases) {
    if (spec.pin) TRY(check_pin_elsewhere(*spec.pin, ends));
    const auto& row = spec.transport_row();
    if (row.family != "ipv4" && row.family != "ipv6") continue;
    if (ends.responder && !ends.options.listen.empty()) {
      const auto host = TRY(parse_host(ends.options.listen));
      TRY(check_address_of(*ends.responder, "--listen", host));
    }
    if (ends.responder && !spec.address.empty())
      TRY(check_address_of(*ends.responder, "--transport " + spec.transport, address_of(spec, {})));
    const RemoteEnd* generator = ends.generator(0);
    if (generator != nullptr && spec.socket.source)
      TRY(check_address_of(*generator, "--source", *spec.socket.source));
  }
  return {};
}

}  // namespace sockmark
