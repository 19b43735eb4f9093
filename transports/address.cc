#include "transports/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <optional>

namespace sockmark {
namespace {

using Scheme = Address::Scheme;

struct SchemeName {
  std::string_view prefix;
  Scheme scheme;
};
constexpr std::array kSchemes{SchemeName{"tcp://", Scheme::tcp}, SchemeName{"udp://", Scheme::udp},
                              SchemeName{"unix-stream:", Scheme::unix_stream},
                              SchemeName{"unix-dgram:", Scheme::unix_dgram},
                              SchemeName{"memory:", Scheme::memory}};

// sun_path holds 108 bytes: a path ends with a zero, an abstract name begins with one.
constexpr std::size_t kMaxUnixName = sizeof(sockaddr_un::sun_path) - 1;

// sockaddr_storage may not be read as another sockaddr type (aliasing), so they are copied.
template <class T>
T load(const Address& address) {
  T value;
  std::memcpy(&value, &address.storage, sizeof value);
  return value;
}
template <class T>
void store(Address& address, const T& value, std::size_t length = sizeof(T)) {
  static_assert(sizeof(T) <= sizeof(sockaddr_storage));
  std::memcpy(&address.storage, &value, sizeof value);
  address.length = static_cast<socklen_t>(length);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

Result<> parse_inet(Address& address, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::size_t bracket = text.rfind(']');
  const bool bracketed = text.starts_with('[');
  const bool colon_inside = bracket != std::string_view::npos && bracket > colon;
  if (colon == std::string_view::npos || colon_inside) {
    return Error{"no port; expected HOST:PORT or [IPV6]:PORT"};
  }
  std::string host(text.substr(0, colon));
  if (!bracketed && host.find(':') != std::string::npos) {
    return Error{"put an IPv6 address in brackets, as in [::1]:9000"};
  }
  const std::string_view port_text = text.substr(colon + 1);
  const auto port = parse_port(port_text);
  if (!port) {
    return Error{"port \"" + std::string(port_text) + "\" is not a number from 0 to 65535"};
  }
  if (bracketed) {
    if (!host.ends_with(']')) return Error{"\"" + host + "\" has no closing bracket"};
    host = host.substr(1, host.size() - 2);
    sockaddr_in6 inet{};
    inet.sin6_family = AF_INET6;
    inet.sin6_port = htons(*port);
    if (::inet_pton(AF_INET6, host.c_str(), &inet.sin6_addr) != 1) {
      return Error{"\"" + host + "\" is not a numeric IPv6 address"};
    }
    store(address, inet);
    return {};
  }
  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_port = htons(*port);
  if (::inet_pton(AF_INET, host.c_str(), &inet.sin_addr) != 1) {
    return Error{"\"" + host + "\" is not a numeric IPv4 address; names are not resolved"};
  }
  store(address, inet);
  return {};
}

Result<> parse_unix(Address& address, std::string_view text) {
  const bool abstract = text.starts_with('@');
  const std::string_view name = abstract ? text.substr(1) : text;
  if (name.empty()) return Error{"no name; expected /path or @abstract-name"};
  // An abstract name's leading zero takes one of the 108 bytes, a path's closing zero likewise.
  if (name.size() > kMaxUnixName) {
    return Error{"the name has " + std::to_string(name.size()) +
                 " bytes; the limit of the kernel is " + std::to_string(kMaxUnixName)};
  }
  if (name.find('\0') != std::string_view::npos) return Error{"the name contains a zero byte"};
  sockaddr_un unix_address{};
  unix_address.sun_family = AF_UNIX;
  std::memcpy(unix_address.sun_path + (abstract ? 1 : 0), name.data(), name.size());
  store(address, unix_address, offsetof(sockaddr_un, sun_path) + name.size() + 1);
  return {};
}

std::string inet_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> host{};
  std::string text;
  if (address.family() == AF_INET6) {
    const auto inet = load<sockaddr_in6>(address);
    ::inet_ntop(AF_INET6, &inet.sin6_addr, host.data(), host.size());
    return text.append("[").append(host.data()).append("]:") +
           std::to_string(ntohs(inet.sin6_port));
  }
  const auto inet = load<sockaddr_in>(address);
  ::inet_ntop(AF_INET, &inet.sin_addr, host.data(), host.size());
  return text.append(host.data()).append(":") + std::to_string(ntohs(inet.sin_port));
}

std::string unix_text(const Address& address) {
  constexpr std::size_t kHeader = offsetof(sockaddr_un, sun_path);
  if (address.length <= kHeader) return "(unnamed)";
  const auto unix_address = load<sockaddr_un>(address);
  if (unix_address.sun_path[0] != '\0') return address.path();
  std::string text(unix_address.sun_path, address.length - kHeader);
  text.front() = '@';
  return text;
}

}  // namespace

const sockaddr* Address::get() const { return reinterpret_cast<const sockaddr*>(&storage); }

std::string Address::path() const {
  constexpr std::size_t kHeader = offsetof(sockaddr_un, sun_path);
  if (family() != AF_UNIX || length <= kHeader) return {};
  const auto unix_address = load<sockaddr_un>(*this);
  // The kernel counts the closing zero or not, depending on the program that bound the name.
  return {unix_address.sun_path, ::strnlen(unix_address.sun_path, length - kHeader)};
}

std::string Address::text() const {
  std::string text;
  for (const SchemeName& row : kSchemes) {
    if (row.scheme == scheme) text = row.prefix;
  }
  if (scheme == Scheme::memory) return text + name;
  return text + (family() == AF_UNIX ? unix_text(*this) : inet_text(*this));
}

Address local_target(Address listener) {
  if (listener.family() == AF_INET) {
    auto inet = load<sockaddr_in>(listener);
    if (inet.sin_addr.s_addr == htonl(INADDR_ANY)) inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    store(listener, inet);
  } else if (listener.family() == AF_INET6) {
    auto inet = load<sockaddr_in6>(listener);
    if (IN6_IS_ADDR_UNSPECIFIED(&inet.sin6_addr)) inet.sin6_addr = in6addr_loopback;
    store(listener, inet);
  }
  return listener;
}

Result<Address> parse_address(std::string_view text) {
  const auto quoted = [&] { return "address \"" + std::string(text) + "\""; };
  for (const SchemeName& row : kSchemes) {
    if (!text.starts_with(row.prefix)) continue;
    Address address;
    address.scheme = row.scheme;
    const std::string_view rest = text.substr(row.prefix.size());
    Result<> parsed;
    if (row.scheme == Scheme::memory) {
      if (rest.empty()) parsed = Error{"no name; expected memory:NAME"};
      address.name = rest;
    } else if (row.scheme == Scheme::tcp || row.scheme == Scheme::udp) {
      parsed = parse_inet(address, rest);
    } else {
      parsed = parse_unix(address, rest);
    }
    if (!parsed) return std::move(parsed).error().in(quoted());
    return address;
  }
  std::string known;
  for (const SchemeName& row : kSchemes) {
    known += (known.empty() ? "" : ", ") + std::string(row.prefix);
  }
  return Error{"unknown scheme; expected one of " + known}.in(quoted());
}

}  // namespace sockmark
