// Creates sockets, sets their options and reads the effective ones. Every setsockopt and getsockopt
// of sockmark is in socket.cc.
//
// File mode: a connected socket is in blocking mode, and each call passes MSG_DONTWAIT unless it is
// to wait. So one descriptor serves both kinds of wait, and switching costs no system call.
// Listeners and connecting sockets are O_NONBLOCK, because accept(2) and connect(2) have no such
// flag.
//
// Errors name the option and the requested value; callers put the address in front.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "transports/address.h"
#include "transports/transport.h"

namespace sockmark {

enum class FileMode { blocking, non_blocking };

// SOCK_CLOEXEC always. `type` is SOCK_STREAM or SOCK_DGRAM.
[[nodiscard]] Result<Descriptor> open_socket(int family, int type, FileMode mode);

[[nodiscard]] Result<> set_blocking(int descriptor);

// Sets up a socket that carries messages: the caller's options, and the limit of a blocking receive
// (kBlockingReceiveLimit). TCP_NODELAY for TCP; UDP_GRO for UDP with segmentation offload; the
// DSCP. Must, for a segment size: before connect(2), or the listener had it.
[[nodiscard]] Result<> set_channel_options(int descriptor, const SocketOptions& options);

// Connections inherit the buffer sizes of their stream listener, because TCP fixes the window scale
// before accept(2) returns, and likewise the largest segment and the congestion control; they also
// inherit its interface. TCP also gets SO_REUSEADDR, so that a
// restart does not wait for TIME_WAIT; UDP does not, because there it would let a second process
// bind the same port. An IPv6 listener does not accept IPv4.
[[nodiscard]] Result<> set_listener_options(int descriptor, const SocketOptions& options);
// Must: before bind(2). An error for UNIX sockets, which have no such option; not every kernel
// reports that.
[[nodiscard]] Result<> set_share_port(int descriptor);

// SO_BINDTODEVICE. Connections of a TCP listener inherit it.
[[nodiscard]] Result<> bind_to_interface(int descriptor, const SocketOptions& options);
// Binds a socket that is to connect to the source address and the interface, if any.
[[nodiscard]] Result<> bind_source(int descriptor, const SocketOptions& options);
// Binds to `address`. If that has port 0 and there is a range: to the first free port of the range
// from `from` on, continuing at its start.
[[nodiscard]] Result<> bind_address(int descriptor, const Address& address,
                                    const std::optional<PortRange>& ports, unsigned from = 0);

// TCP: how long sent bytes may stay unacknowledged until the connection fails.
[[nodiscard]] Result<> set_user_timeout(int descriptor, Nanoseconds limit);

// Reports ICMP errors on an unconnected UDP socket (IP_RECVERR). Turning it off also discards
// reported errors. No effect on UNIX sockets, which report errors at once.
[[nodiscard]] Result<> set_report_unreachable(int descriptor, bool on);

// Each datagram comes with the local address that it was sent to (IP_PKTINFO). No effect on UNIX
// sockets.
[[nodiscard]] Result<> set_report_destination(int descriptor);

// TCP_QUICKACK. Cannot fail on a TCP socket.
void set_quick_ack(int descriptor, bool on);

void set_drop_on_close(int descriptor);  // SO_LINGER {1, 0}

// As the kernel reports them: SO_SNDBUF, SO_RCVBUF; for TCP also TCP_NODELAY, TCP_CONGESTION and
// TCP_MAXSEG; as far as they are set UDP_GRO, SO_BUSY_POLL and IP_TOS or IPV6_TCLASS.
[[nodiscard]] std::vector<EffectiveOption> effective_socket_options(int descriptor);
// TCP_QUICKACK, whose value without a request is that of the moment.
[[nodiscard]] EffectiveOption effective_quick_ack(int descriptor);

[[nodiscard]] int send_buffer_bytes(int descriptor);

// SK_MEMINFO_DROPS of SO_MEMINFO; zero if the kernel does not report it.
[[nodiscard]] std::uint64_t dropped_datagrams(int descriptor);

// Why connect() failed, by its errno.
[[nodiscard]] std::string connect_problem(int error);

// The process that connected to a UNIX stream socket, or that listens there (SO_PEERCRED).
struct PeerProcess {
  std::int64_t process = 0;  // 0: of a namespace that this process does not see
  std::uint32_t user = 0;
};
[[nodiscard]] Result<PeerProcess> peer_process(int descriptor);

// The address to which the socket is bound, and the one to which it is connected.
[[nodiscard]] Result<Address> local_address(int descriptor, Address::Scheme scheme);
[[nodiscard]] Result<Address> remote_address(int descriptor, Address::Scheme scheme);

// Absent if the socket is not of TCP, or the kernel is older than 4.10.
[[nodiscard]] std::optional<TcpInfo> read_tcp_info(int descriptor);

}  // namespace sockmark
