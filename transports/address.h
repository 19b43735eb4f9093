// The address of a listener: tcp://127.0.0.1:0, udp://[::1]:9000, unix-stream:/path,
// unix-dgram:@abstract, memory:name. A value; parsing does not resolve host names (which may lead
// to any host) and does not use the network.

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

// How a process on this machine connects to a listener: at the loopback address of the family if
// the listener has a wildcard address (0.0.0.0, [::]), which is no address of a peer.
[[nodiscard]] Address local_target(Address listener);

// Errors name the text and the problem: a UNIX path longer than the kernel's 107 bytes, a port that
// is not a number from 0 to 65535, an unknown scheme (with a list of the known ones).
[[nodiscard]] Result<Address> parse_address(std::string_view text);

}  // namespace sockmark
