#include "transports/sockets/socket.h"

#include <fcntl.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>  // all of TCP_INFO, which <netinet/tcp.h> is without
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/utsname.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <limits>
#include <string>
#include <system_error>

namespace sockmark {
namespace {

Result<> set_option(int descriptor, int level, int option, int value, const char* name) {
  if (::setsockopt(descriptor, level, option, &value, sizeof value) == 0) return {};
  return system_error("set " + std::string(name) + " to " + std::to_string(value), errno);
}

// Zero if the kernel reports an error; every socket of the kind has these options.
int get_option(int descriptor, int level, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, level, option, &value, &size) == 0 ? value : 0;
}

int protocol(int descriptor) { return get_option(descriptor, SOL_SOCKET, SO_PROTOCOL); }
bool is_tcp(int descriptor) { return protocol(descriptor) == IPPROTO_TCP; }
bool is_udp(int descriptor) { return protocol(descriptor) == IPPROTO_UDP; }

Result<> set_buffers(int descriptor, const SocketOptions& options) {
  if (options.send_buffer_bytes) {
    auto set =
        set_option(descriptor, SOL_SOCKET, SO_SNDBUF, *options.send_buffer_bytes, "SO_SNDBUF");
    if (!set) return set;
  }
  if (options.receive_buffer_bytes) {
    return set_option(descriptor, SOL_SOCKET, SO_RCVBUF, *options.receive_buffer_bytes,
                      "SO_RCVBUF");
  }
  return {};
}

int domain(int descriptor) { return get_option(descriptor, SOL_SOCKET, SO_DOMAIN); }

std::string congestion_of(int descriptor) {
  std::array<char, kCongestionNameMax + 1> name{};
  socklen_t size = name.size();
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, name.data(), &size) != 0) return "";
  return name.data();  // the kernel pads it with zeros
}

// The DSCP is the upper six bits; the lower two are ECN, which the kernel sets (RFC 3168).
constexpr int kDscpBits = 0xfc;

struct TrafficClass {
  int level, option;
  const char* name;
};
TrafficClass traffic_class_of(int descriptor) {
  return domain(descriptor) == AF_INET6 ? TrafficClass{IPPROTO_IPV6, IPV6_TCLASS, "IPV6_TCLASS"}
                                        : TrafficClass{IPPROTO_IP, IP_TOS, "IP_TOS"};
}

Result<> set_dscp(int descriptor, const SocketOptions& options) {
  if (!options.dscp) return {};
  const auto [level, option, name] = traffic_class_of(descriptor);
  return set_option(descriptor, level, option, *options.dscp << 2, name);
}

// The names in a file of /proc/sys/net/ipv4, one line; "those of sysctl net.ipv4.NAME" if it cannot
// be read.
std::string congestion_controls(const std::string& name) {
  std::string names;
  std::getline(std::ifstream("/proc/sys/net/ipv4/" + name), names);
  return names.empty() ? "those of sysctl net.ipv4." + name : names;
}

Result<> set_congestion(int descriptor, const std::string& name) {
  if (name.empty()) return {};
  const auto size = static_cast<socklen_t>(name.size());
  if (::setsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, name.data(), size) == 0) return {};
  if (errno == ENOENT) {
    return Error{"no congestion control \"" + name + "\" in this kernel; choose among " +
                 congestion_controls("tcp_available_congestion_control")};
  }
  if (errno == EPERM) {
    return Error{"congestion control " + name + " requires CAP_NET_ADMIN; anyone may choose " +
                 congestion_controls("tcp_allowed_congestion_control")};
  }
  return system_error("set TCP_CONGESTION to " + name, errno);
}

Result<> set_busy_poll(int descriptor, const SocketOptions& options) {
  if (!options.busy_poll_us) return {};
  auto set =
      set_option(descriptor, SOL_SOCKET, SO_BUSY_POLL, *options.busy_poll_us, "SO_BUSY_POLL");
  if (set || errno != EPERM) return set;
  return Error{"SO_BUSY_POLL above net.core.busy_read requires CAP_NET_ADMIN"};
}

// What a connection has from its beginning, so that a listener needs it too.
Result<> set_tcp_options(int descriptor, const SocketOptions& options) {
  TRY(set_congestion(descriptor, options.congestion));
  if (!options.segment_bytes_max) return {};
  return set_option(descriptor, IPPROTO_TCP, TCP_MAXSEG, *options.segment_bytes_max, "TCP_MAXSEG");
}

// Of this machine: an end may be on another one than the user.
std::string node_name() {
  utsname system{};
  ::uname(&system);
  return system.nodename;
}

std::string bind_problem(const Address& address, int error) {
  const bool inet = address.family() != AF_UNIX;
  if (inet && error == EADDRNOTAVAIL)
    return host_text(address) + " is not an address of " + node_name();
  // Of IPv6 alone, and only for this reason.
  if (inet && error == EINVAL) return host_text(address) + " has no interface, such as %eth0";
  return std::generic_category().message(error);
}

Result<Address> address_by(int (*call)(int, sockaddr*, socklen_t*), const char* name,
                           int descriptor, Address::Scheme scheme) {
  Address address;
  address.scheme = scheme;
  address.length = sizeof address.storage;
  if (call(descriptor, reinterpret_cast<sockaddr*>(&address.storage), &address.length) != 0)
    return system_error(name, errno);
  return address;
}

}  // namespace

Result<Descriptor> open_socket(int family, int type, FileMode mode) {
  const int flags = SOCK_CLOEXEC | (mode == FileMode::non_blocking ? SOCK_NONBLOCK : 0);
  Descriptor descriptor(::socket(family, type | flags, 0));
  if (!descriptor) return system_error("socket", errno);
  return descriptor;
}

Result<> set_blocking(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) < 0) {
    return system_error("fcntl", errno);
  }
  return {};
}

Result<> set_channel_options(int descriptor, const SocketOptions& options) {
  using std::chrono::microseconds;
  static_assert(kBlockingReceiveLimit < std::chrono::seconds(1));
  const timeval limit{
      .tv_sec = 0,
      .tv_usec = std::chrono::duration_cast<microseconds>(kBlockingReceiveLimit).count()};
  if (::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0) {
    return system_error("SO_RCVTIMEO", errno);
  }
  TRY(set_buffers(descriptor, options));
  TRY(set_dscp(descriptor, options));
  TRY(set_busy_poll(descriptor, options));
  if (options.segmentation_offload && is_udp(descriptor))
    return set_option(descriptor, IPPROTO_UDP, UDP_GRO, 1, "UDP_GRO");
  if (!is_tcp(descriptor)) return {};
  TRY(set_tcp_options(descriptor, options));
  if (options.quick_ack) set_quick_ack(descriptor, *options.quick_ack);
  return set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, options.tcp_nodelay.value_or(true),
                    "TCP_NODELAY");
}

Result<> try_options(int family, bool stream, const SocketOptions& options) {
  const auto socket =
      TRY(open_socket(family, stream ? SOCK_STREAM : SOCK_DGRAM, FileMode::blocking));
  return set_channel_options(socket.get(), options);
}

Result<> set_listener_options(int descriptor, const SocketOptions& options) {
  if (is_tcp(descriptor)) {
    auto set = set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
    if (!set) return set;
  }
  if (domain(descriptor) == AF_INET6) {
    auto set = set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
    if (!set) return set;
  }
  TRY(set_dscp(descriptor, options));
  TRY(bind_to_interface(descriptor, options));
  // A datagram listener carries no messages.
  if (get_option(descriptor, SOL_SOCKET, SO_TYPE) != SOCK_STREAM) return {};
  if (is_tcp(descriptor)) TRY(set_tcp_options(descriptor, options));
  return set_buffers(descriptor, options);
}

Result<> bind_to_interface(int descriptor, const SocketOptions& options) {
  const std::string& name = options.interface_name;
  if (name.empty()) return {};
  const auto size = static_cast<socklen_t>(name.size());
  if (::setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name.data(), size) == 0) return {};
  // The kernel cuts a name that is too long.
  if (errno == ENODEV || errno == EINVAL)
    return Error{"no interface \"" + name + "\" on this machine"};
  if (errno == EPERM)
    return Error{"no right to bind a socket to interface " + name + " (CAP_NET_RAW)"};
  return system_error("bind to interface " + name, errno);
}

Result<> bind_source(int descriptor, const SocketOptions& options) {
  TRY(bind_to_interface(descriptor, options));
  if (!options.source) return {};
  // The port is chosen in connect(2), so that one port serves connections to several listeners.
  if (is_tcp(descriptor)) {
    TRY(set_option(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1, "IP_BIND_ADDRESS_NO_PORT"));
  }
  return bind_address(descriptor, *options.source, {});
}

Result<> bind_address(int descriptor, const Address& address, const std::optional<PortRange>& ports,
                      unsigned from) {
  const auto bind_to = [&](const Address& to) {
    return ::bind(descriptor, to.get(), to.length) == 0 ? 0 : errno;
  };
  if (!ports || port_of(address) != 0) {
    const int error = bind_to(address);
    // Only the problem: the caller's context names the address.
    if (error != 0) return Error{bind_problem(address, error)};
    return {};
  }
  const unsigned count = ports->last - ports->first + 1U;
  const unsigned skipped = from > ports->first && from <= ports->last ? from - ports->first : 0;
  for (unsigned n = 0; n < count; ++n) {
    const unsigned port = ports->first + (skipped + n) % count;
    const int error = bind_to(with_port(address, static_cast<std::uint16_t>(port)));
    if (error == 0) return {};
    if (error != EADDRINUSE) return Error{bind_problem(address, error)};
  }
  return Error{"no port from " + std::to_string(ports->first) + " to " +
               std::to_string(ports->last) + " is free (--data-ports)"};
}

Result<> set_share_port(int descriptor) {
  if (domain(descriptor) == AF_UNIX) {
    return system_error("SO_REUSEPORT = 1", EOPNOTSUPP);
  }
  return set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
}

Result<> set_user_timeout(int descriptor, Nanoseconds limit) {
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  return set_option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(milliseconds),
                    "TCP_USER_TIMEOUT");
}

Result<> set_report_unreachable(int descriptor, bool on) {
  switch (domain(descriptor)) {
    case AF_INET:
      return set_option(descriptor, IPPROTO_IP, IP_RECVERR, on, "IP_RECVERR");
    case AF_INET6:
      return set_option(descriptor, IPPROTO_IPV6, IPV6_RECVERR, on, "IPV6_RECVERR");
    default:
      return {};
  }
}

Result<> set_report_destination(int descriptor) {
  switch (domain(descriptor)) {
    case AF_INET:
      return set_option(descriptor, IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO");
    case AF_INET6:
      return set_option(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
    default:
      return {};
  }
}

void set_quick_ack(int descriptor, bool on) {
  const int value = on ? 1 : 0;
  static_cast<void>(::setsockopt(descriptor, IPPROTO_TCP, TCP_QUICKACK, &value, sizeof value));
}

void set_drop_on_close(int descriptor) {
  // Cannot fail on a socket, and a connection in TIME_WAIT would be no error.
  const linger drop{.l_onoff = 1, .l_linger = 0};
  static_cast<void>(::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &drop, sizeof drop));
}

std::vector<EffectiveOption> effective_socket_options(int descriptor) {
  std::vector<EffectiveOption> options{
      {"SO_SNDBUF", get_option(descriptor, SOL_SOCKET, SO_SNDBUF)},
      {"SO_RCVBUF", get_option(descriptor, SOL_SOCKET, SO_RCVBUF)}};
  if (is_tcp(descriptor)) {
    // The kernel returns its internal flag word; the option itself is on or off.
    const bool on = get_option(descriptor, IPPROTO_TCP, TCP_NODELAY) != 0;
    options.push_back({"TCP_NODELAY", on ? 1 : 0});
    options.push_back({"TCP_CONGESTION", 0, congestion_of(descriptor)});
    options.push_back({"TCP_MAXSEG", get_option(descriptor, IPPROTO_TCP, TCP_MAXSEG)});
  }
  if (is_udp(descriptor) && get_option(descriptor, IPPROTO_UDP, UDP_GRO) != 0)
    options.push_back({"UDP_GRO", 1});
  if (is_tcp(descriptor) || is_udp(descriptor)) {
    const auto [level, option, name] = traffic_class_of(descriptor);
    const int value = get_option(descriptor, level, option) & kDscpBits;
    if (value != 0) options.push_back({name, value});
    const int busy_poll_us = get_option(descriptor, SOL_SOCKET, SO_BUSY_POLL);
    if (busy_poll_us != 0) options.push_back({"SO_BUSY_POLL", busy_poll_us});
  }
  return options;
}

EffectiveOption effective_quick_ack(int descriptor) {
  return {"TCP_QUICKACK", get_option(descriptor, IPPROTO_TCP, TCP_QUICKACK)};
}

int send_buffer_bytes(int descriptor) { return get_option(descriptor, SOL_SOCKET, SO_SNDBUF); }

std::uint64_t dropped_datagrams(int descriptor) {
  std::array<std::uint32_t, SK_MEMINFO_VARS> values{};
  socklen_t size = sizeof values;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, values.data(), &size) != 0) return 0;
  return values[SK_MEMINFO_DROPS];
}

std::string connect_problem(int error) {
  // Clearer than "Protocol wrong type for socket".
  if (error == EPROTOTYPE)
    return "the socket at this address has another type (stream or datagram)";
  // "Cannot assign requested address", which is not the one that the message names.
  if (error == EADDRNOTAVAIL) return "no local port is left (net.ipv4.ip_local_port_range)";
  return std::generic_category().message(error);
}

Result<PeerProcess> peer_process(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return system_error("SO_PEERCRED", errno);
  return PeerProcess{.process = peer.pid, .user = peer.uid};
}

Result<Address> local_address(int descriptor, Address::Scheme scheme) {
  return address_by(::getsockname, "getsockname", descriptor, scheme);
}

Result<Address> remote_address(int descriptor, Address::Scheme scheme) {
  return address_by(::getpeername, "getpeername", descriptor, scheme);
}

std::optional<TcpInfo> read_tcp_info(int descriptor) {
  // The kernel writes as much as it knows, at most this: a newer one knows more, an older one less.
  constexpr std::size_t kNeeded =
      offsetof(tcp_info, tcpi_sndbuf_limited) + sizeof(tcp_info::tcpi_sndbuf_limited);
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 || length < kNeeded)
    return std::nullopt;
  const auto microseconds = [](std::uint64_t count) {
    return Nanoseconds(static_cast<std::int64_t>(count) * 1000);
  };
  TcpInfo result{.retransmits = info.tcpi_total_retrans,
                 .segments_sent = info.tcpi_segs_out,
                 .limited_by_receiver = microseconds(info.tcpi_rwnd_limited),
                 .limited_by_send_buffer = microseconds(info.tcpi_sndbuf_limited),
                 .lost = info.tcpi_lost,
                 .all_acknowledged = info.tcpi_unacked == 0 && info.tcpi_notsent_bytes == 0,
                 .rtt = microseconds(info.tcpi_rtt),
                 .rtt_min = {},
                 .congestion_window = info.tcpi_snd_cwnd,
                 .delivery_rate_bytes_per_s = {}};
  constexpr auto kNoRoundTripYet = std::numeric_limits<decltype(info.tcpi_min_rtt)>::max();
  if (info.tcpi_min_rtt != kNoRoundTripYet) result.rtt_min = microseconds(info.tcpi_min_rtt);
  if (info.tcpi_delivery_rate_app_limited == 0 && info.tcpi_delivery_rate > 0)
    result.delivery_rate_bytes_per_s = info.tcpi_delivery_rate;
  return result;
}

}  // namespace sockmark
