// How two datagram sockets become connected to each other: the bytes, without the sockets.
//
//     client (unconnected)                 listener                 the listener's new socket
//         HELLO {token, nonce} ------------->
//                                             created, connected to the client's source -> exists
//         <--------------- WELCOME {nonce, endpoint of the new socket}
//     connects to the endpoint; then the kernel drops datagrams of other senders at both ends
//
// With ChannelOptions::confirm the client also finds out whether the new socket can be reached:
//
//         CONFIRM {nonce} -------------------------------------------> channel of the new socket
//         <----------------------------------------- CONFIRMED {nonce}
//
// All datagrams have the same size, so that a forged source address gains an attacker nothing, and
// a HELLO without the token gets no reply and leaves no state. The nonce distinguishes a repeated
// HELLO (its WELCOME was lost) from a new one, and a WELCOME from a forged one.
//
// The client stays unconnected until it has the WELCOME: a UNIX socket that changes its peer loses
// its queue, no other socket can connect to a UNIX socket that has a peer, and a UDP socket that is
// connected to the listener would reject the first datagrams of the new socket.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "transports/address.h"

namespace sockmark {

// The part of the new socket's address that the client does not know: the port of a UDP socket (its
// host is the one that the client used; a listener cannot redirect a client to a third party), or
// the abstract name of a UNIX socket.
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

enum class Confirmation : std::uint8_t { confirm, confirmed };

[[nodiscard]] HandshakeDatagram encode(const Hello& hello);
[[nodiscard]] HandshakeDatagram encode(const Welcome& welcome);

// Absent unless it is exactly such a datagram.
[[nodiscard]] std::optional<Hello> decode_hello(std::span<const std::byte> datagram);
[[nodiscard]] std::optional<Welcome> decode_welcome(std::span<const std::byte> datagram);

[[nodiscard]] HandshakeDatagram encode(Confirmation kind, std::uint64_t nonce);
// Reads the beginning of a datagram, because messages and confirmations arrive in one buffer, which
// may be smaller than a confirmation. The nonce keeps messages of the user apart.
inline constexpr std::size_t kConfirmationRead = 24;
[[nodiscard]] std::optional<Confirmation> confirmation_in(std::span<const std::byte> bytes,
                                                          std::uint64_t nonce);

// Absent if the name does not fit; names that the kernel chooses (autobind) do.
[[nodiscard]] std::optional<Endpoint> endpoint_of(const Address& local);

// The address of the new socket, for a client of `listener`. Absent if the endpoint is invalid.
[[nodiscard]] std::optional<Address> address_of(const Endpoint& endpoint, const Address& listener);

}  // namespace sockmark
