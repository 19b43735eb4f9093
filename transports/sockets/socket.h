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
// (kBlockingReceiveLimit). TCP_NODELAY for TCP; UDP_GRO for UDP with segmentation offload.
[[nodiscard]] Result<> set_channel_options(int descriptor, const SocketOptions& options);

// TCP connections inherit the buffer sizes of their listener, because the window scale is fixed
// before accept(2) returns. TCP also gets SO_REUSEADDR, so that a restart does not wait for
// TIME_WAIT; UDP does not, because there it would let a second process bind the same port. An IPv6
// listener does not accept IPv4.
[[nodiscard]] Result<> set_listener_options(int descriptor, const SocketOptions& options);
// Must: before bind(2). An error for UNIX sockets, which have no such option; not every kernel
// reports that.
[[nodiscard]] Result<> set_share_port(int descriptor);

// Reports ICMP errors on an unconnected UDP socket (IP_RECVERR). Turning it off also discards
// reported errors. No effect on UNIX sockets, which report errors at once.
[[nodiscard]] Result<> set_report_unreachable(int descriptor, bool on);

// Each datagram comes with the local address that it was sent to (IP_PKTINFO). No effect on UNIX
// sockets.
[[nodiscard]] Result<> set_report_destination(int descriptor);

void set_drop_on_close(int descriptor);  // SO_LINGER {1, 0}

// SO_SNDBUF, SO_RCVBUF, for TCP also TCP_NODELAY, and UDP_GRO if it is on, as the kernel reports
// them.
[[nodiscard]] std::vector<EffectiveOption> effective_socket_options(int descriptor);

[[nodiscard]] int send_buffer_bytes(int descriptor);

// SK_MEMINFO_DROPS of SO_MEMINFO; zero if the kernel does not report it.
[[nodiscard]] std::uint64_t dropped_datagrams(int descriptor);

// Why connect() failed, by its errno.
[[nodiscard]] std::string connect_problem(int error);

// The address to which the socket is bound, and the one to which it is connected.
[[nodiscard]] Result<Address> local_address(int descriptor, Address::Scheme scheme);
[[nodiscard]] Result<Address> remote_address(int descriptor, Address::Scheme scheme);

}  // namespace sockmark
