// The address of a listener: tcp://127.0.0.1:0, udp://[::1]:9000, tcp://[fe80::1%eth0]:9000,
// unix-stream:/path, unix-dgram:@abstract, memory:name. A value; parsing does not resolve host
// names (resolve.h does) and does not use the network. A port that is left out is 0.

#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sockmark {

struct Address {
  enum class Scheme : std::uint8_t { tcp, udp, unix_stream, unix_dgram, memory };

  Scheme scheme = Scheme::tcp;
  sockaddr_storage storage{};  // unused for memory
  socklen_t length = 0;  // of `storage`; exact, so that an abstract name has no trailing zeros
  std::string name;      // memory only

  [[nodiscard]] const sockaddr* get() const;
  [[nodiscard]] int family() const { return storage.ss_family; }
  // The socket file; empty for an abstract name or another scheme.
  [[nodiscard]] std::string path() const;
  // The text that parse_address takes.
  [[nodiscard]] std::string text() const;
};

// Errors name the text and the problem: a UNIX path longer than the kernel's 107 bytes, a port that
// is not a number from 0 to 65535, an interface that this machine does not have, an unknown scheme
// (with a list of the known ones).
[[nodiscard]] Result<Address> parse_address(std::string_view text);

// A host without a port: 10.0.0.9, fd00::9, fe80::1%eth0, with or without brackets. The scheme of
// the result is meaningless, its port 0.
[[nodiscard]] Result<Address> parse_host(std::string_view text);
[[nodiscard]] std::string host_text(const Address& address);  // without brackets

// An address whose host is a name: tcp://db2:9000. Only its syntax.
struct HostName {
  Address::Scheme scheme = Address::Scheme::tcp;
  std::string name;
  std::uint16_t port = 0;

  [[nodiscard]] std::string text() const;
};
inline constexpr std::size_t kHostNameMax = 253;  // bytes (RFC 1035 section 2.3.4, as text)

// Whether the host of the text is meant as a name, right or wrong: not in brackets, and not of
// digits and dots alone.
[[nodiscard]] bool names_a_host(std::string_view text);
// Must: names_a_host(text). Errors: as parse_address(); characters that no name has; too long.
[[nodiscard]] Result<HostName> parse_host_name(std::string_view text);

[[nodiscard]] bool is_internet(const Address& address);  // of TCP or UDP
// Of addresses of TCP and UDP; no other address is a wildcard or has a port.
[[nodiscard]] bool is_wildcard(const Address& address);  // 0.0.0.0 or [::], no address of a peer
[[nodiscard]] Address wildcard_of(Address::Scheme scheme, int family);  // port 0
// Whether both have the same host, whatever their schemes and ports. False for other addresses.
[[nodiscard]] bool same_host(const Address& a, const Address& b);
[[nodiscard]] std::uint16_t port_of(const Address& address);
[[nodiscard]] Address with_port(Address address, std::uint16_t port);
// `address` at another host: its scheme and its port. A listener at a wildcard address is reached
// so, at each address of its machine.
[[nodiscard]] Address with_host_of(const Address& address, const Address& host);

// How a process on this machine connects to a listener: at the loopback address of the family if
// the listener has a wildcard address.
[[nodiscard]] Address local_target(const Address& listener);

}  // namespace sockmark
