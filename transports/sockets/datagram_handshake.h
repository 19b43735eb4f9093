// How two datagram sockets come to be connected to each other: the bytes, without the sockets.
//
//     client (unconnected)                 listener                 the listener's new socket
//         HELLO {token, nonce} ------------->
//                                             made, connected to the client's source ---> exists
//         <--------------- WELCOME {nonce, endpoint of the new socket}
//     connects to the endpoint; from here on the kernel drops strangers' datagrams at both ends
//
// Both datagrams have the same size, so that a forged source address gains an attacker nothing, and
// a HELLO without the token gets no reply and leaves no state. The nonce tells a repeated HELLO
// (its WELCOME was lost) from a new one, and a WELCOME from a stranger's guess.
//
// The client stays unconnected until it is welcomed: a UNIX socket that changes its peer loses what
// is queued, a UNIX socket that has a peer cannot be connected to by another, and a UDP socket that
// is connected to the listener would bounce what the new socket says first.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "transports/address.h"

namespace sockmark {

// What the client does not know of the new socket: the port of a UDP socket (its host is the one
// that the client addressed; a listener cannot point a client at a third party), or the abstract
// name of a UNIX socket.
using Endpoint = std::array<std::byte, 16>;

// 40 bytes on the wire: magic 8, number 8 (the token, or zero), nonce 8, endpoint 16.
inline constexpr std::size_t kHandshakeBytes = 40;
using HandshakeDatagram = std::array<std::byte, kHandshakeBytes>;

struct Hello {
  std::uint64_t token = 0;
  std::uint64_t nonce = 0;
};
struct Welcome {
  std::uint64_t nonce = 0;
  Endpoint endpoint{};
};

[[nodiscard]] HandshakeDatagram encode(const Hello& hello);
[[nodiscard]] HandshakeDatagram encode(const Welcome& welcome);

// Absent for anything but exactly such a datagram.
[[nodiscard]] std::optional<Hello> decode_hello(std::span<const std::byte> datagram);
[[nodiscard]] std::optional<Welcome> decode_welcome(std::span<const std::byte> datagram);

// Absent for a name that does not fit; names that the kernel chose (autobind) do.
[[nodiscard]] std::optional<Endpoint> endpoint_of(const Address& local);

// The address of the new socket for a client that addressed `listener`. Absent for nonsense.
[[nodiscard]] std::optional<Address> address_of(const Endpoint& endpoint, const Address& listener);

}  // namespace sockmark
