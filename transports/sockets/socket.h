// Sockets: made, bound to their options, and asked what they really got. Every setsockopt and
// getsockopt of sockmark is in socket.cc.
//
// File mode: a socket is in blocking file mode once it is connected, and each call says
// MSG_DONTWAIT unless it means to wait. So one descriptor serves both kinds of wait, and switching
// costs no system call. Listeners and connecting sockets are O_NONBLOCK, because accept(2) and
// connect(2) take no such flag.
//
// Errors name the option and the value that was asked; callers put the address in front.

#pragma once

#include <cstdint>
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

// What every socket that carries messages needs: the caller's options, and the limit that ends a
// blocking receive (kBlockingReceiveLimit). TCP_NODELAY where the socket is a TCP one, UDP_GRO
// where it is a UDP one and segmentation is to be offloaded.
[[nodiscard]] Result<> set_channel_options(int descriptor, const SocketOptions& options);

// A listener's buffer sizes are inherited by TCP connections, whose window scale is fixed before
// accept(2) returns. TCP also gets SO_REUSEADDR, so that a restart need not wait for TIME_WAIT; UDP
// does not, because there it would let a second process take the same port. IPv6 never takes IPv4.
[[nodiscard]] Result<> set_listener_options(int descriptor, const SocketOptions& options);
// Before it is bound. UNIX sockets have no such thing, which not every kernel says.
[[nodiscard]] Result<> set_share_port(int descriptor);

// Whether an ICMP error is reported although the UDP socket is not connected (IP_RECVERR). Turning
// it off also forgets what was reported. No effect on UNIX sockets, which report at once.
[[nodiscard]] Result<> set_report_unreachable(int descriptor, bool on);

void set_drop_on_close(int descriptor);  // SO_LINGER {1, 0}

// SO_SNDBUF, SO_RCVBUF and, for TCP, TCP_NODELAY, for UDP where it is on UDP_GRO, as the kernel has
// them.
[[nodiscard]] std::vector<EffectiveOption> effective_socket_options(int descriptor);

[[nodiscard]] int send_buffer_bytes(int descriptor);

// SK_MEMINFO_DROPS of SO_MEMINFO; zero if the kernel does not say.
[[nodiscard]] std::uint64_t dropped_datagrams(int descriptor);

// Where the socket is bound.
[[nodiscard]] Result<Address> local_address(int descriptor, Address::Scheme scheme);

}  // namespace sockmark
